"""Words that only say that something is asked."""

import pytest

from searcher.text.questions import without_questions


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("请问怎么理赔", "\n\n理赔"),
        ("贷款逾期了怎么办", "贷款逾期了\n"),
        ("什么是核酸筛查呢", "\n是核酸筛查\n"),
        ("为什么", "\n"),
        ("核酸筛查", "核酸筛查"),
        ("", ""),
    ],
)
def test_question_words_are_left_out(text: str, rest: str) -> None:
    assert without_questions(text) == rest


@pytest.mark.parametrize("text", ["很多大学", "网吧", "几何", "哪吒闹海", "谁谁", "啊哈"])
def test_what_may_be_part_of_another_word_stays(text: str) -> None:
    assert without_questions(text) == text
