"""The manifest: which files the documents of an index were read from, and in what state.

It is a container (see ``columnar/container.py``) that a commit names. Names, times and the like of
all files are JSON, packed; the ids and the marks of the documents of each file are beside it and
are looked at for files that have changed only.
"""

import json
import os
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, field, replace
from pathlib import Path
from typing import Any

from searcher.documents.model import Skipped
from searcher.documents.selection import Selection
from searcher.errors import ArgumentError
from searcher.index.columnar.container import Container, ContainerWriter, DamagedFile
from searcher.index.prepare import MARK_SIZE

EXTENSION = ".files"

_LEVEL = 1  # of packing: what is gained by more is not worth the time
_LARGEST = 1 << 30  # bytes of JSON
_SEPARATOR = "\n"  # no id has a control character


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of a file, in its order.

    Attributes:
        count: How many there are.
        packed: Their ids, packed; empty if there is one and its id is the name of the file.
        marks: What tells each from any other, ``MARK_SIZE`` bytes each.
    """

    count: int = 0
    packed: bytes = b""
    marks: bytes = b""

    @classmethod
    def of(cls, ids: list[str], marks: Iterable[bytes], file: str) -> "Documents":
        """Pack ids and marks of a file of this name."""
        joined = b"".join(marks)
        if len(joined) != MARK_SIZE * len(ids):
            raise ValueError("as many marks as ids are needed")
        if not ids or ids == [file]:
            return cls(len(ids), b"", joined)
        text = _SEPARATOR.join(ids).encode("utf-8", "surrogatepass")
        return cls(len(ids), zlib.compress(text, _LEVEL), joined)

    def ids(self, file: str) -> list[str]:
        """The ids, of a file of this name.

        Raises:
            ValueError: They are damaged.
        """
        if not self.packed:
            return [file] * min(self.count, 1)
        ids = _unpacked(self.packed).decode("utf-8", "surrogatepass").split(_SEPARATOR)
        if len(ids) != self.count:
            raise DamagedFile("the ids of a file are damaged")
        return ids

    def by_id(self, file: str) -> dict[str, bytes]:
        """The mark of each document by its id."""
        marks, size = self.marks, MARK_SIZE
        ids = self.ids(file)
        starts = range(0, size * self.count, size)
        return {one: marks[at : at + size] for one, at in zip(ids, starts, strict=True)}


NONE = Documents()


@dataclass(frozen=True, slots=True)
class FileEntry:
    """The state in which a file was read.

    Attributes:
        size: Its size in bytes.
        mtime_ns: When it was last changed, in nanoseconds since 1970.
        digest: A hash of its content; empty if it is not known.
        documents: Its documents.
        location: Where it was, as an absolute path.
        skipped: Its records that could not be read.
    """

    size: int
    mtime_ns: int
    digest: str
    documents: Documents = NONE
    location: str = ""
    skipped: tuple[Skipped, ...] = ()


@dataclass(slots=True)
class Manifest:
    """All files of an index by name, and the folders they were found under.

    Attributes:
        roots: The folders, as absolute paths.
        selection: Which files below them were to be read, as JSON values.
        files: The files.
    """

    roots: list[str] = field(default_factory=list)
    selection: dict[str, Any] = field(default_factory=dict)
    files: dict[str, FileEntry] = field(default_factory=dict)

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
        values = json.loads(_unpacked(bytes(container.section("files"))))
        rows, roots = values["files"], [str(root) for root in values["roots"]]
        return Manifest(roots, dict(values["selection"]), dict(_entries(container, rows, roots)))
    except FileNotFoundError as error:
        raise ValueError(f"{name} is missing") from error
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


def write(folder: Path, name: str, manifest: Manifest) -> None:
    """Write a manifest."""
    roots = {f"{root.rstrip(os.sep)}{os.sep}": n for n, root in enumerate(manifest.roots)}
    values = {
        "roots": manifest.roots,
        "selection": manifest.selection,
        "files": [_row(file, entry, roots) for file, entry in manifest.files.items()],
    }
    # All at once: the part of the json module that writes bit by bit is many times slower.
    text = json.dumps(values, ensure_ascii=False)
    entries = [entry.documents for entry in manifest.files.values()]
    with ContainerWriter(folder / name) as writer:
        # Names of files need not be UTF-8: they come with halves of surrogate pairs.
        writer.add("files", [zlib.compress(text.encode("utf-8", "surrogatepass"), _LEVEL)])
        writer.add("ids", [b"".join([documents.packed for documents in entries])])
        writer.add("marks", [b"".join([documents.marks for documents in entries])])
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
            changed[file] = replace(entry, documents=kept)
    if not changed:
        return None
    return replace(manifest, files={**manifest.files, **changed})


def _row(file: str, entry: FileEntry, roots: Mapping[str, int]) -> list[Any]:
    location: str | int = entry.location
    if entry.location.endswith(file):
        location = roots.get(entry.location[: -len(file)], entry.location)
    return [
        file,
        entry.size,
        entry.mtime_ns,
        entry.digest,
        location,
        [astuple(one) for one in entry.skipped],
        entry.documents.count,
        len(entry.documents.packed),
    ]


def _entries(
    container: Container, rows: Iterable[Any], roots: list[str]
) -> Iterable[tuple[str, FileEntry]]:
    ids, marks = bytes(container.section("ids")), bytes(container.section("marks"))
    id_at = mark_at = 0
    for file, size, mtime_ns, digest, location, skipped, count, id_size in rows:
        if count < 0 or id_size < 0:
            raise DamagedFile("a size is negative")
        id_end, mark_end = id_at + id_size, mark_at + MARK_SIZE * count
        documents = Documents(count, ids[id_at:id_end], marks[mark_at:mark_end])
        id_at, mark_at = id_end, mark_end
        if isinstance(location, int):
            location = f"{roots[location].rstrip(os.sep)}{os.sep}{file}"
        problems = tuple([Skipped(*one) for one in skipped])
        yield file, FileEntry(size, mtime_ns, digest, documents, location, problems)
    if (id_at, mark_at) != (len(ids), len(marks)):
        raise DamagedFile("the documents do not fit the files")


def _unpacked(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(data, _LARGEST)
    if not unpacker.eof or unpacker.unused_data:
        raise DamagedFile("packed data is damaged")
    return text
