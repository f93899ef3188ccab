"""Widths in terminal cells: what rich says, without asking it for common text."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from searcher.query.traits import HIDDEN, SPECIAL, UNIFORM, WIDTH, traits
from searcher.query.width import cell_width, fitting_end, fitting_start

TEXTS = st.text(
    st.sampled_from("核酸，。“…—·ab \n～ガ〈e\u0301\u200d\ufe0f❤👨😀") | st.characters()
)


def test_each_character_is_as_wide_as_rich_says() -> None:
    for code in range(0x20000):
        assert cell_width(chr(code)) == cell_len(chr(code))


@given(TEXTS)
def test_a_text_is_as_wide_as_rich_says(text: str) -> None:
    assert cell_width(text) == cell_len(text)


@given(TEXTS)
def test_a_text_is_as_wide_as_its_characters_unless_one_is_special(text: str) -> None:
    found = [traits(ord(char)) for char in text]
    if not any(each & (SPECIAL | HIDDEN) for each in found):
        assert sum(each & WIDTH for each in found) == cell_len(text)


@given(TEXTS, st.integers(0, 20))
def test_what_fits_is_the_most_that_fits(text: str, width: int) -> None:
    if "\u200d" not in text and "\ufe0f" not in text:
        end = fitting_end(text, 0, len(text), width)
        assert cell_len(text[:end]) <= width
        start = fitting_start(text, 0, len(text), width)
        assert cell_len(text[start:]) <= width


def test_ideographs_are_all_alike() -> None:
    first, last = UNIFORM
    assert {traits(code) for code in range(first, last + 1)} == {2}
