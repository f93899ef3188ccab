"""The terms of a field of a segment, in order, and their lists, a stretch at a time."""

from collections.abc import Iterator

from searcher.index.columnar.arrays import Integers
from searcher.index.columnar.container import DamagedFile
from searcher.index.columnar.postings import PostingLists
from searcher.index.columnar.segment import ColumnarSegment
from searcher.language import say
from searcher.lazy import np

_SLICE = 1 << 20  # bytes of postings that are decoded at once


def check_terms(segment: ColumnarSegment, name: str) -> None:
    """Look that the terms of a field are different ones and in order.

    Raises:
        DamagedFile: They are not.
    """
    terms = segment.field(name).terms
    keys = terms.keys
    if (keys[1:] < keys[:-1]).any():
        raise DamagedFile(
            say(f"the terms of {name} are out of order", f"{name} 的词项没有按次序排列")
        )
    if terms.tail_starts is not None:
        starts = terms.tail_starts
        if starts[0] or (starts[1:] < starts[:-1]).any() or int(starts[-1]) != len(terms.tails):
            raise DamagedFile(say(f"the terms of {name} are damaged", f"{name} 的词项已损坏"))
    equal = np.flatnonzero(keys[1:] == keys[:-1])
    if equal.size and terms.tail_starts is None:
        raise DamagedFile(
            say(f"a term of {name} stands there twice", f"{name} 中有一个词项出现两次")
        )
    for number in equal.tolist():
        if not terms.term(number) < terms.term(number + 1):
            raise DamagedFile(
                say(f"the terms of {name} are out of order", f"{name} 的词项没有按次序排列")
            )


def stretches(
    segment: ColumnarSegment, name: str
) -> Iterator[tuple[list[bytes], PostingLists, int]]:
    """Terms that follow each other, their lists, and how many bytes these take.

    Raises:
        ValueError: They are damaged.
    """
    field = segment.field(name)
    count = len(field.terms)
    size = len(field.raw_data)
    starts: Integers = np.append(field.terms.starts.astype(np.int64), size)
    if count and (int(starts[0]) != 0 or (np.diff(starts) <= 0).any()):
        raise DamagedFile(
            say(f"the lists of {name} do not follow each other", f"{name} 的倒排表没有首尾相接")
        )
    first = 0
    while first < count:
        end = int(np.searchsorted(starts, starts[first] + _SLICE, side="right")) - 1
        end = min(max(end, first + 1), count)
        lists = field.decode_range(first, end)
        for term in (terms := field.terms.between(first, end)):
            term.decode("utf-8")
        yield terms, lists, int(starts[end] - starts[first])
        first = end
