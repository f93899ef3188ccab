"""Ids of documents as two hashes each, where there are too many to keep them.

These are 128 bits, by Python's own SipHash, the key of which nobody knows before the process has
started. Of ten million ids no two agree in both but once in 10²⁴ times.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from searcher.index.columnar.arrays import Integers, Shorts
from searcher.lazy import np

_OTHER = "\n"  # in front of an id, for its second hash; no id has a control character
_NOWHERE = -1


class HashedIds(NamedTuple):
    """Numbers for documents by the hashes of their ids, in the order of the first one.

    Attributes:
        first: The first hash of each.
        second: The second one.
        values: The number of each.
        level: How often it was joined from smaller ones.
    """

    first: Integers
    second: Integers
    values: Shorts
    level: int

    def find(self, first: Integers, second: Integers) -> Integers:
        """The number of each document of these hashes; -1 for none."""
        at = np.searchsorted(self.first, first)
        at[at == self.first.size] = 0
        found = np.where(
            (self.first[at] == first) & (self.second[at] == second), self.values[at], _NOWHERE
        )
        # Several with one first hash are next to impossible, but would have to be told apart.
        for number in np.flatnonzero((self.first[at] == first) & (found == _NOWHERE)).tolist():
            end = int(np.searchsorted(self.first, first[number], side="right"))
            for other in range(int(at[number]), end):
                if self.second[other] == second[number]:
                    found[number] = self.values[other]
        return found


def hashed(first: Integers, second: Integers, values: Shorts, level: int = 0) -> HashedIds:
    """Put documents in order. Their ids are different."""
    order = np.argsort(first, kind="stable")  # what is in order in parts is put in order sooner
    return HashedIds(first[order], second[order], values[order], level)


def hashes_of(documents: Sequence[str]) -> tuple[Integers, Integers]:
    """The two hashes of each id."""
    count = len(documents)
    return (
        np.fromiter(map(hash, documents), np.int64, count),
        np.fromiter(map(hash, map(_OTHER.__add__, documents)), np.int64, count),
    )
