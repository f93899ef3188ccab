"""What a posting holds besides its document and weight: positions, characters, or any bytes.

Whoosh's formats write such a *value* as a pickle. Positions and characters are kept as differences
instead, each in as many bytes as it needs, and are turned back into what the format would have
written only for those who ask for the bytes. What is always the same or follows from the weight is
not kept at all; all else is kept as it is.
"""

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh import formats

from searcher.index.columnar.arrays import Bytes, Integers
from searcher.index.columnar.postings import DamagedPostings
from searcher.language import say

# How the values of a field are kept.
NONE = "none"  # the format has none
FREQUENCY = "frequency"  # the weight, as a number of four bytes
FIXED = "fixed"  # bytes, always as many
BYTES = "bytes"  # bytes, with a size for each posting
POSITIONS = "positions"  # the size is how many
CHARACTERS = "characters"  # the same: position, first character, last character
_NUMBERS: dict[type, tuple[str, int]] = {  # how, and the numbers of each occurrence
    formats.Positions: (POSITIONS, 1),
    formats.Characters: (CHARACTERS, 3),
}
_BATCH = 1 << 16  # values to pack at once
_LONGEST = 10  # bytes of a number
_FREQUENCY = struct.Struct("!I")


@dataclass(frozen=True, slots=True)
class PackedValues:
    """The values of a field.

    Attributes:
        kind: How they are kept.
        size: The bytes of each ``FIXED`` value, else 0.
        chunks: The data.
        starts: Where the values of each term begin in it, and where the last ones end.
        sizes: The size of each value.
    """

    kind: str
    size: int
    chunks: Sequence[bytes]
    starts: Integers
    sizes: Integers


class ValuePacker:
    """Collects the values of a field, term by term."""

    def __init__(self, format_: Any) -> None:
        """Take the field's format."""
        self._kind, self._arity = _NUMBERS.get(type(format_), (BYTES, 0))
        self._fixed = format_.fixed_value_size()
        if self._fixed == 0:
            self._kind = NONE
        self._decode = getattr(format_, f"decode_{self._kind}", None)
        self._pending: list[bytes] = []
        self._bounds: list[int] = []  # how many were pending when each term ended
        self._chunks: list[bytes] = []
        self._sizes = array("I")
        self._starts = array("Q", [0])

    def add(self, value: bytes) -> None:
        """Take the value of the next posting."""
        self._pending.append(value)

    def finish_term(self) -> None:
        """Say that the next value is another term's."""
        self._bounds.append(len(self._pending))
        if len(self._pending) >= _BATCH:
            self._flush()

    def finish(self, weights: npt.NDArray[np.float32]) -> PackedValues:
        """The packed values of postings with these weights."""
        self._flush()
        sizes = np.array(self._sizes, np.int64)
        starts = np.array(self._starts, np.int64)
        if self._kind == NONE:
            return PackedValues(NONE, 0, (), starts, np.zeros_like(sizes))
        if self._kind == BYTES and sizes.size and self._fixed and (sizes == self._fixed).all():
            nothing = np.zeros_like(sizes)
            if self._fixed == _FREQUENCY.size:
                numbers = np.frombuffer(b"".join(self._chunks), ">u4")
                if (numbers == weights).all():
                    return PackedValues(FREQUENCY, 0, (), starts, nothing)
            return PackedValues(FIXED, self._fixed, self._chunks, starts, nothing)
        return PackedValues(self._kind, 0, self._chunks, starts, sizes)

    def _flush(self) -> None:
        values, self._pending = self._pending, []
        bounds, self._bounds = self._bounds, []
        if self._kind == NONE:
            self._sizes.extend([0] * len(values))
            return
        if self._decode is None:
            blob = b"".join(values)
            sizes = [len(value) for value in values]
            ends = np.cumsum([0, *sizes])
        else:
            # Whoosh gives an empty value where a field has none for a posting.
            occurrences = [self._decode(value) if value else [] for value in values]
            sizes = [len(one) for one in occurrences]
            blob, ends = _pack_occurrences(occurrences, np.array(sizes, np.int64), self._arity)
        self._sizes.extend(sizes)
        first = self._starts[-1]
        self._starts.extend((first + ends[np.array(bounds, np.int64)]).tolist())
        self._chunks.append(blob)


class Values:
    """The values of a term's postings; this class is for formats that have none."""

    def value(self, at: int) -> bytes | None:
        """What the format wrote for a posting."""
        return None

    def decoded(self, at: int, format_: Any, name: str) -> Any:
        """The same as the format reads it: ``frequency``, ``positions`` and so on."""
        return format_.decoder(name)(self.value(at))


class FieldValues:
    """The values of a field in a segment."""

    def __init__(self, kind: str, size: int, data: memoryview, starts: Integers | None) -> None:
        """Take the columns.

        Args:
            kind: How the values are kept.
            size: The bytes of each ``FIXED`` value.
            data: All values.
            starts: Where the values of each term begin; None where that follows from ``size``.
        """
        self.kind = kind
        self.size = size
        self._data = data
        self._starts = starts

    def of(self, term: int, first: int, frequencies: Integers, sizes: Integers) -> Values:
        """The values of a term.

        Args:
            term: The term's number.
            first: How many postings of the field come before its first one.
            frequencies: The frequency of each posting.
            sizes: The size of the value of each posting.

        Raises:
            DamagedPostings: The values do not fit the postings.
        """
        if self.kind == NONE:
            return Values()
        if self.kind == FREQUENCY:
            return _FrequencyValues(frequencies)
        if self.kind == FIXED:
            sizes = np.full_like(sizes, self.size)
            start, end = first * self.size, (first + sizes.size) * self.size
        elif self._starts is None:
            raise DamagedPostings(say("values without an order", "数值没有次序"))
        else:
            start, end = self._starts[term : term + 2].tolist()
        if not 0 <= start <= end <= len(self._data):
            raise DamagedPostings(say("values are cut off", "数值被截断"))
        data = self._data[start:end]
        if self.kind in (FIXED, BYTES):
            if int(sizes.sum()) != len(data):
                raise DamagedPostings(
                    say("there are more or fewer values than postings", "数值与倒排记录的个数不同")
                )
            return _SlicedValues(data, sizes)
        return _OccurrenceValues(self.kind, np.frombuffer(data, np.uint8), sizes)


class _FrequencyValues(Values):
    def __init__(self, frequencies: Integers) -> None:
        self._frequencies = frequencies

    def value(self, at: int) -> bytes:
        return _FREQUENCY.pack(self._frequencies[at])


class _SlicedValues(Values):
    def __init__(self, data: memoryview, sizes: Integers) -> None:
        self._data = data
        self._ends = np.cumsum(np.concatenate([[0], sizes]))

    def value(self, at: int) -> bytes:
        start, end = self._ends[at : at + 2].tolist()
        return bytes(self._data[start:end])


class _OccurrenceValues(Values):
    def __init__(self, kind: str, data: Bytes, sizes: Integers) -> None:
        self._format, arity = next(
            (format_(), arity) for format_, (name, arity) in _NUMBERS.items() if name == kind
        )
        self._name = kind
        self._rows = _unpack_occurrences(data, sizes, arity)
        self._ends = np.cumsum(np.concatenate([[0], sizes]))

    def value(self, at: int) -> bytes:
        occurrences = self._occurrences(at)
        return bytes(self._format.encode(occurrences)) if occurrences else b""

    def decoded(self, at: int, format_: Any, name: str) -> Any:
        # A schema may have been given another format since.
        if type(format_) is type(self._format):
            if name == self._name:
                return self._occurrences(at)
            if name == "frequency":
                return int(self._ends[at + 1] - self._ends[at])
            if name == "positions":
                return self._rows[self._ends[at] : self._ends[at + 1], 0].tolist()
        return super().decoded(at, format_, name)

    def _occurrences(self, at: int) -> list[Any]:
        rows = self._rows[self._ends[at] : self._ends[at + 1]]
        return rows[:, 0].tolist() if rows.shape[1] == 1 else list(map(tuple, rows.tolist()))


def _pack_occurrences(
    occurrences: list[list[Any]], sizes: Integers, arity: int
) -> tuple[bytes, Integers]:
    """The bytes of occurrences, and where those of each posting begin; one more: the end."""
    flat: Any = chain.from_iterable(occurrences)
    if arity > 1:
        flat = chain.from_iterable(flat)
    rows = np.fromiter(flat, np.int64).reshape(-1, arity)
    steps = rows.copy()
    is_inner = np.ones(len(rows), np.bool_)
    is_inner[(np.cumsum(sizes) - sizes)[sizes > 0]] = False
    inner = np.flatnonzero(is_inner)
    steps[inner, 0] -= rows[inner - 1, 0]
    if arity == 3:
        steps[:, 2] -= rows[:, 1]
        steps[inner, 1] -= rows[inner - 1, 2]
    blob, lengths = encode_numbers(steps.ravel())
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return blob, ends[np.concatenate([[0], np.cumsum(sizes)]) * arity]


def _unpack_occurrences(data: Bytes, sizes: Integers, arity: int) -> Integers:
    """What ``_pack_occurrences`` was given, one row for each occurrence."""
    numbers = decode_numbers(data)
    if numbers.size != arity * int(sizes.sum()):
        raise DamagedPostings(
            say("there are more or fewer values than postings", "数值与倒排记录的个数不同")
        )
    rows = numbers.reshape(-1, arity)
    rows[:, 0] = _sums(rows[:, 0], sizes)
    if arity == 3:
        ends = _sums(rows[:, 1] + rows[:, 2], sizes)
        rows[:, 1] = ends - rows[:, 2]
        rows[:, 2] = ends
    return rows


def _sums(steps: Integers, sizes: Integers) -> Integers:
    """Sums that begin anew with each posting."""
    sums = np.cumsum(steps)
    sizes = sizes[sizes > 0]
    firsts = np.cumsum(sizes) - sizes
    sums -= np.repeat(sums[firsts] - steps[firsts], sizes)
    return sums


def encode_numbers(values: Integers) -> tuple[bytes, Integers]:
    """Numbers with 7 bits in a byte, the sign in the lowest, and how many bytes each takes."""
    folded = ((values << 1) ^ (values >> 63)).view(np.uint64)
    lengths = np.ones(values.size, np.int64)
    for byte in range(1, _LONGEST):
        more = folded >> np.uint64(7 * byte) > 0
        if not more.any():
            break
        lengths += more
    out = np.zeros(int(lengths.sum()), np.uint8)
    starts = np.cumsum(lengths) - lengths
    for byte in range(int(lengths.max(initial=0))):
        chosen = lengths > byte
        low = (folded[chosen] >> np.uint64(7 * byte)) & np.uint64(127)
        more = lengths[chosen] > byte + 1
        out[starts[chosen] + byte] = low.astype(np.uint8) | (more.astype(np.uint8) << 7)
    return out.tobytes(), lengths


def decode_numbers(data: Bytes) -> Integers:
    """What ``encode_numbers`` was given.

    Raises:
        DamagedPostings: The last number is cut off, or one is too long.
    """
    ends = np.flatnonzero(data < 128)
    starts = np.concatenate([[0], ends[:-1] + 1]) if ends.size else ends
    lengths = ends - starts + 1
    longest = int(lengths.max(initial=0))
    if (data.size and data[-1] >= 128) or longest > _LONGEST:
        raise DamagedPostings(say("a number is cut off", "一个数被截断"))
    folded = np.zeros(ends.size, np.uint64)
    for byte in range(longest):
        chosen = lengths > byte
        part = (data[starts[chosen] + byte] & 127).astype(np.uint64)
        folded[chosen] |= part << np.uint64(7 * byte)
    signs = (folded & np.uint64(1)).view(np.int64)
    return (folded >> np.uint64(1)).view(np.int64) ^ -signs
