"""Which files of folders have changed since they were read: by size and time, then by content."""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from searcher.documents.model import Skipped, SourceFile, Unreadable
from searcher.documents.walking import Siblings
from searcher.index.digests import digest_like, is_by_lines
from searcher.index.manifest import Manifest
from searcher.index.recorded import FileEntry, State, States, in_order, updated
from searcher.language import say

READ_AGAIN = -1
"""A time that no file has: what was taken only in part is not "unchanged"."""

_COMPARE = -2  # a time that no file has either: whether it is unchanged is told by its content

LeaveOut = Callable[[str], Callable[[str], bool] | None]
"""Gives for a folder what says by their names which of its files are to be passed over, or None."""

_CLOCK_TICK = 100_000_000  # nanoseconds in which a file may change twice without another time


@dataclass(frozen=True, slots=True)
class Changed:
    """A file to be read.

    Attributes:
        file: The file.
        was: The name that it had when it was read before, if its content is known by another.
    """

    file: SourceFile
    was: str = ""


@dataclass(slots=True)
class Plan:
    """What is to be done.

    Attributes:
        unchanged: The files that are as they were, with the state they are in. These are the files
            of the manifest itself where it says of all of them what is so.
        renamed: Those whose content is known under another name, which no file has any more.
        changed: Those that are new or have changed.
        gone: The names of files that are no longer there.
        kept: Files that could not be looked at, as they were read before.
        skipped: What could not be looked at, and what is no file.
        began: When the files were looked at, in nanoseconds since 1970.
    """

    unchanged: Mapping[str, FileEntry] = field(default_factory=dict)
    renamed: list[Changed] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    kept: dict[str, FileEntry] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    began: int = field(default_factory=time.time_ns)

    @property
    def is_empty(self) -> bool:
        """Whether all files are as they were."""
        return not (self.renamed or self.changed or self.gone)

    @property
    def size(self) -> int:
        """How many bytes are to be read."""
        return sum(one.file.size for one in (*self.renamed, *self.changed))


def plan(found: Iterable[Siblings | Skipped], old: Manifest, leave_out: LeaveOut) -> Plan:
    """Compare the files that were found with those that were read.

    Args:
        found: What the walk gives.
        old: What was read before.
        leave_out: Says which files are to be passed over.
    """
    result = Plan()
    comparing = _Comparing(old, result.began)
    left_out = cache(leave_out)
    unseen: list[str] = []  # names, or beginnings of names, of what could not be looked at
    for item in found:
        if isinstance(item, Siblings):
            present, is_left_out = item.files, left_out(item.folder)
            if is_left_out is not None:
                start = len(item.folder)
                present = [one for one in present if not is_left_out(one.path[start:])]
            result.skipped += comparing.take(item.folder, present)
        else:
            result.skipped.append(item)
            if isinstance(item, Unreadable):
                unseen.append(item.location)
    result.unchanged = comparing.unchanged()
    files, names = old.files, comparing.names
    gone = {name: files[name] for name in in_order(files, comparing.missing())}
    for name, entry in list(gone.items()):
        if any(_is_below(entry.location, path) for path in unseen):
            result.kept[name] = gone.pop(name)
    for file in comparing.unread:
        if file.name in files:
            gone[file.name] = files[file.name]  # its old content: it may have another name now
    _find_renamed(comparing.unread, gone, result)
    taken = {one.was for one in result.renamed}
    result.gone = [name for name in gone if name not in names and name not in taken]
    return result


class _Comparing:
    """The comparison of files that are found with those of a manifest.

    Attributes:
        names: The names that files have which were found.
        unread: Those that are to be read.
    """

    def __init__(self, old: Manifest, began: int) -> None:
        self._old, self._began = old, began
        self._states = States(old.files)
        self.names: set[str] = set()
        self.unread: list[SourceFile] = []
        self._met = 0  # how many of the manifest's files were found
        # Those that are as they were, but of which more is known now.
        self._updated: dict[str, FileEntry] = {}

    def take(self, folder: str, files: list[SourceFile]) -> list[Skipped]:
        """Take the next files of a folder; names those that cannot be told from others."""
        skipped: list[Skipped] = []
        names = [file.name for file in files]
        new = set(names)
        if len(new) == len(names) and self.names.isdisjoint(new):
            self.names |= new
        else:
            files, skipped = self._told_apart(files)
            names = [file.name for file in files]
        found = files if folder.startswith("/") else _absolute(folder, files)
        before = self._states.of(names)
        self._met += len(before) - before.count(None)
        # What most files are comes first: this is done a hundred thousand times.
        if found != before:
            for file, state, was in zip(files, found, before, strict=True):
                if state != was:
                    self._look_closer(file)
        return skipped

    def missing(self) -> Set[str]:
        """The names of those that were not found."""
        if self._met == len(self._states):
            return frozenset()
        return self._states.names - self.names

    def unchanged(self) -> Mapping[str, FileEntry]:
        """The files that are as they were, with the state they are in."""
        files = self._old.files
        others = [file.name for file in self.unread if file.name in files]
        return updated(files, self._updated, [*self.missing(), *others])

    def _told_apart(self, files: Iterable[SourceFile]) -> tuple[list[SourceFile], list[Skipped]]:
        """Files under names that no others have, and those of which there is no such name."""
        different: list[SourceFile] = []
        skipped: list[Skipped] = []
        for file in files:
            named = _renamed(file, self.names) if file.name in self.names else file
            if isinstance(named, Skipped):
                skipped.append(named)
            else:
                different.append(named)
                self.names.add(named.name)
        return different, skipped

    def _look_closer(self, file: SourceFile) -> None:
        entry = self._old.files.get(file.name)
        unchanged = None if entry is None else _unchanged(file, entry, self._began)
        if unchanged is None:
            self.unread.append(file)
        elif unchanged is not entry:
            self._updated[file.name] = unchanged


def _absolute(folder: str, files: Iterable[SourceFile]) -> list[State]:
    """Files of a folder that is not said as an absolute path, with their absolute paths."""
    home = f"{str(Path(folder).absolute()).rstrip(os.sep)}{os.sep}"
    start = len(folder)
    return [(home + file.path[start:], *file[1:]) for file in files]


def location_of(file: SourceFile) -> str:
    """Where a file is, as an absolute path."""
    # Path.absolute would ask for the working folder and take the path apart for each file.
    return file.path if file.path.startswith("/") else str(file.location.absolute())


def time_to_record(file: SourceFile, began: int) -> int:
    """When a file was changed, as far as that tells it from a later state.

    Args:
        file: The file.
        began: When it was looked at, before it was read.
    """
    return file.changed_ns if began - file.changed_ns > _CLOCK_TICK else _COMPARE


def tells_more(new: Manifest, old: Manifest) -> bool:
    """Whether a manifest is worth a commit where no document has changed."""
    if (new.roots, new.selection) != (old.roots, old.selection):
        return True
    if new.files is old.files:
        return False
    if new.files.keys() != old.files.keys():
        return True
    for name, entry in new.files.items():
        before = old.files[name]
        if entry is before:
            continue
        # To compare the contents of a few files again is less than a commit.
        if before.changed_ns == _COMPARE:
            before = before._replace(changed_ns=entry.changed_ns)
        if entry != before:
            return True
    return False


def _unchanged(file: SourceFile, entry: FileEntry, began: int) -> FileEntry | None:
    """The state of a file that is as it was; None if it is not."""
    if entry.size != file.size or entry.changed_ns == READ_AGAIN:
        return None
    location = location_of(file)
    if entry.changed_ns == file.changed_ns and entry.location == location:
        return entry
    try:
        if not entry.digest or digest_like(file.location, entry.digest) != entry.digest:
            return None
    except OSError:
        return None  # reading it will say why
    return entry._replace(changed_ns=time_to_record(file, began), location=location)


def _find_renamed(files: Iterable[SourceFile], gone: dict[str, FileEntry], result: Plan) -> None:
    by_content: dict[tuple[int, str], list[str]] = {}
    for name, entry in gone.items():
        if entry.digest and entry.documents.size:
            by_content.setdefault((entry.size, entry.digest), []).append(name)
    # For each size a digest of each kind that there is.
    kinds: dict[int, dict[bool, str]] = {}
    for size, digest in by_content:
        kinds.setdefault(size, {})[is_by_lines(digest)] = digest
    for file in files:
        was = ""
        for kind in kinds.get(file.size, {}).values():
            try:
                same = by_content.get((file.size, digest_like(file.location, kind)), [])
            except OSError:
                break  # reading it will say why
            if same and file.name not in same:
                was = same.pop()
                break
        (result.renamed if was else result.changed).append(Changed(file, was))


def _is_below(location: str, path: str) -> bool:
    return location == path or location.startswith(path.rstrip("/\\") + "/")


def _renamed(file: SourceFile, names: set[str]) -> SourceFile | Skipped:
    """A file of the same name as one below another folder, under a name that none has yet."""
    above = file.location.absolute().parts[1 : -1 - file.name.count("/")]
    while file.name in names and above:
        file = file._replace(name=f"{above[-1]}/{file.name}")
        above = above[:-1]
    if file.name in names:
        reason = say("another folder has a file of this name", "另一个文件夹有同名文件")
        return Skipped(file.name, reason)
    return file
