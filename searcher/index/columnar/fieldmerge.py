"""Bringing the postings of the same terms of several segments together.

The terms of all segments become one list; then the postings of a stretch of terms are decoded,
moved side by side and encoded again. A list that is too long for that is merged piece by piece. So
the memory that is needed does not grow with the segments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from searcher.index.columnar import longlists
from searcher.index.columnar.arrays import Integers, Keys, Shorts
from searcher.index.columnar.build import ListEncoder
from searcher.index.columnar.container import DamagedFile
from searcher.index.columnar.postings import DamagedPostings, PostingLists, counts_of
from searcher.index.columnar.segment import FieldPostings
from searcher.index.columnar.spooling import TermSpool
from searcher.index.columnar.terms import FieldTerms, TermList, kernel_terms
from searcher.kernel import load
from searcher.language import say
from searcher.lazy import np

GONE = -1  # in the place of the new number of a deleted document

_SLICE = 1 << 20  # bytes of postings to merge at once, about
_MOST = 1 << 19  # postings to merge at once, which may be of less than a byte
_TERM = 4  # bytes that a term counts beside its postings: there may be one of each
_RELEASE = 8  # stretches after which mapped memory is given back at the latest
_MAPPED = 32 << 20  # bytes of it that there may be
_TOUCHED = 3 << 16  # of each segment for each stretch: a page is mapped with its neighbours
_STRETCH_BITS = 13  # logarithm of how many stretches of terms are looked at


@dataclass(frozen=True, slots=True)
class _Part:
    """What a segment has of a stretch of terms.

    Attributes:
        field: The field of the segment.
        map_: The new number of each document; ``GONE`` for deleted ones.
        numbers: The number of each term in the stretch.
        first: The number of the first one in the segment.
        is_narrow: Whether what is read of the segment has to be given back at once.
    """

    field: FieldPostings
    map_: Shorts
    numbers: Integers
    first: int
    is_narrow: bool

    def some(self, first: int, end: int) -> _Part:
        """What it has of the terms with the numbers from ``first`` up to ``end``."""
        low, high = self.numbers.searchsorted((first, end)).tolist()
        numbers = self.numbers[low:high] - first
        return _Part(self.field, self.map_, numbers, self.first + low, self.is_narrow)

    def counts(self) -> Integers:
        """How many postings each term has, those of deleted documents too.

        Raises:
            ValueError: The terms or their lists are damaged.
        """
        if (np.diff(self.numbers) <= 0).any():
            raise DamagedFile(
                say("the terms of a segment are out of order", "一个段的词项没有按次序排列")
            )
        starts = self.starts()
        counts = counts_of(self.field.data, starts)
        if (counts[:-1] > 8 * np.diff(starts)).any():  # each posting takes a bit at least
            raise DamagedPostings(say("lists overlap", "倒排表互相重叠"))
        self.release()
        return counts

    def decode(self) -> PostingLists:
        """The lists of all terms."""
        lists = self.field.decode_range(self.first, self.first + self.numbers.size)
        self.release()
        return lists

    def pieces(self) -> Iterator[PostingLists]:
        """The list of each term, piece by piece."""
        for start in self.starts().tolist():
            yield from longlists.read(self.field.data, start, self.field.capacity)
        self.field.release()

    def release(self) -> None:
        """Give back what is mapped of the segment, if need be."""
        if self.is_narrow:
            self.field.release()

    def starts(self) -> Integers:
        """Where the list of each term begins."""
        end = self.first + self.numbers.size
        return self.field.terms.starts[self.first : end].astype(np.int64)


class MergedField:
    """Brings the postings of the same terms of several segments together."""

    def __init__(
        self,
        fields: Sequence[FieldPostings],
        maps: Sequence[Shorts],
        encoder: ListEncoder,
        spool: TermSpool,
    ) -> None:
        self._fields = fields
        self._maps = maps
        self._encoder = encoder
        self._spool = spool
        self._size = 0

    def chunks(self, share: int = 0, shares: int = 1) -> Iterator[bytes]:
        """The encoded postings, a stretch of terms at a time; the terms go into the spool.

        Args:
            share: Which share of the terms to merge.
            shares: Of so many, which take about the same time.
        """
        touched = _TOUCHED * len(self._fields)
        every = max(1, min(_RELEASE, _MAPPED // touched))
        is_narrow = touched > _MAPPED  # not even one stretch may be mapped of all segments
        for number, ranges in enumerate(self._stretches(share, shares), 1):
            terms, numbers = union([field.terms for field in self._fields], ranges)
            if is_narrow:
                self._release()
            parts = [
                _Part(field, map_, new, low, is_narrow)
                for field, map_, new, (low, high) in zip(
                    self._fields, self._maps, numbers, ranges, strict=True
                )
                if low < high
            ]
            counts = np.zeros(len(terms), np.int64)
            for part in parts:
                counts[part.numbers] += part.counts()
            for first, end in _together(counts):
                some = [part.some(first, end) for part in parts]
                if counts[first] > _MOST:
                    yield from self._long(terms.some(first, end), some)
                else:
                    yield from self._short(terms.some(first, end), some)
            if number % every == 0:
                self._release()

    def _release(self) -> None:
        for field in self._fields:
            field.release()

    def _short(self, terms: TermList, parts: Sequence[_Part]) -> Iterator[bytes]:
        """The lists of some terms, all at once."""
        kernel = load("postings")
        if kernel is not None:
            yield from self._short_by_kernel(kernel, terms, parts)
            return
        lists = _lists(len(terms), parts)
        filled = np.flatnonzero(np.diff(lists.starts))
        if not filled.size:
            return
        if filled.size < len(lists):  # all documents with a term are gone
            terms = terms.chosen(filled)
            bounds = np.append(lists.starts[filled], lists.starts[-1])
            lists = PostingLists(bounds, lists.documents, lists.frequencies, lists.titles)
        blob, offsets = self._encoder.encode(lists)
        yield self._spooled(terms, offsets[:-1], blob)

    def _short_by_kernel(
        self, kernel: Any, terms: TermList, parts: Sequence[_Part]
    ) -> Iterator[bytes]:
        try:
            blob, starts, filled = kernel.merge_lists(
                [(part.field.data, part.starts(), part.numbers, part.map_) for part in parts],
                len(terms),
                self._encoder.documents,
                self._encoder.worth,
            )
        except ValueError as error:
            raise DamagedPostings(str(error)) from error
        for part in parts:
            part.release()
        if blob:
            if len(filled) < 8 * len(terms):  # all documents with a term are gone
                terms = terms.chosen(np.frombuffer(filled, np.int64))
            yield self._spooled(terms, np.frombuffer(starts, np.int64), blob)

    def _long(self, term: TermList, parts: Sequence[_Part]) -> Iterator[bytes]:
        """The list of one term, piece by piece."""

        def pieces() -> Iterator[PostingLists]:
            return (_mapped(piece, part.map_) for part in parts for piece in part.pieces())

        blob = longlists.encode(pieces, self._encoder.documents, self._encoder.impacts)
        if blob:
            yield self._spooled(term, np.zeros(1, np.int64), blob)

    def _spooled(self, terms: TermList, starts: Integers, blob: bytes) -> bytes:
        self._spool.add(terms, starts + self._size)
        self._size += len(blob)
        return blob

    def _stretches(self, share: int, shares: int) -> Iterator[list[tuple[int, int]]]:
        """Of each segment the terms between two keys, with about ``_SLICE`` bytes of postings."""
        bounds = self._bounds()
        places: list[Shorts] = []
        for field in self._fields:
            end = np.searchsorted(field.terms.keys, bounds)
            places.append(np.concatenate([[0], end, [len(field.terms)]]).astype(np.int32))
            field.release()
        count = bounds.size + 1
        for number in range(count * share // shares, count * (share + 1) // shares):
            yield [tuple(one[number : number + 2].tolist()) for one in places]

    def _bounds(self) -> Keys:
        """Keys between which there are about ``_SLICE`` bytes of postings."""
        largest = max(self._fields, key=lambda field: field.data.size)
        step = max(1, len(largest.terms) >> _STRETCH_BITS)
        some = np.unique(largest.terms.keys[::step])
        sizes = np.zeros(some.size, np.int64)
        for field in self._fields:
            if len(field.terms):
                before = np.searchsorted(field.terms.keys, some)
                starts = field.terms.starts[np.minimum(before, len(field.terms) - 1)].astype(
                    np.int64
                )
                sizes += np.where(before < len(field.terms), starts, field.data.size)
                sizes += _TERM * before
            field.release()
        chosen: list[int] = []
        done = 0
        for number, size in enumerate(sizes.tolist()):
            if size - done > _SLICE:
                chosen.append(number)
                done = size
        return some[chosen]


def _together(counts: Integers) -> Iterator[tuple[int, int]]:
    """Which terms are merged at once: as many as have ``_MOST`` postings, or one that has more."""
    ends = np.cumsum(counts)
    first = done = 0
    while first < counts.size:
        end = int(np.searchsorted(ends, done + _MOST, side="right"))
        end = max(end, first + 1)
        yield first, end
        first, done = end, int(ends[end - 1])


def _lists(terms: int, parts: Sequence[_Part]) -> PostingLists:
    """The lists of so many terms, each with the postings of all segments."""
    decoded: list[tuple[Integers, Integers, PostingLists, Integers]] = []
    counts = np.zeros(terms, np.int64)
    for part in parts:
        if part.numbers.size:
            lists = _mapped(part.decode(), part.map_)
            sizes = np.diff(lists.starts)
            decoded.append((part.numbers, counts[part.numbers], lists, sizes))
            counts[part.numbers] += sizes
    starts = np.concatenate([[0], np.cumsum(counts)])
    total = int(starts[-1])
    documents, frequencies, titles = (np.empty(total, np.int64) for _ in range(3))
    for new, before, lists, sizes in decoded:
        # Where each posting goes: behind those of the segments before this one.
        shift = starts[new] + before - lists.starts[:-1]
        places = np.arange(lists.documents.size) + np.repeat(shift, sizes)
        documents[places] = lists.documents
        frequencies[places] = lists.frequencies
        titles[places] = lists.titles
    return PostingLists(starts, documents, frequencies, titles)


def _mapped(lists: PostingLists, map_: Shorts) -> PostingLists:
    """Posting lists with new document numbers, without those of deleted documents."""
    documents = map_[lists.documents].astype(np.int64)
    kept = documents != GONE
    if kept.all():
        return PostingLists(lists.starts, documents, lists.frequencies, lists.titles)
    before = np.concatenate([[0], np.cumsum(kept)])
    return PostingLists(
        before[lists.starts], documents[kept], lists.frequencies[kept], lists.titles[kept]
    )


def union(
    fields: Sequence[FieldTerms], ranges: Sequence[tuple[int, ...]]
) -> tuple[TermList, list[Integers]]:
    """The terms of several segments as one list.

    Args:
        fields: The terms of each segment.
        ranges: Of which terms of each, as (first, end).

    Returns the list, and for each segment the numbers of its terms there.
    """
    bounds = np.cumsum([high - low for low, high in ranges])[:-1]
    kernel = load("postings")
    if kernel is not None:
        try:
            *columns, places = kernel.unite_terms(
                [
                    (
                        field.keys[low:high],
                        b"" if field.tail_starts is None else field.tail_starts[low : high + 1],
                        field.tails,
                    )
                    for field, (low, high) in zip(fields, ranges, strict=True)
                ]
            )
        except ValueError as error:
            raise DamagedFile(str(error)) from error
        return kernel_terms(*columns), np.split(np.frombuffer(places, np.int64), bounds)
    if all(field.tail_starts is None for field in fields):
        keys, inverse = np.unique(
            np.concatenate(
                [f.keys[low:high] for f, (low, high) in zip(fields, ranges, strict=True)]
            ),
            return_inverse=True,
        )
        return TermList(keys.astype(np.uint64)), np.split(inverse.astype(np.int64), bounds)
    numbers: dict[bytes, int] = {}
    found: list[Integers] = []
    for field, (low, high) in zip(fields, ranges, strict=True):
        terms = field.between(low, high)
        for term in terms:
            if term not in numbers:
                numbers[term] = len(numbers)
        found.append(np.array([numbers[term] for term in terms], np.int64))
    ordered = sorted(numbers)
    ranks = np.empty(len(ordered), np.int64)
    ranks[[numbers[term] for term in ordered]] = np.arange(len(ordered))
    return TermList.of(ordered), [ranks[one] for one in found]
