"""The parts of a text in which something may be misspelt: runs of Han characters, and of letters.

A part that has nothing doubtful is left alone, and telling so takes some look-ups and no more:
this module imports nothing slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

from searcher.index.fields import GRAMS, WORDS
from searcher.text import Analyzer

_LETTER = "a-z\u00c0-\u024f"
# Compiled when a text has letters.
_LETTERS = f"(?<![0-9_{_LETTER}])[{_LETTER}]+(?:(?:['’]|(?<=u):)[{_LETTER}]+)*(?![0-9_{_LETTER}])"
_WORD = f"[{_LETTER}]+"
_SHORT = 4  # characters of a run
_CHANCE = 100  # in no more than one of so many documents characters are neighbours by chance


class Frequencies:
    """How many documents have a term, and how many are so few that it may be a mistake.

    Attributes:
        documents: How many documents there are.
        few: A word of so many documents or fewer may be a mistake.
        rare: The same of characters side by side that are no word, and of words of letters.
        is_strict: Whether only what is most likely a mistake is to be taken for one, because
            the query has hits as it stands.
    """

    def __init__(
        self,
        count: Callable[[str, str], int],
        documents: int,
        *,
        few: int,
        rare: int,
        is_strict: bool,
    ) -> None:
        """Take them; ``count`` counts the documents with a term of a field."""
        self._count = count
        self.documents, self.few, self.rare = documents, few, rare
        self.is_strict = is_strict

    def word(self, word: str) -> int:
        """In how many documents a word is, wherever it was cut, as far as pairs can tell."""
        if len(word) == 2:
            return max(self._count(word, WORDS), self.pair(word))
        return self._count(word, WORDS)

    def letters(self, word: str) -> int:
        """In how many documents a word of letters is."""
        return self._count(word, WORDS)

    def pair(self, pair: str) -> int:
        """In how many documents two characters are neighbours."""
        return self._count(pair, GRAMS)

    def is_known(self, word: str) -> bool:
        """Whether more than a few documents have a word or, if it is long, all of its pairs."""
        if self.word(word) > self.few:
            return True
        pairs = [word[at : at + 2] for at in range(len(word) - 1)]
        return len(pairs) > 1 and all(self.pair(pair) > self.rare for pair in pairs)


class Piece(NamedTuple):
    """A word of a part: its place in the folded text, and whether it is known."""

    start: int
    end: int
    text: str
    is_known: bool


class HanRun:
    """Han characters side by side, cut into words.

    Attributes:
        start: Where they begin in the folded text.
        text: The characters.
        pieces: The words, which cover them all.
        frequencies: What tells known from unknown.
    """

    def __init__(self, pieces: tuple[Piece, ...], frequencies: Frequencies) -> None:
        """Take the words."""
        self.start = pieces[0].start
        self.text = "".join(piece.text for piece in pieces)
        self.pieces = pieces
        self.frequencies = frequencies

    @cached_property
    def strange(self) -> dict[int, int]:
        """After which pieces, by number, one follows that hardly any document has behind it.

        With each goes how many documents have the two characters side by side. A word with a
        wrong character mostly falls apart into single characters when it is cut.
        """
        rare = self.frequencies.rare
        found = {}
        for at, (one, other) in enumerate(zip(self.pieces, self.pieces[1:], strict=False)):
            count = self.frequencies.pair(one.text[-1] + other.text[0])
            singles = (len(one.text) == 1) + (len(other.text) == 1)
            # Words of several characters often stand side by side for the first time.
            is_common = not singles and self.frequencies.is_strict and (count or not rare)
            # The characters of a short query that are no word are neighbours by chance.
            is_chance = singles == 2 and len(self.text) <= _SHORT
            most = self.frequencies.documents // _CHANCE if is_chance else 0
            if not is_common and count <= max(rare, most):
                found[at] = count
        return found

    @property
    def doubtful(self) -> list[int]:
        """The pieces that are unknown or strange beside their neighbours, by number, in order."""
        strange = {at + step for at in self.strange for step in (0, 1)}
        unknown = {at for at, piece in enumerate(self.pieces) if not piece.is_known}
        return sorted(strange | unknown)

    @property
    def is_doubtful(self) -> bool:
        """Whether something in it may be misspelt."""
        return bool(self.doubtful)

    @property
    def doubtful_size(self) -> int:
        """How many characters there are from the first doubtful piece to the last."""
        doubtful = self.doubtful
        return self.pieces[doubtful[-1]].end - self.pieces[doubtful[0]].start if doubtful else 0


class LetterRuns:
    """Words of Latin letters with nothing but white space between them.

    Attributes:
        pieces: The words.
    """

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        """Take the words."""
        self.pieces = pieces

    @property
    def is_doubtful(self) -> bool:
        """Whether something in it may be misspelt, or pinyin."""
        return any(not piece.is_known for piece in self.pieces)


Part = HanRun | LetterRuns


def doubtful_parts(analyzer: Analyzer, folded: str, frequencies: Frequencies) -> list[Part]:
    """The parts of a folded text in which something may be misspelt, in order."""
    parts: list[Part] = [*_letter_runs(folded, frequencies)]
    runs = _han_runs(folded)
    if runs:
        cut = [(token.start, token.end) for token in analyzer.words(folded)]
        for start, end in runs:
            pieces = _han(folded, start, end, cut, frequencies)
            parts.append(HanRun(pieces, frequencies))
    doubtful = [part for part in parts if part.is_doubtful]
    return sorted(doubtful, key=lambda part: part.pieces[0].start)


def may_have_letters(folded: str) -> bool:
    """Whether a folded text may have letters that words of pinyin are made of, soon told."""
    return any("a" <= char <= "\u024f" for char in folded)


def _han_runs(folded: str) -> list[tuple[int, int]]:
    """Where runs of Han characters begin and end. A pattern of them takes long to compile."""
    runs: list[tuple[int, int]] = []
    start = None
    for at, char in enumerate(f"{folded} "):
        is_han = "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf"
        if is_han and start is None:
            start = at
        elif not is_han and start is not None:
            runs.append((start, at))
            start = None
    return runs


def _letter_runs(folded: str, frequencies: Frequencies) -> Iterator[LetterRuns]:
    if not may_have_letters(folded):
        return
    letters: list[Piece] = []
    for match in re.finditer(_LETTERS, folded):
        if letters and not folded[letters[-1].end : match.start()].isspace():
            yield LetterRuns(tuple(letters))
            letters = []
        letters.append(_letters(match, frequencies))
    if letters:
        yield LetterRuns(tuple(letters))


def _letters(match: re.Match[str], frequencies: Frequencies) -> Piece:
    words = re.findall(_WORD, match.group())
    is_known = all(frequencies.letters(word) > frequencies.rare for word in words)
    return Piece(match.start(), match.end(), match.group(), is_known)


def _han(
    folded: str, start: int, end: int, cut: list[tuple[int, int]], frequencies: Frequencies
) -> tuple[Piece, ...]:
    """A run as words: stop words, which are cut away, are single characters."""
    pieces: list[Piece] = []
    bounds = {first: after for first, after in cut if start <= first and after <= end}
    at = start
    while at < end:
        after = bounds.get(at, at + 1)
        word = folded[at:after]
        is_known = len(word) == 1 or frequencies.is_known(word)
        pieces.append(Piece(at, after, word, is_known))
        at = after
    return tuple(pieces)
