"""``similar``."""

import json

from tests.cli.conftest import Runner


def test_similar_documents_are_shown_like_hits(run_home: Runner) -> None:
    outcome = run_home("similar", "notes/排班.txt")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.splitlines()[0].endswith(" documents")
    assert "notes/排班.txt" not in outcome.out
    assert "news/2022-03-29-机房.md" in outcome.out


def test_similar_as_json_with_filters(run_home: Runner) -> None:
    arguments = ("notes/排班.txt", "--json", "-n", "all")
    lines = run_home("similar", *arguments).out.splitlines()
    everything = {record["id"]: record for record in map(json.loads, lines)}
    assert len(everything) > 1
    outcome = run_home("similar", *arguments, "--source", "国际金融报", "--until", "2022")
    (record,) = map(json.loads, outcome.out.splitlines())
    assert record["id"] == "news/2022-03-29-机房.md"
    assert record["score"] == everything[record["id"]]["score"]
    assert list(record) == list(everything[record["id"]])


def test_none_is_status_1(run_home: Runner) -> None:
    outcome = run_home("similar", "notes/排班.txt", "--since", "2030")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == "no document is like it\n"


def test_an_unknown_id_is_status_1(run_home: Runner) -> None:
    outcome = run_home("similar", "faq-99")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == "no document has the id 'faq-99'. To find ids: searcher search WORDS\n"


def test_a_wrong_date_is_an_error(run_home: Runner) -> None:
    outcome = run_home("similar", "faq-01", "--since", "the other day")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("error: --since: 'the other day' is not a date")
