"""Folders → files, in a fixed order and without following a loop."""

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from searcher.documents.model import Skipped, SourceFile, Unreadable
from searcher.documents.selection import (
    HOUSEKEEPING,
    IGNORE_FILES,
    NO_IGNORE_FILES,
    Above,
    Rules,
    Selection,
)
from searcher.errors import DocumentError
from searcher.kernel import load
from searcher.language import say
from searcher.reasons import system_reason

_EVERYTHING = Selection()


class Siblings(NamedTuple):
    """Files of one folder that follow one another.

    What is done with a hundred thousand files takes much less for all of a folder than for each.

    Attributes:
        folder: The folder, as the paths of the files begin with it, up to the last separator.
        files: The files.
    """

    folder: str
    files: list[SourceFile]


def walk(
    roots: Sequence[Path], selection: Selection = _EVERYTHING
) -> Iterator[SourceFile | Skipped]:
    """Find the files below folders, one by one; for what is found see ``walk_siblings``.

    Raises:
        DocumentError: A root does not exist. This is found out before the first file is given.
    """
    for found in walk_siblings(roots, selection):
        if isinstance(found, Siblings):
            yield from found.files
        else:
            yield found


def walk_siblings(
    roots: Sequence[Path], selection: Selection = _EVERYTHING
) -> Iterator[Siblings | Skipped]:
    """Find the files below folders.

    Files come sorted by name, one root after the other. What the selection leaves out is passed
    over; a root is read whatever it is called.
    A symlink to a file is followed where the file is below the same root. A symlink to a folder
    is never followed: where the folder is below the root its files are found there, any other
    one is named as skipped. A file that is below several roots, as one of them is in another, is
    given by the first only.

    Args:
        roots: Folders, or single files, whose name is then the last part of their path.
        selection: Which files are read.

    Raises:
        DocumentError: A root does not exist. This is found out before the first file is given.
    """
    for root in roots:
        if not os.path.lexists(root):
            raise DocumentError(
                say(f"no such file or folder: {root}", f"没有这个文件或文件夹：{root}")
            )
    # A link may lead from one root to another.
    homes = [os.path.realpath(root) for root in roots]
    seen: set[str] = set()
    for number, (root, home) in enumerate(zip(roots, homes, strict=True)):
        if home in homes[:number]:
            continue
        files = _walk_root(root, Rules(selection))
        others = homes[:number] + homes[number + 1 :]
        if any(_is_in(home, other) or _is_in(other, home) for other in others):
            yield from _not_seen(files, len(str(root)), home, seen)
        else:
            yield from files


def _is_in(path: str, folder: str) -> bool:
    return path.startswith(f"{folder.rstrip(os.sep)}{os.sep}")


def _not_seen(
    found: Iterator[Siblings | Skipped], start: int, home: str, seen: set[str]
) -> Iterator[Siblings | Skipped]:
    """Leave out the files that another root has given, and note the others.

    Args:
        found: What is found below a root.
        start: How long the path of the root is, in the paths of its files.
        home: Where it really is.
        seen: Where the files really are that were given.
    """
    for item in found:
        if isinstance(item, Siblings):
            new: list[SourceFile] = []
            for file in item.files:
                place = os.path.normpath(f"{home}{os.sep}{file.path[start:]}")
                if place not in seen:
                    seen.add(place)
                    new.append(file)
            item = Siblings(item.folder, new)
        yield item


_Found = tuple[str, str, int, int]
"""How an entry sorts, its name, the size of a plain file (else what it is) and its time."""

_FOLDER, _LINK, _SPECIAL = -1, -2, -3
# What every index of searcher has, and the folders of its generations.
_INDEX_FILES = {"searcher.json", "WRITELOCK"}
_WHILE_WRITING = {"searcher.json.new", "WRITER"}
_GENERATION = re.compile(r"g[0-9]{6,}")


class _Folder:
    """A folder that is being walked.

    Attributes:
        path: Where it is, with a separator at its end.
        raw: Its path below the root as the system has it, with a slash at its end, or nothing.
        name: The same as it is shown.
        above: The ignore files that speak of what is in it.
        entries: What is in it and still to be looked at, the last first.
    """

    __slots__ = ("above", "entries", "name", "path", "raw")

    def __init__(self, path: str, raw: str, name: str) -> None:
        self.path, self.raw, self.name = path, raw, name
        self.above = NO_IGNORE_FILES
        self.entries: list[_Found] = []

    def leave_out_index(self) -> None:
        """Pass over the files of an index of searcher, whichever: they are no documents."""
        names = {name for _, name, _, _ in self.entries if name in _INDEX_FILES}
        if names == _INDEX_FILES:
            self.entries[:] = [
                entry
                for entry in self.entries
                if entry[1] not in _INDEX_FILES | _WHILE_WRITING
                and not (entry[2] == _FOLDER and _GENERATION.fullmatch(entry[1]))
            ]

    def take_files(self) -> list[SourceFile]:
        """The plain files that come next; there may be none."""
        entries, path, above = self.entries, self.path, self.name
        first = len(entries)
        while first and entries[first - 1][2] >= 0:
            first -= 1
        found = entries[first:]
        del entries[first:]
        found.reverse()
        make: Callable[..., SourceFile] = tuple.__new__  # half of what calling the type takes
        return [
            make(
                SourceFile,
                (
                    path + raw,
                    above + (raw if raw.isprintable() else printable_name(raw)),
                    size,
                    time,
                ),
            )
            for _, raw, size, time in found
        ]

    def scan(self, rules: Rules, above: tuple[tuple[Above, ...], ...]) -> None:
        """Look what is in it.

        Raises:
            OSError: It cannot be read.
        """
        entries, hidden = _entries_of(self.path)
        ignoring: list[str] = []
        for entry in hidden:
            name, size = entry[1:3]
            if name in IGNORE_FILES and size >= 0:
                ignoring.append(name)
            if rules.hidden and name not in HOUSEKEEPING:
                entries.append(entry)
        self.entries = entries
        if ignoring and rules.ignore_files:
            above = rules.below(above, self.path[:-1], self.raw, ignoring)
        self.above = above
        if not rules.are_plain or any(above):
            raw = self.raw
            entries[:] = [
                entry
                for entry in entries
                if not rules.leave_out(raw + entry[1], entry[2] == _FOLDER, above)
            ]
        entries.sort(reverse=True)


def _entries_of(path: str) -> tuple[list[_Found], list[_Found]]:
    """What is in a folder; what has a dot in front, and is hidden, apart.

    Raises:
        OSError: It cannot be read.
    """
    scan: Callable[[str], tuple[list[_Found], list[_Found]]]
    scan = getattr(load("folders"), "scan", _scan)
    return scan(path)


def _scan(path: str) -> tuple[list[_Found], list[_Found]]:
    """The same by Python."""
    shown: list[_Found] = []
    hidden: list[_Found] = []
    with os.scandir(path) as scan:
        for entry in scan:
            name = entry.name
            (hidden if name[0] == "." else shown).append(_found(entry, name))
    return shown, hidden


def _found(entry: "os.DirEntry[str]", name: str) -> _Found:
    if entry.is_dir(follow_symlinks=False):
        # It sorts as "name/", so that the walk is in the order of the full names.
        return f"{name}/", name, _FOLDER, 0
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:  # looking at it again will say why
        return name, name, _LINK, 0
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFREG:
        return name, name, status.st_size, changed_ns(status)
    return name, name, _LINK if kind == stat.S_IFLNK else _SPECIAL, 0


def _walk_root(root: Path, rules: Rules) -> Iterator[Siblings | Skipped]:
    try:
        status = root.stat()
    except OSError as error:
        yield _unreadable(root, str(root), error)
        return
    if not stat.S_ISDIR(status.st_mode):
        yield _alone(_entry(root, printable_name(root.name), status))
        return
    home = root.resolve()
    top = _Folder(f"{root}{os.sep}", "", "")
    try:
        top.scan(rules, NO_IGNORE_FILES)
    except OSError as error:
        yield _unreadable(root, str(root), error)
        return
    # The folders from the root to where the walk is: a deep tree costs no recursion.
    stack = [top]
    while stack:
        folder = stack[-1]
        files = folder.take_files()
        if files:
            yield Siblings(folder.path, files)
        if not folder.entries:
            stack.pop()
            continue
        _, raw, kind, _ = folder.entries.pop()
        path = folder.path + raw
        name = folder.name + printable_name(raw)
        if kind == _FOLDER:
            below = _Folder(f"{path}{os.sep}", f"{folder.raw}{raw}/", f"{name}/")
            try:
                below.scan(rules, folder.above)
            except OSError as error:
                yield _unreadable(path, f"{name}/", error)
                continue
            below.leave_out_index()
            stack.append(below)
        elif kind == _LINK:
            yield from map(_alone, _look_at(Path(path), name, home, rules))
        else:
            yield Skipped(name, not_a_file())


def _alone(found: SourceFile | Skipped) -> Siblings | Skipped:
    if isinstance(found, Skipped):
        return found
    return Siblings(found.path[: found.path.rfind(os.sep) + 1], [found])


def _look_at(path: Path, name: str, home: Path, rules: Rules) -> Iterator[SourceFile | Skipped]:
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
    elif any(_is_left_out(part, rules) for part in target.relative_to(home).parts):
        reason = say("a symlink to a hidden folder", "符号链接，指向隐藏文件夹")
        yield Skipped(name, reason)


def _is_left_out(name: str, rules: Rules) -> bool:
    return name in HOUSEKEEPING or (name.startswith(".") and not rules.hidden)


def changed_ns(status: os.stat_result) -> int:
    """When a file was last changed, as ``SourceFile`` has it."""
    if os.name == "nt":  # its other time is when it was made
        return status.st_mtime_ns
    return max(status.st_mtime_ns, status.st_ctime_ns)


def _entry(path: Path, name: str, status: os.stat_result) -> SourceFile | Skipped:
    if stat.S_ISREG(status.st_mode):
        return SourceFile(str(path), name, status.st_size, changed_ns(status))
    return Skipped(name, not_a_file())


def _unreadable(path: Path | str, name: str, error: OSError | RuntimeError) -> Skipped:
    if isinstance(error, FileNotFoundError):
        return Skipped(printable_name(name), os_reason(error))  # it is gone
    return Unreadable(printable_name(name), os_reason(error), location=str(Path(path).absolute()))


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
    detail = system_reason(error) if isinstance(error, OSError) else str(error)
    return say(f"it cannot be read: {detail}", f"无法读取：{detail}")


def printable_name(name: str) -> str:
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
    if _UNSAFE.search(name):
        return _UNSAFE.sub(_escaped, name)
    return name


# What a terminal would obey: control characters, line ends, marks that turn the direction of text.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
