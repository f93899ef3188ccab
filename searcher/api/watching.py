"""Keeping an index in step with folders that change.

A change anywhere is answered by a sync of all: it costs a walk over the folders and little more,
and cannot miss what the system did not tell of. What the system tells is only a reason to look.
"""

import errno
import os
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from stat import S_ISDIR
from typing import TYPE_CHECKING

from searcher.api.arguments import check_callable, path_of, selection_of
from searcher.api.dictionary_files import AnyPath
from searcher.api.ensuring import ensured_index
from searcher.api.folders import roots_of
from searcher.api.index import Index
from searcher.cluster.address import is_address
from searcher.documents.selection import IGNORE_FILES, Globs, Selection
from searcher.documents.walking import changed_ns
from searcher.errors import (
    ArgumentError,
    DictionaryError,
    DocumentError,
    IndexCorrupt,
    IndexLocked,
    IndexMismatch,
    IndexNotFound,
    SearcherError,
)
from searcher.extras import installing_extra
from searcher.language import say
from searcher.reasons import system_reason

if TYPE_CHECKING:
    from searcher.index.report import ProgressCallback, Report
    from searcher.index.store import Store

Changes = set[tuple[int, str]]
"""What the system tells of: kinds of change and paths."""

_TICK = 0.5  # seconds between two looks at the folders themselves
_QUIET = 0.2  # seconds without a change that end a burst
_BURST = 1.0  # seconds after which a burst is answered though it goes on
_ANYWAY = 600.0  # seconds between two syncs though nothing is told, as on a network's file system
_POLLING = 2.0  # seconds between two syncs, at least, where the system tells nothing
_LONGEST_PAUSE = 60.0  # seconds
_SHORT = 4  # ticks for which another process may write without being mentioned
_ADDED, _DELETED = 1, 3  # how watchfiles numbers what is new, and what is not there any more

# After these another attempt would fail just so.
_FATAL = (ArgumentError, DictionaryError, IndexCorrupt, IndexMismatch, IndexNotFound)


def watch(
    index: AnyPath,
    folders: Iterable[AnyPath],
    *,
    on_sync: "Callable[[Report], None]",
    stop: threading.Event,
    on_note: Callable[[str], None] = lambda note: None,
    dictionary: AnyPath | None = None,
    stop_words: AnyPath | None = None,
    selection: Selection | None = None,
    commit_every: float | None = 60.0,
    progress: "ProgressCallback | None" = None,
    jobs: int | None = None,
    memory: int | None = None,
    shards: int | None = None,
    replicas: int | None = None,
) -> None:
    """Make an index equal to folders, and keep it so until ``stop`` is set.

    A saved file can be found about a second later. Bursts of changes are answered together. While
    a folder is gone, as when its disk is not there, nothing is removed: everything waits until it
    is back. So does it while another process writes to the index. A sync that fails, because the
    disk is full, say, is tried again, at growing intervals.

    Args:
        index: The directory of the index, or its address; it is made if there is none.
        folders: Folders, or files, to be read whole; they must be there at the beginning.
        on_sync: Is called after each sync, also when nothing has changed.
        stop: Ends it, within half a second unless a sync is running.
        on_note: Is called with what keeps it from being in step, in words, once for each trouble.
        dictionary: As for ``Index.open``.
        stop_words: As for ``Index.open``.
        selection: Which files below the folders are read; None for the usual ones.
        commit_every: As for ``Index.sync``, like what follows.
        progress: Is called from time to time with how far a sync has come.
        jobs: How many processes may cut texts at the same time.
        memory: How many megabytes all processes may take together.
        shards: As for ``Index.open``, of an index that is made.
        replicas: The same.

    Raises:
        SearcherError: The package ``watchfiles`` is not installed.
        DocumentError: A folder does not exist at the beginning.
        IndexCorrupt: The index is damaged.
        IndexMismatch: It was made with another dictionary or format version.
    """
    from searcher.index.store import Store

    _check_watchfiles()
    store = None if is_address(index) else Store(path_of(index))
    roots = roots_of(folders)
    selection_of(selection)
    for name, given in (("on_sync", on_sync), ("on_note", on_note), ("progress", progress)):
        check_callable(name, given)
    if not isinstance(stop, threading.Event):
        raise ArgumentError(
            say(
                f"stop must be a threading.Event: {stop!r:.40}",
                f"stop 须为 threading.Event：{stop!r:.40}",
            )
        )
    notes = _Notes(on_note)
    with ExitStack() as stack:
        opened = _opened(
            stack,
            partial(
                ensured_index,
                index,
                roots,
                dictionary=dictionary,
                stop_words=stop_words,
                jobs=jobs,
                memory=memory,
                shards=shards,
                replicas=replicas,
            ),
            notes,
            stop,
        )
        if opened is None:
            return

        def sync() -> None:
            on_sync(
                opened.sync(
                    roots,
                    selection=selection,
                    commit_every=commit_every,
                    progress=progress,
                    jobs=jobs,
                    memory=memory,
                )
            )

        _Watch(store, roots, selection_of(selection), sync, notes, stop).run()


def _check_watchfiles() -> None:
    try:
        import_module("watchfiles")
    except ImportError as error:
        line = installing_extra("watch")
        raise SearcherError(
            say(
                f"to watch folders the package watchfiles is needed: {line}",
                f"监视文件夹需要 watchfiles 包：{line}",
            )
        ) from error


class _Notes:
    """Says each trouble once, until it is over."""

    def __init__(self, on_note: Callable[[str], None]) -> None:
        self._on_note = on_note
        self._last = ""

    def tell(self, note: str) -> None:
        if note != self._last:
            self._last = note
            self._on_note(note)

    def clear(self) -> None:
        self._last = ""


def _opened(
    stack: ExitStack,
    ensured: Callable[[], AbstractContextManager[Index]],
    notes: _Notes,
    stop: threading.Event,
) -> Index | None:
    """The index; None if it was stopped before it could be made."""
    while not stop.is_set():
        try:
            return stack.enter_context(ensured())
        except IndexLocked as error:
            notes.tell(_waiting(error))
            stop.wait(_TICK)
    return None


def _waiting(error: IndexLocked) -> str:
    return say(f"{error.who}; waiting", f"{error.who}；等待中")


@dataclass(frozen=True, slots=True)
class _Root:
    """What a folder is, to find out that it is another one of the same name.

    Attributes:
        device: The number of the file system that it is on.
        number: Its number there, which may be taken again when it is deleted.
        state: Of a file its time and size, which are not watched otherwise.
        is_folder: Whether it is one.
    """

    device: int
    number: int
    state: tuple[int, int]
    is_folder: bool

    @classmethod
    def at(cls, path: Path) -> "_Root | None":
        """What is there now, if anything."""
        try:
            status = path.stat()
        except OSError:
            return None
        is_folder = S_ISDIR(status.st_mode)
        state = (0, 0) if is_folder else (changed_ns(status), status.st_size)
        return cls(status.st_dev, status.st_ino, state, is_folder)


class _Watch:
    """One run of ``watch``."""

    def __init__(
        self,
        store: "Store | None",
        roots: Sequence[Path],
        selection: Selection,
        sync: Callable[[], None],
        notes: _Notes,
        stop: threading.Event,
    ) -> None:
        self._store = store
        self._selection = selection
        self._exclude = Globs(selection.exclude)
        self._home = None if store is None else store.path.absolute()
        self._roots = [root.absolute() for root in roots]
        self._sync = sync
        self._notes = notes
        self._stop = stop
        self._known: dict[Path, _Root] = {}
        self._is_polling = False
        self._due: float | None = None  # when the next sync is to be, by the monotonic clock
        self._not_before = 0.0
        self._failures = 0
        self._attempts = 0  # to get the right to write

    def run(self) -> None:
        """Watch until it is stopped: anew whenever a folder is new, or another one than before."""
        while not self._stop.is_set():
            if not self._wait_for_roots():
                return
            events = self._events()
            with closing(events):
                next(events)  # now it is watched, and nothing gets lost any more
                self._due = max(time.monotonic(), self._not_before)
                self._sync_if_due()
                for changes in events:
                    if self._is_another(changes) or self._has_new_folder(changes):
                        break
                    self._take_note_of(changes)
                    self._sync_if_due()

    def _events(self) -> Generator[Changes, None, None]:
        """What has changed, twice a second at the least; ends when it is stopped."""
        # A file is looked at by itself: editors put another one in its place.
        folders = [path for path, root in self._known.items() if root.is_folder]
        if folders and not self._is_polling:
            try:
                yield from self._told_by_the_system(folders)
                return
            except FileNotFoundError:  # a folder has gone before it could be watched
                yield set()
                return
            except (OSError, RuntimeError) as error:
                self._is_polling = True
                self._notes.tell(_cannot_watch(error))
        while not self._stop.is_set():
            yield set()
            self._stop.wait(_TICK)

    def _told_by_the_system(self, folders: Sequence[Path]) -> Generator[Changes, None, None]:
        """The same where the system tells of it."""
        import watchfiles

        for may_be_denied in (False, True):
            try:
                for changes in watchfiles.watch(
                    *folders,
                    watch_filter=None,
                    debounce=int(_BURST * 1000),
                    step=int(_QUIET * 1000),
                    rust_timeout=int(_TICK * 1000),
                    yield_on_timeout=True,
                    stop_event=self._stop,
                    # With this it does not say either that it can watch no more folders.
                    ignore_permission_denied=may_be_denied,
                ):
                    yield {(int(kind), path) for kind, path in changes}
                return
            except PermissionError:  # of a folder in which nothing can be read anyway
                if may_be_denied:
                    raise

    def _wait_for_roots(self) -> bool:
        """Wait until all folders are there; whether they are."""
        waited_for = ""
        while not self._stop.is_set():
            found = {path: _Root.at(path) for path in self._roots}
            missing = [path for path, root in found.items() if root is None]
            missing += [path for path in found if path not in missing and self._is_bare(path)]
            if not missing:
                if waited_for:
                    self._notes.tell(say(f"{waited_for} is back", f"{waited_for} 已恢复"))
                    self._notes.clear()
                self._known = {path: root for path, root in found.items() if root}
                return True
            waited_for = say(", ", "、").join(map(str, missing))
            self._notes.tell(
                say(
                    f"{waited_for} is gone; what was indexed is kept, waiting until it is back",
                    f"{waited_for} 不见了；已索引的内容予以保留，等它恢复",
                )
            )
            self._stop.wait(_TICK)
        return False

    def _is_bare(self, path: Path) -> bool:
        from searcher.index.mounts import is_bare

        return path in self._known and is_bare(path, self._known[path].device)

    def _is_another(self, changes: Changes) -> bool:
        """Whether a folder was deleted or moved, and perhaps made again, or a file replaced."""
        if any(_Root.at(path) != root for path, root in self._known.items()):
            return True
        # A new folder may have the number of the old one.
        return any((_DELETED, str(path)) in changes for path in self._known)

    def _has_new_folder(self, changes: Changes) -> bool:
        """Whether there is a folder that was not, or that was elsewhere.

        The system is asked anew to tell of all of them: only then does it say if it cannot.
        """
        return not self._is_polling and any(
            kind == _ADDED and Path(path).is_dir() and self._concerns(path)
            for kind, path in changes
        )

    def _take_note_of(self, changes: Changes) -> None:
        """Decide when the next sync is to be."""
        now = time.monotonic()
        # A sync that follows a sync at once would take all of the machine's time.
        soon = max(now, self._not_before)
        if self._is_polling or any(self._concerns(path) for _, path in changes):
            self._due = soon if self._due is None else min(self._due, soon)
        elif self._due is None:
            self._due = self._not_before + _ANYWAY

    def _concerns(self, path: str) -> bool:
        """Whether a path may be that of something to index."""
        changed = Path(path)
        if self._is_left_out(changed) or (self._store and self._store.owns(str(changed))):
            return False
        # What the index wrote for a moment only is its own too.
        return self._home is None or self._home not in changed.parents or os.path.lexists(changed)

    def _is_left_out(self, path: Path) -> bool:
        """Whether the selection leaves a path out below each root, as far as its name tells."""
        roots = [root for root in self._roots if path.is_relative_to(root)]
        return bool(roots) and all(self._is_unwanted(path, root) for root in roots)

    def _is_unwanted(self, path: Path, root: Path) -> bool:
        below = path.relative_to(root)
        is_hidden = any(part.startswith(".") for part in below.parts)
        if is_hidden and not self._selection.hidden and below.name not in IGNORE_FILES:
            return True
        name = below.as_posix()
        return self._exclude.matches(name) or (
            bool(self._exclude.decide(name, True)) and path.is_dir()
        )

    def _sync_if_due(self) -> None:
        """Make the index equal to the folders, if it is time, and say what keeps it from that."""
        if self._due is None or time.monotonic() < self._due:
            return
        began = time.monotonic()
        try:
            self._sync()
        except _FATAL:
            raise
        except IndexLocked as error:
            self._attempts += 1
            if self._attempts > _SHORT:
                self._notes.tell(_waiting(error))
            self._put_off(_TICK)
            return
        except DocumentError as error:
            # A folder has gone in this moment: the next look at them will say so, as a rule.
            self._failures += 1
            if self._failures > 1:
                self._notes.tell(say(f"{error}; trying again", f"{error}；稍后重试"))
            self._put_off(_TICK)
            return
        except SearcherError as error:
            self._failures += 1
            self._notes.tell(say(f"{error}; trying again", f"{error}；稍后重试"))
            self._put_off(min(2.0**self._failures, _LONGEST_PAUSE))
            return
        now = time.monotonic()
        self._failures = self._attempts = 0
        self._notes.clear()
        least = _POLLING if self._is_polling else 0.0
        self._not_before = now + min(max(now - began, least), _LONGEST_PAUSE)
        self._due = None

    def _put_off(self, seconds: float) -> None:
        self._due = self._not_before = time.monotonic() + seconds


def _cannot_watch(error: Exception) -> str:
    reason = str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EMFILE):
        reason = system_reason(error)
    advice = ""
    if "limit" in reason or isinstance(error, OSError):
        advice = say(
            "; more can be watched with: sysctl fs.inotify.max_user_watches=1000000",
            "；可用 sysctl fs.inotify.max_user_watches=1000000 放宽限制",
        )
    return say(
        f"the system does not tell of changes ({reason}): looking every few seconds instead"
        + advice,
        f"系统无法通知文件变化（{reason}），改为每隔几秒查看一次" + advice,
    )
