"""The closer look at the best documents: the formula, and what it is for."""

import math
import random
import re
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher import Document, Index
from searcher.api.state import State
from searcher.index.store import Store
from searcher.kernel import load
from searcher.query import numpy_characters, reranking
from searcher.query.bm25f import Parameters
from searcher.query.numpy_characters import NumpyCharacters
from searcher.query.reranking import BLOCK
from searcher.query.search import Options, Search
from searcher.query.sought import CHANNELS, sought
from searcher.text import Analyzer
from tests.conftest import shared_documents
from tests.index.columnar_tools import ENGINES, using

K = 0.9
QUERIES = [
    "梵语的学术研究是什么",
    "德國學者與印歐語系",
    "中国的人口有多少",
    "足球俱乐部 成立 时间",
    "阿富汗的政府",
]
COMMON = ["主要城市 历史 发展", "政府 组织 人民 社会", "国家 文化 地区"]
TEXTS = st.text(st.sampled_from("理賠赔核酸篩筛查保险險车a?!；。\n ，Ａé😀𠀀"), max_size=60)


@settings(max_examples=500, deadline=None)
@given(
    documents=st.lists(st.tuples(TEXTS, TEXTS), max_size=5),
    weights=st.lists(st.floats(0, 12), min_size=4, max_size=4),
    average=st.floats(0.5, 500),
    parts=st.tuples(st.floats(0, 2), st.floats(0, 2)),
)
def test_the_kernel_gives_the_same_to_the_last_bit(
    documents: list[tuple[str, str]],
    weights: list[float],
    average: float,
    parts: tuple[float, float],
) -> None:
    native = load("reranking")
    assert native is not None
    given_to_both = (("赔賠", "筛篩", "险險", "核"), tuple(weights), average, *parts, K)
    expected = NumpyCharacters(*given_to_both).scores(documents)
    assert native.Characters(*given_to_both).scores(documents) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_characters, "_TOGETHER", 50)  # a few texts at a time
        assert NumpyCharacters(*given_to_both).scores(documents) == expected


def test_the_kernel_refuses_what_it_cannot_use() -> None:
    native = load("reranking")
    assert native is not None
    with pytest.raises(ValueError, match="at most 64"):
        native.Characters(("核",) * 65, (1.0,) * 65, 1.0, 1.0, 1.0, K)
    with pytest.raises(ValueError, match="as many weights"):
        native.Characters(("核",), (), 1.0, 1.0, 1.0, K)
    with pytest.raises(ValueError, match="an average"):
        native.Characters(("核",), (1.0,), 0.0, 1.0, 1.0, K)
    with pytest.raises(TypeError):
        native.Characters((1,), (1.0,), 1.0, 1.0, 1.0, K)
    characters = native.Characters(("核",), (1.0,), 1.0, 1.0, 1.0, K)
    for wrong in (3, [3], [("title",)], [("title", b"")]):
        with pytest.raises(TypeError):
            characters.scores(wrong)


CHARS = "理赔核酸筛查保险"
STRINGS = st.text(st.sampled_from(CHARS + "aé𠀀"), min_size=1, max_size=4)


@settings(max_examples=500, deadline=None)
@given(
    chars=st.lists(st.sampled_from(CHARS), unique=True),
    rest=st.text(st.sampled_from(CHARS + "\n"), max_size=12),
    terms=st.lists(st.tuples(st.sampled_from(CHANNELS), STRINGS, st.integers(0, 3000))),
    count=st.integers(0, 2000),
    questions=st.floats(0, 1),
)
def test_the_kernel_weighs_characters_alike(
    chars: list[str],
    rest: str,
    terms: list[tuple[str, str, int]],
    count: int,
    questions: float,
) -> None:
    native = load("reranking")
    assert native is not None
    wanted = [sought(term, channel) for channel, term, _ in terms]
    known = [frequency for _, _, frequency in terms]
    given_to_both = ("".join(chars), rest, wanted, known, count, questions)
    assert native.weights(*given_to_both) == reranking._weights(*given_to_both)


@settings(max_examples=500, deadline=None)
@given(
    rows=st.lists(st.tuples(st.sampled_from([1.0, 2.0, 2.5, 3.0]), st.integers(0, 99))),
    more=st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=64, max_size=64),
    last=st.integers(0, 70),
)
def test_the_kernel_puts_in_order_what_scores_decide(
    rows: list[tuple[float, int]], more: list[float], last: int
) -> None:
    """And says whether ids have to decide as well. All that are as good as the last are there."""
    native = load("reranking")
    assert native is not None
    rows, added = rows[:64], more[: len(rows[:64])]
    found, are_equal = native.best(rows, added, last)
    summed = [(score + one, number) for (score, number), one in zip(rows, added, strict=True)]
    ordered = sorted(summed, key=lambda row: row[0], reverse=True)
    assert found == [row for row in ordered if last and row[0] >= ordered[:last][-1][0]]
    assert are_equal == (len({score for score, _ in found}) < len(found))


def test_the_kernel_refuses_rows_that_are_none() -> None:
    native = load("reranking")
    assert native is not None
    with pytest.raises(ValueError, match="at most 64 rows"):
        native.best([(1.0, 1)] * 65, [0.0] * 65, 10)
    with pytest.raises(ValueError, match="as many scores"):
        native.best([(1.0, 1)], [], 10)
    for wrong in (3, (1.0,), ("1", 1)):
        with pytest.raises(TypeError):
            native.best([wrong], [0.0], 10)
    with pytest.raises(TypeError):
        native.weights("理", "理", [("words", "理", 1.0, True)], [1], 10, 0.5)


def textbook_addition(
    analyzer: Analyzer, documents: dict[str, Document], query: str
) -> dict[str, float]:
    """What is added to the score of each document, by the formula, from the texts themselves."""
    fold, parameters = analyzer.folding.fold, Parameters()
    texts = {id: (fold(one.title), fold(one.body)) for id, one in documents.items()}
    pairs = {"".join(pair) for pair in pairwise(fold(query)) if "".join(pair).isalnum()}
    singles = {word.term for word in analyzer.words(fold(query)) if len(word.term) == 1}
    chars = dict.fromkeys(re.findall("[\u4e00-\u9fff]", fold(query)))
    if len(chars) < 3:
        return dict.fromkeys(documents, 0.0)
    words = {
        id: {word.term for part in parts for word in analyzer.words(part)}
        for id, parts in texts.items()
    }

    def idf(frequency: int) -> float:
        return math.log(1 + (len(documents) - frequency + 0.5) / (frequency + 0.5))

    def frequency(char: str) -> int:
        counts = [sum(char in words[id] for id in texts)] if char in singles else [0]
        counts += [
            sum(any(pair in part for part in parts) for parts in texts.values())
            for pair in pairs
            if char in pair
        ]
        return max(counts)

    asked = re.sub("是什么|什么|多少", " ", fold(query))
    weights = {
        char: idf(frequency(char)) * (1.0 if char in asked else parameters.questions)
        for char in chars
    }
    lengths = {
        id: sum(not any(map(str.isspace, pair)) for part in parts for pair in pairwise(part))
        for id, parts in texts.items()
    }
    average = sum(lengths.values()) / len(lengths)
    added: dict[str, float] = {}
    for id, parts in texts.items():
        counts = Counter("".join(parts))
        norm = K * (len(documents[id].title) + len(documents[id].body)) / average
        everywhere = sum(
            weight * counts[char] / (counts[char] + norm)
            for char, weight in weights.items()
            if counts[char]
        )
        sentences = re.split("[。！？；!?;\n]", "\n".join(parts))
        best = max(sum(weights[char] for char in set(one) & set(weights)) for one in sentences)
        added[id] = parameters.characters * everywhere + parameters.sentence * best
    return added


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_added_is_the_formula(index: Index, analyzer: Analyzer, engine: str) -> None:
    documents = {one.id: one for one in shared_documents("drcd", 60)}
    documents |= {one.id: one for one in shared_documents("cmrc2018", 60)}
    with using(engine):
        index.add(documents.values())
        state = State(Store(index.path))
        before = Search(state.reader, state.analyzer, Parameters(characters=0.0, sentence=0.0))
        for query in QUERIES:
            added = textbook_addition(analyzer, documents, query)
            scores = {hit.id: hit.score for hit in before.search(query, Options(limit=None))}
            results = index.search(query, limit=None)
            assert len(results) == len(scores) > 0
            for hit in results:
                assert hit.score == pytest.approx(scores[hit.id] + added[hit.id], rel=1e-9)
                explanation = index.explain(query, hit.id)
                assert explanation is not None
                assert explanation.score == hit.score


@pytest.mark.parametrize("engine", ENGINES)
def test_documents_are_put_in_order_block_by_block(index: Index, engine: str) -> None:
    with using(engine):
        index.add(shared_documents("drcd", 300))
        state = State(Store(index.path))
        before = Search(state.reader, state.analyzer, Parameters(characters=0.0, sentence=0.0))
        for query in COMMON:
            every = list(index.search(query, limit=None, snippet_width=0))
            first = [hit.id for hit in before.search(query, Options(limit=None))]
            assert len(first) > 2 * BLOCK
            for at in range(0, len(every), BLOCK):
                block = every[at : at + BLOCK]
                assert {hit.id for hit in block} == set(first[at : at + BLOCK])
                order = [(-hit.score, hit.id) for hit in block]
                assert order == sorted(order)


@pytest.mark.parametrize("engine", ENGINES)
def test_pages_go_on_where_the_last_one_ended(index: Index, engine: str) -> None:
    chance = random.Random(7)
    with using(engine):
        index.add(shared_documents("finna", 300))
        for query in ("上市公司 股份 收购", "迈克生物定增结果", "公司 营收 同比增长"):
            every = [hit.id for hit in index.search(query, limit=None)]
            at, pages = 0, []
            while at < len(every):
                size = chance.randint(1, 30)
                pages += [hit.id for hit in index.search(query, limit=size, offset=at)]
                at += size
            assert pages == every


def test_the_same_scores_stand_beside_dates(index: Index) -> None:
    index.add(shared_documents("drcd", 100))
    for query in QUERIES[:2]:
        scores = {hit.id: hit.score for hit in index.search(query, limit=None)}
        by_date = index.search(query, limit=None, sort="date")
        assert {hit.id: hit.score for hit in by_date} == scores


def test_a_document_with_more_of_the_characters_comes_first(index: Index) -> None:
    index.add([Document(id="a", body="保险公司的年报"), Document(id="b", body="保险公司的赔付")])
    assert [hit.id for hit in index.search("保险公司赔偿")] == ["b", "a"]


def test_characters_of_one_sentence_count_more_than_those_of_several(index: Index) -> None:
    index.add(
        [
            Document(id="a", body="核酸筛查。天气很好。保险理赔。风和日丽。"),
            Document(id="b", body="核酸筛查，天气很好，保险理赔。风和日丽。"),
        ]
    )
    assert [hit.id for hit in index.search("核酸筛查 保险理赔")] == ["b", "a"]


def test_question_words_say_little(index: Index) -> None:
    index.add([Document(id="a", body="请问怎么去车站"), Document(id="b", body="车险理赔的流程")])
    assert [hit.id for hit in index.search("请问怎么理赔")] == ["b", "a"]
    state = State(Store(index.path))
    otherwise = Search(state.reader, state.analyzer, Parameters(questions=1.0))
    assert [hit.id for hit in otherwise.search("请问怎么理赔", Options())] == ["a", "b"]


def test_of_two_characters_a_document_has_both(index: Index) -> None:
    index.add([Document(id="a", body="理赔"), Document(id="b", body="理赔理赔，理事")])
    state = State(Store(index.path))
    before = Search(state.reader, state.analyzer, Parameters(characters=0.0, sentence=0.0))
    scores = {hit.id: hit.score for hit in before.search("理赔", Options())}
    assert {hit.id: hit.score for hit in index.search("理赔")} == scores


def test_of_one_word_a_document_has_all_characters(index: Index) -> None:
    index.add([Document(id="a", body="绿色通道"), Document(id="b", body="绿色通道，绿道")])
    state = State(Store(index.path))
    before = Search(state.reader, state.analyzer, Parameters(characters=0.0, sentence=0.0))
    scores = {hit.id: hit.score for hit in before.search("绿色通道", Options())}
    assert {hit.id: hit.score for hit in index.search("绿色通道")} == scores
    assert index.search("绿色通道理赔").hits[0].score > max(scores.values())


def test_a_boost_multiplies_what_is_added(index: Index) -> None:
    index.add([Document(id="a", body="核酸筛查与理赔"), Document(id="b", body="天气")])
    plain = index.search("核酸筛查").hits[0].score
    assert index.search("核酸筛查^3").hits[0].score == pytest.approx(3 * plain)


def test_all_words_wanted_are_there_so_nothing_is_added(index: Index) -> None:
    index.add([Document(id="a", body="核酸筛查与理赔"), Document(id="b", body="天气")])
    assert (
        index.search("核酸筛查", mode="all").hits[0].score < index.search("核酸筛查").hits[0].score
    )


def test_a_query_of_very_many_characters_takes_those_that_weigh_most(index: Index) -> None:
    index.add(shared_documents("cmrc2018", 80))
    query = "".join(one.body for one in shared_documents("cmrc2018", 3))
    for hit in index.search(query, syntax="plain"):
        explanation = index.explain(query, hit.id, syntax="plain")
        assert explanation is not None
        assert explanation.score == hit.score
        taken = next(term for term in explanation.terms if term.channel == "characters")
        assert len(taken.term) == 64
