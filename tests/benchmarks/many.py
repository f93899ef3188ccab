"""Thousands of queries at once: ``python -m tests.benchmarks.many --index DIR --queries FILE``.

It prints queries a second for one process and for several, and looks that both find the same.
"""

import json
import os
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import click

from searcher import Index, Results


def queries_of(path: Path) -> list[str]:
    """The texts of a file of queries, ``{"text": …}`` a line."""
    with path.open(encoding="utf-8") as lines:
        return [str(json.loads(line)["text"]) for line in lines]


class Measured(NamedTuple):
    """What was measured.

    Attributes:
        seconds: How long all queries took.
        processor: The processors' time of all processes, in seconds.
        busiest: That of the process that takes most of it, if the workers share theirs evenly: how
            long it would take with a core for each, whatever else the machine does.
        found: A hash of what was found.
    """

    seconds: float
    processor: float
    busiest: float
    found: int


def measured(index: Index, queries: list[str], jobs: int) -> Measured:
    """Answer all queries."""
    found = hash(())
    began, before = time.perf_counter(), os.times()
    for results in index.search_many(queries, jobs=jobs):
        found = hash((found, *told(results)))
    seconds, after = time.perf_counter() - began, os.times()
    spent = [now - then for now, then in zip(after, before, strict=True)]
    own, workers = sum(spent[:2]), sum(spent[2:4])
    return Measured(seconds, own + workers, max(own, workers / jobs), found)


def told(results: Results) -> Iterator[object]:
    """What tells the hits of a query from others."""
    for hit in results:
        yield hit.id
        yield hit.score
        yield hit.snippet


@click.command()
@click.option("--index", "folder", required=True, type=click.Path(path_type=Path))
@click.option("--queries", "file", required=True, type=click.Path(path_type=Path))
@click.option("--jobs", "jobs", multiple=True, type=int, default=(1, 2), show_default=True)
@click.option("--limit", type=int, help="So many queries, instead of all.")
def main(folder: Path, file: Path, jobs: tuple[int, ...], limit: int | None) -> None:
    """Measure queries a second."""
    queries = list(islice(queries_of(file), limit))
    with Index.open(folder) as index:
        measured(index, queries[:200], 1)  # files are read the first time
        found: set[int] = set()
        first = 0.0
        for count in jobs:
            one = measured(index, queries, count)
            found.add(one.found)
            rate = len(queries) / one.seconds
            first = first or rate
            click.echo(
                f"jobs {count}: {len(queries)} queries in {one.seconds:.1f} s, {rate:,.0f} a "
                f"second, {rate / first:.2f} x; {one.processor:.1f} s of processors, "
                f"{one.busiest:.1f} s of them in the busiest process"
            )
    if len(found) > 1:
        raise click.ClickException("the results differ")


if __name__ == "__main__":
    main()
