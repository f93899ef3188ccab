"""Ranking in numpy: what the kernel does, where there is none, with the same results.

MaxScore (Turtle and Flood, *Query evaluation: strategies and optimizations*, 1995), some lists at a
time: those that are worth most come first. Every now and then the best documents so far are asked
for in all lists, which gives a threshold; as soon as all lists that are left could not lift a new
document over it, only documents that were met already are looked up.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from searcher.index.columnar.arrays import Floats, Ids, Mask
from searcher.lazy import np
from searcher.query.numpy_joints import Joint, joints
from searcher.query.numpy_lists import ONE_BY_ONE, NumpyChannel, distinct
from searcher.query.numpy_scoring import Scoring, SegmentTerm
from searcher.query.numpy_sums import SLACK, Sums

__all__ = ["ENGINE", "NumpyChannel", "NumpyEngine", "SegmentTerm"]

_NUMBER_SIZE = 8  # bytes of the number of a document
_FIRST_PART = 10_000  # postings that are summed up together to begin with
_SOON_SORTED = 8192  # documents
# For a threshold more documents than are wanted are looked up: as many as give about so many
# pairs of a document and a list, within limits.
_PAIRS = 250
_MORE = (6, 54)
_FEW_DOCUMENTS = 64  # that all lists are asked for at once
_WORTH_ADDING = 8  # postings of a list to add, for each document that is still to be decided on
_ROOM = 1 + 1e-9  # sums of bounds are rounded otherwise than sums of scores

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
        scoring = Scoring(terms)
        if among is None:
            ranking = _Ranking(scoring, _as_mask(mask), k, threshold)
            return ranking.best() if ranking.is_promising else (b"", b"")
        if len(among) <= _NUMBER_SIZE * ONE_BY_ONE:
            few = memoryview(among).cast("q").tolist()
            return _best_of_few(few, scoring.of_few(few), k)
        documents = np.frombuffer(among, np.int64)
        return _best(documents, scoring.of_many(documents, {}), k)

    def count(self, terms: list[SegmentTerm], capacity: int, mask: Any, /) -> int:
        """How many documents have any of the terms and are allowed."""
        hits = np.zeros(capacity, np.bool_)
        scoring = Scoring(terms)
        for number in range(len(terms)):
            hits[scoring.decoded(number).documents] = True
        allowed = _as_mask(mask)
        return int(np.count_nonzero(hits if allowed is None else hits & allowed))

    def intersect(self, terms: list[SegmentTerm], mask: Any, /) -> bytes:
        """The documents that have all terms and are allowed, ascending."""
        scoring = Scoring(terms)
        numbers = sorted(range(len(terms)), key=lambda number: scoring.list(number).count)
        documents = scoring.decoded(numbers[0]).documents
        for at, number in enumerate(numbers[1:], 1):
            if documents.size <= ONE_BY_ONE:
                rest = [scoring.few_asked(other, documents.size) for other in numbers[at:]]
                found = [each for each in documents.tolist() if all(one.has(each) for one in rest)]
                documents = np.array(found, np.int64)
                break
            documents = terms[number].channel.having(scoring.list(number), documents)
        allowed = _as_mask(mask)
        return (documents if allowed is None else documents[allowed[documents]]).tobytes()


ENGINE = NumpyEngine()


class _Unit(NamedTuple):
    """A list that documents are ranked by, or several that are known together.

    Attributes:
        bound: No document is worth more by it.
        size: How many postings it has.
        numbers: The numbers of the terms.
        joint: What is known of several lists together; None for a single one.
    """

    bound: float
    size: int
    numbers: tuple[int, ...]
    joint: Joint | None


class _Ranking:
    """One query in one segment."""

    def __init__(self, scoring: Scoring, mask: Mask | None, k: int, threshold: float) -> None:
        self.scoring = scoring
        self.mask = mask
        self.k = k
        self.threshold = threshold * (1 - SLACK)
        self.joints = joints(scoring)
        strong, weak = self._units()
        strong.sort(key=_bound, reverse=True)
        weak.sort(key=_bound, reverse=True)
        # What makes hits, from the one that is worth most on, and then the others.
        self.strong = len(strong)
        self.units = strong + weak
        # What all units from each on are worth at most, with some room.
        self.rests = [*accumulate([unit.bound * _ROOM for unit in reversed(self.units)], initial=0)]
        self.rests.reverse()

    @property
    def is_promising(self) -> bool:
        """Whether any document can be a hit, and be good enough."""
        return self.strong > 0 and self.rests[0] >= self.threshold

    def _units(self) -> tuple[list[_Unit], list[_Unit]]:
        """What makes hits, and what does not."""
        found: tuple[list[_Unit], list[_Unit]] = [], []
        is_joined: set[int] = set()
        for numbers, one in self.joints.items():
            is_joined.update(numbers)
            found[0].append(_Unit(one.greatest, one.count, numbers, one))
        for number, term in enumerate(self.scoring.terms):
            if number not in is_joined:
                single = self.scoring.list(number)
                unit = _Unit(term.weight * single.greatest, single.count, (number,), None)
                found[0 if term.is_strong else 1].append(unit)
        return found

    def best(self) -> Result:
        """The best documents."""
        if len(self.units) == 1 and self.units[0].joint is not None:
            found = self._known_best(self.units[0].joint)
            if found is not None:
                return found
        if sum([unit.size for unit in self.units[: self.strong]]) <= _FEW_DOCUMENTS:
            return self._of_few()
        sums = Sums(self.scoring.terms[0].channel)
        at = self._add(sums, 0)
        if at < len(self.units):
            documents = self._of_many(sums, at)
        else:
            documents, scores = sums.best(self.k, self.mask)
        sums.clear()
        if at == len(self.units) and not self.joints:  # added in the order of the terms
            return _best(documents, scores, self.k)
        return _best(documents, self.scoring.of_many(documents, self.joints), self.k)

    def _known_best(self, one: Joint) -> Result | None:
        """The best by a single unit; None if those that are known are not enough."""
        documents, scores = one.best
        if self.mask is not None:
            allowed = self.mask[documents]
            documents, scores = documents[allowed], scores[allowed]
        if scores.size > self.k:
            end = scores.size - int(scores[::-1].searchsorted(scores[self.k - 1]))
            if end < scores.size:
                return documents[:end].tobytes(), scores[:end].tobytes()
        if one.best[0].size < one.count:
            return None
        return documents.tobytes(), scores.tobytes()

    def _of_few(self) -> Result:
        """The best, where few documents have any of what makes hits."""
        documents = [self._documents(unit) for unit in self.units[: self.strong]]
        hits = distinct(np.concatenate(documents))
        if self.mask is not None:
            hits = hits[self.mask[hits]]
        return _best(hits, self.scoring.of_many(hits, self.joints), self.k)

    def _of_many(self, sums: Sums, at: int) -> Ids:
        """Documents with the best among them; the units from a place on were not added yet."""
        self._look_up_best(sums, at)
        while at < self.strong and self.rests[at] >= self.threshold:
            looked_at = sums.added
            at = self._add(sums, at)
            if sums.added >= 2 * looked_at:
                self._look_up_best(sums, at)
        documents, scores = sums.reaching(self.threshold - self.rests[at], self.mask)
        rest = sorted(self.units[at:], key=_bound, reverse=True)
        return self._narrowed(sums, documents, scores, rest)

    def _add(self, sums: Sums, at: int) -> int:
        """Add the next units, about as many postings as were added; returns which is the next."""
        room, end = max(_FIRST_PART, sums.added), at
        while end < self.strong and self.rests[end] >= self.threshold:
            room -= self.units[end].size
            if room < 0 and end > at:
                break
            end += 1
        self._add_units(sums, sorted(self.units[at:end], key=_numbers))
        return end

    def _add_units(self, sums: Sums, units: Sequence[_Unit]) -> None:
        sums.add([self._documents(unit) for unit in units], [self._scores(unit) for unit in units])

    def _documents(self, unit: _Unit) -> Ids:
        if unit.joint is not None:
            return unit.joint.documents
        return self.scoring.decoded(*unit.numbers).documents

    def _scores(self, unit: _Unit) -> Floats:
        """What the documents of a unit, decoded before, are worth by it."""
        if unit.joint is not None:
            return unit.joint.scores
        (number,) = unit.numbers
        scores: Floats = self.scoring.terms[number].weight * self.scoring.list(number).values
        return scores

    def _look_up_best(self, sums: Sums, at: int) -> None:
        """Raise the threshold to what the best documents so far reach."""
        least, most = _MORE
        more = min(max(_PAIRS // len(self.units), least), most)
        documents, scores = sums.best(self.k + more, self.mask)
        if documents.size < self.k:
            return
        # Without the lists that it would take long to ask, the threshold is a little lower.
        single: list[int] = []
        for unit in self.units[at:]:
            if unit.joint is not None:
                scores = scores + unit.joint.of(documents)
            elif self.scoring.list(*unit.numbers).is_decoded:
                single += unit.numbers
        if single:
            scores = scores + self.scoring.weighted(single, documents).sum(axis=0)
        self._raise(scores)

    def _narrowed(self, sums: Sums, documents: Ids, scores: Floats, rest: Sequence[_Unit]) -> Ids:
        """The documents that may be among the best, each once, ascending.

        Args:
            sums: The sums so far; what is left is added until there are few documents.
            documents: Documents, some of them several times.
            scores: Their sums.
            rest: What was not added, from the unit that is worth most on.
        """
        is_distinct = False
        bounds = [*accumulate([unit.bound * _ROOM for unit in reversed(rest)], initial=0.0)]
        for unit in rest:
            bounds.pop()
            if not is_distinct and documents.size <= _SOON_SORTED:
                documents, is_distinct = distinct(documents), True
                scores = sums.of(documents)
            if documents.size <= _FEW_DOCUMENTS:
                break
            if unit.size <= _WORTH_ADDING * documents.size:
                self._add_units(sums, [unit])
            elif unit.joint is not None:
                sums.put(documents, scores + unit.joint.of(documents))
            else:
                sums.put(documents, scores + self.scoring.weighted(unit.numbers, documents)[0])
            scores = sums.of(documents)
            if is_distinct:
                self._raise(scores)
            kept = (scores >= self.threshold - bounds[-1]).nonzero()[0]
            documents, scores = documents[kept], scores[kept]
        return documents if is_distinct else distinct(documents)

    def _raise(self, scores: Floats) -> None:
        """Raise the threshold to the least of the k best of different documents' scores."""
        if scores.size >= self.k:
            least = float(np.partition(scores, scores.size - self.k)[scores.size - self.k])
            self.threshold = max(self.threshold, least * (1 - SLACK))


def _bound(unit: _Unit) -> float:
    return unit.bound


def _numbers(unit: _Unit) -> tuple[int, ...]:
    return unit.numbers


def _best_of_few(documents: Sequence[int], scores: Sequence[float], k: int) -> Result:
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
