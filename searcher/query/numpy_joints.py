"""A word and the pairs of characters that it has, as one list.

Where a word is, its pairs are. Added up once for all queries, these lists are half as many
postings; and the best documents for the word alone are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from searcher.index.columnar.arrays import Floats, Ids, Mask
from searcher.lazy import np
from searcher.query.numpy_lists import PostingList, distinct
from searcher.query.numpy_scoring import Scoring, SegmentTerm
from searcher.query.ranking import Row

_OWN_SIZE = 64  # as so many postings of a list
_SOON = 4096  # postings that are added up when they are first asked for
_BEST = 256  # documents that are known to be worth most
# The largest number of postings, of a word that is a pair itself, and of any longer one: of its
# pairs some are in many documents without it.
_LARGEST = 1 << 18
_LARGEST_OF_SEVERAL = 1 << 13


class Joint:
    """Several lists with their weights, added up.

    Attributes:
        documents: The documents that are in any of them, ascending.
        by_list: Their scores, a row for each list; 0 where it does not have them.
        scores: Their scores, added up in the order of the lists.
        count: How many documents there are.
        greatest: The greatest score.
        charged: How large the channel that keeps it takes it to be.
    """

    def __init__(self, lists: Sequence[PostingList], weights: Sequence[float]) -> None:
        """Add decoded lists up."""
        self.documents: Ids = distinct(np.concatenate([one.documents for one in lists]))
        self.count = self.documents.size
        self.by_list: Floats = np.zeros((len(lists), self.count))
        for one, weight, row in zip(lists, weights, self.by_list, strict=True):
            row[self.documents.searchsorted(one.documents)] = weight * one.values
        self.scores: Floats = np.add.accumulate(self.by_list, axis=0)[-1].copy()
        self.greatest = float(self.scores.max())
        self.charged = 0

    @property
    def size(self) -> int:
        """How much memory it takes, as so many postings."""
        own = _OWN_SIZE + min(self.count, _BEST)
        return own + self.count * (len(self.by_list) + 2) // 2

    @cached_property
    def best(self) -> tuple[Ids, Floats]:
        """The documents with the greatest scores, and these, the greatest first."""
        scores = self.scores
        best = np.arange(scores.size)
        if scores.size > _BEST:
            best = scores.argpartition(scores.size - _BEST)[scores.size - _BEST :]
        best = best[np.lexsort((best, -scores[best]))]
        return self.documents[best], scores[best]

    def known(self, k: int, mask: Mask | None) -> list[Row] | None:
        """The k best documents and those that are as good as the last of them, in order.

        None if those that are known are not enough.
        """
        documents, scores = self.best
        is_all = scores.size == self.count
        if mask is not None:
            allowed = mask[documents]
            documents, scores = documents[allowed], scores[allowed]
        end = min(k, scores.size)
        if end:
            least = scores.item(end - 1)
            while end < scores.size and scores.item(end) == least:
                end += 1
        if end == scores.size and not is_all:
            return None
        return list(zip(scores[:end].tolist(), documents[:end].tolist(), strict=True))

    def reaching(self, least: float) -> Ids | None:
        """The documents with at least a score; None if these are not known."""
        documents, scores = self.best
        if scores.size < self.count and scores.item(-1) >= least:
            return None
        return documents[scores >= least]

    def rows(self, documents: Ids) -> Floats:
        """The scores of documents: a row for each list."""
        places = self.documents.searchsorted(documents)
        rows: Floats = self.by_list.take(places, axis=1, mode="clip")
        rows *= self.documents.take(places, mode="clip") == documents
        return rows

    def of(self, documents: Ids) -> Floats:
        """The scores of documents."""
        places = self.documents.searchsorted(documents)
        scores: Floats = self.scores.take(places, mode="clip")
        scores *= self.documents.take(places, mode="clip") == documents
        return scores


def joints(scoring: Scoring) -> dict[tuple[int, ...], Joint]:
    """What is known of words and their pairs, by the numbers of the terms."""
    pairs: dict[bytes, int] = {}
    words: list[tuple[int, SegmentTerm]] = []
    for number, term in enumerate(scoring.terms):
        if term.is_strong:
            if term.pairs:
                words.append((number, term))
            else:
                pairs[term.term] = number
    found: dict[tuple[int, ...], Joint] = {}
    for number, term in words:
        try:
            own = {pairs[pair] for pair in term.pairs}
        except KeyError:
            continue
        numbers = (number, *sorted(own))
        one = _joint(scoring, numbers)
        if one is not None:
            found[numbers] = one
            for pair in {*term.pairs}:
                del pairs[pair]
    return found


def _joint(scoring: Scoring, numbers: tuple[int, ...]) -> Joint | None:
    """Several lists as one, which a channel keeps; None where it is not worth while yet."""
    terms = [scoring.terms[number] for number in numbers]
    key = tuple([(term.start, term.weight) for term in terms])
    channel = terms[-1].channel
    found: Joint | None = channel.kept(key)
    if found is None:
        lists = [scoring.list(number) for number in numbers]
        count = sum([one.count for one in lists])
        if count > (_LARGEST if len(terms) == 2 else _LARGEST_OF_SEVERAL):
            return None
        if count > _SOON and not lists[0].was_joined:
            lists[0].was_joined = True
            return None
        for number in numbers:
            scoring.decoded(number)
        found = Joint(lists, [term.weight for term in terms])
        for term in terms:  # most queries that ask for one of them ask for all
            term.channel.forget(term.start)
        channel.keep(key, found)
    return found
