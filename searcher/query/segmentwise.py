"""Ranking without the kernel: segment by segment, each with numpy.

What one segment finds raises the threshold for the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import Any, NamedTuple

from searcher.index.columnar.arrays import Mask
from searcher.index.columnar.terms import to_bytes, to_term
from searcher.index.fields import WORDS
from searcher.lazy import np
from searcher.query.bm25f import idf
from searcher.query.numpy_ranking import ENGINE, NumpyChannel, SegmentTerm
from searcher.query.ranking import Buffer, Candidates, Row
from searcher.query.sought import CHANNELS, Sought

# So many more rows than are wanted are given, if they are as good as the last one.
_FEW_MORE = 64
_SCORE = itemgetter(0)
_KNOWN_PLACES = 1 << 14  # of terms in segments, that need not be looked for again

Channel = NumpyChannel
_Opened = tuple[bytearray | None, NumpyChannel, NumpyChannel]


class _Found(NamedTuple):
    """A term of a query, found in the index.

    Attributes:
        parts: For each segment its list; None where the segment does not have the term.
        is_strong: Whether a document is a hit because of it.
        frequency: In how many documents that are there it is.
    """

    parts: tuple[SegmentTerm | None, ...]
    is_strong: bool
    frequency: int


class Segments:
    """The same as the kernel's ``Segments``."""

    def __init__(
        self,
        segments: list[_Opened],
        documents: int,
        weights: tuple[float, float],
        frequency: Callable[[int, int, int], int],
        first_ids: Callable[[Buffer, int], list[int]],
        kept: int = 0,
    ) -> None:
        """Take the segments.

        Args:
            segments: For each which documents are there (None if all are), and its channels.
            documents: How many documents are there.
            weights: What the scores of each channel are multiplied with.
            frequency: Counts the documents of a list that are there, given the number of the
                segment, that of the channel, and where the list begins.
            first_ids: Chooses of many documents, given as numbers of 8 bytes each, as many as are
                wanted, those with the first ids.
            kept: The kernel's limit for what it keeps decoded; channels have one of their own here.
        """
        self._segments = segments
        self._capacities = [words.capacity for _, words, _ in segments]
        self._firsts = [0, *accumulate(self._capacities)]
        self._documents = documents
        self._weights = weights
        self._count = frequency
        self._first_ids = first_ids
        self._known: dict[Sought, _Found] = {}

    def top_k(self, terms: list[Sought], k: int, mask: Mask | None, /) -> list[Row]:
        """The k best documents, and those as good as the last of them."""
        found = self._find(terms)
        places = range(len(self._segments))
        return self._best(((at, self._allowed(at, mask), None) for at in places), found, k)

    def with_all(self, terms: list[Sought], mask: Mask | None, /) -> Candidates:
        """The documents that have all terms and are allowed, ascending."""
        found = self._find(terms)
        candidates: Candidates = []
        for at in range(len(self._segments)):
            parts = _parts(found, at)
            if parts and len(parts) == len(terms):
                candidates.append((at, ENGINE.intersect(parts, self._allowed(at, mask))))
        return candidates

    def best_of(self, candidates: Candidates, terms: list[Sought], k: int, /) -> list[Row]:
        """The k best of given documents, and those as good as the last of them."""
        searches = ((at, None, among) for at, among in candidates if among)
        return self._best(searches, self._find(terms), k)

    def best_with_all(
        self, required: list[Sought], terms: list[Sought], k: int, mask: Mask | None, /
    ) -> tuple[Candidates, list[Row]]:
        """The documents that have all required terms and are allowed, and the k best of them."""
        candidates = self.with_all(required, mask)
        return candidates, self.best_of(candidates, terms, k)

    def count(self, terms: list[Sought], mask: Mask | None, /) -> int:
        """How many documents have a strong term and are allowed."""
        found = [term for term in self._find(terms) if term.is_strong]
        return sum(
            ENGINE.count(_parts(found, at), capacity, self._allowed(at, mask))
            for at, capacity in enumerate(self._capacities)
        )

    def frequencies(self, terms: list[Sought], /) -> list[int]:
        """In how many documents that are there each term is."""
        return [term.frequency for term in self._look_for(terms)]

    def _find(self, terms: list[Sought]) -> list[_Found]:
        """The terms that some document has."""
        return [term for term in self._look_for(terms) if term.frequency]

    def _look_for(self, terms: list[Sought]) -> list[_Found]:
        """All terms, those of which nothing is found as well."""
        known = self._known
        try:
            return [known[term] for term in terms]
        except KeyError:
            if len(known) * len(self._segments) >= _KNOWN_PLACES:
                known.clear()
            for term in terms:
                if term not in known:
                    known[term] = self._look_for_one(*term)
            return [known[term] for term in terms]

    def _look_for_one(self, number: int, term: bytes, factor: float, is_strong: bool) -> _Found:
        channels = [channels[number] for _, *channels in self._segments]
        places = [channel.find(term) for channel in channels]
        frequency = 0
        for at, place in enumerate(places):
            if place is not None:
                start, count = place
                has_deleted = self._segments[at][0] is not None
                frequency += self._count(at, number, start) if has_deleted else count
        weight = factor * self._weights[number] * idf(self._documents, frequency)
        pairs = _pairs(term) if CHANNELS[number] == WORDS else ()
        parts = tuple(
            None
            if place is None
            else SegmentTerm(channel, place[0], weight, is_strong, term, pairs)
            for channel, place in zip(channels, places, strict=True)
        )
        return _Found(parts, is_strong, frequency)

    def _allowed(self, at: int, mask: Mask | None) -> Any:
        if mask is None:
            return self._segments[at][0]
        return mask[self._firsts[at] : self._firsts[at + 1]]

    def _best(
        self, searches: Iterable[tuple[int, Any, Buffer | None]], terms: list[_Found], k: int
    ) -> list[Row]:
        """The best of several segments, given by number, with a mask and with what to rank."""
        rows: list[Row] = []
        threshold = 0.0
        for at, mask, among in searches:
            parts = _parts(terms, at)
            if not parts and among is None:
                continue
            found = ENGINE.top_k(parts, mask, min(k, self._capacities[at]), threshold, among)
            if at:
                first = self._firsts[at]
                rows += [(score, first + number) for score, number in found]
                rows.sort(key=_SCORE, reverse=True)  # equal ones stay as they are
            else:
                rows = found
            if len(rows) > k:
                threshold = rows[k - 1][0]
                if rows[-1][0] < threshold:
                    rows = [row for row in rows if row[0] >= threshold]
        return self._with_first_ids(rows, k) if len(rows) > k + _FEW_MORE else rows

    def _with_first_ids(self, rows: list[Row], k: int) -> list[Row]:
        """The k best: of those that are as good as the last of them, those with the first ids."""
        last = rows[-1][0]
        better = [row for row in rows[:k] if row[0] > last]
        equal = np.array([number for _, number in rows[len(better) :]], np.int64)
        return better + [(last, each) for each in self._first_ids(equal.data, k - len(better))]


def _pairs(term: bytes) -> tuple[bytes, ...]:
    """The pairs of characters that a word has, all escaped as it is."""
    try:
        text = to_term(term)
    except UnicodeDecodeError:
        return ()  # no text can hold it
    return tuple([to_bytes(first + second) for first, second in pairwise(text)])


def _parts(terms: list[_Found], at: int) -> list[SegmentTerm]:
    return [part for term in terms if (part := term.parts[at]) is not None]
