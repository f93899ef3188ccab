"""jieba's segmentation (precise mode, no hidden Markov model) over a dictionary in a trie.

Of all ways to cut a text into words of the dictionary, the one with the greatest product of word
frequencies is taken. The tokens are those of ``jieba.Tokenizer.cut(text, HMM=False)`` with the
same dictionary; the tests hold the two against each other.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from math import inf, log
from typing import Protocol

_ALPHANUMERIC = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_LETTERS_AND_SIGNS = re.compile("[a-zA-Z0-9]+|.")
_WHITESPACE = re.compile(r"(\r\n|\s)")
# The longest word of jieba's dictionary has 16 characters; a user's may be longer.
LONGEST_WORD = 64
_LONGEST_BLOCK = 1 << 16
# The weight of what is no word itself but begins one.
_NO_WORD = inf


@lru_cache(maxsize=1)
def block_pattern() -> re.Pattern[str]:
    """What jieba looks for words in; other characters stand alone."""
    return re.compile(r"[\u4E00-\u9FD5a-zA-Z0-9+#&._%\-]+")


class WordFrequencies(Protocol):
    """What segmentation asks of a dictionary.

    Attributes:
        total: The sum of all frequencies.
        phrases: Its words without CJK characters.
    """

    total: int
    phrases: tuple[str, ...]

    def prefixes(self, text: str) -> Iterator[tuple[int, int]]:
        """The words that ``text`` begins with, shortest first, as (length, frequency)."""

    def items(self) -> Iterator[tuple[str, int]]:
        """All words and their frequencies."""


class Segmenter:
    """Cuts texts by one dictionary."""

    def __init__(self, dictionary: WordFrequencies) -> None:
        """Take the dictionary; it must not change afterwards."""
        self._dictionary = dictionary
        self._log_total = log(dictionary.total)
        self._weights = _Weights(self._log_total)
        self._prefixes: dict[str, float] | None = None

    def prepare(self) -> None:
        """Load all words, which takes a second and 100 MB, to cut twice as fast from now on."""
        if self._prefixes is not None:
            return
        weights = self._weights
        prefixes: dict[str, float] = {}
        for word, frequency in self._dictionary.items():
            if frequency and len(word) <= LONGEST_WORD:
                for end in range(1, len(word)):
                    prefixes.setdefault(word[:end], _NO_WORD)
                prefixes[word] = weights[frequency]
        self._prefixes = prefixes

    def cut(self, text: str) -> Iterator[str]:
        """The tokens of the text, in order; joined they are the text again."""
        position = 0
        for match in block_pattern().finditer(text):
            yield from _single_characters(text[position : match.start()])
            position = match.end()
            # So that a file of one endless line does not take memory for a route through all.
            for start in range(match.start(), position, _LONGEST_BLOCK):
                yield from self._cut_block(text[start : min(position, start + _LONGEST_BLOCK)])
        yield from _single_characters(text[position:])

    def _cut_block(self, block: str) -> Iterator[str]:
        if block.isascii() and not any(word in block for word in self._dictionary.phrases):
            # No word of the dictionary can be in it, so there is no route to be looked for.
            yield from _LETTERS_AND_SIGNS.findall(block)
            return
        route = self._best_route(block)
        start, end = 0, len(block)
        letters_from = -1  # where a run of single Latin letters and digits began
        while start < end:
            next_start = route[start]
            if next_start - start == 1 and block[start] in _ALPHANUMERIC:
                if letters_from < 0:
                    letters_from = start
            else:
                if letters_from >= 0:
                    yield block[letters_from:start]
                    letters_from = -1
                yield block[start:next_start]
            start = next_start
        if letters_from >= 0:
            yield block[letters_from:]

    def _best_route(self, block: str) -> list[int]:
        """For each position, where the word that begins there on the best route ends."""
        if self._prefixes is not None:
            return self._best_route_in_memory(block, self._prefixes)
        prefixes, weights = self._dictionary.prefixes, self._weights
        length = len(block)
        scores = [0.0] * (length + 1)
        ends = [0] * length
        unknown = log(1) - self._log_total
        for start in range(length - 1, -1, -1):
            best_score, best_end = -inf, 0
            for size, frequency in prefixes(block[start : start + LONGEST_WORD]):
                if not frequency:
                    continue
                end = start + size
                score = weights[frequency] + scores[end]
                # Of equal routes jieba takes the longer word.
                if score >= best_score:
                    best_score, best_end = score, end
            if not best_end:
                best_score, best_end = unknown + scores[start + 1], start + 1
            scores[start], ends[start] = best_score, best_end
        return ends

    def _best_route_in_memory(self, block: str, prefixes: dict[str, float]) -> list[int]:
        """The same by what ``prepare`` loaded."""
        length = len(block)
        scores = [0.0] * (length + 1)
        ends = [0] * length
        unknown = log(1) - self._log_total
        weight_of = prefixes.get
        for start in range(length - 1, -1, -1):
            best_score, best_end = -inf, 0
            end = start + 1
            weight = weight_of(block[start])
            while weight is not None:
                if weight != _NO_WORD:
                    score = weight + scores[end]
                    if score >= best_score:
                        best_score, best_end = score, end
                # No longer word is among the prefixes, so this ends by itself.
                if end == length:
                    break
                end += 1
                weight = weight_of(block[start:end])
            if not best_end:
                best_score, best_end = unknown + scores[start + 1], start + 1
            scores[start], ends[start] = best_score, best_end
        return ends


class _Weights(dict[int, float]):
    """The logarithm of a word's share of all words, by its frequency."""

    def __init__(self, log_total: float) -> None:
        super().__init__()
        self._log_total = log_total

    def __missing__(self, frequency: int) -> float:
        weight = self[frequency] = log(frequency) - self._log_total
        return weight


def _single_characters(text: str) -> Iterator[str]:
    for piece in _WHITESPACE.split(text):
        if _WHITESPACE.fullmatch(piece):
            yield piece
        else:
            yield from piece
