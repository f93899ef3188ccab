"""Real processes in pseudo-terminals, and what they write there."""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.cli.conftest import command_line, environment

_CONTROL = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_].*?\x1b\\|.)"
)


class Terminal:
    """A process of searcher in a terminal of its own."""

    def __init__(
        self,
        arguments: Sequence[str],
        size: tuple[int, int] = (80, 24),
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdout: int | None = None,
    ) -> None:
        """Start it.

        Args:
            arguments: What is typed after ``searcher``.
            size: Columns and rows.
            cwd: The folder to start it in.
            env: Changes to its environment.
            stdout: Where its results go, if not to the terminal.
        """
        self.raw = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._master, slave = pty.openpty()
        columns, rows = size
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            command_line(arguments),
            cwd=cwd,
            env=environment(**{"TERM": "xterm-256color", **(env or {})}),
            stdin=slave,
            stdout=slave if stdout is None else stdout,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self._master)

    @property
    def text(self) -> str:
        """All that was written, without what moves the cursor and sets colours."""
        return _CONTROL.sub("", self.raw)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def read_until(self, wanted: str, timeout: float = 20, *, since: int | None = None) -> str:
        """Read until a text has come since the last time, or since there was so much raw text."""
        begin = len(self.raw) if since is None else since
        end = time.monotonic() + timeout
        while wanted not in _CONTROL.sub("", self.raw[begin:]):
            if time.monotonic() > end or not self._read(0.05):
                raise AssertionError(f"{wanted!r} did not come: {self.raw[begin:]!r}")
        return self.raw[begin:]

    def read_for(self, seconds: float) -> str:
        """Read what comes for a while."""
        begin = len(self.raw)
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._read(0.02):
            pass
        return self.raw[begin:]

    def wait(self, timeout: float = 20) -> int:
        """Read until the process ends; its exit status."""
        end = time.monotonic() + timeout
        while self.process.poll() is None and time.monotonic() < end:
            self._read(0.02)
        while self._read(0.0, is_over=True):
            pass
        return self.process.wait(0.1)

    def _read(self, seconds: float, *, is_over: bool = False) -> bool:
        """Read what is there; False at the end of it."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return not is_over
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # the process has closed the terminal
            return False
        self.raw += self._decoder.decode(data)
        return bool(data)
