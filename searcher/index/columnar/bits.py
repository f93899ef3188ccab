"""Numbers packed into as few bits as they need, in numpy.

Bits are counted from the least significant one of the first byte on, so a number of ``width`` bits
at bit ``p`` is read from the little-endian word at byte ``p // 8``, shifted by ``p % 8``.
"""

from __future__ import annotations

from searcher.index.columnar.arrays import Bytes, Integers, Mask
from searcher.lazy import np

# A reader may take a whole word for the last number, so this many bytes follow all packed data.
PADDING = 8

_MANY = 2000  # numbers; from here on going over them eight times is faster than picking words


def words(data: Bytes, start: int = 0) -> Integers:
    """The words of eight bytes that begin at each byte from ``start`` on."""
    return np.ndarray((data.size - start - 7,), "<i8", data.data, start, (1,))


def unpack(data: Bytes, start: int, width: int, count: int) -> Integers:
    """The ``count`` numbers of ``width`` bits, up to 32, that begin at byte ``start``.

    At least ``PADDING`` bytes must follow them.
    """
    if not width:
        return np.zeros(count, np.int64)
    mask = (1 << width) - 1
    if count < _MANY:
        return pick(words(data, start), np.arange(0, count * width, width), mask)
    groups = count // 8
    result = np.empty((groups + 1, 8), np.int64)
    for nth in range(8):  # of each group of eight numbers, which begins at a whole byte
        at, shift = divmod(nth * width, 8)
        column = np.ndarray((groups,), "<i8", data.data, start + at, (width,))
        np.right_shift(column, shift, out=result[:groups, nth])
    result[:groups] &= mask
    rest = count - 8 * groups
    last = words(data, start + groups * width)
    result[groups, :rest] = pick(last, np.arange(0, rest * width, width), mask)
    return result.reshape(-1)[:count]


def pick(words: Integers, at: Integers, mask: int | Integers) -> Integers:
    """The numbers at bits ``at`` of the data whose ``words`` are given.

    A mask has the bits of a number, at most 56; there may be one for each number.
    """
    values: Integers = words[at >> 3]
    values >>= at & 7
    values &= mask
    return values


def ones(data: Bytes, start: int, size: int) -> Integers:
    """The positions of the bits that are set in the ``size`` bytes from byte ``start`` on."""
    bits = np.unpackbits(data[start : start + size], bitorder="little")
    # As truth values they are counted several times faster than as numbers.
    return bits.view(np.bool_).nonzero()[0]


def scatter(bits: Mask, at: Integers, widths: Integers, values: Integers) -> None:
    """Write numbers into an array of bits, each at its place and with its own width."""
    for bit in range(int(widths.max(initial=0))):
        chosen = widths > bit
        bits[at[chosen] + bit] = (values[chosen] >> bit) & 1
