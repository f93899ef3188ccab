"""A query tree → OpenSearch's query DSL, which finds the same documents with the same scores.

Terms are looked for as they stand: nothing of a query is cut or parsed by the cluster. Conditions
are filters, which score 0. What terms cannot decide, patterns in running text, is looked up in the
texts and stands as a list of documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from searcher.cluster.encoding import gram_tokens, phrase_tokens, token_of
from searcher.cluster.schema import EVERY, PART_MARK, field_of
from searcher.cluster.vocabulary import beginning_with, near_to
from searcher.index.dates import date_numbers
from searcher.index.fields import GRAMS, TAG, TEXT_FIELDS, WORDS
from searcher.query.added import AddedTerm, Adder
from searcher.query.analysis import AnalyzedText, QueryTerm, analyze
from searcher.query.bm25f import Parameters, idf
from searcher.query.executor import SHORT_WORD, is_near
from searcher.query.highlights import Highlight
from searcher.query.noting import Noter
from searcher.query.patterns import TextPattern, glob
from searcher.query.tree import (
    And,
    Boost,
    Clauses,
    DateRange,
    Everything,
    Exact,
    Expanded,
    Fuzzy,
    Node,
    Not,
    Or,
    Pattern,
    Synonym,
    Value,
    Words,
)
from searcher.query.weights import term_weights
from searcher.text import Analyzer
from searcher.text.characters import CJK_CHARACTER

Query = dict[str, Any]

NOTHING: Query = {"match_none": {}}
EVERYTHING: Query = {"match_all": {}}
_MOST_EXPANSIONS = 1000  # terms that a pattern or a fuzzy word may stand for
_MOST_TERMS = 900  # of one text: the cluster takes 1,024 clauses
_MOST_KEYS = 50_000  # in one list of documents
_PAIR = 2  # characters


@dataclass(frozen=True, slots=True)
class Lookups:
    """What is asked of the index while a query is translated.

    Attributes:
        frequency: In how many documents a term of a channel is.
        count: How many documents there are.
        kept: How many there are with deleted ones that the cluster still counts.
        counted: How many documents match a query.
        terms: The words that a regular expression fits and that are accepted, of one field or of
            any, up to so many.
        matching: The ids of the documents that match a query, and in one text of which, or in any,
            a pattern is found.
    """

    frequency: Callable[[str, str], int]
    count: Callable[[], int]
    kept: Callable[[], int]
    counted: Callable[[Query], int]
    terms: Callable[[str, Callable[[str], bool], str | None, int], list[str]]
    matching: Callable[[Query, str, str | None], list[str]]


class Translator:
    """Translates trees for one state of an index."""

    def __init__(
        self,
        analyzer: Analyzer,
        parameters: Parameters,
        lookups: Lookups,
        noter: Noter,
        adder: Adder,
        factors: tuple[float, float],
    ) -> None:
        """Take what texts were cut by, and what knows the index.

        Args:
            factors: What the cluster multiplies scores with, of weighed terms and of plain ones.
        """
        self._analyzer = analyzer
        self._parameters = parameters
        self._lookups = lookups
        self._noter = noter
        self._adder = adder
        self._factors = factors

    def translate(self, tree: Node, *, need_all: bool, highlights: dict[str, Highlight]) -> Query:
        """The query for a tree.

        Args:
            tree: What to find.
            need_all: Whether every plain word must be there.
            highlights: Where to note what to mark.
        """
        return _Run(self, highlights).query(tree, 1.0, need_all)

    def containing(self, folded: str, only: str | None = None) -> Query:
        """The documents with a folded string in a text field, or in any of them."""
        if not folded:
            return NOTHING
        is_plain = only is None and folded.split() == [folded]
        if is_plain and len(folded) <= _PAIR:
            return {"term": {GRAMS: folded}}
        fields = [field_of(GRAMS, name) for name in TEXT_FIELDS if only in (None, name)]
        if len(folded) == 1:
            return any_of({"prefix": {name: gram_tokens(folded)}} for name in fields)
        tokens = phrase_tokens(folded)
        return any_of(
            {"match_phrase": {name: {"query": tokens, "analyzer": "tokens"}}} for name in fields
        )

    def term(self, term: str, channel: str, only: str | None, weight: float) -> Query:
        """A term with what its score is multiplied with."""
        boost = weight * self._parameters.channels[channel] / self._factors[only is not None]
        if only is not None and channel == GRAMS and len(term) == 1:
            # The sum of all pairs that begin with it.
            return {"prefix": {field_of(GRAMS, only): {"value": term, "boost": boost}}}
        name = field_of(channel, only)
        return {"term": {name: {"value": token_of(term), "boost": boost}}}


class _Run:
    """One translation."""

    def __init__(self, translator: Translator, highlights: dict[str, Highlight]) -> None:
        self._translator = translator
        self._highlights = highlights
        self._analyzer = translator._analyzer
        self._lookups = translator._lookups

    def query(self, node: Node, factor: float, need_all: bool) -> Query:
        match node:
            case Words(text, only):
                return self._words(text, only, factor, need_all)
            case Expanded(Words(text, only), synonyms):
                return self._words(text, only, factor, need_all, synonyms)
            case Exact(text, only):
                return self._exact(text, only, factor)
            case Pattern(pattern, only):
                return self._pattern(pattern, only, factor)
            case Fuzzy(text, distance, only):
                return self._fuzzy(text, distance, only, factor, need_all)
            case Value(name, text):
                return filtering(self._value(name, text))
            case DateRange():
                return filtering(_dates(node))
            case Everything():
                return filtering(EVERYTHING)
            case And(children):
                return {"bool": {"must": [self.query(one, factor, True) for one in children]}}
            case Or(children):
                return any_of([self.query(one, factor, need_all) for one in children])
            case Not(child):
                return {"bool": {"filter": [EVERYTHING], "must_not": [self._unnoted(child)]}}
            case Boost(child, times):
                return self.query(child, factor * times, need_all)
            case Clauses():
                return self._clauses(node, factor, need_all)

    def _clauses(self, node: Clauses, factor: float, need_all: bool) -> Query:
        must = [self.query(child, factor, True) for child in node.must]
        should = [self.query(child, factor, need_all) for child in node.should]
        if need_all:
            must, should = must + should, []
        clauses: Query = {}
        if must:
            clauses = {"must": must, "should": should}
        elif should:
            clauses = {"should": should, "minimum_should_match": 1}
        else:
            clauses = {"filter": [EVERYTHING if node.must_not else NOTHING]}
        if node.must_not:
            clauses["must_not"] = [self._unnoted(child) for child in node.must_not]
        return {"bool": clauses}

    def _unnoted(self, node: Node) -> Query:
        """What matches, with nothing to highlight."""
        return _Run(self._translator, {}).query(node, 1.0, True)

    def _words(
        self,
        text: str,
        only: str | None,
        factor: float,
        need_all: bool,
        synonyms: Sequence[Synonym] = (),
    ) -> Query:
        analyzed = analyze(self._analyzer, text)
        if not analyzed.terms:
            # Only punctuation, say: grep would find it. Stop words alone are no such thing.
            return self._exact(text.strip(), only, factor)
        adder = self._translator._adder
        self._translator._noter.note_words(analyzed, self._highlights)
        adder.note(synonyms, self._highlights)
        ranked = self._ranked(analyzed, only, factor, adder.added(analyzed, synonyms))
        if not need_all:
            return ranked
        pieces = [(analyze(self._analyzer, one.typed).units, one.others) for one in synonyms]
        replaceable = {unit for units, _ in pieces for unit in units}
        needed = [self._with_unit(unit, only) for unit in analyzed.units if unit not in replaceable]
        needed += [self._with_any(units, others, only) for units, others in pieces]
        return {"bool": {"must": [ranked], "filter": needed}}

    def _with_any(self, units: Sequence[str], others: Sequence[str], only: str | None) -> Query:
        """The documents with all words of a piece, or with a synonym as a whole."""
        choices = [units]
        for other in others:
            parts = [part for part in other.split() if CJK_CHARACTER.search(part)]
            latin = " ".join(part for part in other.split() if part not in parts)
            choices.append((*parts, *analyze(self._analyzer, latin).units))
        return any_of(
            {"bool": {"filter": [self._with_unit(unit, only) for unit in wanted]}}
            for wanted in choices
        )

    def _with_unit(self, unit: str, only: str | None) -> Query:
        """The documents that have a word: a CJK word as a string, a Latin one as a term."""
        if CJK_CHARACTER.search(unit):
            return self._translator.containing(unit, only)
        return {"term": {field_of(WORDS, only): token_of(unit)}}

    def _ranked(
        self,
        analyzed: AnalyzedText,
        only: str | None,
        factor: float,
        added: Sequence[AddedTerm] = (),
    ) -> Query:
        """Score by words and grams. A single character counts, but makes no hit by itself."""
        weights = term_weights(analyzed, self._translator._parameters)
        has_strong = any(not term.is_weak for term in analyzed.terms)
        weighed = [
            (term.term, term.channel, factor * weight, not (has_strong and term.is_weak))
            for term, weight in zip(analyzed.terms, weights, strict=True)
        ]
        weighed += [
            (one.term.term, one.term.channel, factor * one.factor, not one.term.is_weak)
            for one in added
        ]
        if len(weighed) > _MOST_TERMS:
            weighed.sort(key=lambda row: (not row[3], -row[2]))
            del weighed[_MOST_TERMS:]
        strong = [self._translator.term(*one[:2], only, one[2]) for one in weighed if one[3]]
        weak = [self._translator.term(*one[:2], only, one[2]) for one in weighed if not one[3]]
        if not strong:
            return NOTHING
        found: Query = {"bool": {"should": strong, "minimum_should_match": 1}}
        return {"bool": {"must": [found], "should": weak}} if weak else found

    def _exact(self, text: str, only: str | None, factor: float) -> Query:
        folded = self._analyzer.folding.fold(text)
        if not folded:
            return NOTHING
        self._note(Highlight.string(folded))
        return self._with_scores(
            self._translator.containing(folded, only), analyze(self._analyzer, text), only, factor
        )

    def _with_scores(
        self, condition: Query, analyzed: AnalyzedText, only: str | None, factor: float
    ) -> Query:
        """The documents that match a condition, scored by a text."""
        ranked = self._ranked(analyzed, only, factor)
        return {"bool": {"filter": [condition], "should": [] if ranked is NOTHING else [ranked]}}

    def _pattern(self, pattern: str, only: str | None, factor: float) -> Query:
        folded = self._analyzer.folding.fold(pattern)
        if CJK_CHARACTER.search(folded) is None:
            self._note(Highlight.words_like(folded))
            prefix = re.split(r"[*?]", folded, maxsplit=1)[0]
            terms = self._lookups.terms(
                beginning_with(prefix), glob(folded), only, _MOST_EXPANSIONS
            )
            return self._expanded(terms, only, factor)
        # CJK words are cut in many ways, so the text itself is looked at.
        self._note(Highlight.pattern(folded))
        literals = TextPattern(folded).literals
        candidates: Query = {
            "bool": {"filter": [self._translator.containing(one, only) for one in literals]}
        }
        ids = self._lookups.matching(candidates, folded, only)
        scored = analyze(self._analyzer, " ".join(literals))
        return self._with_scores(with_ids(ids), scored, only, factor)

    def _fuzzy(
        self, text: str, distance: int | None, only: str | None, factor: float, need_all: bool
    ) -> Query:
        folded = self._analyzer.folding.fold(text)
        if distance is None:
            distance = 1 if len(folded) <= SHORT_WORD else 2
        accept = partial(is_near, folded, distance=distance)
        near = self._lookups.terms(near_to(folded, distance), accept, only, _MOST_EXPANSIONS)
        for term in near:
            self._note(Highlight.word(term))
        others = [term for term in near if term != folded]
        return any_of(
            [self._words(text, only, factor, need_all), self._expanded(others, only, factor / 2)]
        )

    def _expanded(self, terms: list[str], only: str | None, factor: float) -> Query:
        """The documents with any of several terms, which count as one."""
        if not terms:
            return NOTHING
        name = field_of(WORDS, only)
        boost = factor * self._translator._parameters.channels[WORDS]
        boost /= self._translator._factors[only is not None]
        found = _synonyms(name, map(token_of, terms))
        if len(terms) == 1:
            found["match"][name]["boost"] = boost
            return found
        # The cluster goes by the most frequent of them that a shard has, not by the documents with
        # any of them in all shards. So one is put beside them that all documents have.
        together = self._lookups.counted(found)
        boost *= idf(max(self._lookups.count(), together), together)
        if only is not None:
            most = max(self._lookups.frequency(term, WORDS) for term in terms)
            found["match"][name]["boost"] = boost / idf(max(self._lookups.count(), most), most)
            return found
        every = self._lookups.kept()
        scored = _synonyms(name, [*map(token_of, terms), EVERY])
        scored["match"][name]["boost"] = boost / idf(every, every)
        return {"bool": {"must": [scored], "filter": [found]}}

    def _value(self, name: str, text: str) -> Query:
        """The documents with a tag, or with a string in their source or path."""
        wanted = self._analyzer.folding.fold(text)
        pattern = wanted if name == TAG else f"*{wanted}*"
        if "*" not in pattern and "?" not in pattern:
            return {"term": {f"{name}_folded": pattern}}
        return {"wildcard": {f"{name}_folded": {"value": pattern.replace("\\", "\\\\")}}}

    def _note(self, highlight: Highlight) -> None:
        self._highlights.setdefault(highlight.name, highlight)


def filtering(query: Query) -> Query:
    """What a query finds, scored 0."""
    return {"bool": {"filter": [query]}}


def any_of(queries: Iterable[Query]) -> Query:
    """What any of some queries finds, their scores added up."""
    some = list(queries)
    if len(some) == 1:
        return some[0]
    return {"bool": {"should": some, "minimum_should_match": 1}} if some else NOTHING


def with_ids(ids: Sequence[str]) -> Query:
    """The documents of some ids."""
    return any_of(
        {"terms": {"id": list(ids[at : at + _MOST_KEYS])}} for at in range(0, len(ids), _MOST_KEYS)
    )


def _synonyms(name: str, tokens: Iterable[str]) -> Query:
    """Tokens of a field that count as one."""
    return {"match": {name: {"query": PART_MARK.join(tokens), "analyzer": "parted"}}}


def _dates(node: DateRange) -> Query:
    bounds: Query = {}
    if node.since is not None:
        bounds["gte"] = date_numbers(node.since)[1]
    if node.until is not None:
        bounds["lt"] = date_numbers(node.until)[1]
    return {"range": {"local": bounds}} if bounds else {"exists": {"field": "local"}}


__all__ = ["EVERYTHING", "NOTHING", "Lookups", "Query", "QueryTerm", "Translator"]
