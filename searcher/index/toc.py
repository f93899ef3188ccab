"""Whoosh's table of contents, read without Whoosh.

A query needs no more of it than the names of the segments and which documents are deleted, and
importing Whoosh for that would take longer than the query. The table is a pickle: it is read here
by an unpickler that makes nothing but plain records out of it, whatever it asks for.
"""

import io
import pickle
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_INDEX = "MAIN"
_NAME = re.compile(rf"_{_INDEX}_(\d+)\.toc")
_VERSION = -111
_BYTE_ORDER = -12345
_SEGMENT_ID = re.compile(r"[0-9a-z]{1,64}")
# What a table of ours names: segments and their codec. None of it is imported or called here, but
# Whoosh does when it writes, so nothing else may pass.
_KNOWN = re.compile(r"searcher\.index\.codec(\.\w+)*:Columnar\w+")


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment, as the table has it.

    Attributes:
        name: What the names of its files begin with.
        documents: How many documents it has, deleted ones included.
        deleted: The numbers of those that are deleted.
    """

    name: str
    documents: int
    deleted: frozenset[int]


@dataclass(frozen=True, slots=True)
class TableOfContents:
    """What was committed last.

    Attributes:
        generation: Counts the commits.
        segments: The segments, in the order in which their documents are numbered.
    """

    generation: int
    segments: tuple[SegmentEntry, ...]


def latest_generation(folder: Path) -> int:
    """The number of the last commit; -1 for none."""
    found = (_NAME.fullmatch(path.name) for path in folder.iterdir())
    return max((int(match[1]) for match in found if match), default=-1)


def read(folder: Path) -> TableOfContents:
    """Read the table of the last commit.

    Raises:
        OSError: It cannot be read.
        ValueError: It is damaged.
    """
    generation = latest_generation(folder)
    if generation < 0:
        raise ValueError("there is no table of contents")
    data = (folder / f"_{_INDEX}_{generation}.toc").read_bytes()
    try:
        return TableOfContents(generation, tuple(_segments(_Stream(data), generation)))
    except (
        pickle.UnpicklingError,
        struct.error,
        EOFError,
        IndexError,
        KeyError,
        AttributeError,
        TypeError,
        MemoryError,
        OverflowError,
        RecursionError,
    ) as error:
        raise ValueError(f"the table of contents is damaged: {error!r:.100}") from error


class _Stream:
    """Reads Whoosh's numbers and strings."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def integer(self) -> int:
        (value,) = struct.unpack_from("!i", self._data, self._at)
        self._at += 4
        return int(value)

    def skip(self, size: int) -> None:
        self._at += size

    def rest(self) -> bytes:
        return self._data[self._at :]


def _segments(stream: _Stream, generation: int) -> list[SegmentEntry]:
    for _ in ("int", "long", "float"):
        stream.varint()
    if stream.integer() != _BYTE_ORDER or stream.integer() != _VERSION:
        raise ValueError("the table of contents has another form")
    for _ in ("major", "minor", "patch"):
        stream.varint()
    stream.skip(stream.varint())  # the schema
    if stream.integer() != generation:
        raise ValueError("the table of contents is of another generation")
    stream.integer()
    return [_entry(segment) for segment in _Unpickler(io.BytesIO(stream.rest())).load()]


def _entry(segment: Any) -> SegmentEntry:
    state = segment.state
    name, documents, deleted = state["segid"], state["_doccount"], state["_deleted"] or ()
    if state["indexname"] != _INDEX or not isinstance(name, str) or not _SEGMENT_ID.fullmatch(name):
        raise ValueError("the table of contents names a strange segment")
    if not isinstance(documents, int) or not all(
        isinstance(number, int) and 0 <= number < documents for number in deleted
    ):
        raise ValueError("the table of contents deletes what is not there")
    return SegmentEntry(f"{_INDEX}_{name}", documents, frozenset(deleted))


class _Record:
    """Stands for an object of any class: it keeps what the object was made of."""

    def __init__(self, *_: Any) -> None:
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __setitem__(self, key: Any, value: Any) -> None:
        self.state[key] = value


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        if not _KNOWN.fullmatch(f"{module}:{name}"):
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return _Record
