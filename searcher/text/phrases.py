"""Words of a dictionary that segmentation cannot cut: with spaces, hyphens and other signs."""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

_LATIN = "a-z0-9"
_KEY_LENGTH = 2
# Up to so many beginnings are looked for one by one, which is faster than one pattern for all.
_FEW_KEYS = 16


class Phrase(NamedTuple):
    """A phrase that was found in a text.

    Attributes:
        term: The phrase with single spaces between its parts.
        start: The offset of its first character.
        end: The offset after its last character.
    """

    term: str
    start: int
    end: int


class PhraseFinder:
    """Finds phrases in folded text, the longest first where several begin."""

    def __init__(self, phrases: Iterable[str]) -> None:
        """Take the folded phrases; how much white space is between their parts does not matter."""
        # By how they begin, so that a dictionary of thousands does not slow every text down.
        self._by_key: dict[str, list[str]] = {}
        for phrase in sorted(phrases, key=len, reverse=True):
            key = phrase.split()[0][:_KEY_LENGTH]
            self._by_key.setdefault(key, []).append(phrase)
        # Patterns are compiled when they are first needed: few texts have any phrase.
        self._patterns: dict[str, re.Pattern[str]] = {}
        self._few_keys = tuple(self._by_key) if len(self._by_key) <= _FEW_KEYS else None

    def find(self, text: str) -> tuple[Phrase, ...]:
        """The phrases in a text, in order and without overlap."""
        if self._few_keys is not None:
            for key in self._few_keys:
                if key in text:
                    break
            else:
                return ()
        phrases: list[Phrase] = []
        begin = self._begin.search(text)
        while begin is not None:
            match = self._match_at(text, begin.start())
            if match is not None:
                phrases.append(Phrase(" ".join(match.group().split()), *match.span()))
            begin = self._begin.search(text, begin.end() if match is None else match.end())
        return tuple(phrases)

    @cached_property
    def _begin(self) -> re.Pattern[str]:
        """The characters that phrases begin with."""
        first = "".join(re.escape(char) for char in sorted({key[0] for key in self._by_key}))
        # A phrase of Latin letters does not begin inside a word: "c++" is not in "abc++".
        return re.compile(f"[{first}](?<![{_LATIN}][{_LATIN}])")

    def _match_at(self, text: str, at: int) -> re.Match[str] | None:
        for length in range(_KEY_LENGTH, 0, -1):
            for phrase in self._by_key.get(text[at : at + length], ()):
                match = self._pattern(phrase).match(text, at)
                if match is not None:
                    return match
        return None

    def _pattern(self, phrase: str) -> re.Pattern[str]:
        pattern = self._patterns.get(phrase)
        if pattern is None:
            expression = r"\s+".join(re.escape(part) for part in phrase.split())
            if phrase[-1].isascii() and phrase[-1].isalnum():
                expression += f"(?![{_LATIN}])"
            pattern = self._patterns[phrase] = re.compile(expression)
        return pattern
