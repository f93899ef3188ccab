"""Queries that are answered without looking at all documents.

Plain words, quoted strings and what must be there of both, under any conditions, are most of what
people ask. For these the best documents are found by the ranker, and strings that grams cannot
decide are looked up in the texts of the best documents only, in the order of their scores, until
there are enough. Anything else is carried out by the executor, on arrays of all documents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from searcher.index.columnar.arrays import Ids, Mask
from searcher.index.fields import GRAMS
from searcher.index.reader import IndexReader
from searcher.lazy import np
from searcher.query.added import Adder, is_single
from searcher.query.bm25f import Parameters
from searcher.query.contains import TextMatcher
from searcher.query.highlights import Highlight
from searcher.query.matching import as_candidates, with_any
from searcher.query.noting import Noter
from searcher.query.plan import Plan, plan
from searcher.query.ranking import Candidates, Ranker, Row
from searcher.query.reranking import Reranker, Reranking, whole_blocks
from searcher.query.sought import sought
from searcher.query.tree import Node
from searcher.text import Analyzer


class Found:
    """The best documents, and what is needed to say how many there are.

    Attributes:
        rows: The scores and the documents, from the best on.
        total: Counts all documents that match.
        documents: Gives the numbers of all documents that match, ascending.
        scores: Gives the scores of some of these, in the order in which they are given.
        reranking: The closer look at the best; of those that are wanted whole blocks are there.
    """

    __slots__ = ("documents", "reranking", "rows", "scores", "total")

    def __init__(
        self,
        rows: list[Row],
        total: Callable[[], int],
        documents: Callable[[], Ids],
        scores: Callable[[Ids], list[float]],
        reranking: Reranking | None = None,
    ) -> None:
        """Take what was found."""
        self.rows, self.total, self.documents = rows, total, documents
        self.scores, self.reranking = scores, reranking


# In the texts of so few documents single characters are looked for at once.
_FEW_CANDIDATES = 64
# Lists of so many bytes are sooner decoded than texts are looked at, to find a single character.
_SHORT_LISTS = 1 << 16
_FEW_TEXTS = 128  # to look for other single characters in, those of the best documents
_TEXT = 1 << 8  # so many bytes of lists are decoded in the time in which a text is looked at
_MANY_TEXTS = 4096  # the same, where gathering all documents with them is the only other way
_KEPT_MASKS = 16 << 20  # bytes, of single characters that are likely to be asked for again
_NUMBER = 8  # bytes of a document's number
_ENOUGH = 32  # texts, to tell from them how many have what is looked for
_MORE = 4  # times as many documents are looked at next, when some do not have the strings


def _first_look(k: int) -> int:
    """In how many texts strings are looked for first, of which k are wanted that have them."""
    return k + k // 2


def _count(candidates: Candidates) -> int:
    return sum([len(documents) for _, documents in candidates]) // _NUMBER


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
        adder: Adder,
        reranker: Reranker,
        parameters: Parameters,
    ) -> None:
        """Take the index; ``evaluate`` gives the documents that match a condition."""
        self._reader = reader
        self._analyzer = analyzer
        self._ranker = ranker
        self._texts = texts
        self._noter = noter
        self._evaluate = evaluate
        self._adder = adder
        self._reranker = reranker
        self._parameters = parameters
        self._singles: dict[str, Mask] = {}

    def find(
        self,
        tree: Node,
        k: int,
        mask: Mask | None,
        highlights: dict[str, Highlight],
        *,
        need_all: bool,
    ) -> Found | None:
        """The k best documents, with those that are as good as the last; None if not plain.

        Args:
            tree: What to find.
            k: How many are wanted.
            mask: Which documents may be hits; None for all that are not deleted.
            highlights: Where to note what to mark.
            need_all: Whether every plain word must be there.
        """
        taken = plan(self._analyzer, tree, self._parameters, need_all=need_all)
        if taken is None or not self._add_synonyms(taken):
            return None
        for part in taken.parts:
            if part.exact is None:
                self._noter.note_words(part.text, highlights)
            else:
                highlight = Highlight.string(part.exact)
                highlights.setdefault(highlight.name, highlight)
        for _, synonyms in taken.synonyms:
            self._adder.note(synonyms, highlights)
        return self.run(taken, k, mask)

    def _add_synonyms(self, taken: Plan) -> bool:
        """Add the synonyms' terms; false if lists of terms are not enough for them."""
        for text, synonyms in taken.synonyms:
            for one in self._adder.added(text, synonyms):
                term = one.term
                if is_single(term):
                    return False
                taken.terms.append(sought(term.term, term.channel, one.factor, not term.is_weak))
        return True

    def run(self, taken: Plan, k: int, mask: Mask | None = None) -> Found | None:
        """The same for a query that was taken apart before."""
        for condition, is_wanted in taken.conditions:
            matching = self._evaluate(condition)
            mask = self._reader.live if mask is None else mask
            mask = mask & (matching if is_wanted else ~matching)
        if not taken.is_any:
            return self._all(taken, k, mask)
        rows, reranking = self._best_of_any(taken, k, mask)
        return Found(
            rows,
            lambda: self._ranker.count(taken.terms, mask),
            lambda: with_any(self._reader, taken.terms, mask),
            partial(self._scores, taken),
            reranking,
        )

    def best(self, taken: Plan, k: int) -> tuple[list[Row], Reranking | None] | None:
        """The rows of ``run``, and its closer look."""
        if not taken.conditions:
            if taken.is_any:
                return self._best_of_any(taken, k, None)
            if k and taken.is_of_terms:
                return self._best_by_terms(taken, k, None)[1], None
        found = self.run(taken, k)
        return None if found is None else (found.rows, found.reranking)

    def _best_of_any(
        self, taken: Plan, k: int, mask: Mask | None
    ) -> tuple[list[Row], Reranking | None]:
        reranking = self._reranker.prepared(taken.texts) if taken.texts else None
        if reranking is not None:
            k = whole_blocks(k)
        return (self._ranker.top_k(taken.terms, k, mask) if k else []), reranking

    def _scores(self, taken: Plan, documents: Ids) -> list[float]:
        """The scores of documents that match."""
        if not documents.size:
            return []
        candidates = as_candidates(self._reader, np.sort(documents))
        rows = self._ranker.best_of(candidates, taken.terms, len(documents))
        scores = {number: score for score, number in rows}
        return [scores.get(number, 0.0) for number in documents.tolist()]

    def _all(self, taken: Plan, k: int, mask: Mask | None) -> Found | None:
        if k and taken.is_of_terms:
            return self._all_by_terms(taken, k, mask)
        if not taken.required:
            return self._all_singles(taken, k, mask)
        candidates = self._ranker.with_all(taken.required, mask)
        singles = taken.singles  # of which only texts are going to tell
        if singles and _count(candidates) > _FEW_CANDIDATES:
            singles = []
            before = mask
            for char in taken.singles:
                if self._reader.size_of_prefix(GRAMS, char) > _SHORT_LISTS:
                    singles.append(char)
                else:
                    mask = self._with_single(char, mask)
            if mask is not before:
                candidates = self._ranker.with_all(taken.required, mask)
        if not taken.undecided and not singles:
            rows = self._ranker.best_of(candidates, taken.terms, k) if k else []
            return self._found(taken, rows, lambda: self._ranker.numbers(candidates))

        def numbers() -> list[int]:
            numbers = self._ranker.numbers(self._narrowed(taken, candidates, singles, mask))
            if not taken.undecided:
                return numbers
            return self._texts.having(numbers, taken.undecided)

        # Most texts have a common character, so a look at the best is sooner done than a mask.
        strings = [*taken.undecided, *singles]
        most, total = (_FEW_TEXTS, _count(candidates)) if singles else (None, None)
        found = self._verified(partial(self._best_of, candidates, taken), strings, k, most, total)
        if found is None:
            narrowed = self._narrowed(taken, candidates, singles, mask)
            found = self._verified(partial(self._best_of, narrowed, taken), taken.undecided, k)
        return self._found(taken, found or [], numbers)

    def _all_by_terms(self, taken: Plan, k: int, mask: Mask | None) -> Found:
        """Where no single characters must be there."""
        candidates, rows = self._best_by_terms(taken, k, mask)

        def numbers() -> list[int]:
            numbers = self._ranker.numbers(candidates)
            return self._texts.having(numbers, taken.undecided) if taken.undecided else numbers

        return self._found(taken, rows, numbers)

    def _found(self, taken: Plan, rows: list[Row], numbers: Callable[[], list[int]]) -> Found:
        """What was found, given what gives the numbers of all documents that match."""
        return Found(
            rows,
            lambda: len(numbers()),
            lambda: np.array(numbers(), np.int64),
            partial(self._scores, taken),
        )

    def _best_by_terms(
        self, taken: Plan, k: int, mask: Mask | None
    ) -> tuple[Candidates, list[Row]]:
        """What has the terms that must be there, and the k best of those that are hits, or more."""
        strings, required, terms = taken.undecided, taken.required, taken.terms
        if not strings:
            return self._ranker.best_with_all(required, terms, k, mask)
        wanted = _first_look(k)
        candidates, rows = self._ranker.best_with_all(required, terms, wanted, mask)
        if len(rows) < wanted:  # these are all
            having = set(self._texts.having([number for _, number in rows], strings))
            return candidates, [row for row in rows if row[1] in having]
        best = partial(self._best_of, candidates, taken)
        return candidates, self._verified(best, strings, k, first=rows) or []

    def _narrowed(
        self, taken: Plan, candidates: Candidates, singles: Sequence[str], mask: Mask | None
    ) -> Candidates:
        """Of the documents with the terms that must be there those with single characters."""
        if not singles:
            return candidates
        count = _count(candidates)
        sizes = [self._reader.size_of_prefix(GRAMS, char) for char in singles]
        if count * _TEXT < sum(sizes):
            having = self._texts.having(self._ranker.numbers(candidates), singles)
            return as_candidates(self._reader, np.array(having, np.int64))
        for char in singles:
            mask = self._with_single(char, mask)
        return self._ranker.with_all(taken.required, mask)

    def _best_of(self, candidates: Candidates, taken: Plan, k: int) -> list[Row]:
        return self._ranker.best_of(candidates, taken.terms, k)

    def _all_singles(self, taken: Plan, k: int, mask: Mask | None) -> Found | None:
        """Where nothing but single characters must be there, beside a term that makes a hit.

        None if the texts of the best documents do not decide.
        """
        best = partial(self._ranker.top_k, taken.terms, mask=mask)
        rows = self._verified(best, taken.singles, k, _MANY_TEXTS)

        def documents() -> Ids:
            matching = self._evaluate(taken.tree)
            return np.flatnonzero(matching if mask is None else matching & mask)

        if rows is None:
            return None
        return Found(rows, lambda: int(documents().size), documents, partial(self._scores, taken))

    def _with_single(self, char: str, mask: Mask | None) -> Mask:
        """The mask without documents that lack a single character that must be there."""
        having = self._singles.pop(char, None)
        if having is None:
            having = self._reader.mask_of_prefix(GRAMS, char)
            while self._singles and (len(self._singles) + 1) * having.nbytes > _KEPT_MASKS:
                del self._singles[next(iter(self._singles))]  # that was wanted longest ago
        self._singles[char] = having
        return having if mask is None else having & mask

    def _verified(
        self,
        best: Callable[[int], list[Row]],
        strings: Sequence[str],
        k: int,
        most: int | None = None,
        total: int | None = None,
        first: list[Row] | None = None,
    ) -> list[Row] | None:
        """The k best documents that do have the strings; of equal ones the first by their ids.

        None if there are not as many among the first ``most`` texts, and more texts to look at, or
        if there will not be as many among all, should they go on as they began.

        Args:
            best: Gives as many of the best documents as are wanted, and perhaps more that are as
                good as the last.
            strings: What they must have.
            k: How many are wanted.
            most: How many texts to look at; None for all.
            total: How many there are; None if it does not matter.
            first: What ``best`` gives at first, if that is known.
        """
        if not k:
            return []
        wanted, seen = _first_look(k), 0
        chosen: list[Row] = []
        while True:
            rows = first or best(wanted)
            first = None
            self._reader.sort_rows(rows)
            end = len(rows) if most is None else min(len(rows), most)
            while seen < end:
                some = rows[seen : min(seen + max(k - len(chosen), seen), end)]
                seen += len(some)
                having = set(self._texts.having([number for _, number in some], strings))
                chosen += [row for row in some if row[1] in having]
                if len(chosen) >= k:
                    return chosen[:k]
                if seen >= _ENOUGH and total is not None and len(chosen) * total < k * seen:
                    return None
            if end < len(rows):
                return None
            if len(rows) < wanted:
                return chosen
            wanted *= _MORE
            if total is not None and total < wanted * _MORE:
                return None  # to look at all is soon done as well, and puts none in order
