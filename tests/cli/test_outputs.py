"""What ``search`` gives beside its hits: pages, paths, counts, answers to queries from stdin."""

import io
import json
import os
import subprocess
import sys
import threading
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from searcher import Document, Index
from tests.cli.conftest import Outcome, Runner, command_line, environment


def lines(outcome: Outcome) -> list[dict[str, Any]]:
    return [json.loads(line) for line in outcome.out.splitlines()]


def type_in(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_pages_have_the_hits_of_the_list_one_after_the_other(run_home: Runner) -> None:
    whole = lines(run_home("search", "核酸", "--json"))
    pages = [lines(run_home("search", "核酸", "--json", "-n", "2", "--page", n)) for n in "123"]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [hit for page in pages for hit in page] == whole


def test_a_page_past_the_last_says_so(run_home: Runner) -> None:
    outcome = run_home("search", "核酸", "--page", "2")
    assert (outcome.status, outcome.out) == (1, "")
    assert "5 documents match, but the first 10 were left out" in outcome.err


def test_similar_has_pages_too(run_home: Runner) -> None:
    whole = lines(run_home("similar", "notes/排班.txt", "--json"))
    second = lines(run_home("similar", "notes/排班.txt", "--json", "-n", "1", "--page", "2"))
    assert second == whole[1:2]
    assert second


def test_paths_can_be_opened_from_here_and_come_once_each(run_home: Runner) -> None:
    outcome = run_home("search", "核酸", "理赔", "上海", "-l")
    assert (outcome.status, outcome.err) == (0, "")
    paths = outcome.out.splitlines()
    assert all(Path(path).is_file() for path in paths)
    assert not any(Path(path).is_absolute() for path in paths)
    assert sorted(paths) == sorted({f"corpus/{hit['path']}" for hit in lines(
        run_home("search", "核酸", "理赔", "上海", "--json")
    )})  # fmt: skip


def test_paths_from_another_folder_are_absolute(
    home: Path, run_home: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run_home("search", "保单系统", "-l", "--index", str(home / "index"))
    assert outcome.out == f"{home}/corpus/news/2022-03-29-机房.md\n"


def test_all_paths_come_unless_a_number_is_given(run: Runner, tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"{number}.txt").write_text("同样的理赔。")
    assert run("index", str(tmp_path), "-q").status == 0
    assert len(run("search", "理赔", "-l").out.splitlines()) == 12
    assert len(run("search", "理赔", "-l", "-n", "3").out.splitlines()) == 3
    assert len(run("search", "理赔", "-l", "-n", "5", "--page", "3").out.splitlines()) == 2


def test_names_reach_programs_as_they_are(run: Runner, tmp_path: Path) -> None:
    names = ["a b.txt", "-rf.txt", "换行\n名.txt", "坏\udcff名.txt"]
    for name in names:
        (tmp_path / name).write_text("理赔须知。")
    with zipfile.ZipFile(tmp_path / "包.zip", "w") as archive:
        archive.writestr("一.txt", "理赔甲。")
        archive.writestr("二.txt", "理赔乙。")
    assert run("index", str(tmp_path), "-q").status == 0
    done = subprocess.run(
        command_line(["search", "理赔", "-l", "-0"]),
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=True,
    )
    found = done.stdout.removesuffix(b"\0").split(b"\0")
    expected = ["a b.txt", "./-rf.txt", "换行\n名.txt", "坏\udcff名.txt", "包.zip"]
    assert sorted(found) == sorted(map(os.fsencode, expected))


def test_what_is_in_no_file_has_no_path(run: Runner, tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.add([Document(id="a", body="理赔")])
    outcome = run("search", "理赔", "-l")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == "some hits were read from no file\n"


def test_a_count_is_of_all_documents(run_home: Runner) -> None:
    outcome = run_home("search", "核酸", "-c", "-n", "1")
    assert (outcome.status, outcome.out, outcome.err) == (0, "5\n", "")
    outcome = run_home("search", "绝无此词", "--all", "-c")
    assert (outcome.status, outcome.out, outcome.err) == (1, "0\n", "")
    assert run_home("search", "-c", "--source", "客服知识库").out == "3\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["-l", "-c"], "--paths and --count do not go together"),
        (["-l", "--json"], "--paths and --json do not go together"),
        (["-l", "--facet", "tag"], "--paths and --facet do not go together"),
        (["-c", "--page", "2"], "--count and --page do not go together"),
        (["--open", "1", "--explain"], "--open and --explain do not go together"),
        (["--open", "1", "--page", "2"], "--open and --page do not go together"),
        (["--page", "2", "--offset", "3"], "--page and --offset do not go together"),
        (["--page", "2", "-n", "all"], "--page needs pages of some size"),
        (["--page", "0"], "--page: '0' is not a whole number from 1 on"),
        (["--open", "0"], "--open: '0' is not a whole number from 1 on"),
        (["-0"], "add -l"),
        (["--hyperlink-format", "x://{pth}"], "there is no {pth}"),
        (["--hyperlink-format", "vim"], "'vim' is not file, vscode, none or a template"),
    ],
)
def test_what_makes_no_sense_together_is_an_error(
    run_home: Runner, arguments: list[str], complaint: str
) -> None:
    outcome = run_home("search", "核酸", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert complaint in outcome.err
    assert outcome.err.endswith("Try: searcher search --help\n")


def test_numbers_can_still_be_left_out(run_home: Runner) -> None:
    assert run_home("search", "核酸", "-2022", "-c").status == 0
    assert run_home("search", "核酸", "-0").status == 2


def test_each_line_of_stdin_is_a_query(run_home: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "\ufeff核酸\r\n\n绝无 -核酸\nlvse tongdao\n“绿色通道”".encode())
    outcome = run_home("search", "-", "-n", "2")
    assert (outcome.status, outcome.err) == (0, "")
    first, blank, none, pinyin, last = lines(outcome)
    assert first["query"] == "核酸"
    assert (first["total"], len(first["hits"])) == (5, 2)
    assert first["hits"] == lines(run_home("search", "核酸", "-n", "2", "--json"))
    assert blank == {"query": "", "total": 0, "hits": []}
    assert none["hits"] == []
    assert (pinyin["corrected"], pinyin["total"]) == ("绿色通道", 1)
    assert last["query"] == "“绿色通道”"


def test_without_any_hit_the_status_is_1(run_home: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "绝无\n龘\n".encode())
    assert run_home("search", "-").status == 1
    type_in(monkeypatch, b"")
    outcome = run_home("search", "-")
    assert (outcome.status, outcome.out) == (1, "")


def test_counts_and_facets_of_many_queries(
    run_home: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_in(monkeypatch, "核酸\n理赔\n".encode())
    outcome = run_home("search", "-", "-c", "--facet", "source")
    assert outcome.status == 2  # a count is a number, or a line with facets
    type_in(monkeypatch, "核酸\n理赔\n".encode())
    assert lines(run_home("search", "-", "-c")) == [
        {"query": "核酸", "total": 5},
        {"query": "理赔", "total": 2},
    ]
    type_in(monkeypatch, "理赔\n".encode())
    [one] = lines(run_home("search", "-", "--facet", "source"))
    assert one["facets"] == {"source": {"客服知识库": 1}}


def test_a_line_that_is_not_utf8_is_named_and_the_rest_is_answered(
    run_home: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_in(monkeypatch, "核酸\n".encode() + "理赔\n客户\n".encode("gb18030") + "核酸\n".encode())
    outcome = run_home("search", "-", "-c")
    assert outcome.status == 0
    assert [one["total"] for one in lines(outcome)] == [5, 0, 0, 5]
    assert outcome.err.startswith("line 2 is not UTF-8, and maybe others. To convert: iconv -f GB")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["-l"], ["--open", "1"], ["--explain"]])
def test_queries_from_stdin_are_answered_in_json_only(
    run_home: Runner, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    type_in(monkeypatch, b"a\n")
    outcome = run_home("search", "-", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert "and - do not go together" in outcome.err


def test_answers_come_as_queries_do_and_nobody_need_read_them_all(home: Path) -> None:
    with subprocess.Popen(
        command_line(["search", "-", "-c"]),
        cwd=home,
        env=environment(PYTHONUNBUFFERED=""),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        patience = threading.Timer(30, process.kill)
        patience.start()
        for query in ("核酸", "理赔"):
            process.stdin.write(f"{query}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["query"] == query
        process.stdout.close()
        process.stdin.write("核酸\n".encode())
        process.stdin.close()
        assert process.stderr.read() == b""
        patience.cancel()
    assert process.returncode == 0


@pytest.mark.parametrize("days", ["today", "今天", "2d", "1y"])
def test_days_are_counted_back_from_today(run: Runner, tmp_path: Path, days: str) -> None:
    today = f"{datetime.now():%Y-%m-%d}"
    (tmp_path / "今.md").write_text(f"---\ndate: {today}\n---\n今天的理赔\n")
    (tmp_path / "旧.md").write_text("---\ndate: 2001-01-01\n---\n从前的理赔\n")
    assert run("index", str(tmp_path), "-q").status == 0
    assert run("search", "理赔", "--since", days, "-l").out == "今.md\n"
    assert run("search", "理赔", "--until", "2y", "-l").out == "旧.md\n"
