"""What to mark in the texts that a query finds."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from searcher.query.patterns import TextPattern, glob
from searcher.query.results import Span
from searcher.text.characters import CJK, CJK_CHARACTER

_LATIN_WORD = re.compile(f"(?:(?![{CJK}])[^\\W_])+")

# What the names of strings and of words begin with.
PLAIN = "string "
WORD = "word "


class Highlight(NamedTuple):
    """Something to mark.

    Attributes:
        name: What it is; two of the same name are the same.
        find: Gives the spans of a folded text where it is; None where there is a literal.
        weight: How much finding it says, such as its idf.
        is_fallback: Whether to mark it only in a text that has nothing else to mark.
        literal: The string to look for; None where ``find`` looks for more than one.
        whole_words: Whether it is not found inside a longer Latin word or number.
    """

    name: str
    find: Callable[[str], Iterator[Span]] | None
    weight: float = 1.0
    is_fallback: bool = False
    literal: str | None = None
    whole_words: bool = False

    @classmethod
    def string(cls, folded: str, weight: float = 1.0, *, is_fallback: bool = False) -> "Highlight":
        """Mark a folded string of one character or more, wherever it stands."""
        return cls(PLAIN + folded, None, weight, is_fallback, folded)

    @classmethod
    def word(cls, folded: str, weight: float = 1.0) -> "Highlight":
        """Mark a folded string, but not inside a longer Latin word or number."""
        return cls(WORD + folded, None, weight, False, folded, True)

    @classmethod
    def pattern(cls, folded: str) -> "Highlight":
        """Mark what a pattern finds in the text itself."""
        return cls(f"pattern {folded}", TextPattern(folded).spans)

    @classmethod
    def words_like(cls, folded: str) -> "Highlight":
        """Mark whole Latin words that a pattern stands for."""
        return cls(f"like {folded}", partial(_matching_words, glob(folded)))

    def spans(self, text: str) -> Iterator[Span]:
        """Where it is in a folded text."""
        if self.find is not None:
            return self.find(text)
        literal = self.literal or ""
        return _whole_words(literal, text) if self.whole_words else _occurrences(literal, text)


def _occurrences(string: str, text: str) -> Iterator[Span]:
    at = text.find(string)
    while at >= 0:
        yield at, at + len(string)
        at = text.find(string, at + len(string))


def _whole_words(string: str, text: str) -> Iterator[Span]:
    for start, end in _occurrences(string, text):
        if not _cuts_word(text, start, end):
            yield start, end


def _matching_words(accept: Callable[[str], bool], text: str) -> Iterator[Span]:
    for match in _LATIN_WORD.finditer(text):
        if accept(match.group()):
            yield match.span()


def _cuts_word(text: str, start: int, end: int) -> bool:
    """Whether a span begins or ends inside a run of Latin letters, or of digits."""
    return (start > 0 and _continues(text[start - 1], text[start])) or (
        end < len(text) and _continues(text[end - 1], text[end])
    )


def _continues(char: str, following: str) -> bool:
    if CJK_CHARACTER.match(char) or CJK_CHARACTER.match(following):
        return False
    return (char.isalpha() and following.isalpha()) or (char.isdigit() and following.isdigit())
