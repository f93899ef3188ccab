"""A large file of records in parts, each of which can be read without the others.

A line of a file of JSON Lines that is as it was is a record that is as it was, so lines have marks
by which they are known again without being read.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from searcher.documents import limits
from searcher.documents.content import Content, line_text
from searcher.documents.formats import jsonl
from searcher.documents.guarding import guarded
from searcher.documents.linemarks import LINE_MARK_SIZE, NO_MARK, Lines, Marks, lines_of
from searcher.documents.model import Document, Skipped, SourceFile
from searcher.documents.packed import File
from searcher.documents.registry import is_text, reader_of
from searcher.documents.walking import os_reason
from searcher.errors import DocumentError
from searcher.language import say

_LINES_FROM = 1 << 16  # bytes that are looked at to find out how long lines are
_CHUNK = 1 << 20  # bytes
_MARKED = "utf-8"  # the encoding of files whose lines have marks


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


class Stretch(NamedTuple):
    """The lines of a part, as they are in the file.

    Attributes:
        part: The part.
        data: Its bytes; of a last line that is too long only the beginning.
        found: Where in them the lines are, and their hashes.
        marks: What tells each line from any other; ``NO_MARK`` for one that is too long.
    """

    part: Part
    data: bytes
    found: Lines
    marks: Marks

    def lines(self, first: int, end: int) -> list[bytes | None]:
        """The lines from number ``first`` up to ``end``; None for one that is too long."""
        ends = self.found.ends[first:end].tolist()
        before = int(self.found.ends[first - 1]) if first else -1
        starts = [before + 1, *(at + 1 for at in ends[:-1])]
        longest, data = limits.LARGEST_DOCUMENT, self.data
        return [
            data[at:end] if end - at < longest else None
            for at, end in zip(starts, ends, strict=True)
        ]


class LinesHash:
    """The hash of a file, made of those of its lines.

    Together with the file's size it tells its content from any other.
    """

    def __init__(self) -> None:
        """Begin with no lines."""
        self._hash: hashlib._Hash | None = hashlib.sha256()

    def add(self, lines: Lines) -> None:
        """Take the next lines; there is no hash if one of them is too long."""
        if self._hash is not None:
            self._hash.update(lines.hashes)
            if NO_MARK in lines.marks():
                self._hash = None

    def result(self) -> str:
        """The hash in hexadecimal digits; empty if there is none."""
        return "" if self._hash is None else self._hash.hexdigest()


def cut(file: SourceFile, size: int, overhead: int, digest: LinesHash | None = None) -> list[Part]:
    """The parts of a file; none where it cannot be cut, and has to be read as a whole.

    Args:
        file: The file.
        size: How large a part should be.
        overhead: What a record counts beside its bytes.
        digest: Takes all lines, if it can be cut.
    """
    try:
        with _opened(file) as (stream, codec):
            return _parts(stream, codec, size, overhead, digest) if codec else []
    except (DocumentError, OSError, RecursionError, MemoryError):
        return []  # reading it will say why


def has_marks(file: SourceFile) -> bool:
    """Whether the lines of a file that is not read yet have marks."""
    try:
        with _opened(file) as (_, codec):
            return codec == _MARKED
    except (DocumentError, OSError, RecursionError, MemoryError):
        return False


def stretches(file: SourceFile, size: int, overhead: int) -> Iterator[Stretch]:
    """The lines of a file that ``has_marks``, a part at a time, in the parts that ``cut`` gives.

    How many records a part has, and how many are before it, is left for the caller to count.

    Raises:
        OSError: It cannot be read.
    """
    with file.location.open("rb") as stream:
        start = line = 0
        chunks = _Chunks(stream, size, overhead)
        for data, is_fitting in chunks:
            end = start + len(data)
            if not is_fitting:
                rest = data[-1:]
                while rest and not rest.endswith(b"\n"):
                    rest = stream.readline(_CHUNK)
                    end += len(rest)
            found = lines_of(data)
            marks = found.marks(b"" if start else data)
            chunks.lines = len(marks)
            yield Stretch(Part(_MARKED, start, end, line, 0, 0), data, found, marks)
            start, line = end, line + len(marks)


def lines_hash(path: Path) -> str:
    """What ``LinesHash`` gives for a file; empty if it has a line that is too long.

    Raises:
        OSError: It cannot be read.
    """
    digest = LinesHash()
    with path.open("rb") as stream:
        for data, is_fitting in _Chunks(stream, _CHUNK, 0):
            if not is_fitting:
                return ""
            digest.add(lines_of(data))
    return digest.result()


def read_part(file: SourceFile, part: Part) -> Iterator[tuple[Document | Skipped, bytes]]:
    """Read the documents of a part, as `read` does those of a file, with the marks of their lines.

    Raises:
        DocumentError: The file cannot be read, or not any further.
    """
    try:
        with file.location.open("rb") as stream:
            stream.seek(part.start)
            data = stream.read(part.end - part.start)
    except OSError as error:
        raise DocumentError(os_reason(error), format="jsonl") from error
    is_first = not part.start
    marks = None
    if part.codec == _MARKED:
        marks = lines_of(data).marks(data if is_first else b"")
    texts = _decoded(data, part.codec, is_first=is_first)
    del data
    yield from _marked(texts, marks, file.name, part.line, part.record)


def read_lines(
    file: SourceFile, stretch: Stretch, first: int, end: int, record: int
) -> Iterator[tuple[Document | Skipped, bytes]]:
    """Read the documents of some lines that follow one another, with the marks of the lines.

    Args:
        file: The file.
        stretch: The part that they are in.
        first: The number of the first one in it.
        end: The number of the line behind them.
        record: How many records are before them in the file.
    """
    part = stretch.part
    texts = _texts(stretch.lines(first, end), part.codec, is_first=not part.start and not first)
    return _marked(texts, stretch.marks[first:end], file.name, part.line + first, record)


def is_blank(line: bytes | None, codec: str, *, is_first: bool) -> bool:
    """Whether a line is none of the records."""
    if line is None or line.startswith(b"{"):
        return False
    text = line_text(line, codec, is_first=is_first)
    return not text or text.isspace()


def _marked(
    texts: Iterator[str | None], marks: Marks | None, name: str, line: int, record: int
) -> Iterator[tuple[Document | Skipped, bytes]]:
    taken = 0  # lines
    packed = b"" if marks is None else marks.tobytes()

    def counted() -> Iterator[str | None]:
        nonlocal taken
        for text in texts:
            taken += 1
            yield text

    for item in guarded(jsonl.records(counted(), name, line=line, record=record), "jsonl"):
        yield item, packed[LINE_MARK_SIZE * (taken - 1) : LINE_MARK_SIZE * taken]


def _decoded(data: bytes, codec: str, *, is_first: bool) -> Iterator[str | None]:
    try:
        # All at once is quicker, and the same where every line can be decoded.
        text = data.decode(codec)
    except UnicodeDecodeError:
        yield from _texts(data.split(b"\n"), codec, is_first=is_first)
    else:
        yield from (text.removeprefix("\ufeff") if is_first else text).split("\n")


def _texts(lines: Sequence[bytes | None], codec: str, *, is_first: bool) -> Iterator[str | None]:
    for line in lines:
        yield None if line is None else line_text(line, codec, is_first=is_first)
        is_first = False


@contextmanager
def _opened(file: SourceFile) -> Iterator[tuple[BinaryIO, str]]:
    """A file at its beginning, and its encoding; that is empty where it cannot be cut.

    Raises:
        OSError: It cannot be read.
        DocumentError: It is nothing that can be read.
    """
    # Before it is opened: a pipe would wait for somebody to write into it.
    if not stat.S_ISREG(file.location.stat().st_mode):
        raise DocumentError(say("not a regular file", "不是普通文件"))
    with file.location.open("rb") as stream:
        opened = File(stream, file.name, file.size)
        codec = ""
        if is_text(opened):
            content = Content(opened)
            if content.is_cut_by_lines and reader_of(content) is jsonl.documents:
                codec = content.codec
        stream.seek(0)
        yield stream, codec


def _parts(
    stream: BinaryIO, codec: str, size: int, overhead: int, digest: LinesHash | None
) -> list[Part]:
    parts: list[Part] = []
    start = line = record = 0
    chunks = _Chunks(stream, size, overhead)
    for data, is_fitting in chunks:
        if not is_fitting:
            return []  # a line that is too long: the file is read bit by bit
        if digest is None:
            lines = data.count(b"\n") + (not data.endswith(b"\n"))
        else:
            found = lines_of(data)
            digest.add(found)
            lines = len(found.ends)
        chunks.lines = lines
        records = _records(data, lines, codec, is_first=not start)
        end = start + len(data)
        if records:
            parts.append(Part(codec, start, end, line, record, records))
        start, line, record = end, line + lines, record + records
    return parts


class _Chunks:
    """Whole lines of a file, some at a time.

    Attributes:
        lines: How many lines the last ones were; whoever takes them tells it, for it counts them.
    """

    def __init__(self, stream: BinaryIO, size: int, overhead: int) -> None:
        """Begin.

        Args:
            stream: The file, at its beginning.
            size: How large a part should be.
            overhead: What a record counts beside its bytes.
        """
        self._stream, self._size, self._overhead = stream, size, overhead
        self.lines = 0

    def __iter__(self) -> Iterator[tuple[bytes, bool]]:
        """Give the lines, and whether none of them is too long.

        Of the last one only the beginning may be given if it is too long.
        """
        size, overhead = self._size, self._overhead
        sample = self._stream.read(_LINES_FROM)
        self._stream.seek(0)
        length, lines = len(sample), sample.count(b"\n") + 1
        longest = limits.LARGEST_DOCUMENT
        while True:
            # As many bytes as, with what their records count beside, give a part of that size.
            data = self._read(max(size * length // (length + overhead * lines), 1), longest)
            if not data:
                return
            is_fitting = len(data) <= longest or all(
                len(line) < longest for line in data.split(b"\n")
            )
            yield data, is_fitting
            length, lines = len(data), self.lines + data.endswith(b"\n")

    def _read(self, size: int, longest: int) -> bytes:
        """So many bytes, and what is left of their last line, but no more than is too long."""
        stream = self._stream
        # Where the line ends is found out first: to put its end behind the others copies them all.
        start = stream.tell()
        stream.seek(start + size - 1)
        rest = len(stream.readline(longest + 1))
        stream.seek(start)
        data = stream.read(size - 1 + rest)
        if rest <= longest and not data.endswith(b"\n"):
            data += stream.readline(longest)  # of a file that has become longer meanwhile
        return data


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
