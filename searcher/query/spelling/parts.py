"""The parts of a text in which something may be misspelt: runs of Han characters, and of letters.

A part that has nothing doubtful is left alone, and telling so takes some look-ups and no more:
this module imports nothing slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from searcher.index.fields import GRAMS, WORDS
from searcher.text import Analyzer

_LETTER = "a-z\u00c0-\u024f"
_PARTS = re.compile(
    "(?P<han>[\u3400-\u4dbf\u4e00-\u9fff]+)"
    f"|(?<![0-9_{_LETTER}])(?P<letters>[{_LETTER}]+(?:(?:['’]|(?<=u):)[{_LETTER}]+)*)"
    f"(?![0-9_{_LETTER}])"
)
_WORD = re.compile(f"[{_LETTER}]+")


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


@dataclass(frozen=True, slots=True)
class Piece:
    """A word of a part: its place in the folded text, and whether it is known."""

    start: int
    end: int
    text: str
    is_known: bool


@dataclass(frozen=True)
class HanRun:
    """Han characters side by side, cut into words.

    Attributes:
        start: Where they begin in the folded text.
        text: The characters.
        pieces: The words, which cover them all.
        frequencies: What tells known from unknown.
    """

    start: int
    text: str
    pieces: tuple[Piece, ...]
    frequencies: Frequencies

    @cached_property
    def strange(self) -> dict[int, int]:
        """After which pieces, by number, one follows that hardly any document has behind it.

        With each goes how many documents have the two characters side by side. A word with a
        wrong character mostly falls apart into single characters when it is cut.
        """
        rare = self.frequencies.rare
        found = {}
        for at, (one, other) in enumerate(zip(self.pieces, self.pieces[1:], strict=False)):
            # Most neighbours of known words are there for the first time.
            singles = (len(one.text) == 1) + (len(other.text) == 1)
            if singles == 2 or (singles and rare) or not self.frequencies.is_strict:
                count = self.frequencies.pair(one.text[-1] + other.text[0])
                if count <= rare:
                    found[at] = count
        return found

    @property
    def is_doubtful(self) -> bool:
        """Whether something in it may be misspelt."""
        return any(not piece.is_known for piece in self.pieces) or bool(self.strange)


@dataclass(frozen=True, slots=True)
class LetterRuns:
    """Words of Latin letters with nothing but white space between them."""

    pieces: tuple[Piece, ...]

    @property
    def is_doubtful(self) -> bool:
        """Whether something in it may be misspelt, or pinyin."""
        return any(not piece.is_known for piece in self.pieces)


Part = HanRun | LetterRuns


def doubtful_parts(analyzer: Analyzer, folded: str, frequencies: Frequencies) -> list[Part]:
    """The parts of a folded text in which something may be misspelt, in order."""
    parts: list[Part] = []
    letters: list[Piece] = []
    cut: list[tuple[int, int]] | None = None
    for match in _PARTS.finditer(folded):
        if match["letters"] is not None:
            if letters and not folded[letters[-1].end : match.start()].isspace():
                parts.append(LetterRuns(tuple(letters)))
                letters = []
            letters.append(_letters(match, frequencies))
        else:
            if cut is None:
                cut = [(token.start, token.end) for token in analyzer.words(folded)]
            pieces = _han(folded, match.start(), match.end(), cut, frequencies)
            parts.append(HanRun(match.start(), match.group(), pieces, frequencies))
    if letters:
        parts.append(LetterRuns(tuple(letters)))
    return [part for part in parts if part.is_doubtful]


def _letters(match: re.Match[str], frequencies: Frequencies) -> Piece:
    words = _WORD.findall(match.group())
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
