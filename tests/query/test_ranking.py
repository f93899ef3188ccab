"""What the ranking begins with is BM25F, held against a plain textbook version of it."""

import math
import re
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from searcher import Document, Index
from searcher.api.state import State
from searcher.index.store import Store
from searcher.query.bm25f import Parameters
from searcher.query.search import Options, Search
from searcher.text import Analyzer, Dictionary, Folding
from tests.conftest import shared_documents

K1, B = 1.2, 0.75
FIELDS = ("title", "body")

WORDS = ["核酸", "筛查", "篩查", "理赔", "保险", "安装简单", "的", "沪", "iPhone15", "95505", "a"]
PIECES = st.sampled_from([*WORDS, "，", "。", " ", "\n", "…"])
TEXTS = st.lists(PIECES, max_size=12).map("".join)


def textbook_terms(analyzer: Analyzer, text: str) -> dict[str, Counter[str]]:
    """The terms of a text by channel: words, and pairs of neighbours for the grams."""
    folded = analyzer.folding.fold(text)
    grams = Counter(pair for pair in map("".join, pairwise(folded)) if pair == pair.strip())
    grams.update(char for char in folded if not char.isspace())
    return {"words": Counter(token.term for token in analyzer.words(folded)), "grams": grams}


def query_terms(analyzer: Analyzer, query: str) -> dict[str, Counter[str]]:
    """What a query asks for: of the grams the pairs of letters, and lonely CJK characters."""
    folded = analyzer.folding.fold(query)
    terms = textbook_terms(analyzer, query)

    def is_cjk(char: str) -> bool:
        return "\u4e00" <= char <= "\u9fff"

    pairs = Counter(
        first + second for first, second in pairwise(folded) if first.isalnum() and second.isalnum()
    )
    for at, char in enumerate(folded):
        neighbours = folded[max(at - 1, 0) : at] + folded[at + 1 : at + 2]
        if is_cjk(char) and not any(neighbour.isalnum() for neighbour in neighbours):
            pairs[char] += 1
    return {"words": terms["words"], "grams": pairs}


def textbook_bm25f(
    analyzer: Analyzer, documents: dict[str, Document], query: str
) -> dict[str, float]:
    """The scores of all documents that match a plain query, term by term, as a textbook has it."""
    indexed = {
        id: {field: textbook_terms(analyzer, getattr(document, field)) for field in FIELDS}
        for id, document in documents.items()
    }

    def length(id: str, field: str, channel: str) -> int:
        terms = indexed[id][field][channel]
        return sum(n for term, n in terms.items() if channel == "words" or len(term) == 2)

    wanted = query_terms(analyzer, query)
    scores = dict.fromkeys(documents, 0.0)
    strong_hits: set[str] = set()
    weak_hits: set[str] = set()

    runs = re.findall("[a-z0-9]+", analyzer.folding.fold(query))
    numbers = {run for run in runs if run.isdigit()}

    def is_strong(channel: str, term: str) -> bool:
        """No hit by itself: a single character, a pair of Latin letters, the 15 of iPhone15."""
        if len(term) == 1:
            return False
        if channel == "grams":
            return not term.isascii()
        return not term.isdigit() or term in numbers

    any_strong = any(is_strong(channel, term) for channel in wanted for term in wanted[channel])
    if any_strong:  # single characters are looked for where there is nothing else
        grams = {gram: count for gram, count in wanted["grams"].items() if len(gram) == 2}
        wanted["grams"] = Counter(grams)
    for channel, terms in wanted.items():
        average = {}
        for field in FIELDS:
            lengths = [length(id, field, channel) for id in documents]
            filled = [n for n in lengths if n]
            average[field] = sum(filled) / len(filled) if filled else 1.0
        for term, times in terms.items():
            having = {
                id for id in documents if any(indexed[id][field][channel][term] for field in FIELDS)
            }
            (strong_hits if is_strong(channel, term) else weak_hits).update(having)
            n, total = len(having), len(documents)
            idf = math.log(1 + (total - n + 0.5) / (n + 0.5))
            for id in having:
                frequency = sum(
                    indexed[id][field][channel][term]
                    / (1 - B + B * length(id, field, channel) / average[field])
                    for field in FIELDS
                )
                scores[id] += times * idf * frequency / (K1 + frequency)
    hits = strong_hits if any_strong else weak_hits
    return {id: scores[id] for id in hits}


def assert_ranked_as_in_the_textbook(
    index: Index, analyzer: Analyzer, documents: dict[str, Document], query: str
) -> None:
    expected = textbook_bm25f(analyzer, documents, query)
    state = State(Store(index.path))
    search = Search(state.reader, state.analyzer, Parameters.plain())
    results = search.search(query, Options(syntax="plain", limit=None))
    assert {hit.id for hit in results} == expected.keys()
    assert results.total == len(expected)
    for hit in results:
        assert hit.score == pytest.approx(expected[hit.id], abs=1e-6)
    order = [(-hit.score, hit.id) for hit in results]
    assert order == sorted(order)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    batches=st.lists(
        st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(TEXTS, TEXTS), max_size=6),
        min_size=1,
        max_size=3,
    ),
    deleted=st.sets(st.sampled_from("abcdefgh"), max_size=2),
    queries=st.lists(TEXTS, min_size=1, max_size=4),
)
def test_scores_are_those_of_the_textbook(
    analyzer: Analyzer,
    batches: list[dict[str, tuple[str, str]]],
    deleted: set[str],
    queries: list[str],
) -> None:
    """On random collections, in one commit or in several, with documents replaced and deleted."""
    documents: dict[str, Document] = {}
    with TemporaryDirectory() as folder, Index.open(Path(folder), create=True) as index:
        for batch in batches:
            new = {
                id: Document(id=id, title=" ".join(title.split()), body=body)
                for id, (title, body) in batch.items()
            }
            index.add(new.values())
            documents |= new
        index.delete(deleted)
        for id in deleted:
            documents.pop(id, None)
        for query in queries:
            if any(char.isalnum() for char in query):
                assert_ranked_as_in_the_textbook(index, analyzer, documents, query)


def test_scores_of_real_text_are_those_of_the_textbook(index: Index, analyzer: Analyzer) -> None:
    documents = {document.id: document for document in shared_documents("drcd", 120)}
    index.add(documents.values())
    for query in ("梵語的學術研究", "印歐語系", "德國學者1786年2月2日", "哪个卫星"):
        assert_ranked_as_in_the_textbook(index, analyzer, documents, query)


def test_a_stray_single_character_makes_no_hit(index: Index) -> None:
    index.add([Document(id="a", body="上海的天气"), Document(id="b", body="核酸筛查")])
    assert [hit.id for hit in index.search("核酸的筛查")] == ["b"]


def test_a_query_of_one_character_finds_it_inside_words(index: Index) -> None:
    index.add([Document(id="a", body="沪上保险"), Document(id="b", body="上海")])
    assert [hit.id for hit in index.search("沪")] == ["a"]


def test_a_part_of_what_the_segmenter_takes_for_one_word_is_found(index: Index) -> None:
    index.add([Document(id="a", body="安装简单"), Document(id="b", body="安装复杂")])
    assert [hit.id for hit in index.search("简单")] == ["a"]


@pytest.mark.parametrize("query", ["iphone", "iPhone15", "15", "ＩＰＨＯＮＥ"])
def test_letters_and_digits_are_words_of_their_own(index: Index, query: str) -> None:
    index.add(
        [Document(id="a", body="新款iPhone15发布"), Document(id="b", body="新款发布于2015年")]
    )
    assert [hit.id for hit in index.search(query)] == ["a"]


def test_the_number_of_a_mixed_word_makes_no_hit_by_itself(index: Index) -> None:
    index.add([Document(id="a", body="iPhone 13"), Document(id="b", body="13名党员")])
    assert [hit.id for hit in index.search("iPhone13")] == ["a"]
    assert {hit.id for hit in index.search("13")} == {"a", "b"}


def test_equal_scores_are_ordered_by_id_wherever_the_limit_cuts(index: Index) -> None:
    index.add(Document(id=f"{n:02}", body="核酸筛查") for n in reversed(range(30)))
    everything = [hit.id for hit in index.search("核酸", limit=None)]
    assert everything == sorted(everything)
    assert [hit.id for hit in index.search("核酸", limit=7)] == everything[:7]
    assert [hit.id for hit in index.search("核酸", limit=7, offset=5)] == everything[5:12]
    assert [hit.rank for hit in index.search("核酸", limit=2, offset=5)] == [6, 7]


def test_conditions_do_not_change_the_scores_of_what_is_left(index: Index) -> None:
    date = datetime(2022, 3, 28, tzinfo=UTC)
    index.add(
        [
            Document(id="a", body="核酸筛查", source="甲报", tags=("保险",), date=date),
            Document(id="b", body="核酸检测", source="乙报"),
        ]
    )
    plain = {hit.id: hit.score for hit in index.search("核酸")}
    for query in (
        "核酸 source:甲报",
        "核酸 tag:保险",
        "核酸 date:2022",
        "核酸 -检测",
        "核酸 path:x OR 核酸 -检测",
    ):
        assert [(hit.id, hit.score) for hit in index.search(query)] == [("a", plain["a"])]
    assert [(hit.id, hit.score) for hit in index.search("核酸", source="甲报")] == [
        ("a", plain["a"])
    ]


def test_a_boost_multiplies_a_score(index: Index) -> None:
    index.add([Document(id="a", body="核酸筛查")])
    plain, boosted = index.search("核酸")[0].score, index.search("核酸^3")[0].score
    assert boosted == pytest.approx(3 * plain)


def test_an_explanation_adds_up_to_the_score(index: Index) -> None:
    index.add(shared_documents("cmrc2018", 60))
    for hit in index.search("战国无双3是由哪两个公司合作开发的", limit=5):
        explanation = index.explain("战国无双3是由哪两个公司合作开发的", hit.id)
        assert explanation is not None
        assert explanation.matches
        assert explanation.score == hit.score
        assert sum(term.score for term in explanation.terms) == pytest.approx(hit.score)


def test_terms_of_what_does_not_match_are_not_in_an_explanation(index: Index) -> None:
    index.add([Document(id="a", body="核酸筛查。7 月"), Document(id="b", body="型号 7c")])
    query = "核酸 OR 7c"  # which takes 7 and c together
    explanation = index.explain(query, "a")
    assert explanation is not None
    assert {"核酸", "7"} & {term.term for term in explanation.terms} == {"核酸"}
    assert sum(term.score for term in explanation.terms) == pytest.approx(explanation.score)
    assert {hit.id: hit.score for hit in index.search(query)}["a"] == explanation.score


def test_there_is_no_explanation_for_a_document_that_is_not_there(index: Index) -> None:
    assert index.explain("核酸", "nowhere") is None


def test_default_dictionary_is_compiled_once() -> None:
    folding = Folding.from_opencc()
    assert Dictionary.compile(folding) is Dictionary.compile(folding)
