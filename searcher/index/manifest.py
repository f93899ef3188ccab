"""The manifest: which files the documents of an index were read from, and in what state.

It is a container (see ``columnar/container.py``) that a commit names. Names, times and the like of
all files are JSON, packed; the ids and the marks of the documents of each file are beside it and
are looked at for files that have changed only.
"""

import json
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, field, replace
from pathlib import Path
from typing import Any

from searcher.documents.model import Skipped
from searcher.documents.selection import Selection
from searcher.errors import ArgumentError
from searcher.index.columnar.container import Container, ContainerWriter, DamagedFile
from searcher.index.contents import Documents, unpacked
from searcher.index.garbage import uncollected
from searcher.index.recorded import Columns, FileEntry, RecordedFiles, columns_of, updated
from searcher.language import say

EXTENSION = ".files"
_LEVEL = 0  # of packing: most of it are hashes, which it takes long to make little smaller
_TOGETHER = 256  # files whose ids or marks are written at once
_HEAD = 1 << 16  # bytes of JSON, in which the folders are, unless there are thousands

# The types of the values of each column that has one for each file.
_COLUMNS: tuple[set[type], ...] = ({str}, {int}, {int}, {str}, {str, int}, {int}, {int})


@dataclass(slots=True)
class Manifest:
    """All files of an index by name, and the folders they were found under.

    Attributes:
        roots: The folders, as absolute paths.
        devices: The number of the device that each is on; 0 where it is not known.
        selection: Which files below them were to be read, as JSON values.
        files: The files.
    """

    roots: list[str] = field(default_factory=list)
    devices: list[int] = field(default_factory=list)
    selection: dict[str, Any] = field(default_factory=dict)
    files: Mapping[str, FileEntry] = field(default_factory=dict)

    def file_of(self, path: str | None) -> str | None:
        """The file that a document with this path was read from; None for none of these.

        The path of a document of an archive goes on behind the name of the archive.
        """
        while path:
            if path in self.files:
                return path
            path = path.rpartition("/")[0]
        return None


def to_json(selection: Selection) -> dict[str, Any]:
    """A selection as a manifest has it."""
    values = asdict(selection)
    # As they come back: JSON has no tuples.
    return {name: list(one) if isinstance(one, tuple) else one for name, one in values.items()}


def to_selection(values: Mapping[str, Any]) -> Selection:
    """The selection that ``to_json`` gave; the usual one for what makes no sense."""
    match values:
        case {
            "include": list(include),
            "exclude": list(exclude),
            "hidden": bool(hidden),
            "ignore_files": bool(ignore_files),
        }:
            with suppress(ArgumentError):
                return Selection(tuple(include), tuple(exclude), hidden, ignore_files)
    return Selection()


def name_of(generation: int) -> str:
    """The name of the manifest that a commit writes."""
    return f"manifest-{generation}{EXTENSION}"


def read(folder: Path, name: str) -> Manifest:
    """The manifest of this name; an empty one for no name.

    Raises:
        ValueError: The file is damaged or missing.
    """
    if not name:
        return Manifest()
    try:
        container = Container(folder / name)
        container.check()
        values = json.loads(unpacked(bytes(container.section("files"))))
        columns, roots = values["files"], [str(root) for root in values["roots"]]
        with uncollected():
            files = RecordedFiles(_recorded(container, columns, roots))
        devices = [int(device) for device in values["devices"]]
        if len(devices) != len(roots):
            raise DamagedFile(say("the devices do not fit the folders", "设备与文件夹不符"))
        return Manifest(roots, devices, dict(values["selection"]), files)
    except FileNotFoundError as error:
        raise ValueError(say(f"{name} is missing", f"缺少 {name}")) from error
    except (
        KeyError,
        TypeError,
        AttributeError,
        ValueError,
        IndexError,
        OverflowError,
        RecursionError,
        OSError,
        zlib.error,
    ) as error:
        raise ValueError(f"{name}: {error!r:.200}") from error


def read_roots(folder: Path, name: str) -> list[str]:
    """The folders of the manifest of this name, which are at its beginning.

    No more of it is read than that; for what is damaged there are none.
    """
    if not name:
        return []
    try:
        packed = Container(folder / name).section("files")
        head = zlib.decompressobj().decompress(packed, _HEAD).decode("utf-8", "surrogatepass")
        start = head.index("[")
        roots, _ = json.JSONDecoder().raw_decode(head, start)
        return [str(root) for root in roots]
    except (OSError, ValueError, RecursionError, zlib.error):
        return []


def write(folder: Path, name: str, manifest: Manifest) -> None:
    """Write a manifest."""
    columns = columns_of(manifest.files)
    roots = {f"{root.rstrip(os.sep)}{os.sep}": n for n, root in enumerate(manifest.roots)}
    values = {
        "roots": manifest.roots,
        "devices": manifest.devices,
        "selection": manifest.selection,
        "files": _values(columns, roots),
    }
    # All at once: the part of the json module that writes bit by bit is many times slower.
    text = json.dumps(values, ensure_ascii=False)
    with ContainerWriter(folder / name) as writer:
        # Names of files need not be UTF-8: they come with halves of surrogate pairs.
        writer.add("files", [zlib.compress(text.encode("utf-8", "surrogatepass"), _LEVEL)])
        # A few at a time: there may be a hundred thousand of a few bytes, or one of a gigabyte.
        writer.add("ids", _joined(columns.ids))
        writer.add("marks", _joined(columns.marks))
        writer.finish({})


def forget(manifest: Manifest, ids: Mapping[str, str | None]) -> Manifest | None:
    """The manifest without documents that are no longer as their files have them.

    They are left as they are until their files change.

    Args:
        manifest: The manifest.
        ids: The documents, with the path that each had in the index.

    Returns:
        None if it has none of them.
    """
    gone: dict[str, set[str]] = {}
    for document, path in ids.items():
        file = manifest.file_of(path)
        if file is not None:
            gone.setdefault(file, set()).add(document)
    changed: dict[str, FileEntry] = {}
    for file, documents in gone.items():
        entry = manifest.files[file]
        left = entry.documents.by_id(file)
        if not documents.isdisjoint(left):
            left = {one: mark for one, mark in left.items() if one not in documents}
            kept = Documents.of(list(left), left.values(), file)
            changed[file] = entry._replace(documents=kept)
    if not changed:
        return None
    return replace(manifest, files=updated(manifest.files, changed))


def _values(columns: Columns, roots: Mapping[str, int]) -> list[list[Any]]:
    """The files as columns, which are written and read in half the time of rows."""
    # Most files are below the first folder: to see that takes less than to look which it is.
    first, number = next(iter(roots.items()), ("\0", 0))
    return [
        columns.names,
        columns.sizes,
        columns.times,
        columns.digests,
        [
            number if first + file == location else _place(file, location, roots)
            for file, location in zip(columns.names, columns.locations, strict=True)
        ],
        columns.counts,
        columns.id_sizes,
        # Few have lines with marks, or anything that was skipped.
        columns.by_line,
        [[number, *astuple(one)] for number, some in columns.skipped.items() for one in some],
    ]


def _joined(parts: Sequence[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    for first in range(0, len(parts), _TOGETHER):
        some = parts[first : first + _TOGETHER]
        yield some[0] if len(some) == 1 else b"".join(some)


def _place(file: str, location: str, roots: Mapping[str, int]) -> str | int:
    """Where a file is: the number of its folder, if its name says the rest."""
    return roots.get(location[: -len(file)], location) if location.endswith(file) else location


def _recorded(container: Container, columns: list[list[Any]], roots: list[str]) -> Columns:
    _check(columns)
    names, sizes, times, digests, places, counts, id_sizes, by_line, problems = columns
    folders = [f"{root.rstrip(os.sep)}{os.sep}" for root in roots]
    locations = [
        folders[place] + name if type(place) is int else place
        for name, place in zip(names, places, strict=True)
    ]
    skipped: dict[int, tuple[Skipped, ...]] = {}
    for number, *one in problems:
        skipped[number] = (*skipped.get(number, ()), Skipped(*one))
    ids, marks = bytes(container.section("ids")), bytes(container.section("marks"))
    return Columns(
        names, sizes, times, digests, locations, counts, id_sizes, by_line, skipped, [ids], [marks]
    )


def _check(columns: list[list[Any]]) -> None:
    """See that all columns are what ``_columns`` makes.

    Raises:
        ValueError: One is not.
    """
    if len(columns) != len(_COLUMNS) + 2:
        raise DamagedFile(say("the files make no sense", "文件的记录不合理"))
    *plain, by_line, problems = columns
    for column, types in zip(plain, _COLUMNS, strict=True):
        if type(column) is not list or not set(map(type, column)) <= types:
            raise DamagedFile(say("a file makes no sense", "一个文件的记录不合理"))
    if len(set(map(len, plain))) != 1:
        raise DamagedFile(say("the columns do not fit each other", "各列长短不一"))
    *_, counts, id_sizes = plain
    if min(counts, default=0) < 0 or min(id_sizes, default=0) < 0:
        raise DamagedFile(say("a size is negative", "大小是负数"))
    if not all(type(one) is int and 0 <= one < len(counts) for one in by_line):
        raise DamagedFile(say("a file makes no sense", "一个文件的记录不合理"))
    if not all(_is_skipped(one, len(counts)) for one in problems):
        raise DamagedFile(say("what was skipped makes no sense", "跳过的文件的记录不合理"))


def _is_skipped(values: Any, files: int) -> bool:
    """Whether these are the number of a file, a name, a reason and a format."""
    match values:
        case [int(number), str(), str(), str()]:
            return 0 <= number < files
        case _:
            return False
