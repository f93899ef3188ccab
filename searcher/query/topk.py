"""Queries that are answered without looking at all documents.

Plain words, quoted strings and what must be there of both, under any conditions, are most of what
people ask. For these the best documents are found by the ranker, and strings that grams cannot
decide are looked up in the texts of the best documents only, in the order of their scores, until
there are enough. Anything else is carried out by the executor, on arrays of all documents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from searcher.index.columnar.arrays import Mask
from searcher.index.fields import GRAMS, WORDS
from searcher.index.reader import IndexReader
from searcher.lazy import np
from searcher.query.contains import TextMatcher, covering_grams, is_gram
from searcher.query.highlights import Highlight
from searcher.query.noting import Noter
from searcher.query.plan import Plan, plan
from searcher.query.ranking import Buffer, RankedTerm, Ranker, Row
from searcher.query.tree import Node
from searcher.text import Analyzer


@dataclass(frozen=True, slots=True)
class Found:
    """The best documents, and what is needed to say how many there are.

    Attributes:
        rows: The scores and the documents, in no order.
        total: Counts all documents that match.
    """

    rows: list[Row]
    total: Callable[[], int]


_NUMBER_SIZE = 8  # bytes
_FIRST_LOOK = 4  # times as many as are wanted, when some may not have the strings


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
        taken = plan(self._analyzer, tree, need_all=need_all)
        found = None if taken is None else self.run(taken, k, mask)
        if taken is not None and found is not None:
            for part in taken.parts:
                if part.exact is None:
                    self._noter.note_words(part.text, highlights)
                else:
                    highlight = Highlight.string(part.exact)
                    highlights.setdefault(highlight.name, highlight)
        return found

    def run(self, taken: Plan, k: int, mask: Mask | None = None) -> Found | None:
        """The same for a query that was taken apart before."""
        for condition, is_wanted in taken.conditions:
            matching = self._evaluate(condition)
            mask = self._reader.live if mask is None else mask
            mask = mask & (matching if is_wanted else ~matching)
        terms = self._terms(taken)
        if not taken.is_any:
            return self._all(taken, terms, k, mask)
        rows = self._ranker.top_k(terms, k, mask)
        return Found(rows, lambda: self._ranker.count(terms, mask))

    def _terms(self, taken: Plan) -> list[RankedTerm]:
        """The terms to rank by. A weak one makes no hit unless all are weak."""
        ranked = self._ranker.term
        terms: list[RankedTerm] = []
        for part in taken.parts:
            has_strong = part.has_strong
            for term in part.text.terms:
                is_strong = not (has_strong and term.is_weak)
                found = ranked(term.term, term.channel, float(term.count), is_strong=is_strong)
                if found is not None:
                    terms.append(found)
        return terms

    def _all(self, taken: Plan, terms: list[RankedTerm], k: int, mask: Mask | None) -> Found | None:
        lists: dict[tuple[str, str], None] = {(word, WORDS): None for word in taken.words}
        for string in taken.strings:
            for gram in covering_grams(string):
                if len(gram) > 1:
                    lists[gram, GRAMS] = None
        if not lists:
            return None
        required = [self._ranker.term(term, channel) for term, channel in lists]
        known = [term for term in required if term is not None]
        if len(known) < len(required):
            return Found([], lambda: 0)
        candidates = self._ranker.with_all(known, self._with_singles(taken, mask))
        undecided = [string for string in taken.strings if not is_gram(string)]
        if not undecided:
            rows = self._ranker.best_of(candidates, terms, k)
            return Found(rows, lambda: len(self._ranker.numbers(candidates)))

        def total() -> int:
            numbers = self._ranker.numbers(candidates)
            return sum([self._texts.has(number, undecided) for number in numbers])

        return Found(self._verified(candidates, terms, undecided, k), total)

    def _with_singles(self, taken: Plan, mask: Mask | None) -> Mask | None:
        """The mask without documents that lack a single character that must be there."""
        for char in {string for string in taken.strings if len(string) == 1}:
            having = np.zeros(self._reader.capacity, np.bool_)
            having[self._reader.postings_with_prefix(GRAMS, char).documents] = True
            mask = having if mask is None else mask & having
        return mask

    def _verified(
        self,
        candidates: Sequence[tuple[int, Buffer]],
        terms: Sequence[RankedTerm],
        strings: Sequence[str],
        k: int,
    ) -> list[Row]:
        """The k best documents that do have the strings; of equal ones the first by their ids."""
        count = sum([len(documents) for _, documents in candidates]) // _NUMBER_SIZE
        wanted, seen = _FIRST_LOOK * k, 0
        chosen: list[Row] = []
        while True:
            rows = self._ranker.best_of(candidates, terms, wanted)
            self._reader.sort_rows(rows)
            for row in rows[seen:]:
                if len(chosen) >= k:
                    return chosen
                if self._texts.has(row[1], strings):
                    chosen.append(row)
            if len(rows) >= count:
                return chosen
            seen, wanted = len(rows), wanted * _FIRST_LOOK
