"""Sums of scores by document."""

from __future__ import annotations

from collections.abc import Sequence

from searcher.index.columnar.arrays import Floats, Ids
from searcher.lazy import np
from searcher.query.numpy_lists import NumpyChannel

SLACK = 1e-12  # sums in another order differ in the last bits
_BLOCK_BITS = 1  # of the numbers of documents that share a mark
_SMALL = 2048  # postings of a list that is added together with others

Scored = tuple[Ids, Floats]  # documents, and what they are worth


class Sums:
    """The sums for the documents of a segment that lists were added for.

    They lie in an array with a place for each document, which is kept for the next query: to
    make one would take longer than most queries do. A smaller one, which the processor's cache
    holds, has a mark for each few documents of which one was met.

    Lists are added in parts, and of the documents of each part their sums by then are known. What
    a document reaches in the end it reaches in the last part that it is in, so nobody needs to
    look at all documents again.

    Attributes:
        added: How many postings were added.
        parts: How many parts.
    """

    def __init__(self, channel: NumpyChannel) -> None:
        """Take a channel of the segment, which keeps what is idle."""
        self.added = 0
        self._channel = channel
        if channel.idle_sums:
            self._sums, self._has_met = channel.idle_sums.pop()
        else:
            self._sums = np.zeros(channel.capacity)
            self._has_met = np.zeros((channel.capacity >> _BLOCK_BITS) + 1, np.bool_)
        self._changed: list[Ids] = []
        self._parts: list[Scored] = []
        self._is_last = False

    @property
    def parts(self) -> int:
        return len(self._parts)

    def add(self, lists: Sequence[Scored], *, is_last: bool = False) -> None:
        """Add lists; all scores are greater than 0.

        Args:
            lists: The lists.
            is_last: Whether no other lists follow. The sums of documents that do not reach what is
                asked for are not right then.
        """
        small = [one for one in lists if one[0].size <= _SMALL]
        if len(small) > 1:
            self._add_together(small)
            lists = [one for one in lists if one[0].size > _SMALL]
        for number, (documents, scores) in enumerate(lists, 1):
            blocks = documents >> _BLOCK_BITS
            if self._changed:
                places = self._has_met.take(blocks).nonzero()[0]
                if places.size:
                    scores = scores.copy()
                    scores[places] += self._sums[documents[places]]
            self._is_last = is_last and number == len(lists)
            if not self._is_last:
                self.put(documents, scores)
                self._has_met[blocks] = True
            self._parts.append((documents, scores))
            self.added += documents.size

    def _add_together(self, lists: Sequence[Scored]) -> None:
        documents = np.concatenate([one for one, _ in lists])
        np.add.at(self._sums, documents, np.concatenate([scores for _, scores in lists]))
        self._changed.append(documents)
        self._has_met[documents >> _BLOCK_BITS] = True
        self._parts.append((documents, self._sums[documents]))
        self.added += documents.size

    def add_to_met(self, documents: Ids, values: Floats, weight: float) -> None:
        """Add a list, but only to the sums of documents that were in one before."""
        places = self._has_met.take(documents >> _BLOCK_BITS).nonzero()[0]
        documents = documents[places]
        sums = self._sums[documents]
        kept = sums.nonzero()[0]
        documents, sums = documents[kept], sums[kept]
        sums += weight * values[places[kept]]
        self._parts.append((documents, sums))
        self._sums[documents] = sums

    def reaching(self, least: float, first: int = 0) -> Ids:
        """The documents that have reached a sum in parts from the ``first`` on.

        Some are there several times.
        """
        found: list[Ids] = []
        for number, (documents, sums) in enumerate(self._parts[first:], first + 1):
            places = (sums >= least).nonzero()[0]
            documents = documents[places]
            found.append(documents)
            if self._is_last and number == len(self._parts):
                self.put(documents, sums[places])
        return found[0] if len(found) == 1 else np.concatenate(found)

    def of(self, documents: Ids) -> Floats:
        """The sums of documents."""
        return self._sums[documents]

    def put(self, documents: Ids, sums: Floats) -> None:
        """Change the sums of documents."""
        self._sums[documents] = sums
        self._changed.append(documents)

    def clear(self) -> None:
        """Give the array back; nothing can be asked any more."""
        for documents in self._changed:
            self._sums[documents] = 0.0
        self._has_met.fill(False)
        self._channel.idle_sums.append((self._sums, self._has_met))
