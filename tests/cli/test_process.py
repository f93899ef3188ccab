"""What only a real process shows: pipes that break, Ctrl-C, unexpected errors."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from searcher import Document, Index
from tests.cli.conftest import command_line, environment, run_process

SENTENCE = "上海的险企在核酸筛查期间照常提供理赔、咨询和续保服务，客户可以在线办理各项业务。"


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A folder with a document that does not fit into the buffer of a pipe."""
    with Index.open(tmp_path / "index", create=True) as index:
        index.add([Document(id="a", title="长文", body=f"{SENTENCE}\n" * 3000)])
    return tmp_path


def test_exit_statuses_reach_the_shell(home: Path) -> None:
    assert run_process("search", "核酸", cwd=home).status == 0
    assert run_process("search", "龘", cwd=home).status == 1
    assert run_process("search", "核酸", "--limt", cwd=home).status == 2


def test_a_reader_that_has_seen_enough_is_no_error(large: Path) -> None:
    for color in ("never", "always"):
        with subprocess.Popen(
            command_line(["show", "a", "--color", color]),
            cwd=large,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert "长文" in process.stdout.readline().decode()
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_is_one_line(home: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command_line(["search", "核酸"]),
            cwd=home,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    assert done.returncode == 2
    assert done.stderr == "error: No space left on device\nTry: df -h .\n"


def test_an_unexpected_error_is_one_line_unless_asked_for(home: Path) -> None:
    program = (
        "from searcher import Index\n"
        "def broken(*args, **options): raise ZeroDivisionError('one\\ntwo')\n"
        "Index.search = broken\n"
        "from searcher.cli import main\n"
        "raise SystemExit(main(['search', '核酸']))"
    )
    for debug, expected in (
        (
            "",
            "error: unexpected ZeroDivisionError: one two "
            "(with SEARCHER_DEBUG=1 there is a traceback)",
        ),
        ("1", "Traceback (most recent call last):"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=home,
            env=environment(SEARCHER_DEBUG=debug),
            capture_output=True,
            encoding="utf-8",
        )
        assert done.stderr.splitlines()[0] == expected
        assert debug or done.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["核酸筛查", "--json"], 0),
        (["“核酸筛查”", "--json", "--offset", "1"], 0),
        (["“绝无此词”", "--json"], 1),
    ],
)
def test_what_is_not_shown_is_not_counted(home: Path, arguments: list[str], status: int) -> None:
    program = (
        "from searcher import Results\n"
        "def count(results): raise AssertionError('counted')\n"
        "Results.total = property(count)\n"
        "from searcher.cli import main\n"
        f"raise SystemExit(main(['search', *{arguments!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=home,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
    )
    assert "counted" not in done.stderr
    assert done.returncode == status


@pytest.mark.skipif(sys.platform == "win32", reason="terminals are otherwise there")
def test_the_bar_claims_no_percentage_before_one_is_known(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    records = [f'{{"id": "{number}", "body": "{SENTENCE}"}}' for number in range(2000)]
    (tmp_path / "records.jsonl").write_text("\n".join(records), encoding="utf-8")
    master, slave = pty.openpty()
    with subprocess.Popen(
        command_line(["index", "records.jsonl"]), cwd=tmp_path, env=environment(), stderr=slave
    ) as process:
        os.close(slave)
        seen = b"".join(iter(lambda: _read(master), b""))
        os.close(master)
    assert process.returncode == 0
    assert b"indexing" in seen
    assert b"added 2,000; 2,000 in the index" in seen
    assert b"%" not in seen


def _read(terminal: int) -> bytes:
    """What a process has written to its terminal; nothing when it has ended."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent otherwise there")
@pytest.mark.parametrize("command", ["index", "reindex"])
def test_ctrl_c_gives_130_and_leaves_the_index_as_it_was(tmp_path: Path, command: str) -> None:
    pty = pytest.importorskip("pty")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "first.txt").write_text("第一篇\n\n核酸筛查。\n", encoding="utf-8")
    assert run_process("index", "corpus", cwd=tmp_path).status == 0
    for number in range(300):
        text = f"第{number}篇\n\n" + SENTENCE * 300
        (corpus / f"{number:03}.txt").write_text(text, encoding="utf-8")
    # The bar on a terminal says when it is in the middle of its work.
    master, slave = pty.openpty()
    with subprocess.Popen(
        command_line([command]), cwd=tmp_path, env=environment(), stderr=slave
    ) as process:
        os.close(slave)
        seen = b""
        deadline = time.monotonic() + 30
        while b".txt" not in seen and time.monotonic() < deadline:
            seen += os.read(master, 65536)
        process.send_signal(signal.SIGINT)
        seen += b"".join(iter(lambda: _read(master), b""))
        os.close(master)
    assert process.returncode == 130
    assert "interrupted; the index is as it was" in seen.decode()
    assert "Traceback" not in seen.decode()
    with Index.open(tmp_path / "index") as index:
        assert index.status().documents == 1
        assert index.search("核酸筛查").total == 1
    # The lock is free again and nothing of the attempt is left.
    assert run_process("index", "corpus/first.txt", "-q", cwd=tmp_path).status == 0
    assert len(list((tmp_path / "index").glob("g0*"))) == 1
