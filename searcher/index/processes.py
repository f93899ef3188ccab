"""A worker process, as the main process has it; ``serving`` is the other end."""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar

from searcher.errors import SearcherError
from searcher.language import say

_PIPE = 1 << 20  # bytes; without privileges Linux gives no more

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")


class Process(Generic[Asked, Answered]):
    """One of them, with a thread that waits for its answers."""

    def __init__(self, program: str, first: object, answers: "SimpleQueue[Any]") -> None:
        """Start it.

        Args:
            program: What it runs: Python that calls ``serve``.
            first: What it is told before any request.
            answers: Where the answers go, each with the process that gave it: pairs of this object
                and an answer, or the exception in its place.
        """
        self._first = first
        self._answers = answers
        self._requests: SimpleQueue[Asked | None] = SimpleQueue()
        with _signals_held_back():
            self._process = subprocess.Popen(
                # -P: modules in the working folder are the user's, whatever their names.
                [sys.executable, "-P", "-c", program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # An answer fits in, so that the next request is worked on before it is read.
                pipesize=_PIPE,
                env=_environment(),
            )
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def ask(self, request: Asked) -> None:
        """Give it something to do, when it is done with everything before."""
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
        is_told = False
        while (request := self._requests.get()) is not None:
            answer: Answered | Exception
            try:
                if not is_told:
                    self._send(self._first)
                    is_told = True
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

    def _receive(self) -> Answered | Exception:
        if self._process.stdout is None:
            raise RuntimeError("a worker without a pipe")
        answer: Answered | Exception = pickle.load(self._process.stdout)
        return answer


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
    return {
        # numpy's library would start a thread for each core, which waits for work by being busy.
        "OPENBLAS_NUM_THREADS": "1",
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path),
    }
