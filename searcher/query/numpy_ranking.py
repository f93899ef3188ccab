"""Ranking in numpy: what the kernel does, where there is none, with the same results.

MaxScore (Turtle and Flood, *Query evaluation: strategies and optimizations*, 1995), some lists at a
time: those that are worth most come first. What the best documents so far have raises the
threshold; as soon as all lists that are left could not lift a new document over it, they are only
added to the sums of documents that were met already, or asked for these.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from operator import itemgetter
from typing import Any, NamedTuple

from searcher.index.columnar.arrays import Floats, Ids, Mask
from searcher.lazy import np
from searcher.query.numpy_joints import Joint, joints
from searcher.query.numpy_lists import ONE_BY_ONE, NumpyChannel, distinct
from searcher.query.numpy_scoring import Scoring, SegmentTerm
from searcher.query.numpy_sums import SLACK, Scored, Sums
from searcher.query.ranking import Row

__all__ = ["ENGINE", "NumpyChannel", "NumpyEngine", "SegmentTerm"]

_NUMBER_SIZE = 8  # bytes of the number of a document
_FIRST_PART = 10_000  # postings that are summed up together to begin with
_FEW_DOCUMENTS = 64  # that all lists are asked for at once
_WORTH_ADDING = 16  # postings of a list to add, for each document that is still to be decided on
# What a posting adds to a sum that is worth nothing, and more than many of these.
_WORTH_RAISING = 20_000  # postings of the next list, for the threshold to be raised before
_FEW_UNITS = 8
_FEW_MET = 1000
_LEAST, _ALMOST_NOTHING = 1e-300, 1e-290
_ROOM = 1 + 1e-9  # sums of bounds are rounded otherwise than sums of scores

_MANY_ROWS = 256  # that are sorted by numpy
_SCORE = itemgetter(0)


class NumpyEngine:
    """Ranks the documents of one segment."""

    Channel = NumpyChannel

    def top_k(
        self,
        terms: list[SegmentTerm],
        mask: Any,
        k: int,
        threshold: float,
        among: Any,
        /,
    ) -> list[Row]:
        """The k best documents that have a strong term, and all as good as the last of them.

        They are in order: of equal ones the first comes first.
        """
        scoring = Scoring(terms)
        if among is None:
            found = joints(scoring)
            allowed = _as_mask(mask)
            if len(found) == 1:
                ((numbers, one),) = found.items()
                rows = one.known(k, allowed) if len(numbers) == len(terms) else None
                if rows is not None:
                    return rows
            ranking = _Ranking(scoring, found, allowed, k, threshold)
            return ranking.best() if ranking.is_promising else []
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
        counts = [scoring.list(number).count for number in range(len(terms))]
        numbers = sorted(range(len(terms)), key=counts.__getitem__)
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

    def __init__(
        self,
        scoring: Scoring,
        known: dict[tuple[int, ...], Joint],
        mask: Mask | None,
        k: int,
        threshold: float,
    ) -> None:
        self.scoring = scoring
        self.mask = mask
        self.k = k
        self.threshold = threshold * (1 - SLACK)
        self.joints = known
        strong, weak = self._units()
        strong.sort(key=_bound, reverse=True)
        weak.sort(key=_bound, reverse=True)
        # What makes hits, from the one that is worth most on, and then the others.
        self.strong = len(strong)
        self.units = strong + weak
        self.rests = _rests(self.units)

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

    def best(self) -> list[Row]:
        """The best documents, in order."""
        if self.mask is None:
            self._expect()
        end = self._needed(0)
        if sum([unit.size for unit in self.units[:end]]) <= _FEW_DOCUMENTS:
            return self._of_few(end)
        documents = self._known_or_met(end)
        if documents is None:
            sums = Sums(self.scoring.terms[0].channel)
            documents = self._of_many(sums)
            sums.clear()
        return _best(documents, self.scoring.of_many(documents, self.joints), self.k)

    def _expect(self) -> None:
        """Raise the threshold to what as many documents as are wanted reach by one unit."""
        for one in self.joints.values():
            scores = one.best[1]
            if scores.size >= self.k:
                self.threshold = max(self.threshold, scores.item(self.k - 1) * (1 - SLACK))

    def _needed(self, at: int) -> int:
        """The first place from one on where nothing is left that makes a new document a hit."""
        while at < self.strong and self.rests[at] >= self.threshold:
            at += 1
        return at

    def _of_few(self, end: int) -> list[Row]:
        """The best, where few documents are in units up to a place."""
        found = [self._scored(unit)[0] for unit in self.units[:end]]
        hits = found[0] if len(found) == 1 else distinct(np.concatenate(found))
        if self.mask is not None:
            hits = hits[self.mask[hits]]
        return _best(hits, self.scoring.of_many(hits, self.joints), self.k)

    def _known_or_met(self, end: int) -> Ids | None:
        """The documents that may be among the best, if these are few; else None.

        They are among the best of a unit, of those up to a place, or in two units.
        """
        if len(self.units) > _FEW_UNITS or self.mask is not None:
            return None
        first, others = self.units[:end], self.units[end : self.strong]
        needed = sum([unit.size for unit in first])
        if others and max([unit.size for unit in others]) > _WORTH_ADDING * needed:
            found = [self._valued(unit)[0] for unit in first]
        else:
            least = self.threshold - self.rests[self.strong]
            found = [self._reaching(unit, least) for unit in first if unit.bound * _ROOM >= least]
            if sum(map(len, found)) <= _FEW_MET:
                lists = [self._valued(unit)[0] for unit in self.units[: self.strong]]
                found += self.scoring.terms[0].channel.met(lists[:end], lists[end:])
        if sum(map(len, found)) > _FEW_MET:
            return None
        return distinct(np.concatenate(found))

    def _reaching(self, unit: _Unit, least: float) -> Ids:
        """The documents that are worth so much by a unit."""
        known = None if unit.joint is None else unit.joint.reaching(least)
        if known is not None:
            return known
        documents, values, weight = self._valued(unit)
        return documents[weight * values >= least]

    def _of_many(self, sums: Sums) -> Ids:
        """Documents with the best among them, ascending."""
        rest = self._add_rest(sums, self._add_strong(sums))
        if rest:
            self._raise_by(sums, sums.reaching(self.threshold))
        bounds = _rests(rest)
        documents = distinct(self._allowed(sums.reaching(self.threshold - bounds[0])))
        scores = sums.of(documents)
        for unit, bound in zip([None, *rest], bounds, strict=True):
            if unit is not None:
                scores += self._worth(unit, documents)
            self._raise(scores)
            kept = scores >= self.threshold - bound
            documents, scores = documents[kept], scores[kept]
            if documents.size <= _FEW_DOCUMENTS:
                break
        return documents

    def _add_strong(self, sums: Sums) -> int:
        """Add what may make new documents hits; returns up to which unit."""
        at = 0
        while at < (end := self._needed(at)):
            first, at = sums.parts, self._add(sums, at, end)
            if at < self.strong and self.units[at].size > _WORTH_RAISING:
                self._raise_by(sums, sums.reaching(self.threshold, first))
        return at

    def _add(self, sums: Sums, at: int, end: int) -> int:
        """Add units, about as many postings as were added; returns which is the next."""
        room, first = max(_FIRST_PART, sums.added), at
        while at < end:
            room -= self.units[at].size
            if room < 0 and at > first:
                break
            at += 1
        lists = [self._scored(unit) for unit in self.units[first:at]]
        sums.add(lists, is_last=at == len(self.units))
        return at

    def _add_rest(self, sums: Sums, at: int) -> list[_Unit]:
        """Add what else changes the sums of many documents.

        Returns:
            What does not, from the unit that is worth most on.
        """
        rest = sorted(self.units[at:], key=_bound, reverse=True)
        for number, (unit, bound) in enumerate(zip(rest, _rests(rest), strict=False)):
            if unit.size > sums.added:
                documents = sums.reaching(self.threshold - bound).size
                if unit.size > _WORTH_ADDING * documents:
                    return rest[number:]
            sums.add_to_met(*self._valued(unit))
        return []

    def _valued(self, unit: _Unit) -> tuple[Ids, Floats, float]:
        """The documents of a unit, their values, and what these are multiplied with."""
        if unit.joint is not None:
            return unit.joint.documents, unit.joint.scores, 1.0
        (number,) = unit.numbers
        one = self.scoring.decoded(number)
        return one.documents, one.values, self.scoring.terms[number].weight

    def _scored(self, unit: _Unit) -> Scored:
        """The documents of a unit, and what they are worth by it: at least a little."""
        documents, values, weight = self._valued(unit)
        scores: Floats = values if unit.joint is not None else weight * values
        if not all(self.scoring.terms[at].is_worth_something for at in unit.numbers):
            scores = np.maximum(scores, _LEAST)
        return documents, scores

    def _allowed(self, documents: Ids) -> Ids:
        return documents if self.mask is None else documents[self.mask[documents]]

    def _raise_by(self, sums: Sums, documents: Ids) -> None:
        """Raise the threshold by what documents, some of them several times, have by now."""
        if documents.size >= self.k:
            documents = distinct(self._allowed(documents))
            self._raise(sums.of(documents))

    def _worth(self, unit: _Unit, documents: Ids) -> Floats:
        """What documents are worth by a unit."""
        if unit.joint is not None:
            return unit.joint.of(documents)
        worth: Floats = self.scoring.weighted(unit.numbers, documents)[0]
        return worth

    def _raise(self, scores: Floats) -> None:
        """Raise the threshold to the least of the k best of different documents' scores."""
        if scores.size >= self.k:
            least = float(np.partition(scores, scores.size - self.k)[scores.size - self.k])
            self.threshold = max(self.threshold, least * (1 - SLACK) - _ALMOST_NOTHING)


def _rests(units: Sequence[_Unit]) -> list[float]:
    """What all units from each on are worth at most, with some room, and 0."""
    rests = [*accumulate([unit.bound * _ROOM for unit in reversed(units)], initial=0.0)]
    rests.reverse()
    return rests


def _bound(unit: _Unit) -> float:
    return unit.bound


def _best(documents: Ids, scores: Floats, k: int) -> list[Row]:
    """Of ascending documents the k best and those that are as good as the last, in order."""
    if documents.size > max(k, min(k + _FEW_DOCUMENTS, _MANY_ROWS)):
        kept = scores >= np.partition(scores, documents.size - k)[documents.size - k]
        documents, scores = documents[kept], scores[kept]
    if documents.size > _MANY_ROWS:
        order = (-scores).argsort(kind="stable")
        return list(zip(scores[order].tolist(), documents[order].tolist(), strict=True))
    return _best_of_few(documents.tolist(), scores.tolist(), k)


def _best_of_few(documents: Sequence[int], scores: Sequence[float], k: int) -> list[Row]:
    """The same of few documents."""
    rows = list(zip(scores, documents, strict=True))
    rows.sort(key=_SCORE, reverse=True)  # equal ones stay as they are
    end = k
    if len(rows) > k:
        least = rows[k - 1][0]
        while end < len(rows) and rows[end][0] == least:
            end += 1
    return rows[:end]


def _as_mask(mask: Any) -> Mask | None:
    return None if mask is None else np.frombuffer(mask, np.bool_)
