"""When nothing is found: how the query was cut, what its parts find, and a line that finds more."""

import pytest

from searcher import Index
from tests.cli.conftest import Runner


def test_each_word_is_told_with_what_it_finds_alone(run_home: Runner) -> None:
    outcome = run_home("search", "核酸", "理赔火星", "--all")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == (
        "no hit\n"
        "read as: words(核酸 理赔火星)\n"
        "alone in the whole index:\n"
        "  核酸: 5 documents\n"
        "  理赔: 2 documents\n"
        "  火星: 0 documents\n"
        "hint: with one of the words there are 6 documents: searcher search 核酸 理赔火星\n"
    )


def test_operators_are_told_as_they_are_typed(run_home: Runner) -> None:
    outcome = run_home("search", "“核酸”", "+标题：火星", "理赔*", "-上海", "来源：报")
    parts = outcome.err.partition("alone in the whole index:\n")[2].splitlines()[:-1]
    assert sorted(parts) == [
        "  source:“报”: 1 document",
        "  title:火星: 0 documents",
        "  “核酸”: 5 documents",
        "  理赔*: 2 documents",
    ]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (
            ["理赔", "--source", "无"],
            "without --source there are 2 documents: searcher search 理赔",
        ),
        (
            ["北京", "--tag", "车险", "--since", "2030", "--all"],
            "without --since, --tag there is 1 document: searcher search --all 北京",
        ),
        (["“核酸上海”"], "without the quotes there are 6 documents: searcher search 核酸上海"),
        (
            ["+绝无", "-理赔"],
            "without operators there are 2 documents: searcher search --plain-syntax +绝无 -理赔",
        ),
        (["龘"], "try other words; what is in the index: searcher status"),
    ],
)
def test_the_last_line_is_a_command_that_finds_something(
    run_home: Runner, arguments: list[str], hint: str
) -> None:
    outcome = run_home("search", *arguments)
    assert outcome.status == 1
    assert outcome.err.splitlines()[-1] == f"hint: {hint}"


def test_the_line_is_for_the_same_index(run_home: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_home("search", "理赔", "--index", "./index", "--until", "1990")
    assert outcome.err.endswith("2 documents: searcher search --index index 理赔\n")


def test_a_suggestion_takes_the_place_of_a_hint(run_home: Runner) -> None:
    assert run_home("search", "和酸").err.endswith("did you mean: 核酸\n")


def test_an_empty_index_is_told(run: Runner) -> None:
    Index.open(run.folder / "index", create=True).close()
    assert run("search", "核酸").err.endswith(
        "hint: the index is empty. Fill it: searcher index FOLDER\n"
    )


def test_past_the_last_hit_there_is_the_line_from_the_first_on(run_home: Runner) -> None:
    outcome = run_home("search", "核酸", "--offset", "50")
    assert outcome.err == (
        "5 documents match, but the first 50 were left out. Try: searcher search 核酸\n"
    )


@pytest.mark.parametrize("query", ["", "  \u3000"])
def test_an_empty_query_is_told_as_one(run_home: Runner, query: str) -> None:
    outcome = run_home("search", query)
    assert outcome.status == 1
    assert outcome.err == (
        "no hit\nhint: the query is empty. Type what to look for: searcher search WORDS\n"
    )
