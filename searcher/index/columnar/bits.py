"""Numbers packed into as few bits as they need, in numpy.

Bits are counted from the least significant one of the first byte on, so a number of ``width`` bits
at bit ``p`` is read from the little-endian word at byte ``p // 8``, shifted by ``p % 8``.
"""

from __future__ import annotations

from searcher.index.columnar.arrays import Bytes, Integers, Keys, Mask
from searcher.lazy import np

# A reader may take a whole word for the last number, so this many bytes follow all packed data.
PADDING = 8


def unpack(data: Bytes, start: int, width: int, count: int) -> Integers:
    """The ``count`` numbers of ``width`` bits, up to 32, that begin at byte ``start``.

    At least ``PADDING`` bytes must follow them.
    """
    if not width:
        return np.zeros(count, np.int64)
    at = np.arange(count, dtype=np.int64) * width
    words = np.ndarray((data.size - start - 7,), "<u8", data.data, start, (1,))
    values: Keys = words[at >> 3] >> (at & 7).astype(np.uint64)
    return (values & np.uint64((1 << width) - 1)).astype(np.int64)


def ones(data: Bytes, start: int, size: int) -> Integers:
    """The positions of the bits that are set in the ``size`` bytes from byte ``start`` on."""
    return np.flatnonzero(np.unpackbits(data[start : start + size], bitorder="little"))


def scatter(bits: Mask, at: Integers, widths: Integers, values: Integers) -> None:
    """Write numbers into an array of bits, each at its place and with its own width."""
    for bit in range(int(widths.max(initial=0))):
        chosen = widths > bit
        bits[at[chosen] + bit] = (values[chosen] >> bit) & 1
