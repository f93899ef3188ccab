"""The terms of a new segment, put aside until its postings are written.

They come behind the postings, and hostile text has as many different ones as characters. So what
is more than some megabytes waits on the disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from searcher.index.columnar.arrays import Integers
from searcher.index.columnar.container import ContainerWriter
from searcher.index.columnar.terms import TermList
from searcher.lazy import np

_IN_MEMORY = 1 << 20  # bytes of each column that are kept in memory
_CHUNK = 1 << 17  # numbers that are read at once


class TermSpool:
    """Terms in order, and where the postings of each begin."""

    def __init__(self, folder: Path) -> None:
        """Take the folder for what does not fit; nothing of it is seen there or stays there."""
        self._keys = _column(folder)
        self._starts = _column(folder)
        self._tail_ends = _column(folder)
        self._tails = _column(folder)
        self._tail_size = 0
        self._largest = 0

    def __enter__(self) -> TermSpool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for column in (self._keys, self._starts, self._tail_ends, self._tails):
            column.close()

    def add(self, terms: TermList, starts: Integers) -> None:
        """Take the next terms."""
        self._keys.write(terms.keys.astype("<u8").tobytes())
        self._starts.write(starts.astype("<u8").tobytes())
        self._largest = max(self._largest, int(starts.max(initial=0)))
        if terms.tail_starts is None:
            ends = np.full(len(terms), self._tail_size, np.int64)
        else:
            ends = terms.tail_starts[1:] + self._tail_size
        self._tail_ends.write(ends.astype("<u4").tobytes())
        self._tails.write(terms.tails)
        self._tail_size += len(terms.tails)

    def write(self, writer: ContainerWriter, field: str) -> None:
        """Write the sections of a field, as ``write_terms`` does for terms in memory."""
        writer.add(f"{field}.keys", _numbers(self._keys, "<u8", "<u8"))
        width = "<u4" if self._largest < 1 << 32 else "<u8"
        writer.add(f"{field}.starts", _numbers(self._starts, "<u8", width))
        if self._tail_size:
            first = np.zeros(1, "<u4")
            writer.add(
                f"{field}.tail_starts", chain((first,), _numbers(self._tail_ends, "<u4", "<u4"))
            )
            writer.add(f"{field}.tails", _numbers(self._tails, "u1", "u1"))


def _column(folder: Path) -> IO[bytes]:
    from tempfile import SpooledTemporaryFile

    return SpooledTemporaryFile(_IN_MEMORY, dir=str(folder))


def _numbers(column: IO[bytes], type: str, as_type: str) -> Iterator[Any]:
    """The numbers of a column, some at a time."""
    column.seek(0)
    while data := column.read(_CHUNK * 8):
        yield np.frombuffer(data, type).astype(as_type)
