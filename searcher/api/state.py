"""One state of an index, opened for reading."""

import os
import time
from pathlib import Path

from searcher.index import commits
from searcher.index.reader import IndexReader
from searcher.index.store import Description, Store
from searcher.query.search import Search
from searcher.text import Analyzer

# File systems tell times so coarsely that something may change without a new time.
_COARSEST_CLOCK = 2_100_000_000  # nanoseconds
_PATHS_EVERY = 0.1  # seconds


class State:
    """One state of an index, opened for reading."""

    def __init__(self, store: Store, analyzer: Analyzer | None = None) -> None:
        """Open the latest commit; the analyzer is loaded unless it is given."""
        self._store = store
        self.description: Description = store.describe()
        self._folder = store.folder(self.description)
        self._stamp = self._new_stamp()
        self.analyzer: Analyzer = analyzer or store.analyzer(self.description)
        self.reader = IndexReader(self._folder, store.corrupt)
        self.search = Search(self.reader, self.analyzer)

    def is_latest(self) -> bool:
        """Whether it is certain, from two looks at the disk, that nothing was committed since."""
        return self._stamp.holds()

    def renewed(self) -> "State":
        """This state if it is still the latest one, else the latest one with its analyzer.

        The description must be the same.
        """
        stamp = self._new_stamp()
        try:
            latest = commits.latest_generation(self._folder)
        except OSError as error:  # a rebuild has just swept it, and whoever asks looks again
            raise self._store.corrupt(error) from error
        if latest != self.reader.generation:
            return State(self._store, self.analyzer)
        self._stamp = stamp
        return self

    def _new_stamp(self) -> "_Stamp":
        return _Stamp(self._store.pointer, self._folder)


class _Stamp:
    """What tells whether the files that a commit or a rebuild replaces are still as they were.

    This is asked before each search. Looking at open files takes half of the time of looking at
    paths and tells of commits and rebuilds as well: what was replaced has one name less. Paths tell
    that another index was moved to the place of this one, so they are looked at now and then.
    """

    def __init__(self, pointer: Path, folder: Path) -> None:
        self._pointer, self._folder = pointer, folder
        self._descriptors = _descriptors(pointer, folder)
        self._named, self._open = self._look(), self._look_open()
        now = time.time_ns()
        # What was changed lately may be changed again without a new time.
        self._is_settled = self._named is not None and (
            now - max(self._named[0], self._named[2]) >= _COARSEST_CLOCK
        )
        self._next_look = 0.0

    def __del__(self) -> None:
        for descriptor in getattr(self, "_descriptors", ()):
            os.close(descriptor)

    def holds(self) -> bool:
        """Whether it is certain that the files are still as they were."""
        if not self._is_settled:
            return False
        if self._descriptors:
            if self._look_open() != self._open:
                return False
            now = time.monotonic()
            if now < self._next_look:
                return True
            self._next_look = now + _PATHS_EVERY
        return self._look() == self._named

    def _look(self) -> tuple[int, int, int, int] | None:
        try:
            pointer, folder = self._pointer.stat(), self._folder.stat()
        except OSError:
            return None
        return pointer.st_mtime_ns, pointer.st_ino, folder.st_mtime_ns, folder.st_ino

    def _look_open(self) -> tuple[int, int, int, int] | None:
        if not self._descriptors:
            return None
        try:
            pointer, folder = os.fstat(self._descriptors[0]), os.fstat(self._descriptors[1])
        except OSError:
            return None
        return pointer.st_mtime_ns, pointer.st_nlink, folder.st_mtime_ns, folder.st_nlink


def _descriptors(pointer: Path, folder: Path) -> tuple[int, ...]:
    """Both, open; empty where the system does not open folders, or they are gone."""
    if not hasattr(os, "O_DIRECTORY"):
        return ()
    found: list[int] = []
    try:
        found.append(os.open(pointer, os.O_RDONLY))
        found.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
    except OSError:
        for descriptor in found:
            os.close(descriptor)
        return ()
    return tuple(found)
