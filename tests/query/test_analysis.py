"""What a query asks for: the kernel analyzes as Python does, whatever the text."""

from functools import cache

import pytest
from hypothesis import given, settings

from searcher.index.fields import GRAMS, WORDS
from searcher.query.analysis import QueryTerm, analyze, analyze_folded
from searcher.text import Analyzer
from tests.conftest import shared_documents
from tests.text.test_cutting import FOLDING, USERS, dictionary_of, texts


@cache
def analyzer_of(user: str) -> Analyzer:
    """An analyzer that is prepared, with the kernel's table where there is a kernel."""
    analyzer = Analyzer(FOLDING, dictionary_of(user))
    analyzer.prepare()
    return analyzer


def assert_analyzed_alike(user: str, text: str) -> None:
    analyzer = analyzer_of(user)
    assert analyze(analyzer, text) == analyze_folded(analyzer, FOLDING.fold(text))


@pytest.mark.parametrize("user", USERS)
@settings(max_examples=1000, deadline=None)
@given(texts)
def test_any_query_is_analyzed_alike(user: str, text: str) -> None:
    assert_analyzed_alike(user, text)


@pytest.mark.parametrize("user", USERS)
def test_titles_and_documents_as_queries_are_analyzed_alike(user: str) -> None:
    for document in shared_documents("crud_news", 300):
        assert_analyzed_alike(user, document.title)
        assert_analyzed_alike(user, document.body[:2_000])


def test_every_character_is_analyzed_alike() -> None:
    for plane in range(4):
        codes = range(plane << 16, (plane + 1) << 16)
        for start in range(0, len(codes), 512):
            assert_analyzed_alike("stop words", " ".join(map(chr, codes[start : start + 512])))


def test_words_and_pairs_of_neighbours_are_terms() -> None:
    asked = analyze(analyzer_of("default"), "核酸 筛查 iPhone15")
    assert asked.folded == "核酸 筛查 iphone15"
    assert asked.units == ("核酸", "筛查", "iphone15")
    assert QueryTerm("核酸", WORDS, 1, is_weak=False) in asked.terms
    assert QueryTerm("15", WORDS, 1, is_weak=True) in asked.terms
    assert QueryTerm("ip", GRAMS, 1, is_weak=True) in asked.terms
    assert {term.term for term in asked.terms if term.channel == GRAMS} >= {"核酸", "筛查", "e1"}


def test_single_characters_are_terms_where_there_is_nothing_else() -> None:
    asked = analyze(analyzer_of("default"), "核 的")
    assert [(term.term, term.channel, term.is_weak) for term in asked.terms] == [
        ("核", WORDS, True),
        ("的", WORDS, True),
        ("核", GRAMS, True),
        ("的", GRAMS, True),
    ]
    assert asked.marks == ("核", "的")


def test_what_repeats_is_counted() -> None:
    asked = analyze(analyzer_of("default"), "保险 保险 保险")
    assert [(term.term, term.count) for term in asked.terms] == [("保险", 3), ("保险", 3)]
    assert asked.marks == ("保险",)
