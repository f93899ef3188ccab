"""What syncing costs: when nothing, a little, or one document after the other has changed.

    python -m tests.benchmarks.syncing

writes news as single files and as a file of JSON Lines, builds an index of each, and syncs it
after 1 % of the news were changed, added, deleted and renamed. Then it adds a thousand news one by
one, by three ways, and asks the index and one that was built at once the same questions. At last
half of the documents are deleted and come back. What has a goal is printed with it.
"""

import gc
import json
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from searcher import Document, Index
from tests.benchmarks.building import size_of
from tests.benchmarks.run import read_questions
from tests.benchmarks.statistics import Goal, percentile
from tests.benchmarks.texts import Record, read_news

_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
_A_FOLDER = 1000  # files
_SHARE = 100  # one in so many is changed
_ROUNDS = 3
PARTS = ("batches", "single", "space")
WAYS = ("a file", "a record", "add")

UNCHANGED, CHANGED = 0.02, 0.05  # of the time of the first build
SLOWER = 1.5  # times the p50 of an index that was built at once
LONGEST = 5.0  # seconds, of a sync of one document
LARGER = 1.3  # times the size of an index that was built at once


class Files:
    """Documents as one file each."""

    name = "files"

    def __init__(self, folder: Path, records: Sequence[Record]) -> None:
        self.folder = folder
        self._next = len(records)
        for number, record in enumerate(records):
            self.write(number, record)

    def write(self, number: int, record: Record) -> None:
        path = self.path(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{record.text}\n", encoding="utf-8")

    def path(self, number: int) -> Path:
        return self.folder / f"{number // _A_FOLDER:03}" / f"{number}.txt"

    def steps(self, chance: random.Random) -> Iterator[tuple[str, Callable[[], None]]]:
        """What happens to the folder, one after the other."""
        count = self._next // _SHARE
        numbers = chance.sample(range(self._next), 4 * count)
        changed, copied, deleted, renamed = (numbers[n::4] for n in range(4))

        def change() -> None:
            for number in changed:
                with self.path(number).open("a", encoding="utf-8") as file:
                    file.write("\n编辑：内容有更新。\n")

        def add() -> None:
            for place, number in enumerate(copied):
                text = self.path(number).read_text(encoding="utf-8")
                new = self.path(self._next + place)
                new.parent.mkdir(exist_ok=True)
                new.write_text(f"转载\n\n{text}", encoding="utf-8")

        def delete() -> None:
            for number in deleted:
                self.path(number).unlink()

        def rename() -> None:
            for number in renamed:
                self.path(number).rename(self.path(number).with_suffix(".renamed.txt"))

        yield "1 % changed", change
        yield "1 % added", add
        yield "1 % deleted", delete
        yield "1 % renamed", rename


class Lines:
    """Documents as records of one file of JSON Lines."""

    name = "records"

    def __init__(self, folder: Path, records: Sequence[Record]) -> None:
        self.folder = folder
        self._records = list(records)
        folder.mkdir(parents=True)
        self._path = folder / "news.jsonl"
        self._write()

    def _write(self) -> None:
        with self._path.open("w", encoding="utf-8") as file:
            file.writelines(record.line() for record in self._records)

    def steps(self, chance: random.Random) -> Iterator[tuple[str, Callable[[], None]]]:
        """What happens to the file, one after the other."""
        count = len(self._records) // _SHARE

        def change() -> None:
            for number in chance.sample(range(len(self._records)), count):
                old = self._records[number]
                self._records[number] = Record(old.id, old.title, f"{old.body}更新", old.date)
            self._write()

        def add() -> None:
            for number, old in enumerate(chance.sample(self._records, count)):
                new = Record(f"new{number}", "转载", f"转载：{old.body}", old.date)
                self._records.append(new)
            self._write()

        def delete() -> None:
            gone = set(chance.sample(range(len(self._records)), count))
            self._records = [one for n, one in enumerate(self._records) if n not in gone]
            self._write()

        def rename() -> None:
            self._path = self._path.rename(self._path.with_name("renamed.jsonl"))

        yield "1 % changed", change
        yield "1 % added", add
        yield "1 % deleted", delete
        yield "the file renamed", rename


def batches(
    layout: Files | Lines, index_folder: Path, seed: int
) -> tuple[list[tuple[str, float]], list[Goal]]:
    """Seconds of the first build and of each sync after it."""
    rows: list[tuple[str, float]] = []
    with Index.open(index_folder, create=True) as index:

        def sync(name: str) -> float:
            gc.collect()
            began = time.perf_counter()
            index.sync([layout.folder])
            rows.append((f"{layout.name}: {name}", time.perf_counter() - began))
            return rows[-1][1]

        first = sync("first build")
        again = min(sync("unchanged"), sync("unchanged, once more"))
        goals = [Goal(f"{layout.name}: unchanged / first build", again / first, UNCHANGED)]
        for name, happen in layout.steps(random.Random(seed)):
            happen()
            goals.append(Goal(f"{layout.name}: {name} / first build", sync(name) / first, CHANGED))
    return rows, goals


def single(
    way: str, records: Sequence[Record], count: int, work: Path, questions: Sequence[str]
) -> tuple[dict[str, float], list[Goal]]:
    """Add news one by one to an index of others; then compare it with one built at once."""
    base, rest = records[:-count], records[-count:]
    folder = work / "folder"
    files = Files(folder, base)
    seconds: list[float] = []
    with _index(work / "index") as index:
        index.sync([folder])
        for number, record in enumerate(rest):
            if way == "a file":
                files.write(len(base) + number, record)
            elif way == "a record":
                with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
                    file.write(record.line())
            began = time.perf_counter()
            if way == "add":
                index.add([_document(record)])
            else:
                index.sync([folder])
            seconds.append(time.perf_counter() - began)
        segments = index.status().segments
        with _index(work / "fresh") as fresh:
            fresh.sync([folder])
            if way == "add":
                fresh.add(map(_document, rest))
            assert fresh.status().documents == index.status().documents
            theirs, ours = _p50s([fresh, index], questions)
    size, least = size_of(work / "index"), size_of(work / "fresh")
    name = f"{count} × {way}"
    figures = {
        "median, ms": 1e3 * statistics.median(seconds),
        "p99, ms": 1e3 * percentile(seconds, 99),
        "longest, ms": 1e3 * max(seconds),
        "segments": segments,
        "p50 of a search, ms": 1e3 * ours,
        "built at once, ms": 1e3 * theirs,
        "MB": size / 1e6,
        "built at once, MB": least / 1e6,
    }
    goals = [
        Goal(f"{name}: p50 of a search / built at once", ours / theirs, SLOWER),
        Goal(f"{name}: the longest", max(seconds), LONGEST, unit=" s"),
        Goal(f"{name}: size / built at once", size / least, LARGER),
    ]
    return figures, goals


def space(records: Sequence[Record], work: Path) -> tuple[list[tuple[str, float]], list[Goal]]:
    """Delete half of the documents, and let them come back: megabytes after each."""
    folder = work / "folder"
    files = Files(folder, records)
    rows: list[tuple[str, float]] = []
    with _index(work / "index") as index:

        def note(name: str) -> float:
            index.sync([folder])
            rows.append((name, size_of(work / "index") / 1e6))
            return rows[-1][1]

        whole = note("all")
        halves = random.Random(1).sample(range(len(records)), len(records) // 2)
        for number in halves:
            files.path(number).unlink()
        half = note("half of them deleted")
        for number in halves:
            files.write(number, records[number])
        back = note("they came back")
    return rows, [
        Goal("half of the documents deleted: size / all", half / whole, 0.7),
        Goal("they came back: size / before", back / whole, LARGER),
    ]


def _document(record: Record) -> Document:
    return Document(id=f"added-{record.id}", title=record.title, body=record.body)


@contextmanager
def _index(path: Path) -> Iterator[Index]:
    with Index.open(path, create=True) as index:
        yield index


def _p50s(indexes: Sequence[Index], questions: Sequence[str]) -> list[float]:
    """The median of each index, over the best of some rounds, asked in turns."""
    best = [[float("inf")] * len(questions) for _ in indexes]
    for _ in range(_ROUNDS + 1):  # the first one is for the files to come into memory
        for number, question in enumerate(questions):
            for index, times in zip(indexes, best, strict=True):
                began = time.perf_counter()
                index.search(question)
                times[number] = min(times[number], time.perf_counter() - began)
    return [percentile(times, 50) for times in best]


def _print(console: Console, title: str, rows: Sequence[tuple[str, float]], unit: str) -> None:
    table = Table(title=title)
    table.add_column("")
    table.add_column(unit, justify="right")
    for name, value in rows:
        table.add_row(name, f"{value:,.2f}")
    console.print(table)


@click.command()
@click.option("--documents", type=click.IntRange(100), help="Only the first so many news.")
@click.option("--single", "onto", type=click.IntRange(100), default=20_000, show_default=True)
@click.option("--syncs", type=click.IntRange(1), default=1_000, show_default=True)
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="May be repeated.")
@click.option("--way", "ways", type=click.Choice(WAYS), multiple=True, help="Default: all.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--json", "output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--news", type=_EXISTING, default=_DATA / "crud_news" / "docs.jsonl.gz")
@click.option("--questions", type=_EXISTING, default=_DATA / "zhihu_hot" / "queries.jsonl")
def main(
    documents: int | None,
    onto: int,
    syncs: int,
    only: tuple[str, ...],
    ways: tuple[str, ...],
    seed: int,
    output: Path | None,
    news: Path,
    questions: Path,
) -> None:
    """Measure what syncing costs, and print the figures."""
    records = list(read_news(news, documents))
    asked = random.Random(seed).sample(read_questions(questions), 200)
    console = Console(width=100)
    goals: list[Goal] = []
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch) / "work"
        if "batches" in (only or PARTS):
            for kind in (Files, Lines):
                rows, reached = batches(kind(work / "folder", records), work / "index", seed)
                _print(console, f"{len(records):,} news as {kind.name}", rows, "seconds")
                figures[f"batches, {kind.name}"] = dict(rows)
                goals += reached
                shutil.rmtree(work)
        if "single" in (only or PARTS):
            for way in ways or WAYS:
                each, reached = single(way, records[: onto + syncs], syncs, work, asked)
                title = f"{syncs:,} × {way}, onto {onto:,} news"
                _print(console, title, list(each.items()), "")
                figures[f"single, {way}"] = each
                goals += reached
                shutil.rmtree(work)
        if "space" in (only or PARTS):
            rows, reached = space(records[:onto], work)
            _print(console, f"size of an index of {onto:,} news", rows, "MB")
            figures["space"] = dict(rows)
            goals += reached
    for goal in goals:
        sign = "✓" if goal.reached else "✗"
        console.print(f"{sign} {goal.figure}: {goal.value:.3f}{goal.unit} (≤ {goal.bound:g})")
    if output is not None:
        output.write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
