"""The first hits are the first of all hits, though they are found in another way."""

import gc
import random
from pathlib import Path
from typing import Literal

import pytest

from searcher import Document, Index
from searcher.api.state import State
from searcher.index.store import Store
from searcher.query.search import Options
from tests.index.columnar_tools import ENGINES, using

WORDS = ["中国", "人民", "银行", "贷款", "正确", "做法", "这", "是", "的", "卜", "冠", "昊", "宸"]
FEW, MANY = "苹果 香蕉", "苹果 香蕉 " + "很多别的话 " * 30
NAMES = ["卜", "冠", "昊", "宸", "这", "是"]


def some(chance: random.Random, pieces: list[str], least: int, most: int) -> str:
    return "".join(chance.choices(pieces, k=chance.randint(least, most)))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three segments, copies of many documents, and some deleted ones."""
    path = tmp_path_factory.mktemp("first") / "index"
    chance = random.Random(31)
    texts = [some(chance, WORDS, 1, 12) for _ in range(600)]
    with Index.open(path, create=True) as index:
        for part in range(3):
            index.add(
                Document(
                    id=f"{part}-{number}",
                    title=some(chance, WORDS, 0, 2),
                    body=chance.choice(texts),
                )
                for number in range(700)
            )
        index.delete(f"{part}-{number}" for part in range(3) for number in range(0, 700, 9))
    return path


def asked(chance: random.Random) -> tuple[str, Literal["any", "all"]]:
    """A query, and whether all of its words must be there."""
    kind = chance.choice(["any", "all", "names", "phrase", "phrases"])
    if kind == "names":
        return " ".join(some(chance, NAMES, 1, 3) for _ in range(chance.randint(1, 3))), "all"
    if kind == "phrase":
        return f'"{some(chance, WORDS, 1, 4)}"', "any"
    if kind == "phrases":
        return f'"{some(chance, WORDS, 1, 2)}" "{some(chance, NAMES, 1, 2)}"', "all"
    words = " ".join(some(chance, WORDS, 1, 2) for _ in range(chance.randint(1, 4)))
    return words, "all" if kind == "all" else "any"


@pytest.mark.parametrize("engine", ENGINES)
def test_the_first_hits_are_the_first_of_all(path: Path, engine: str) -> None:
    chance = random.Random(32)
    with using(engine), Index.open(path) as index:
        for _ in range(100):
            query, mode = asked(chance)
            every = index.search(query, limit=None, mode=mode)
            first = index.search(query, limit=chance.choice([1, 3, 10, 50]), mode=mode)
            expected = every.hits[: len(first.hits)]
            assert [hit.id for hit in first] == [hit.id for hit in expected], query
            scores = [hit.score for hit in expected]
            assert [hit.score for hit in first] == pytest.approx(scores, rel=1e-12), query
            assert first.total == every.total == len(every.hits), query


@pytest.mark.parametrize("engine", ENGINES)
def test_ranking_alone_gives_the_scores_of_the_first_hits(path: Path, engine: str) -> None:
    chance = random.Random(33)
    kinds = set()
    with using(engine):
        search = State(Store(path)).search
        for _ in range(200):
            query, mode = asked(chance)
            query += chance.choice(["", " -贷款", " -的"])
            options = Options(limit=chance.choice([1, 3, 10, 30]), mode=mode)
            plan = search.plan(query, options)
            if plan is None:
                continue
            kinds.add((plan.is_bare, plan.is_of_terms, bool(plan.texts), bool(plan.conditions)))
            found = search.rank(plan, options.limit or 0)
            hits = search.search(query, options).hits
            assert [score for score, _ in found] == [hit.score for hit in hits], query
            better = [hit.id for hit in hits if hit.score > hits[-1].score]
            ids = [search._reader.document_id(number) for _, number in found]
            assert sorted(ids[: len(better)]) == sorted(better), query
    assert len(kinds) > 5


@pytest.mark.parametrize("engine", ENGINES)
def test_documents_that_cannot_be_among_the_best_are_passed_over(
    tmp_path: Path, engine: str
) -> None:
    """Thousands that have all words, but say little, behind a few that are better."""
    with using(engine), Index.open(tmp_path / "index", create=True) as index:
        bodies = [FEW] * 20 + ["无"] * 38_000 + [MANY] * 2000 + ["无"] * 30_000
        index.add(Document(id=f"{number:06}", body=body) for number, body in enumerate(bodies))
        first = index.search("苹果 香蕉", mode="all")
        assert [hit.id for hit in first] == [f"{number:06}" for number in range(10)]
        assert first.total == 2020


@pytest.mark.parametrize("engine", ENGINES)
def test_hits_are_found_behind_documents_that_have_but_the_pairs(
    tmp_path: Path, engine: str
) -> None:
    """As many as are looked at first, each with another score, and more."""
    with using(engine), Index.open(tmp_path / "index", create=True) as index:
        bodies = ["险理，理赔，" * 9 + "无" * number for number in range(40)]
        bodies += ["险理赔" + "无" * 900] * 3
        index.add(Document(id=f"{number:02}", body=body) for number, body in enumerate(bodies))
        for limit in (1, 2, 3, 10):
            first = index.search('"险理赔"', limit=limit)
            assert [hit.id for hit in first] == ["40", "41", "42"][:limit]
            assert first.total == 3


@pytest.mark.parametrize("engine", ENGINES)
def test_results_are_freed_at_once(path: Path, engine: str) -> None:
    """They refer to nothing that refers to them, or memory would grow until it is searched."""
    with using(engine), Index.open(path) as index:
        index.search("银行贷款", facets=["year"])
        gc.collect()
        gc.disable()
        try:
            for mode in ("any", "all"):
                results = index.search("银行 贷款", mode=mode, facets=["year"])
                assert results.hits  # and no more: what is worked out forgets what it was made from
                del results
                assert gc.collect() == 0
        finally:
            gc.enable()
