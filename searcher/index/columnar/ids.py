"""The ids of documents, one after the other, and their order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from searcher.index.columnar.arrays import Bytes, Keys, Unsigned
from searcher.index.columnar.container import ContainerWriter, DamagedFile
from searcher.index.columnar.numbers import number_width
from searcher.index.columnar.offsets import write_offsets
from searcher.language import say
from searcher.lazy import np

_DIGIT = 7  # bytes of an id that are compared at once
_LONG = 16  # digits; what is alike for so long is compared by Python
_CHUNK = 1 << 16  # ids to look at at once
_TOGETHER = 1 << 18  # ids to sort at once, of those that are in order in parts


class IdColumn:
    """The ids of the documents of a segment, in the order of the documents."""

    def __init__(
        self, data: Bytes, sizes: Unsigned, parts: Sequence[Unsigned] | None = None
    ) -> None:
        """Take them as one string, and the size of each in bytes (32 bits).

        Args:
            data: The ids, one after the other.
            sizes: The size of each.
            parts: The numbers of all documents, in parts of which each is in the order of ids;
                None if there are no such parts.
        """
        self._data = data
        self._sizes = sizes
        self._parts = parts

    @classmethod
    def of(cls, ids: list[bytes]) -> IdColumn:
        """Take them one by one."""
        sizes = np.fromiter(map(len, ids), np.uint32, len(ids))
        return cls(np.frombuffer(b"".join(ids), np.uint8), sizes)

    def write(self, writer: ContainerWriter) -> None:
        """Write the sections."""
        writer.add("ids", [self._data])
        write_offsets(writer, "id_starts", self._sizes)
        writer.add("id_order", self._order())

    def _order(self) -> Iterator[bytes]:
        width = number_width(self._sizes.size)
        parts = self._parts
        orders = (
            iter([order_of(self._data, self._sizes)])
            if parts is None
            else merged_order(self._data, self._sizes, parts)
        )
        for order in orders:
            yield order.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()


def merged_order(
    data: Bytes, sizes: Unsigned, parts: Sequence[Unsigned], together: int = _TOGETHER
) -> Iterator[Unsigned]:
    """What ``order_of`` returns, one stretch after the other: that takes a tenth of the memory.

    Args:
        data: The strings, one after the other.
        sizes: The size of each in bytes.
        parts: The numbers of all strings, in parts of which each is in order.
        together: How many are sorted at once, about.

    Raises:
        DamagedFile: A part is not in order.
    """
    starts = _starts(data, sizes)

    def string(number: int) -> bytes:
        start = int(starts[number])
        return data[start : start + int(sizes[number])].tobytes()

    # Of strings that are taken evenly from all, every eighth is a bound.
    some = sorted(map(string, range(0, sizes.size, max(1, together // 8))))
    bounds = some[8::8]
    places = [
        [0, *(bisect_left(part, bound, key=string) for bound in bounds), part.size]
        for part in parts
    ]
    done = 0
    for at in range(len(bounds) + 1):
        numbers = np.concatenate(
            [part[place[at] : place[at + 1]] for part, place in zip(parts, places, strict=True)]
        )
        numbers.sort()  # so that of equal strings the first one comes first
        order = numbers[order_of(data, sizes[numbers], starts[numbers])]
        done += order.size
        if order.size and (
            (at and string(order[0]) < bounds[at - 1])
            or (at < len(bounds) and string(order[-1]) >= bounds[at])
        ):
            break
        yield order
    else:
        if done == sizes.size:
            return
    raise DamagedFile(say("the ids are out of order", "id 没有按次序排列"))


def order_of(data: Bytes, sizes: Unsigned, starts: Unsigned | None = None) -> Unsigned:
    """The numbers of strings in the order of their bytes; of equal ones the first comes first.

    They are sorted by some bytes, those that are alike by the next ones, and so on: no string
    becomes an object, and of millions only a few are alike for long.

    Args:
        data: The strings, one after the other.
        sizes: The size of each in bytes.
        starts: Where each begins; None where they fill the data.
    """
    if starts is None:
        starts = _starts(data, sizes)
    order = _sorted_by(_keys(data, starts, sizes, None, 0))
    # What is alike so far: where it is in the order, and the number of its group.
    places, groups = _alike(_keys(data, starts, sizes, order, 0), None)
    for depth in range(_DIGIT, _LONG * _DIGIT, _DIGIT):
        if not places.size:
            return order
        tied: list[tuple[Unsigned, Unsigned]] = []
        count = 0
        for first, end in _together(groups):
            some, group = places[first:end], groups[first:end]
            numbers = order[some]
            keys = _keys(data, starts, sizes, numbers, depth)
            is_one = group[0] == group[-1]
            by = np.argsort(keys, kind="stable") if is_one else np.lexsort((keys, group))
            order[some] = numbers[by]
            alike, group = _alike(keys[by], None if is_one else group)
            tied.append((some[alike], group + np.uint32(count)))
            count += int(group[-1]) if group.size else 0
        places, groups = (np.concatenate(column) for column in zip(*tied, strict=True))
    bounds = np.flatnonzero(np.diff(groups.astype(np.int64), prepend=-1, append=-1))
    for first, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        alike = order[places[first:end]].tolist()
        strings = {
            n: data[int(starts[n]) : int(starts[n]) + int(sizes[n])].tobytes() for n in alike
        }
        order[places[first:end]] = sorted(alike, key=strings.__getitem__)
    return order


def _starts(data: Bytes, sizes: Unsigned) -> Unsigned:
    """Where each string begins."""
    starts: Unsigned
    if data.size >> 32:
        starts = np.cumsum(sizes, dtype=np.uint64)
    else:
        starts = np.cumsum(sizes, dtype=np.uint32)
    np.subtract(starts, sizes, out=starts)
    return starts


def _sorted_by(keys: Keys) -> Unsigned:
    """The numbers of keys in their order, in 32 bits."""
    return np.argsort(keys, kind="stable").astype(np.uint32)


def _together(groups: Unsigned) -> Iterator[tuple[int, int]]:
    """Bounds between which groups are sorted at once: some small ones, or a large one."""
    first = 0
    while first < groups.size:
        last = groups[min(first + _CHUNK, groups.size) - 1]
        end = int(np.searchsorted(groups, last, side="right"))
        yield first, end
        first = end


def _alike(keys: Keys, groups: Unsigned | None) -> tuple[Unsigned, Unsigned]:
    """Where strings are that these keys, in order, do not tell apart, and the group of each.

    Args:
        keys: The keys of strings.
        groups: Which of them were alike before; None if all were.
    """
    is_like_next = keys[1:] == keys[:-1]
    is_like_next &= (keys[1:] & np.uint64(0xFF)) > _DIGIT  # others are at their end
    if groups is not None:
        is_like_next &= groups[1:] == groups[:-1]
    is_tied = np.append(is_like_next, False)
    is_tied[1:] |= is_like_next
    places = np.flatnonzero(is_tied).astype(np.uint32)
    is_first = np.append(True, ~is_like_next)[places]
    return places, np.cumsum(is_first, dtype=np.uint32)


def _keys(
    data: Bytes, starts: Unsigned, sizes: Unsigned, numbers: Unsigned | None, depth: int
) -> Keys:
    """Numbers in the order of strings from ``depth`` on, as far as they tell it.

    That is some bytes, and behind them how many are left, up to one more than these.

    Args:
        data: All strings.
        starts: Where each begins.
        sizes: The size of each.
        numbers: Which of them are asked for; None for all.
        depth: What to pass over of each.
    """
    keys = np.empty(sizes.size if numbers is None else numbers.size, np.uint64)
    for first in range(0, keys.size, _CHUNK):
        end = min(first + _CHUNK, keys.size)
        some = np.arange(first, end) if numbers is None else numbers[first:end]
        at = starts[some].astype(np.int64) + depth
        left = np.clip(sizes[some].astype(np.int64) - depth, 0, _DIGIT + 1)
        key = np.zeros(some.size, np.uint64)
        for number in range(_DIGIT):
            is_there = left > number
            byte = np.zeros(some.size, np.uint64)
            byte[is_there] = data[at[is_there] + number]
            key = key << np.uint64(8) | byte
        keys[first:end] = key << np.uint64(8) | left.astype(np.uint64)
    return keys
