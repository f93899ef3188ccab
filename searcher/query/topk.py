"""Queries that are answered without looking at all documents.

Plain words, quoted strings and what must be there of both, under any conditions, are most of what
people ask. For these the best documents are found by the ranker, and strings that grams cannot
decide are looked up in the texts of the best documents only, in the order of their scores, until
there are enough. Anything else is carried out by the executor, on arrays of all documents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from searcher.index.columnar.arrays import Mask
from searcher.index.fields import GRAMS, WORDS
from searcher.index.reader import IndexReader
from searcher.lazy import np
from searcher.query.analysis import AnalyzedText, analyze
from searcher.query.contains import TextMatcher, covering_grams, is_gram
from searcher.query.highlights import Highlight
from searcher.query.noting import Noter
from searcher.query.ranking import RankedTerm, Ranker, Row
from searcher.query.tree import And, Clauses, DateRange, Exact, Node, Not, Value, Words
from searcher.text import Analyzer
from searcher.text.characters import CJK_CHARACTER


@dataclass(frozen=True, slots=True)
class Found:
    """The best documents, and what is needed to say how many there are.

    Attributes:
        rows: The scores and the documents, in no order.
        total: Counts all documents that match.
    """

    rows: list[Row]
    total: Callable[[], int]


@dataclass(frozen=True, slots=True)
class _Part:
    """A text of the query that is ranked by.

    Attributes:
        text: The text.
        exact: The folded string, if it is to be found as it stands; else None.
    """

    text: AnalyzedText
    exact: str | None = None

    @property
    def has_strong(self) -> bool:
        """Whether a term of it makes a hit by itself."""
        return any(not term.is_weak for term in self.text.terms)

    @property
    def is_met(self) -> bool:
        """Whether a document that has all of it has such a term."""
        if self.exact is None:
            return any(len(unit) > 1 for unit in self.text.units)
        return any(term.channel == GRAMS and not term.is_weak for term in self.text.terms)


@dataclass(slots=True)
class _Plan:
    """A query taken apart.

    Attributes:
        parts: What is ranked by.
        is_any: Whether one term is enough.
        strings: Folded strings that must be there, if it is not.
        words: Words that must be there as terms, if it is not.
        conditions: What narrows the documents down, and whether it must be so or must not.
    """

    parts: list[_Part] = field(default_factory=list)
    is_any: bool = False
    strings: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    conditions: list[tuple[Node, bool]] = field(default_factory=list)


class _NotPlain(Exception):
    """The query is for the executor."""


class TopK:
    """Finds the best documents of one state of an index."""

    def __init__(
        self,
        reader: IndexReader,
        analyzer: Analyzer,
        ranker: Ranker,
        texts: TextMatcher,
        noter: Noter,
        evaluate: Callable[[Node], Mask],
    ) -> None:
        """Take the index; ``evaluate`` gives the documents that match a condition."""
        self._reader = reader
        self._analyzer = analyzer
        self._ranker = ranker
        self._texts = texts
        self._noter = noter
        self._evaluate = evaluate

    def find(
        self,
        tree: Node,
        k: int,
        mask: Mask | None,
        highlights: dict[str, Highlight],
        *,
        need_all: bool,
    ) -> Found | None:
        """The k best documents, with all that are as good as the last; None if it is not plain.

        Args:
            tree: What to find.
            k: How many are wanted.
            mask: Which documents may be hits; None for all that are not deleted.
            highlights: Where to note what to mark.
            need_all: Whether every plain word must be there.
        """
        plan = _Plan()
        try:
            self._read(tree, plan, need_all=need_all, is_top=True)
            terms = self._terms(plan)
        except _NotPlain:
            return None
        for condition, is_wanted in plan.conditions:
            matching = self._evaluate(condition)
            mask = self._reader.live if mask is None else mask
            mask = mask & (matching if is_wanted else ~matching)
        found = self._any(terms, k, mask) if plan.is_any else self._all(plan, terms, k, mask)
        if found is not None:
            for part in plan.parts:
                if part.exact is None:
                    self._noter.note_words(part.text, highlights)
                else:
                    highlight = Highlight.string(part.exact)
                    highlights.setdefault(highlight.name, highlight)
        return found

    def _read(self, node: Node, plan: _Plan, *, need_all: bool, is_top: bool) -> None:
        match node:
            case Words(text, None):
                analyzed = analyze(self._analyzer, text)
                if not analyzed.terms:
                    raise _NotPlain
                plan.parts.append(_Part(analyzed))
                if not need_all:
                    if not is_top:
                        raise _NotPlain
                    plan.is_any = True
                    return
                for unit in analyzed.units:
                    if CJK_CHARACTER.search(unit):
                        plan.strings.append(unit)
                    else:
                        plan.words.append(unit)
            case Exact(text, None):
                folded = self._analyzer.folding.fold(text)
                if not folded:
                    raise _NotPlain
                plan.parts.append(_Part(analyze(self._analyzer, text), folded))
                plan.strings.append(folded)
            case Value() | DateRange():
                plan.conditions.append((node, True))
            case Not(child):
                plan.conditions.append((child, False))
            case And(children):
                for child in children:
                    self._read(child, plan, need_all=True, is_top=False)
            case Clauses(must, should, must_not):
                self._read_clauses(must, should, must_not, plan, need_all, is_top)
            case _:
                raise _NotPlain

    def _read_clauses(
        self,
        must: Sequence[Node],
        should: Sequence[Node],
        must_not: Sequence[Node],
        plan: _Plan,
        need_all: bool,
        is_top: bool,
    ) -> None:
        if need_all:
            must, should = (*must, *should), ()
        conditions = [node for node in must if isinstance(node, Value | DateRange | Not)]
        if should and (len(should) > 1 or len(conditions) < len(must)):
            raise _NotPlain
        for node in should:
            # A condition beside it makes the one word that is wanted optional.
            if conditions:
                raise _NotPlain
            self._read(node, plan, need_all=False, is_top=is_top)
        for node in must:
            self._read(node, plan, need_all=True, is_top=False)
        plan.conditions += [(node, False) for node in must_not]

    def _terms(self, plan: _Plan) -> list[RankedTerm]:
        """The terms to rank by. A weak one makes no hit unless all are weak."""
        if not plan.parts:
            raise _NotPlain
        terms: list[RankedTerm] = []
        for part in plan.parts:
            has_strong = part.has_strong
            if has_strong and not plan.is_any and not part.is_met:
                raise _NotPlain
            for term in part.text.terms:
                if term.channel == GRAMS and len(term.term) == 1:
                    raise _NotPlain
                is_strong = not (has_strong and term.is_weak)
                found = self._ranker.term(
                    term.term, term.channel, float(term.count), is_strong=is_strong
                )
                if found is not None:
                    terms.append(found)
        return terms

    def _any(self, terms: Sequence[RankedTerm], k: int, mask: Mask | None) -> Found:
        def total() -> int:
            hits = np.zeros(self._reader.capacity, np.bool_)
            for term in terms:
                if term.is_strong:
                    hits[self._ranker.documents(term)] = True
            hits &= self._reader.live if mask is None else mask
            return int(np.count_nonzero(hits))

        return Found(self._ranker.top_k(terms, k, mask), total)

    def _all(self, plan: _Plan, terms: list[RankedTerm], k: int, mask: Mask | None) -> Found | None:
        lists: dict[tuple[str, str], None] = {(word, WORDS): None for word in plan.words}
        for string in plan.strings:
            for gram in covering_grams(string):
                if len(gram) > 1:
                    lists[gram, GRAMS] = None
        if not lists:
            return None
        required = [self._ranker.term(term, channel) for term, channel in lists]
        known = [term for term in required if term is not None]
        if len(known) < len(required):
            return Found([], lambda: 0)
        rows = self._ranker.required(known, terms, mask)
        undecided = [string for string in plan.strings if len(string) == 1 or not is_gram(string)]
        if not undecided:
            count = len(rows)
            return Found(rows, lambda: count)

        def total() -> int:
            return sum([self._texts.has(number, undecided) for _, number in rows])

        return Found(self._verified(rows, undecided, k), total)

    def _verified(self, rows: list[Row], strings: Sequence[str], k: int) -> list[Row]:
        """The k best documents that do have the strings, and those as good as the last."""
        chosen: list[Row] = []
        for row in sorted(rows, reverse=True):
            if len(chosen) >= k and row[0] < chosen[-1][0]:
                break
            if self._texts.has(row[1], strings):
                chosen.append(row)
        return chosen
