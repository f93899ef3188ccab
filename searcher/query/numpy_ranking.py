"""Ranking in numpy: what the kernel does, where there is none, with the same results.

MaxScore (Turtle and Flood, *Query evaluation: strategies and optimizations*, 1995), a term at a
time: the terms that are worth most come first; as soon as all that are left could not lift a new
document over the threshold, only documents that were met already are looked up.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from searcher.index.columnar import postings
from searcher.index.columnar.arrays import Floats, Ids, Mask
from searcher.index.columnar.similarity import FieldLengths, Similarity, saturated
from searcher.lazy import np

_CACHED_POSTINGS = 1 << 21  # of one channel, that stay decoded
_PROBES = 64  # of the best documents of a list, to begin with a good threshold
_SLACK = 1e-12  # sums in another order differ in the last bits


@dataclass(frozen=True, slots=True)
class _List:
    documents: Ids
    values: Floats  # saturated frequencies, to be multiplied with the term's weight
    best: Ids  # places of the greatest values
    greatest: float


class NumpyChannel:
    """A channel of a segment; it keeps what was decoded last."""

    def __init__(
        self,
        data: memoryview,
        capacity: int,
        keys: memoryview,
        tail_starts: memoryview | None,
        tails: memoryview | None,
        starts: memoryview,
        title: tuple[memoryview, float, float],
        body: tuple[memoryview, float, float],
        k1: float,
        b: float,
        stale: float,
    ) -> None:
        """Take the columns; see the kernel's ``Channel``."""
        self._data = np.frombuffer(data, np.uint8)
        self.capacity = capacity
        self._keys = np.frombuffer(keys, "<u8")
        self._tail_starts = None if tail_starts is None else np.frombuffer(tail_starts, "<u4")
        self._tails = tails
        is_wide = keys and len(starts) == len(keys)
        self._starts = np.frombuffer(starts, "<u8" if is_wide else "<u4")
        self._similarity = Similarity(k1, b, title[2], body[2])
        self._title, self._body = (
            FieldLengths(np.frombuffer(lengths, f"<u{lengths.itemsize}"), average)
            for lengths, average, _ in (title, body)
        )
        self._lists: OrderedDict[int, _List] = OrderedDict()
        self._cached = 0

    def find(self, term: bytes, /) -> tuple[int, int] | None:
        """Where the list of an escaped term begins, and how many postings it has."""
        key = np.uint64(int.from_bytes(term[:8].ljust(8, b"\x00"), "big"))
        at = int(self._keys.searchsorted(key))
        tail = term[8:]
        while at < self._keys.size and self._keys[at] == key:
            other = self._tail(at)
            if other == tail:
                start = int(self._starts[at])
                return start, postings.count_of(self._data, start)
            if other > tail:
                break
            at += 1
        return None

    def _tail(self, number: int) -> bytes:
        if self._tail_starts is None or self._tails is None:
            return b""
        return bytes(
            self._tails[int(self._tail_starts[number]) : int(self._tail_starts[number + 1])]
        )

    def read(self, start: int) -> _List:
        """The list that begins at a byte."""
        cached = self._lists.get(start)
        if cached is not None:
            self._lists.move_to_end(start)
            return cached
        documents, frequencies, titles = postings.decode(self._data, start, self.capacity)
        values = saturated(
            self._similarity, self._title, self._body, documents, frequencies, titles
        )
        best = np.arange(values.size)
        if values.size > _PROBES:
            best = np.sort(np.argpartition(values, values.size - _PROBES)[-_PROBES:])
        decoded = _List(documents, values, best, float(values.max()))
        self._lists[start] = decoded
        self._cached += documents.size
        while self._cached > _CACHED_POSTINGS and len(self._lists) > 1:
            self._cached -= self._lists.popitem(last=False)[1].documents.size
        return decoded


@dataclass(slots=True)
class _Term:
    list: _List
    weight: float
    is_strong: bool

    @property
    def bound(self) -> float:
        return self.weight * self.list.greatest


# A term in one segment: the channel, where the list begins, the weight, whether it is strong.
SegmentTerm = tuple[NumpyChannel, int, float, bool]


class NumpyEngine:
    """Ranks the documents of one segment."""

    Channel = NumpyChannel

    def top_k(
        self,
        terms: list[SegmentTerm],
        capacity: int,
        mask: Any,
        k: int,
        threshold: float,
        among: Any,
        /,
    ) -> tuple[bytes, bytes]:
        """The k best documents that have a strong term, and all as good as the last of them."""
        if among is None:
            documents, scores = self._top_k(terms, _as_mask(mask), k, threshold)
        else:
            documents = np.frombuffer(among, np.int64)
            scores = _scores(_read(terms), documents)
            documents, scores = _best(documents, scores, k)
        return documents.tobytes(), scores.tobytes()

    def _top_k(
        self, terms: list[SegmentTerm], mask: Mask | None, k: int, threshold: float
    ) -> tuple[Ids, Floats]:
        ordered = sorted(_read(terms), key=lambda term: -term.bound)
        strong = [term for term in ordered if term.is_strong]
        if not strong:
            return np.zeros(0, np.int64), np.zeros(0)
        threshold = max(threshold, _first_threshold(ordered, strong[0], mask, k)) * (1 - _SLACK)
        rests = np.cumsum([term.bound for term in reversed(ordered)])[::-1] * (1 + _SLACK)
        documents, sums = np.zeros(0, np.int64), np.zeros(0)
        for at, term in enumerate(ordered):
            rest = float(rests[at])
            if rest >= threshold:
                documents, sums = _united(documents, sums, term)
            else:
                keep = sums + rest >= threshold
                documents, sums = documents[keep], sums[keep]
                places, found = _places(term.list.documents, documents)
                sums[found] += term.weight * term.list.values[places]
        documents = documents[sums >= threshold]
        documents = documents[_are_hits(documents, strong, len(strong) == len(ordered), mask)]
        scores = _scores(_read(terms), documents)
        return _best(documents, scores, k)

    def count(self, terms: list[SegmentTerm], capacity: int, mask: Any, /) -> int:
        """How many documents have any of the terms and are allowed."""
        hits = np.zeros(capacity, np.bool_)
        for term in _read(terms):
            hits[term.list.documents] = True
        allowed = _as_mask(mask)
        return int(np.count_nonzero(hits if allowed is None else hits & allowed))

    def intersect(self, terms: list[SegmentTerm], mask: Any, /) -> bytes:
        """The documents that have all terms and are allowed, ascending."""
        ordered = sorted((term.list for term in _read(terms)), key=lambda one: one.documents.size)
        documents = ordered[0].documents
        for one in ordered[1:]:
            documents = documents[_places(one.documents, documents)[1]]
        allowed = _as_mask(mask)
        return (documents if allowed is None else documents[allowed[documents]]).tobytes()


ENGINE = NumpyEngine()


def _best(documents: Ids, scores: Floats, k: int) -> tuple[Ids, Floats]:
    if documents.size > k:
        keep = scores >= np.partition(scores, documents.size - k)[documents.size - k]
        documents, scores = documents[keep], scores[keep]
    return documents, scores


def _as_mask(mask: Any) -> Mask | None:
    return None if mask is None else np.frombuffer(mask, np.bool_)


def _scores(terms: Sequence[_Term], documents: Ids) -> Floats:
    scores = np.zeros(documents.size)
    for term in terms:
        places, found = _places(term.list.documents, documents)
        scores[found] += term.weight * term.list.values[places]
    return scores


def _read(terms: Sequence[SegmentTerm]) -> list[_Term]:
    return [
        _Term(cast(Any, channel).read(start), weight, is_strong)
        for channel, start, weight, is_strong in terms
    ]


def _first_threshold(terms: Sequence[_Term], first: _Term, mask: Mask | None, k: int) -> float:
    """What k documents reach that are likely to be among the best: those best for one term."""
    documents = first.list.documents[first.list.best]
    if mask is not None:
        documents = documents[mask[documents]]
    if documents.size < k:
        return 0.0
    sums = np.zeros(documents.size)
    for term in terms:
        places, found = _places(term.list.documents, documents)
        sums[found] += term.weight * term.list.values[places]
    return float(np.partition(sums, sums.size - k)[sums.size - k])


def _united(documents: Ids, sums: Floats, term: _Term) -> tuple[Ids, Floats]:
    """Ascending documents and their sums, with those of one more term."""
    scores = term.weight * term.list.values
    if not documents.size:
        return term.list.documents, scores
    both = np.concatenate([documents, term.list.documents])
    order = both.argsort(kind="stable")
    both = both[order]
    values = np.concatenate([sums, scores])[order]
    is_second = both[1:] == both[:-1]
    first = np.flatnonzero(np.concatenate([[True], ~is_second]))
    values[:-1][is_second] += values[1:][is_second]
    return both[first], values[first]


def _are_hits(
    documents: Ids,
    strong: Sequence[_Term],
    all_are_strong: bool,
    mask: Mask | None,
) -> Mask:
    """Which documents have a strong term and are allowed."""
    hits = np.full(documents.size, all_are_strong)
    if not all_are_strong:
        for term in strong:
            hits[_places(term.list.documents, documents)[1]] = True
    return hits if mask is None else hits & mask[documents]


def _places(among: Ids, documents: Ids) -> tuple[Ids, Ids]:
    """Where documents are in a list: their places there, and which of the documents they are."""
    places = among.searchsorted(documents)
    places[places == among.size] = 0
    found = np.flatnonzero(among[places] == documents)
    return places[found], found
