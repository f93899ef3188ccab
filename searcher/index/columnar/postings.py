"""How the postings of a term lie in a segment; README.md of the index room draws it.

Document numbers are coded by Elias and Fano (Vigna, *Quasi-succinct indices*, WSDM 2013): the low
``l`` bits of each number are packed side by side, the high bits are a bit vector in which the
``i``-th one stands at position ``i + (number >> l)``. That takes about two bits more than ``l`` a
posting, decodes without a loop in numpy, and can be entered in the middle.

The kernel (``searcher/kernel/_postings.c``) reads and writes the same bytes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from searcher.index.columnar.arrays import Bytes, Integers, Mask
from searcher.index.columnar.bits import PADDING, ones, scatter, unpack
from searcher.kernel import load
from searcher.language import say
from searcher.lazy import np

# Lists of at least so many postings have a directory of ranges ...
DIRECTORY_FROM = 128
# ... of about so many postings each, up to twice as many.
RANGE_POSTINGS = 64

# What a list has besides its document numbers.
HAS_FREQUENCIES = 1  # a frequency other than 1
HAS_TITLES = 2  # a posting in a title
FLAG_BITS = 2
WIDTHS = (0, 1, 2, 3, 4, 6, 8, 16, 32)
EXCEPTION_SIZE = 8  # bytes: index and value
HAS_EXCEPTIONS = 128  # in the byte that gives the width of a column
LARGEST = 1 << 31  # documents in a segment


class DamagedPostings(ValueError):
    """Bytes that are no postings."""


@dataclass(frozen=True, slots=True)
class PostingLists:
    """The postings of many terms, one after the other.

    Attributes:
        starts: Where each list begins, and where the last one ends; one more than there are lists.
        documents: Document numbers, ascending within a list.
        frequencies: How often each document has the term, in all fields together.
        titles: How often of that in its title.
    """

    starts: Integers
    documents: Integers
    frequencies: Integers
    titles: Integers

    def __len__(self) -> int:
        return self.starts.size - 1


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of one list are, in bytes from the beginning of the data.

    Attributes:
        count: The number of postings.
        flags: ``HAS_…``.
        low_width: The bits of a document number that are packed.
        range_bits: The logarithm of the documents in a range; 0 without a directory.
        ranges: The number of ranges; 0 without a directory.
        directory: The directory.
        high: The bit vector.
        low: The packed low bits.
        rest: The packed columns.
    """

    count: int
    flags: int
    low_width: int
    range_bits: int
    ranges: int
    directory: int
    high: int
    low: int
    rest: int


def low_width(capacity: int, count: int) -> int:
    """How many low bits of a number are packed: ⌊log2(capacity / count)⌋."""
    return (capacity // count).bit_length() - 1


def range_bits(capacity: int, count: int) -> int:
    """The logarithm of how many documents a range of a list has."""
    return max((-(-RANGE_POSTINGS * capacity // count) - 1).bit_length(), 0)


def layout(data: Bytes, start: int, capacity: int) -> Layout:
    """Find the parts of the list that begins at byte ``start``.

    Raises:
        DamagedPostings: There is no list.
    """
    value = shift = 0
    at = start
    while True:
        if not 0 <= at < data.size or shift > 35:
            raise DamagedPostings(say("a list is cut off", "一个倒排表被截断"))
        byte = int(data[at])
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            break
        shift += 7
    count, flags = value >> FLAG_BITS, value & ((1 << FLAG_BITS) - 1)
    if not 0 < count <= capacity:
        raise DamagedPostings(
            say(
                f"a list of {count} postings for {capacity} documents",
                f"倒排表有 {count} 条记录，而文档有 {capacity} 个",
            )
        )
    low = low_width(capacity, count)
    bits = ranges = 0
    directory = at
    if count >= DIRECTORY_FROM:
        bits = range_bits(capacity, count)
        ranges = ((capacity - 1) >> bits) + 1
        at += 5 * ranges
    high = at
    at += (count + ((capacity - 1) >> low) + 8) // 8
    low_at = at
    at += (count * low + 7) // 8
    if at + PADDING > data.size:
        raise DamagedPostings(say("a list is cut off", "一个倒排表被截断"))
    return Layout(count, flags, low, bits, ranges, directory, high, low_at, at)


def count_of(data: Bytes | memoryview, start: int) -> int:
    """The number of postings of the list that begins at byte ``start``."""
    value = shift = 0
    for byte in data[start : start + 6].tolist():
        value |= (byte & 127) << shift
        if byte < 128:
            break
        shift += 7
    return value >> FLAG_BITS


def counts_of(data: Bytes, starts: Integers) -> Integers:
    """The numbers of postings of the lists that begin at the given bytes.

    Raises:
        DamagedPostings: One is not there, or cut off.
    """
    kernel = load("postings")
    if kernel is not None:
        try:
            return np.frombuffer(kernel.counts(data, starts), np.int64)
        except ValueError as error:
            raise DamagedPostings(str(error)) from error
    values = np.zeros(starts.size, np.int64)
    left = np.arange(starts.size)
    for shift in range(0, 36, 7):
        if not left.size:
            break
        places = starts[left] + shift // 7
        if places.min() < 0 or places.max() >= data.size:
            raise DamagedPostings(say("a list is cut off", "一个倒排表被截断"))
        found = data[places]
        values[left] |= (found & 127).astype(np.int64) << shift
        left = left[found >= 128]
    counts: Integers = values >> FLAG_BITS
    return counts


def decode(data: Bytes, start: int, capacity: int) -> tuple[Integers, Integers, Integers]:
    """The list that begins at byte ``start``: document numbers, frequencies, titles.

    Args:
        data: The postings of a field.
        start: Where the list begins.
        capacity: The number of documents of the segment.

    Raises:
        DamagedPostings: There is no list, or its numbers are out of order.
    """
    kernel = load("postings")
    if kernel is not None:
        try:
            buffers = kernel.decode(data, start, capacity)
        except ValueError as error:
            raise DamagedPostings(str(error)) from error
        documents, frequencies, titles = (np.frombuffer(part, np.int64) for part in buffers)
        return documents, frequencies, titles
    parts = layout(data, start, capacity)
    documents = decode_documents(data, parts, capacity)
    counts, titles_column = columns(data, parts)
    frequencies = np.zeros(parts.count, np.int64) if counts is None else counts.decode(data)
    frequencies += 1
    if titles_column is None:
        return documents, frequencies, np.zeros(parts.count, np.int64)
    return documents, frequencies, titles_column.decode(data)


def decode_documents(data: Bytes, parts: Layout, capacity: int) -> Integers:
    """The document numbers of a list, in numpy.

    Raises:
        DamagedPostings: They are out of order.
    """
    documents = ones(data, parts.high, parts.low - parts.high)
    if documents.size != parts.count:
        raise DamagedPostings(
            say("a list has more or fewer postings than it says", "一个倒排表的记录数与声明的不同")
        )
    documents -= np.arange(parts.count)
    if parts.low_width:
        documents <<= parts.low_width
        documents |= unpack(data, parts.low, parts.low_width, parts.count)
    if documents[-1] >= capacity or not (documents[1:] > documents[:-1]).all():
        raise DamagedPostings(say("a list is out of order", "一个倒排表没有按次序排列"))
    return documents


@dataclass(frozen=True, slots=True)
class Column:
    """A packed column of a list: its frequencies, less one, or its titles.

    Attributes:
        count: The number of values.
        width: The bits of a value.
        codes: The byte at which the values begin; what is an exception is 0 there.
        indices: The places of exceptions, ascending.
        values: Their values.
    """

    count: int
    width: int
    codes: int
    indices: memoryview
    values: memoryview

    def decode(self, data: Bytes) -> Integers:
        """All values."""
        values = unpack(data, self.codes, self.width, self.count)
        if self.indices:
            places = np.frombuffer(self.indices, "<u4").astype(np.int64)
            if places.max() >= self.count:
                raise DamagedPostings(say("an exception is out of range", "有例外值超出范围"))
            values[places] = np.frombuffer(self.values, "<u4")
        return values

    def value(self, data: memoryview, place: int) -> int:
        """The value at a place."""
        bit = place * self.width
        at = self.codes + (bit >> 3)
        code = int.from_bytes(data[at : at + 8], "little") >> (bit & 7) & ((1 << self.width) - 1)
        return code or self.exception(place)

    def exception(self, place: int) -> int:
        """The value at a place, if it is an exception; else 0."""
        at = bisect_left(self.indices, place)
        if at < len(self.indices) and self.indices[at] == place:
            return int(self.values[at])
        return 0


def columns(data: Bytes, parts: Layout) -> tuple[Column | None, Column | None]:
    """The columns of frequencies and of titles of a list, as far as it has them.

    Raises:
        DamagedPostings: They go beyond the data.
    """
    frequencies = titles = None
    at = parts.rest
    if parts.flags & HAS_FREQUENCIES:
        frequencies, at = _column(data, at, parts.count)
    if parts.flags & HAS_TITLES:
        titles, at = _column(data, at, parts.count)
    return frequencies, titles


def decode_many(data: Bytes, starts: Integers, capacity: int) -> PostingLists:
    """The lists that begin at the given bytes, which must follow each other.

    Raises:
        DamagedPostings: One of them is damaged.
    """
    kernel = load("postings")
    if kernel is not None:
        try:
            buffers = kernel.decode_many(data, np.ascontiguousarray(starts, np.int64), capacity)
        except ValueError as error:
            raise DamagedPostings(str(error)) from error
        return PostingLists(*(np.frombuffer(part, np.int64) for part in buffers))
    lists, end = [], 0
    for start in starts.tolist():
        if start < end:
            raise DamagedPostings(say("lists overlap", "倒排表互相重叠"))
        lists.append(decode(data, start, capacity))
        end = _end(data, layout(data, start, capacity))
    sizes = np.array([0, *(documents.size for documents, _, _ in lists)], np.int64)
    columns = (
        np.concatenate([one[part] for one in lists]) if lists else np.zeros(0, np.int64)
        for part in range(3)
    )
    return PostingLists(sizes.cumsum(), *columns)


def _end(data: Bytes, parts: Layout) -> int:
    """Where a list ends."""
    at = parts.rest
    for flag in (HAS_FREQUENCIES, HAS_TITLES):
        if parts.flags & flag:
            at = _column(data, at, parts.count)[1]
    return at


def _column(data: Bytes, at: int, count: int) -> tuple[Column, int]:
    """A packed column, and where it ends."""
    if at + 5 > data.size:
        raise DamagedPostings(say("a list is cut off", "一个倒排表被截断"))
    width = int(data[at])
    exceptions = 0
    at += 1
    if width & HAS_EXCEPTIONS:
        width ^= HAS_EXCEPTIONS
        exceptions = int.from_bytes(data[at : at + 4].tobytes(), "little")
        at += 4
    first = at + (count * width + 7) // 8
    second = first + EXCEPTION_SIZE // 2 * exceptions
    end = first + EXCEPTION_SIZE * exceptions
    if width > 32 or end + PADDING > data.size:
        raise DamagedPostings(say("a list is cut off", "一个倒排表被截断"))
    raw = data.data
    return Column(count, width, at, raw[first:second].cast("I"), raw[second:end].cast("I")), end


def encode(lists: PostingLists, capacity: int, impacts: Bytes) -> tuple[bytes, Integers]:
    """The bytes of lists, and where each list begins in them (one more: where the last one ends).

    Args:
        lists: The postings; no list may be empty.
        capacity: The number of documents of the segment, at most 2³¹.
        impacts: For each posting how much it is worth, 0 to 255; the directory keeps the
            greatest of each range.

    Raises:
        ValueError: A number is too large; a frequency must be less than 2³².
    """
    if capacity > LARGEST:
        raise ValueError(
            say(f"a segment cannot have {capacity} documents", f"一个段不能有 {capacity} 个文档")
        )
    kernel = load("postings")
    if kernel is not None:
        blob, offsets = kernel.encode(
            *(
                np.ascontiguousarray(column, np.int64)
                for column in (lists.starts, lists.documents, lists.frequencies, lists.titles)
            ),
            capacity,
            np.ascontiguousarray(impacts),
        )
        return blob, np.frombuffer(offsets, np.int64)
    if max(lists.frequencies.max(initial=0), lists.titles.max(initial=0)) >= 1 << 32:
        raise ValueError(say("a frequency is too large", "词频过大"))
    return _Encoder(lists, capacity, impacts).run()


class _Encoder:
    """Encodes many lists at once: first how large every part is, then all parts of one kind."""

    def __init__(self, lists: PostingLists, capacity: int, impacts: Bytes) -> None:
        self.lists = lists
        self.capacity = capacity
        self.impacts = impacts
        self.counts = np.diff(lists.starts)
        self.owner = np.repeat(np.arange(len(lists)), self.counts)  # the list of each posting
        self.index = np.arange(lists.documents.size) - lists.starts[:-1][self.owner]
        self.low_widths = _by_count(self.counts, lambda count: low_width(capacity, count))

    def run(self) -> tuple[bytes, Integers]:
        lists, counts, capacity = self.lists, self.counts, self.capacity
        frequencies = _Column(lists.frequencies - 1, self.owner, counts)
        titles = _Column(lists.titles, self.owner, counts)
        flags = frequencies.present * HAS_FREQUENCIES + titles.present * HAS_TITLES
        headers = (counts << FLAG_BITS) | flags
        header_sizes = 1 + sum((headers >> bits > 0).astype(np.int64) for bits in (7, 14, 21, 28))
        ranges = np.zeros_like(counts)
        bits = np.zeros_like(counts)
        large = counts >= DIRECTORY_FROM
        bits[large] = _by_count(counts[large], lambda count: range_bits(capacity, count))
        ranges[large] = ((capacity - 1) >> bits[large]) + 1
        sizes = [
            header_sizes,
            5 * ranges,
            (counts + ((capacity - 1) >> self.low_widths) + 8) // 8,
            (counts * self.low_widths + 7) // 8,
            frequencies.sizes,
            titles.sizes,
        ]
        starts = np.concatenate([[0], np.cumsum(np.sum(sizes, axis=0))]).astype(np.int64)
        at = starts[:-1] + np.cumsum([np.zeros_like(counts), *sizes[:-1]], axis=0)
        vector = np.zeros(8 * int(starts[-1]), np.bool_)
        owner = self.owner
        low_widths = self.low_widths[owner]
        high = lists.documents >> low_widths
        vector[8 * at[2][owner] + high + self.index] = True
        scatter(vector, 8 * at[3][owner] + self.index * low_widths, low_widths, lists.documents)
        for column, place in ((frequencies, at[4]), (titles, at[5])):
            column.scatter(vector, place, owner, self.index)
        data = np.packbits(vector, bitorder="little")
        for byte in range(5):
            chosen = np.flatnonzero(header_sizes > byte)
            values = (headers[chosen] >> 7 * byte) & 127
            more = (headers[chosen] >> 7 * (byte + 1) > 0) << 7
            data[at[0][chosen] + byte] = values | more
        for number in np.flatnonzero(large).tolist():
            self._write_directory(data, number, int(at[1][number]), int(bits[number]))
        for column, place in ((frequencies, at[4]), (titles, at[5])):
            column.write_exceptions(data, place)
        return data.tobytes(), starts

    def _write_directory(self, data: Bytes, number: int, at: int, bits: int) -> None:
        first, last = self.lists.starts[number : number + 2].tolist()
        documents = self.lists.documents[first:last]
        ranges = ((self.capacity - 1) >> bits) + 1
        ranks = np.searchsorted(documents, np.arange(ranges, dtype=np.int64) << bits)
        greatest = np.zeros(ranges, np.uint8)
        np.maximum.at(greatest, documents >> bits, self.impacts[first:last])
        data[at : at + 4 * ranges] = ranks.astype("<u4").view(np.uint8)
        data[at + 4 * ranges : at + 5 * ranges] = greatest


class _Column:
    """A column of small numbers: packed by the width that suits most, with exceptions."""

    def __init__(self, values: Integers, owner: Integers, counts: Integers) -> None:
        self.values = values
        lists = counts.size
        self.present = np.bincount(owner[values > 0], minlength=lists) > 0
        costs, exceptions = [], []
        for width in WIDTHS:
            above = np.bincount(owner[values >> width > 0], minlength=lists)
            exceptions.append(above)
            costs.append((counts * width + 7) // 8 + EXCEPTION_SIZE * above + 4 * (above > 0))
        best = np.argmin(costs, axis=0)
        self.widths = np.array(WIDTHS, np.int64)[best] * self.present
        self.exceptions = np.choose(best, exceptions) * self.present
        self.packed = (counts * self.widths + 7) // 8
        self.heads = 1 + 4 * (self.exceptions > 0)
        self.sizes = (self.heads + self.packed + EXCEPTION_SIZE * self.exceptions) * self.present
        self.is_exception = (values >> self.widths[owner] > 0) & self.present[owner]
        self.exception_index = np.arange(values.size)[self.is_exception]

    def scatter(self, vector: Mask, at: Integers, owner: Integers, index: Integers) -> None:
        widths = self.widths[owner]
        places = 8 * (at + self.heads)[owner] + index * widths
        # What is an exception is left 0 here.
        values = np.where(self.is_exception, 0, self.values)
        scatter(vector, places, widths, values)
        self._owner, self._index = owner, index

    def write_exceptions(self, data: Bytes, at: Integers) -> None:
        data[at[self.present]] = self.widths[self.present]
        exceptional = self.exceptions > 0
        data[at[exceptional]] |= HAS_EXCEPTIONS
        _write_words(data, at[exceptional] + 1, self.exceptions[exceptional])
        chosen = self.exception_index
        if not chosen.size:
            return
        owner = self._owner[chosen]
        firsts = np.searchsorted(owner, owner)  # the exceptions of a list follow each other
        nth = np.arange(chosen.size) - firsts
        base = (at + self.heads + self.packed)[owner]
        _write_words(data, base + 4 * nth, self._index[chosen])
        _write_words(data, base + 4 * (self.exceptions[owner] + nth), self.values[chosen])


def _write_words(data: Bytes, at: Integers, values: Integers) -> None:
    """Write numbers of four bytes at given places."""
    data[at[:, None] + np.arange(4)] = values.astype("<u4").view(np.uint8).reshape(-1, 4)


def _by_count(counts: Integers, function: Callable[[int], int]) -> Integers:
    """A function of the number of postings, worked out once for each different number."""
    distinct, inverse = np.unique(counts, return_inverse=True)
    return np.array([function(count) for count in distinct.tolist()], np.int64)[inverse]
