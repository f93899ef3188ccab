"""Many queries to a cluster, some at the same time: most of the time of each is waiting."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from threading import local
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from searcher.api.index import Index
    from searcher.query.results import Results

_AHEAD = 2  # queries for each thread that are taken before their answers are wanted


def answered(
    open_index: "Callable[[], Index]",
    queries: Iterable[str],
    options: Any,
    count: int,
    totals: bool,
) -> "Generator[Results, None, None]":
    """Answer queries, in their order.

    Args:
        open_index: Opens the index; each thread has one of its own.
        queries: The queries.
        options: How to search.
        count: How many threads may ask at the same time.
        totals: Whether they are to count how many documents match.
    """
    opened: list[Index] = []
    mine = local()

    def answer(query: str) -> "Results":
        index: Index | None = getattr(mine, "index", None)
        if index is None:
            index = mine.index = open_index()
            opened.append(index)
        results = index.search(query, **options)
        if totals:
            results.count.get()
        return results

    pool = ThreadPoolExecutor(count, thread_name_prefix="searcher-query")
    waiting: deque[Future[Results]] = deque()
    following = iter(queries)
    try:
        for query in islice(following, _AHEAD * count):
            waiting.append(pool.submit(answer, query))
        while waiting:
            results = waiting.popleft().result()
            for query in islice(following, 1):
                waiting.append(pool.submit(answer, query))
            yield results
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for index in opened:
            index.close()
