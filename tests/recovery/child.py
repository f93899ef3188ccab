"""The process that starts those that are killed.

It reads a case a line and answers with what became of it. Each case is a process of its own, with
a group of its own: a copy of this one, which has everything loaded that takes its time. It indexes
as the terminal does, and is killed either so many seconds after it began, or before so many things
that it was about to do to files.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from searcher.api.ensuring import ensured_index
from searcher.api.index import Index
from searcher.index import building

_BATCH = 4_000  # bytes: as if there was so little memory that small folders take many segments
_WATCHED = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate")


@dataclass(frozen=True, slots=True)
class Case:
    """What is done, and when it is killed.

    Attributes:
        job: ``sync`` (which makes the index if there is none), ``rebuild`` or ``build``.
        index: The index.
        folder: The folder that is indexed.
        commit_every: As ``Index.sync`` has it.
        jobs: How many processes.
        event: Before which change to files it is killed; 0 for none.
        seconds: When it is killed; 0 for not at all.
        alone: Whether the main process is killed alone, and its workers go on.
    """

    job: str
    index: str
    folder: str
    commit_every: float | None
    jobs: int
    event: int = 0
    seconds: float = 0.0
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it.

    Attributes:
        killed: Whether it was killed; otherwise it came to its end.
        events: How many things it did to files, if it came to its end.
        seconds: How long it ran.
        group: Its group of processes.
        failure: What went wrong otherwise.
    """

    killed: bool
    events: int
    seconds: float
    group: int
    failure: str = ""


def index_folder(case: Case) -> None:
    """What the process does."""
    folders = [Path(case.folder)]
    memory = 512
    if case.job == "build":
        Index.build(case.index, folders, jobs=case.jobs, memory=memory)
    elif case.job == "rebuild":
        with Index.open(case.index) as index:
            index.rebuild(folders, jobs=case.jobs, memory=memory)
    else:
        with ensured_index(case.index, folders) as index:
            index.sync(folders, commit_every=case.commit_every, jobs=case.jobs, memory=memory)


class _Events:
    """Counts what is done to the files of an index, and kills at the one that was asked for."""

    def __init__(self, case: Case) -> None:
        self.count = 0
        self._case = case
        self._index = os.path.realpath(case.index)
        self._turn = threading.Lock()

    def watch(self) -> None:
        sys.addaudithook(self._audit)
        # Of this one there is no event.
        fsync = os.fsync

        def watched(fd: Any) -> None:
            self._happens()
            fsync(fd)
            self._happens()

        os.fsync = watched

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _WATCHED and self._concerns_index(event, arguments):
            self._happens()

    def _concerns_index(self, event: str, arguments: tuple[Any, ...]) -> bool:
        path = arguments[0]
        if not isinstance(path, str | os.PathLike):
            return False
        if event == "open":
            flags = arguments[2]
            if not isinstance(flags, int) or not flags & (os.O_WRONLY | os.O_RDWR):
                return False
        return os.fspath(path).startswith(self._index) or not Path(path).is_absolute()

    def _happens(self) -> None:
        with self._turn:
            self.count += 1
            if self.count == self._case.event:
                kill(os.getpid(), alone=self._case.alone)


def kill(process: int, *, alone: bool) -> None:
    """Kill a process, or all of its group, which has its number."""
    with suppress(ProcessLookupError):
        if alone:
            os.kill(process, signal.SIGKILL)
        else:
            os.killpg(process, signal.SIGKILL)


def run(case: Case) -> Outcome:
    """Start a process for a case, kill it, and wait for its end."""
    reading, writing = os.pipe()
    began = time.monotonic()
    process = os.fork()
    if not process:
        os.close(reading)
        _be_killed(case, writing)
    os.close(writing)
    timer = None
    with suppress(ProcessLookupError, PermissionError):
        os.setpgid(process, process)
    if case.seconds:
        timer = threading.Timer(case.seconds, kill, [process], {"alone": case.alone})
        timer.start()
    # Nothing but the process itself has the other end.
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(process, 0)
    seconds = time.monotonic() - began
    if timer is not None:
        timer.cancel()
        timer.join()
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    values = json.loads(told) if told else {}
    failure = values.get("failure", "" if killed else f"it ended with status {status}")
    return Outcome(killed, values.get("events", 0), seconds, process, failure)


def _be_killed(case: Case, pipe: int) -> None:
    """The new process: it does not return."""
    answer: dict[str, Any] = {}
    try:
        with suppress(PermissionError):  # the other side has done it
            os.setpgid(0, 0)
        events = _Events(case)
        events.watch()
        index_folder(case)
        answer = {"events": events.count, "failure": ""}
    except BaseException:
        answer = {"failure": traceback.format_exc()}
    finally:
        os.write(pipe, json.dumps(answer).encode())
        os._exit(0)


def _warm_up() -> None:
    """Load what is needed, and compile the dictionary, once for all."""
    with TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        (corpus / "a.txt").write_text("核酸检测", encoding="utf-8")
        (corpus / "b.jsonl").write_text('{"id": "1", "body": "核酸"}\n', encoding="utf-8")
        for job in ("build", "rebuild", "sync"):
            index_folder(Case(job, f"{folder}/index", str(corpus), None, 1))


def main() -> None:
    """Answer until there is no more to answer."""
    building._SMALLEST_BATCH = building._LARGEST_BATCH = _BATCH
    _warm_up()
    for line in sys.stdin:
        print(json.dumps(asdict(run(Case(**json.loads(line))))), flush=True)


if __name__ == "__main__":
    main()
