"""``searcher index`` and ``searcher reindex``."""

import json
import os
import shlex
import shutil
import threading
import time
from pathlib import Path

import pytest

from searcher import Index, Report, Skipped
from searcher.cli.views.report import summary
from searcher.index.store import Store
from tests.cli.conftest import Runner, write_documents


@pytest.fixture
def run_copy(run: Runner, home: Path) -> Runner:
    """Runs commands in a copy of the folder with documents and an index."""
    write_documents(run.folder / "corpus")
    shutil.copytree(home / "index", run.folder / "index")
    run("index", "corpus", "--quiet")
    return run


def documents(path: Path) -> int:
    with Index.open(path) as index:
        return index.status().documents


def test_it_makes_an_index_and_says_so_on_stderr(run: Runner, home: Path) -> None:
    outcome = run("index", str(home / "corpus"), "--index", "made")
    assert (outcome.status, outcome.out) == (0, "")
    assert outcome.err.startswith("added 7; 7 in the index, ")
    assert documents(run.folder / "made") == 7


def test_without_a_path_the_folders_of_the_index_are_taken(run_copy: Runner) -> None:
    (run_copy.folder / "corpus" / "notes" / "北京.txt").unlink()
    (run_copy.folder / "corpus" / "新.txt").write_text("新的文档\n\n正文。\n", encoding="utf-8")
    outcome = run_copy("index", "--json")
    assert outcome.status == 0
    report = json.loads(outcome.out)
    assert (report["added"], report["removed"], report["unchanged"]) == (1, 1, 6)
    assert report["skipped"] == []
    assert outcome.err.startswith("added 1, removed 1, unchanged 6; 7 in the index, ")


def test_folders_that_are_not_named_again_are_told_with_what_keeps_them(
    run_copy: Runner, tmp_path: Path
) -> None:
    """Who adds a folder by naming it alone has lost the others."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.txt").write_text("另一个文件夹", encoding="utf-8")
    old = run_copy("index", "--dry-run", str(tmp_path / "more"))
    outcome = run_copy("index", str(tmp_path / "more"))
    assert "removed 7" in outcome.err
    for told in (old, outcome):
        line = told.err.splitlines()[-1].rpartition("To have them too: ")[2]
        assert line.startswith("searcher index ") and line.endswith(str(tmp_path / "more"))
    again = run_copy(*shlex.split(line)[1:])
    assert "added 7, unchanged 1" in again.err
    assert "To have them too" not in again.err
    # Nothing is lost where the folder around them is named, and -q says nothing.
    around = str(Path(shlex.split(line)[2]).parent)
    assert "To have them too" not in run_copy("index", around).err
    assert run_copy("index", str(tmp_path / "more"), "-q").err == ""


def test_without_a_path_and_an_index_corpus_is_taken(run: Runner) -> None:
    write_documents(run.folder / "corpus")
    assert run("index", "-q") == run("index", "-q")
    assert documents(run.folder / "index") == 7


@pytest.mark.parametrize("command", ["index", "reindex"])
def test_without_anything_it_says_what_to_type(run: Runner, command: str) -> None:
    outcome = run(command)
    assert (outcome.status, outcome.out) == (2, "")
    assert f"Name a folder: searcher {command} FOLDER\n" in outcome.err


@pytest.mark.parametrize("command", ["index", "reindex"])
def test_an_empty_path_is_not_the_folder_one_is_in(run_copy: Runner, command: str) -> None:
    outcome = run_copy(command, "corpus", "")
    assert outcome.status == 2
    assert outcome.err == f"error: a PATH is empty. For this folder: searcher {command} .\n"
    assert documents(run_copy.folder / "index") == 7


@pytest.mark.parametrize("command", ["index", "reindex"])
def test_a_folder_that_is_missing_leaves_nothing_behind(run: Runner, command: str) -> None:
    outcome = run(command, "missing")
    assert outcome.status == 2
    assert outcome.err == "error: no such file or folder: missing\nTry: ls .\n"
    assert "there is no index at ./index" in run("search", "核酸").err


def test_skipped_files_are_named_with_the_reason(run_copy: Runner) -> None:
    bad = run_copy.folder / "corpus" / "坏\x1b[31m.bin"
    bad.write_bytes(bytes(range(256)) * 8)
    outcome = run_copy("index")
    assert outcome.status == 0
    skipped, summary = outcome.err.splitlines()
    assert skipped.startswith("skipped 坏")
    assert "\x1b" not in outcome.err
    assert summary.startswith("unchanged 7, skipped 1 (bin 1); 7 in the index")


def test_of_many_skipped_files_twenty_are_named(run_copy: Runner) -> None:
    for number in range(25):
        (run_copy.folder / "corpus" / f"{number:02}.bin").write_bytes(bytes(range(256)) * 8)
    lines = run_copy("index").err.splitlines()
    assert sum(line.startswith("skipped ") for line in lines) == 20
    assert lines[20] == "… and 5 more skipped (--verbose names them all)"
    lines = run_copy("index", "--verbose").err.splitlines()
    assert sum(line.startswith("skipped ") for line in lines) == 25
    assert run_copy("index", "--quiet").err == ""


def test_reindex_takes_another_dictionary(run_copy: Runner) -> None:
    words = run_copy.folder / "words.txt"
    words.write_text("看护机房 9\n", encoding="utf-8")
    assert run_copy("index", "--dict", "words.txt").status == 2
    assert run_copy("reindex", "--dict", "words.txt", "-q").status == 0
    assert "看护机房" in json.loads(run_copy("analyze", "看护机房", "--json").out)["words"]
    assert run_copy("search", "看护机房", "--dict", "words.txt").status == 0
    # The index keeps its dictionary when nothing is said of it.
    assert run_copy("reindex", "-q").status == 0
    assert "words.txt" in run_copy("status").out


def test_reindex_mends_a_damaged_index(run_copy: Runner) -> None:
    (run_copy.folder / "index" / "searcher.json").write_text("{", encoding="utf-8")
    outcome = run_copy("index")
    assert outcome.status == 2
    assert "searcher reindex" in outcome.err
    assert run_copy("reindex").err.startswith("added 7;")
    assert run_copy("search", "核酸").status == 0


def test_a_damaged_index_is_built_anew_from_the_folders_it_remembers(run_copy: Runner) -> None:
    (run_copy.folder / "index").rename(run_copy.folder / "mine")
    (run_copy.folder / "mine" / "searcher.json").write_text("{", encoding="utf-8")
    assert run_copy("reindex", "--index", "mine").status == 0
    assert run_copy("status", "--index", "mine").status == 0


def test_a_named_damaged_index_is_not_filled_from_corpus(run_copy: Runner) -> None:
    (run_copy.folder / "index").rename(run_copy.folder / "mine")
    (run_copy.folder / "mine" / "searcher.json").write_text("{", encoding="utf-8")
    for manifest in (run_copy.folder / "mine").rglob("manifest-*"):
        manifest.unlink()
    outcome = run_copy("reindex", "--index", "mine")
    assert outcome.status == 2
    assert "Name them: searcher reindex --index mine FOLDER" in outcome.err
    assert run_copy("reindex", "--index", "mine", "corpus").status == 0


def test_it_builds_with_the_processes_and_the_memory_that_it_may_use(
    run: Runner, home: Path
) -> None:
    corpus = str(home / "corpus")
    alone = run("index", corpus, "--jobs", "1", "--memory", "256", "--json")
    assert (alone.status, json.loads(alone.out)["added"]) == (0, 7)
    again = run("index", corpus, "--jobs", "2", "--memory", "300", "--json")
    assert (again.status, json.loads(again.out)["unchanged"]) == (0, 7)
    assert run("reindex", "--jobs", "2", "--memory", "1024", "-q").status == 0
    assert documents(run.folder / "index") == 7


@pytest.mark.parametrize("command", ["index", "reindex"])
@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--jobs", "0", "--jobs: '0' is not a whole number from 1 on\n"),
        ("--jobs", "two", "--jobs: 'two' is not a whole number from 1 on\n"),
        ("--memory", "-1", "--memory: '-1' is not a whole number from 0 on\n"),
        ("--memory", "64", "memory must be 256 megabytes or more: 64\n"),
    ],
)
def test_what_cannot_be_used_is_an_error_before_anything_is_made(
    run: Runner, home: Path, command: str, option: str, value: str, complaint: str
) -> None:
    outcome = run(command, str(home / "corpus"), option, value)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(f"error: {complaint}")
    assert not (run.folder / "index").exists()


def test_too_little_memory_leaves_an_index_as_it_was(run_copy: Runner) -> None:
    (run_copy.folder / "corpus" / "notes" / "北京.txt").unlink()
    for command in ("index", "reindex"):
        assert run_copy(command, "--memory", "64").status == 2
    assert documents(run_copy.folder / "index") == 7


def test_a_dry_run_says_what_would_be_done_and_does_nothing(run_copy: Runner) -> None:
    corpus = run_copy.folder / "corpus"
    (corpus / "notes" / "北京.txt").unlink()
    (corpus / "notes" / "排班.txt").rename(corpus / "notes" / "五月排班.txt")
    (corpus / "notes" / "繁體.txt").write_text("改过了\n\n正文。\n", encoding="utf-8")
    (corpus / "新\x1b.txt").write_text("新的文档\n\n正文。\n", encoding="utf-8")
    outcome = run_copy("index", "--dry-run")
    assert (outcome.status, outcome.out) == (0, "")
    *changes, summary = outcome.err.splitlines()
    assert sorted(changes) == [
        "would add 新\\x1b.txt",
        "would remove notes/北京.txt",
        "would rename notes/排班.txt to notes/五月排班.txt",
        "would update notes/繁體.txt",
    ]
    assert summary == "would add 1, update 1, rename 1, remove 1; the index is as it was"
    report = json.loads(run_copy("index", "--dry-run", "--json", "-q").out)
    assert report["dry_run"] is True
    assert {"kind": "removed", "name": "notes/北京.txt", "new_name": ""} in report["changes"]
    assert documents(run_copy.folder / "index") == 7
    assert run_copy("index").err.startswith("added 1, updated 1, renamed 1, removed 1, unchanged 4")
    assert run_copy("index", "--dry-run").err == "would change nothing; the index is as it was\n"


def test_a_dry_run_without_an_index_makes_none(run: Runner) -> None:
    write_documents(run.folder / "corpus")
    outcome = run("index", "--dry-run")
    assert outcome.err.splitlines()[-1] == "would add 7; the index is as it was"
    assert not (run.folder / "index").exists()


def test_of_many_changes_twenty_are_named(run: Runner) -> None:
    (run.folder / "corpus").mkdir()
    for number in range(25):
        (run.folder / "corpus" / f"{number}.txt").write_text("正文。\n", encoding="utf-8")
    lines = run("index", "--dry-run").err.splitlines()
    assert lines[20] == "… and 5 more files (--verbose names them all)"
    assert len(run("index", "--dry-run", "-v").err.splitlines()) == 26


def test_skipped_files_are_counted_by_their_format(run_copy: Runner) -> None:
    for name in ("1.json", "2.json", "x.jsonl"):
        (run_copy.folder / "corpus" / name).write_text("{\n", encoding="utf-8")
    report = json.loads(run_copy("index", "--json").out)
    assert len(report["skipped"]) == sum(report["failures"].values()) == 3


@pytest.mark.parametrize(
    ("failures", "told"),
    [
        ({"text": 2, "pdf": 7, "zip": 3}, "unchanged 7, skipped 12 (pdf 7, zip 3, text 2); 7 in"),
        ({"": 1, "pdf": 1}, "unchanged 7, skipped 2 (other 1, pdf 1); 7 in"),
        ({"": 2}, "unchanged 7, skipped 2; 7 in"),
    ],
)
def test_the_summary_counts_the_formats_of_what_was_skipped(
    failures: dict[str, int], told: str
) -> None:
    skipped = tuple(
        Skipped(f"{number}.{name}", "it is broken", name)
        for name, count in failures.items()
        for number in range(count)
    )
    report = Report(
        added=0,
        updated=0,
        unchanged=7,
        renamed=0,
        removed=0,
        skipped=skipped,
        failures=failures,
        dry_run=False,
        changes=(),
        total=7,
        seconds=0.1,
    )
    assert summary(report).startswith(told)


@pytest.mark.parametrize("command", ["index", "reindex"])
def test_another_writer_is_waited_for_if_it_is_wanted(run_copy: Runner, command: str) -> None:
    (run_copy.folder / "corpus" / "新.txt").write_text("新的文档。\n", encoding="utf-8")
    with Store(run_copy.folder / "index").locked():
        at_once = run_copy(command)
        waited = run_copy(command, "--wait", "1")
    for outcome in (at_once, waited):
        assert outcome.status == 2
        assert f"error: process {os.getpid()} on " in outcome.err
    first = waited.err.splitlines()[0]
    assert first.startswith(f"process {os.getpid()} on ")
    assert first.endswith("; waiting up to 1 s")
    held = threading.Event()

    def hold() -> None:
        with Store(run_copy.folder / "index").locked():
            held.set()
            time.sleep(1.0)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(60)
    assert run_copy(command, "--wait", "60").status == 0
    holder.join()
    assert documents(run_copy.folder / "index") == 8


@pytest.mark.parametrize("other", ["--dry-run", "--strict"])
def test_what_does_not_go_together_is_an_error(run: Runner, other: str) -> None:
    outcome = run("index", "--watch", other)
    assert outcome.status == 2
    assert outcome.err.startswith(f"error: --watch and {other} do not go together\n")


@pytest.fixture
def run_varied(run: Runner) -> Runner:
    """Runs commands beside files that some would read and others would not."""
    for name in ("甲.md", "乙.txt", "草稿/丙.md", ".藏/丁.md", "构建/戊.md"):
        path = run.folder / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("正文。\n", encoding="utf-8")
    (run.folder / "corpus" / ".gitignore").write_text("构建/\n", encoding="utf-8")
    return run


def ids(path: Path) -> set[str]:
    with Index.open(path) as index:
        return {document.id for document in index.documents()}


@pytest.mark.parametrize("command", ["index", "reindex"])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], {"甲.md", "乙.txt", "草稿/丙.md"}),
        (["--include", "*.md"], {"甲.md", "草稿/丙.md"}),
        (["--include", "甲.*", "--include", "乙.*"], {"甲.md", "乙.txt"}),
        (["--exclude", "/草稿/"], {"甲.md", "乙.txt"}),
        (["--no-ignore"], {"甲.md", "乙.txt", "草稿/丙.md", "构建/戊.md"}),
        (
            ["--hidden", "--exclude", ".gitignore", "--exclude", "*.txt"],
            {"甲.md", "草稿/丙.md", ".藏/丁.md"},
        ),
    ],
)
def test_it_reads_the_files_that_are_chosen(
    run_varied: Runner, command: str, options: list[str], expected: set[str]
) -> None:
    assert run_varied(command, "corpus", "-q", "--strict", *options).status == 0
    assert ids(run_varied.folder / "index") == expected
    # Without a path it is the same again, also for the other command.
    for again in ("index", "reindex"):
        assert run_varied(again, "-q").status == 0
        assert ids(run_varied.folder / "index") == expected
    # With one it is what is said now.
    assert run_varied("index", "corpus", "-q").status == 0
    assert ids(run_varied.folder / "index") == {"甲.md", "乙.txt", "草稿/丙.md"}


def test_a_glob_that_is_not_understood_is_an_error(run_varied: Runner) -> None:
    outcome = run_varied("index", "corpus", "--include", " ")
    assert outcome.status == 2
    assert "' '" in outcome.err
    assert not (run_varied.folder / "index").exists()
