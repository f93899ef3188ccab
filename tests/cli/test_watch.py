"""``searcher index --watch`` in a process of its own, as people and services run it."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from searcher import Index
from tests.cli.conftest import Runner, command_line, environment, run_process

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are otherwise there")

PATIENCE = 60.0  # seconds, after which a test gives up


class Watcher:
    """A process that watches ``docs``."""

    def __init__(self, home: Path, process: subprocess.Popen[str]) -> None:
        self.home = home
        self.process = process

    def write(self, name: str, text: str) -> None:
        (self.home / "docs" / name).write_text(text, encoding="utf-8")

    def seconds_until_found(self, query: str) -> float:
        """How long it takes from now on until another process finds something."""
        began = time.monotonic()
        while time.monotonic() < began + PATIENCE:
            with Index.open(self.home / "index") as index:
                if index.search(query).total:
                    return time.monotonic() - began
            time.sleep(0.02)
        raise AssertionError(f"{query} is not found")

    def line(self) -> str:
        """The next line that it says on stderr."""
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def report(self) -> dict[str, Any]:
        """The next report that it gives on stdout."""
        assert self.process.stdout is not None
        report: dict[str, Any] = json.loads(self.process.stdout.readline())
        return report

    def end(self, number: signal.Signals) -> tuple[str, str]:
        """Send it a signal; what it has said on stdout and stderr."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=PATIENCE)


@contextmanager
def watching(home: Path, *options: str) -> Iterator[Watcher]:
    (home / "docs").mkdir()
    (home / "docs" / "first.txt").write_text("第一篇\n\n核酸筛查。\n", encoding="utf-8")
    with subprocess.Popen(
        command_line(["index", "--watch", "docs", *options]),
        cwd=home,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            deadline = time.monotonic() + PATIENCE
            while not (home / "index" / "searcher.json").exists():
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield Watcher(home, process)
        finally:
            process.kill()


def test_a_saved_file_is_found_within_two_seconds(tmp_path: Path) -> None:
    with watching(tmp_path) as watcher:
        watcher.seconds_until_found("核酸筛查")
        taken = []
        for number in range(5):
            watcher.write(f"{number}.txt", f"绿色通道{number}号专线")
            taken.append(watcher.seconds_until_found(f"“{number}号专线”"))
        watcher.end(signal.SIGTERM)
    # Of several, for the machine may be busy with something else.
    assert min(taken) <= 2.0


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)]
)
def test_it_says_a_line_for_each_change_and_stops_in_order(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    with watching(tmp_path) as watcher:
        watcher.seconds_until_found("核酸筛查")
        assert watcher.line().startswith("added 1; 1 in the index, ")
        assert watcher.line() == "watching docs; Ctrl-C ends it\n"
        watcher.write("second.txt", "绿色通道")
        assert watcher.line().startswith("added 1; 2 in the index, ")
        out, err = watcher.end(number)
        assert watcher.process.returncode == status
    assert err == "stopped; the index is as the last sync left it\n"
    assert out == ""
    # The lock is free.
    assert run_process("index", "docs", "-q", cwd=tmp_path).status == 0


def test_in_json_there_is_a_report_for_each_change(tmp_path: Path) -> None:
    with watching(tmp_path, "--json", "-q", "--errors", "errors.jsonl") as watcher:
        reports = [watcher.report()]
        (tmp_path / "docs" / "坏.bin").write_bytes(bytes(range(256)) * 8)
        watcher.write("second.txt", "绿色通道")
        while reports[-1]["total"] < 2 or not reports[-1]["skipped"]:
            reports.append(watcher.report())
        out, err = watcher.end(signal.SIGTERM)
    assert sum(report["added"] for report in reports) == 2
    assert out == ""
    assert "坏.bin" in (tmp_path / "errors.jsonl").read_text(encoding="utf-8")
    assert err == "stopped; the index is as the last sync left it\n"


def test_a_folder_that_is_not_there_is_an_error(run: Runner) -> None:
    outcome = run("index", "--watch", "missing")
    assert (outcome.status, outcome.err) == (
        2,
        "error: no such file or folder: missing\nTry: ls .\n",
    )
    assert not (run.folder / "index").exists()
