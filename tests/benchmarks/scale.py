"""One index of very many short documents: how long it takes, and what it takes.

    python -m tests.benchmarks.scale --documents 5000000 --work DIR

makes documents of real passages of news: each passage once, then its first half with the second
half of another one that is drawn by lot, over and over. They are put into files of 100,000 records.
Then ``searcher index`` reads them in a process of its own, is run again with nothing changed and
with one file changed, and queries are asked, each of which is new. It prints time, memory and size.
"""

import argparse
import gzip
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from searcher import Index
from tests.benchmarks.memory import PeakMemory
from tests.benchmarks.queries import KINDS, choose
from tests.benchmarks.statistics import percentile
from tests.benchmarks.texts import passages
from tests.conftest import shared_path

_IN_A_FILE = 100_000
_SAMPLE = 20_000  # documents that queries are made from


def short_documents(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Ids and texts."""
    with gzip.open(shared_path("data/crud_news/docs.jsonl.gz"), "rt", encoding="utf-8") as lines:
        pieces = [piece for line in lines for piece in passages(json.loads(line)["body"])]
    rng = random.Random(seed)
    rng.shuffle(pieces)
    for number in range(count):
        text = pieces[number % len(pieces)]
        if number >= len(pieces):
            other = rng.choice(pieces)
            text = text[: len(text) // 2] + other[len(other) // 2 :]
        yield str(number), text


def write(folder: Path, count: int, seed: int) -> int:
    """Write the files; returns the bytes of text."""
    folder.mkdir(parents=True)
    size = 0
    file = None
    for number, (name, text) in enumerate(short_documents(count, seed)):
        if number % _IN_A_FILE == 0:
            if file is not None:
                file.close()
            file = (folder / f"{number // _IN_A_FILE:04}.jsonl").open("w", encoding="utf-8")
        assert file is not None
        size += len(text.encode())
        file.write(json.dumps({"id": name, "body": text}, ensure_ascii=False) + "\n")
    if file is not None:
        file.close()
    return size


def index(folder: Path, path: Path, memory: int) -> tuple[float, int, str]:
    """Run the command; seconds, the most memory of all its processes together, and its report."""
    command = ["index", str(folder), "--index", str(path), "--memory", str(memory)]
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "searcher", *command], stderr=subprocess.PIPE, text=True
    ) as process:
        with PeakMemory(process.pid) as peak:
            _, report = process.communicate()
        if process.returncode:
            raise SystemExit(report)
    return time.monotonic() - began, peak.bytes, report.strip().splitlines()[-1]


def size_of(path: Path) -> int:
    """The bytes of all files of a directory."""
    return sum(
        (Path(parent) / name).stat().st_size for parent, _, names in os.walk(path) for name in names
    )


def query_times(path: Path, texts: Sequence[str], count: int, seed: int) -> dict[str, list[float]]:
    """Milliseconds of each query of each kind, in a process that has asked others before."""
    questions = [
        json.loads(line)["text"]
        for line in shared_path("data/zhihu_hot/queries.jsonl").open(encoding="utf-8")
    ]
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with Index.open(path) as opened:
        queries = choose(texts, questions, lambda text: opened.analyze(text).words, count, seed)
        random.Random(seed).shuffle(queries)
        opened.search("预热")
        for query in queries:
            text = f'"{query.text}"' if query.kind == "phrase" else query.text
            mode = "all" if query.kind == "all" else "any"
            began = time.perf_counter()
            opened.search(text, mode="all" if mode == "all" else "any")
            times[query.kind].append((time.perf_counter() - began) * 1000)
    return times


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--documents", type=int, default=5_000_000)
    parser.add_argument("--memory", type=int, default=512, help="megabytes (default: 512)")
    parser.add_argument("--queries", type=int, default=50, help="of each kind (default: 50)")
    parser.add_argument("--work", type=Path, required=True, help="a directory; 4 GB for 5 million")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    console = Console()
    folder, path = given.work / "texts", given.work / "index"
    text = write(folder, given.documents, given.seed)
    console.print(f"{given.documents:,} documents, {text / 1e6:,.0f} MB of text")
    first = 0.0
    for what in ("first build", "nothing changed", "one file changed"):
        if what == "one file changed":
            lines = (folder / "0000.jsonl").read_text(encoding="utf-8").splitlines()
            lines[0] = json.dumps({"id": "0", "body": "改过的一条记录"}, ensure_ascii=False)
            (folder / "0000.jsonl").write_text("\n".join(lines), encoding="utf-8")
        seconds, memory, report = index(folder, path, given.memory)
        first = first or seconds
        console.print(
            f"{what}: {seconds:,.1f} s ({100 * seconds / first:.2f} %), "
            f"{memory / 1e6:,.0f} MB of memory: {report}"
        )
    size = size_of(path)
    console.print(f"index: {size / 1e6:,.0f} MB, {size / text:.2f} of the text")
    sample = [body for _, body in zip(range(_SAMPLE), _bodies(folder), strict=False)]
    table = Table("query", "p50 ms", "p99 ms", "slowest")
    for kind, times in query_times(path, sample, given.queries, given.seed).items():
        if times:
            table.add_row(
                KINDS[kind],
                f"{median(times):.2f}",
                f"{percentile(times, 99):.2f}",
                f"{max(times):.2f}",
            )
    console.print(table)


def _bodies(folder: Path) -> Iterator[str]:
    for file in sorted(folder.iterdir()):
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)["body"]


if __name__ == "__main__":
    main()
