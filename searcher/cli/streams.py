"""stdin, stdout and stderr as they are found: closed, full, or at a terminal that is gone.

A job of cron or systemd, or one whose terminal was closed, has work to finish. What it says is not
worth losing that for.
"""

import os
import sys
from contextlib import suppress
from io import StringIO, TextIOWrapper
from typing import TextIO

_STANDARD = (0, 1, 2)  # the numbers of stdin, stdout and stderr


def make_streams_safe() -> None:
    """Let neither a closed stream nor a character that its encoding lacks end the program."""
    _open_missing()
    if sys.stdout is None:
        sys.stdout = StringIO()
    if sys.stderr is None:
        sys.stderr = StringIO()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _open_missing() -> None:
    """Have the numbers of the standard streams taken.

    The next file that is opened gets the lowest number that is free: a file of the index would
    become the stderr of this process and of its workers.
    """
    for number in _STANDARD:
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                # It takes the lowest number, which is this one.
                os.open(os.devnull, os.O_RDWR)


def drop(stream: TextIO) -> None:
    """Have all that is written from now on, also by Python's last flush, go nowhere."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)


class Forgiving(TextIOWrapper):
    """A stream of text that goes on when nobody is there to read it any more."""

    def write(self, text: str, /) -> int:
        """Write, if that can be."""
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if that can be."""
        try:
            super().flush()
        except OSError:
            drop(self)


def forgiving_stderr() -> Forgiving:
    """stderr under another handle, for what writes to it by itself, such as a bar."""
    handle = os.dup(sys.stderr.fileno())
    return Forgiving(
        open(handle, "wb"),  # noqa: PTH123 - the text stream closes it
        encoding=sys.stderr.encoding,
        errors="backslashreplace",
        line_buffering=True,
    )
