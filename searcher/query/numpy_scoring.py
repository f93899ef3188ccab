"""Scores of given documents, in numpy: exact ones, added up in the order of the terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from searcher.index.columnar.arrays import Floats, Ids
from searcher.lazy import np
from searcher.query.numpy_lists import NumpyChannel, PostingList

_MANY = 512  # documents for which lists are not asked together
_ONE_AFTER_ANOTHER = 8  # decoded lists; more are asked together


class SegmentTerm(NamedTuple):
    """A term in one segment.

    Attributes:
        channel: The channel.
        start: Where its list begins.
        weight: What the values are multiplied with.
        is_strong: Whether a document is a hit because of it.
        term: The term, escaped.
        pairs: Of a word the pairs of characters that it has, escaped.
    """

    channel: NumpyChannel
    start: int
    weight: float
    is_strong: bool
    term: bytes
    pairs: tuple[bytes, ...] = ()

    @property
    def is_worth_something(self) -> bool:
        """Whether each of its postings is worth more than 0."""
        return self.weight > 0 and self.channel.impacts.are_positive


class Rows(Protocol):
    """What is known of several lists together."""

    def rows(self, documents: Ids, /) -> Floats:
        """The scores of documents by each list: a row for each list."""


class Scoring:
    """The lists of the terms of a query in one segment, which are read when they are asked for."""

    def __init__(self, terms: Sequence[SegmentTerm]) -> None:
        """Take the terms; scores are added up in their order."""
        self.terms = terms
        self._lists: list[PostingList | None] = [None] * len(terms)

    def list(self, number: int) -> PostingList:
        """The list of a term, by number."""
        found = self._lists[number]
        if found is None:
            term = self.terms[number]
            found = self._lists[number] = term.channel.read(term.start)
        return found

    def decoded(self, number: int) -> PostingList:
        """The same, decoded."""
        one = self.list(number)
        self.terms[number].channel.decode(one)
        return one

    def few_asked(self, number: int, documents: int) -> PostingList:
        """The same, to be asked for so few documents one by one."""
        one = self._lists[number] or self.list(number)
        if not one.is_decoded:
            self.terms[number].channel.be_asked(one, documents)
        return one

    def of_few(self, documents: Sequence[int]) -> Sequence[float]:
        """The scores of a few documents, without numpy."""
        scores = [0.0] * len(documents)
        for number, term in enumerate(self.terms):
            one, weight = self.few_asked(number, len(documents)), term.weight
            for at, value in enumerate(one.values_of(documents)):
                scores[at] += weight * value
        return scores

    def of_many(self, documents: Ids, joints: Mapping[tuple[int, ...], Rows]) -> Floats:
        """The scores of ascending documents.

        Args:
            documents: The documents.
            joints: What is known of several lists together, by their numbers.
        """
        known: dict[int, Floats] = {}
        for numbers, joint in joints.items():
            known.update(zip(numbers, joint.rows(documents), strict=True))
        single = [number for number in range(len(self.terms)) if number not in known]
        if documents.size > _MANY:
            known.update([(number, self.weighted([number], documents)[0]) for number in single])
        elif single:
            known.update(zip(single, self.weighted(single, documents), strict=True))
        scores = np.zeros(documents.size)
        for number in range(len(self.terms)):
            scores += known[number]
        return scores

    def weighted(self, numbers: Sequence[int], documents: Ids) -> Floats:
        """The scores of documents by lists: a row for each list, given by number."""
        rows = np.empty((len(numbers), documents.size))
        together: dict[NumpyChannel, list[int]] = {}
        for at, number in enumerate(numbers):
            term, one = self.terms[number], self.list(number)
            if one.is_decoded and len(numbers) <= _ONE_AFTER_ANOTHER:
                one.of(documents, rows[at])
                rows[at] *= term.weight
            else:
                together.setdefault(term.channel, []).append(at)
        for channel, places in together.items():
            own = [numbers[at] for at in places]
            values = channel.ask([self.list(number) for number in own], documents)
            weights = np.array([self.terms[number].weight for number in own])
            rows[places] = values * weights[:, None]
        return rows
