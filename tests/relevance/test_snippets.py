"""The snippets of judged queries show the sentence that answers."""

import pytest

from searcher import Index
from tests.conftest import shared_path
from tests.relevance import snippets
from tests.relevance.snippets import CORPUS, SnippetCase, SnippetFigures, read_cases, report


@pytest.fixture(scope="module")
def figures() -> SnippetFigures:
    return snippets.measure(shared_path("seeds"))


def test_of_ten_snippets_nine_show_the_answer(figures: SnippetFigures) -> None:
    assert figures.total >= 60
    assert figures.right + len(figures.wrong) == figures.total
    assert figures.share >= 0.9, report(figures)


def test_half_as_wide_they_still_show_most(figures: SnippetFigures) -> None:
    assert figures.right_in_half >= 0.85 * figures.total, report(figures)


def test_every_answer_stands_in_its_document(index: Index) -> None:
    index.sync([CORPUS, shared_path("seeds")])
    for case in read_cases():
        document = index.get(case.document)
        assert document is not None, case
        for answer in case.answers:
            assert 0 < len(answer) <= len(document.body) // 4, case
            assert answer in document.body, case


def test_a_snippet_without_the_answer_is_wrong_and_reported(index: Index) -> None:
    index.sync([CORPUS])
    query = "搭电以后可以马上熄火吗"
    cases = [
        SnippetCase("faq-05", query, ("搭着以后不要马上熄火",)),
        SnippetCase("faq-05", query, ("没有这一句", "不要马上熄火")),
        SnippetCase("faq-05", query, ("没有这一句",)),
        SnippetCase("faq-06", query, ("熄火",)),
    ]
    judged = snippets.judge(index, cases)
    assert (judged.right, judged.total) == (2, 4)
    assert [wrong.case for wrong in judged.wrong] == cases[2:]
    assert judged.wrong[1].snippet is None
    text = report(judged)
    assert "2 of 4, 50.0%" in text
    assert "wanted: 没有这一句" in text
    assert "not found" in text
