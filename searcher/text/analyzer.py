"""The analyzer: a text becomes terms of two channels.

*Words* are what jieba cuts, and each run of Latin letters and digits, and the letters and the
digits of a mixed run: ``iPhone15`` is ``iphone15``, ``iphone`` and ``15``. *Grams* are single
characters and pairs of neighbouring characters; they find what the words were cut away from.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from searcher.text.characters import BOPOMOFO, CJK, CJK_CHARACTER, HANGUL, KANA
from searcher.text.dictionary import Dictionary
from searcher.text.folding import Folding
from searcher.text.phrases import PhraseFinder
from searcher.text.segmenter import Segmenter

# Raise it when the same text gives other terms than before.
ANALYZER_VERSION = 1

# A word of its own without any dictionary: not Han, which jieba cuts.
_RUN = re.compile(f"[{KANA}]+|[{HANGUL}]+|[{BOPOMOFO}]+|(?:(?![{CJK}])[^\\W_])+")
# Longer runs are data, not words; quoted queries find them by their grams.
_LONGEST_TERM = 255
_LETTERS_OR_DIGITS = re.compile(r"\d+|[^\W\d_]+")


class Token(NamedTuple):
    """A term where it stands in a folded text.

    Attributes:
        term: The term.
        start: The offset of its first character.
        end: The offset after its last character.
        position: Counts the words of the text; a word and its parts have the same position.
    """

    term: str
    start: int
    end: int
    position: int


class Analyzer:
    """Turns text into terms, by one folding and one dictionary."""

    def __init__(self, folding: Folding, dictionary: Dictionary) -> None:
        """Take what the index was made with."""
        self.folding = folding
        self.dictionary = dictionary
        self._segmenter = Segmenter(dictionary)
        self._phrases = PhraseFinder(dictionary.phrases)

    @property
    def fingerprint(self) -> str:
        """What tells this analyzer from one that gives other terms for the same text."""
        return self.dictionary.fingerprint

    def words(self, folded: str) -> Iterator[Token]:
        """The word terms of a folded text, in order of position."""
        stop_words = self.dictionary.stop_words
        runs = _RUN.finditer(folded)
        phrases = self._phrases.find(folded)
        run, phrase = next(runs, None), next(phrases, None)
        position = end = 0
        for piece in self._segmenter.cut(folded):
            start, end = end, end + len(piece)
            tokens: list[Token] = []
            while phrase is not None and phrase.start() < end:
                term = " ".join(phrase.group().split())
                tokens.append(Token(term, phrase.start(), phrase.end(), position))
                phrase = next(phrases, None)
            if CJK_CHARACTER.search(piece) and not _RUN.fullmatch(piece):
                tokens.append(Token(piece, start, end, position))
            # A run of letters is one word however jieba cuts it.
            while run is not None and run.start() < end:
                tokens.extend(_run_tokens(run, position))
                run = next(runs, None)
            if tokens:
                position += 1
                for token in tokens:
                    if token.term not in stop_words and len(token.term) <= _LONGEST_TERM:
                        yield token

    def word_counts(self, folded: str) -> Counter[str]:
        """How often each word term occurs in a folded text."""
        return Counter(token.term for token in self.words(folded))


def gram_counts(folded: str) -> Counter[str]:
    """How often each character and each pair of neighbours occurs; white space is left out."""
    counts = Counter(folded)
    counts.update(map(str.__add__, folded, folded[1:]))
    for gram in [gram for gram in counts if gram.strip() != gram]:
        del counts[gram]
    return counts


def _run_tokens(run: re.Match[str], position: int) -> Iterator[Token]:
    yield Token(run.group(), run.start(), run.end(), position)
    parts = list(_LETTERS_OR_DIGITS.finditer(run.group()))
    if len(parts) > 1:
        for part in parts:
            yield Token(
                part.group(), run.start() + part.start(), run.start() + part.end(), position
            )
