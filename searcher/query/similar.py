"""More like this: what tells a document from others, as a query.

A document's words are weighed by how often it has them and how few other documents do (tf·idf),
those of the title more, and the most telling ones are looked for like any query. Names that the
dictionary lacks are cut to single characters, which tell nothing; pairs of such neighbours do,
where they stand more than once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from math import log
from typing import NamedTuple

from searcher.index.fields import GRAMS, WORDS
from searcher.query.bm25f import idf
from searcher.query.highlights import Highlight
from searcher.query.sought import Sought, sought
from searcher.text import Analyzer
from searcher.text.characters import CJK_CHARACTER

_MOST_TERMS = 25
_ENOUGH = 10  # of these, of which a document must have one to be similar
_TITLE = 3  # times as much as in the body
_LONGEST_TEXT = 20_000  # characters of a body; what it is about is said by then


class TellingTerm(NamedTuple):
    """A term that says much of what a document is about.

    Attributes:
        term: The term.
        channel: Its channel.
        factor: What its scores are multiplied with: how often the document has it, dampened.
        worth: The same times its inverse document frequency.
    """

    term: str
    channel: str
    factor: float
    worth: float


def telling_terms(
    analyzer: Analyzer,
    title: str,
    body: str,
    frequency: Callable[[str, str], int],
    count: int,
) -> list[TellingTerm]:
    """What says most of what a document is about, from the term that says most on.

    Args:
        analyzer: What cuts texts.
        title: Its title.
        body: Its body.
        frequency: Says in how many documents a term of a channel is.
        count: How many documents there are.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for text, times in ((title, _TITLE), (body[:_LONGEST_TEXT], 1)):
        for name in _terms(analyzer, text):
            counts[name] += times
    terms: list[TellingTerm] = []
    for (term, channel), occurrences in counts.items():
        if channel == GRAMS and occurrences == 1:
            continue
        shared = frequency(term, channel)
        if shared < 2:  # nobody else has it
            continue
        factor = 1 + log(occurrences)
        terms.append(TellingTerm(term, channel, factor, factor * idf(count, shared)))
    terms.sort(key=lambda term: (-term.worth, term.term, term.channel))
    return terms[:_MOST_TERMS]


def sought_terms(terms: Iterable[TellingTerm]) -> list[Sought]:
    """The same for the ranker."""
    return [
        sought(term.term, term.channel, term.factor, number < _ENOUGH)
        for number, term in enumerate(terms)
    ]


def highlights(terms: Iterable[TellingTerm]) -> list[Highlight]:
    """The same as what to mark."""
    return [
        Highlight.word(term.term, term.worth)
        if term.channel == WORDS
        else Highlight.string(term.term, term.worth)
        for term in terms
    ]


def describe(document_id: str, terms: Iterable[TellingTerm]) -> str:
    """The same in one line, for people."""
    weighted = " ".join(f"{term.term}^{term.factor:.3g}" for term in terms)
    return f"like({document_id}): {weighted}".rstrip()


def _terms(analyzer: Analyzer, text: str) -> Iterable[tuple[str, str]]:
    """The words of a text that may tell something, and pairs of single characters, in order."""
    previous, end = "", -1
    for token in analyzer.words(analyzer.folding.fold(text)):
        term = token.term
        if len(term) > 1:
            if not term.isdecimal():
                yield term, WORDS
        elif CJK_CHARACTER.match(term):
            if end == token.start and len(previous) == 1:
                yield previous + term, GRAMS
            previous, end = term, token.end
