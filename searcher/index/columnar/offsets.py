"""Small numbers of which few are large, and where things of such sizes lie.

::

    numbers   width w of a number (0, 1, 2 or 4), number of exceptions: 4 bytes each
              a number each, of w bytes; the greatest that fits for an exception
              the numbers of the exceptions, ascending, and then their values: 4 bytes each

    offsets   where the first thing of each 64 begins: 8 bytes each
              the sizes of all things, as numbers

A thing begins where its 64 begin, plus the sizes of those before it.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator
from itertools import chain
from typing import Literal

from searcher.index.columnar.arrays import Keys, Lengths, Mask, Unsigned
from searcher.index.columnar.container import Container, ContainerWriter, DamagedFile
from searcher.language import say
from searcher.lazy import np

GROUP_BITS = 6
_GROUP = 1 << GROUP_BITS
_PIECE = 1 << 16  # numbers that are looked at at once; whole groups
_HEADER = struct.Struct("<II")
_FORMATS: dict[int, Literal["B", "H", "I"]] = {0: "B", 1: "B", 2: "H", 4: "I"}
_LARGEST = (1 << 32) - 2  # the next number says that there is an exception


def write_numbers(writer: ContainerWriter, name: str, numbers: Lengths) -> None:
    """Write a section of numbers of 0 or more.

    Raises:
        ValueError: One has more than 32 bits.
    """
    writer.add(name, _encoded(numbers))


def write_offsets(writer: ContainerWriter, name: str, sizes: Lengths) -> None:
    """Write a section that says where things of these sizes lie, one after the other.

    Raises:
        ValueError: A thing has 4 GB or more.
    """
    writer.add(name, chain([_bases(sizes).tobytes()], _encoded(sizes)))


def _bases(sizes: Lengths) -> Keys:
    """Where the first thing of each group begins."""
    bases: Keys = np.zeros(-(-sizes.size // _GROUP) + 1, "<u8")
    for first in range(0, sizes.size, _PIECE):
        some = sizes[first : first + _PIECE]
        starts = np.arange(0, some.size, _GROUP)
        at = first // _GROUP + 1
        bases[at : at + starts.size] = np.add.reduceat(some, starts, dtype=np.uint64)
    return np.cumsum(bases, out=bases)[:-1]


def _encoded(numbers: Lengths) -> Iterator[bytes]:
    """Numbers as they are stored, some at a time: what is made of all would be many times as much.

    Raises:
        ValueError: One has more than 32 bits.
    """
    if int(numbers.max(initial=0)) > _LARGEST:
        raise ValueError(
            say("a document of 4 GB or more cannot be stored", "无法保存 4 GB 或更大的文档")
        )
    costs = {
        width: width * numbers.size + 8 * int(np.count_nonzero(_is_exception(numbers, width)))
        for width in _FORMATS
    }
    width = min(costs, key=costs.__getitem__)
    exceptions = np.flatnonzero(_is_exception(numbers, width))
    yield _HEADER.pack(width, exceptions.size)
    for first in range(0, numbers.size if width else 0, _PIECE):
        some = numbers[first : first + _PIECE]
        yield np.minimum(some, _mark(width)).astype(f"<u{width}").tobytes()
    yield exceptions.astype("<u4").tobytes()
    yield numbers[exceptions].astype("<u4").tobytes()


def _mark(width: int) -> int:
    """What stands for an exception: nothing, where numbers have no bytes."""
    return (1 << 8 * width) - 1


def _is_exception(numbers: Lengths, width: int) -> Mask:
    found: Mask = numbers >= _mark(width) if width else numbers > 0
    return found


class Numbers:
    """Numbers of a segment."""

    def __init__(self, section: memoryview, count: int, name: str) -> None:
        """Take the bytes of so many numbers; they are called so in errors.

        Raises:
            DamagedFile: They do not fit.
        """
        self._misfit = say(f"{name} does not fit the documents", f"{name} 与文档不符")
        if len(section) < _HEADER.size:
            raise DamagedFile(self._misfit)
        self._width, exceptions = _HEADER.unpack_from(section)
        end = _HEADER.size + self._width * count
        if self._width not in _FORMATS or len(section) != end + 8 * exceptions:
            raise DamagedFile(self._misfit)
        self._count = count
        self._mark = _mark(self._width)
        self._values = section[_HEADER.size : end].cast(_FORMATS[self._width])
        numbers = section[end:].cast("I")
        self._exceptions, self._large = numbers[:exceptions], numbers[exceptions:]

    def sum(self, first: int, end: int) -> int:
        """The sum of the numbers from ``first`` up to ``end``, which must be there.

        Raises:
            DamagedFile: It cannot be.
        """
        total: int = sum(self._values[first:end])
        if self._exceptions:
            low, high = bisect_left(self._exceptions, first), bisect_left(self._exceptions, end)
            total += sum(self._large[low:high]) - (high - low) * self._mark
        if total < 0:
            raise DamagedFile(self._misfit)
        return total

    def all(self) -> Unsigned:
        """All numbers, of 32 bits.

        Raises:
            DamagedFile: The exceptions are not those that are said to be.
        """
        if self._width:
            values = np.frombuffer(self._values, f"<u{self._width}").astype(np.uint32)
        else:
            values = np.zeros(self._count, np.uint32)
        places = np.frombuffer(self._exceptions, np.uint32)
        expected = np.flatnonzero(values == self._mark) if self._width else np.unique(places)
        if not np.array_equal(places, expected) or (places.size and places[-1] >= self._count):
            raise DamagedFile(self._misfit)
        values[places] = np.frombuffer(self._large, np.uint32)
        return values


class Offsets:
    """Where things lie."""

    def __init__(self, container: Container, name: str, count: int) -> None:
        """Take a section for so many things.

        Raises:
            DamagedFile: It does not fit them.
        """
        self._count = count
        self.section = container.section(name)  # what the kernel reads
        bases = 8 * -(-count >> GROUP_BITS)
        if len(self.section) < bases:
            raise DamagedFile(
                say(
                    f"{container.path.name}: {name} does not fit the documents",
                    f"{container.path.name}：{name} 与文档不符",
                )
            )
        self._bases = self.section[:bases].cast("Q")
        self._sizes = Numbers(self.section[bases:], count, f"{container.path.name}: {name}")

    def bounds(self, number: int) -> tuple[int, int]:
        """Where a thing begins and ends.

        Raises:
            IndexError: There is no such thing.
            DamagedFile: It is nowhere.
        """
        if not 0 <= number < self._count:
            raise IndexError(number)
        group = number >> GROUP_BITS
        start = self._bases[group] + self._sizes.sum(group << GROUP_BITS, number)
        return start, start + self._sizes.sum(number, number + 1)

    def sizes(self) -> Unsigned:
        """The sizes of all things, of 32 bits.

        Raises:
            DamagedFile: They do not lie one after the other.
        """
        sizes = self._sizes.all()
        if not np.array_equal(_bases(sizes), np.frombuffer(self._bases, np.uint64)):
            raise DamagedFile(say("the sizes of texts do not fit", "文本的大小不符"))
        return sizes
