"""``searcher export``: what it writes is what ``searcher index`` reads."""

import gzip
import json
from pathlib import Path

from searcher import Document, Index
from tests.cli.conftest import Runner, run_process


def test_an_index_is_taken_elsewhere(run_home: Runner, tmp_path: Path) -> None:
    backup = tmp_path / "docs" / "backup.jsonl.gz"
    backup.parent.mkdir()
    done = run_home("export", str(backup))
    assert (done.status, done.out, done.err) == (0, "", f"7 documents written to {backup}\n")
    copy = str(tmp_path / "copy")
    assert run_home("index", str(backup.parent), "--index", copy, "-q").status == 0
    for query in ("核酸筛查", "来源：客服知识库", "“绿色通道”"):
        old = run_home("search", query, "--json").out.splitlines()
        new = run_home("search", query, "--json", "--index", copy).out.splitlines()
        assert old
        for one, other in zip(map(json.loads, old), map(json.loads, new), strict=True):
            assert other.pop("path") == f"backup.jsonl.gz/{one.pop('path')}"
            assert other == one
    assert run_home("export", str(backup), "--quiet").err == ""
    assert gzip.decompress(backup.read_bytes()).count(b"\n") == 7


def test_lines_go_to_standard_output(run_home: Runner, home: Path) -> None:
    done = run_process("export", cwd=home, env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"})
    assert (done.status, done.err) == (0, "")
    records = [json.loads(line) for line in done.out.splitlines()]
    assert {record["source"] for record in records} == {"国际金融报", "客服知识库", None}
    shown = json.loads(run_home("show", "faq-01", "--json").out)
    exported = next(record for record in records if record["id"] == "faq-01")
    assert {**shown, "searcher": "document/1"} == exported


def test_a_pipe_is_written_to_and_not_replaced(run_home: Runner, home: Path) -> None:
    assert run_process("export", "/dev/stdout", cwd=home).out.count("\n") == 7


def test_where_it_cannot_be_written_is_told(run_home: Runner) -> None:
    done = run_home("export", "no/such/folder.jsonl")
    assert done.status == 2
    assert "no/such/folder.jsonl: no such file or folder" in done.err


def test_without_an_index_it_says_what_to_type(run: Runner) -> None:
    done = run("export", "a.jsonl")
    assert done.status == 2
    assert "searcher index FOLDER" in done.err
    assert not Path("a.jsonl").exists()


def test_one_document_is_not_told_as_many(run: Runner, tmp_path: Path) -> None:
    with Index.open(tmp_path / "one", create=True) as index:
        index.add([Document(id="a", title="", body="核酸")])
    one = str(tmp_path / "one")
    assert run("export", str(tmp_path / "x.jsonl"), "--index", one).err.startswith("1 document w")
    assert run("stats", "--index", one).out.startswith("1 document\n")
    assert " 1 document, " in run("check", "--index", one).err


def test_what_is_printed_as_json_is_json(run: Runner, tmp_path: Path) -> None:
    with Index.open(tmp_path / "one", create=True) as index:
        index.add([Document(id="a", title="", body="核酸", extra={"x": float("nan"), "y": "酸"})])
    out = run("show", "a", "--json", "--index", str(tmp_path / "one")).out
    assert "NaN" not in out
    assert json.loads(out)["extra"] == {"x": None, "y": "酸"}
