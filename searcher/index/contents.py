"""What a file holds: the ids of its documents, and what tells each from any other, packed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, cast

from searcher.documents.linemarks import LINE_MARK_SIZE
from searcher.index.columnar.container import DamagedFile
from searcher.index.prepare import MARK_SIZE
from searcher.language import say
from searcher.lazy import np
from searcher.reasons import library_reason

UNKNOWN_MARK = bytes(MARK_SIZE)
"""Stands for the mark of a document of which only that of its line was kept."""

_LEVEL = 1  # of packing: what is gained by more is not worth the time
_LARGEST = 1 << 30  # bytes unpacked
# Rows of files with long names, all alike but for a number, are packed to a hundredth. What is
# packed to much less was not written here: a match of 258 bytes takes 13 bits at least.
_MOST_PACKED, _SMALL = 200, 1 << 20
_CHUNK = 1 << 24  # bytes
_TOGETHER = 1 << 13  # ids to pack at once
_ENCODING = ("utf-8", "surrogatepass")
_MANY = 16  # marks; for so many numpy is worth its while
_MARK = "<u8"  # as a number
_SEPARATOR = "\n"  # no id has a control character


class Documents(NamedTuple):
    """The documents of a file, in its order.

    Attributes:
        size: How many there are.
        packed: Their ids, packed; empty if there is one and its id is the name of the file.
        marks: What tells each from any other, 8 bytes each.
        is_by_line: Whether these are the marks of their lines, which are known again without being
            read. The mark of the document is not kept then: it can be made of what is stored.
    """

    size: int = 0
    packed: bytes = b""
    marks: bytes = b""
    is_by_line: bool = False

    @classmethod
    def of(cls, ids: Sequence[str], marks: Iterable[bytes], file: str) -> Documents:
        """Pack ids and marks of a file of this name."""
        collected = CollectedDocuments(file)
        collected.extend(ids, list(marks))
        return collected.packed()

    def ids(self, file: str) -> list[str]:
        """The ids, of a file of this name.

        Raises:
            ValueError: They are damaged.
        """
        if not self.packed:
            return [file] * min(self.size, 1)
        ids = unpacked(self.packed).decode(*_ENCODING).split(_SEPARATOR)
        if len(ids) != self.size:
            raise DamagedFile(say("the ids of a file are damaged", "一个文件的 id 已损坏"))
        return ids

    def marks_of(self, numbers: Iterable[int]) -> list[bytes]:
        """The marks of documents, and behind each that of its line, if lines have any."""
        marks, head = self.marks, UNKNOWN_MARK if self.is_by_line else b""
        starts = [MARK_SIZE * number for number in numbers]
        return [head + marks[at : at + MARK_SIZE] for at in starts]

    def marks_between(self, first: int, end: int) -> list[bytes]:
        """Those of the documents with the numbers from ``first`` up to ``end``."""
        if not self.is_by_line or end - first < _MANY:
            return self.marks_of(range(first, end))
        both = np.zeros((end - first, 2), _MARK)  # the unknown one is 0
        both[:, 1] = np.frombuffer(self.marks, _MARK)[first:end]
        return cast("list[bytes]", both.view(np.dtype((np.void, 2 * MARK_SIZE))).ravel().tolist())

    def by_id(self, file: str) -> dict[str, bytes]:
        """The mark of each document by its id, and behind it that of its line, if lines have any.

        Raises:
            ValueError: The ids are damaged.
        """
        return dict(zip(self.ids(file), self.marks_of(range(self.size)), strict=True))


class Ids:
    """The ids of a file's documents, of which no object is kept."""

    def __init__(self, documents: Documents, file: str) -> None:
        """Take the documents of a file of this name.

        Raises:
            ValueError: The ids are damaged.
        """
        text = unpacked(documents.packed) if documents.packed else file.encode(*_ENCODING)
        self._text = text if documents.size else b""
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord(_SEPARATOR))
        # Where each begins, and one more behind the last.
        self._starts = np.concatenate([[0], ends + 1, [len(text) + 1]])[: documents.size + 1]
        if documents.size and (ends.size != documents.size - 1):
            raise DamagedFile(say("the ids of a file are damaged", "一个文件的 id 已损坏"))
        self._starts = self._starts.astype(np.uint32)

    def __len__(self) -> int:
        return max(0, self._starts.size - 1)

    def between(self, first: int, end: int) -> list[str]:
        """Those with the numbers from ``first`` up to ``end``."""
        if first >= end:
            return []
        text = self._text[int(self._starts[first]) : int(self._starts[end]) - 1]
        return text.decode(*_ENCODING).split(_SEPARATOR)

    def may_begin(self, prefix: str) -> bool:
        """Whether there is one that begins with this."""
        beginning = prefix.encode(*_ENCODING)
        return self._text.startswith(beginning) or _SEPARATOR.encode() + beginning in self._text

    def parts(self) -> Iterator[list[str]]:
        """All of them, some at a time."""
        for first in range(0, len(self), _TOGETHER):
            yield self.between(first, min(first + _TOGETHER, len(self)))


class CollectedDocuments:
    """The documents of a file while it is read, packed as they come.

    A file may have millions, of each of which no object is kept.
    """

    def __init__(self, file: str) -> None:
        """Begin with the documents of a file of this name."""
        self._file = file
        self._size = 0
        self._waiting: list[str] = []  # ids that are not packed yet
        self._packer: zlib._Compress | None = None
        self._parts: list[bytes] = []
        self._marks = bytearray()
        self._line_marks = bytearray()

    def __len__(self) -> int:
        return self._size

    def extend(self, ids: Sequence[str], marks: Sequence[bytes]) -> None:
        """Take the next documents.

        Args:
            ids: Their ids.
            marks: The mark of each, and behind it that of its line, if lines have any.
        """
        if len(ids) != len(marks):
            raise ValueError(say("as many marks as ids are needed", "标记与 id 的个数须相同"))
        joined, lines = _split(marks)
        self._size += len(ids)
        self._marks += joined
        self._line_marks += lines
        self._waiting += ids
        if len(self._waiting) >= _TOGETHER:
            self._pack()

    def with_others(self, ids: Sequence[str], marks: Sequence[bytes]) -> Documents:
        """These documents and some others behind them, which are not taken."""
        other = CollectedDocuments(self._file)
        other._size = self._size
        other._waiting = [*self._waiting]
        other._packer = None if self._packer is None else self._packer.copy()
        other._parts = [*self._parts]
        other._marks, other._line_marks = self._marks[:], self._line_marks[:]
        other.extend(ids, marks)
        return other.packed()

    def packed(self) -> Documents:
        """All of them so far."""
        # Where only some have the mark of their line, it is of no use.
        is_by_line = bool(self._size) and len(self._line_marks) == LINE_MARK_SIZE * self._size
        marks = bytes(self._line_marks if is_by_line else self._marks)
        if not self._size or (self._size == 1 and self._waiting == [self._file]):
            return Documents(self._size, b"", marks, is_by_line)
        packer = zlib.compressobj(_LEVEL) if self._packer is None else self._packer.copy()
        parts = [*self._parts, packer.compress(self._text()), packer.flush()]
        return Documents(self._size, b"".join(parts), marks, is_by_line)

    def _pack(self) -> None:
        text = self._text()
        if self._packer is None:
            self._packer = zlib.compressobj(_LEVEL)
        self._parts.append(self._packer.compress(text))
        self._waiting = []

    def _text(self) -> bytes:
        """What is to be packed next."""
        ids = self._waiting if self._packer is None or not self._waiting else ["", *self._waiting]
        return _SEPARATOR.join(ids).encode(*_ENCODING)


def _split(marks: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The marks of documents, and those of their lines as far as they have any, each as one."""
    if len(marks) >= _MANY and set(map(len, marks)) == {MARK_SIZE + LINE_MARK_SIZE}:
        both = np.frombuffer(b"".join(marks), np.uint8).reshape(len(marks), -1)
        return both[:, :MARK_SIZE].tobytes(), both[:, MARK_SIZE:].tobytes()
    joined = b"".join([mark[:MARK_SIZE] for mark in marks])
    return joined, b"".join([mark[MARK_SIZE:] for mark in marks])


def unpacked(data: bytes) -> bytes:
    """What ``zlib`` packed to these bytes.

    Raises:
        DamagedFile: They are damaged, or there is more in them than was ever packed.
    """
    unpacker = zlib.decompressobj()
    room = min(_LARGEST, _MOST_PACKED * len(data) + _SMALL)
    parts: list[bytes] = []
    while not unpacker.eof and room > 0:
        try:
            part = unpacker.decompress(data, min(room, _CHUNK))
        except zlib.error as error:
            why = library_reason(error)
            raise DamagedFile(
                say(f"packed data is damaged: {why}", f"压缩的数据已损坏：{why}")
            ) from error
        data = unpacker.unconsumed_tail
        if not part and not data:
            break
        parts.append(part)
        room -= len(part)
    if not unpacker.eof or unpacker.unused_data:
        raise DamagedFile(say("packed data is damaged", "压缩的数据已损坏"))
    return b"".join(parts)
