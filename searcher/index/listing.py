"""Names in an index, for who types one: its sources, its tags, its ids.

They are needed between two key presses by a process that has just begun, so nothing here waits
for numpy, for a dictionary or for Whoosh. Documents that are deleted are not left out of sources
and tags until their segment is merged.
"""

import json
import struct
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from searcher.index import commits
from searcher.index.columnar.postings import count_of
from searcher.index.columnar.segment import EXTENSION, ColumnarSegment, FieldPostings
from searcher.index.columnar.terms import to_bytes, to_term
from searcher.language import say

_MOST_COUNTED = 20_000  # values, of which the most frequent ones are found
_KEY = 8  # bytes


def folder_in_force(path: Path) -> Path:
    """The generation folder of an index.

    ``Store`` says more of it, and loads what cuts texts.

    Raises:
        OSError: There is no index.
        ValueError: It is damaged.
    """
    match json.loads(commits.checked_line((path / "searcher.json").read_bytes())):
        case {"folder": str(name)} if "/" not in name:
            return path / name
    raise ValueError(say("it names no folder", "其中没有文件夹名"))


def segments(folder: Path) -> list[tuple[ColumnarSegment, frozenset[int]]]:
    """The segments of the latest commit, each with its deleted documents.

    Raises:
        OSError: They cannot be read.
        ValueError: They are damaged.
    """
    commit = commits.read(folder)
    return [
        (ColumnarSegment(folder / (entry.name + EXTENSION), entry.moved), entry.deleted)
        for entry in commit.segments
    ]


def values(folder: Path, field: str, prefix: str, limit: int) -> list[str]:
    """Values of a field that begin with a prefix, what most documents have first.

    Args:
        folder: The generation folder.
        field: ``source`` or ``tag``.
        prefix: How they begin.
        limit: How many are wanted at most.

    Raises:
        OSError: The index cannot be read.
        ValueError: It is damaged.
    """
    counts: Counter[bytes] = Counter()
    for segment, _ in segments(folder):
        terms = _Terms(segment.field(field))
        for term, count in islice(terms.beginning_with(to_bytes(prefix)), _MOST_COUNTED):
            counts[term] += count
    best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [to_term(term) for term, _ in best[:limit]]


def ids(folder: Path, prefix: str, limit: int) -> list[str]:
    """Ids of documents that begin with a prefix, in order.

    Raises:
        OSError: The index cannot be read.
        ValueError: It is damaged.
    """
    encoded = prefix.encode()
    found: set[bytes] = set()
    for segment, deleted in segments(folder):
        found.update(islice(segment.ids_from(encoded, deleted), limit))
    return [one.decode() for one in sorted(found)[:limit]]


class _Terms:
    """The terms of a field in a segment, without numpy."""

    def __init__(self, postings: FieldPostings) -> None:
        self._postings = postings
        terms = postings.terms
        self._keys, self._tails = terms.raw_keys, terms.tails
        self._tail_starts = terms.raw_tail_starts
        self._size = len(self._keys) // _KEY
        is_wide = len(terms.raw_starts) == len(self._keys)
        self._starts, self._start = terms.raw_starts, struct.Struct("<Q" if is_wide else "<I")

    def beginning_with(self, prefix: bytes) -> Iterator[tuple[bytes, int]]:
        """Terms in order, each with how many documents have it."""
        first = bisect_left(range(self._size), prefix, key=self._term)
        for number in range(first, self._size):
            term = self._term(number)
            if not term.startswith(prefix):
                return
            (start,) = self._start.unpack_from(self._starts, number * self._start.size)
            yield term, count_of(self._postings.raw_data, start)

    def _term(self, number: int) -> bytes:
        at = number * _KEY
        head = bytes(self._keys[at : at + _KEY])[::-1].rstrip(b"\x00")
        if self._tail_starts is None:
            return head
        start, end = struct.unpack_from("<II", self._tail_starts, number * 4)
        return head + bytes(self._tails[start:end])
