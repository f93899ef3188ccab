"""The titles of one segment in order, to find those that begin with something typed.

What is kept of a title is its place: four bytes and a few more. The titles themselves are read from
the stored documents, some twenty for each look-up.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from functools import cached_property
from itertools import pairwise

from searcher.index.columnar.arrays import Integers
from searcher.index.fields import CHANNELS, TITLE, length_column
from searcher.index.reader import OpenSegment
from searcher.language import say
from searcher.lazy import np

Fold = Callable[[str], str]

_AFTER_ALL = "\U0010ffff"
_NO_LETTER = re.compile(r"[^\w\n]+")
_TOGETHER = 10_000  # titles to fold at once
_CACHED = 10_000  # keys; a search begins with the same ones each time
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
        self._keys: dict[int, str] = {}

    @cached_property
    def _order(self) -> tuple[Integers, Integers]:
        """The documents with a title in the order of their titles, and where each title begins."""
        segment = self._one.segment
        lengths = [segment.lengths(length_column(TITLE, name)) for name in CHANNELS]
        titled = np.flatnonzero(np.logical_or(*(column > 0 for column in lengths)))
        keys: list[str] = []
        for first in range(0, titled.size, _TOGETHER):
            keys += self._keys_of(titled[first : first + _TOGETHER].tolist())
        # Sorting is stable, so documents with the same title stay in order.
        order = sorted(range(len(keys)), key=keys.__getitem__)
        begins = [True, *(keys[one] != keys[other] for one, other in pairwise(order))]
        starts = np.flatnonzero(np.array(begins[: len(keys)], np.bool_))
        return titled[np.array(order, np.int64)], np.append(starts, len(keys))

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
        key = self._keys.get(number)
        if key is None:
            documents, starts = self._order
            if len(self._keys) >= _CACHED:
                self._keys.clear()
            key = self._keys[number] = self._key(int(documents[starts[number]]))
        return key

    def documents(self, number: int) -> list[int]:
        """The documents with a title that are there."""
        documents, starts = self._order
        found = documents[starts[number] : starts[number + 1]]
        live = self._one.live
        kept: list[int] = (found if live is None else found[live[found]]).tolist()
        return kept

    def title(self, document: int) -> str:
        """The title of a document as it was written, in one line."""
        return " ".join(self._one.segment.texts.title(document).split())

    def _first(self, key: str) -> int:
        return bisect_left(range(self.counts.size), key, key=self.key)

    def _key(self, document: int) -> str:
        return self._keys_of([document])[0]

    def _keys_of(self, documents: list[int]) -> list[str]:
        """The keys of the titles of documents. All at once is several times faster."""
        title = self._one.segment.texts.title
        folded = self._fold("\n".join([title(one).replace("\n", " ") for one in documents]))
        keys = _NO_LETTER.sub("", folded).split("\n")
        if len(keys) != len(documents):
            raise ValueError(say("a character is folded to a line feed", "有字符被折叠成换行符"))
        return [key[:_LONGEST] for key in keys]


def key_of(folded: str) -> str:
    """What a folded title is sorted by: its letters, digits and characters."""
    return _NO_LETTER.sub("", folded.replace("\n", " "))[:_LONGEST]
