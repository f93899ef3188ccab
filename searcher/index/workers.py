"""The worker processes, as the main process has them."""

import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from searcher.errors import SearcherError
from searcher.index.worker import Answer, Request
from searcher.language import say


class Worker:
    """One of them, with a thread that waits for its answers."""

    def __init__(
        self, folder: Path, answers: "SimpleQueue[tuple[Worker, Answer | Exception]]"
    ) -> None:
        """Start it.

        Args:
            folder: The generation folder, where the analyzer's files are.
            answers: Where the answers go, with the worker that gave them.
        """
        self._folder = folder
        self._answers = answers
        self._requests: SimpleQueue[Request | None] = SimpleQueue()
        with _signals_held_back():
            self._process = subprocess.Popen(
                # -P: modules in the working folder are the user's, whatever their names.
                [sys.executable, "-P", "-c", "from searcher.index.worker import work; work()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=_environment(),
            )
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def ask(self, request: Request) -> None:
        """Give it something to do. It must be done with everything before."""
        self._requests.put(request)

    def kill(self) -> None:
        """End it now."""
        self._process.kill()
        self._requests.put(None)

    def join(self) -> None:
        """Wait until it has ended."""
        self._thread.join()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):  # what was not written yet has nobody to read it
                    stream.close()

    def _run(self) -> None:
        told: Path | None = self._folder
        while (request := self._requests.get()) is not None:
            try:
                if told is not None:
                    self._send(told)
                    told = None
                self._send(request)
                del request
                answer = self._receive()
            except (EOFError, OSError, pickle.UnpicklingError) as gone:
                answer = SearcherError(
                    say(
                        "a worker process has died; perhaps there was too little memory. "
                        "Try again with fewer jobs",
                        "工作进程意外终止，可能是内存不足。请减少 jobs 后重试",
                    )
                )
                answer.__cause__ = gone
            except Exception as error:
                answer = error
            self._answers.put((self, answer))

    def _send(self, value: object) -> None:
        if self._process.stdin is None:
            raise RuntimeError("a worker without a pipe")
        pickle.dump(value, self._process.stdin, pickle.HIGHEST_PROTOCOL)
        self._process.stdin.flush()

    def _receive(self) -> Answer | Exception:
        if self._process.stdout is None:
            raise RuntimeError("a worker without a pipe")
        answer: Answer | Exception = pickle.load(self._process.stdout)
        return answer


class Workers:
    """Several of them."""

    def __init__(self, folder: Path, count: int) -> None:
        """Start so many."""
        self._answers: SimpleQueue[tuple[Worker, Answer | Exception]] = SimpleQueue()
        self._all: list[Worker] = []
        try:
            for _ in range(count):
                self._all.append(Worker(folder, self._answers))
        except BaseException:
            self.stop()
            raise
        self.idle = list(reversed(self._all))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._all)

    @property
    def are_idle(self) -> bool:
        """Whether none has anything to do."""
        return len(self.idle) == len(self._all)

    def next_answer(self) -> tuple[Worker, Answer]:
        """Wait for the next answer of any.

        Raises:
            SearcherError: A worker has died.
            Exception: What a worker has raised.
        """
        worker, answer = self._answers.get()
        if isinstance(answer, Exception):
            raise answer
        return worker, answer

    def stop(self) -> None:
        """End all of them, whatever they do."""
        for worker in self._all:
            worker.kill()
        for worker in self._all:
            worker.join()


@contextmanager
def _signals_held_back() -> Iterator[None]:
    """Have processes that the body starts never get what tells all of a service to end.

    Ctrl-C, a terminal that closes, and systemd send it to every process; what is to become of a
    worker is for the main process to decide. It begins to ignore them too late by itself.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(
        signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    )
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _environment() -> dict[str, str]:
    """The environment, with the modules to be found where this process finds them."""
    import os

    return {**os.environ, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)}
