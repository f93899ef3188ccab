"""Where the lines of a file of records end, and the hashes by which they are known again.

The kernel makes those of all lines at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from searcher.documents import limits
from searcher.kernel import load
from searcher.lazy import np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ends = npt.NDArray[np.int64]
    Marks = npt.NDArray[np.uint64]
else:
    from typing import Any

    Ends = Marks = Any

LINE_MARK_SIZE = 8  # bytes, the first ones of the hash
NO_MARK = 0  # of a line that is too long to be read

_SIZE = 32  # bytes of SHA-256
_NUMBER = "<u8"  # a mark as a number
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_Found = tuple[bytes, bytes]


class Lines(NamedTuple):
    """The lines of some data.

    Attributes:
        ends: Where each ends, without what it ends with.
        hashes: The SHA-256 of each, one after the other; zeros for one that is too long.
    """

    ends: Ends
    hashes: bytes

    def marks(self, first: bytes = b"") -> Marks:
        """What tells each line from any other; ``NO_MARK`` for one that is too long.

        Args:
            first: The beginning of the file, if its lines are the first ones of that. A byte order
                mark is no part of a record.
        """
        hashes = np.frombuffer(self.hashes, _NUMBER).reshape(-1, _SIZE // LINE_MARK_SIZE)
        marks: Marks = hashes[:, 0].copy()
        if first.startswith(_BYTE_ORDER_MARK) and marks[0] != NO_MARK:
            line = first[len(_BYTE_ORDER_MARK) : int(self.ends[0])]
            marks[0] = np.frombuffer(hashlib.sha256(line).digest(), _NUMBER)[0]
        return marks


def lines_of(data: bytes) -> Lines:
    """The lines of data that begins and ends with whole ones; the last may end as the data does."""
    ends, hashes = _hashing(load("lines"))(data, limits.LARGEST_DOCUMENT)
    return Lines(np.frombuffer(ends, np.int64), hashes)


@cache
def _hashing(kernel: ModuleType | None) -> Callable[[bytes, int], _Found]:
    """What hashes lines: the kernel, where it can, and is of one mind with hashlib."""
    native: Callable[[bytes, int], _Found] | None = getattr(kernel, "hashes", None)
    sample = b"\n".join(bytes(range(11, 11 + size)) for size in (0, 3, 55, 56, 64, 200))
    if native is not None and native(sample, len(sample)) == _hashes(sample, len(sample)):
        return native
    return _hashes


def _hashes(data: bytes, longest: int) -> _Found:
    """The same by Python."""
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    sizes = np.fromiter(map(len, lines), np.int64, len(lines))
    ends = np.cumsum(sizes + 1) - 1
    new, none = hashlib.sha256, bytes(_SIZE)
    hashes = [new(line).digest() if len(line) < longest else none for line in lines]
    return ends.tobytes(), b"".join(hashes)
