"""A thread that searches all the time, and looks at what it is told."""

import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from searcher import Index
from tests.cluster.states import EVERY, Picture


class Reader:
    """Searches while the block is in force; every answer must be of one known state.

    Args:
        address: The index.
        states: What it may have, in the order in which it may have it.

    Attributes:
        seen: For each answer, which state it was.
        longest: Seconds of the slowest answer.
    """

    def __init__(self, address: str, states: Sequence[Picture]) -> None:
        self.seen: list[int] = []
        self.longest = 0.0
        self._address = address
        self._states = list(states)
        self._failure: BaseException | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._search)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        if error is None:
            self.check()

    def check(self) -> None:
        """See that it was told nothing wrong so far.

        Raises:
            AssertionError: A search failed, or saw a mixture, or an old state after a new one.
        """
        if self._failure is not None:
            raise AssertionError("a search failed") from self._failure
        assert self.seen, "nothing was searched"
        assert self.seen == sorted(self.seen), f"an old state after a new one: {self.seen}"

    def _search(self) -> None:
        try:
            with Index.open(self._address) as index:
                while not self._over.is_set():
                    began = time.monotonic()
                    results = index.search(EVERY, limit=None)
                    self.longest = max(self.longest, time.monotonic() - began)
                    found = frozenset((hit.id, hit.title) for hit in results)
                    assert len(results) == results.total == len(found), "a document twice"
                    assert found in self._states, self._difference(found)
                    self.seen.append(self._states.index(found))
        except BaseException as error:
            self._failure = error

    def _difference(self, found: Picture) -> str:
        nearest = min(self._states, key=lambda state: len(state ^ found))
        lost, more = nearest - found, found - nearest
        return f"a mixture: {len(lost)} are missing, {len(more)} are too many"
