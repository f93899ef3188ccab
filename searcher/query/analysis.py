"""What a piece of query text asks of the index: terms to rank by, strings to be contained.

The compiled kernel does the same where it is there: a change here is also one to make in
``searcher/kernel/_text.c``.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

from searcher.index.fields import GRAMS, WORDS
from searcher.kernel import load
from searcher.text import Analyzer, Token
from searcher.text.characters import CJK_CHARACTER, is_word_character

_LONGEST_TEXT = 10_000  # characters that are ranked by; nobody types more


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A term to rank by.

    Attributes:
        term: The term.
        channel: ``words`` or ``grams``.
        count: How often the query has it.
        is_weak: Whether it makes no hit by itself: a single character, a pair of Latin letters or
            digits, the digits of a mixed word, such as the 15 of ``iphone15``.
    """

    term: str
    channel: str
    count: int
    is_weak: bool


@dataclass(frozen=True, slots=True)
class AnalyzedText:
    """A piece of query text, analyzed.

    Attributes:
        folded: The text, folded.
        terms: The terms to rank by, words first, each in order of appearance.
        units: The words as strings that a document must contain to have them all.
        marks: The strings to mark in a document: the words, and pairs of neighbouring characters
            that are no words, but single characters only if there is nothing else.
        pairs: The pairs of characters to mark where there is none of these: the grams that are
            not weak.
    """

    folded: str
    terms: tuple[QueryTerm, ...]
    units: tuple[str, ...]
    marks: tuple[str, ...]
    pairs: tuple[str, ...]


def analyze(analyzer: Analyzer, text: str) -> AnalyzedText:
    """Analyze a piece of query text."""
    folded = analyzer.folding.fold(text[:_LONGEST_TEXT])
    native = forms()
    analyzed = None if native is None else analyzer.query(folded, native)
    return analyzed if isinstance(analyzed, AnalyzedText) else analyze_folded(analyzer, folded)


def forms() -> Any:
    """The kernel's ``Forms``, which makes analyzed texts and reads them; None without it."""
    return _forms(load("text"))


@lru_cache(maxsize=2)
def _forms(native: ModuleType | None) -> Any:
    return None if native is None else native.Forms(AnalyzedText, QueryTerm, WORDS, GRAMS)


def analyze_folded(analyzer: Analyzer, folded: str) -> AnalyzedText:
    """The same of folded text, without the kernel's analysis."""
    words: Counter[str] = Counter()
    units: dict[int, str] = {}
    stopped = [True] * len(folded)
    strong: set[str] = set()
    pairs: dict[str, None] = {}
    previous: Token | None = None
    for token in analyzer.words(folded):
        words[token.term] += 1
        if len(token.term) > 1 and not _is_number_of_mixed_word(folded, token):
            strong.add(token.term)
        if previous is not None and _are_single_neighbours(previous, token):
            pairs[previous.term + token.term] = None
        previous = token
        stopped[token.start : token.end] = [False] * (token.end - token.start)
        unit = units.get(token.position, "")
        # A word of several parts asks for its parts; of a word and its parts the word is asked for.
        if " " not in token.term and len(token.term) > len(unit):
            units[token.position] = token.term
    if not analyzer.dictionary.stop_words:
        stopped = [False] * len(folded)
    terms = [QueryTerm(term, WORDS, count, term not in strong) for term, count in words.items()]
    grams = _grams(folded, stopped)
    if strong or any(len(gram) == 2 and CJK_CHARACTER.search(gram) for gram in grams):
        # Among longer ones single characters say little, and the words have most of them.
        grams = Counter({gram: count for gram, count in grams.items() if len(gram) == 2})
    terms += [
        QueryTerm(gram, GRAMS, count, CJK_CHARACTER.search(gram) is None or len(gram) == 1)
        for gram, count in grams.items()
    ]
    distinct = tuple(dict.fromkeys(units.values()))
    marks = (*(unit for unit in distinct if len(unit) > 1), *pairs)
    strong_pairs = [term.term for term in terms if term.channel == GRAMS and not term.is_weak]
    return AnalyzedText(folded, tuple(terms), distinct, marks or distinct, tuple(strong_pairs))


def _is_number_of_mixed_word(folded: str, token: Token) -> bool:
    """Whether a token is a number with letters, other than CJK, before or behind it."""
    neighbours = folded[max(token.start - 1, 0) : token.start] + folded[token.end : token.end + 1]
    return token.term.isdigit() and any(
        char.isalpha() and not CJK_CHARACTER.match(char) for char in neighbours
    )


def _are_single_neighbours(token: Token, following: Token) -> bool:
    """Whether two tokens are CJK characters side by side: a word that the dictionary lacks."""
    return (
        token.end == following.start
        and len(token.term) == len(following.term) == 1
        and CJK_CHARACTER.match(token.term) is not None
        and CJK_CHARACTER.match(following.term) is not None
    )


def _grams(folded: str, stopped: list[bool]) -> Counter[str]:
    """The pairs of neighbouring letters and digits, and CJK characters without a neighbour.

    Pairs inside a stop word are left out.
    """
    grams: Counter[str] = Counter()
    is_letter = [is_word_character(char) for char in folded]
    paired = [False] * len(folded)
    for at in range(len(folded) - 1):
        if not (is_letter[at] and is_letter[at + 1]):
            continue
        paired[at] = paired[at + 1] = True
        if not (stopped[at] and stopped[at + 1]):
            grams[folded[at : at + 2]] += 1
    for at, char in enumerate(folded):
        if not paired[at] and not stopped[at] and CJK_CHARACTER.match(char):
            grams[char] += 1
    return grams
