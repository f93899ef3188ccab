"""Readers never notice that somebody writes, and writers wait for each other."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from searcher import Document, Index, IndexLocked
from tests.recovery.reading import COMMON, look, title

ROOT = Path(__file__).resolve().parents[2]
_DOCUMENTS = 30
_STATES = 12

posix = pytest.mark.skipif(sys.platform == "win32", reason="it needs signals")


def write_state(folder: Path, state: int) -> None:
    """Let all documents be of a state; half are files, half are records."""
    folder.mkdir(exist_ok=True)
    half = _DOCUMENTS // 2
    for number in range(half):
        text = f"{title(state)}\n\n{COMMON}，第 {number} 篇。\n"
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")
    records = [
        {"id": f"r{number}", "title": title(state), "body": COMMON * (number + 1)}
        for number in range(half, _DOCUMENTS)
    ]
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    (folder / "records.jsonl").write_text("\n".join(lines), encoding="utf-8")


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )


def test_readers_see_each_state_at_once_and_whole(tmp_path: Path) -> None:
    path, folder = tmp_path / "index", tmp_path / "folder"
    write_state(folder, 0)
    Index.build(path, [folder], jobs=1)
    readers = [
        start("-m", "tests.recovery.reading", str(path), str(_DOCUMENTS), how)
        for how in ("kept", "again")
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    ended = threading.Event()
    failures: list[BaseException] = []
    shared = Index.open(path)

    def search() -> None:
        try:
            while not ended.is_set():
                look(shared, _DOCUMENTS)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    committed: list[tuple[float, int]] = []
    with Index.open(path) as writer, Index.open(path) as other:
        for state in range(1, _STATES):
            write_state(folder, state)
            if state % 3:
                writer.sync([folder], jobs=1)
            else:
                writer.rebuild([folder], jobs=1)
            committed.append((time.monotonic(), state))
            # The next search of anybody sees it: of this process, and of others (below).
            assert look(writer, _DOCUMENTS) == look(other, _DOCUMENTS) == state
            assert look(shared, _DOCUMENTS) == state
    ended.set()
    for thread in threads:
        thread.join()
    shared.close()
    assert not failures
    for reader in readers:
        output, _ = reader.communicate()
        told: dict[str, Any] = json.loads(output)
        assert not told["failure"]
        assert_in_time(told["seen"], committed)


def assert_in_time(seen: list[tuple[float, int]], committed: list[tuple[float, int]]) -> None:
    """Look that who began after a commit saw it, and that nobody went back."""
    assert len({state for _, state in seen}) > 1, "nothing was seen of the changes"
    for (_, before), (_, after) in pairwise(seen):
        assert before <= after
    for began, state in seen:
        latest = max((one for when, one in committed if when <= began), default=0)
        assert state >= latest


HOLD = """
import sys
from pathlib import Path
from searcher.index.store import Store
from searcher.index.workers import Workers
store = Store(Path(sys.argv[1]))
with store.locked():
    workers = Workers(store.folder(store.describe()), 2)
    print(*[worker.pid for worker in workers.idle], flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(index: Index) -> "subprocess.Popen[str]":
    """A process that writes, with two workers."""
    return start("-c", HOLD, str(index.path))


@posix
def test_a_second_writer_is_told_who_writes_or_waits(
    index: Index, holder: "subprocess.Popen[str]"
) -> None:
    assert holder.stdout is not None
    assert holder.stdin is not None
    holder.stdout.readline()
    with pytest.raises(IndexLocked, match=f"process {holder.pid} "):
        index.add([Document(id="1", body=COMMON)])
    assert index.search(COMMON).total == 0
    with Index.open(index.path, wait=60) as patient:
        threading.Timer(0.3, holder.stdin.close).start()
        patient.add([Document(id="1", body=COMMON)])
    assert index.search(COMMON).total == 1
    holder.wait()
    holder.stdout.close()


@posix
def test_who_is_killed_frees_the_lock_though_the_workers_live_on(
    index: Index, holder: "subprocess.Popen[str]"
) -> None:
    assert holder.stdout is not None
    workers = [int(pid) for pid in holder.stdout.readline().split()]
    assert len(workers) == 2
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    holder.kill()
    holder.wait()
    try:
        index.add([Document(id="1", body=COMMON)])
        assert index.search(COMMON).total == 1
        for pid in workers:
            os.kill(pid, 0)  # they were there all the time
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        for stream in (holder.stdin, holder.stdout):
            assert stream is not None
            stream.close()
