"""Words that the best documents share, added to a query."""

import pytest

from searcher import Document, Index
from tests.conftest import shared_documents

QUERY = "战国无双3是由哪两个公司合作开发的"


@pytest.fixture
def articles(index: Index) -> Index:
    """Some articles of an encyclopedia."""
    index.add(shared_documents("cmrc2018", 60))
    return index


def test_words_that_the_best_documents_share_find_others(index: Index) -> None:
    index.add(
        [
            Document(id="a", body="鼠疫由跳蚤传播。"),
            Document(id="b", body="跳蚤带来鼠疫。"),
            Document(id="c", body="跳蚤怎样过冬？"),
            Document(id="d", body="天气很好。"),
        ]
    )
    assert {hit.id for hit in index.search("鼠疫")} == {"a", "b"}
    expanded = index.search("鼠疫", expand=True)
    assert "words(跳蚤)" in expanded.reading
    assert [hit.id for hit in expanded][2:] == ["c"]


def test_where_all_words_are_wanted_none_is_added(articles: Index) -> None:
    plain = articles.search("战国 公司", mode="all")
    assert articles.search("战国 公司", mode="all", expand=True).reading == plain.reading


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
