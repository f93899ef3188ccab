"""The best documents for weighted terms, without scoring all.

The kernel ranks all segments in one call; without it ``segmentwise`` does the same with numpy, and
gives the same documents with the same scores.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol, cast

from searcher.index.columnar.arrays import Ids, Mask
from searcher.index.columnar.similarity import staleness
from searcher.index.fields import BODY, TITLE, length_column
from searcher.index.reader import IndexReader, OpenSegment
from searcher.kernel import load
from searcher.lazy import np
from searcher.query.bm25f import Parameters
from searcher.query.sought import CHANNELS, Sought, sought

Row = tuple[float, int]  # a score and a document
# Numbers of documents, of 8 bytes each, side by side.
Buffer = bytes | bytearray | memoryview
# Numbers of segments, with documents of each.
Candidates = list[tuple[int, Buffer]]

KEPT = 128 << 20
"""Bytes of posting lists that are kept decoded, since they are likely to be asked for again."""

_NO_RECORD = -1.0  # instead of a staleness: impacts were recorded with other parameters


class Segments(Protocol):
    """All segments of an index. A mask has a byte for each document."""

    def top_k(self, terms: list[Sought], k: int, mask: Any, /) -> list[Row]:
        """The k best documents with a strong term, and those as good as the last of them.

        From the best score on. Of many that are as good as the last, only as many as are wanted are
        there, those with the first ids. Scores are added up in the terms' order.
        """

    def with_all(self, terms: list[Sought], mask: Any, /) -> Candidates:
        """The documents that have all terms and are allowed, ascending."""

    def best_of(self, candidates: Candidates, terms: list[Sought], k: int, /) -> list[Row]:
        """The same as ``top_k``, of what ``with_all`` gave, whatever terms they have."""

    def best_with_all(
        self, required: list[Sought], terms: list[Sought], k: int, mask: Any, /
    ) -> tuple[Candidates, list[Row]]:
        """What ``with_all`` gives for the required terms, and ``best_of`` of it for the terms."""

    def count(self, terms: list[Sought], mask: Any, /) -> int:
        """How many documents have a strong term and are allowed."""

    def frequencies(self, terms: list[Sought], /) -> list[int]:
        """In how many documents that are there each term is."""


class Ranker:
    """Ranks the documents of one state of an index."""

    def __init__(self, reader: IndexReader, parameters: Parameters) -> None:
        """Take the index."""
        self._reader = reader
        self._parameters = parameters

    @cached_property
    def segments(self) -> Segments:
        """All segments of the index."""
        return self._open()

    def top_k(self, terms: list[Sought], k: int, mask: Mask | None = None) -> list[Row]:
        """The k best documents and those that are as good as the last of them, from the best on.

        Args:
            terms: The terms; scores are added up in their order.
            k: How many documents are wanted.
            mask: Which documents may be hits, deleted ones left out; None for all that are there.
        """
        return self.segments.top_k(terms, k, mask)

    def with_all(self, terms: list[Sought], mask: Mask | None = None) -> Candidates:
        """The documents that have all terms: segments, by number, and their documents."""
        return self.segments.with_all(terms, mask)

    def best_of(self, candidates: Candidates, terms: list[Sought], k: int) -> list[Row]:
        """The k best of given documents and those that are as good as the last, from the best on.

        Args:
            candidates: What ``with_all`` gave.
            terms: The terms; scores are added up in their order.
            k: How many documents are wanted.
        """
        return self.segments.best_of(candidates, terms, k)

    def best_with_all(
        self, required: list[Sought], terms: list[Sought], k: int, mask: Mask | None = None
    ) -> tuple[Candidates, list[Row]]:
        """Both in one step: what has all required terms, and the k best of it by other terms."""
        return self.segments.best_with_all(required, terms, k, mask)

    def numbers(self, candidates: Candidates) -> list[int]:
        """The numbers of documents that ``with_all`` gave, ascending."""
        segments = self._reader.segments
        return [
            segments[at].first + number
            for at, documents in candidates
            for number in memoryview(documents).cast("q")
        ]

    def intersect(self, terms: list[Sought]) -> Ids:
        """The documents that have all terms, ascending, without deleted ones."""
        return np.array(self.numbers(self.with_all(terms)), np.int64)

    def count(self, terms: list[Sought], mask: Mask | None = None) -> int:
        """How many documents have a strong term."""
        return self.segments.count(terms, mask)

    def document_frequency(self, term: str, channel: str) -> int:
        """In how many documents a term is."""
        return self.segments.frequencies([sought(term, channel)])[0]

    def document_frequencies(self, terms: list[Sought]) -> list[int]:
        """The same for several terms."""
        return self.segments.frequencies(terms)

    def _open(self) -> Segments:
        kernel: Any = load("postings")
        if kernel is None:
            from searcher.query import segmentwise as kernel
        segments = self._reader.segments
        opened = [
            (one.allowed, *(self._channel(one, name, kernel.Channel) for name in CHANNELS))
            for one in segments
        ]
        weights = tuple(self._parameters.channels[name] for name in CHANNELS)

        def frequency(at: int, channel: int, start: int) -> int:
            return segments[at].document_frequency(CHANNELS[channel], start)

        first_ids = self._reader.first_ids
        return cast(
            Segments,
            kernel.Segments(opened, self._reader.count, weights, frequency, first_ids, KEPT),
        )

    def _channel(self, one: OpenSegment, channel: str, make: Any) -> Any:
        segment, similarity = one.segment, self._parameters.similarity
        field = segment.field(channel)
        columns = [length_column(name, channel) for name in (TITLE, BODY)]
        averages = [self._reader.average_length(column) for column in columns]
        recorded = [segment.average_length(column) for column in columns]
        stale = _NO_RECORD
        if segment.similarity == similarity:
            stale = staleness((recorded[0], recorded[1]), (averages[0], averages[1]))
        return make(
            field.raw_data,
            segment.capacity,
            field.terms.raw_keys,
            field.terms.raw_tail_starts,
            None if field.terms.raw_tail_starts is None else field.terms.tails,
            field.terms.raw_starts,
            (segment.raw_lengths(columns[0]), averages[0], similarity.title),
            (segment.raw_lengths(columns[1]), averages[1], similarity.body),
            similarity.k1,
            similarity.b,
            stale,
        )
