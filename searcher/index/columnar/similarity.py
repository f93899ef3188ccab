"""How much a posting is worth, as far as it does not depend on the query.

BM25F saturates the length-normalised frequency ``x`` of a term as ``x / (k1 + x)``. A segment
records, for each range of a long list, the greatest of these values with the average lengths that
the segment has itself. Other averages, when other segments are there, change ``x`` by a factor
that is known, so the record stays a bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

from searcher.index.columnar.arrays import Bytes, Floats, Integers, Lengths, Mask
from searcher.kernel import load
from searcher.lazy import np

LEVELS = 255  # of a recorded value
# With b = 1 an empty field has no norm, and it needs none.
_LEAST_LENGTH = 1e-300
_BLOCK = 1 << 16  # postings to look at at once


@dataclass(frozen=True, slots=True)
class Similarity:
    """The parameters of BM25F.

    Attributes:
        k1: How soon repeated terms stop counting.
        b: How much long fields are held back, 0 to 1.
        title: The weight of the title.
        body: The weight of the body.
    """

    k1: float = 0.8
    b: float = 0.75
    title: float = 1.0
    body: float = 1.0


# What segments are made for; ranking by another one is only slower.
SIMILARITY = Similarity()


@dataclass(frozen=True, slots=True)
class FieldLengths:
    """The lengths of one text field, in terms of one channel.

    Attributes:
        lengths: Of each document.
        average: Over the documents in which the field is not empty.
    """

    lengths: Lengths
    average: float


def average_length(lengths: Lengths, live: Mask | None = None) -> float:
    """The mean length over the documents in which the field is not empty; 1 for none."""
    if live is not None:
        lengths = lengths[live]
    filled = int(np.count_nonzero(lengths))
    return float(lengths.sum(dtype=np.int64)) / filled if filled else 1.0


def norms(similarity: Similarity, field: FieldLengths, documents: Integers) -> Floats:
    """What a frequency is multiplied with: ``1 / (1 - b + b · length / average)``."""
    lengths = field.lengths[documents].astype(np.float64)
    relative = (1.0 - similarity.b) + similarity.b * lengths / field.average
    return 1.0 / np.maximum(relative, _LEAST_LENGTH)


def saturated(
    similarity: Similarity,
    title: FieldLengths,
    body: FieldLengths,
    documents: Integers,
    frequencies: Integers,
    titles: Integers,
) -> Floats:
    """``x / (k1 + x)`` for postings."""
    x = np.zeros(documents.size)
    if titles.any():
        x += similarity.title * titles * norms(similarity, title, documents)
    x += similarity.body * (frequencies - titles) * norms(similarity, body, documents)
    return x / (similarity.k1 + x)


class Impacts:
    """``saturated`` for the postings of a channel, with what depends on lengths looked up.

    The numbers are the same to the last bit.
    """

    def __init__(self, similarity: Similarity, title: FieldLengths, body: FieldLengths) -> None:
        """Take the parameters and the lengths."""
        self._similarity = similarity
        self._title, self._body = title, body
        self._title_norms = _norms_by_length(similarity, title)
        self._body_norms = _norms_by_length(similarity, body)
        self._once: Floats | None = None
        if self._body_norms is not None:
            once = similarity.body * self._body_norms
            with np.errstate(invalid="ignore"):
                self._once = once / (similarity.k1 + once)

    @property
    def are_positive(self) -> bool:
        """Whether all postings are worth more than 0."""
        return self._similarity.title > 0 and self._similarity.body > 0

    def values(
        self, documents: Integers, frequencies: Integers | None, titles: Integers | None
    ) -> Floats:
        """``x / (k1 + x)`` for postings.

        Args:
            documents: Their documents.
            frequencies: Their frequencies; None if all are 1.
            titles: The frequencies in titles; None if all are 0.
        """
        similarity = self._similarity
        if frequencies is None and titles is None and self._once is not None:
            once: Floats = self._once[self._body.lengths[documents]]
            return once
        bodies: Integers = np.ones_like(documents) if frequencies is None else frequencies
        if titles is not None:
            bodies = bodies - titles
        x = similarity.body * bodies * self._norms(self._body, self._body_norms, documents)
        if titles is not None:
            x += similarity.title * titles * self._norms(self._title, self._title_norms, documents)
        saturated: Floats = x / (similarity.k1 + x)
        return saturated

    def value(self, document: int, frequency: int, title: int) -> float:
        """The same for one posting."""
        similarity = self._similarity
        x = (
            similarity.body
            * (frequency - title)
            * self._norm(self._body, self._body_norms, document)
        )
        if title:
            x += similarity.title * title * self._norm(self._title, self._title_norms, document)
        return x / (similarity.k1 + x) if similarity.k1 + x else nan

    def _norm(self, field: FieldLengths, table: Floats | None, document: int) -> float:
        if table is None:
            return float(norms(self._similarity, field, np.array([document]))[0])
        return float(table.item(field.lengths.item(document)))

    def _norms(self, field: FieldLengths, table: Floats | None, documents: Integers) -> Floats:
        if table is None:
            return norms(self._similarity, field, documents)
        found: Floats = table[field.lengths[documents]]
        return found


def _norms_by_length(similarity: Similarity, field: FieldLengths) -> Floats | None:
    """The norm of each length that there can be; None if there can be too many."""
    if field.lengths.itemsize > 2:
        return None
    every = np.arange(1 << 8 * field.lengths.itemsize)
    return norms(similarity, FieldLengths(every, field.average), every)


def impacts(
    similarity: Similarity,
    title: FieldLengths,
    body: FieldLengths,
    documents: Integers,
    frequencies: Integers,
    titles: Integers,
) -> Bytes:
    """The same in levels, rounded up."""
    kernel = load("postings")
    if kernel is not None:
        worth = kernel_worth(similarity, title, body)
        levels = kernel.impacts(len(body.lengths), documents, frequencies, titles, worth)
        return np.frombuffer(levels, np.uint8)
    levels = np.empty(documents.size, np.uint8)
    for first in range(0, documents.size, _BLOCK):
        some = slice(first, first + _BLOCK)
        columns = documents[some], frequencies[some], titles[some]
        levels[some] = np.ceil(saturated(similarity, title, body, *columns) * LEVELS)
    return levels


def kernel_worth(
    similarity: Similarity, title: FieldLengths, body: FieldLengths
) -> tuple[object, ...]:
    """What postings are worth by, as the kernel takes it."""
    titles, bodies = (
        (np.ascontiguousarray(field.lengths), field.average, weight)
        for field, weight in ((title, similarity.title), (body, similarity.body))
    )
    return titles, bodies, similarity.k1, similarity.b


def staleness(recorded: tuple[float, float], now: tuple[float, float]) -> float:
    """By which factor values are greater, at most, when the average lengths are others.

    A longer average makes every document relatively shorter: ``x`` grows by no more than the
    factor of the averages, and ``x / (k1 + x)`` by no more than ``x``.
    """
    return max(1.0, now[0] / recorded[0], now[1] / recorded[1])
