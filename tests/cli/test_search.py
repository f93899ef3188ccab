"""``searcher search``: what it prints, where, and with which exit status."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Outcome, Runner

NAMES = ["rank", "id", "score", "title", "path", "date", "source", "tags", "snippet", "spans"]
SCREENING = {"news/2022-03-29-机房.md", "notes/排班.txt", "notes/繁體.txt", "faq-01"}


def records(outcome: Outcome) -> list[dict[str, Any]]:
    return [json.loads(line) for line in outcome.out.splitlines()]


def ids(outcome: Outcome) -> list[str]:
    return [record["id"] for record in records(outcome)]


def test_hits_go_to_stdout_with_status_0(run_home: Runner) -> None:
    outcome = run_home("search", "核酸筛查", "--mode", "all")
    assert outcome.status == 0
    assert outcome.err == ""
    assert outcome.out.startswith("4 documents\n\n1  ")
    assert "\x1b" not in outcome.out


def test_piped_output_is_stable(run_home: Runner) -> None:
    outcome = run_home("search", "绿色通道")
    score = records(run_home("search", "绿色通道", "--json"))[0]["score"]
    assert outcome.out == (
        "1 document\n"
        "\n"
        "1  理赔要多久？\n"
        f"   {score:.2f} · 客服知识库 · faq-02 (records/问答.jsonl) · #车险 · #理赔\n"
        "   绿色通道当天赔付。\n"
    )


def test_piped_output_does_not_depend_on_the_terminal(
    run_home: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run_home("search", "核酸")
    monkeypatch.setenv("COLUMNS", "33")
    assert run_home("search", "核酸") == before


def test_no_hit_is_status_1_and_says_how_the_query_was_read(run_home: Runner) -> None:
    outcome = run_home("search", "“绝无此词”")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("no hit\nread as: exact(绝无此词)\n")


def test_json_has_exactly_the_names(run_home: Runner) -> None:
    outcome = run_home("search", "核酸筛查", "机房", "--json")
    assert outcome.status == 0
    first = records(outcome)[0]
    assert list(first) == NAMES
    assert first["rank"] == 1
    assert first["id"] == first["path"] == "news/2022-03-29-机房.md"
    assert first["date"] == "2022-03-29T08:30:00+08:00"
    assert first["tags"] == ["核酸筛查", "信息技术"]
    assert "核酸" in outcome.out  # not escaped
    for record in records(outcome):
        for start, end in record["spans"]:
            assert record["snippet"][start:end]
    marked = [first["snippet"][start:end] for start, end in first["spans"]]
    assert "核酸筛查" in marked


def test_json_of_a_document_without_a_date_has_null(run_home: Runner) -> None:
    record = records(run_home("search", "续保提醒", "--json"))[0]
    assert record["date"] is None
    assert record["path"] == "records/问答.jsonl"


def test_json_without_hits_prints_nothing_on_stdout(run_home: Runner) -> None:
    outcome = run_home("search", "龘", "--json")
    assert (outcome.status, outcome.out) == (1, "")


def test_explanation_is_in_the_json_only_when_asked_for(run_home: Runner) -> None:
    record = records(run_home("search", "绿色通道", "--json", "--explain"))[0]
    assert list(record) == [*NAMES, "explanation"]
    explanation = record["explanation"]
    assert explanation["reading"] == "words(绿色通道)"
    assert sum(term["score"] for term in explanation["terms"]) == pytest.approx(record["score"])


def test_explanation_is_a_table(run_home: Runner) -> None:
    outcome = run_home("search", "绿色通道", "--explain")
    lines = outcome.out.splitlines()
    assert "read as: words(绿色通道)" in lines
    header = next(line for line in lines if "channel" in line)
    assert header.split() == ["term", "channel", "documents", "idf", "weight", "score"]
    assert any(line.split()[:3] == ["绿色通道", "words", "1"] for line in lines)


def test_an_explanation_has_no_frequency_of_what_has_none(run_home: Runner) -> None:
    lines = run_home("search", "核酸筛查", "--explain").out.splitlines()
    for channel in ("characters", "sentence"):
        row = next(line.split() for line in lines if channel in line.split())
        # The characters, the channel, the weight and the score.
        assert row[:3] == ["核酸筛查", channel, "1"]
        assert len(row) == 4
    narrow = run_home("search", "核酸筛查", "--explain", "--width", "40").out
    assert "sentence" in narrow
    assert not any(line.split()[2:4] == ["0", "0.000"] for line in narrow.splitlines())
    assert "idf ," not in narrow


def test_several_arguments_are_one_query(run_home: Runner) -> None:
    assert ids(run_home("search", "理赔", "北京", "--json")) == ids(
        run_home("search", "理赔 北京", "--json")
    )


def test_a_dash_before_a_word_leaves_it_out(run_home: Runner) -> None:
    everything = set(ids(run_home("search", "核酸", "--json")))
    assert everything == {*SCREENING, "notes/北京.txt"}
    without = ids(run_home("search", "核酸", "-上海", "--json"))
    assert set(without) == everything - {"notes/繁體.txt"}
    assert without == ids(run_home("search", "--json", "--", "核酸", "-上海"))
    assert without == ids(run_home("search", "-上海", "--json", "核酸"))
    assert without == ids(run_home("search", "核酸 -上海", "--json"))


def test_a_dash_before_a_field_or_a_number_is_not_an_option(run_home: Runner) -> None:
    assert ids(run_home("search", "核酸", "-title:北京", "--json")) == ids(
        run_home("search", "核酸 -title:北京", "--json")
    )
    assert run_home("search", "核酸", "-95505", "--json").status == 0


def test_a_dashed_latin_word_is_an_error_that_names_the_way(run_home: Runner) -> None:
    outcome = run_home("search", "核酸", "-iPhone")
    assert outcome.status == 2
    assert "-- -iPhone" in outcome.err
    assert run_home("search", "核酸", "--", "-iPhone").status == 0


def test_a_misspelt_option_is_an_error(run_home: Runner) -> None:
    outcome = run_home("search", "核酸", "--limt", "3")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == (
        "error: no such option: --limt; did you mean --limit?\n"
        "Try: searcher search 核酸 --limit 3\n"
    )


def test_limit_and_offset(run_home: Runner) -> None:
    everything = records(run_home("search", "核酸", "--json", "-n", "all"))
    assert [record["rank"] for record in everything] == [1, 2, 3, 4, 5]
    part = records(run_home("search", "核酸", "--json", "-n2", "--offset", "1"))
    assert part == everything[1:3]
    outcome = run_home("search", "核酸", "-n", "2", "--offset", "1")
    assert outcome.out.startswith("5 documents, 2–3 shown\n\n2  ")


def test_nothing_shown_but_counted(run_home: Runner) -> None:
    outcome = run_home("search", "核酸", "-n", "0")
    assert (outcome.status, outcome.out) == (0, "5 documents\n")


def test_offset_past_the_end_is_no_hit(run_home: Runner) -> None:
    outcome = run_home("search", "核酸", "--offset", "9")
    assert (outcome.status, outcome.out) == (1, "")
    assert "5 documents match, but the first 9 were left out" in outcome.err


def test_all_words_or_any(run_home: Runner) -> None:
    assert len(ids(run_home("search", "理赔", "北京", "--json"))) == 2
    assert ids(run_home("search", "理赔", "北京", "--json", "--all")) == ["notes/北京.txt"]
    assert ids(run_home("search", "理赔", "北京", "--json", "--mode", "all")) == ["notes/北京.txt"]


def test_plain_syntax_reads_operators_as_text(run_home: Runner) -> None:
    assert ids(run_home("search", "核酸 -上海", "--plain-syntax", "--json", "-n", "all")) != ids(
        run_home("search", "核酸 -上海", "--json", "-n", "all")
    )


def test_filters(run_home: Runner) -> None:
    assert ids(run_home("search", "核酸", "--json", "--since", "2022-04")) == ["faq-01"]
    assert ids(run_home("search", "核酸", "--json", "--until", "2022-03-29")) == [
        "news/2022-03-29-机房.md"
    ]
    either = ("--source", "国际金融报", "--source", "客服知识库")
    assert set(ids(run_home("search", "核酸", "--json", *either))) == {
        "faq-01",
        "news/2022-03-29-机房.md",
    }
    assert ids(run_home("search", "核酸", "--json", "--tag", "车险")) == ["faq-01"]


def test_filters_need_no_words(run_home: Runner) -> None:
    outcome = run_home("search", "--tag", "车险", "--sort", "date", "--json")
    assert ids(outcome) == ["faq-01", "faq-02"]


def test_newest_first(run_home: Runner) -> None:
    newest = ids(run_home("search", "核酸", "--sort", "date", "--json"))
    assert newest[:2] == ["faq-01", "news/2022-03-29-机房.md"]


def test_facets(run_home: Runner) -> None:
    arguments = ("search", "核酸", "--facet", "source", "--facet", "year")
    outcome = run_home(*arguments)
    assert "sources\n    国际金融报 1 · 客服知识库 1\n" in outcome.out
    assert outcome.out.endswith("years\n    2022 2\n")
    last = records(run_home(*arguments, "--json"))[-1]
    assert last == {
        "total": 5,
        "facets": {"source": {"国际金融报": 1, "客服知识库": 1}, "year": {"2022": 2}},
    }


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "QUERY is missing"),
        (["x", "-n", "-3"], "--limit: '-3' is not a whole number from 0 on"),
        (["x", "-n"], "-n needs a value"),
        (["x", "--sort", "size"], "--sort: 'size' is not one of: relevance, date"),
        (["x", "--facet", "size"], "--facet: 'size' is not one of: source, tag, year"),
        (["x", "--color", "red"], "--color: 'red' is not one of: auto, always, never"),
        (["x", "--width", "5"], "--width: '5' is not a whole number from 20 on"),
        (["x", "--json=yes"], "--json takes no value"),
        (["x", "--since", "gestern"], "--since: 'gestern' is not a date"),
        (["x", "--dict", "missing.txt"], "cannot read missing.txt"),
    ],
)
def test_mistakes_are_status_2(run_home: Runner, arguments: list[str], complaint: str) -> None:
    outcome = run_home("search", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert complaint in outcome.err


def test_another_dictionary_is_an_error_that_names_the_command(
    run_home: Runner, tmp_path: Path
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("绿色通道 9\n", encoding="utf-8")
    outcome = run_home("search", "核酸", "--dict", str(words))
    assert outcome.status == 2
    assert "searcher reindex --index index --dict" in outcome.err


def test_the_first_search_builds_an_index_from_corpus(run: Runner, home: Path) -> None:
    shutil.copytree(home / "corpus", run.folder / "corpus")
    outcome = run("search", "绿色通道", "--json")
    assert outcome.status == 0
    assert ids(outcome) == ["faq-02"]
    assert outcome.err.startswith("there is no index yet: building ./index from ./corpus\nadded 7;")
    again = run("search", "绿色通道", "--json")
    assert (again.out, again.err) == (outcome.out, "")


def test_without_index_and_corpus_it_says_what_to_type(run: Runner) -> None:
    outcome = run("search", "核酸")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == "error: there is no index at ./index. Make one: searcher index FOLDER\n"


def test_a_named_index_that_is_missing_is_never_built(
    run: Runner, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(home / "corpus", run.folder / "corpus")
    expected = "error: there is no index at there. Make one: searcher index --index there FOLDER\n"
    assert run("search", "核酸", "--index", "there") == Outcome(2, "", expected)
    monkeypatch.setenv("SEARCHER_INDEX", "there")
    assert run("search", "核酸") == Outcome(2, "", expected)
    assert not (run.folder / "there").exists()


def test_the_index_of_the_environment_is_used(
    run: Runner, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEARCHER_INDEX", str(home / "index"))
    assert ids(run("search", "绿色通道", "--json")) == ["faq-02"]


def test_an_argument_that_is_not_unicode_is_searched_for(run_home: Runner) -> None:
    assert run_home("search", "核酸\udcff").status == 0
