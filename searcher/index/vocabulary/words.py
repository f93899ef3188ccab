"""The words of one segment, grouped by their number of characters.

Nothing of this is stored: a segment's terms become arrays within some hundredths of a second, when
they are first needed, so there is no cache that could be stale, damaged or not writable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from searcher.index.columnar import postings
from searcher.index.columnar.arrays import Integers, Mask, Unsigned
from searcher.index.columnar.segment import FieldPostings
from searcher.index.columnar.terms import FieldTerms, to_term
from searcher.language import say
from searcher.lazy import np

LONGEST_HAN = 8  # characters of a word that is looked for by its sound or its look
LONGEST_LETTERS = 24
CODES = 1 << 16  # characters beyond are in no word that is looked for

_SEPARATOR = 10  # a line feed, which no term has
_HAN_FIRST, _HAN_END = 0x3400, 0xA000
_LETTERS_END = 0x530  # Latin, Greek and Cyrillic


@dataclass(frozen=True, slots=True)
class Group:
    """The words of one length, in order of their characters.

    Attributes:
        codes: Their characters, a row for each word.
        numbers: Their numbers among the terms of the field.
    """

    codes: Unsigned
    numbers: Integers

    def within(self, sets: Sequence[Mask]) -> Integers:
        """The rows of words whose first characters are each in a set.

        Args:
            sets: For each place, from the first on, whether a code is in its set.
        """
        rows = self.beginning_with(np.flatnonzero(sets[0]))
        for place in range(1, len(sets)):
            rows = rows[sets[place][self.codes[rows, place]]]
        return rows

    def beginning_with(self, codes: Integers) -> Integers:
        """The rows of words whose first character is one of some, ascending."""
        first, chars = self.codes[:, 0], codes.astype(self.codes.dtype)
        lows = np.searchsorted(first, chars)
        return ranges(lows, np.searchsorted(first, chars, side="right"))


class _Characters(NamedTuple):
    """The code points of all words, where each ends, and how many it has."""

    codes: Unsigned
    ends: Integers
    lengths: Integers


class SegmentWords:
    """The words of one segment."""

    def __init__(self, field: FieldPostings) -> None:
        """Take the terms of the segment's words.

        Everything raises ValueError where they prove damaged.
        """
        self._field = field

    @cached_property
    def _characters(self) -> _Characters:
        codes, ends = _decoded(self._field.terms)
        return _Characters(codes, ends, ends - np.concatenate([[-1], ends[:-1]]) - 1)

    @cached_property
    def counts(self) -> Integers:
        """In how many documents each word is, deleted ones among them."""
        return counts_of(self._field)

    @cached_property
    def han(self) -> dict[int, Group]:
        """The words of Han characters by their number of characters."""
        return {
            length: self._group(length, _HAN_FIRST, _HAN_END, np.uint16)
            for length in range(1, LONGEST_HAN + 1)
        }

    @cached_property
    def han_of_any_length(self) -> Group:
        """The same of two characters or more, all in one group: zeros follow the characters."""
        groups = [group for length, group in self.han.items() if length > 1]
        padded = [
            np.pad(group.codes, ((0, 0), (0, LONGEST_HAN - group.codes.shape[1])))
            for group in groups
        ]
        numbers = np.concatenate([group.numbers for group in groups])
        order = np.argsort(numbers)
        return Group(np.concatenate(padded)[order], numbers[order])

    @cached_property
    def letters(self) -> dict[int, Group]:
        """The words of letters of an alphabet by their number of letters."""
        return {
            length: self._group(length, ord("a"), _LETTERS_END, np.uint16)
            for length in range(1, LONGEST_LETTERS + 1)
        }

    def word(self, number: int) -> str:
        """A word by its number."""
        return to_term(self._field.terms.term(number))

    def number(self, word: bytes) -> int | None:
        """The number of a word, escaped; None if the segment does not have it."""
        return self._field.terms.find(word)

    def with_prefix(self, prefix: bytes) -> Integers:
        """The numbers of the words that begin with a prefix, escaped."""
        terms = self._field.terms
        # No byte of UTF-8 is so large.
        return np.arange(terms.first(prefix), terms.first(prefix + b"\xff" * 9))

    def _group(self, length: int, first: int, end: int, kind: type) -> Group:
        codes, ends, lengths = self._characters
        numbers = np.flatnonzero(lengths == length)
        rows = codes[(ends[numbers] - length)[:, None] + np.arange(length)]
        kept = ((rows >= first) & (rows < end)).all(axis=1)
        return Group(rows[kept].astype(kind), numbers[kept])


def counts_of(field: FieldPostings, numbers: Integers | None = None) -> Integers:
    """In how many documents terms are: what their lists begin with.

    Args:
        field: The field.
        numbers: The numbers of the terms; None for all.
    """
    starts = field.terms.starts if numbers is None else field.terms.starts[numbers]
    return postings.counts_of(field.data, starts.astype(np.int64))


def ranges(lows: Integers, highs: Integers) -> Integers:
    """All numbers of several ranges, one range after the other."""
    sizes = highs - lows
    kept = sizes > 0
    lows, sizes = lows[kept], sizes[kept]
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if ends.size else 0
    numbers: Integers = np.arange(total) + np.repeat(lows - (ends - sizes), sizes)
    return numbers


def _decoded(terms: FieldTerms) -> tuple[Unsigned, Integers]:
    """The code points of all terms, each followed by a separator, and where the separators are."""
    heads = terms.keys.astype(">u8").view(np.uint8).reshape(len(terms), 8)
    is_used = heads != 0
    head_sizes = is_used.sum(axis=1)
    tail_sizes = np.zeros(len(terms), np.int64)
    if terms.tail_starts is not None:
        tail_starts = terms.tail_starts.astype(np.int64)
        tail_sizes = tail_starts[1:] - tail_starts[:-1]
        if tail_sizes.min(initial=0) < 0 or tail_sizes.sum() > len(terms.tails):
            raise ValueError(say("the terms do not fit", "词项不符"))
    ends = np.cumsum(head_sizes + tail_sizes + 1)
    data = np.full(int(ends[-1]) if ends.size else 0, _SEPARATOR, np.uint8)
    starts = ends - head_sizes - tail_sizes - 1
    data[ranges(starts, starts + head_sizes)] = heads[is_used]
    if terms.tail_starts is not None:
        first = int(terms.tail_starts[0])
        tails = np.frombuffer(terms.tails, np.uint8)[first : first + int(tail_sizes.sum())]
        data[ranges(ends - 1 - tail_sizes, ends - 1)] = tails
    codes = np.frombuffer(data.tobytes().decode("utf-8").encode("utf-32-le"), "<u4")
    separators = np.flatnonzero(codes == _SEPARATOR)
    if separators.size != len(terms):
        raise ValueError(say("the terms do not fit", "词项不符"))
    return codes, separators
