"""The right to write to an index, which one process has at a time.

It is a lock of the operating system on a file, so a process that dies loses it. Who has it is
written down beside it, to be told to whoever has to wait.
"""

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from searcher.index.commits import checked_line, with_checksum

LOCK = "WRITELOCK"
HOLDER = "WRITER"

_PAUSE = 0.05  # seconds
_LONGEST_COMMAND = 200  # characters


@dataclass(frozen=True, slots=True)
class Holder:
    """Who writes.

    Attributes:
        pid: The process.
        host: The machine that it runs on.
        command: What it was started as.
        since: When it began, in ISO 8601.
    """

    pid: int
    host: str
    command: str
    since: str


@contextmanager
def held(folder: Path, wait: float) -> Iterator[bool]:
    """Hold the right to write while the body runs.

    Args:
        folder: The directory of the index.
        wait: How many seconds to wait for another process.

    Yields:
        Whether it is held; if not, another process has it.

    Raises:
        OSError: The system does not let us write there.
    """
    from whoosh.filedb.filestore import FileStorage

    lock = FileStorage(str(folder)).lock(LOCK)
    until = time.monotonic() + wait
    while not (acquired := lock.acquire()) and time.monotonic() < until:
        time.sleep(min(_PAUSE, max(0.0, until - time.monotonic())))
    if not acquired:
        yield False
        return
    try:
        _write_holder(folder)
        yield True
    finally:
        with suppress(OSError):
            (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def holder(folder: Path) -> Holder | None:
    """Who holds the right to write, if somebody does; None if that cannot be told.

    A process that was killed is still named, until the next one writes.
    """
    try:
        return Holder(**json.loads(checked_line((folder / HOLDER).read_bytes())))
    except (OSError, ValueError, TypeError):
        return None


def _write_holder(folder: Path) -> None:
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:_LONGEST_COMMAND]
    this = Holder(
        os.getpid(),
        socket.gethostname(),
        command,
        datetime.now().astimezone().isoformat(timespec="seconds"),
    )
    # It is for people only: nothing depends on its being there, after a power failure or on a full
    # disk, where writing begins by deleting what killed processes have left.
    path = folder / HOLDER
    try:
        path.write_bytes(with_checksum(json.dumps(asdict(this))))
    except OSError:
        with suppress(OSError):
            path.unlink(missing_ok=True)
