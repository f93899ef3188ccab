"""Carries a query tree out over an index: which documents match, and how well.

Scores are kept for all documents at once, in arrays by document number. A condition that only
narrows down (a date, a source, a negation) adds nothing to a score.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from searcher.index.columnar.arrays import Floats, Ids, Mask
from searcher.index.dates import date_numbers
from searcher.index.fields import TAG, WORDS
from searcher.index.reader import IndexReader
from searcher.lazy import np
from searcher.query.added import AddedTerm, Adder
from searcher.query.analysis import AnalyzedText, QueryTerm, analyze
from searcher.query.bm25f import Parameters, Scorer
from searcher.query.contains import TextMatcher
from searcher.query.highlights import Highlight
from searcher.query.noting import Noter
from searcher.query.patterns import TextPattern, glob
from searcher.query.results import TermContribution
from searcher.query.tracing import Trace
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

_MOST_EXPANSIONS = 2000  # terms that a pattern or a fuzzy word may stand for
SHORT_WORD = 5  # letters; one difference is allowed in a short word, two in a longer one


@dataclass(slots=True)
class Match:
    """The documents that match a node.

    Attributes:
        mask: For each document number, whether it matches.
        scores: For each document number its score; 0 where it does not match.
    """

    mask: Mask
    scores: Floats


class Executor:
    """Carries out query trees over one state of an index."""

    def __init__(
        self,
        reader: IndexReader,
        analyzer: Analyzer,
        parameters: Parameters,
        texts: TextMatcher,
        noter: Noter,
        adder: Adder,
    ) -> None:
        """Take the index and what it was made with."""
        self._reader = reader
        self._analyzer = analyzer
        self._scorer = Scorer(reader, parameters)
        self._texts = texts
        self._noter = noter
        self._adder = adder

    def execute(self, tree: Node, *, need_all: bool = False, trace: Trace | None = None) -> Match:
        """The documents that match a tree, without deleted ones.

        Args:
            tree: What to find.
            need_all: Whether every plain word must be there.
            trace: Where to note how it went.
        """
        run = _Run(
            self._reader,
            self._analyzer,
            self._scorer,
            self._texts,
            self._noter,
            self._adder,
            trace or Trace(),
        )
        match = run.evaluate(tree, 1.0, need_all)
        match.mask &= self._reader.live
        return match


class _Run:
    """One execution."""

    def __init__(
        self,
        reader: IndexReader,
        analyzer: Analyzer,
        scorer: Scorer,
        texts: TextMatcher,
        noter: Noter,
        adder: Adder,
        trace: Trace,
    ) -> None:
        self.reader = reader
        self.analyzer = analyzer
        self.scorer = scorer
        self.texts = texts
        self.noter = noter
        self.adder = adder
        self.trace = trace

    def evaluate(self, node: Node, factor: float, need_all: bool) -> Match:
        noted = len(self.trace.contributions)
        match = self._evaluate(node, factor, need_all)
        explained = self.trace.explained
        if explained is not None and not match.mask[explained]:
            # Some terms are there, but not what has to be there beside them: none counts.
            del self.trace.contributions[noted:]
        return match

    def _evaluate(self, node: Node, factor: float, need_all: bool) -> Match:
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
                return self._unscored(self._value(name, text))
            case DateRange():
                return self._unscored(self._dates(node))
            case Everything():
                return self._unscored(self.reader.live)
            case And(children):
                return self._all([self.evaluate(child, factor, True) for child in children])
            case Or(children):
                return self._any([self.evaluate(child, factor, need_all) for child in children])
            case Not(child):
                return self._unscored(~self._without_notes(child))
            case Boost(child, times):
                return self.evaluate(child, factor * times, need_all)
            case Clauses():
                return self._clauses(node, factor, need_all)

    def _clauses(self, node: Clauses, factor: float, need_all: bool) -> Match:
        must = [self.evaluate(child, factor, True) for child in node.must]
        should = [self.evaluate(child, factor, need_all) for child in node.should]
        if need_all:
            must, should = must + should, []
        if must:
            match = self._all(must)
            for other in should:
                match.scores += other.scores * match.mask
        elif should:
            match = self._any(should)
        else:
            match = self._unscored(self.reader.live if node.must_not else None)
        for child in node.must_not:
            excluded = self._without_notes(child)
            match.mask &= ~excluded
            match.scores[excluded] = 0.0
        return match

    def _words(
        self,
        text: str,
        only: str | None,
        factor: float,
        need_all: bool,
        synonyms: Sequence[Synonym] = (),
    ) -> Match:
        analyzed = analyze(self.analyzer, text)
        if not analyzed.terms:
            # Only punctuation, say: grep would find it. Stop words alone are no such thing.
            return self._exact(text.strip(), only, factor)
        self.noter.note_words(analyzed, self.trace.highlights)
        self.adder.note(synonyms, self.trace.highlights)
        match = self._ranked(analyzed, only, factor, self.adder.added(analyzed, synonyms))
        if need_all:
            pieces = [(analyze(self.analyzer, one.typed).units, one.others) for one in synonyms]
            replaceable = {unit for units, _ in pieces for unit in units}
            for unit in analyzed.units:
                if unit not in replaceable:
                    match.mask &= self._mask(self._with_unit(unit, only, match.mask))
            for units, others in pieces:
                match.mask &= self._with_any(units, others, only, match.mask)
            match.scores *= match.mask
        return match

    def _with_any(
        self, units: Sequence[str], others: Sequence[str], only: str | None, among: Mask
    ) -> Mask:
        """Of some documents those with all words of a piece, or with a synonym as a whole."""
        mask = self._with_units(units, only, among)
        for other in others:
            # A CJK string has to be there as it stands, Latin words as words.
            parts = [part for part in other.split() if CJK_CHARACTER.search(part)]
            latin = " ".join(part for part in other.split() if part not in parts)
            wanted = [*parts, *analyze(self.analyzer, latin).units]
            mask |= self._with_units(wanted, only, among & ~mask)
        return mask

    def _with_units(self, units: Sequence[str], only: str | None, among: Mask) -> Mask:
        mask = among.copy()
        for unit in units:
            mask &= self._mask(self._with_unit(unit, only, mask))
        return mask

    def _ranked(
        self,
        analyzed: AnalyzedText,
        only: str | None,
        factor: float,
        added: Sequence[AddedTerm] = (),
    ) -> Match:
        """Score by words and grams. A single character counts, but makes no hit by itself."""
        match = self._unscored(None)
        strong = any(not term.is_weak for term in analyzed.terms)
        weights = term_weights(analyzed, self.scorer.parameters)
        for term, weight in zip(analyzed.terms, weights, strict=True):
            hits = self._add_term([term.term], term, only, factor * weight, match.scores)
            if not (strong and term.is_weak):
                match.mask[hits] = True
        for one in added:
            weight = factor * one.factor
            hits = self._add_term([one.term.term], one.term, only, weight, match.scores, one.origin)
            if not one.term.is_weak:
                match.mask[hits] = True
        match.scores *= match.mask
        return match

    def _add_term(
        self,
        terms: list[str],
        term: QueryTerm,
        only: str | None,
        weight: float,
        scores: Floats,
        origin: str | None = None,
    ) -> Ids:
        """Add the scores of a term; returns the documents that have it."""
        scored = self.scorer.score(terms, term.channel, only, weight)
        scores[scored.documents] += scored.scores
        explained = self.trace.explained
        if explained is not None:
            at = int(np.searchsorted(scored.documents, explained))
            if at < scored.documents.size and scored.documents[at] == explained:
                self.trace.contributions.append(
                    TermContribution(
                        term=term.term,
                        channel=term.channel,
                        idf=scored.idf,
                        document_frequency=int(scored.documents.size),
                        weight=weight,
                        score=float(scored.scores[at]),
                        origin=origin,
                    )
                )
        return scored.documents

    def _with_unit(self, unit: str, only: str | None, among: Mask | None = None) -> Ids:
        """The documents that have a word: a CJK word as a string, a Latin one as a term.

        Only those in ``among`` are certain to be found.
        """
        if CJK_CHARACTER.search(unit):
            return self.texts.containing(unit, only, among)
        return self.scorer.score([unit], WORDS, only).documents

    def _exact(self, text: str, only: str | None, factor: float) -> Match:
        folded = self.analyzer.folding.fold(text)
        if not folded:
            return self._unscored(None)
        self._note(Highlight.string(folded))
        mask = self._mask(self.texts.containing(folded, only))
        match = self._ranked(analyze(self.analyzer, text), only, factor)
        match.mask = mask
        match.scores *= mask
        return match

    def _pattern(self, pattern: str, only: str | None, factor: float) -> Match:
        folded = self.analyzer.folding.fold(pattern)
        if CJK_CHARACTER.search(folded) is None:
            self._note(Highlight.words_like(folded))
            prefix = re.split(r"[*?]", folded, maxsplit=1)[0]
            terms = self._expansions(only, prefix, glob(folded))
            return self._expanded(pattern, terms, only, factor)
        # CJK words are cut in many ways, so the text itself is looked at.
        self._note(Highlight.pattern(folded))
        in_text = TextPattern(folded)
        mask = self._mask(self.texts.matching(in_text, only))
        literals = " ".join(in_text.literals)
        match = self._ranked(analyze(self.analyzer, literals), only, factor)
        match.mask = mask
        match.scores *= mask
        return match

    def _fuzzy(
        self, text: str, distance: int | None, only: str | None, factor: float, need_all: bool
    ) -> Match:
        folded = self.analyzer.folding.fold(text)
        if distance is None:
            distance = 1 if len(folded) <= SHORT_WORD else 2
        near = self._expansions(only, "", partial(is_near, folded, distance=distance))
        for term in near:
            self._note(Highlight.word(term))
        others = [term for term in near if term != folded]
        return self._any(
            [
                self._words(text, only, factor, need_all),
                self._expanded(f"{text}~", others, only, factor / 2),
            ]
        )

    def _expanded(self, name: str, terms: list[str], only: str | None, factor: float) -> Match:
        """The documents with any of several terms, which count as one."""
        match = self._unscored(None)
        term = QueryTerm(name, WORDS, 1, is_weak=False)
        hits = self._add_term(terms, term, only, factor, match.scores)
        match.mask[hits] = True
        return match

    def _expansions(
        self, only: str | None, prefix: str, accept: Callable[[str], bool]
    ) -> list[str]:
        """The words of the index that a pattern stands for."""
        terms: dict[str, None] = {}
        for term in self.reader.terms(WORDS, prefix):
            if accept(term) and (only is None or self._is_in_field(term, only)):
                terms[term] = None
                if len(terms) >= _MOST_EXPANSIONS:
                    break
        return list(terms)

    def _is_in_field(self, term: str, only: str) -> bool:
        return bool(self.scorer.score([term], WORDS, only).documents.size)

    def _value(self, name: str, text: str) -> Mask:
        """The documents with a tag, or with a string in their source or path."""
        fold = self.analyzer.folding.fold
        wanted = fold(text)
        accept = glob(wanted if name == TAG else f"*{wanted}*")
        return self.reader.values(name, fold).matching(accept)

    def _dates(self, node: DateRange) -> Mask:
        local = self.reader.local
        mask: Mask = ~np.isnan(local)
        if node.since is not None:
            mask &= local >= _local(node.since)
        if node.until is not None:
            mask &= local < _local(node.until)
        return mask

    def _without_notes(self, node: Node) -> Mask:
        """Which documents match, with nothing to highlight and nothing to explain."""
        run = _Run(
            self.reader, self.analyzer, self.scorer, self.texts, self.noter, self.adder, Trace()
        )
        return run.evaluate(node, 1.0, True).mask

    def _all(self, matches: list[Match]) -> Match:
        result = matches[0]
        for match in matches[1:]:
            result.mask &= match.mask
            result.scores += match.scores
        result.scores *= result.mask
        return result

    def _any(self, matches: list[Match]) -> Match:
        result = matches[0]
        for match in matches[1:]:
            result.mask |= match.mask
            result.scores += match.scores
        return result

    def _unscored(self, mask: Mask | None) -> Match:
        capacity = self.reader.capacity
        mask = np.zeros(capacity, np.bool_) if mask is None else mask.copy()
        return Match(mask, np.zeros(capacity))

    def _mask(self, documents: Ids) -> Mask:
        mask = np.zeros(self.reader.capacity, np.bool_)
        mask[documents] = True
        return mask

    def _note(self, highlight: Highlight) -> None:
        self.trace.highlights.setdefault(highlight.name, highlight)


def is_near(word: str, other: str, distance: int) -> bool:
    """Whether two words differ in at most so many letters and still share one."""
    if abs(len(word) - len(other)) > distance or not set(word) & set(other):
        return False
    previous = list(range(len(other) + 1))
    for row, letter in enumerate(word, start=1):
        current = [row]
        for column, other_letter in enumerate(other, start=1):
            current.append(
                min(
                    previous[column] + 1,
                    current[column - 1] + 1,
                    previous[column - 1] + (letter != other_letter),
                )
            )
        if min(current) > distance:
            return False
        previous = current
    return previous[-1] <= distance


def _local(moment: datetime) -> float:
    return date_numbers(moment)[1]
