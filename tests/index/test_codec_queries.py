"""Every query finds over our codec what it finds over Whoosh's own, with the same scores."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from whoosh import columns, fields, scoring
from whoosh.query import spans
from whoosh.query.qcore import Query

from tests.conftest import shared_documents
from tests.index.whoosh_twins import POLICIES, Transaction, Twins, analysis, query

WORDS = "甲方 乙方 丙方 丁方 银行 银联 贷款 贷记".split()
WORDS += "alfa alpha bravo rendering render shading shaded".split()
START = datetime(2023, 1, 1)

# Fields by kind, and what they take.
KINDS: dict[str, Callable[[], fields.FieldType]] = {
    "text": lambda: fields.TEXT(stored=True, vector=True, sortable=True),
    "chars": lambda: fields.TEXT(chars=True, phrase=True, field_boost=2.0),
    "loose": lambda: fields.TEXT(phrase=False),
    "stem": lambda: fields.TEXT(analyzer=analysis.StemmingAnalyzer(), spelling=True),
    "keyword": lambda: fields.KEYWORD(scorable=True, lowercase=True, commas=True),
    "id": lambda: fields.ID(stored=True, unique=True),
    "number": lambda: fields.NUMERIC(int, sortable=True, stored=True),
    "real": lambda: fields.NUMERIC(float),
    "date": lambda: fields.DATETIME(stored=True, sortable=True),
    "flag": lambda: fields.BOOLEAN(stored=True),
    "grams": lambda: fields.NGRAM(minsize=2, maxsize=3, phrase=True),
    "kept": lambda: fields.STORED(),
    "column": lambda: fields.COLUMN(columns.VarBytesColumn()),
    "boosts": lambda: fields.TEXT(
        analyzer=analysis.RegexTokenizer(r"\S+")
        | analysis.LowercaseFilter()
        | analysis.DelimitedAttributeFilter()
    ),
}
TEXTUAL = ("text", "chars", "loose", "stem", "keyword", "grams", "boosts")
WITH_POSITIONS = ("text", "chars", "stem", "boosts")

words = st.sampled_from(WORDS)
texts = st.lists(words, max_size=30).map(" ".join)
dates = st.integers(0, 400).map(lambda days: START + timedelta(days=days, hours=days % 7))
values: dict[str, st.SearchStrategy[Any]] = {
    "text": texts,
    "chars": texts,
    "loose": texts,
    "stem": texts,
    "keyword": st.lists(words, min_size=1, max_size=4).map(",".join),
    "id": st.sampled_from("abcdefgh"),
    "number": st.one_of(
        st.integers(-70000, 70000), st.lists(st.integers(0, 3), min_size=1, max_size=3)
    ),
    "real": st.floats(-1e6, 1e6),
    "date": dates,
    "flag": st.booleans(),
    "grams": texts,
    "kept": st.one_of(st.integers(), st.text(max_size=5)),
    "column": st.binary(max_size=5),
    "boosts": st.lists(
        st.tuples(words, st.sampled_from(["", "^2", "^0.5", "^1.25"])).map("".join), max_size=20
    ).map(" ".join),
}


def schema_of(kinds: Sequence[str]) -> Callable[[], fields.Schema]:
    return lambda: fields.Schema(**{kind: KINDS[kind]() for kind in kinds})


@st.composite
def documents(draw: st.DrawFn, kinds: Sequence[str]) -> Mapping[str, Any]:
    document = {kind: draw(values[kind]) for kind in kinds if draw(st.integers(0, 5))}
    for name in list(document):
        if name in TEXTUAL and draw(st.integers(0, 8)) == 0:
            document[f"_{name}_boost"] = draw(st.sampled_from([0.5, 2.0, 1.5]))
    return document


@st.composite
def histories(draw: st.DrawFn, kinds: Sequence[str]) -> list[Transaction]:
    return [
        Transaction(
            add=draw(st.lists(documents(kinds), max_size=8)),
            update=draw(st.lists(documents(kinds), max_size=2)),
            delete=draw(st.sets(st.integers(0, 20), max_size=4)),
            policy=draw(st.sampled_from([*POLICIES, "none", "none", "small"])),
        )
        for _ in range(draw(st.integers(1, 6)))
    ]


def leaves(kinds: Sequence[str]) -> st.SearchStrategy[Query]:
    names = st.sampled_from([kind for kind in kinds if kind in TEXTUAL] or ["text"])
    boosts = st.sampled_from([1.0, 1.0, 2.0, 0.5])
    several = st.lists(words, min_size=1, max_size=4)
    parts = st.sampled_from(["银", "贷", "re", "al", "s", ""])
    ends = st.one_of(st.none(), words)
    choices = [
        st.builds(query.Term, names, words, boosts),
        st.builds(query.Term, names, words, boosts),
        st.builds(query.Prefix, names, parts),
        st.builds(query.Wildcard, names, parts.map(lambda part: f"{part}?*")),
        st.builds(query.FuzzyTerm, names, words, maxdist=st.integers(1, 2)),
        st.builds(query.TermRange, names, ends, ends, st.booleans(), st.booleans()),
        st.builds(query.Every, st.one_of(st.none(), names)),
        st.builds(query.Regex, names, st.sampled_from(["re.+", ".", "[甲乙]方"])),
    ]
    if "stem" in kinds:
        choices.append(st.builds(query.Variations, st.just("stem"), words))
    if "number" in kinds:
        numbers = st.one_of(st.none(), st.integers(-70000, 70000))
        choices.append(
            st.builds(query.NumericRange, st.just("number"), numbers, numbers, st.booleans())
        )
        choices.append(st.builds(query.Term, st.just("number"), st.integers(0, 3)))
    if "real" in kinds:
        reals = st.one_of(st.none(), st.floats(-1e6, 1e6))
        choices.append(st.builds(query.NumericRange, st.just("real"), reals, reals))
    if "date" in kinds:
        choices.append(st.builds(query.DateRange, st.just("date"), dates, dates))
    if "id" in kinds:
        choices.append(st.builds(query.Term, st.just("id"), st.sampled_from("abcdefgh")))
    positional = [kind for kind in kinds if kind in WITH_POSITIONS]
    if positional:
        places = st.sampled_from(positional)
        choices.append(st.builds(query.Phrase, places, several, slop=st.integers(1, 4)))
        choices.append(places.flatmap(span_queries))
    return st.one_of(choices)


def span_queries(name: str) -> st.SearchStrategy[Query]:
    terms = st.builds(query.Term, st.just(name), words)
    return st.recursive(
        terms,
        lambda inner: st.one_of(
            st.builds(spans.SpanFirst, inner, limit=st.integers(0, 5)),
            st.builds(spans.SpanNear, inner, inner, st.integers(1, 5), st.booleans()),
            st.builds(spans.SpanOr, st.lists(inner, min_size=1, max_size=3)),
            st.builds(spans.SpanNot, inner, inner),
            st.builds(spans.SpanContains, inner, inner),
            st.builds(spans.SpanBefore, inner, inner),
            st.builds(spans.SpanCondition, inner, inner),
        ),
        max_leaves=4,
    )


def queries(kinds: Sequence[str]) -> st.SearchStrategy[Query]:
    def combined(inner: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
        several = st.lists(inner, min_size=1, max_size=4)
        return st.one_of(
            st.builds(query.And, several),
            st.builds(query.Or, several),
            st.builds(query.Or, several, minmatch=st.just(2)),
            st.builds(query.Not, inner),
            st.builds(query.AndNot, inner, inner),
            st.builds(query.AndMaybe, inner, inner),
            st.builds(query.Require, inner, inner),
            st.builds(query.Otherwise, inner, inner),
            st.builds(query.DisjunctionMax, several),
            st.builds(query.ConstantScoreQuery, inner, st.sampled_from([1.0, 2.5])),
        )

    return st.recursive(leaves(kinds), combined, max_leaves=6)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[str], list[Transaction], list[Query]]:
    chosen = draw(st.sets(st.sampled_from(sorted(KINDS)), min_size=2, max_size=6))
    kinds = sorted(chosen | {"text"})
    asked = st.lists(st.one_of(leaves(kinds), queries(kinds)), min_size=5, max_size=20)
    return kinds, draw(histories(kinds)), draw(asked)


WEIGHTINGS = [scoring.BM25F(), scoring.TF_IDF(), scoring.Frequency(), scoring.PL2()]


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # An example is whole indexes: to shrink one takes minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(case=cases(), weighting=st.sampled_from(WEIGHTINGS))
def test_random_indexes_answer_random_queries_alike(
    tmp_path_factory: pytest.TempPathFactory,
    case: tuple[list[str], list[Transaction], list[Query]],
    weighting: scoring.WeightingModel,
) -> None:
    kinds, history, asked = case
    twins = Twins.create(tmp_path_factory.mktemp("twins"), schema_of(kinds)).run(history)
    twins.assert_same_contents()
    twins.assert_same_answers(asked, weighting=weighting)


def everything(count: int, seed: int) -> list[dict[str, Any]]:
    """Documents with a value for each kind of field."""
    chance = random.Random(seed)
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]

    def some(most: int) -> str:
        return " ".join(chance.choices(WORDS, weights, k=chance.randint(1, most)))

    return [
        {
            "text": some(60),
            "chars": some(30),
            "loose": some(20),
            "stem": some(20),
            "keyword": ",".join(some(4).split()),
            "id": str(chance.randrange(400)),
            "number": chance.randrange(-1000, 1000),
            "real": chance.uniform(-1, 1),
            "date": START + timedelta(hours=chance.randrange(9000)),
            "flag": chance.random() < 0.3,
            "grams": some(10),
            "kept": {"any": [chance.random()]},
            "column": bytes([chance.randrange(256)]),
            "boosts": some(10).replace(" ", "^2 ", 1),
            "_text_boost": chance.choice([1.0, 1.0, 2.0]),
        }
        for _ in range(count)
    ]


def term(text: str, name: str = "text") -> Query:
    found: Query = query.Term(name, text)
    return found


EVERY_QUERY = [
    term("银行"),
    term("alpha", "chars"),
    term("render", "stem"),
    term("银行", "grams"),
    term("乙方", "keyword"),
    term("17", "id"),
    query.Term("flag", True),
    query.And([term("银行"), term("贷款")]),
    query.Or([term("银行"), term("shaded"), term("alpha", "loose")]),
    query.Or([term("银行"), term("shaded"), term("贷记")], minmatch=2),
    query.Not(term("银行")),
    query.AndNot(term("银行"), term("贷款")),
    query.AndMaybe(term("银行"), term("shaded")),
    query.Require(term("银行"), term("shaded")),
    query.Otherwise(term("没有"), term("shaded")),
    query.DisjunctionMax([term("alpha", "chars"), term("alpha", "loose"), term("alfa")]),
    query.ConstantScoreQuery(term("银行"), 3.0),
    query.Phrase("text", ["银行", "银联"]),
    query.Phrase("text", ["银行", "贷款"], slop=3),
    query.Phrase("chars", ["甲方", "乙方"]),
    query.Phrase("boosts", ["甲方", "乙方"], slop=2),
    query.Prefix("text", "银"),
    query.Prefix("keyword", "re"),
    query.Wildcard("text", "*ing"),
    query.Wildcard("chars", "银?"),
    query.Regex("text", "re.*r"),
    query.FuzzyTerm("text", "alfa", maxdist=2),
    query.FuzzyTerm("loose", "shadow", maxdist=2, prefixlength=2),
    query.TermRange("text", "alfa", "shaded"),
    query.TermRange("text", None, "alpha", endexcl=True),
    query.NumericRange("number", -17, 411),
    query.NumericRange("number", None, 3, False, True),
    query.NumericRange("real", -0.25, 0.125),
    query.DateRange("date", START, START + timedelta(days=40)),
    query.Variations("stem", "render"),
    query.Every(),
    query.Every("keyword"),
    query.NullQuery,
    spans.SpanFirst(term("银行"), limit=4),
    spans.SpanNear(term("银行"), term("贷款"), slop=3, ordered=False),
    spans.SpanNear(term("甲方", "chars"), term("乙方", "chars"), slop=1, ordered=True),
    spans.SpanNear2([term("银行"), term("贷款"), term("银联")], slop=4, ordered=False),
    spans.SpanOr([term("银行"), term("alpha")]),
    spans.SpanNot(spans.SpanNear(term("银行"), term("贷款"), slop=5), term("银联")),
    spans.SpanContains(spans.SpanNear(term("银行"), term("贷款"), slop=9), term("丙方")),
    spans.SpanBefore(term("银行"), term("贷款")),
    spans.SpanCondition(term("银行"), term("shaded")),
]


@pytest.fixture(scope="module")
def large_twins(tmp_path_factory: pytest.TempPathFactory) -> Twins:
    """Five segments of random documents: some deleted, some replaced, some merged before."""
    history = [
        Transaction(add=everything(180, 1)),
        Transaction(add=everything(150, 2), delete=range(0, 180, 11)),
        Transaction(add=everything(40, 3), update=everything(30, 4), policy="all"),
        Transaction(add=everything(160, 5), delete=[3, 4, 200]),
        Transaction(add=everything(10, 6), update=everything(20, 7)),
        Transaction(update=everything(5, 8), policy="small"),
        Transaction(add=everything(2, 9), delete=range(300, 500, 5), policy="small"),
    ]
    folder = tmp_path_factory.mktemp("large")
    return Twins.create(folder, schema_of(sorted(KINDS))).run(history)


@pytest.mark.parametrize("one", EVERY_QUERY, ids=repr)
def test_each_kind_of_query_finds_the_same(large_twins: Twins, one: Query) -> None:
    found = large_twins.assert_same_answers([one])
    assert found or one == query.NullQuery


def test_large_indexes_hold_the_same(large_twins: Twins) -> None:
    large_twins.assert_same_contents()


@pytest.mark.parametrize("weighting", WEIGHTINGS, ids=lambda model: type(model).__name__)
def test_each_ranking_gives_the_same_scores(
    large_twins: Twins, weighting: scoring.WeightingModel
) -> None:
    large_twins.assert_same_answers(EVERY_QUERY[:10], weighting=weighting)


def test_sorting_grouping_and_similar_documents_are_the_same(large_twins: Twins) -> None:
    answers = []
    for one in (large_twins.theirs, large_twins.ours):
        with one.searcher() as searcher:
            ordered = searcher.search(term("银行"), sortedby=["date", "number"], limit=20)
            grouped = searcher.search(term("银行"), groupedby="flag", limit=None)
            filtered = searcher.search(
                query.Every(), filter=term("贷款"), mask=term("alpha"), limit=None
            )
            top = searcher.search(term("银行"), limit=5, terms=True)
            answers.append(
                (
                    [hit.docnum for hit in ordered],
                    {key: sorted(group) for key, group in grouped.groups("flag").items()},
                    [hit.docnum for hit in filtered],
                    [(hit.docnum, hit.matched_terms(), hit.highlights("text")) for hit in top],
                    [hit.docnum for hit in top[0].more_like_this("text")],
                    searcher.reader().most_frequent_terms("text", 5),
                    searcher.reader().most_distinctive_terms("loose", 5),
                    searcher.suggest("stem", "rendring"),
                )
            )
    assert answers[0] == answers[1]
    assert answers[0][0] and answers[0][2] and answers[0][4]


def test_real_news_is_found_alike(tmp_path: Path) -> None:
    characters = analysis.RegexTokenizer(r"[\u4e00-\u9fff]|[A-Za-z0-9]+")

    def schema() -> fields.Schema:
        return fields.Schema(
            body=fields.TEXT(analyzer=characters | analysis.LowercaseFilter(), chars=True),
            grams=fields.NGRAM(minsize=2, maxsize=2),
        )

    news = [one.body[:400] for one in shared_documents("crud_news", 120)]
    add = [{"body": body, "grams": body[:100]} for body in news]
    twins = Twins.create(tmp_path, schema).run(
        [
            Transaction(add=add[:50]),
            Transaction(add=add[50:115], delete=range(0, 50, 9)),
            Transaction(add=add[115:], policy="all"),
        ]
    )
    twins.assert_same_contents()
    chance = random.Random(11)
    asked: list[Query] = []
    for body in chance.sample(news, 30):
        at = chance.randrange(max(1, len(body) - 8))
        piece = [token.text for token in characters(body[at : at + chance.randint(2, 8)])]
        terms = [term(one.lower(), "body") for one in piece]
        asked += [query.Or(terms), query.And(terms), query.Phrase("body", piece)]
        asked += [query.Term("grams", body[at : at + 2]), spans.SpanOr(terms)]
    assert twins.assert_same_answers(asked) > 1000
