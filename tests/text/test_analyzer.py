"""The analyzer: words and grams."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher.text import Analyzer, gram_counts


def terms(analyzer: Analyzer, text: str) -> list[str]:
    return [token.term for token in analyzer.words(analyzer.folding.fold(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("核酸筛查", ["核酸", "筛查"]),
        ("核酸篩查", ["核酸", "筛查"]),
        ("iPhone15", ["iphone15", "iphone", "15"]),
        ("ABC公司", ["abc", "公司"]),
        ("ＡＢＣ公司", ["abc", "公司"]),
        ("近5万元", ["近", "5", "万元"]),
        ("95505", ["95505"]),
        ("T恤", ["t恤", "t"]),
        ("カラオケ", ["カラオケ"]),
        ("한국어", ["한국어"]),
        ("𠮷野家", ["𠮷", "野", "家"]),
        ("naïve Привет", ["naïve", "привет"]),
        ("foo_bar-baz", ["foo", "bar", "baz"]),
        ("，。！？ \n", []),
        ("", []),
    ],
)
def test_words(analyzer: Analyzer, text: str, expected: list[str]) -> None:
    assert terms(analyzer, text) == expected


def test_a_word_and_its_parts_have_one_position(analyzer: Analyzer) -> None:
    tokens = list(analyzer.words("买iphone15了"))
    assert [(token.term, token.position) for token in tokens] == [
        ("买", 0),
        ("iphone15", 1),
        ("iphone", 1),
        ("15", 1),
        ("了", 2),
    ]


@given(st.text(max_size=60))
def test_every_word_stands_where_it_says(analyzer: Analyzer, text: str) -> None:
    folded = analyzer.folding.fold(text)
    for token in analyzer.words(folded):
        assert " ".join(folded[token.start : token.end].split()) == token.term


@given(st.text(max_size=60))
def test_every_letter_and_digit_is_part_of_a_word(analyzer: Analyzer, text: str) -> None:
    folded = analyzer.folding.fold(text)
    covered = {at for token in analyzer.words(folded) for at in range(token.start, token.end)}
    missing = {at for at, char in enumerate(folded) if char.isalnum()} - covered
    assert not missing


@given(st.text("核酸ab1，。 \n\u3000", max_size=30))
def test_grams_are_pairs_of_neighbours_and_characters_before_white_space(text: str) -> None:
    expected: dict[str, int] = {}
    for at, char in enumerate(text):
        pair = text[at : at + 2]
        if not char.isspace():
            gram = char if len(pair) == 1 or pair[1].isspace() else pair
            expected[gram] = expected.get(gram, 0) + 1
    assert gram_counts(text) == expected


@given(st.text(max_size=60))
def test_each_character_is_counted_once_among_the_grams_that_begin_with_it(text: str) -> None:
    grams = gram_counts(text)
    for char in set(text):
        count = sum(number for gram, number in grams.items() if gram.startswith(char))
        assert count == (0 if char.isspace() else text.count(char))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("核酸", {"核酸": 1, "酸": 1}),
        ("核酸 核酸\n查", {"核酸": 2, "酸": 2, "查": 1}),
        ("哈哈哈", {"哈哈": 2, "哈": 1}),
        (" \n", {}),
        ("", {}),
    ],
)
def test_grams(text: str, expected: dict[str, int]) -> None:
    assert gram_counts(text) == expected


def test_a_run_too_long_for_a_word_is_left_to_the_grams(analyzer: Analyzer) -> None:
    assert terms(analyzer, "a" * 1000 + " 理赔") == ["理赔"]
