"""``searcher check``."""

import json
from pathlib import Path

from searcher import Document, Index
from tests.cli.conftest import run_process


def made(path: Path) -> Path:
    with Index.open(path, create=True) as index:
        index.add([Document(id=f"d{number}", body="核酸筛查") for number in range(5)])
    return path


def test_a_whole_index_is_said_to_be_whole(tmp_path: Path) -> None:
    made(tmp_path / "index")
    outcome = run_process("check", cwd=tmp_path)
    assert (outcome.status, outcome.out) == (0, "")
    assert outcome.err.startswith("the index is whole: ")
    assert "5 documents, 5 of them cut again" in outcome.err


def test_damage_is_a_line_with_the_file_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    folder = made(tmp_path / "index") / "g000001"
    (folder / "folding.json").write_text("{}")
    (folder / "notes.txt").touch()
    outcome = run_process("check", cwd=tmp_path)
    assert outcome.status == 1
    assert outcome.out.splitlines() == [
        f"g000001/folding.json: has 2 bytes instead of {32_880}; "
        "build the index anew: searcher reindex --index index FOLDER",
        "g000001/notes.txt: is no part of the index; delete it, if nobody else needs it",
    ]
    assert outcome.err.startswith("2 problems: ")


def test_as_json_it_is_one_object(tmp_path: Path) -> None:
    path = made(tmp_path / "index")
    (path / "g000001" / "words.table").unlink()
    outcome = run_process("check", "--json", cwd=tmp_path)
    report = json.loads(outcome.out)
    assert (outcome.status, outcome.err, report["ok"]) == (1, "", False)
    assert [problem["file"] for problem in report["problems"]] == ["g000001/words.table"]
    assert set(report) == {
        "problems", "files", "bytes", "documents", "sampled", "seconds", "ok"
    }  # fmt: skip


def test_where_there_is_no_index_nothing_is_checked(tmp_path: Path) -> None:
    outcome = run_process("check", cwd=tmp_path)
    assert (outcome.status, outcome.out) == (2, "")
    assert "there is no index" in outcome.err
