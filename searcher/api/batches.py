"""Thousands of queries: answered here one by one, or by worker processes some at a time.

The worker processes are asked only where they have the very state of the index that the batch
began with: all queries of a batch are answered by one state, whoever writes meanwhile.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import islice
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from searcher.api.answering import (
    Answer,
    Identify,
    Identity,
    Opening,
    Queries,
    Request,
    Told,
    identity_of,
    results_of,
)
from searcher.api.arguments import check_query
from searcher.index.processes import Process

if TYPE_CHECKING:
    from pathlib import Path

    from searcher.api.state import State
    from searcher.query.options import Options
    from searcher.query.results import Results

_FEW = 100  # queries, which are answered before processes would have started
_TOGETHER = 32  # queries that are sent at once
_AHEAD = 2  # such lots for each process

_PROGRAM = "from searcher.api.answering import work; work()"


def answered(
    path: "Path",
    state: "State",
    queries: Iterable[str],
    options: "Options",
    jobs: int,
    totals: bool,
    search: "Callable[[str], Results]",
) -> "Generator[Results, None, None]":
    """Answer queries, in their order.

    Args:
        path: The directory of the index.
        state: The state of it that answers.
        queries: The queries.
        options: How to search.
        jobs: How many processes may search; 1 for none but this one.
        totals: Whether they are to count how many documents match.
        search: Answers a query by the state, in this process.
    """
    checked = _checked(queries)
    if jobs == 1:
        yield from map(search, checked)
        return
    yield from map(search, islice(checked, _FEW))
    following = next(checked, None)
    if following is None:
        return
    yield search(following)
    pool = _Pool(Opening(path.absolute(), options, totals), jobs, identity_of(state))
    try:
        # It takes a while until they are there.
        while not pool.is_ready():
            query = next(checked, None)
            if query is None:
                return
            yield search(query)
        yield from pool.answered(checked, state, options)
        yield from map(search, checked)  # where there is no pool after all
    finally:
        pool.stop()


def _checked(queries: Iterable[str]) -> Iterator[str]:
    for query in queries:
        check_query(query)
        yield query


class _Pool:
    """Processes that search."""

    def __init__(self, opening: Opening, count: int, wanted: Identity) -> None:
        """Start so many; they are to have the state that is wanted."""
        self._answers: SimpleQueue[tuple[Process[Request, Answer], Answer | Exception]] = (
            SimpleQueue()
        )
        self._processes: list[Process[Request, Answer]] = []
        self._wanted = wanted
        self._unready = count
        self._is_usable = True
        try:
            for _ in range(count):
                process = Process[Request, Answer](_PROGRAM, opening, self._answers)
                self._processes.append(process)
                process.ask(Identify())
        except BaseException:
            self.stop()
            raise

    def is_ready(self) -> bool:
        """Whether all have opened the index, so that it is known whether they can be used."""
        while self._unready:
            try:
                _, answer = self._answers.get_nowait()
            except Empty:
                return False
            self._unready -= 1
            # Somebody has written meanwhile, or another process cannot read what this one can.
            self._is_usable = self._is_usable and answer == self._wanted
        return True

    def answered(
        self, queries: Iterator[str], state: "State", options: "Options"
    ) -> "Iterator[Results]":
        """Answer queries in their order; none where the processes cannot be used."""
        if not self._is_usable:
            return
        lots = _lots(queries)
        waiting: deque[tuple[Process[Request, Answer], list[str]]] = deque()
        told: dict[int, deque[list[Told] | Exception]] = {
            process.pid: deque() for process in self._processes
        }
        raised: Exception | None = None

        def ask(process: Process[Request, Answer]) -> None:
            nonlocal raised
            try:
                lot = None if raised else next(lots, None)
            except Exception as error:  # of whoever gives the queries: those before are answered
                raised, lot = error, None
            if lot:
                process.ask(Queries(lot))
                waiting.append((process, lot))

        for _ in range(_AHEAD):
            for process in self._processes:
                ask(process)
        while waiting:
            process, lot = waiting.popleft()
            mine = told[process.pid]
            while not mine:
                other, answer = self._answers.get()
                told[other.pid].append(_as_told(answer))
            answers = mine.popleft()
            if isinstance(answers, Exception):
                raise answers
            ask(process)
            for query, one in zip(lot, answers, strict=True):
                yield results_of(query, one, state.search, options)
        if raised is not None:
            raise raised

    def stop(self) -> None:
        """End all of them, whatever they do."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.join()


def _as_told(answer: Answer | Exception) -> list[Told] | Exception:
    if isinstance(answer, tuple):
        raise RuntimeError(answer)
    return answer


def _lots(queries: Iterator[str]) -> Iterator[list[str]]:
    """Queries, some at a time; all that come before an error are given."""
    lot: list[str] = []
    try:
        for query in queries:
            lot.append(query)
            if len(lot) == _TOGETHER:
                yield lot
                lot = []
    except Exception:
        if lot:
            yield lot
        raise
    if lot:
        yield lot
