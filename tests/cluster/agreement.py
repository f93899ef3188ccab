"""How far an index in a cluster agrees with one on disk: ``python -m tests.cluster.agreement``.

Both get the same news. Queries of every class are made from them, and asked of both: quoted ones
must find the same documents, and of ranked ones the first ten hits are compared.
"""

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from searcher import Index, Results
from tests.benchmarks.texts import Collection, Record, read_news
from tests.conftest import SHARED

_NEWS = "data/crud_news/docs.jsonl.gz"
_QUESTIONS = "data/zhihu_hot/queries.jsonl"
_TOP = 10
_CLOSE = 0.01  # of a score, within which the order may be another one
_TITLE = re.compile(r"[^，。！？；：,!?;:\n]{2,30}")  # the news have none: their first clause is it
_HAN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[A-Za-z]{4,12}")

EXACT = ("quoted", "quoted words", "single character")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query.

    Attributes:
        kind: Its class.
        text: The query.
        options: How to search.
    """

    kind: str
    text: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Agreement:
    """What came of the queries of a class.

    Attributes:
        queries: How many.
        overlap: The sum, over the queries, of the part of the first ten hits that both have.
        same: How many have the same documents in all, by number or, for quoted ones, by id.
        pairs: How many pairs of hits have scores that differ enough for their order to matter.
        swapped: How many of these are in another order.
        snippets: How many hits that both have are shown alike, of how many.
    """

    queries: int = 0
    overlap: float = 0.0
    same: int = 0
    pairs: int = 0
    swapped: int = 0
    snippets: int = 0
    shown: int = 0

    def add(self, other: "Agreement") -> None:
        """Take what came of others."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def titled(records: Iterable[Record]) -> Iterator[Record]:
    """The same with titles, so that there are two fields to be found in and weighed."""
    for record in records:
        found = _TITLE.search(record.body)
        yield replace(record, title=record.title or (found[0].strip() if found else ""))


def queries(records: Sequence[Record], questions: Sequence[str], count: int) -> list[Asked]:
    """So many queries, as many of each class, always the same."""
    rng = random.Random(7)
    classes = _classes(records, questions, rng)
    return [next(classes[kind]) for kind in islice(cycle(list(classes)), count)]


def _classes(
    records: Sequence[Record], questions: Sequence[str], rng: random.Random
) -> dict[str, Iterator[Asked]]:
    def text() -> str:
        return rng.choice(records).text

    def title() -> str:
        return rng.choice(records).title

    def run(least: int, of: Callable[[], str]) -> str:
        while True:
            runs = [one for one in _HAN.findall(of()) if len(one) >= least]
            if runs:
                return str(rng.choice(runs))

    def piece(low: int, high: int, of: Callable[[], str] = text) -> str:
        whole = run(high, of)
        size = rng.randint(low, high)
        at = rng.randrange(len(whole) - size + 1)
        return whole[at : at + size]

    def quoted() -> str:
        while True:
            whole = text()
            at, size = rng.randrange(len(whole)), rng.randint(2, 12)
            part = whole[at : at + size]
            if part.strip() == part and len(part) > 1 and not set(part) & set('"“”「」『』'):
                return f"“{part}”"

    def latin() -> str:
        while True:
            found = _LATIN.findall(text())
            if found:
                return str(rng.choice(found))

    makers = {
        "one word": lambda: Asked("one word", piece(2, 3)),
        "few words": lambda: Asked(
            "few words", " ".join(piece(2, 4) for _ in range(rng.randint(2, 4)))
        ),
        "all words": lambda: Asked("all words", f"{_two(piece(4, 6))}", {"mode": "all"}),
        "question": lambda: Asked("question", rng.choice(questions)),
        "quoted": lambda: Asked("quoted", quoted()),
        "quoted words": lambda: Asked("quoted words", f"“{piece(2, 6)}”"),
        "single character": lambda: Asked("single character", f"“{piece(2, 2)[:1]}”"),
        "operators": lambda: Asked("operators", f"{piece(2, 4)} +{piece(2, 2)} -{piece(2, 2)}"),
        "alternatives": lambda: Asked(
            "alternatives", f"({piece(2, 3)} OR {piece(2, 3)}) {piece(2, 3)}"
        ),
        "title": lambda: Asked("title", f"标题：{piece(2, 4, title)}"),
        "body": lambda: Asked("body", f"正文：{piece(2, 4)}"),
        "pattern": lambda: Asked("pattern", f"{piece(2, 2)}*{piece(2, 2)[:1]}"),
        "letters": lambda: Asked("letters", f"{latin()[:4]}*"),
        "fuzzy": lambda: Asked("fuzzy", f"{latin()}~"),
        "dates": lambda: Asked("dates", f"{piece(2, 4)} 日期:2023-0{rng.randint(1, 9)}"),
        "newest": lambda: Asked("newest", piece(2, 4), {"sort": "date"}),
        "boosts": lambda: Asked("boosts", f"{piece(2, 3)}^3 {piece(2, 3)}"),
    }
    return {kind: iter(make, None) for kind, make in makers.items()}


def _two(text: str) -> str:
    return f"{text[:2]} {text[2:]}"


def compare(disk: Index, cluster: Index, asked: Asked) -> Agreement:
    """Ask both."""
    ours = disk.search(asked.text, limit=_TOP, **asked.options)
    theirs = cluster.search(asked.text, limit=_TOP, **asked.options)
    found = Agreement(queries=1)
    mine, other = [hit.id for hit in ours], [hit.id for hit in theirs]
    both = set(mine) & set(other)
    found.overlap = len(both) / max(len(mine), len(other)) if mine or other else 1.0
    if asked.kind in EXACT:
        found.same = _all_ids(disk, asked) == _all_ids(cluster, asked)
    else:
        found.same = ours.total == theirs.total
    if "sort" not in asked.options:
        found.pairs, found.swapped = _order(ours, other)
    shown = {hit.id: (hit.snippet, hit.title_spans) for hit in ours}
    found.shown = len(both)
    found.snippets = sum(
        shown[hit.id] == (hit.snippet, hit.title_spans) for hit in theirs if hit.id in both
    )
    return found


def _all_ids(index: Index, asked: Asked) -> set[str]:
    return {hit.id for hit in index.search(asked.text, limit=None, snippet_width=0)}


def _order(ours: Results, other: list[str]) -> tuple[int, int]:
    """Pairs of hits whose order matters, and how many of them are in another one."""
    places = {one: place for place, one in enumerate(other)}
    pairs = swapped = 0
    for one, two in combinations([hit for hit in ours if hit.id in places], 2):
        if one.score - two.score > _CLOSE * one.score:
            pairs += 1
            swapped += places[one.id] > places[two.id]
    return pairs, swapped


def run(
    disk: Index, cluster: Index, asked: Sequence[Asked], *, tell: bool = False
) -> dict[str, Agreement]:
    """Compare by class."""
    found: dict[str, Agreement] = {}
    for one in asked:
        agreement = compare(disk, cluster, one)
        if tell and (agreement.overlap < 0.9 or not agreement.same or agreement.swapped):
            print(f"{one.kind}: {one.text!r} {agreement}", file=sys.stderr)
        found.setdefault(one.kind, Agreement()).add(agreement)
    return found


def lines(found: dict[str, Agreement]) -> Iterator[str]:
    """A table."""
    total = Agreement()
    yield f"{'class':18}{'queries':>8}{'overlap':>9}{'same':>7}{'order':>16}{'snippets':>14}"
    for one in found.values():
        total.add(one)
    for kind, one in {**found, "all": total}.items():
        order = f"{one.pairs - one.swapped}/{one.pairs}"
        snippets = f"{one.snippets}/{one.shown}"
        yield (
            f"{kind:18}{one.queries:8}{one.overlap / one.queries:9.4f}"
            f"{one.same:4}/{one.queries:<4}{order:>14}{snippets:>14}"
        )


def main() -> None:
    """Index, ask, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, help="how many of the news; all by default")
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--shards", type=int, default=3)
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--address", help="an index of a running cluster, in place of a new one")
    parser.add_argument("--tell", action="store_true", help="name the queries that differ")
    given = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        collection = Collection.write(
            "news", folder / "news", titled(read_news(SHARED / _NEWS, given.documents))
        )
        if given.address:
            _agree(collection, given.address, given, folder)
            return
        from tests.cluster.nodes import Cluster

        with Cluster.start(folder / "cluster", given.nodes, heap=768, quick=False) as nodes:
            _agree(collection, nodes.engine_address("agreement"), given, folder)


def _agree(collection: Collection, address: str, given: argparse.Namespace, folder: Path) -> None:
    began = time.monotonic()
    Index.build(folder / "index", [collection.texts])
    print(f"{collection.documents} documents on disk in {time.monotonic() - began:.0f} s")
    with (
        Index.open(folder / "index") as disk,
        Index.open(address, create=True, shards=given.shards, replicas=0) as cluster,
    ):
        report = cluster.sync([collection.texts])
        print(f"and in {cluster.status().cluster}: {report.total} in {report.seconds:.0f} s")
        records = list(collection.records())
        with (SHARED / _QUESTIONS).open(encoding="utf-8") as file:
            questions = [str(json.loads(line)["text"]) for line in file]
        asked = queries(records, questions, given.queries)
        for line in lines(run(disk, cluster, asked, tell=given.tell)):
            print(line)


if __name__ == "__main__":
    main()
