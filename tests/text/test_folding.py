"""Folding: what readers take for the same becomes the same, and offsets lead back."""

import json
import pickle
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.kernel import load
from searcher.text import Folding
from tests.conftest import shared_documents

FOLDING = Folding.from_opencc()


def without_kernel(table: str) -> Folding:
    """The same folding in Python alone."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SEARCHER_KERNEL", "off")
        load.cache_clear()
        folding = Folding.from_json(table)
    load.cache_clear()
    return folding


ASSIGNED = range(0x32400)  # nearly all characters
IN_PYTHON = without_kernel(FOLDING.to_json())

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


@settings(max_examples=1000)
@given(TRICKY)
def test_the_kernel_folds_as_python_does(text: str) -> None:
    assert IN_PYTHON.kernel is None
    assert FOLDING.fold(text) == IN_PYTHON.fold(text)
    assert FOLDING.fold_with_offsets(text) == IN_PYTHON.fold_with_offsets(text)


def test_the_kernel_folds_each_character_as_python_does() -> None:
    for code in ASSIGNED:
        assert FOLDING.fold(chr(code)) == IN_PYTHON.fold(chr(code))


@pytest.mark.parametrize("joining", "\u0301\u3099\u1161\u11a8")
def test_the_kernel_folds_each_character_before_one_that_joins_it(joining: str) -> None:
    for block in range(0, len(ASSIGNED), 256):
        text = "".join(chr(code) + joining for code in ASSIGNED[block : block + 256])
        assert FOLDING.fold(text) == IN_PYTHON.fold(text)


def test_what_is_folded_alone_never_combines_with_what_stands_before_it() -> None:
    """The second part of a character that is made of two is never taken for a safe one."""
    for code in ASSIGNED:
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            first, second = (chr(int(part, 16)) for part in parts)
            assert FOLDING.fold(first + second) == IN_PYTHON.fold(first + second)
            assert FOLDING.fold("各" + second) == IN_PYTHON.fold("各" + second)


@pytest.mark.parametrize("name", ["crud_news", "drcd"])
def test_the_kernel_folds_real_text_as_python_does(name: str) -> None:
    for document in shared_documents(name, 400):
        body = document.body
        assert FOLDING.fold_with_offsets(body) == IN_PYTHON.fold_with_offsets(body)


def test_a_text_that_folds_to_itself_stays_the_same_object() -> None:
    if FOLDING.kernel is not None:
        for text in ("", "abc", "标题 险企", "é", "😀a"):
            assert FOLDING.fold(text) is text


def test_what_a_character_becomes_is_folded_again() -> None:
    folding = Folding("甲乙丙丁", "乙丙Ａ…")
    assert folding.fold("甲乙丙丁") == "aaa..."
    assert without_kernel(folding.to_json()).fold("甲乙丙丁") == "aaa..."


def test_a_folding_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(FOLDING)).fold("標題：險企") == "标题:险企"


def test_a_table_of_unequal_halves_is_refused() -> None:
    with pytest.raises(ValueError, match="2 characters cannot become 1"):
        Folding("甲乙", "丙")


@pytest.mark.parametrize(
    ("old", "new"), [("甲乙", "乙甲"), ("甲", "甲"), ("ﷺص", "صﷺ"), ("صل", "ﷺﷺ"), ("aA", "Ab")]
)
def test_a_table_that_goes_in_a_circle_comes_to_an_end(old: str, new: str) -> None:
    folding = Folding.from_json(json.dumps({"from": old, "to": new}))
    for char in old + new:
        assert 0 < len(folding.fold(char)) <= 18


@pytest.mark.parametrize("text", ["[" * 100_000, '{"from": "a", "to": "\\ud800"}', '{"from": 1}'])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Folding.from_json(text)


def test_written_as_has_what_folds_to_a_character() -> None:
    old = json.loads(FOLDING.to_json())["from"]
    wanted: dict[str, set[str]] = {}
    for char in old:
        for folded in FOLDING.fold(char):
            wanted.setdefault(folded, {folded}).add(char)
    assert {char: set(FOLDING.written_as(char)) for char in wanted} == wanted
    assert FOLDING.is_of_han
    assert not Folding("甲q", "乙中").is_of_han
