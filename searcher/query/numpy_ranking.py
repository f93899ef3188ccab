"""Ranking in numpy: what the kernel does, where there is none, with the same results.

MaxScore (Turtle and Flood, *Query evaluation: strategies and optimizations*, 1995), a term at a
time: the terms that are worth most come first. Every now and then the best documents so far are
asked for in all lists, which gives a threshold; as soon as all lists that are left could not lift
a new document over it, only documents that were met already are looked up.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, cast

from searcher.index.columnar.arrays import Floats, Ids, Mask
from searcher.lazy import np
from searcher.query.numpy_lists import ONE_BY_ONE, NumpyChannel, PostingList
from searcher.query.numpy_sums import Sums, worth

__all__ = ["ENGINE", "NumpyChannel", "NumpyEngine", "SegmentTerm"]

_NUMBER_SIZE = 8  # bytes of the number of a document
_FEW = 300  # postings that are summed up without numpy
_LIKELY = 0.75  # of what documents can have at most, at most, the best are likely to have
_FIRST_PART = 2048  # postings that are summed up together to begin with
_LOOKING = 700  # postings that are summed up while a list is asked for the best documents
# For a threshold more documents than are wanted are looked up: as many as give about so many
# pairs of a document and a list, within limits.
_PAIRS = 250
_MORE = (6, 54)
_FEW_DOCUMENTS = 64  # that all lists are asked for at once
_WORTH_ADDING = 8  # postings of a list to add, for each document that is still to be decided on
_MANY = 512  # documents for which lists are not asked together
_SLACK = 1e-12  # sums in another order differ in the last bits
_ROOM = 1 + 1e-9  # sums of bounds are rounded otherwise than sums of scores
_NOTHING = 1e-280  # sums below may be nothing but what makes them differ from 0

# A term in one segment: the channel, where the list begins, the weight, whether it is strong.
SegmentTerm = tuple[NumpyChannel, int, float, bool]
# Numbers of documents (8 bytes each) and scores (doubles), side by side.
Result = tuple[bytes, bytes]


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
    ) -> Result:
        """The k best documents that have a strong term, and all as good as the last of them."""
        lists = _read(terms)
        if among is None and sum([one.count for one in lists]) <= _FEW:
            return _of_tables(terms, lists, mask, k)
        ranking = _Ranking(terms, lists, mask, k, threshold)
        if among is not None:
            if len(among) <= _NUMBER_SIZE * ONE_BY_ONE:
                return ranking.exactly(memoryview(among).cast("q").tolist())
            documents = np.frombuffer(among, np.int64)
            return _best(documents, ranking.scores(documents), k)
        if not ranking.strong:
            return b"", b""
        found = ranking.of_few()
        return ranking.of_many() if found is None else found

    def count(self, terms: list[SegmentTerm], capacity: int, mask: Any, /) -> int:
        """How many documents have any of the terms and are allowed."""
        hits = np.zeros(capacity, np.bool_)
        for term, one in zip(terms, _read(terms), strict=True):
            term[0].decode(one)
            hits[one.documents] = True
        allowed = _as_mask(mask)
        return int(np.count_nonzero(hits if allowed is None else hits & allowed))

    def intersect(self, terms: list[SegmentTerm], mask: Any, /) -> bytes:
        """The documents that have all terms and are allowed, ascending."""
        lists = _read(terms)
        numbers = sorted(range(len(lists)), key=lambda number: lists[number].count)
        terms[numbers[0]][0].decode(lists[numbers[0]])
        documents = lists[numbers[0]].documents
        for at, number in enumerate(numbers[1:], 1):
            if documents.size <= ONE_BY_ONE:
                rest = [lists[other] for other in numbers[at:]]
                for other in numbers[at:]:
                    terms[other][0].be_asked(lists[other], documents.size)
                found = [each for each in documents.tolist() if all(one.has(each) for one in rest)]
                documents = np.array(found, np.int64)
                break
            documents = terms[number][0].having(lists[number], documents)
        allowed = _as_mask(mask)
        return (documents if allowed is None else documents[allowed[documents]]).tobytes()


ENGINE = NumpyEngine()


class _Ranking:
    """One query in one segment."""

    def __init__(
        self,
        terms: Sequence[SegmentTerm],
        lists: list[PostingList],
        mask: Any,
        k: int,
        threshold: float,
    ) -> None:
        self.mask = _as_mask(mask)
        self.k = k
        self.threshold = threshold * (1 - _SLACK)
        self.channels = [term[0] for term in terms]
        self.lists = lists
        self.weights = [term[2] for term in terms]
        self.bounds = [
            weight * one.greatest for weight, one in zip(self.weights, self.lists, strict=True)
        ]
        numbers = sorted(range(len(terms)), key=self.bounds.__getitem__, reverse=True)
        # The numbers of the terms that make hits, from the one that is worth most on.
        self.strong = [number for number in numbers if terms[number][3]]
        weak = [number for number in numbers if not terms[number][3]]
        self.order = self.strong + weak
        # What all terms from each in the order on are worth at most, with some room.
        self.rests = [0.0]
        for number in reversed(self.order):
            self.rests.append(self.rests[-1] + self.bounds[number] * _ROOM)
        self.rests.reverse()

    def of_few(self) -> Result | None:
        """The best, if few postings are enough to tell; they are summed up in Python."""
        room, end = _FEW, 0
        for number in self.strong:
            room -= self.lists[number].count
            if room < 0:
                break
            end += 1
        # What is left must be worth less than what the best documents are likely to have.
        if end < len(self.strong) and self.rests[end] > _LIKELY * (self.rests[0] - self.rests[end]):
            return None
        sums: dict[int, float] = {}
        for at, number in enumerate(self.strong):
            if len(sums) >= self.k and (at == end or self.lists[number].count > self.k):
                self._raise_by(self._allowed_scores(sums))
            if self.rests[at] < self.threshold:
                break
            if at == end:
                return None
            one, weight = self.lists[number], self.weights[number]
            self.channels[number].decode(one)
            if sums:
                sum_of = sums.get
                for document, value in one.pairs.items():
                    sums[document] = sum_of(document, 0.0) + weight * value
            else:
                sums = {document: weight * value for document, value in one.pairs.items()}
        else:
            at = len(self.strong)
            if len(sums) > self.k:
                self._raise_by(self._allowed_scores(sums))
        least = self.threshold - self.rests[at]
        candidates = sorted([document for document, score in sums.items() if score >= least])
        if self.mask is not None:
            candidates = [document for document in candidates if self.mask[document]]
        return self.exactly(candidates)

    def _raise_by(self, scores: list[float]) -> None:
        """Raise the threshold to the least of the k best scores."""
        if len(scores) >= self.k:
            self.threshold = max(self.threshold, sorted(scores)[-self.k] * (1 - _SLACK))

    def _allowed_scores(self, sums: dict[int, float]) -> list[float]:
        if self.mask is None:
            return list(sums.values())
        return [score for document, score in sums.items() if self.mask[document]]

    def exactly(self, candidates: list[int]) -> Result:
        """The best of a few ascending documents, scored without numpy."""
        long: list[int] = []
        if len(candidates) > ONE_BY_ONE:
            long = [number for number, one in enumerate(self.lists) if not one.is_paired]
        rows: dict[int, list[float]] = {}
        if long:
            rows = dict(zip(long, self.values(long, np.array(candidates)).tolist(), strict=True))
        scores = [0.0] * len(candidates)
        for number, (one, weight) in enumerate(zip(self.lists, self.weights, strict=True)):
            row = rows.get(number)
            if row is None and one.is_paired:
                value_of = one.pairs.get
                row = [value_of(document, 0.0) for document in candidates]
            elif row is None:
                self.channels[number].be_asked(one, len(candidates))
                row = [one.value(document) for document in candidates]
            scores = [score + weight * value for score, value in zip(scores, row, strict=True)]
        return _best_of_few(candidates, scores, self.k)

    def of_many(self) -> Result:
        """The best, in numpy."""
        at = looked_at = 0
        sums = Sums(self.channels[0])
        while at < len(self.strong) and self.rests[at] >= self.threshold:
            if at and self._is_time_to_look(sums.added, looked_at, at):
                self._look_up_best(sums, at)
                looked_at = sums.added
                continue
            at = self._add(sums, at)
        if sums.added >= 2 * looked_at:
            self._look_up_best(sums, at)
        documents, scores = sums.reaching(self.threshold - self.rests[at])
        sums.clear()
        if self.mask is not None:
            allowed = self.mask[documents]
            documents, scores = documents[allowed], scores[allowed]
        rest = sorted(self.order[at:], key=self.bounds.__getitem__, reverse=True)
        documents, scores, rest = self._narrowed(documents, scores, rest)
        return self._completed(documents, scores, rest)

    def _is_time_to_look(self, added: int, looked_at: int, at: int) -> bool:
        """Whether the threshold should be raised before another list is added."""
        work = added - looked_at + self.lists[self.order[at]].count
        return added > looked_at and work >= max(_LOOKING * len(self.order), looked_at)

    def _add(self, sums: Sums, at: int) -> int:
        """Add the next list, or some short ones; returns which is the next then."""
        numbers = [self.order[at]]
        size = self.lists[numbers[0]].count
        for number in self.strong[at + 1 :]:
            size += self.lists[number].count
            if sums.added or size > _FIRST_PART:
                break
            numbers.append(number)
        for number in numbers:
            self.channels[number].decode(self.lists[number])
        if len(numbers) == 1:
            sums.add(self.lists[numbers[0]], self.weights[numbers[0]])
        else:
            counts = [self.lists[number].count for number in numbers]
            scores = np.array([self.weights[number] for number in numbers]).repeat(counts)
            scores *= np.concatenate([self.lists[number].values for number in numbers])
            sums.begin(np.concatenate([self.lists[number].documents for number in numbers]), scores)
        return at + len(numbers)

    def _look_up_best(self, sums: Sums, at: int) -> None:
        """Raise the threshold to what the best documents so far reach."""
        least, most = _MORE
        more = min(max(_PAIRS // len(self.order), least), most)
        documents, scores = sums.best(self.k + more, self.mask)
        if documents.size < self.k:
            return
        # Without the lists that it would take long to ask, the threshold is a little lower.
        asked = [number for number in self.order[at:] if self.lists[number].is_decoded]
        if asked:
            scores = scores + self._weighted(asked, documents).sum(axis=0)
        self._raise(scores)

    def _narrowed(
        self, documents: Ids, scores: Floats, rest: list[int]
    ) -> tuple[Ids, Floats, list[int]]:
        """Add lists, from the one that is worth most on, until few documents are left.

        Returns:
            The documents, their sums so far, and the lists that were not added.
        """
        for done, number in enumerate(rest):
            if documents.size <= _FEW_DOCUMENTS:
                return documents, scores, rest[done:]
            one, channel = self.lists[number], self.channels[number]
            if one.count <= _WORTH_ADDING * documents.size:
                channel.decode(one)
                scores = scores + self.weights[number] * worth(channel, one, documents)
            else:
                scores = scores + self._weighted([number], documents)[0]
            self._raise(scores)
            bound = sum([self.bounds[other] for other in rest[done + 1 :]]) * _ROOM
            kept = (scores >= self.threshold - bound).nonzero()[0]
            documents, scores = documents[kept], scores[kept]
        return documents, scores, []

    def _raise(self, scores: Floats) -> None:
        """Raise the threshold to the least of the k best of different documents' scores."""
        if scores.size >= self.k:
            least = float(np.partition(scores, scores.size - self.k)[scores.size - self.k])
            if least > _NOTHING:
                self.threshold = max(self.threshold, least * (1 - _SLACK))

    def _completed(self, documents: Ids, sums: Floats, rest: list[int]) -> Result:
        """The best of documents that were summed up over all lists but the rest."""
        if not rest:
            documents = documents[sums >= self.threshold]
        documents = np.sort(documents)
        return _best(documents, self.scores(documents), self.k)

    def scores(self, documents: Ids) -> Floats:
        """The scores of ascending documents, added up in the order of the terms."""
        numbers = range(len(self.lists))
        if documents.size <= _MANY:
            weighted = self._weighted(numbers, documents)
            if not len(weighted):
                return np.zeros(documents.size)
            return cast(Floats, np.add.accumulate(weighted, axis=0)[-1])
        scores = np.zeros(documents.size)
        for number in numbers:
            scores += self._weighted([number], documents)[0]
        return scores

    def _weighted(self, numbers: Sequence[int], documents: Ids) -> Floats:
        weights = np.array([self.weights[number] for number in numbers])
        return cast(Floats, weights[:, None] * self.values(numbers, documents))

    def values(self, numbers: Sequence[int], documents: Ids) -> Floats:
        """What documents are worth by terms: a row for each term."""
        channels = [self.channels[number] for number in numbers]
        lists = [self.lists[number] for number in numbers]
        if not channels or all(channel is channels[0] for channel in channels):
            return channels[0].ask(lists, documents) if channels else np.zeros((0, documents.size))
        result = np.empty((len(lists), documents.size))
        for channel in dict.fromkeys(channels):
            own = [at for at, other in enumerate(channels) if other is channel]
            result[own] = channel.ask([lists[at] for at in own], documents)
        return result


def _of_tables(
    terms: Sequence[SegmentTerm], lists: Sequence[PostingList], mask: Any, k: int
) -> Result:
    """The best documents for terms that have few postings in all."""
    scores: dict[int, float] = {}
    score_of = scores.get
    for (_, _, weight, _), one in zip(terms, lists, strict=True):
        for document, value in one.pairs.items():
            scores[document] = score_of(document, 0.0) + weight * value
    hits: set[int] = set()
    for term, one in zip(terms, lists, strict=True):
        if term[3]:
            hits.update(one.pairs)
    documents = sorted(hits)
    if mask is not None:
        documents = [document for document in documents if mask[document]]
    return _best_of_few(documents, [scores[document] for document in documents], k)


def _best_of_few(documents: list[int], scores: list[float], k: int) -> Result:
    if len(scores) > k:
        least = sorted(scores)[-k]
        kept = [at for at, score in enumerate(scores) if score >= least]
        documents, scores = [documents[at] for at in kept], [scores[at] for at in kept]
    return array("q", documents).tobytes(), array("d", scores).tobytes()


def _best(documents: Ids, scores: Floats, k: int) -> Result:
    if documents.size > k:
        keep = scores >= np.partition(scores, documents.size - k)[documents.size - k]
        documents, scores = documents[keep], scores[keep]
    return documents.tobytes(), scores.tobytes()


def _as_mask(mask: Any) -> Mask | None:
    return None if mask is None else np.frombuffer(mask, np.bool_)


def _read(terms: Sequence[SegmentTerm]) -> list[PostingList]:
    return [term[0].read(term[1]) for term in terms]
