"""Folders → files, in a fixed order and without following a loop."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from searcher.documents.model import Skipped, SourceFile, Unreadable
from searcher.errors import DocumentError
from searcher.language import say

# What version control and desktops keep for themselves.
_HOUSEKEEPING = frozenset({".git", ".hg", ".svn", ".bzr", ".DS_Store", ".localized", ".directory"})


def walk(roots: Sequence[Path]) -> Iterator[SourceFile | Skipped]:
    """Find the files below folders.

    Files come sorted by name, one root after the other, hidden ones too: grep finds them. What
    version control and desktops keep for themselves (`.git`, `.DS_Store`, …) is left out.
    A symlink to a file is followed where the file is below the same root. A symlink to a folder
    is never followed: where the folder is below the root its files are found there, any other
    one is named as skipped.

    Args:
        roots: Folders, or single files, whose name is then the last part of their path.

    Raises:
        DocumentError: A root does not exist. This is found out before the first file is given.
    """
    for root in roots:
        if not os.path.lexists(root):
            raise DocumentError(
                say(f"no such file or folder: {root}", f"没有这个文件或文件夹：{root}")
            )
    for root in roots:
        yield from _walk_root(root)


def _walk_root(root: Path) -> Iterator[SourceFile | Skipped]:
    try:
        status = root.stat()
    except OSError as error:
        yield _unreadable(root, str(root), error)
        return
    if not stat.S_ISDIR(status.st_mode):
        yield _entry(root, _printable(root.name), status)
        return
    home = root.resolve()
    # What is still to be looked at, last first: a folder's entries are put on it when it is
    # taken off, so a deep tree costs no recursion.
    pending: list[tuple[str, str, bool]] = [(str(root), "", True)]
    while pending:
        path, name, is_folder = pending.pop()
        if not is_folder:
            yield from _look_at(Path(path), name, home)
            continue
        try:
            with os.scandir(path) as scan:
                entries = [(e.name, e.is_dir(follow_symlinks=False)) for e in scan]
        except OSError as error:
            yield _unreadable(path, f"{name}/" if name else str(root), error)
            continue
        # A folder sorts as "name/", so that the whole walk is in the order of the full names.
        entries.sort(key=lambda entry: entry[0] + "/" if entry[1] else entry[0], reverse=True)
        for entry, entry_is_folder in entries:
            if entry not in _HOUSEKEEPING:
                printable = _printable(entry)
                below = f"{name}/{printable}" if name else printable
                pending.append((f"{path}{os.sep}{entry}", below, entry_is_folder))


def _look_at(path: Path, name: str, home: Path) -> Iterator[SourceFile | Skipped]:
    """A file, a symlink or something special below a root, whose real path is `home`."""
    try:
        status = path.stat()
        if not path.is_symlink():
            yield _entry(path, name, status)
            return
        target = path.resolve()
    except (OSError, RuntimeError) as error:
        yield _unreadable(path, name, error)
        return
    is_below = target.is_relative_to(home)
    if not stat.S_ISDIR(status.st_mode):
        if is_below:
            yield _entry(path, name, status)
        else:
            reason = say("a symlink to a file outside the folder", "符号链接，指向文件夹之外的文件")
            yield Skipped(name, reason)
    elif not is_below:
        reason = say("a symlink to a folder outside the folder", "符号链接，指向文件夹之外的文件夹")
        yield Skipped(name, reason)
    elif path.parent.resolve().is_relative_to(target):
        reason = say("a symlink to a folder that it is in (a loop)", "符号链接成环，指向上级文件夹")
        yield Skipped(name, reason)
    elif not _HOUSEKEEPING.isdisjoint(target.relative_to(home).parts):
        yield Skipped(
            name, say("a symlink into .git or the like", "符号链接，指向 .git 之类的文件夹")
        )


def _entry(path: Path, name: str, status: os.stat_result) -> SourceFile | Skipped:
    if stat.S_ISREG(status.st_mode):
        return SourceFile(path, name, status.st_size, status.st_mtime_ns)
    return Skipped(name, not_a_file())


def _unreadable(path: Path | str, name: str, error: OSError | RuntimeError) -> Skipped:
    if isinstance(error, FileNotFoundError):
        return Skipped(_printable(name), os_reason(error))  # it is gone
    return Unreadable(_printable(name), os_reason(error), location=str(Path(path).absolute()))


def not_a_file() -> str:
    """The reason for leaving out a pipe, a socket or a device."""
    return say("a pipe, socket or device, not a file", "不是普通文件，而是管道、套接字或设备")


def os_reason(error: OSError | RuntimeError) -> str:
    """What the operating system says is wrong, as one line in the reader's language."""
    if isinstance(error, FileNotFoundError):
        return say("it is not there (any more)", "文件已不存在")
    if isinstance(error, PermissionError):
        return say("no permission to read it", "没有读取权限")
    if isinstance(error, IsADirectoryError):
        return say("it is a folder, not a file", "是文件夹，不是文件")
    detail = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return say(f"it cannot be read: {detail}", f"无法读取：{detail}")


def _printable(name: str) -> str:
    """A file's name as text that can be shown and stored.

    A name that is not valid UTF-8 is most often one in GB18030 that an old archive brought along.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        raw = os.fsencode(name)
        try:
            name = raw.decode("gb18030")
        except UnicodeDecodeError:
            name = raw.decode("utf-8", "backslashreplace")
    if any(map(_is_control, name)):
        return "".join(f"\\x{ord(char):02x}" if _is_control(char) else char for char in name)
    return name


def _is_control(char: str) -> bool:
    return char < " " or "\x7f" <= char <= "\x9f"
