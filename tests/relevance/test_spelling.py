"""The figures of suggestions: what is counted, and that it is not less than it was."""

from searcher import Document, Index
from tests.relevance.spelling import (
    SpellingCase,
    frequent_words,
    homophones,
    judge,
    measure,
    read_cases,
    report,
)

LEAST = 0.85


def test_suggestions_are_as_right_as_they_were() -> None:
    figures = measure()
    assert figures.share >= LEAST, report(figures)
    assert figures.right["kept"] == (8, 8)


def test_there_are_enough_cases_of_each_kind() -> None:
    cases = read_cases()
    assert len(cases) >= 60
    assert len({case.typed for case in cases}) == len(cases)
    assert all(case.meant or case.kind == "kept" for case in cases)


def test_a_suggestion_is_right_if_it_is_what_was_meant(index: Index) -> None:
    index.add([Document(id="a", body="核酸")])
    figures = judge(
        index,
        [
            SpellingCase("sound", "和酸", ("核酸", "别的")),
            SpellingCase("sound", "理陪", ("理赔",)),
            SpellingCase("kept", "核酸", ()),
        ],
    )
    assert figures.right == {"sound": (1, 2), "kept": (1, 1)}
    assert "理陪 · wanted: 理赔 · suggested: nothing" in report(figures)


def test_words_get_a_character_that_is_read_the_same(index: Index) -> None:
    index.add([Document(id="a", body="核酸 核酸 核酸"), Document(id="b", body="河 核酸 理赔")])
    words = frequent_words(index, 5)
    assert words == ["核酸", "理赔"]
    cases = list(homophones(words, "核酸理赔河", seed=1))
    assert cases in ([], [SpellingCase("2 characters", "河酸", ("核酸",))])
    assert list(homophones(["核"], "核河", seed=1)) == [SpellingCase("1 characters", "河", ("核",))]
