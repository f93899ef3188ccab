"""The files of an index: whether each is there, just as it was written, and no other is."""

import os
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from searcher.index import commits, locking
from searcher.index.checking.findings import Findings
from searcher.index.columnar.container import Container
from searcher.index.commits import CONTAINERS, Checksum
from searcher.index.store import MARKER, POINTER, WHOOSH_LOCK
from searcher.index.sweeping import is_of_a_commit
from searcher.language import say
from searcher.reasons import system_reason

_CHUNK = 1 << 22  # bytes


def check_files(
    folder: Path, files: Mapping[str, Checksum], expected: Iterable[str], findings: Findings
) -> set[str]:
    """Compare the files of a generation folder with their checksums.

    Args:
        folder: The generation folder.
        files: What they should be.
        expected: Files that should be there whose checksums are not known.
        findings: Takes what is wrong.

    Returns:
        The names of those that are whole.
    """
    whole: set[str] = set()
    names = sorted({*files, *expected})
    sizes = {name: _size(folder / name) for name in names}
    findings.total += sum(sizes.values())
    for name in names:
        shown = f"{folder.name}/{name}"
        findings.step(0, shown)
        try:
            _check_file(folder / name, files.get(name), findings)
            whole.add(name)
        except FileNotFoundError:
            findings.rebuild(shown, say("is missing", "缺失"))
        except OSError as error:
            findings.rebuild(shown, system_reason(error))
        except ValueError as error:
            findings.rebuild(shown, error)
        findings.step(sizes[name], shown)
    return whole


def _check_file(path: Path, checksum: Checksum | None, findings: Findings) -> None:
    """Compare one file with its checksum.

    Raises:
        OSError: It cannot be read.
        ValueError: It is damaged.
    """
    size = path.stat().st_size
    findings.files += 1
    findings.bytes += size
    if checksum is not None and size != checksum.size:
        raise ValueError(
            say(
                f"has {size} bytes instead of {checksum.size}",
                f"有 {size} 字节，应为 {checksum.size} 字节",
            )
        )
    if path.suffix in CONTAINERS:
        container = Container(path)
        if checksum is not None and container.identity != checksum:
            raise ValueError(say("is not the file that was committed", "不是提交的那个文件"))
        container.check()
    elif checksum is not None and _crc32(path) != checksum.crc32:
        raise ValueError(say("its checksum is wrong", "校验和不符"))


def _crc32(path: Path) -> int:
    crc32 = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            crc32 = zlib.crc32(chunk, crc32)
    return crc32


def check_locks(index: Path, folder: Path, findings: Findings) -> None:
    """Look at the files that say who writes: they hold nothing, or what the lock has written."""
    for path in (index / locking.LOCK, folder / WHOOSH_LOCK, folder / MARKER):
        if _size(path):
            findings.delete(
                path.relative_to(index).as_posix(), say("should be empty", "应当是空文件")
            )
    path = index / locking.HOLDER
    if path.exists() and locking.holder(index) is None and path.exists():
        findings.sync(locking.HOLDER, say("cannot be read", "无法读取"))


def check_surplus(
    index: Path, folder: Path, known: Iterable[str], has_commit: bool, findings: Findings
) -> None:
    """Name what is no part of the index: files in its folder, and other generation folders.

    While somebody writes there are files that are not yet part of it, or not any more.
    """
    if is_being_written(index):
        return
    surplus = say("is no part of the index", "不属于该索引")
    known = {*known, WHOOSH_LOCK, MARKER}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name in known:
            continue
        note = findings.sync if has_commit and is_of_a_commit(path.name) else findings.delete
        note(f"{folder.name}/{path.name}", surplus)
    for path in sorted(index.iterdir()):
        if path.name == f"{POINTER}.new":
            findings.sync(path.name, surplus)
        elif path != folder and (path / MARKER).is_file():
            findings.sync(path.name, say("is left of a build that was broken off", "构建中断遗留"))


def is_being_written(index: Path) -> bool:
    """Whether a process is writing to an index, as far as can be told without its lock."""
    import socket

    who = locking.holder(index)
    if who is None:
        return False
    if who.host != socket.gethostname() or os.name != "posix":
        return True
    try:
        os.kill(who.pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # it is somebody else's
        return True
    return True


def last_generation(folder: Path) -> int:
    """The number of the last commit as other files have it, where its record is missing."""
    import re

    numbers = [
        re.fullmatch(r"(?:_MAIN_|manifest-|commit-)(\d{1,15})\..*", path.name)
        for path in folder.iterdir()
    ]
    return max((int(match[1]) for match in numbers if match), default=0)


def record_name(folder: Path, generation: int) -> str:
    """The name of a commit record, below the index."""
    return f"{folder.name}/{commits.path_of(folder, generation).name}"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
