"""What a check finds where all checksums are right, and while others write."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from searcher import CheckReport, Document, Index, IndexNotFound, Progress
from searcher.index import commits
from searcher.index.columnar.container import Container, ContainerWriter
from searcher.index.columnar.segment import EXTENSION
from tests.damage.forging import make_right

Sections = dict[str, bytearray]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of a folder, and of documents that came by themselves."""
    folder = tmp_path_factory.mktemp("whole")
    corpus = folder / "corpus"
    corpus.mkdir()
    for number in range(300):
        (corpus / f"{number}.txt").write_text(f"核酸筛查{number}的绿色通道理赔", encoding="utf-8")
    with Index.open(folder / "index", create=True) as index:
        index.sync([corpus])
        index.add([Document(id="b", title="理赔", body="银行", tags=("财经",))])
        index.delete(["7.txt"])
    return folder / "index"


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "index"))


def forged(path: Path, change: Callable[[Sections, dict[str, Any]], object]) -> CheckReport:
    """The check of an index whose largest segment was changed, with all checksums right."""
    (folder,) = path.glob("g*")
    file = max(folder.glob(f"*{EXTENSION}"), key=lambda path: path.stat().st_size)
    container = Container(file)
    sections = {name: bytearray(container.section(name)) for name in container.names()}
    meta = container.meta
    change(sections, meta)
    with ContainerWriter(file) as writer:
        for name, data in sections.items():
            writer.add(name, [data])
        writer.finish(meta)
    make_right(path, folder, max(folder.glob("commit-*.json")))
    return Index.check(path)


def test_a_whole_index_has_no_problems(path: Path) -> None:
    seen: list[Progress] = []
    report = Index.check(path, progress=seen.append)
    assert report.ok
    assert (report.documents, report.sampled) == (300, 200)
    assert report.bytes == sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    assert Index.check(path, sample=None).sampled == 300
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert seen[-1].done == seen[-1].total


def cut_off(sections: Sections, _: dict[str, Any]) -> None:
    del sections["grams.postings"][-1:]


def swap_keys(sections: Sections, _: dict[str, Any]) -> None:
    keys = sections["words.keys"]
    keys[:8], keys[8:16] = keys[8:16], keys[:8]


def lengthen(sections: Sections, _: dict[str, Any]) -> None:
    sections["body_grams"][3] += 1


def count_more(_: Sections, meta: dict[str, Any]) -> None:
    meta["totals"]["body_words"][0] += 1


def misplace_an_id(sections: Sections, _: dict[str, Any]) -> None:
    order = sections["id_order"]
    order[:2], order[2:4] = order[2:4], order[:2]


def repeat_an_id(sections: Sections, _: dict[str, Any]) -> None:
    sections["id_order"][:2] = sections["id_order"][2:4]


@pytest.mark.parametrize(
    "change", [cut_off, swap_keys, lengthen, count_more, misplace_an_id, repeat_an_id]
)
def test_what_does_not_fit_together_is_found_though_checksums_are_right(
    path: Path, change: Callable[[Sections, dict[str, Any]], object]
) -> None:
    (problem,) = forged(path, change).problems
    assert problem.file.endswith(EXTENSION)
    assert "searcher reindex" in problem.advice


def test_texts_that_are_found_by_other_terms_are_named(path: Path) -> None:
    """The text of a document says something else than what it is found by."""

    def change(sections: Sections, _: dict[str, Any]) -> None:
        at = sections["texts"].index("绿色".encode())
        sections["texts"][at : at + 6] = "红色".encode()

    (problem,) = forged(path, change).problems
    assert "1 of 200 documents are found by other terms than they have: " in problem.what


def change_record(path: Path, change: Callable[[dict[str, Any]], object]) -> CheckReport:
    record = max(path.glob("g*/commit-*.json"))
    values = json.loads(commits.checked_line(record.read_bytes()))
    change(values)
    record.write_bytes(commits.with_checksum(json.dumps(values)))
    return Index.check(path)


def test_documents_that_the_manifest_names_must_be_there(path: Path) -> None:
    def delete_more(values: dict[str, Any]) -> None:
        values["segments"][0]["deleted"] = commits._packed([1, 2, 3, 7])

    (problem,) = change_record(path, delete_more).problems
    assert problem.file.endswith(".files")
    assert "documents that it names are not in the index" in problem.what


def test_a_segment_twice_is_found(path: Path) -> None:
    report = change_record(path, lambda values: values["segments"].append(values["segments"][0]))
    assert "g000001/commit-3.json" in [problem.file for problem in report.problems]


def test_locks_hold_nothing(path: Path) -> None:
    (path / "WRITELOCK").write_bytes(b"x")
    (path / "WRITER").write_bytes(b"x")
    assert [problem.file for problem in Index.check(path).problems] == ["WRITELOCK", "WRITER"]


def test_what_a_writer_is_about_to_finish_is_no_problem(path: Path) -> None:
    """Files that are no part of the index are those of the process that writes, while it does."""
    with Index.open(path) as index:
        (path / "g000002").mkdir()
        (path / "g000002" / ".searcher").touch()
        (path / "g000001" / "MAIN_12.columns").touch()
        assert len(Index.check(path).problems) == 2
        with index._store.locked():
            assert Index.check(path).ok
        assert len(Index.check(path).problems) == 2


def test_it_is_right_while_another_process_commits(path: Path) -> None:
    program = (
        "import sys, searcher\n"
        "with searcher.Index.open(sys.argv[1]) as index:\n"
        "    for number in range(25):\n"
        "        index.add([searcher.Document(id=f'n{number}', body='核酸')])\n"
        "        print(number, flush=True)\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        checks = 0
        while writer.poll() is None:
            assert Index.check(path, sample=20).problems == ()
            checks += 1
        assert writer.returncode == 0
    assert checks
    report = Index.check(path)
    assert (report.problems, report.documents) == ((), 325)


def test_without_a_pointer_there_is_an_index_if_there_is_a_generation(path: Path) -> None:
    (path / "searcher.json").unlink()
    assert "searcher.json" in [problem.file for problem in Index.check(path).problems]
    shutil.rmtree(path / "g000001")
    with pytest.raises(IndexNotFound):
        Index.check(path)
