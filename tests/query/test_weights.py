"""How much each term of a query counts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.query.analysis import AnalyzedText, analyze, forms
from searcher.query.bm25f import Parameters
from searcher.query.noting import ASKING, mark_weights, marked
from searcher.query.weights import term_weights, weighed_terms
from searcher.text import Analyzer
from searcher.text.questions import QUESTION_WORDS
from tests.index.columnar_tools import ENGINES, using


def weights_of(
    analyzer: Analyzer, text: str, parameters: Parameters | None = None
) -> dict[tuple[str, str], float]:
    analyzed = analyze(analyzer, text)
    weights = term_weights(analyzed, parameters or Parameters())
    names = [(term.channel, term.term) for term in analyzed.terms]
    return dict(zip(names, weights, strict=True))


def test_a_term_counts_as_often_as_the_query_has_it(analyzer: Analyzer) -> None:
    weights = weights_of(analyzer, "核酸 核酸 上海")
    assert weights["words", "核酸"] == weights["grams", "核酸"] == 2.0
    assert weights["words", "上海"] == 1.0


def test_question_words_count_a_tenth_and_so_does_what_touches_them(analyzer: Analyzer) -> None:
    weights = weights_of(analyzer, "怎么理赔")
    assert weights["words", "怎么"] == weights["grams", "怎么"] == 0.1
    assert weights["grams", "么理"] == 0.1
    assert weights["words", "理赔"] == weights["grams", "理赔"] == 1.0


def test_a_word_that_stands_elsewhere_as_well_is_no_question_word(analyzer: Analyzer) -> None:
    """``少`` of ``多少`` is in ``少年`` as well."""
    weights = weights_of(analyzer, "多少少年")
    assert weights["words", "少年"] == 1.0


def test_pairs_that_two_words_share_count_half(analyzer: Analyzer) -> None:
    weights = weights_of(analyzer, "保险理赔")
    assert weights["grams", "险理"] == 0.5
    assert weights["grams", "保险"] == weights["grams", "理赔"] == 1.0


def test_pairs_with_a_single_character_count_in_full(analyzer: Analyzer) -> None:
    """Such a word may have been cut apart, like the names that the dictionary lacks."""
    assert weights_of(analyzer, "沪理赔")["grams", "沪理"] == 1.0


def test_long_words_count_half_as_words_and_in_full_by_their_pairs(analyzer: Analyzer) -> None:
    weights = weights_of(analyzer, "绿色通道 iphone15")
    assert weights["words", "绿色通道"] == 0.5
    assert weights["grams", "绿色"] == weights["grams", "色通"] == weights["grams", "通道"] == 1.0
    assert weights["words", "iphone15"] == 1.0


def test_plain_bm25f_counts_and_nothing_else(analyzer: Analyzer) -> None:
    weights = weights_of(analyzer, "怎么保险理赔绿色通道", Parameters.plain())
    assert set(weights.values()) == {1.0}


CHARACTERS = "怎么多少保险理赔绿色通道吗 几iPhone15，。的了A\x00\x01\ud800"


@settings(max_examples=500, deadline=None)
@given(
    text=st.text(st.sampled_from(CHARACTERS), max_size=40),
    counts=st.tuples(*[st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0])] * 3),
    has_strong=st.booleans(),
)
def test_the_kernel_weighs_terms_as_python_does(
    analyzer: Analyzer, text: str, counts: tuple[float, float, float], has_strong: bool
) -> None:
    questions, longer, across = counts
    parameters = Parameters(questions=questions, longer=longer, across=across)
    found = []
    for engine in ENGINES:
        with using(engine):
            analyzed = analyze(analyzer, text)
            found.append(weighed_terms(analyzed, parameters, has_strong=has_strong))
    assert found[0] == found[1]
    assert len(found[0]) == len(analyzed.terms)


@settings(max_examples=300, deadline=None)
@given(
    marks=st.lists(st.text(st.sampled_from(CHARACTERS), min_size=1, max_size=4)).map(tuple),
    frequencies=st.lists(st.integers(0, 50), min_size=200, max_size=200),
    count=st.integers(0, 60),
)
def test_the_kernel_weighs_marks_as_python_does(
    marks: tuple[str, ...], frequencies: list[int], count: int
) -> None:
    with using("kernel"):
        native = forms()
        terms = marked(marks)
        assert native.marked(marks) == terms
        known = frequencies[: len(terms)]
        weights = native.mark_weights(marks, known, count, QUESTION_WORDS, ASKING)
    assert weights == mark_weights(marks, known, count)


def test_the_kernel_refuses_what_is_no_text_and_no_mark() -> None:
    with using("kernel"):
        native = forms()
        half_made = AnalyzedText.__new__(AnalyzedText)
        of_other_terms = AnalyzedText("理赔", ("理赔",), (), (), ())  # type: ignore[arg-type]
        for text in ("理赔", half_made, of_other_terms):
            with pytest.raises(TypeError):
                native.weighed(text, "", 1.0, 1.0, 1.0, True)
        for marks in (["理赔"], (b"",), ("理赔", 1)):
            with pytest.raises(TypeError):
                native.marked(marks)
        for known in ([], ["1"], [1]):
            with pytest.raises(TypeError):
                native.mark_weights(("理赔", "保险"), known, 10, QUESTION_WORDS, ASKING)
