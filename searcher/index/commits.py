"""The commit record: what an index is made of since a commit, and the checksums of all that.

::

    commit-<n>.json
      {"generation": n, "segments": [...], "manifest": name, "files": {name: [size, crc32], ...}}
      the crc32 of that line, in eight hexadecimal digits

It is written last and renamed into its place, so a commit is there as a whole or not at all; the
latest one counts. Whoosh's table of contents lies beside it, so that Whoosh itself can open the
index, but it is a pickle, and nothing here ever reads it.
"""

import base64
import json
import os
import re
import zlib
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from operator import lt, sub
from pathlib import Path
from typing import Any, NamedTuple

from searcher.index.columnar.container import footer_of
from searcher.index.columnar.moved import NOTHING, Moved, MovedFile, Moves
from searcher.language import say

CONTAINERS = (".columns", ".symbols", ".files")
"""Endings of files that have checksums of their parts: the record has that of their table."""

_NAME = re.compile(r"commit-(\d{1,15})\.json")
_SEGMENT = re.compile(r"MAIN_[0-9a-z]{1,64}")
_FILE = re.compile(r"[\w.-]{1,128}")
_NUMBER = 4  # bytes of a document's number
_CHUNK = 1 << 20  # bytes


class Checksum(NamedTuple):
    """What tells a file from any other.

    Attributes:
        size: Its size in bytes.
        crc32: The checksum of its content; for a container that of its table of contents, which
            has those of its sections.
    """

    size: int
    crc32: int


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment.

    Attributes:
        name: What the name of its file begins with.
        documents: How many documents it has, deleted ones included.
        deleted: The numbers of those that are deleted.
        moved: Those that were given another id or path.
    """

    name: str
    documents: int
    deleted: frozenset[int] = frozenset()
    moved: Moves = NOTHING


@dataclass(frozen=True, slots=True)
class Commit:
    """What was committed.

    Attributes:
        generation: Counts the commits.
        segments: The segments, in the order in which their documents are numbered.
        manifest: The name of the manifest's file; empty if no file was ever read.
        files: The checksums of all files by name.
    """

    generation: int
    segments: tuple[SegmentEntry, ...] = ()
    manifest: str = ""
    files: Mapping[str, Checksum] = field(default_factory=dict)


def latest_generation(folder: Path) -> int:
    """The number of the last commit; -1 for none.

    Raises:
        OSError: The folder cannot be read.
    """
    with os.scandir(folder) as entries:
        found = [match for entry in entries if (match := _NAME.fullmatch(entry.name))]
    return max((int(match[1]) for match in found), default=-1)


def path_of(folder: Path, generation: int) -> Path:
    """Where the record of a commit is."""
    return folder / f"commit-{generation}.json"


def read(folder: Path, generation: int | None = None) -> Commit:
    """Read the record of a commit, or of the last one.

    Raises:
        OSError: It cannot be read.
        ValueError: It is damaged.
    """
    if generation is None:
        generation = latest_generation(folder)
        if generation < 0:
            raise ValueError(say("there is no commit", "没有提交记录"))
    path = path_of(folder, generation)
    try:
        commit = _commit(json.loads(checked_line(path.read_bytes())))
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path.name}: {error!r:.200}") from error
    if commit.generation != generation:
        raise ValueError(say(f"{path.name} is of another generation", f"{path.name} 属于另一代次"))
    return commit


def is_record(name: str) -> bool:
    """Whether a file has the name of a commit record."""
    return _NAME.fullmatch(name) is not None


def write(folder: Path, commit: Commit) -> None:
    """Write the record of a commit: from now on it is the last one."""
    values = {
        "generation": commit.generation,
        "segments": [_segment_values(segment) for segment in commit.segments],
        "manifest": commit.manifest,
        "files": commit.files,
    }
    path = path_of(folder, commit.generation)
    # What it names must be on the disk before it is.
    sync_folder(folder)
    replace_file(path, with_checksum(json.dumps(values, ensure_ascii=False)))


def with_checksum(text: str) -> bytes:
    """A line and its checksum. Names of files may have halves of surrogate pairs."""
    data = text.encode("utf-8", "surrogatepass")
    return b"%s\n%08x\n" % (data, zlib.crc32(data))


def checked_line(data: bytes) -> str:
    """The line that ``with_checksum`` was given.

    Raises:
        ValueError: It is damaged.
    """
    line = data[:-10]
    if data[-10:] != b"\n%08x\n" % zlib.crc32(line):
        raise ValueError(say("its checksum is wrong", "校验和不对"))
    return line.decode("utf-8", "surrogatepass")


def replace_file(path: Path, data: bytes) -> None:
    """Write a file in one step, and make sure that it is on the disk."""
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make sure that the names of the files in a folder are on the disk."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def checksum_of(path: Path) -> Checksum:
    """The checksum of a file as it is.

    Raises:
        OSError: It cannot be read.
        DamagedFile: It should be a container and is none.
    """
    if path.suffix in CONTAINERS:
        return Checksum(*footer_of(path))
    size = crc32 = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            crc32 = zlib.crc32(chunk, crc32)
            size += len(chunk)
    return Checksum(size, crc32)


def checksums(folder: Path, names: Iterable[str]) -> dict[str, Checksum]:
    """The checksums of several files of a folder."""
    return {name: checksum_of(folder / name) for name in names}


def _segment_values(segment: SegmentEntry) -> dict[str, Any]:
    values: dict[str, Any] = {"name": segment.name, "documents": segment.documents}
    if segment.deleted:
        values["deleted"] = _packed(sorted(segment.deleted))
    if segment.moved.single:
        single = sorted(segment.moved.single.items())
        values["moved"] = [[number, *moved] for number, moved in single]
    if segment.moved.files:
        values["moved_files"] = [
            [file.old, file.new, _packed_ranges(file)] for file in segment.moved.files
        ]
    return values


def _commit(values: Any) -> Commit:
    generation, manifest = values["generation"], values["manifest"]
    files = {name: Checksum(*checksum) for name, checksum in values["files"].items()}
    if not isinstance(generation, int) or not isinstance(manifest, str):
        raise TypeError("a value has the wrong type")
    for name, checksum in files.items():
        if not _FILE.fullmatch(name) or not all(type(number) is int for number in checksum):
            raise ValueError(say(f"a strange file: {name!r:.40}", f"不合规则的文件：{name!r:.40}"))
    if manifest and manifest not in files:
        raise ValueError(say("there is no checksum of the manifest", "没有文件清单的校验和"))
    segments = tuple(_segment(one) for one in values["segments"])
    if len({segment.name for segment in segments}) != len(segments):
        raise ValueError(say("a segment stands there twice", "一个段出现两次"))
    return Commit(generation, segments, manifest, files)


def _segment(values: Any) -> SegmentEntry:
    name, documents = values["name"], values["documents"]
    deleted = frozenset(_numbers(values.get("deleted", "")))
    single = {
        number: Moved(document_id, path) for number, document_id, path in values.get("moved", ())
    }
    if not isinstance(name, str) or not _SEGMENT.fullmatch(name):
        raise ValueError(say("a segment has a strange name", "一个段的名称不合规则"))
    if type(documents) is not int or not 0 <= documents < 1 << 8 * _NUMBER:
        raise ValueError(say("a segment has a strange size", "一个段的大小不合理"))
    if deleted and max(deleted) >= documents:
        raise ValueError(say("a document is deleted that is not there", "被删除的文档并不存在"))
    for number, one in single.items():
        if (
            type(number) is not int
            or not 0 <= number < documents
            or type(one.id) is not str
            or type(one.path) not in (str, type(None))
        ):
            raise ValueError(say("a document is moved that is not there", "被移动的文档并不存在"))
    files = tuple(
        [
            _moved_file(old, new, ranges, documents)
            for old, new, ranges in values.get("moved_files", ())
        ]
    )
    return SegmentEntry(name, documents, deleted, Moves(single, files))


def _moved_file(old: Any, new: Any, ranges: Any, documents: int) -> MovedFile:
    numbers = _numbers(ranges)
    firsts, sizes = tuple(numbers[::2]), tuple(numbers[1::2])
    ends = tuple([first + size for first, size in zip(firsts, sizes, strict=True)])
    if type(old) is not str or type(new) is not str or not ends or not all(sizes):
        raise ValueError(say("a file is moved that is none", "被移动的文件并不存在"))
    # That no two of them overlap, of this file or of others, is looked at by ``Moves``.
    if any(map(lt, firsts[1:], ends)) or ends[-1] > documents:
        raise ValueError(say("a document is moved that is not there", "被移动的文档并不存在"))
    return MovedFile(old, new, firsts, ends)


def _packed_ranges(file: MovedFile) -> str:
    sizes = map(sub, file.ends, file.firsts)
    return _packed(chain.from_iterable(zip(file.firsts, sizes, strict=True)))


def _packed(numbers: Iterable[int]) -> str:
    # "I" has four bytes wherever numpy runs.
    return base64.b64encode(_little_endian(array("I", numbers))).decode("ascii")


def _numbers(text: str) -> "array[int]":
    numbers = array("I")
    numbers.frombytes(base64.b64decode(text, validate=True))
    return _little_endian(numbers)


def _little_endian(numbers: "array[int]") -> "array[int]":
    import sys

    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
