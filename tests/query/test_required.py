"""What documents must have that have all of a query."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.index.fields import GRAMS, WORDS
from searcher.query.analysis import forms
from searcher.query.required import covering_grams, required, required_in_python
from searcher.query.sought import sought
from tests.index.columnar_tools import ENGINES, using

CHARACTERS = "保险理赔aB1 \t\u3000\x01\ud800𠮷"
STRINGS = st.lists(st.text(st.sampled_from(CHARACTERS), min_size=1, max_size=6), max_size=8)


@settings(max_examples=1000, deadline=None)
@given(words=STRINGS, strings=STRINGS)
def test_the_kernel_requires_what_python_does(words: list[str], strings: list[str]) -> None:
    with using("kernel"):
        found = required(words, strings)
    assert found == required_in_python(words, strings)


@pytest.mark.parametrize("engine", ENGINES)
def test_pairs_decide_about_two_characters_and_texts_about_more(engine: str) -> None:
    with using(engine):
        found = required(["iphone15", "iphone15"], ["保险", "保险理赔", "险", "a b", "保险"])
    assert found.terms == [
        sought("iphone15", WORDS),
        *[sought(pair, GRAMS) for pair in ("保险", "险理", "理赔")],
    ]
    assert found.singles == ["险"]
    assert found.undecided == ["保险理赔", "a b"]


@given(st.text(st.sampled_from(CHARACTERS), max_size=12), st.data())
def test_a_text_with_a_string_has_its_grams(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    string = text[start : data.draw(st.integers(start, len(text)))]
    assert all(gram in text for gram in covering_grams(string))


def test_the_kernel_refuses_what_are_no_strings() -> None:
    with using("kernel"):
        for words, strings in (([1], []), ([], [b"x"]), ([], [""]), ((), [])):
            with pytest.raises(TypeError):
                forms().required(words, strings)
