"""The titles of one segment in order, to find those that begin with something typed.

What is kept of a title is its place: four bytes and a few more. The titles themselves are read from
the stored documents, some twenty for each look-up.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from functools import cached_property

from searcher.index.columnar.arrays import Integers
from searcher.index.fields import CHANNELS, TITLE, length_column
from searcher.index.reader import OpenSegment
from searcher.lazy import np

Fold = Callable[[str], str]

_AFTER_ALL = "\U0010ffff"
_NO_LETTER = re.compile(r"\W+")
_LONGEST = 1000  # characters of a title that it is sorted by


class SegmentTitles:
    """The distinct titles of one segment, by number, in order.

    Titles that differ in spaces and punctuation alone are one. What is left of a title without
    them, folded, is its *key*.
    """

    def __init__(self, one: OpenSegment, fold: Fold) -> None:
        """Take the segment; its titles are read when they are first asked for.

        Everything raises ValueError where it proves damaged.
        """
        self._one = one
        self._fold = fold

    @cached_property
    def _order(self) -> tuple[Integers, Integers]:
        """The documents with a title in the order of their titles, and where each title begins."""
        segment = self._one.segment
        lengths = [segment.lengths(length_column(TITLE, name)) for name in CHANNELS]
        titled = np.flatnonzero(np.logical_or(*(column > 0 for column in lengths)))
        titles = [(self._key(number), number) for number in titled.tolist()]
        titles.sort()
        documents = np.array([number for _, number in titles], np.int32)
        starts = [
            at for at, (title, _) in enumerate(titles) if not at or title != titles[at - 1][0]
        ]
        return documents.astype(np.int64), np.array([*starts, len(titles)], np.int64)

    @cached_property
    def counts(self) -> Integers:
        """How many documents have each title, deleted ones among them."""
        counts: Integers = np.diff(self._order[1])
        return counts

    def with_prefix(self, prefix: str) -> Integers:
        """The numbers of the titles whose keys begin with another key."""
        return np.arange(self._first(prefix), self._first(prefix + _AFTER_ALL))

    def number(self, key: str) -> int | None:
        """The number of the title with a key; None if there is none."""
        number = self._first(key)
        return number if number < self.counts.size and self.key(number) == key else None

    def key(self, number: int) -> str:
        """The key of a title."""
        documents, starts = self._order
        return self._key(int(documents[starts[number]]))

    def documents(self, number: int) -> list[int]:
        """The documents with a title that are there."""
        documents, starts = self._order
        found = documents[starts[number] : starts[number + 1]]
        live = self._one.live
        kept: list[int] = (found if live is None else found[live[found]]).tolist()
        return kept

    def title(self, document: int) -> str:
        """The title of a document as it was written, in one line."""
        return " ".join(self._one.segment.texts.parts(document)[0].split())

    def _first(self, key: str) -> int:
        return bisect_left(range(self.counts.size), key, key=self.key)

    def _key(self, document: int) -> str:
        return key_of(self._fold(self._one.segment.texts.parts(document)[0]))


def key_of(folded: str) -> str:
    """What a folded title is sorted by: its letters, digits and characters."""
    return _NO_LETTER.sub("", folded[:_LONGEST])
