"""A large file of records in parts, each of which can be read without the others."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from searcher.documents import limits
from searcher.documents.content import Content, line_text
from searcher.documents.formats import jsonl
from searcher.documents.guarding import guarded
from searcher.documents.model import Document, Skipped, SourceFile
from searcher.documents.packed import File
from searcher.documents.registry import is_text, reader_of
from searcher.documents.walking import os_reason
from searcher.errors import DocumentError

_LINES_FROM = 1 << 16  # bytes that are looked at to find out how long lines are


@dataclass(frozen=True, slots=True)
class Part:
    """Some lines of a JSON Lines file.

    Attributes:
        codec: The encoding of the file.
        start: Where the part begins, in bytes.
        end: Where it ends.
        line: How many lines are before it.
        record: How many records are before it.
        records: How many records it has; at least one.
    """

    codec: str
    start: int
    end: int
    line: int
    record: int
    records: int


def cut(file: SourceFile, size: int, overhead: int) -> list[Part]:
    """The parts of a file; none where it cannot be cut, and has to be read as a whole.

    Args:
        file: The file.
        size: How large a part should be.
        overhead: What a record counts beside its bytes.
    """
    try:
        if not stat.S_ISREG(file.location.stat().st_mode):
            return []
        with file.location.open("rb") as stream:
            opened = File(stream, file.name, file.size)
            if not is_text(opened):
                return []
            content = Content(opened)
            if not content.is_cut_by_lines or reader_of(content) is not jsonl.documents:
                return []
            stream.seek(0)
            return _parts(stream, content.codec, size, overhead)
    except (DocumentError, OSError, RecursionError, MemoryError):
        return []  # reading it will say why


def read_part(file: SourceFile, part: Part) -> Iterator[Document | Skipped]:
    """Read the documents of a part, as `read` does those of a file.

    Raises:
        DocumentError: The file cannot be read, or not any further.
    """
    try:
        with file.location.open("rb") as stream:
            stream.seek(part.start)
            lines = _lines(stream, part)
            yield from guarded(
                jsonl.records(lines, file.name, line=part.line, record=part.record), "jsonl"
            )
    except OSError as error:
        raise DocumentError(os_reason(error), format="jsonl") from error


def _lines(stream: BinaryIO, part: Part) -> Iterator[str]:
    data = stream.read(part.end - part.start)
    is_first = not part.start
    try:
        # All at once is quicker, and the same where every line can be decoded.
        text = data.decode(part.codec)
    except UnicodeDecodeError:
        for line in data.split(b"\n"):
            yield line_text(line, part.codec, is_first=is_first)
            is_first = False
    else:
        yield from (text.removeprefix("\ufeff") if is_first else text).split("\n")


def _parts(stream: BinaryIO, codec: str, size: int, overhead: int) -> list[Part]:
    parts: list[Part] = []
    start = line = record = 0
    sample = stream.read(_LINES_FROM)
    stream.seek(0)
    length, records = len(sample), sample.count(b"\n") + 1
    while True:
        # As many bytes as, with what their records count beside, give a part of that size.
        data = stream.read(max(size * length // (length + overhead * records), 1))
        if not data.endswith(b"\n"):
            rest = stream.readline(limits.LARGEST_DOCUMENT)
            if len(rest) == limits.LARGEST_DOCUMENT:
                return []  # a line that is too long: the file is read bit by bit
            data += rest
        if not data:
            return parts
        length, lines = len(data), data.count(b"\n") + (not data.endswith(b"\n"))
        records = _records(data, lines, codec, is_first=not start)
        if records:
            parts.append(Part(codec, start, start + length, line, record, records))
        start, line, record = start + length, line + lines, record + records


def _records(data: bytes, lines: int, codec: str, *, is_first: bool) -> int:
    """How many of the lines are not empty."""
    objects = data.count(b"\n{") + data.startswith(b"{")
    if objects == lines:
        return lines
    count = 0
    for line in data.split(b"\n"):
        if not line.startswith(b"{"):
            text = line_text(line, codec, is_first=is_first)
            if not text or text.isspace():
                is_first = False
                continue
        is_first = False
        count += 1
    return count
