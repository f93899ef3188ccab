"""Sums of scores by document."""

from __future__ import annotations

from searcher.index.columnar.arrays import Floats, Ids, Mask
from searcher.lazy import np
from searcher.query.numpy_lists import NumpyChannel, PostingList

_LEAST = 1e-300  # is added to scores, so that only what is not there has a sum of zero


class Sums:
    """The sums for the documents of a segment that lists were added for.

    They lie in an array with a place for each document, which is kept for the next query: to
    make one would take longer than most queries do. A single list needs none.

    Attributes:
        added: How many postings were added.
    """

    def __init__(self, channel: NumpyChannel) -> None:
        """Take a channel of the segment, which keeps the arrays."""
        self.added = 0
        self._channel = channel
        self._sums: Floats | None = None
        self._single: tuple[PostingList, float] | None = None
        self._different: list[Ids] = []
        self._to_clear: list[Ids] = []

    def begin(self, documents: Ids, scores: Floats) -> None:
        """Add the first scores, in which documents may be several times."""
        self.added += documents.size
        sums = self._array()
        np.add.at(sums, documents, scores)
        different = np.sort(documents)
        is_first = np.ones(different.size, np.bool_)
        np.not_equal(different[1:], different[:-1], out=is_first[1:])
        different = different[is_first]
        sums[different] += _LEAST
        self._different.append(different)
        self._to_clear.append(different)

    def add(self, one: PostingList, weight: float) -> None:
        """Add a list."""
        self.added += one.count
        if self.added == one.count:
            self._single = one, weight
            return
        sums, documents = self._array(), one.documents
        before = sums[documents]
        scores = weight * one.values
        scores += before
        scores += _LEAST
        sums[documents] = scores
        self._to_clear.append(documents)
        self._different.append(documents[before == 0.0])

    def best(self, count: int, mask: Mask | None) -> tuple[Ids, Floats]:
        """The documents with the greatest sums that are allowed, up to so many."""
        if self._single is not None:
            one, weight = self._single
            documents, scores = one.best
            if mask is not None:
                allowed = mask[documents]
                documents, scores = documents[allowed], scores[allowed]
            if documents.size >= count:
                return documents[:count], weight * scores[:count]
        documents, scores = self._everything()
        if mask is not None:
            allowed = mask[documents]
            documents, scores = documents[allowed], scores[allowed]
        if documents.size > count:
            best = scores.argpartition(scores.size - count)[scores.size - count :]
            documents, scores = documents[best], scores[best]
        return documents, scores

    def reaching(self, least: float) -> tuple[Ids, Floats]:
        """The documents with at least this sum, and their sums."""
        if self._single is not None:
            one, weight = self._single
            documents, scores = one.best
            scores = weight * scores
            if scores[-1] < least:
                reaching = scores.size - int(scores[::-1].searchsorted(least))
                return documents[:reaching], scores[:reaching]
        documents, sums = self._everything()
        kept = (sums >= least).nonzero()[0]
        return documents[kept], sums[kept]

    def _everything(self) -> tuple[Ids, Floats]:
        """All documents, each once, and their sums."""
        if self._single is not None:
            one, weight = self._single
            return one.documents, weight * one.values
        if not self._different:
            return np.zeros(0, np.int64), np.zeros(0)
        if len(self._different) > 1:
            self._different = [np.concatenate(self._different)]
        documents = self._different[0]
        return documents, self._array()[documents]

    def clear(self) -> None:
        """Give the array back; nothing can be asked any more."""
        if self._sums is not None:
            for documents in self._to_clear:
                self._sums[documents] = 0.0
            self._channel.idle_sums.append(self._sums)
            self._sums = None

    def _array(self) -> Floats:
        if self._sums is None:
            self._sums = borrowed(self._channel)
            if self._single is not None:
                one, weight = self._single
                self._single, documents = None, one.documents
                self._sums[documents] = weight * one.values + _LEAST
                self._different.append(documents)
                self._to_clear.append(documents)
        return self._sums


def borrowed(channel: NumpyChannel) -> Floats:
    """An array of zeros, one for each document, to be given back to ``idle_sums`` as it was."""
    try:
        return channel.idle_sums.pop()
    except IndexError:
        return np.zeros(channel.capacity)


def worth(channel: NumpyChannel, one: PostingList, documents: Ids) -> Floats:
    """What a list is worth to many documents, 0 where it has them not."""
    array = borrowed(channel)
    array[one.documents] = one.values
    found: Floats = array[documents]
    array[one.documents] = 0.0
    channel.idle_sums.append(array)
    return found
