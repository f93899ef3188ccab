"""The best documents for weighted terms, without scoring all.

Each segment is ranked by the kernel or, without it, by ``numpy_ranking``, which give the same
documents with the same scores. What one segment finds raises the threshold for the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol, cast

from searcher.index.columnar.arrays import Ids, Mask
from searcher.index.columnar.similarity import staleness
from searcher.index.columnar.terms import to_bytes
from searcher.index.fields import BODY, TITLE, length_column
from searcher.index.reader import IndexReader, OpenSegment
from searcher.kernel import load
from searcher.lazy import np
from searcher.query.bm25f import Parameters, idf

Row = tuple[float, int]  # a score and a document
_NO_RECORD = -1.0  # instead of a staleness: impacts were recorded with other parameters


class Channel(Protocol):
    """A channel of a segment."""

    def find(self, term: bytes, /) -> tuple[int, int] | None:
        """Where the list of an escaped term begins, and how many postings it has."""


# A term in one segment: the channel, where the list begins, the weight, whether it is strong.
SegmentTerm = tuple[Channel, int, float, bool]
# Numbers of documents (8 bytes each) and scores (doubles), side by side.
Buffer = bytes | bytearray


class Engine(Protocol):
    """Ranks the documents of one segment. A mask has a byte for each document."""

    def top_k(
        self,
        terms: list[SegmentTerm],
        capacity: int,
        mask: Any,
        k: int,
        threshold: float,
        among: Any,
        /,
    ) -> tuple[Buffer, Buffer]:
        """The k best documents that have a strong term, and all as good as the last of them.

        If ``among`` is not None, only these ascending documents are ranked, whatever they have.
        """

    def count(self, terms: list[SegmentTerm], capacity: int, mask: Any, /) -> int:
        """How many documents have any of the terms and are allowed."""

    def intersect(self, terms: list[SegmentTerm], mask: Any, /) -> Buffer:
        """The documents that have all terms and are allowed, ascending."""


def engine() -> Engine:
    """The kernel if it is there, else numpy."""
    kernel = load("postings")
    if kernel is not None:
        return cast(Engine, kernel)
    from searcher.query import numpy_ranking

    return numpy_ranking.ENGINE


class RankedTerm(NamedTuple):
    """A term of a query, found in the index.

    Attributes:
        parts: For each segment its list; None where the segment does not have the term.
        is_strong: Whether a document is a hit because of it.
    """

    parts: tuple[SegmentTerm | None, ...]
    is_strong: bool


class Ranker:
    """Ranks the documents of one state of an index."""

    def __init__(self, reader: IndexReader, parameters: Parameters) -> None:
        """Take the index."""
        self._reader = reader
        self._parameters = parameters
        self._engine = engine()
        self._channels: dict[str, tuple[Channel, ...]] = {}

    def term(
        self, term: str, channel: str, factor: float = 1.0, *, is_strong: bool = True
    ) -> RankedTerm | None:
        """Find a term; None if no document has it.

        Args:
            term: The term.
            channel: Its channel.
            factor: What its scores are multiplied with.
            is_strong: Whether a document is a hit because of it.
        """
        try:
            encoded = to_bytes(term)
        except UnicodeEncodeError:  # half a surrogate pair, which no term has
            return None
        channels = self._channels.get(channel) or self._open(channel)
        found = [one.find(encoded) for one in channels]
        frequency = self._frequency(channel, found)
        if not frequency:
            return None
        term_idf = idf(self._reader.count, frequency)
        weight = factor * self._parameters.channels[channel] * term_idf
        return RankedTerm(
            tuple(
                [
                    None if place is None else (one, place[0], weight, is_strong)
                    for one, place in zip(channels, found, strict=True)
                ]
            ),
            is_strong,
        )

    def document_frequency(self, term: str, channel: str) -> int:
        """In how many documents a term is."""
        try:
            encoded = to_bytes(term)
        except UnicodeEncodeError:
            return 0
        channels = self._channels.get(channel) or self._open(channel)
        return self._frequency(channel, [one.find(encoded) for one in channels])

    def _frequency(self, channel: str, found: Sequence[tuple[int, int] | None]) -> int:
        """In how many documents that are there a term is, of which the lists were found."""
        frequency = 0
        for one, place in zip(self._reader.segments, found, strict=True):
            if place is not None:
                start, count = place
                frequency += count if one.live is None else one.document_frequency(channel, start)
        return frequency

    def top_k(self, terms: Sequence[RankedTerm], k: int, mask: Mask | None = None) -> list[Row]:
        """The k best documents and those that are as good as the last of them, in no order.

        Args:
            terms: The terms; scores are added up in their order.
            k: How many documents are wanted.
            mask: Which documents may be hits, deleted ones left out; None for all that are there.
        """
        segments = enumerate(self._reader.segments)
        return self._best(((at, _mask_of(one, mask), None) for at, one in segments), terms, k)

    def with_all(
        self, terms: Sequence[RankedTerm], mask: Mask | None = None
    ) -> list[tuple[int, Buffer]]:
        """The documents that have all terms: segments, by number, and their documents."""
        found: list[tuple[int, Buffer]] = []
        for at, one in enumerate(self._reader.segments):
            parts = [part for term in terms if (part := term.parts[at]) is not None]
            if len(parts) == len(terms):
                found.append((at, self._engine.intersect(parts, _mask_of(one, mask))))
        return found

    def best_of(
        self, candidates: Sequence[tuple[int, Buffer]], terms: Sequence[RankedTerm], k: int
    ) -> list[Row]:
        """The k best of given documents and those that are as good as the last, in no order.

        Args:
            candidates: What ``with_all`` gave.
            terms: The terms; scores are added up in their order.
            k: How many documents are wanted.
        """
        return self._best(((at, None, among) for at, among in candidates if among), terms, k)

    def _best(
        self, searches: Iterable[tuple[int, Any, Any]], terms: Sequence[RankedTerm], k: int
    ) -> list[Row]:
        """The best of several segments, given by number, with a mask and with what to rank."""
        rows: list[Row] = []
        threshold = 0.0
        for at, mask, among in searches:
            one = self._reader.segments[at]
            parts = [part for term in terms if (part := term.parts[at]) is not None]
            if not parts and among is None:
                continue
            capacity = one.segment.capacity
            documents, scores = self._engine.top_k(
                parts, capacity, mask, min(k, capacity), threshold, among
            )
            rows += zip(_doubles(scores), _numbers(documents, one.first), strict=True)
            if len(rows) > k:
                rows.sort(reverse=True)
                threshold = rows[k - 1][0]
                rows = [row for row in rows if row[0] >= threshold]
        return rows

    def numbers(self, candidates: Sequence[tuple[int, Buffer]]) -> list[int]:
        """The numbers of documents that ``with_all`` gave, ascending."""
        segments = self._reader.segments
        return [
            number
            for at, documents in candidates
            for number in _numbers(documents, segments[at].first)
        ]

    def intersect(self, terms: Sequence[RankedTerm]) -> Ids:
        """The documents that have all terms, ascending, without deleted ones."""
        return np.array(self.numbers(self.with_all(terms)), np.int64)

    def count(self, terms: Sequence[RankedTerm], mask: Mask | None = None) -> int:
        """How many documents have a strong term."""
        total = 0
        for at, one in enumerate(self._reader.segments):
            parts = [
                part for term in terms if term.is_strong and (part := term.parts[at]) is not None
            ]
            total += self._engine.count(parts, one.segment.capacity, _mask_of(one, mask))
        return total

    def _open(self, channel: str) -> tuple[Channel, ...]:
        opened = tuple(self._channel(one, channel) for one in self._reader.segments)
        self._channels[channel] = opened
        return opened

    def _channel(self, one: OpenSegment, channel: str) -> Channel:
        segment, similarity = one.segment, self._parameters.similarity
        field = segment.field(channel)
        columns = [length_column(name, channel) for name in (TITLE, BODY)]
        averages = [self._reader.average_length(column) for column in columns]
        recorded = [segment.average_length(column) for column in columns]
        stale = _NO_RECORD
        if segment.similarity == similarity:
            stale = staleness((recorded[0], recorded[1]), (averages[0], averages[1]))
        make = cast(Any, self._engine).Channel
        return cast(
            Channel,
            make(
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
            ),
        )


def _mask_of(one: OpenSegment, mask: Mask | None) -> Any:
    if mask is None:
        return one.allowed
    return mask[one.first : one.first + one.segment.capacity]


def _numbers(documents: Buffer, first: int) -> list[int]:
    numbers = memoryview(documents).cast("q").tolist()
    return [number + first for number in numbers] if first else numbers


def _doubles(scores: Buffer) -> list[float]:
    values: list[float] = [*memoryview(scores).cast("d")]
    return values
