"""Jobs that nobody looks at: cron, systemd, a terminal that was closed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from searcher import Index, IndexNotFound
from tests.cli.conftest import ROOT, Runner, command_line, environment, run_process, write_documents

SENTENCE = "上海的险企在核酸筛查期间照常提供理赔、咨询和续保服务，客户可以在线办理各项业务。"
BINARY = bytes(range(256)) * 8

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are otherwise there")


@pytest.fixture
def messy(run: Runner) -> Runner:
    """Runs commands beside documents of which two cannot be read."""
    write_documents(run.folder / "corpus")
    (run.folder / "corpus" / "坏.bin").write_bytes(BINARY)
    (run.folder / "corpus" / "records" / "坏.jsonl").write_text(
        '{"id": "x", "body": "好的"}\n{"id": "y", \n', encoding="utf-8"
    )
    return run


@pytest.mark.parametrize("command", ["index", "reindex"])
def test_strict_gives_1_when_something_was_skipped(messy: Runner, command: str) -> None:
    assert messy(command, "-q").status == 0
    assert messy(command, "-q", "--strict").status == 1
    assert messy(command, "-q", "--strict", "corpus/notes").status == 0


@pytest.mark.parametrize("command", ["index", "reindex"])
def test_what_was_skipped_is_written_as_json_lines(messy: Runner, command: str) -> None:
    assert messy(command, "--errors", "errors.jsonl", "-q").status == 0
    lines = (messy.folder / "errors.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["name"] for record in records] == ["records/坏.jsonl#2", "坏.bin"]
    for record in records:
        assert set(record) >= {"name", "reason"}
        assert record["reason"]
    # The next run replaces it: nothing was skipped, so it is empty.
    assert messy(command, "--errors", "errors.jsonl", "-q", "corpus/notes").status == 0
    assert (messy.folder / "errors.jsonl").read_bytes() == b""


def test_control_characters_do_not_reach_the_file_of_errors(messy: Runner) -> None:
    (messy.folder / "corpus" / "a\n\x1b[31m\u202e.bin").write_bytes(BINARY)
    messy("index", "--errors", "errors.jsonl", "-q")
    text = (messy.folder / "errors.jsonl").read_text(encoding="utf-8")
    assert len(text.splitlines()) == 3
    assert not set(text) & {"\x1b", "\u202e"}


def test_a_file_of_errors_that_cannot_be_written_is_an_error_before_the_work(
    messy: Runner,
) -> None:
    outcome = messy("index", "--errors", "missing/errors.jsonl")
    assert outcome.status == 2
    assert outcome.err == "error: missing/errors.jsonl: no such file or folder\nTry: ls .\n"
    assert not (messy.folder / "index").exists()


def test_the_file_of_errors_stays_as_it_was_when_the_run_fails(messy: Runner) -> None:
    messy("index", "--errors", "errors.jsonl", "-q")
    before = (messy.folder / "errors.jsonl").read_bytes()
    assert messy("index", "--errors", "errors.jsonl", "missing").status == 2
    assert (messy.folder / "errors.jsonl").read_bytes() == before
    assert [path.name for path in messy.folder.iterdir() if path.name.startswith(".")] == []


@posix
def test_a_symlink_or_a_device_takes_the_errors_and_stays_what_it_is(messy: Runner) -> None:
    (messy.folder / "link.jsonl").symlink_to("target.jsonl")
    assert messy("index", "--errors", "link.jsonl", "-q").status == 0
    assert (messy.folder / "link.jsonl").is_symlink()
    assert (messy.folder / "target.jsonl").read_bytes().count(b"\n") == 2
    assert messy("index", "--errors", "/dev/null", "-q").status == 0
    assert Path("/dev/null").is_char_device()


def test_in_a_log_there_is_a_plain_line_now_and_then(tmp_path: Path) -> None:
    write_many(tmp_path / "corpus", 20)
    # As if it took longer: a line each time that anything was done.
    program = (
        "import searcher.cli.building as building, searcher.cli.progress as progress, sys, time\n"
        "class Lines(progress.ProgressLines):\n"
        "    def __init__(self, words): super().__init__(words, every=0.05)\n"
        "    def advance(self, stage): super().advance(stage); time.sleep(0.05)\n"
        "building.ProgressLines = Lines\n"
        "from searcher.cli import main\n"
        "raise SystemExit(main(sys.argv[1:]))"
    )
    for language, part, word in (
        ("en_US.UTF-8", " of ", "indexing: "),
        ("zh_CN.UTF-8", " 中的 ", "索引中："),
    ):
        done = subprocess.run(
            [sys.executable, "-c", program, "reindex", "corpus", "--json", "--jobs", "1"],
            cwd=tmp_path,
            env=environment(LANG=language, LANGUAGE=language),
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        lines = [line for line in done.stderr.splitlines() if line.startswith(word)]
        assert any("%" in line and part in line for line in lines)
        assert not set(done.stderr) & {"\x1b", "\r"}
        assert json.loads(done.stdout)["added"] == 20


def test_a_short_run_says_its_summary_only_and_quiet_nothing(tmp_path: Path) -> None:
    write_documents(tmp_path / "corpus")
    outcome = run_process("index", cwd=tmp_path)
    assert len(outcome.err.splitlines()) == 1
    assert run_process("index", "-q", cwd=tmp_path).err == ""


@posix
def test_it_works_from_cron(tmp_path: Path) -> None:
    """No terminal, no TERM, no HOME, no locale, / as the working folder."""
    write_documents(tmp_path / "corpus")
    for streams in ("</dev/null", "<&-", "<&- >&- 2>&-"):
        line = (
            f"cd / && exec {sys.executable} -m searcher index --index {tmp_path}/index "
            f"{tmp_path}/corpus {streams}"
        )
        done = subprocess.run(
            ["/bin/sh", "-c", line], env={"PYTHONPATH": str(ROOT)}, capture_output=True
        )
        assert done.returncode == 0
        assert b"Traceback" not in done.stderr
        with Index.open(tmp_path / "index") as index:
            assert index.status().documents == 7
            assert index.search("核酸筛查").total > 0


@posix
def test_with_closed_streams_no_file_of_the_index_becomes_stderr(tmp_path: Path) -> None:
    """What is said to a stream that is closed must not be written into the next file opened."""
    write_many(tmp_path / "corpus", 40)
    (tmp_path / "corpus" / "坏.bin").write_bytes(BINARY)
    line = f"exec {sys.executable} -m searcher index --jobs 2 corpus <&- >&- 2>&-"
    done = subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, env=environment())
    assert done.returncode == 0
    with Index.open(tmp_path / "index") as index:
        assert index.search("“核酸筛查”").total == 40
    for path in (tmp_path / "index").rglob("*"):
        assert path.is_dir() or b"skipped" not in path.read_bytes()


@posix
@pytest.mark.parametrize("command", ["index", "reindex"])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_in_order(tmp_path: Path, command: str, name: str) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "first.txt").write_text("第一篇\n\n核酸筛查。\n", encoding="utf-8")
    assert run_process("index", "corpus", "-q", cwd=tmp_path).status == 0
    write_many(tmp_path / "corpus", 300, sentences=800)
    with working(tmp_path, command, "--jobs", "2") as process:
        process.send_signal(getattr(signal, name))
        err = process.communicate(timeout=30)[1]
    # A shell gives 128 + the number; systemd takes it for a service that ended as it was told.
    assert process.returncode == -getattr(signal, name)
    assert "interrupted; " in err
    assert "Traceback" not in err
    with Index.open(tmp_path / "index") as index:
        assert index.get("first.txt") is not None
    # The lock is free, and nothing of the attempt is left.
    assert run_process("index", "corpus/first.txt", "-q", cwd=tmp_path).status == 0
    assert len(list((tmp_path / "index").glob("g0*"))) == 1


@posix
def test_a_first_run_that_is_ended_keeps_what_it_has_committed(tmp_path: Path) -> None:
    write_many(tmp_path / "corpus", 300, sentences=800)
    options = ("corpus", "--jobs", "1", "--commit-every", "1")
    with working(tmp_path, "index", *options) as process:
        while documents(tmp_path) == 0:
            assert process.poll() is None, "it was over before it could be ended"
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        err = process.communicate(timeout=30)[1]
    kept = documents(tmp_path)
    assert kept > 0
    assert err.endswith(
        f"interrupted; what was finished is kept: {kept} in the index. "
        "The next run goes on from there\n"
    )
    report = json.loads(run_process("index", "--json", cwd=tmp_path).out)
    assert (report["added"], report["unchanged"]) == (300 - kept, kept)


@posix
def test_a_first_run_that_is_ended_before_leaves_no_index(tmp_path: Path) -> None:
    write_many(tmp_path / "corpus", 300, sentences=800)
    with working(tmp_path, "index", "corpus", "--commit-every", "0") as process:
        process.send_signal(signal.SIGTERM)
        err = process.communicate(timeout=30)[1]
    assert err == "interrupted; the index is as it was\n"
    assert "there is no index" in run_process("status", cwd=tmp_path).err
    assert not list((tmp_path / "index").glob("g*"))


@posix
def test_a_signal_to_all_processes_of_a_service_is_no_error(tmp_path: Path) -> None:
    write_many(tmp_path / "corpus", 300, sentences=800)
    with working(tmp_path, "index", "corpus", "--jobs", "2") as process:
        os.killpg(process.pid, signal.SIGTERM)
        err = process.communicate(timeout=30)[1]
        # Its workers are gone with it.
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
    assert process.returncode == -signal.SIGTERM
    assert "interrupted" in err
    assert "error" not in err


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="where children are listed")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_workers_that_just_begin_leave_a_signal_to_the_main_process(
    tmp_path: Path, name: str
) -> None:
    write_many(tmp_path / "corpus", 300, sentences=800)
    with subprocess.Popen(
        command_line(["index", "corpus", "--jobs", "2"]),
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while not children.read_text():
            time.sleep(0.001)
        os.killpg(process.pid, getattr(signal, name))
        assert process.communicate(timeout=30)[1] == "interrupted; the index is as it was\n"


@posix
def test_under_nohup_a_closed_terminal_ends_nothing(tmp_path: Path) -> None:
    write_many(tmp_path / "corpus", 200, sentences=300)
    with working(tmp_path, "index", "corpus", "--jobs", "1", before="trap '' HUP;") as process:
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=60)
    assert process.returncode == 0
    with Index.open(tmp_path / "index") as index:
        assert index.status().documents == 200


@posix
def test_a_terminal_that_is_gone_loses_no_work(tmp_path: Path) -> None:
    """Disowned, so that no signal comes: only the writing to the terminal fails."""
    import pty

    write_many(tmp_path / "corpus", 200, sentences=300)
    master, slave = pty.openpty()
    with subprocess.Popen(
        command_line(["index", "corpus", "--jobs", "1"]),
        cwd=tmp_path,
        env=environment(),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    ) as process:
        os.close(slave)
        while b"txt" not in os.read(master, 65536):
            pass
        os.close(master)
        assert process.wait(60) == 0
    with Index.open(tmp_path / "index") as index:
        assert index.status().documents == 200


@posix
def test_nobody_who_reads_stderr_is_no_reason_to_stop(tmp_path: Path) -> None:
    write_documents(tmp_path / "corpus")
    (tmp_path / "corpus" / "坏.bin").write_bytes(BINARY)
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        command_line(["index", "--json"]),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=writing,
    ) as process:
        os.close(writing)
        out = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    assert json.loads(out)["added"] == 7


def write_many(folder: Path, count: int, sentences: int = 30) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        text = f"第{number}篇\n\n" + SENTENCE * sentences
        (folder / f"{number:03}.txt").write_text(text, encoding="utf-8")


@contextmanager
def working(folder: Path, *arguments: str, before: str = "") -> Iterator[subprocess.Popen[str]]:
    """A process that is in the middle of its work, with a session of its own."""
    line = " ".join([before, "exec", *command_line(arguments)])
    known = segments(folder)
    with subprocess.Popen(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env=environment(),
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while segments(folder) <= known and process.poll() is None:
                assert time.monotonic() < deadline, "it has not begun"
                time.sleep(0.01)
            yield process
        finally:
            process.kill()


def documents(folder: Path) -> int:
    try:
        with Index.open(folder / "index") as index:
            return index.status().documents
    except IndexNotFound:
        return 0


def segments(folder: Path) -> set[Path]:
    return set((folder / "index").rglob("*.columns"))
