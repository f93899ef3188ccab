"""Queries, timed: two engines are asked the same in turns, each duel in a process of its own.

``python -m tests.benchmarks.asking`` is that process. It reads what to do from its input and
writes the times that it took.
"""

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.building import index_folder
from tests.benchmarks.engines import engine
from tests.benchmarks.queries import KINDS, Query
from tests.benchmarks.statistics import percentile
from tests.benchmarks.texts import Collection

Ask = Callable[[], Sequence[object]]
TASKS = ("ranking", "end to end")
YARDSTICK = "tantivy"
"""The engine that all others are measured beside."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long an engine took for the queries of one kind, and how many gave hits."""

    seconds: tuple[float, ...]
    with_hits: int

    def milliseconds(self, percent: float) -> float:
        return 1000 * percentile(self.seconds, percent)


@dataclass(frozen=True, slots=True)
class Duel:
    """The times of an engine and of the yardstick on the same queries, by kind of query."""

    ours: Mapping[str, Times]
    theirs: Mapping[str, Times]

    def ratio(self, kind: str, percent: float = 50) -> float:
        return self.ours[kind].milliseconds(percent) / self.theirs[kind].milliseconds(percent)


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure.

    Attributes:
        rounds: How often each query is asked; its time is the shortest.
        seconds: When so many have gone by for one kind of query, no further round begins; queries
            that were not reached by then even once are left out.
    """

    rounds: int
    seconds: float


def indexed(name: str) -> str:
    """The engine whose index another one asks."""
    return name.removesuffix("-numpy").removesuffix("-plain").removesuffix("-first")


def duel(
    collection: Collection, name: str, task: str, queries: Sequence[Query], effort: Effort
) -> Duel:
    """Set an engine against the yardstick.

    Args:
        collection: What both have indexed.
        name: The engine; ``NAME-numpy`` for one without its compiled kernel, ``NAME-plain`` for
            one that ranks by BM25F alone, ``NAME-first`` for one that keeps nothing.
        task: One of ``TASKS``.
        queries: What both are asked.
        effort: How long to measure.
    """
    asked = name.removesuffix("-numpy")
    kernel = {"SEARCHER_KERNEL": "off"} if name != asked else {}
    order = {
        "engines": [asked, YARDSTICK],
        "folders": [str(index_folder(collection, each)) for each in (indexed(name), YARDSTICK)],
        "task": task,
        "queries": [[query.kind, query.text] for query in queries],
        "rounds": effort.rounds,
        "seconds": effort.seconds,
    }
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=json.dumps(order),
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **kernel},
        check=True,
    )
    measured = json.loads(done.stdout.splitlines()[-1])
    ours, theirs = (
        {kind: Times(tuple(seconds), hits) for kind, (seconds, hits) in one.items()}
        for one in measured
    )
    return Duel(ours, theirs)


def take_turns(asks: Sequence[Sequence[Ask]], effort: Effort) -> list[Times]:
    """Time several engines on the same queries; ``asks[engine][query]`` asks.

    Each query goes to all engines one after the other, and who is first changes, so that they
    share whatever else the machine does. The first answers are not timed: files are read then.
    """
    engines, count = len(asks), len(asks[0])
    best = [[float("inf")] * count for _ in asks]
    with_hits = [0] * engines
    began = time.perf_counter()
    for number in range(count):
        for place in range(engines):
            with_hits[place] += bool(asks[place][number]())
        if time.perf_counter() - began > effort.seconds:
            count = number + 1
            break
    for turn in range(effort.rounds):
        for number in range(count):
            for step in range(engines):
                place = (step + number + turn) % engines
                seconds = _timed(asks[place][number])
                best[place][number] = min(best[place][number], seconds)
        if time.perf_counter() - began > effort.seconds:
            break
    return [Times(tuple(times[:count]), hits) for times, hits in zip(best, with_hits, strict=True)]


def _timed(ask: Ask) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def _asks(name: str, folder: Path, task: str) -> Callable[[Query], Ask]:
    session = engine(name).open(folder)
    if task == "ranking":
        return session.ranking
    return lambda query: lambda: session.search(query)


def _measure(
    engines: Sequence[str],
    folders: Sequence[str],
    task: str,
    queries: Sequence[Query],
    effort: Effort,
) -> Iterator[tuple[str, list[Times]]]:
    kinds = frozenset(KINDS).intersection(*(engine(name).kinds for name in engines))
    askers = [_asks(*each, task) for each in zip(engines, map(Path, folders), strict=True)]
    for kind in KINDS:
        asked = [query for query in queries if query.kind == kind]
        if kind in kinds and asked:
            asks = [[asker(query) for query in asked] for asker in askers]
            gc.collect()
            gc.disable()
            yield kind, take_turns(asks, effort)
            gc.enable()


def main() -> None:
    order = json.load(sys.stdin)
    measured: list[dict[str, tuple[tuple[float, ...], int]]] = [{} for _ in order["engines"]]
    effort = Effort(order["rounds"], order["seconds"])
    queries = [Query(*each) for each in order["queries"]]
    steps = _measure(order["engines"], order["folders"], order["task"], queries, effort)
    for kind, all_times in steps:
        for one, times in zip(measured, all_times, strict=True):
            one[kind] = (times.seconds, times.with_hits)
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
