"""What synonyms add to a query: the terms, what they count, and which of them makes a hit.

A synonym is looked for like what was typed, with three differences.

*It counts half at most*, and never so much that a document with it comes before one with what was
typed, just as often and in a text as long: a rare synonym of a common word counts less than half.

*It is there as a whole or not at all.* Of its terms only the one that the fewest documents have
makes a hit, so ``核酸检测`` for ``PCR`` does not bring all documents with ``检测``.

*What is added once is not added again*: a term that was typed, or that several synonyms share,
counts once, for the least that it counts anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from searcher.index.fields import GRAMS
from searcher.query.analysis import AnalyzedText, QueryTerm, analyze
from searcher.query.bm25f import Parameters, idf
from searcher.query.collection import Frequencies
from searcher.query.highlights import Highlight
from searcher.query.tree import Synonym
from searcher.query.weights import term_weights
from searcher.text import Analyzer
from searcher.text.characters import CJK_CHARACTER

_SHARE = 0.5  # of what was typed, that a synonym counts at most
_PAIR = 2  # characters

_Name = tuple[str, str]  # a term and its channel


class AddedTerm(NamedTuple):
    """A term that a synonym adds.

    Attributes:
        term: The term; it makes a hit unless it is weak.
        factor: What its scores are multiplied with.
        origin: The synonym that it is a term of, as ``typed → synonym``.
    """

    term: QueryTerm
    factor: float
    origin: str


class Adder:
    """Weighs synonyms by one state of an index."""

    def __init__(
        self, ranker: Frequencies, analyzer: Analyzer, parameters: Parameters, count: int
    ) -> None:
        """Take the index, and how many documents it has."""
        self._frequency = ranker.document_frequency
        self._analyzer = analyzer
        self._parameters = parameters
        self._count = count

    def added(self, text: AnalyzedText, synonyms: Sequence[Synonym]) -> list[AddedTerm]:
        """The terms to rank by beside those of the text, in order of appearance."""
        strong = {_name(term): not term.is_weak for term in text.terms}
        found: dict[_Name, AddedTerm] = {}
        for synonym in synonyms:
            typed = self._worths(analyze(self._analyzer, synonym.typed))
            for other in synonym.others:
                whole = analyze(self._analyzer, other)
                if not self._is_anywhere(whole.terms):
                    continue
                for added in self._terms(whole, typed, strong, f"{synonym.typed} → {other}"):
                    name = _name(added.term)
                    found[name] = added if name not in found else _shared(found[name], added)
        return list(found.values())

    def note(self, synonyms: Iterable[Synonym], highlights: dict[str, Highlight]) -> None:
        """Note synonyms as what to mark, each as a whole."""
        for synonym in synonyms:
            for other in synonym.others:
                key = self._key(analyze(self._analyzer, other).terms)
                if key is not None:
                    highlight = Highlight.word(other, self._idf(key))
                    highlights.setdefault(highlight.name, highlight)

    def _is_anywhere(self, terms: Sequence[QueryTerm]) -> bool:
        """Whether a synonym may be in a document, by its terms."""
        key = self._key(terms)
        return key is not None and (is_single(key) or self._document_frequency(key) > 0)

    def _terms(
        self,
        synonym: AnalyzedText,
        typed: dict[_Name, float],
        strong: dict[_Name, bool],
        origin: str,
    ) -> list[AddedTerm]:
        """The terms of one synonym that the text does not have, or not as what makes a hit.

        Args:
            synonym: The synonym.
            typed: What the terms are worth that it may stand for.
            strong: The terms of the whole text, and which make hits.
            origin: Whose terms they are.
        """
        terms = synonym.terms
        key = self._key(terms)
        weights = term_weights(synonym, self._parameters)
        added = [
            (term, weight)
            for term, weight in zip(terms, weights, strict=True)
            if _name(term) not in strong or (term is key and not strong[_name(term)])
        ]
        worths = self._worths(synonym)
        more = sum(worths[_name(term)] for term, _ in added)
        # What both have a document has in either case; the rest has to outweigh the rest.
        rest = sum(worth for name, worth in typed.items() if name not in worths)
        rest = rest or sum(typed.values())
        factor = _SHARE * min(1.0, rest / (more or 1.0))
        return [
            AddedTerm(replace(term, count=1, is_weak=term is not key), factor * weight, origin)
            for term, weight in added
        ]

    def _key(self, terms: Sequence[QueryTerm]) -> QueryTerm | None:
        """The term that tells best whether a synonym is there; every text with it has the term.

        That is a pair of characters where there is one: a word may be cut otherwise elsewhere.
        """
        strong = [term for term in terms if not term.is_weak] or terms
        grams = [
            term for term in strong if term.channel == GRAMS and CJK_CHARACTER.search(term.term)
        ]
        return min(grams or strong, key=self._document_frequency, default=None)

    def _worths(self, text: AnalyzedText) -> dict[_Name, float]:
        """What each term of a text adds to a score at most."""
        channels = self._parameters.channels
        weights = term_weights(text, self._parameters)
        return {
            _name(term): weight * channels[term.channel] * self._idf(term)
            for term, weight in zip(text.terms, weights, strict=True)
        }

    def _idf(self, term: QueryTerm) -> float:
        frequency = self._document_frequency(term)
        return idf(max(self._count, frequency), frequency)

    def _document_frequency(self, term: QueryTerm) -> int:
        return self._frequency(term.term, term.channel)


def is_single(term: QueryTerm) -> bool:
    """Whether a term is a single character that many grams begin with, which have one list each."""
    return term.channel == GRAMS and len(term.term) < _PAIR


def _name(term: QueryTerm) -> _Name:
    return term.term, term.channel


def _shared(one: AddedTerm, other: AddedTerm) -> AddedTerm:
    """The same term of two synonyms as one."""
    least = other if other.factor < one.factor else one
    is_weak = one.term.is_weak and other.term.is_weak
    return least._replace(term=replace(least.term, is_weak=is_weak))
