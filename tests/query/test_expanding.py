"""Words that the best documents share, looked for as well."""

import pytest

from searcher import Document, Index
from tests.conftest import shared_documents

QUERY = "战国无双3是由哪两个公司合作开发的"


@pytest.fixture
def offices(index: Index) -> Index:
    index.add(
        [
            Document(id="a", title="复工首日", body="复工首日，楼宇的食堂恢复供餐，白领排队。"),
            Document(id="b", title="复工之后", body="复工之后，食堂和楼宇陆续开放，白领回来。"),
            Document(id="c", title="写字楼", body="楼宇里的食堂，白领说味道不错。"),
            Document(id="d", title="天气", body="今天多云，午后有雨。"),
            *(Document(id=f"e{n}", body=f"与此无关的第{n}篇") for n in range(10)),
        ]
    )
    return index


@pytest.fixture
def articles(index: Index) -> Index:
    """Some articles of an encyclopedia."""
    index.add(shared_documents("cmrc2018", 60))
    return index


def test_documents_that_say_the_same_otherwise_are_found(offices: Index) -> None:
    assert {hit.id for hit in offices.search("复工")} == {"a", "b"}
    found = [hit.id for hit in offices.search("复工", expand=True)]
    assert sorted(found[:2]) == ["a", "b"]
    assert found[2:] == ["c"]


def test_what_is_added_is_said_and_counts_for_less(offices: Index) -> None:
    results = offices.search("复工", expand=True)
    assert "words(食堂)^" in results.reading
    for hit in results:
        explanation = offices.explain("复工", hit.id, expand=True)
        assert explanation is not None
        assert explanation.score == pytest.approx(hit.score)


def test_what_must_not_be_there_stays_out(offices: Index) -> None:
    assert {hit.id for hit in offices.search("复工 -味道", expand=True)} == {"a", "b"}


@pytest.mark.parametrize("query", ["“复工”", "复工 AND 食堂", "title:复工", "*", "没有的词", ""])
def test_only_plain_words_at_the_top_are_added_to(offices: Index, query: str) -> None:
    plain, expanded = offices.search(query), offices.search(query, expand=True)
    assert [hit.id for hit in expanded] == [hit.id for hit in plain]
    assert expanded.reading == plain.reading


def test_where_all_words_are_wanted_nothing_is_added(offices: Index) -> None:
    assert offices.search("复工", mode="all", expand=True).total == 2


def test_filters_do_not_change_what_is_added(index: Index) -> None:
    index.add(
        Document(id=one.id, title=one.title, body=one.body, tags=(one.id[-1],))
        for one in shared_documents("finna", 200)
    )
    query = "上市公司 股份 收购"
    every = index.search(query, limit=None, expand=True)
    left = index.search(query, limit=None, expand=True, tag="3")
    assert left.reading == every.reading
    scores = {hit.id: hit.score for hit in every}
    assert left.total > 0
    assert all(hit.score == scores[hit.id] for hit in left)


def test_an_explanation_has_the_score_of_the_hit_to_the_last_bit(articles: Index) -> None:
    query = "公司合作开发^0.3 战国无双游戏^0.7"
    for hit in articles.search(query, limit=30, expand=True):
        explanation = articles.explain(query, hit.id, expand=True)
        assert explanation is not None
        assert explanation.score == hit.score
        assert sum(term.score for term in explanation.terms) == pytest.approx(hit.score)


def test_pages_are_parts_of_the_whole(articles: Index) -> None:
    whole = [(hit.id, hit.score) for hit in articles.search(QUERY, limit=None, expand=True)]
    for offset in (0, 5, 31, 40):
        page = articles.search(QUERY, limit=10, offset=offset, expand=True)
        assert [(hit.id, hit.score) for hit in page] == whole[offset : offset + 10]
