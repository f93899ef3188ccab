"""``--errors FILE``: what was skipped, for programs."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Protocol

from searcher import Skipped
from searcher.cli.printable import to_json


class WriteFailures(Protocol):
    """Writes down all that was skipped, in place of what was there."""

    def __call__(self, skipped: Iterable[Skipped], /) -> None: ...


@contextmanager
def failures_file(name: str) -> Iterator[WriteFailures]:
    """A file for what the body finds out.

    It has a JSON object a line for each file or record that was skipped, with ``name``, ``reason``
    and ``format``; it is empty if none was. Whoever reads it finds it whole: it is written beside,
    and takes its place at once. If the body fails it stays as it was.

    Whether it can be written is found out before the body, which may take hours.

    Raises:
        OSError: It cannot be written.
    """
    path = Path(name).resolve()  # what a symlink points to is replaced, not the symlink
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        with path.open("w", encoding="utf-8") as file:  # a pipe, a terminal, /dev/null
            yield lambda skipped: _write(file, skipped)
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        file = beside.open("w", encoding="utf-8")
    except OSError as error:
        # The name that the user knows is the one to complain of.
        raise type(error)(error.errno, error.strerror, name) from error

    def write(skipped: Iterable[Skipped]) -> None:
        with file:
            _write(file, skipped)
            os.fsync(file.fileno())
        with suppress(OSError):  # there is none yet
            beside.chmod(stat.S_IMODE(path.stat().st_mode))
        beside.replace(path)

    try:
        yield write
    finally:
        file.close()
        beside.unlink(missing_ok=True)


def _write(file: IO[str], skipped: Iterable[Skipped]) -> None:
    for one in skipped:
        file.write(to_json(asdict(one)) + "\n")
    file.flush()
