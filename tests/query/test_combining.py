"""Filters, facets, sorting and offsets, in every combination, against what a loop finds."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from searcher import Document, Hit, Index, Synonyms
from searcher.query.reranking import BLOCK
from searcher.text import Folding
from tests.index.columnar_tools import ENGINES, using
from tests.query.test_topk import text

SOURCES = (None, "证券时报", "證券時報", "银行网", "Ａ 报")
TAGS = ("保险", "複工", "复工", "b")
FOLDING = Folding.from_opencc()
QUERIES = (
    *("贷款", "银行 贷款 利率", "核酸的筛查", "app", "的", "龘", "*", "贷款^2 利率", "2022"),
    *("“银行贷款”", "“的” 贷款", "「贷款」「利率」", "“a”", "银行 AND 贷款", "+核酸 银行"),
    *("银行 -贷款", "“贷款” 银行 app", "我 的 贷款", "标题：银行", "贷款 OR 核酸"),
    *("贷款 日期：2022-03..", "来源：证券 银行", "标签：复工 银行", "贷款 source:银行"),
    *("银行*", "iphone~", "(银行 OR 核酸) AND 贷款", "NOT 银行", "銀行貸款"),
)
SYNONYMS = Synonyms.parse("银行, 险企, 理赔\n贷款 => app, 核酸筛查\n的, 了")


def document(chance: random.Random, number: int) -> Document:
    date = datetime(chance.choice([2021, 2022]), chance.randint(1, 12), chance.randint(1, 3))
    return Document(
        id=f"文档{number}",
        title=text(chance, 4),
        body=text(chance, chance.choice([3, 30])),
        date=date if chance.random() < 0.7 else None,
        source=chance.choice(SOURCES),
        tags=tuple(chance.sample(TAGS, chance.randint(0, 3))),
    )


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Index]]:
    """Of one segment and of several with deleted documents, each with and without the kernel."""
    result = []
    for engine in ENGINES:
        for seed in (1, 3):
            chance = random.Random(seed)
            with using(engine):
                index = Index.open(tmp_path_factory.mktemp("combining"), create=True)
                for _ in range(seed):
                    index.add(document(chance, chance.randint(0, 400)) for _ in range(150))
                if seed > 1:
                    ids = [one.id for one in index.documents()]
                    index.delete(chance.sample(ids, len(ids) // 4))
                index.search("贷款")  # so that it is opened with this engine
            result.append(index)
    yield result
    for index in result:
        index.close()


def folded(value: str | None) -> str | None:
    return None if value is None else FOLDING.fold(value)


def is_allowed(one: Document, options: dict[str, Any]) -> bool:
    """Whether the filters let a document pass."""
    day = None if one.date is None else one.date.strftime("%Y-%m-%d")
    since, until = options.get("since"), options.get("until")
    if since is not None and (day is None or day < since):
        return False
    if until is not None and (day is None or day[: len(until)] > until):
        return False
    if "source" in options and folded(one.source) not in {*map(folded, options["source"])}:
        return False
    return "tag" not in options or bool({*map(folded, options["tag"])} & {*map(folded, one.tags)})


def newest_first(hit: Hit) -> tuple[float, str]:
    oldest = datetime(1, 1, 1, tzinfo=UTC)
    moment = oldest if hit.date is None else hit.date
    return -(moment - oldest) / timedelta(seconds=1), hit.id


def facets_of(documents: list[Document]) -> dict[str, Counter[str]]:
    return {
        "source": Counter(value for one in documents if (value := folded(one.source))),
        "tag": Counter(value for one in documents for value in {*map(folded, one.tags)} if value),
        "year": Counter(str(one.date.year) for one in documents if one.date),
    }


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "since": st.sampled_from(["2021", "2022", "2022-03", "2022-06-02", "2023"]),
        "until": st.sampled_from(["2021", "2022-03", "2022-06-02", "2020"]),
        "source": st.lists(st.sampled_from(["证券时报", "证券時报", "a 报", "银行网", "无"])),
        "tag": st.lists(st.sampled_from(["保险", "复工", "B", "x"]), max_size=2),
    },
)
ASKED = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["any", "all"]),
        "synonyms": st.sampled_from([None, SYNONYMS]),
        "syntax": st.sampled_from(["query", "query", "plain"]),
    }
)
SHOWN = st.fixed_dictionaries(
    {
        "sort": st.sampled_from(["relevance", "date"]),
        "limit": st.sampled_from([None, 0, 1, 3, 10, 1000]),
        "offset": st.sampled_from([0, 0, 1, 7, 500]),
        "facets": st.lists(st.sampled_from(["source", "tag", "year"]), unique=True).map(tuple),
    }
)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    which=st.integers(0, 3),
    query=st.sampled_from(QUERIES),
    asked=ASKED,
    filters=FILTERS,
    shown=SHOWN,
)
def test_every_combination_gives_what_a_loop_over_all_hits_gives(
    collections: list[Index],
    which: int,
    query: str,
    asked: dict[str, Any],
    filters: dict[str, Any],
    shown: dict[str, Any],
) -> None:
    index = collections[which]
    documents = {one.id: one for one in index.documents()}
    everything = index.search(query, limit=None, snippet_width=0, **asked)
    assert everything.total == len(everything)
    left = {hit.id: hit for hit in everything if is_allowed(documents[hit.id], filters)}
    ordered = list(left.values())
    if shown["sort"] == "date":
        ordered.sort(key=newest_first)
    elif filters:
        ordered = list(index.search(query, limit=None, snippet_width=0, **asked, **filters))
        assert len(ordered) == len(left)
    results = index.search(query, snippet_width=0, **asked, **filters, **shown)
    end = None if shown["limit"] is None else shown["offset"] + shown["limit"]
    assert [hit.id for hit in results] == [hit.id for hit in ordered[shown["offset"] : end]]
    # The scores are the same to the last bit.
    assert all(hit.score == left[hit.id].score for hit in (*ordered, *results))
    for at in range(0, len(ordered) if shown["sort"] == "relevance" else 0, BLOCK):
        block = [(-hit.score, hit.id) for hit in ordered[at : at + BLOCK]]
        assert block == sorted(block)
    assert [hit.rank for hit in results] == [
        shown["offset"] + number for number in range(1, len(results) + 1)
    ]
    assert results.total == len(left)
    expected = facets_of([documents[id] for id in left])
    assert list(results.facets) == list(shown["facets"])
    for name, counts in results.facets.items():
        assert {folded(value): count for value, count in counts.items()} == expected[name]
        assert list(counts) == sorted(counts, key=lambda value: (-counts[value], value))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(which=st.integers(0, 3), query=st.sampled_from(QUERIES), asked=ASKED)
def test_a_facet_counts_what_a_search_with_that_filter_finds(
    collections: list[Index], which: int, query: str, asked: dict[str, Any]
) -> None:
    index = collections[which]
    facets = index.search(query, limit=0, facets=("source", "tag", "year"), **asked).facets
    for name, counts in facets.items():
        for value, count in counts.items():
            as_filter: dict[str, Any] = (
                {"since": value, "until": value} if name == "year" else {name: value}
            )
            assert index.search(query, limit=0, **asked, **as_filter).total == count


def test_values_that_fold_to_the_same_are_counted_together(index: Index) -> None:
    index.add(
        [
            Document(id="a", body="核酸", source="證券時報", tags=("复工", "複工")),
            Document(id="b", body="核酸", source="证券时报", tags=("複工",)),
            Document(id="c", body="核酸", source="证券时报"),
            Document(id="d", body="核酸", source="a\nb", tags=("a",)),
        ]
    )
    facets = index.search("核酸", facets=("source", "tag")).facets
    assert facets["source"] == {"证券时报": 3, "a\nb": 1}
    assert facets["tag"] == {"複工": 2, "a": 1}
