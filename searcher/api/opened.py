"""An index that is kept open: its latest state, for one thread at a time."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from searcher.api.arguments import check_seconds
from searcher.api.folders import size_of
from searcher.errors import DAMAGE, IndexCorrupt, SearcherError

if TYPE_CHECKING:
    from searcher.api.state import State
    from searcher.api.types import Statistics, Status
    from searcher.index.manifest import Manifest
    from searcher.index.store import Store
    from searcher.text import UserDictionary

T = TypeVar("T")

# How often to look again when what was in force is just being replaced.
_ATTEMPTS = 3
_PAUSE = 0.05  # seconds


class OpenedIndex:
    """What all calls on an index begin with: the latest state of it, opened for reading."""

    def __init__(self, store: "Store", wait: float = 0.0) -> None:
        """Not to be called: use ``Index.open``."""
        check_seconds("wait", wait)
        self._store = store
        self._wait = wait  # seconds
        self._state: State | None = None
        self._turn = threading.RLock()
        self._write_turn = threading.Lock()

    def refresh(self) -> bool:
        """See what was committed last, as each search does by itself; whether that is news.

        Example:
            >>> index.refresh()
            False
        """
        with self._turn:
            before = self._state
            return self._latest() is not before

    def close(self) -> None:
        """Close the files. The index opens them again when it is used again."""
        with self._turn:
            self._state = None

    def __repr__(self) -> str:
        """The class and the directory."""
        return f"{type(self).__name__}({str(self.path)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The directory of the index."""
        return self._store.path

    def status(self) -> "Status":
        """What the index is made of.

        Example:
            >>> index.status().documents
            44
        """
        return self._again_if_swept(self._status)

    def statistics(self) -> "Statistics":
        """How many documents there are by month, source and format, and how large each part is.

        Example:
            >>> index.statistics().formats["md"]
            7
        """
        return self._again_if_swept(self._statistics)

    def _statistics(self) -> "Statistics":
        from searcher.api.statistics import statistics_of

        with self._reading() as state:
            return statistics_of(state, self.path)

    def _status(self) -> "Status":
        from importlib import metadata

        from searcher.api.types import Status
        from searcher.kernel import is_built

        with self._reading() as state:
            manifest = self._manifest(state)
            distributions = metadata.packages_distributions().get("whoosh", ["whoosh"])
            return Status(
                path=str(self.path),
                documents=state.reader.count,
                segments=len(state.reader.segments),
                generation=state.reader.generation,
                size=size_of(self.path),
                created=state.description.created,
                folders=tuple(manifest.roots),
                dictionary=state.description.dictionary,
                dictionary_files=state.description.dictionary_files,
                format_version=state.description.format_version,
                whoosh=" ".join(
                    f"{name} {metadata.version(name)}" for name in sorted(set(distributions))
                ),
                kernel=is_built(),
            )

    @contextmanager
    def _reading(self) -> "Iterator[State]":
        """The latest state, for one thread at a time."""
        with self._turn:
            state = self._latest()
            try:
                yield state
            except SearcherError:
                raise
            except DAMAGE as error:
                raise self._store.corrupt(error) from error

    def _latest(self) -> "State":
        state = self._state
        if state is not None and state.is_latest():
            return state
        state = self._again_if_swept(self._current_or_new)
        self._state = state
        return state

    def _current_or_new(self) -> "State":
        from searcher.api.state import State

        state = self._state
        description = self._store.describe()
        if state is None or state.description != description:
            return State(self._store)
        return state.renewed()

    def _again_if_swept(self, read: "Callable[[], T]") -> "T":
        """Read, and again if a writer swept away what was in force a moment ago."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return read()
            except IndexCorrupt:
                time.sleep(_PAUSE)
        return read()

    def _user_dictionary(self) -> "UserDictionary":
        """The user's words and stop words that the index was made with."""
        with self._reading() as state:
            return state.analyzer.dictionary.user

    def _recorded_roots(self) -> list[str]:
        """The folders that the index was last made equal to, as absolute paths."""
        from searcher.index import manifest as manifests

        with self._reading() as state:
            folder = self._store.folder(state.description)
            return manifests.read_roots(folder, state.reader.commit.manifest)

    def _recorded_files(self) -> dict[str, Path]:
        """The files that its documents were read from, by their names."""
        with self._reading() as state:
            entries = self._manifest(state).files
        return {name: Path(entry.location) for name, entry in entries.items() if entry.location}

    def _manifest(self, state: "State") -> "Manifest":
        from searcher.index import manifest as manifests

        try:
            folder = self._store.folder(state.description)
            return manifests.read(folder, state.reader.commit.manifest)
        except ValueError as error:
            raise self._store.corrupt(error) from error
