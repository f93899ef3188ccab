"""Filters, facets, sorting, and arguments that make no sense."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from searcher import ArgumentError, Document, Index

CHINA = timezone(timedelta(hours=8))


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("news"), create=True) as index:
        index.add(
            [
                Document(
                    id="a",
                    body="核酸筛查",
                    source="国际金融报",
                    tags=("保险", "上海"),
                    date=datetime(2022, 3, 28, 9, tzinfo=CHINA),
                ),
                Document(
                    id="b",
                    body="核酸核酸",
                    source="證券時報網",
                    tags=("保险",),
                    date=datetime(2022, 6, 2, 5, 56, 9, tzinfo=CHINA),
                ),
                Document(id="c", body="核酸", source="国际金融报", date=datetime(2021, 1, 1)),
                Document(id="d", body="核酸"),
            ]
        )
        yield index


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ({"source": "国际金融报"}, "ac"),
        ({"source": "证券时报网"}, "b"),  # folded like everything else
        ({"source": ["国际金融报", "证券时报网"]}, "abc"),
        ({"source": "国际"}, ""),
        ({"tag": "保险"}, "ab"),
        ({"tag": ("上海", "北京")}, "a"),
        ({"since": "2022"}, "ab"),
        ({"since": "2022-03-29"}, "b"),
        ({"until": "2022-03"}, "ac"),
        ({"until": date(2022, 3, 28)}, "ac"),
        ({"since": date(2022, 3, 28), "until": "2022-03-28"}, "a"),
        ({"since": datetime(2022, 6, 2, 5, 56, 9)}, "b"),
        ({"since": datetime(2022, 6, 1, 21, 56, 9, tzinfo=UTC)}, "b"),
        ({"since": datetime(2022, 6, 1, 21, 56, 10, tzinfo=UTC)}, ""),
        ({"until": datetime(2022, 3, 28, 8, 59, 59)}, "c"),
        ({"source": "国际金融报", "since": "2022", "tag": "上海"}, "a"),
    ],
)
def test_filters(news: Index, arguments: dict[str, Any], ids: str) -> None:
    results = news.search("核酸", **arguments)
    assert sorted(hit.id for hit in results) == list(ids)
    assert results.total == len(ids)


def test_facets_count_over_all_matches(news: Index) -> None:
    facets = news.search("核酸", limit=1, facets=("source", "tag", "year")).facets
    assert facets["source"] == {"国际金融报": 2, "證券時報網": 1}
    assert facets["tag"] == {"保险": 2, "上海": 1}
    assert facets["year"] == {"2022": 2, "2021": 1}
    assert list(facets["source"]) == ["国际金融报", "證券時報網"]


def test_the_newest_first_and_those_without_a_date_last(news: Index) -> None:
    assert [hit.id for hit in news.search("核酸", sort="date")] == ["b", "a", "c", "d"]


def test_documents_without_a_date_are_ordered_by_id(tmp_path: Path) -> None:
    with Index.open(tmp_path, create=True) as index:
        index.add(Document(id=id, body="核酸") for id in "cab")
        assert [hit.id for hit in index.search("核酸", sort="date")] == ["a", "b", "c"]


def test_without_a_width_nothing_is_marked(news: Index) -> None:
    hit = news.search("核酸", snippet_width=0)[0]
    assert (hit.snippet.text, hit.snippet.spans, hit.title_spans) == ("", (), ())


def test_a_date_without_a_zone_is_in_china(news: Index) -> None:
    document = news.get("c")
    assert document is not None
    assert document.date == datetime(2021, 1, 1, tzinfo=CHINA)


@pytest.mark.parametrize(
    "arguments",
    [
        {"mode": "some"},
        {"syntax": "lucene"},
        {"sort": "size"},
        {"facets": ("author",)},
        {"since": "the other day"},
        {"until": "2022-13"},
        {"limit": -1},
        {"offset": -1},
        {"snippet_width": -1},
    ],
)
def test_a_value_that_makes_no_sense_is_named(news: Index, arguments: dict[str, Any]) -> None:
    (name,) = arguments
    with pytest.raises(ArgumentError, match=name):
        news.search("核酸", **arguments)


def test_a_limit_of_none_gives_all_and_of_zero_the_total_only(news: Index) -> None:
    assert len(news.search("核酸", limit=None)) == 4
    nothing = news.search("核酸", limit=0)
    assert (len(nothing), nothing.total) == (0, 4)


def test_an_offset_beyond_the_end_gives_nothing(news: Index) -> None:
    assert len(news.search("核酸", offset=10)) == 0


@pytest.mark.parametrize("limit", [None, 10, 10**30])
def test_of_an_empty_index_there_is_nothing_to_sort_or_count(
    index: Index, limit: int | None
) -> None:
    for query in ("核酸", "*", "“核酸”"):
        results = index.search(query, limit=limit, sort="date", facets=("source", "tag", "year"))
        assert (len(results), results.total) == (0, 0)
        assert results.facets == {"source": {}, "tag": {}, "year": {}}
        assert len(index.search(query, limit=limit, tag="x")) == 0


def test_a_limit_may_be_as_large_as_one_likes(news: Index) -> None:
    for arguments in ({}, {"sort": "date"}, {"mode": "all"}, {"facets": ("year",)}):
        assert len(news.search("核酸", limit=10**30, **arguments)) == 4
    results = news.similar("a", limit=10**30)
    assert results is not None
    assert len(results) == 3
