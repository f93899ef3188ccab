"""Lists of so many postings that they are read and written in pieces.

A term that almost every document has takes 24 bytes a document when its list is decoded, but less
than one where it lies. So what such a list needs while it is merged is a piece of it and its bytes:
all pieces are gone over twice, to find out how wide its columns are, and to write them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator

from searcher.index.columnar.arrays import Bytes, Integers, Mask
from searcher.index.columnar.bits import ones, pick, words
from searcher.index.columnar.postings import (
    DIRECTORY_FROM,
    EXCEPTION_SIZE,
    FLAG_BITS,
    HAS_EXCEPTIONS,
    HAS_FREQUENCIES,
    HAS_TITLES,
    WIDTHS,
    Column,
    DamagedPostings,
    PostingLists,
    columns,
    layout,
    low_width,
    range_bits,
)
from searcher.language import say
from searcher.lazy import np

PIECE = 1 << 16  # postings, at most

Pieces = Callable[[], Iterator[PostingLists]]
"""Gives the pieces of one list in order, from the beginning whenever it is called."""


def read(data: Bytes, start: int, capacity: int, size: int = PIECE) -> Iterator[PostingLists]:
    """The pieces of the list that begins at byte ``start``, each as a list of its own.

    Args:
        data: The postings of a field.
        start: Where the list begins.
        capacity: The number of documents of the segment.
        size: How many postings a piece has at most, a multiple of 8.

    Raises:
        DamagedPostings: There is no list, or its numbers are out of order.
    """
    parts = layout(data, start, capacity)
    frequencies, titles = columns(data, parts)
    step = size // 8  # bytes of the bit vector, which have no more postings than bits
    done, last = 0, -1
    for at in range(parts.high, parts.low, step):
        documents = ones(data, at, min(step, parts.low - at))
        if not documents.size:
            continue
        end = done + documents.size
        if end > parts.count:
            break
        documents += 8 * (at - parts.high)
        documents -= np.arange(done, end)
        if parts.low_width:
            documents <<= parts.low_width
            documents |= _unpacked(data, parts.low, parts.low_width, done, end)
        is_ascending = documents[0] > last and bool((documents[1:] > documents[:-1]).all())
        last = int(documents[-1])
        if not is_ascending or last >= capacity:
            raise DamagedPostings(say("a list is out of order", "一个倒排表没有按次序排列"))
        yield PostingLists(
            np.array([0, documents.size]),
            documents,
            _values(data, frequencies, done, end) + 1,
            _values(data, titles, done, end),
        )
        done = end
    else:
        if done == parts.count:
            return
    raise DamagedPostings(
        say("a list has more or fewer postings than it says", "一个倒排表的记录数与声明的不同")
    )


def _unpacked(data: Bytes, at: int, width: int, first: int, end: int) -> Integers:
    """Some of the numbers of ``width`` bits that begin at byte ``at``."""
    return pick(words(data, at), np.arange(first * width, end * width, width), (1 << width) - 1)


def _values(data: Bytes, column: Column | None, first: int, end: int) -> Integers:
    """Some values of a column; 0 where there is none."""
    if column is None or not column.width:
        values = np.zeros(end - first, np.int64)
    else:
        values = _unpacked(data, column.codes, column.width, first, end)
    if column is not None and column.indices:
        some = slice(bisect_left(column.indices, first), bisect_left(column.indices, end))
        places = np.frombuffer(column.indices[some], "<u4").astype(np.int64) - first
        if places.size and not 0 <= places.min() <= places.max() < values.size:
            raise DamagedPostings(say("an exception is out of range", "有例外值超出范围"))
        values[places] = np.frombuffer(column.values[some], "<u4")
    return values


def encode(pieces: Pieces, capacity: int, impacts: Callable[[PostingLists], Bytes]) -> bytes:
    """The bytes of one list, the same as ``postings.encode`` makes; none if it is empty.

    Args:
        pieces: The list.
        capacity: The number of documents of the segment.
        impacts: How much each posting of a piece is worth, 0 to 255.

    Raises:
        ValueError: A frequency is too large.
    """
    count, frequencies, titles = 0, _Measure(), _Measure()
    for piece in pieces():
        count += piece.documents.size
        frequencies.add(piece.frequencies - 1)
        titles.add(piece.titles)
    if not count:
        return b""
    writer = _Writer(count, capacity, frequencies, titles)
    for piece in pieces():
        writer.write(piece, impacts(piece))
    return writer.finish()


class _Measure:
    """How many values of a column have more than so many bits, for each width that it may have."""

    def __init__(self) -> None:
        self.above = np.zeros(len(WIDTHS), np.int64)

    def add(self, values: Integers) -> None:
        """Take the values of a piece."""
        greatest = int(values.max(initial=0))
        if greatest >= (1 << 32) - 1:
            raise ValueError(say("a frequency is too large", "词频过大"))
        for number, width in enumerate(WIDTHS):
            if not greatest >> width:
                break
            self.above[number] += np.count_nonzero(values >> width)


class _PackedColumn:
    """A column of small numbers that is written piece by piece, with the width that suits most."""

    def __init__(self, count: int, measure: _Measure) -> None:
        widths = np.array(WIDTHS)
        exceptions = measure.above
        costs = (count * widths + 7) // 8 + EXCEPTION_SIZE * exceptions + 4 * (exceptions > 0)
        best = int(np.argmin(costs))
        self.is_present = bool(exceptions[0])  # has a value other than 0
        self._width = WIDTHS[best]
        self._exceptions = int(exceptions[best])
        self._packed = (count * self._width + 7) // 8
        self.size = 1 + int(costs[best]) if self.is_present else 0
        self._codes = self._indices = 0
        self._written = 0  # exceptions

    def begin(self, data: Bytes, at: int) -> None:
        """Write what comes before the values, at byte ``at``."""
        data[at] = self._width | (HAS_EXCEPTIONS if self._exceptions else 0)
        at += 1
        if self._exceptions:
            _put_words(data, at, np.array([self._exceptions]))
            at += 4
        self._codes, self._indices = at, at + self._packed

    def write(self, data: Bytes, values: Integers, first: int) -> None:
        """Write the values of a piece, of which the first one is number ``first``."""
        above = np.flatnonzero(values >> self._width)
        if above.size:
            at = self._indices + 4 * self._written
            _put_words(data, at, above + first)
            _put_words(data, at + 4 * self._exceptions, values[above])
            self._written += above.size
            values = values.copy()
            values[above] = 0
        _put_numbers(data, self._codes, self._width, values, first)


class _Writer:
    def __init__(self, count: int, capacity: int, frequencies: _Measure, titles: _Measure) -> None:
        self._low_width = low_width(capacity, count)
        self._frequencies = _PackedColumn(count, frequencies)
        self._titles = _PackedColumn(count, titles)
        flags = (
            self._frequencies.is_present * HAS_FREQUENCIES + self._titles.is_present * HAS_TITLES
        )
        header = _header(count << FLAG_BITS | flags)
        self._bits = ranges = 0
        if count >= DIRECTORY_FROM:
            self._bits = range_bits(capacity, count)
            ranges = ((capacity - 1) >> self._bits) + 1
        self._in_range = np.zeros(ranges, np.int64)
        self._greatest = np.zeros(ranges, np.uint8)
        self._directory = len(header)
        self._high = self._directory + 5 * ranges
        self._low = self._high + (count + ((capacity - 1) >> self._low_width) + 8) // 8
        rest = self._low + (count * self._low_width + 7) // 8
        end = rest + self._frequencies.size + self._titles.size
        self._data = data = np.zeros(end, np.uint8)
        data[: len(header)] = np.frombuffer(header, np.uint8)
        for column in (self._frequencies, self._titles):
            if column.is_present:
                column.begin(data, rest)
                rest += column.size
        self._done = 0

    def write(self, piece: PostingLists, impacts: Bytes) -> None:
        """Write the next postings."""
        data, first, documents = self._data, self._done, piece.documents
        if not documents.size:
            return
        if self._in_range.size:
            self._note(documents >> self._bits, impacts)
        places = (documents >> self._low_width) + np.arange(first, first + documents.size)
        bits = np.zeros(int(places[-1] - places[0]) + 1, np.bool_)
        bits[places - places[0]] = True
        _put_bits(data, self._high, int(places[0]), bits)
        low = documents & ((1 << self._low_width) - 1)
        _put_numbers(data, self._low, self._low_width, low, first)
        if self._frequencies.is_present:
            self._frequencies.write(data, piece.frequencies - 1, first)
        if self._titles.is_present:
            self._titles.write(data, piece.titles, first)
        self._done += documents.size

    def _note(self, ranges: Integers, impacts: Bytes) -> None:
        """Note how many postings each range has, and the greatest of their impacts."""
        edges = np.flatnonzero(np.diff(ranges, prepend=-1))
        there = ranges[edges]
        self._in_range[there] += np.diff(edges, append=ranges.size)
        greatest = np.maximum.reduceat(impacts, edges)
        self._greatest[there] = np.maximum(self._greatest[there], greatest)

    def finish(self) -> bytes:
        """The bytes."""
        ranges = self._in_range
        if ranges.size:
            at = self._directory
            _put_words(self._data, at, np.cumsum(ranges) - ranges)
            self._data[at + 4 * ranges.size : self._high] = self._greatest
        return self._data.tobytes()


def _header(number: int) -> bytes:
    header = bytearray()
    while number > 127:
        header.append(number & 127 | 128)
        number >>= 7
    return bytes([*header, number])


def _put_numbers(data: Bytes, at: int, width: int, values: Integers, first: int) -> None:
    """Pack numbers of ``width`` bits behind byte ``at``; the first one is number ``first``."""
    if width and values.any():
        bits = np.empty((values.size, width), np.bool_)
        for bit in range(width):
            bits[:, bit] = values >> bit & 1
        _put_bits(data, at, first * width, bits.reshape(-1))


def _put_bits(data: Bytes, at: int, first: int, bits: Mask) -> None:
    """Set bits behind byte ``at``, from bit ``first`` on."""
    before = np.zeros(first & 7, np.bool_)
    packed = np.packbits(np.concatenate([before, bits]), bitorder="little")
    at += first >> 3
    data[at : at + packed.size] |= packed


def _put_words(data: Bytes, at: int, values: Integers) -> None:
    data[at : at + 4 * values.size] = values.astype("<u4").view(np.uint8)
