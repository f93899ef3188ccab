"""One state of an index, opened for reading."""

import time
from collections.abc import Callable
from pathlib import Path

from searcher.index import toc
from searcher.index.reader import IndexReader
from searcher.index.store import Description, Store
from searcher.query.search import Search
from searcher.text import Analyzer

# File systems tell times so coarsely that something may change without a new time.
_COARSEST_CLOCK = 2.1  # seconds


class State:
    """One state of an index, opened for reading."""

    def __init__(self, store: Store, analyzer: Analyzer | None = None) -> None:
        """Open the latest commit; the analyzer is loaded unless it is given."""
        self._store = store
        self._stamp = _Stamp()
        self.description: Description = store.describe()
        self._folder = store.folder(self.description)
        self._stamp = self._new_stamp()
        self.analyzer: Analyzer = analyzer or store.analyzer(self.description)
        self.reader = IndexReader(self._folder, store.corrupt)
        self.search = Search(self.reader, self.analyzer)

    def is_latest(self) -> bool:
        """Whether it is certain, from two looks at the disk, that nothing was committed since."""
        return self._stamp.holds(self._new_stamp)

    def renewed(self) -> "State":
        """This state if it is still the latest one, else the latest one with its analyzer.

        The description must be the same.
        """
        stamp = self._new_stamp()
        if toc.latest_generation(self._folder) != self.reader.generation:
            return State(self._store, self.analyzer)
        self._stamp = stamp
        return self

    def _new_stamp(self) -> "_Stamp":
        return _Stamp(self._store.pointer, self._folder)


class _Stamp:
    """When the files that a commit or a rebuild replaces were last changed."""

    def __init__(self, *paths: Path) -> None:
        self._latest = float("inf")
        self._times: tuple[tuple[int, int], ...] = ()
        try:
            found = [path.stat() for path in paths]
        except OSError:
            return
        self._times = tuple([(one.st_mtime_ns, one.st_ino) for one in found])
        self._latest = max([one.st_mtime for one in found], default=float("inf"))
        self._taken = time.time()

    def holds(self, again: "Callable[[], _Stamp]") -> bool:
        if not self._times or self._taken - self._latest < _COARSEST_CLOCK:
            return False  # it was changed so lately that a second change might not show
        return again()._times == self._times
