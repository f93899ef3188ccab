"""Asking many long lists for many documents at once, without decoding them.

A directory tells where in the bit vector of its list a range begins. From there on the zeros are
counted: those with the same high bits as a document stand between two of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

from searcher.index.columnar.arrays import Bytes, Integers, Keys, Mask, Unsigned
from searcher.index.columnar.bits import pick, words
from searcher.index.columnar.postings import Column, DamagedPostings, Layout
from searcher.language import say
from searcher.lazy import np

_WORDS = 5  # of the bit vector that are looked at; a range takes about three and a half
# What is done with all bytes of a word at once.
_EACH_BYTE = 0x0101010101010101
_HIGH_BITS = 0x8080808080808080
_LAST_BYTE = 56  # bits before it


def find_one(data: memoryview, parts: Layout, document: int) -> int:
    """The rank of a document in a list with a directory; -1 if the list does not have it.

    The same as ``Selector`` for one document and one list, without numpy, which is faster then.
    """
    nth, low = document >> parts.range_bits, parts.low_width
    top, first = document >> low, (nth << parts.range_bits) >> low
    ranks = parts.directory + 4 * nth
    start = first + int.from_bytes(data[ranks : ranks + 4], "little")
    if nth + 1 < parts.ranges:
        end = (((nth + 1) << parts.range_bits) >> low) + int.from_bytes(
            data[ranks + 4 : ranks + 8], "little"
        )
    else:
        end = 8 * (parts.low - parts.high)
    size = end - start
    if size <= 0 or end > 8 * (parts.low - parts.high):
        raise DamagedPostings(
            say("the directory of a list is out of order", "一个倒排表的目录没有按次序排列")
        )
    bits = int.from_bytes(
        data[parts.high + (start >> 3) : parts.high + (end + 7 >> 3)], "little"
    ) >> (start & 7)
    zeros = ~bits & ((1 << size) - 1)
    # Behind how many bits so many zeros are over: at least as many, at most all.
    position, beyond = top - first, size
    while position < beyond:
        middle = (position + beyond) // 2
        if (zeros & ((1 << middle) - 1)).bit_count() < top - first:
            position = middle + 1
        else:
            beyond = middle
    mask = (1 << low) - 1
    rank = start + position - top
    while bits >> position & 1 and 0 <= rank < parts.count:
        at = parts.low + (rank * low >> 3)
        code = int.from_bytes(data[at : at + 8], "little") >> (rank * low & 7) & mask
        if code >= document & mask:
            return rank if code == document & mask else -1
        position += 1
        rank += 1
    return -1


class Selector:
    """Finds documents in the lists of a field."""

    def __init__(self, data: Bytes) -> None:
        """Take the lists."""
        self._data = data
        self._words = words(data)

    @cached_property
    def _halves(self) -> Unsigned:
        return np.ndarray((self._data.size - 3,), "<u4", self._data.data, 0, (1,))

    @cached_property
    def _windows(self) -> Bytes:
        shape = (self._data.size - 8 * _WORDS + 1, 8 * _WORDS)
        return np.ndarray(shape, np.uint8, self._data.data, 0, (1, 1))

    @cached_property
    def _tables(self) -> tuple[Bytes, Bytes, Bytes]:
        """For each byte how many zeros it has, and where each of them is; bits to leave out."""
        bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")
        zeros = (8 - bits.sum(axis=1)).astype(np.uint8)
        places = np.argsort(bits, axis=1, kind="stable").astype(np.uint8).reshape(-1)
        return zeros, places, ((1 << np.arange(8)) - 1).astype(np.uint8)

    def find(
        self, lists: Sequence[Layout], documents: Integers
    ) -> tuple[Integers, Integers, list[int]]:
        """Look for documents in lists with a directory.

        Args:
            lists: The lists.
            documents: The documents, of the segment.

        Returns:
            For what was found ``list * documents + document``, by their places, and its rank in
            the list; and the numbers of lists that this way cannot tell about.

        Raises:
            DamagedPostings: A list is not what it should be.
        """
        low, bits, high, directory, codes, counts = np.array(
            [
                (one.low_width, one.range_bits, one.high, one.directory, one.low, one.count)
                for one in lists
            ]
        ).T[:, :, None]
        ranges = documents >> bits
        tops = documents >> low
        zeros = tops - ((ranges << bits) >> low)
        start = tops - zeros + self._halves[directory + 4 * ranges]
        first, end, unknown = self._between(start, high, zeros)
        sizes = (end - first).reshape(-1)
        owners = np.arange(sizes.size).repeat(sizes)
        ranks = (first - tops).reshape(-1) - sizes.cumsum()
        ranks += sizes
        ranks = ranks[owners]
        ranks += np.arange(ranks.size)
        of_list, of_document = np.divmod(owners, documents.size)
        if ranks.size and (int(ranks.min()) < 0 or (ranks >= counts[of_list, 0]).any()):
            raise DamagedPostings(say("a list is out of order", "一个倒排表没有按次序排列"))
        widths = low[of_list, 0]
        masks = (1 << widths) - 1
        widths *= ranks
        widths += 8 * codes[of_list, 0]
        found = pick(self._words, widths, masks) == documents[of_document] & masks
        return owners[found], ranks[found], unknown

    def _between(
        self, start: Integers, high: Integers, zeros: Integers
    ) -> tuple[Integers, Integers, list[int]]:
        """Where, from bits ``start`` on, so many zeros are over, and where the next zero is."""
        zero_counts, places, below = self._tables
        at = high + (start >> 3)
        last = self._windows.shape[0] - 1
        is_beyond = at > last
        rows = self._windows[np.minimum(at, last)]
        rows[..., 0] |= below[start & 7]
        # In each word the sums of the zeros of its bytes, from the first byte on.
        sums: Keys = zero_counts[rows].view("<u8").reshape(-1, _WORDS) * _EACH_BYTE
        totals = [*accumulate((sums >> _LAST_BYTE).astype(np.int64).T)]
        is_beyond |= (totals[-1] <= zeros.reshape(-1)).reshape(zeros.shape)
        unknown: list[int] = []
        if is_beyond.any():
            unknown = is_beyond.any(axis=1).nonzero()[0].tolist()
            zeros = np.where(is_beyond, 0, zeros)
        flat = zeros.reshape(-1)
        # The zero before and the zero behind: how many zeros are before each, in all ...
        wanted = np.concatenate([flat - (flat > 0), flat])
        nth_word = np.zeros_like(wanted)
        for total in totals[:-1]:
            nth_word += (total <= wanted.reshape(2, -1)).reshape(-1)
        nth_word += np.tile(np.arange(0, flat.size * _WORDS, _WORDS), 2)
        before = np.concatenate([[np.zeros_like(flat)], totals[:-1]])
        # ... in its word ...
        wanted -= before.T.reshape(-1)[nth_word]
        word_sums = sums.reshape(-1)[nth_word]
        within = wanted.astype(np.uint64)
        is_less = (((within * _EACH_BYTE) | _HIGH_BITS) - word_sums) & _HIGH_BITS
        nth_byte = ((is_less >> 7) * _EACH_BYTE) >> _LAST_BYTE
        # ... and in its byte.
        within -= ((word_sums << 8) >> (nth_byte * 8)) & 255
        byte = nth_word * 8 + nth_byte.astype(np.int64)
        places_at = rows.reshape(-1)[byte].astype(np.int64) * 8 + within.astype(np.int64)
        found = (byte * 8 + places.take(places_at, mode="clip")).reshape(2, *zeros.shape)
        found += (start & ~7) - np.arange(0, flat.size * _WORDS * 64, _WORDS * 64).reshape(
            zeros.shape
        )
        first = np.where(zeros > 0, found[0] + 1, start)
        end = found[1]
        if unknown:
            end = np.where(is_beyond, first, end)
        return first, np.maximum(first, end), unknown

    def values(
        self, columns: Sequence[Column | None], of_list: Integers, ranks: Integers
    ) -> Integers | None:
        """The values of columns of several lists at ranks; None if all are 0."""
        if not any(columns):
            return None
        widths, codes = np.array(
            [(0, 0) if one is None else (one.width, one.codes) for one in columns]
        ).T
        width = widths[of_list]
        values = pick(self._words, 8 * codes[of_list] + ranks * width, (1 << width) - 1)
        exceptional = [one is not None and bool(one.indices) for one in columns]
        if any(exceptional):
            may_be: Mask = np.array(exceptional)[of_list]
            may_be &= values == 0
            for place in may_be.nonzero()[0].tolist():
                column = columns[of_list[place]]
                if column is not None:
                    values[place] = column.exception(int(ranks[place]))
        return values
