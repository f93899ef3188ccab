"""From a folded text to its word terms: in Python, and by the kernel with the same result."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, Protocol, cast

from searcher.kernel import load
from searcher.text.characters import BOPOMOFO, CJK, HAN, HANGUL, KANA
from searcher.text.phrases import Phrase
from searcher.text.segmenter import Segmenter, WordFrequencies

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


class CuttingDictionary(WordFrequencies, Protocol):
    """What cutting asks of a dictionary.

    Attributes:
        stop_words: The words that are no terms.
    """

    stop_words: frozenset[str]


class Cutter(Protocol):
    """Cuts folded texts by one dictionary."""

    def words(self, folded: str, phrases: tuple[Phrase, ...] = (), /) -> Iterable[Token]:
        """The word terms of a text, with the phrases that were found in it, by position."""

    def terms(self, folded: str, phrases: tuple[Phrase, ...] = (), /) -> list[str]:
        """The same without their places."""


class Vocabulary(Protocol):
    """Numbers for the terms of texts, in the order in which they are met."""

    def numbers(self, folded: str, phrases: tuple[Phrase, ...] = (), /) -> bytes:
        """The terms of a text by their numbers, 4 bytes each as the machine has them."""

    def terms(self) -> list[str]:
        """All terms so far, by their numbers."""


class KernelCutter(Cutter, Protocol):
    """The same by the kernel, which analyzes queries as well."""

    def analyze(self, folded: str, phrases: tuple[Phrase, ...], forms: object, /) -> object:
        """What a text asks for as a query, as an object of the form that ``forms`` has for it."""

    def vocabulary(self) -> Vocabulary:
        """A vocabulary without terms."""


class PythonCutter:
    """Needs no kernel, but a second for a megabyte."""

    def __init__(self, dictionary: CuttingDictionary) -> None:
        """Take the dictionary; it must not change afterwards."""
        self._stop_words = dictionary.stop_words
        self._segmenter = Segmenter(dictionary)

    def prepare(self) -> None:
        """Take a second and 100 MB to cut twice as fast from now on."""
        self._segmenter.prepare()

    def words(self, folded: str, phrases: tuple[Phrase, ...] = (), /) -> Iterator[Token]:
        """The word terms of a text, with the phrases that were found in it, by position."""
        stop_words = self._stop_words
        has_han = _han_pattern().search
        runs = _run_pattern().finditer(folded)
        following = iter(phrases)
        run, phrase = next(runs, None), next(following, None)
        position = end = 0
        for piece in self._segmenter.cut(folded):
            start, end = end, end + len(piece)
            tokens: list[Token] = []
            while phrase is not None and phrase.start < end:
                tokens.append(Token(*phrase, position))
                phrase = next(following, None)
            # Most have a Han character in front.
            if "\u4e00" <= piece <= "\u9fff" or has_han(piece):
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

    def terms(self, folded: str, phrases: tuple[Phrase, ...] = (), /) -> list[str]:
        """The same without their places."""
        return [token.term for token in self.words(folded, phrases)]


class PythonVocabulary:
    """A vocabulary of any cutter."""

    def __init__(self, cutter: Cutter) -> None:
        """Take what cuts texts."""
        self._cutter = cutter
        self._numbers: dict[str, int] = {}

    def numbers(self, folded: str, phrases: tuple[Phrase, ...] = (), /) -> bytes:
        """The terms of a text by their numbers, 4 bytes each as the machine has them."""
        from array import array

        numbers = self._numbers
        found = array("I")
        for term in self._cutter.terms(folded, phrases):
            found.append(numbers.setdefault(term, len(numbers)))
        return found.tobytes()

    def terms(self) -> list[str]:
        """All terms so far, by their numbers."""
        return list(self._numbers)


def kernel_cutter(
    table: object, stamp: str, log_total: float, stop_words: frozenset[str]
) -> KernelCutter | None:
    """A cutter by a table that ``words.make_table`` made; None without a kernel.

    A table that is damaged behind its header gives other words, and does no harm.

    Args:
        table: The table's bytes, in memory or mapped.
        stamp: What the table was made with.
        log_total: The logarithm of the sum of all frequencies.
        stop_words: The words that are no terms.

    Raises:
        ValueError: It is no table, or one of other words.
    """
    kernel = load("text")
    if kernel is None:
        return None
    cutter = kernel.Cutter(table, stamp.encode("ascii"), log_total, stop_words, Token)
    return cast(KernelCutter, cutter)


@lru_cache(maxsize=1)
def _run_pattern() -> re.Pattern[str]:
    """A word of its own without any dictionary: not Han, which jieba cuts."""
    return re.compile(f"[{KANA}]+|[{HANGUL}]+|[{BOPOMOFO}]+|(?:(?![{CJK}])[^\\W_])+")


@lru_cache(maxsize=1)
def _han_pattern() -> re.Pattern[str]:
    return re.compile(f"[{HAN}]")


def _run_tokens(run: re.Match[str], position: int) -> Iterator[Token]:
    yield Token(run.group(), run.start(), run.end(), position)
    parts = list(_LETTERS_OR_DIGITS.finditer(run.group()))
    if len(parts) > 1:
        for part in parts:
            yield Token(
                part.group(), run.start() + part.start(), run.start() + part.end(), position
            )
