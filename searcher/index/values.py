"""The values of a field that is not text: how many documents have each, and which.

A source or a tag is a term like any other, but facets ask for all of them at once, and there may
be more tags than documents. So all lists of the field are read together, once for a state of the
index, and kept. Values that fold to the same are one, as in filters, under the name that most
documents have it by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from searcher.index.columnar.arrays import Ids, Mask
from searcher.index.columnar.terms import to_term
from searcher.lazy import np


class Values:
    """The values of a field of one state of an index."""

    def __init__(
        self,
        terms: list[bytes],
        owners: Ids,
        documents: Ids,
        capacity: int,
        fold: Callable[[str], str],
    ) -> None:
        """Take the terms and their postings.

        Args:
            terms: The values, escaped, in order.
            owners: For each posting the number of its value.
            documents: For each posting its document; none is deleted.
            capacity: The number of all documents.
            fold: Folds values.
        """
        self._names = [to_term(term) for term in terms]
        self._folded = _each_folded(self._names, fold)
        self._owners, self._documents = owners, documents
        self._capacity = capacity
        if len(set(self._folded)) < len(terms):
            self._merge()
        self._numbers = {value: number for number, value in enumerate(self._folded)}

    def counts(self, mask: Mask) -> dict[str, int]:
        """How many of some documents have each value, the most frequent first, then by value."""
        counts = np.bincount(self._owners[mask[self._documents]], minlength=len(self._names))
        numbers = np.flatnonzero(counts)
        # Values are in order, and those that are equally frequent stay so.
        numbers = numbers[np.argsort(-counts[numbers], kind="stable")]
        names = map(self._names.__getitem__, numbers.tolist())
        return dict(zip(names, counts[numbers].tolist(), strict=True))

    def equal_to(self, folded: Iterable[str]) -> Mask:
        """The documents with one of some folded values."""
        return self._with([self._numbers[value] for value in folded if value in self._numbers])

    def matching(self, accept: Callable[[str], bool]) -> Mask:
        """The documents with a value that is accepted as it is folded."""
        return self._with([number for value, number in self._numbers.items() if accept(value)])

    def _with(self, numbers: list[int]) -> Mask:
        chosen = np.zeros(len(self._names), np.bool_)
        chosen[numbers] = True
        mask = np.zeros(self._capacity, np.bool_)
        mask[self._documents[chosen[self._owners]]] = True
        return mask

    def _merge(self) -> None:
        """Make one value of those that fold to the same."""
        frequencies = np.bincount(self._owners, minlength=len(self._names)).tolist()
        names: dict[str, int] = {}  # for each folded value the number of its name
        for number, value in enumerate(self._folded):
            best = names.setdefault(value, number)
            if frequencies[number] > frequencies[best]:
                names[value] = number
        kept = sorted(names.values())  # in the order of the names
        places = {number: place for place, number in enumerate(kept)}
        merged = np.array([places[names[value]] for value in self._folded], np.int64)
        # A document that has a value under two names has it once.
        pairs = np.unique(merged[self._owners] * self._capacity + self._documents)
        self._owners, self._documents = np.divmod(pairs, max(self._capacity, 1))
        self._names = [self._names[number] for number in kept]
        self._folded = [self._folded[number] for number in kept]


def _each_folded(names: list[str], fold: Callable[[str], str]) -> list[str]:
    # All at once is many times faster, and nothing joins over the end of a line.
    folded = fold("\n".join(names)).split("\n")
    if len(folded) == len(names):
        return folded
    return [fold(name) for name in names]  # one has lines itself, or there is none
