"""Everything that an index can be asked, and what it may answer."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from searcher import Document, Index, SearcherError

# Each is a kind of its own: words, phrases, characters, patterns, fields, operators.
QUERIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("贷款 银行 保险", {"facets": ("source", "tag", "year")}),
    ("贷款 保险 核酸检测 北京", {"mode": "all"}),
    ("北京的银行贷款怎么办理核酸检测保险reinforcement iPhone15", {"limit": 40}),
    ('"银行贷款"', {}),
    ("银", {"limit": 3}),
    ("保*", {}),
    ("rein?orcement", {}),
    ("reinforcment~ iphon~", {}),
    ("title:银行 -body:保险 source:新华社", {}),
    ("贷款", {"since": "2016", "until": "2021", "sort": "date"}),
    ("核酸", {"source": "新华社", "tag": "财经"}),
    ("贷款 OR (银行 AND NOT 北京)^2", {"limit": None, "snippet_width": 0}),
    ("path:文件2 date:2018..2020", {}),
    ("守沪有我 保险", {"expand": True}),
    ("代款 饱险", {}),
)
SOME_IDS = ("added-7", "0/文件7.txt", "records.jsonl#r5", "r5", "added-3", "nothing")


def _search(index: Index, query: str, arguments: dict[str, Any]) -> None:
    results = index.search(query, **arguments)
    for hit in results:
        for start, end in hit.snippet.spans:
            assert 0 <= start < end <= len(hit.snippet.text)
    assert results.total >= 0


def uses(index: Index) -> Iterator[Callable[[], object]]:
    """Everything that an index is asked, nothing of which changes it."""
    for query, arguments in QUERIES * 2:  # the kernel keeps lists that are asked for again
        yield partial(_search, index, query, arguments)
    for id in SOME_IDS:
        yield partial(index.get, id)
        yield partial(index.explain, "贷款 银行", id)
    yield lambda: index.similar("0/文件7.txt")
    for text in ("贷", "yinhang", "rein", "文"):
        yield partial(index.suggest, text)
    yield lambda: index.analyze("守沪有我 用iPhone 15办理貸款")
    yield lambda: index.highlight("贷款", "办理貸款")
    yield lambda: [document.extra for document in index.documents()]
    yield index.status


def ask(path: Path, chance: random.Random, count: int = 0) -> tuple[int, int]:
    """Ask some things, or all; returns how many were answered, and how many by an error of ours.

    Raises:
        Exception: Any other one, which is a defect.
    """
    answers = errors = 0
    try:
        with Index.open(path) as index:
            todo = list(uses(index))
            for use in chance.sample(todo, count) if count else todo:
                try:
                    use()
                    answers += 1
                except SearcherError:
                    errors += 1
    except SearcherError:
        errors += 1
    return answers, errors


def write(path: Path, corpus: Path) -> tuple[int, int]:
    """Change the index in all ways there are, from the least to the most; returns as ``ask``."""
    answers = errors = 0
    replaced = Document(id="added-9", title="银行", body="贷款保险")
    changes: list[Callable[[Index], object]] = [
        lambda index: index.delete(["added-7", "0/文件9.txt"]),
        lambda index: index.add([replaced]),
        lambda index: index.sync([corpus], jobs=1),
    ]
    for number in range(4):  # so many small ones that segments are merged
        document = Document(id=f"more-{number}", title="银行", body="贷款保险")
        changes.append(partial(Index.add, documents=[document]))
    for change in changes:
        try:
            with Index.open(path) as index:
                change(index)
                answers += 1
        except SearcherError:
            errors += 1
    return answers, errors
