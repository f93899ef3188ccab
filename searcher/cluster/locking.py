"""The right to write, held in the cluster: a record that whoever holds it renews.

A record that was not renewed for a while is nobody's any more. One of a process of this machine
that is not there any more is nobody's at once.
"""

import os
import secrets
import socket
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from searcher.cluster.keeping import Held, Keeping
from searcher.errors import IndexLocked, SearcherError
from searcher.language import say

_LEASE = 60.0  # seconds for which a record holds
_RENEW = 15.0  # seconds between renewals
_LOOK = 0.5  # seconds between looks at what another one holds


@contextmanager
def held(keeping: Keeping, name: str, wait: float) -> Iterator[None]:
    """Hold a right in the body.

    Args:
        keeping: Where records are kept.
        name: What the right is called.
        wait: How many seconds to wait for another process that holds it.

    Raises:
        IndexLocked: Another one holds it.
    """
    key, token = _key(name), secrets.token_hex(8)
    end = time.monotonic() + wait
    while not _take(keeping, key, token):
        if time.monotonic() >= end:
            raise locked_by(keeping, keeping.get(key))
        time.sleep(min(_LOOK, max(end - time.monotonic(), 0.0)))
    is_over = threading.Event()
    renewing = threading.Thread(target=_renew, args=(keeping, key, token, is_over), daemon=True)
    renewing.start()
    try:
        yield
    finally:
        is_over.set()
        renewing.join(_RENEW)
        # It is nobody's after a while in any case.
        if not keeping.is_lost:
            with suppress(SearcherError):
                record = keeping.get(key)
                if record is not None and record["token"] == token:
                    keeping.remove(key, over=record)


def holder(keeping: Keeping, name: str) -> Held | None:
    """Who holds a right; None if nobody does."""
    record = keeping.get(_key(name))
    return record if record is not None and _is_held(record) else None


def others_than(keeping: Keeping, names: tuple[str, ...]) -> IndexLocked | None:
    """The error to raise where a process holds a right of another name than these."""
    ours = {_key(name) for name in names}
    for key in keeping.keys_of("lock"):
        record = None if key in ours else keeping.get(key)
        if record is not None and _is_held(record):
            return locked_by(keeping, record)
    return None


def locked_by(keeping: Keeping, record: Held | None) -> IndexLocked:
    """The error to raise where another process holds the right."""
    advice = say(
        "; try again when it is done, or wait for it (--wait SECONDS)",
        "，请等它结束后再试，或者等待它结束（--wait 秒数）",
    )
    index = keeping.index.removesuffix(".state")
    if record is None:
        return IndexLocked(
            say(f"another process is writing to {index}", f"另一个进程正在写入 {index}"), advice
        )
    who = f"{record['pid']} on {record['host']} ({record['command']})"
    wer = f"{record['host']} 上的进程 {record['pid']}（{record['command']}）"
    return IndexLocked(
        say(
            f"process {who} has been writing to {index} since {record['since']}",
            f"{wer}自 {record['since']} 起正在写入 {index}",
        ),
        advice,
    )


def _key(name: str) -> str:
    return f"lock/{name}"


def _take(keeping: Keeping, key: str, token: str) -> bool:
    record = keeping.get(key)
    if record is None:
        return keeping.put(key, "lock", _record(token), new=True)
    return not _is_held(record) and keeping.put(key, "lock", _record(token), over=record)


def _record(token: str) -> dict[str, Any]:
    return {
        "token": token,
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "machine": _machine(),
        "command": Path(sys.argv[0]).name[:80],
        "since": time.strftime("%Y-%m-%d %H:%M:%S"),
        "until": time.time() + _LEASE,
    }


def _is_held(record: Held) -> bool:
    if record["until"] < time.time():
        return False
    return record.get("machine") != _machine() or _is_there(record["pid"])


@cache
def _machine() -> str:
    """What tells this machine from others, some of which may have the same name.

    Containers of one machine may share its name too, but do not see each other's processes.
    """
    name = socket.gethostname()
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{name} {boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # no Linux
        return f"{name} {uuid.getnode():x}"


def _is_there(pid: int) -> bool:
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _renew(keeping: Keeping, key: str, token: str, is_over: threading.Event) -> None:
    while not is_over.wait(_RENEW):
        with suppress(SearcherError):  # the next time, perhaps
            record = keeping.get(key)
            if record is None or record["token"] != token:
                return
            keeping.put(key, "lock", {**record, "until": time.time() + _LEASE}, over=record)
