"""Many queries at once: what comes is what single searches give, by however many processes."""

import pickle
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from searcher import ArgumentError, Document, Index, Results, Synonyms
from searcher.api import batches

WORDS = ("核酸", "理赔", "绿色通道", "保险公司", "上海", "客服", "机房")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("many") / "index", create=True) as index:
        index.add(
            Document(
                id=f"{number:03}",
                # Every third text is another's, so that there are ties.
                title=f"{WORDS[number % 7]}须知",
                body=f"{WORDS[number // 3 % 7]}与{WORDS[number // 5 % 7]}的说明。",
                source=("国际金融报", "公司公众号")[number % 2],
            )
            for number in range(60)
        )
        yield index


@pytest.fixture
def processes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes are waited for, and answer a few queries at a time."""
    monkeypatch.setattr(batches, "_FEW", 2)
    monkeypatch.setattr(batches, "_TOGETHER", 3)
    ready = batches._Pool.is_ready

    def waited(pool: batches._Pool) -> bool:
        while not ready(pool):
            pass
        return True

    monkeypatch.setattr(batches._Pool, "is_ready", waited)


def queries() -> list[str]:
    plain = [f"{one} {other}" for one in WORDS for other in WORDS[:3]]
    return [*plain, "“绿色通道”", "hesuan", "和酸", "标题：理赔", "", "没有这样的词"]


@pytest.mark.usefixtures("processes_at_once")
def test_processes_find_what_single_searches_find(filled: Index) -> None:
    synonyms = Synonyms.parse("险企, 保险公司")
    wanted = [
        filled.search(query, limit=4, offset=1, synonyms=synonyms, facets=["source"])
        for query in queries()
    ]
    found = list(
        filled.search_many(
            queries(), jobs=2, limit=4, offset=1, synonyms=synonyms, facets=["source"]
        )
    )
    assert found == wanted  # hits, scores, order, snippets, facets, readings
    assert [one.total for one in found] == [one.total for one in wanted]


@pytest.mark.usefixtures("processes_at_once")
def test_processes_count_if_totals_are_wanted(
    filled: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [filled.search(query, mode="all").total for query in queries()]
    found = list(filled.search_many(queries(), jobs=2, totals=True, mode="all"))
    monkeypatch.setattr("searcher.query.search.Search.search", None)  # nobody searches again
    assert [one.total for one in found[3:]] == wanted[3:]


@pytest.mark.usefixtures("processes_at_once")
def test_what_is_not_asked_for_yet_is_found_out_later(filled: Index) -> None:
    wanted = [filled.search(query) for query in queries()]
    found = list(filled.search_many(queries(), jobs=2))
    assert [one.total for one in found] == [one.total for one in wanted]
    suggestions = [one.suggestion for one in found]
    assert suggestions == [one.suggestion for one in wanted]
    assert any(suggestions)
    assert [one.is_corrected for one in found] == [one.is_corrected for one in wanted]
    assert any(one.is_corrected for one in found)
    again: list[Results] = pickle.loads(pickle.dumps(found))
    assert again == found
    assert [(one.total, one.suggestion) for one in again] == [
        (one.total, one.suggestion) for one in wanted
    ]


@pytest.mark.usefixtures("processes_at_once")
def test_the_queries_before_a_wrong_one_are_answered(filled: Index) -> None:
    found: list[str] = []
    wrong: list[Any] = [*WORDS, None, "理赔"]
    with pytest.raises(ArgumentError, match="a query is a string, not None"):
        found.extend(results.query for results in filled.search_many(wrong, jobs=2))
    assert found == list(WORDS)


@pytest.mark.usefixtures("processes_at_once")
def test_a_batch_sees_one_state_whoever_writes(tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.add([Document(id="a", body="核酸")])
        answers = index.search_many(["核酸"] * 12, jobs=2)
        assert len(next(answers)) == 1
        with Index.open(tmp_path / "index") as other:
            other.add([Document(id="b", body="核酸")])
        # The processes, which begin now, find a newer state.
        assert [len(results) for results in answers] == [1] * 11
        assert len(index.search("核酸")) == 2


def test_one_process_answers_each_query_when_it_is_asked(filled: Index) -> None:
    taken: list[str] = []

    def asked() -> Iterator[str]:
        for word in WORDS:
            taken.append(word)
            yield word

    answers = filled.search_many(asked(), jobs=1)
    assert taken == []
    assert next(answers) == filled.search("核酸")
    assert taken == ["核酸"]


def test_few_queries_start_no_process(filled: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(batches, "_Pool")
    assert len(list(filled.search_many(WORDS * 10, jobs=4))) == 70


@pytest.mark.usefixtures("processes_at_once")
def test_a_batch_that_is_given_up_leaves_no_process(filled: Index) -> None:
    before = threading.active_count()
    answers = filled.search_many(WORDS * 100, jobs=2)
    for _ in range(5):
        next(answers)
    assert threading.active_count() == before + 2
    answers.close()
    assert threading.active_count() == before


def test_wrong_arguments_are_named_at_once(filled: Index) -> None:
    with pytest.raises(ArgumentError, match="not a single one"):
        filled.search_many("核酸")
    with pytest.raises(ArgumentError, match="jobs must be 1 or more: 0"):
        filled.search_many(["核酸"], jobs=0)
    with pytest.raises(ArgumentError, match="limit cannot be negative"):
        filled.search_many(["核酸"], limit=-1)
