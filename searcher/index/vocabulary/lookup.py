"""Words of an index that sound or look like something typed, over all segments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from searcher.index.columnar.arrays import Integers, Keys, Mask, Unsigned
from searcher.index.columnar.segment import FieldPostings
from searcher.index.columnar.terms import to_term
from searcher.index.fields import GRAMS, WORDS
from searcher.index.reader import IndexReader
from searcher.index.vocabulary.words import (
    CODES,
    LONGEST_HAN,
    LONGEST_LETTERS,
    Group,
    SegmentWords,
    counts_of,
)
from searcher.lazy import np

_MOST = 12  # words that are given of a segment, the most frequent ones


class Change(Enum):
    """How a typed word differs from one of the index."""

    SWAPPED = "swapped"  # two neighbours stand in the wrong order
    MISSING = "missing"
    EXTRA = "extra"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Near:
    """A word that differs from a typed one in little.

    Attributes:
        word: The word of the index.
        count: In how many documents it is.
        change: What was done to it.
    """

    word: str
    count: int
    change: Change


class Vocabulary:
    """The words of one state of an index."""

    def __init__(self, reader: IndexReader) -> None:
        """Take the index; its words are read when they are first asked for.

        All methods raise ValueError where the index proves damaged.
        """
        self._reader = reader

    @cached_property
    def segments(self) -> list[SegmentWords]:
        """The words of each segment."""
        return [SegmentWords(one.segment.field(WORDS)) for one in self._reader.segments]

    @cached_property
    def characters(self) -> Mask:
        """For each code whether it is a Han character of a word."""
        found = np.zeros(CODES, np.bool_)
        for segment in self.segments:
            for group in segment.han.values():
                found[group.codes.ravel()] = True
        return found

    def sounding(self, sets: Sequence[Mask]) -> dict[str, int]:
        """Words of Han characters that are each in a set, with their numbers of documents.

        Args:
            sets: For each character of the word, whether a code is in its set.
        """
        if not 0 < len(sets) <= LONGEST_HAN:
            return {}
        rows = []
        for segment in self.segments:
            group = segment.han[len(sets)]
            rows.append(group.numbers[group.within(sets)])
        return self._most_frequent(rows)

    def beginning(self, sets: Sequence[Mask], most: int) -> dict[str, int]:
        """Words of Han characters, two or more, of which the first are each in a set.

        Args:
            sets: For each place, from the first on, whether a code is in its set.
            most: How many words to give of each segment, the most frequent ones.
        """
        if not 0 < len(sets) <= LONGEST_HAN:
            return {}
        rows = []
        for segment in self.segments:
            group = segment.han_of_any_length
            rows.append(group.numbers[group.within(sets)])
        return self._most_frequent(rows, most)

    def has_longer(self, sets: Sequence[Mask]) -> bool:
        """Whether there are words of more Han characters, of which the first are each in a set."""
        size = len(sets)
        for segment in self.segments if size < LONGEST_HAN else ():
            group = segment.han_of_any_length
            if group.codes[group.within(sets), size].any():
                return True
        return False

    def pairs(self, first: Mask, second: Mask) -> dict[str, int]:
        """Pairs of neighbouring Han characters, words or not, with their numbers of documents."""
        heads, tails = (_utf8(np.flatnonzero(one & self.characters)) for one in (first, second))
        keys = ((heads << np.uint64(40))[:, None] | (tails << np.uint64(16))[None, :]).ravel()
        counts: dict[str, int] = {}
        for one in self._reader.segments:
            field = one.segment.field(GRAMS)
            known = field.terms.keys
            if known.size:
                places = np.minimum(np.searchsorted(known, keys), known.size - 1)
                _add(counts, _best(field, places[known[places] == keys]))
        return self._there(GRAMS, counts)

    def near(self, word: str) -> list[Near]:
        """Words that differ from a folded one in one character, the most frequent ones first."""
        if not word or max(map(ord, word)) >= CODES:
            return []
        is_han = all("\u3400" <= char <= "\u9fff" for char in word)
        longest = LONGEST_HAN if is_han else LONGEST_LETTERS
        typed = np.array([ord(char) for char in word], np.uint16)
        found: dict[Change, list[Integers]] = {}
        for segment in self.segments:
            groups = segment.han if is_han else segment.letters
            for length in range(max(len(word) - 1, 1), min(len(word) + 1, longest) + 1):
                for change, numbers in _changed(groups[length], typed):
                    found.setdefault(change, []).append(numbers)
        near = [
            Near(other, count, change)
            for change, numbers in found.items()
            for other, count in self._most_frequent(numbers).items()
        ]
        return sorted(near, key=lambda one: (-one.count, one.word))

    def _most_frequent(self, numbers: Iterable[Integers], most: int = _MOST) -> dict[str, int]:
        """The most frequent words of some of each segment, with their numbers of documents."""
        counts: dict[str, int] = {}
        for segment, some in zip(self.segments, numbers, strict=True):
            some = most_frequent(some, segment.counts[some], most)
            for number in some.tolist():
                word = segment.word(number)
                counts[word] = counts.get(word, 0) + int(segment.counts[number])
        return self._there(WORDS, counts)

    def _there(self, field: str, counts: dict[str, int]) -> dict[str, int]:
        """The same without the documents that are deleted, the most frequent ones first."""
        if any(one.allowed is not None for one in self._reader.segments):
            counts = {word: self._reader.document_frequency(field, word) for word in counts}
        best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return {word: count for word, count in best if count}


def _changed(group: Group, typed: Unsigned) -> Iterator[tuple[Change, Integers]]:
    """The words of a group that differ in one character, by what was done to them."""
    size, length = typed.size, group.codes.shape[1]
    # One change leaves the first or the last character as it is, unless there are but two.
    rows = np.flatnonzero((group.codes[:, 0] == typed[0]) | (group.codes[:, -1] == typed[-1]))
    if size == length == 2:
        rows = np.flatnonzero((group.codes == typed).any(axis=1) | _swapped(group.codes, typed))
    codes, numbers = group.codes[rows], group.numbers[rows]
    if length == size:
        same = codes == typed
        hits = same.sum(axis=1)
        if size > 1:
            yield Change.OTHER, numbers[hits == size - 1]
        two = np.flatnonzero(hits == size - 2)
        at = same[two].argmin(axis=1) if two.size else two  # the first that differs
        two, at = two[at + 1 < size], at[at + 1 < size]
        swapped = (codes[two, at] == typed[at + 1]) & (codes[two, at + 1] == typed[at])
        yield Change.SWAPPED, numbers[two[swapped]]
        return
    if length > size:
        before, after = codes[:, :-1] == typed, codes[:, 1:] == typed
        change = Change.MISSING
    else:
        before, after = codes == typed[:-1], codes == typed[1:]
        change = Change.EXTRA
    leading = np.logical_and.accumulate(before, axis=1).sum(axis=1)
    trailing = np.logical_and.accumulate(after[:, ::-1], axis=1).sum(axis=1)
    yield change, numbers[leading + trailing >= min(size, length)]


def _swapped(codes: Unsigned, typed: Unsigned) -> Mask:
    """The pairs that are another one in the wrong order."""
    swapped: Mask = (codes == typed[::-1]).all(axis=1)
    return swapped


def _best(field: FieldPostings, numbers: Integers) -> dict[str, int]:
    """The most frequent of some terms of a segment."""
    counts = counts_of(field, numbers)
    words = {}
    for place in most_frequent(np.arange(numbers.size), counts, _MOST).tolist():
        words[to_term(field.terms.term(int(numbers[place])))] = int(counts[place])
    return words


def most_frequent(numbers: Integers, counts: Integers, most: int) -> Integers:
    """So many of the numbers with the largest counts, the lower number first of equal ones."""
    if numbers.size <= most:
        return numbers
    least = np.partition(counts, numbers.size - most)[numbers.size - most]
    larger, equal = numbers[counts > least], numbers[counts == least]
    chosen: Integers = np.concatenate([larger, equal[: most - larger.size]])
    return chosen


def _add(counts: dict[str, int], more: dict[str, int]) -> None:
    for word, count in more.items():
        counts[word] = counts.get(word, 0) + count


def _utf8(codes: Integers) -> Keys:
    """Characters of three bytes of UTF-8 as numbers."""
    low, middle, high = (codes >> shift & 63 for shift in (0, 6, 12))
    keys: Keys = (high << 16 | middle << 8 | low | 0xE08080).astype(np.uint64)
    return keys
