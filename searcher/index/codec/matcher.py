"""The postings of a term, and Whoosh's matcher over them."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.matching.mcore import LeafMatcher, ReadTooFar

from searcher.index.codec.values import Values
from searcher.index.columnar.arrays import Integers

# Postings that are skipped together; as many as in Whoosh's codec, so that what Whoosh's scorers
# take for the best of a block is the same.
BLOCK = 128

Weights = npt.NDArray[np.float32] | Integers


class TermPostings:
    """The postings of a term in a segment, decoded."""

    def __init__(
        self,
        documents: Integers,
        weights: Weights,
        lengths: Callable[[], Integers],
        values: Callable[[], Values],
    ) -> None:
        """Take the columns.

        Args:
            documents: Document numbers, ascending. Whoosh gives a document twice when a value
                stands twice in a list of numbers.
            weights: The weight of each.
            lengths: Gives the length of the field in each document of the segment, 0 for none.
            values: Gives the values.
        """
        self.documents = documents
        self.weights = weights
        self._load_lengths = lengths
        self._load_values = values

    def __len__(self) -> int:
        return self.documents.size

    @cached_property
    def values(self) -> Values:
        """The values, decoded when they are first asked for."""
        return self._load_values()

    @cached_property
    def lengths(self) -> Integers:
        """For each posting the length of the field in the document."""
        return self._load_lengths()[self.documents]

    @cached_property
    def block_weights(self) -> list[float]:
        """The greatest weight in each block; at least 0."""
        greatest = np.maximum.reduceat(self.weights, self._blocks)
        return [float(weight) for weight in np.maximum(greatest, 0).tolist()]

    @cached_property
    def block_shortest(self) -> list[int]:
        """The smallest length in each block; 0 where no document has one."""
        lengths, none = self.lengths, np.iinfo(np.int64).max
        shortest = np.minimum.reduceat(np.where(lengths > 0, lengths, none), self._blocks)
        shortest[shortest == none] = 0
        return [int(length) for length in shortest]

    @cached_property
    def block_longest(self) -> list[int]:
        """The greatest length in each block."""
        return [int(length) for length in np.maximum.reduceat(self.lengths, self._blocks)]

    @property
    def _blocks(self) -> Integers:
        return np.arange(0, len(self), BLOCK)


class ColumnarMatcher(LeafMatcher):
    """Steps through the postings of a term."""

    def __init__(
        self,
        postings: TermPostings,
        format_: Any,
        term: tuple[str, bytes] | None = None,
        scorer: Any = None,
    ) -> None:
        """Stand on the first posting."""
        self.postings = postings
        self.format = format_
        self.scorer = scorer
        self._term = term
        self._enter(0)

    def _enter(self, block: int, at: int = 0) -> None:
        """Stand on a posting of a block."""
        self._block = block
        self._first = block * BLOCK
        self._size = min(BLOCK, len(self.postings) - self._first)
        self._at = at
        self._ended = False
        # Numbers of Python are quicker to get one by one; made when the block is looked at.
        self._ids: list[int] | None = None
        self._weights: list[float] | None = None

    def _leave(self) -> None:
        """Go to the next block; behind the last one, stop.

        Some of Whoosh's compound matchers ask for the quality of one that has come to its end, so
        it stays in its last block, as Whoosh's own does.
        """
        if self._first + self._size < len(self.postings):
            self._enter(self._block + 1)
        else:
            self._ended = True

    def is_active(self) -> bool:
        return not self._ended

    def reset(self) -> None:
        self._enter(0)

    def copy(self) -> "ColumnarMatcher":
        other = self.__class__(self.postings, self.format, self._term, self.scorer)
        other._enter(self._block, self._at)
        other._ended = self._ended
        return other

    def id(self) -> int:
        if self._ids is None:
            first = self._first
            self._ids = self.postings.documents[first : first + self._size].tolist()
        return self._ids[self._at]

    def weight(self) -> float:
        if self._weights is None:
            first = self._first
            weights = self.postings.weights[first : first + self._size]
            self._weights = weights.astype(np.float64).tolist()
        return self._weights[self._at]

    def value(self) -> bytes | None:
        return self.postings.values.value(self._first + self._at)

    def value_as(self, astype: str) -> Any:
        return self.postings.values.decoded(self._first + self._at, self.format, astype)

    def next(self) -> Any:
        """Go to the next posting; says whether that is in another block."""
        if self._ended:
            return False
        self._at += 1
        if self._at < self._size:
            return False
        self._leave()
        return True

    def skip_to(self, target: int) -> None:
        """Go to the first posting from here on whose document is not before the given one."""
        if not self.is_active():
            raise ReadTooFar
        if target <= self.id():
            return
        place = int(np.searchsorted(self.postings.documents, target))
        behind = place == len(self.postings)
        block, at = divmod(place - behind, BLOCK)
        if block != self._block:
            self._enter(block, 0 if behind else at)
        elif not behind:
            self._at = at
        self._ended = behind

    def skip_to_quality(self, minquality: float) -> int:
        """Go to the first block from here on that may be better; returns how many were left out.

        Stands where it is if the block is this one.
        """
        skipped = 0
        while self.is_active() and self.block_quality() <= minquality:
            self._leave()
            skipped += 1
        return skipped

    def all_ids(self) -> Any:
        """An iterator over the documents from here on; the matcher stays where it is."""
        start = self._first + self._at
        return iter([] if self._ended else self.postings.documents[start:].tolist())

    def block_min_id(self) -> int:
        return int(self.postings.documents[self._first])

    def block_max_id(self) -> int:
        return int(self.postings.documents[self._first + self._size - 1])

    def block_min_length(self) -> int:
        return self.postings.block_shortest[self._block]

    def block_max_length(self) -> int:
        return self.postings.block_longest[self._block]

    def block_max_weight(self) -> float:
        return self.postings.block_weights[self._block]
