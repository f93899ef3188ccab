"""Sums of scores by document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from searcher.index.columnar.arrays import Floats, Ids, Mask
from searcher.lazy import np
from searcher.query.numpy_lists import NumpyChannel, distinct

SLACK = 1e-12  # sums in another order differ in the last bits
Array = TypeVar("Array", Ids, Floats)


class Sums:
    """The sums for the documents of a segment that lists were added for.

    They lie in an array with a place for each document, which is kept for the next query: to
    make one would take longer than most queries do.

    Attributes:
        added: How many postings were added.
    """

    def __init__(self, channel: NumpyChannel) -> None:
        """Take a channel of the segment, which keeps the arrays."""
        self.added = 0
        self._channel = channel
        self._sums = channel.borrow_sums()
        self._parts: list[Ids] = []  # documents, of lists one after the other
        self._first_lists = 0  # in the first part

    def add(self, documents: Sequence[Ids], scores: Sequence[Floats]) -> None:
        """Add the documents of lists and their scores; they can be asked for later on."""
        if not self._parts:
            self._first_lists = len(documents)
        joined = _joined(documents)
        np.add.at(self._sums, joined, _joined(scores))
        self._parts.append(joined)
        self.added += joined.size

    def best(self, count: int, mask: Mask | None) -> tuple[Ids, Floats]:
        """Of the lists that were added first the documents with the greatest sums.

        They are ascending, about as many as are wanted, and allowed.
        """
        documents = self._parts[0] if mask is None else _allowed(self._parts[0], mask)
        sums = self._sums[documents]
        # No document is there more often than there are lists.
        most = count * self._first_lists
        if sums.size > most:
            least = np.partition(sums, sums.size - most)[sums.size - most]
            documents = documents[sums >= least * (1 - SLACK)]
        documents = distinct(documents)
        sums = self._sums[documents]
        if sums.size > count:
            least = np.partition(sums, sums.size - count)[sums.size - count]
            kept = sums >= least * (1 - SLACK)
            documents, sums = documents[kept], sums[kept]
        return documents, sums

    def reaching(self, least: float, mask: Mask | None) -> tuple[Ids, Floats]:
        """The allowed documents with at least this sum, and their sums; some several times."""
        documents = _joined(self._parts)
        sums = self._sums[documents]
        kept = (sums >= least).nonzero()[0]
        documents = documents[kept]
        if mask is not None:
            documents = _allowed(documents, mask)
            return documents, self._sums[documents]
        return documents, sums[kept]

    def of(self, documents: Ids) -> Floats:
        """The sums of documents."""
        return self._sums[documents]

    def put(self, documents: Ids, sums: Floats) -> None:
        """Change the sums of documents."""
        self._sums[documents] = sums

    def clear(self) -> None:
        """Give the array back; nothing can be asked any more."""
        for documents in self._parts:
            self._sums[documents] = 0.0
        self._channel.idle_sums.append(self._sums)


def _joined(arrays: Sequence[Array]) -> Array:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _allowed(documents: Ids, mask: Mask) -> Ids:
    return documents[mask[documents]]
