"""The ids of documents, one after the other, and their order."""

from __future__ import annotations

from searcher.index.columnar.arrays import Bytes, Ids, Keys, Unsigned
from searcher.index.columnar.container import ContainerWriter
from searcher.index.columnar.numbers import number_width
from searcher.index.columnar.offsets import write_offsets
from searcher.lazy import np

_DIGIT = 7  # bytes of an id that are compared at once
_LONG = 16  # digits; what is alike for so long is compared by Python
_CHUNK = 1 << 16  # ids to look at at once


class IdColumn:
    """The ids of the documents of a segment, in the order of the documents."""

    def __init__(self, data: Bytes, sizes: Unsigned) -> None:
        """Take them as one string, and the size of each in bytes (32 bits)."""
        self._data = data
        self._sizes = sizes

    @classmethod
    def of(cls, ids: list[bytes]) -> IdColumn:
        """Take them one by one."""
        sizes = np.fromiter(map(len, ids), np.uint32, len(ids))
        return cls(np.frombuffer(b"".join(ids), np.uint8), sizes)

    def write(self, writer: ContainerWriter) -> None:
        """Write the sections."""
        writer.add("ids", [self._data])
        write_offsets(writer, "id_starts", self._sizes)
        numbers = order_of(self._data, self._sizes).astype("<u4").view(np.uint8).reshape(-1, 4)
        writer.add("id_order", [numbers[:, : number_width(self._sizes.size)].tobytes()])


def order_of(data: Bytes, sizes: Unsigned) -> Ids:
    """The numbers of strings in the order of their bytes; of equal ones the first comes first.

    They are sorted by some bytes, those that are alike by the next ones, and so on: no string
    becomes an object, and of millions only a few are alike for long.

    Args:
        data: The strings, one after the other.
        sizes: The size of each in bytes.
    """
    starts = np.cumsum(sizes, dtype=np.int64) - sizes
    order = np.arange(sizes.size)
    if not order.size:
        return order
    places = order.copy()  # of the strings in the order that are not told apart yet
    groups = np.zeros(sizes.size, np.int64)  # which of these are alike so far
    for depth in range(0, _LONG * _DIGIT, _DIGIT):
        numbers = order[places]
        keys = _keys(data, starts, sizes, numbers, depth)
        by = np.lexsort((keys, groups)) if depth else np.argsort(keys, kind="stable")
        order[places] = numbers[by]
        keys = keys[by]
        is_like_next = (keys[1:] == keys[:-1]) & (groups[1:] == groups[:-1])
        is_like_next &= keys[1:] & np.uint64(0xFF) > _DIGIT  # others are at their end
        is_tied = np.append(is_like_next, False)
        is_tied[1:] |= is_like_next
        groups = np.cumsum(np.append(True, ~is_like_next))[is_tied]
        places = places[is_tied]
        if not places.size:
            return order
    bounds = np.flatnonzero(np.diff(groups, prepend=-1, append=-1))
    for first, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        alike = order[places[first:end]].tolist()
        strings = {n: data[starts[n] : starts[n] + int(sizes[n])].tobytes() for n in alike}
        order[places[first:end]] = sorted(alike, key=strings.__getitem__)
    return order


def _keys(data: Bytes, starts: Ids, sizes: Unsigned, numbers: Ids, depth: int) -> Keys:
    """Numbers in the order of the strings from ``depth`` on, as far as they tell it.

    That is some bytes, and behind them how many are left, up to one more than these.
    """
    keys = np.empty(numbers.size, np.uint64)
    for first in range(0, numbers.size, _CHUNK):
        some = numbers[first : first + _CHUNK]
        at = starts[some] + depth
        left = np.clip(sizes[some].astype(np.int64) - depth, 0, _DIGIT + 1)
        key = np.zeros(some.size, np.uint64)
        for number in range(_DIGIT):
            is_there = left > number
            byte = np.zeros(some.size, np.uint64)
            byte[is_there] = data[at[is_there] + number]
            key = key << np.uint64(8) | byte
        keys[first : first + _CHUNK] = key << np.uint64(8) | left.astype(np.uint64)
    return keys
