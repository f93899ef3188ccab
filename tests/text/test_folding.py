"""Folding: what readers take for the same becomes the same, and offsets lead back."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher.text import Folding
from tests.conftest import shared_documents

FOLDING = Folding.from_opencc()

# Letters that fold to more or fewer characters, combine, or have no fold at all.
PIECES = [
    "標題",
    "：",
    "險企",
    "ＡＰＰ",
    "…",
    "①",
    "ß",
    "㈱",
    "乾餘薴",
    "Ⅷ",
    "℃",
    "㍿",
    "İ",
    "ſ",
    "ﬁ",
]
SEQUENCES = [
    "ｶﾞ",
    "ﾊﾟ",
    "e\u0301",
    "A\u0323\u0301",
    "各\u0308",
    "\u1100\u1161\u11a8",
    "か\u3099",
    "\ud800",
]
TRICKY = st.lists(
    st.one_of(st.sampled_from(PIECES), st.sampled_from(SEQUENCES), st.characters()), max_size=20
).map("".join)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("標題", "标题"),
        ("險企", "险企"),
        ("ＡＰＰ", "app"),
        ("iPhone１５", "iphone15"),
        ("（）：！？，", "():!?,"),
        ("“……”", "“......”"),
        ("㈱①℃", "(株)1°c"),
        ("ｶﾞ", "ガ"),
        ("Straße", "strasse"),
        ("cafe\u0301", "café"),
        ("乾坤", "干坤"),
        ("\u3000", " "),
    ],
)
def test_readers_take_both_for_the_same(text: str, folded: str) -> None:
    assert FOLDING.fold(text) == folded


@given(TRICKY)
def test_folding_again_changes_nothing(text: str) -> None:
    folded = FOLDING.fold(text)
    assert FOLDING.fold(folded) == folded


@given(TRICKY)
def test_folded_text_is_normalized(text: str) -> None:
    assert unicodedata.is_normalized("NFKC", FOLDING.fold(text))


@given(TRICKY)
def test_case_and_width_do_not_matter(text: str) -> None:
    if all(len(char.upper()) == 1 and char.upper().lower() == char for char in text):
        assert FOLDING.fold(text.upper()) == FOLDING.fold(text)


@given(TRICKY)
def test_with_offsets_the_text_is_the_same(text: str) -> None:
    assert FOLDING.fold_with_offsets(text).text == FOLDING.fold(text)


@given(TRICKY)
def test_every_folded_character_leads_back_to_what_it_came_from(text: str) -> None:
    folded = FOLDING.fold_with_offsets(text)
    covered = 0
    for at in range(len(folded.text)):
        start, end = folded.original_span(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert start <= covered  # nothing of the original is passed over
        covered = max(covered, end)
        assert folded.text[at] in FOLDING.fold(text[start:end])
    assert covered == len(text)


@given(TRICKY, st.data())
def test_a_folded_span_is_the_fold_of_the_original_span(text: str, data: st.DataObject) -> None:
    folded = FOLDING.fold_with_offsets(text)
    start = data.draw(st.integers(0, len(folded.text)))
    end = data.draw(st.integers(start, len(folded.text)))
    original_start, original_end = folded.original_span(start, end)
    assert folded.text[start:end] in FOLDING.fold(text[original_start:original_end])


def test_offsets_of_real_text_are_exact_wherever_one_character_stays_one() -> None:
    for document in shared_documents("drcd", 300):
        folded = FOLDING.fold_with_offsets(document.body)
        for at, char in enumerate(folded.text):
            start, end = folded.original_span(at, at + 1)
            if end - start == 1 and len(FOLDING.fold(document.body[start])) == 1:
                assert FOLDING.fold(document.body[start]) == char


def test_a_table_can_be_kept_as_json() -> None:
    assert Folding.from_json(FOLDING.to_json()).fold("標題：險企") == "标题:险企"


@pytest.mark.parametrize("damaged", ["", "[]", "{}", '{"from": "ab", "to": "a"}', '{"from": 1}'])
def test_a_damaged_table_is_refused(damaged: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Folding.from_json(damaged)
