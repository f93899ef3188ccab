"""Where the lines of a file of records end, and the marks by which they are known again.

The mark of a line is the beginning of its SHA-256. The kernel makes those of all lines at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

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

LINE_MARK_SIZE = 8  # bytes
NO_MARK = 0  # of a line that is too long to be read

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NUMBER = "<u8"  # a mark as a number
_Found = tuple[bytes, bytes]


def marked(data: bytes, *, is_first: bool) -> tuple[Ends, Marks]:
    """Where each line ends, without what it ends with, and its mark as a number.

    Args:
        data: Whole lines; the last one may end with the file.
        is_first: Whether they are those that the file begins with.
    """
    ends, marks = _marking()(data, limits.LARGEST_DOCUMENT)
    numbers: Marks = np.frombuffer(marks, _NUMBER)
    if is_first and data.startswith(_BYTE_ORDER_MARK) and numbers[0] != NO_MARK:
        numbers = numbers.copy()
        first = data[len(_BYTE_ORDER_MARK) : int(np.frombuffer(ends, np.int64, 1)[0])]
        numbers[0] = np.frombuffer(_mark(first), _NUMBER)[0]
    return np.frombuffer(ends, np.int64), numbers


@cache
def _marking() -> Callable[[bytes, int], _Found]:
    """What marks lines: the kernel, where it can, and is of one mind with hashlib."""
    native: Callable[[bytes, int], _Found] | None = getattr(load("lines"), "marks", None)
    sample = b"\n".join(bytes(range(11, 11 + size)) for size in (0, 3, 55, 56, 64, 200))
    if native is not None and native(sample, len(sample)) == _marks(sample, len(sample)):
        return native
    return _marks


def _marks(data: bytes, longest: int) -> _Found:
    """The same by Python."""
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    sizes = np.fromiter(map(len, lines), np.int64, len(lines))
    ends = np.cumsum(sizes + 1) - 1
    none = bytes(LINE_MARK_SIZE)
    marks = [none if len(line) >= longest else _mark(line) for line in lines]
    return ends.tobytes(), b"".join(marks)


def _mark(line: bytes) -> bytes:
    return hashlib.sha256(line).digest()[:LINE_MARK_SIZE]
