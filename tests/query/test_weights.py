"""How much each term of a query counts."""

from searcher.query.analysis import analyze
from searcher.query.bm25f import Parameters
from searcher.query.weights import term_weights
from searcher.text import Analyzer


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
