"""What the terminal says of a query that was typed wrong, or in pinyin."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Runner, run_process


def test_pinyin_is_answered_and_the_terminal_says_so(run_home: Runner) -> None:
    outcome, meant = run_home("search", "hesuan"), run_home("search", "核酸")
    assert (outcome.status, outcome.out) == (0, meant.out)
    assert outcome.err == "no hit for hesuan, showing 核酸\n"
    assert meant.err == ""


def test_a_query_without_hits_gets_a_suggestion(run_home: Runner) -> None:
    outcome = run_home("search", "和酸")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("no hit\nread as: words(和酸)\n")
    assert outcome.err.endswith("\ndid you mean: 核酸\n")


def test_a_query_with_hits_gets_one_behind_them(run_home: Runner) -> None:
    outcome = run_home("search", "核酸 理陪")
    assert outcome.status == 0
    assert outcome.out.startswith("5 documents")
    assert outcome.err == "did you mean: 核酸 理赔\n"


def test_without_a_suggestion_there_is_a_hint(run_home: Runner) -> None:
    assert run_home("search", "齉齾").err.splitlines()[-1].startswith("hint: try other words")


def test_in_chinese(run_home: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert run_home("search", "hesuan").err == "没有 hesuan 的结果，以下是 核酸 的结果\n"
    assert run_home("search", "和酸").err.endswith("您是不是要找：核酸\n")


def test_json_has_one_object_for_each_hit_and_nothing_else(run_home: Runner) -> None:
    outcome = run_home("search", "hesuan", "--json")
    assert [json.loads(line) for line in outcome.out.splitlines()] == [
        json.loads(line) for line in run_home("search", "核酸", "--json").out.splitlines()
    ]
    assert outcome.err == "no hit for hesuan, showing 核酸\n"
    nothing = run_home("search", "和酸", "--json")
    assert (nothing.status, nothing.out) == (1, "")
    assert nothing.err == "did you mean: 核酸\n"


def test_scores_of_what_is_answered_are_explained(run_home: Runner) -> None:
    outcome = run_home("search", "hesuan", "--explain", "--json")
    explanation = json.loads(outcome.out.splitlines()[0])["explanation"]
    assert explanation["query"] == "核酸"
    assert explanation["matches"]


@pytest.mark.parametrize("query", ["和酸", "hesuan", "\U0001f600", "'", "xi'an", "a" * 5000])
def test_every_query_ends_well_in_a_process_of_its_own(home: Path, query: str) -> None:
    outcome = run_process("search", query, cwd=home)
    assert outcome.status in (0, 1)
    assert "Traceback" not in outcome.err
