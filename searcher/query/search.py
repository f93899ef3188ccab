"""A search, from the query as typed to the hits as shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

from searcher.errors import DAMAGE, ArgumentError, SearcherError
from searcher.index.columnar.arrays import Floats, Ids, Mask
from searcher.index.columnar.segment import Fields
from searcher.index.reader import IndexReader
from searcher.language import say
from searcher.lazy import np
from searcher.query.added import Adder
from searcher.query.analysis import AnalyzedText, analyze
from searcher.query.bm25f import Parameters
from searcher.query.contains import TextMatcher
from searcher.query.filters import Filters
from searcher.query.grammar import parse
from searcher.query.highlights import Highlight
from searcher.query.noting import Noter
from searcher.query.options import Options, check
from searcher.query.plan import Plan, plan
from searcher.query.ranking import Ranker, Row
from searcher.query.reranking import Reranker, Reranking, in_order, plain_texts, whole_blocks
from searcher.query.results import (
    Explanation,
    Hit,
    Lazy,
    Results,
    Snippet,
    Span,
    TermContribution,
    maker,
)
from searcher.query.snippets import Highlighter
from searcher.query.sought import Sought, sought
from searcher.query.topk import Found, TopK
from searcher.query.tracing import Trace
from searcher.query.tree import Node, Words, describe
from searcher.text import Analyzer

if TYPE_CHECKING:
    from searcher.index.vocabulary import Vocabulary
    from searcher.query.completing import Completer
    from searcher.query.executor import Executor
    from searcher.query.spelling.corrector import Corrector
    from searcher.query.spelling.sounds import Sounds

__all__ = ["Options", "Search"]

_FEW = 50  # hits; of more not all texts are held at the same time
_NOTHING: tuple[Snippet, tuple[Span, ...]] = (Snippet(""), ())

T = TypeVar("T")
_Found = tuple[float, Fields]  # a score, and what a hit shows


class Search:
    """Searches one state of an index."""

    def __init__(
        self, reader: IndexReader, analyzer: Analyzer, parameters: Parameters | None = None
    ) -> None:
        """Take the index and the analyzer that it was made with."""
        self._reader = reader
        self._analyzer = analyzer
        parameters = parameters or Parameters()
        self._parameters = parameters
        ranker = self._ranker = Ranker(reader, parameters)
        self._texts = TextMatcher(reader, ranker, analyzer.folding)
        self._noter = Noter(ranker, reader.count)
        self._adder = Adder(ranker, analyzer, parameters, reader.count)
        self._reranker = Reranker(reader, ranker, analyzer.folding, parameters)
        self._topk = TopK(
            reader,
            analyzer,
            ranker,
            self._texts,
            self._noter,
            self._evaluate,
            self._adder,
            self._reranker,
            parameters,
        )
        self._filters = Filters(reader, analyzer.folding)
        self._new_hit, self._new_results = maker(Hit), maker(Results)
        # Totals are counted when they are asked for, by whichever thread.
        self._turn = RLock()

    @cached_property
    def _executor(self) -> Executor:
        from searcher.query.executor import Executor

        return Executor(
            self._reader,
            self._analyzer,
            self._parameters,
            self._texts,
            self._noter,
            self._adder,
        )

    def search(self, query: str, options: Options) -> Results:
        """The hits for a query.

        Raises:
            ArgumentError: An option has a value that it does not take.
        """
        check(options)
        return self._locked(lambda: self._search(query, options))()

    def _search(self, query: str, options: Options) -> Results:
        results = self._answer(query, options)
        # Where the best hits were asked for, none means that there is none: nothing is counted.
        if not results.hits and (options.wants_best or not results.total):
            read = self._corrector.spelt_out(query, options, _parser(options.syntax))
            return results if read is None else read
        return results

    @cached_property
    def _corrector(self) -> Corrector:
        from searcher.query.spelling.corrector import Corrector
        from searcher.query.spelling.speller import Speller

        frequency = self._ranker.document_frequency
        speller = Speller(self._reader, self._analyzer, frequency, lambda: self._sounds)
        return Corrector(speller, self._answer)

    @cached_property
    def _sounds(self) -> Sounds:
        from searcher.query.spelling.sounds import Sounds

        return Sounds(self._vocabulary)

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        from searcher.index.vocabulary import Vocabulary

        return Vocabulary(self._reader)

    @cached_property
    def _completer(self) -> Completer:
        from searcher.query.completing import Completer

        return Completer(self._reader, self._analyzer, self._ranker, self._vocabulary, self._sounds)

    def complete(self, text: str, limit: int) -> list[tuple[str, int]]:
        """How a text that was begun can go on, each with how many documents have it.

        Raises:
            ArgumentError: The text is no string, or the limit no whole number.
        """
        if not isinstance(text, str) or limit is None:
            raise ArgumentError(
                say(
                    f"a string is completed up to a limit, not {text!r:.40} up to {limit!r}",
                    f"补全需要字符串和数目：{text!r:.40}，{limit!r}",
                )
            )
        check(Options(limit=limit))
        completions = self._locked(lambda: self._completer.complete(text, limit))()
        return [(one.text, one.documents) for one in completions]

    def _answer(self, query: str, options: Options) -> Results:
        """The hits for a query as it was typed."""
        tree = self._tree(query, options)
        highlights: dict[str, Highlight] = {}
        mask = self._filters.allowed(options)
        last = None if options.limit is None else options.offset + options.limit
        by_date = options.sort == "date"
        need_all = options.mode == "all"
        k = 0 if by_date else self._most(last)
        found = self._topk.find(tree, k, mask, highlights, need_all=need_all)
        if found is None:
            found = self._exhaustive(tree, k, mask, need_all, highlights)
        count = found.total
        facets: dict[str, dict[str, int]] = {}
        if by_date or options.facets:
            documents = found.documents()
            count = partial(int, documents.size)
            facets = {name: self._filters.facet(name, documents) for name in options.facets}
        fields: Iterable[_Found]
        if by_date:
            newest = np.array(self._newest(documents, last)[options.offset :], np.int64)
            rows = list(zip(found.scores(newest), newest.tolist(), strict=True))
            fields = self._fields(rows)
            if found.reranking is not None:
                fields = found.reranking.added_to(fields)
        elif found.reranking is not None:
            closer = in_order(self._reader, found.rows, found.reranking, options.offset, last)
            fields = self._fields(list(closer))
        else:
            fields = self._best_fields(found.rows, options.offset, last)
        total = Lazy(self._locked(count))
        highlighter = Highlighter(self._analyzer.folding, highlights.values())
        hits = self._hits(fields, highlighter, options)
        # Not of the results themselves, which would be garbage that is not freed at once.
        given = len(hits)
        hint = Lazy(self._locked(lambda: self._suggestion(query, given, total, options)))
        return self._new_results(query, describe(tree), hits, facets, total, hint, False)

    def _suggestion(self, query: str, given: int, total: Lazy[int], options: Options) -> str | None:
        parse = _parser(options.syntax)
        return self._corrector.suggestion(query, given, total, options, parse)

    def _tree(self, query: str, options: Options) -> Node:
        tree = _parse(query, options.syntax)
        if options.synonyms is not None:
            tree = options.synonyms.expand(tree, self._analyzer)
        return self._with_more(tree, query, options) if options.expand else tree

    def _with_more(self, tree: Node, query: str, options: Options) -> Node:
        """The query with words that its best documents share, whatever filters leave."""
        from searcher.query.expanding import DOCUMENTS, expanded, typed_texts

        if options.mode == "all" or not typed_texts(tree):
            return tree
        asked = Options(
            limit=DOCUMENTS, syntax=options.syntax, synonyms=options.synonyms, snippet_width=0
        )
        numbers = [self._reader.find(hit.id) for hit in self._answer(query, asked)]
        best = [self._reader.record(number) for number in numbers if number is not None]
        frequency, count = self._ranker.document_frequency, self._reader.count
        return expanded(tree, best, self._analyzer, frequency, count)

    def _exhaustive(
        self,
        tree: Node,
        k: int,
        mask: Mask | None,
        need_all: bool,
        highlights: dict[str, Highlight],
    ) -> Found:
        """What is found by looking at all documents."""
        trace = Trace(highlights=highlights)
        match = self._executor.execute(tree, need_all=need_all, trace=trace)
        matching = match.mask if mask is None else match.mask & mask
        documents, scores = np.flatnonzero(matching), match.scores
        reranking = self._reranking(tree, need_all)
        count = int(documents.size)  # which may be asked for when the arrays are gone
        return Found(
            _best(documents, scores[documents], k if reranking is None else whole_blocks(k)),
            lambda: count,
            lambda: documents,
            lambda numbers: scores[numbers].tolist(),
            reranking,
        )

    def _reranking(self, tree: Node, need_all: bool) -> Reranking | None:
        texts: list[tuple[AnalyzedText, list[Sought], float]] = []
        for text, factor in plain_texts(tree, need_all):
            analyzed = analyze(self._analyzer, text)
            terms = [sought(term.term, term.channel) for term in analyzed.terms]
            texts.append((analyzed, terms, factor))
        return self._reranker.prepared(texts)

    def _most(self, last: int | None) -> int:
        """How many documents are wanted at most."""
        capacity = self._reader.capacity
        return capacity if last is None else min(last, capacity)

    def _evaluate(self, condition: Node) -> Mask:
        """The documents that match a condition, deleted ones left out."""
        return self._executor.execute(condition, need_all=True).mask

    def _locked(self, work_out: Callable[[], T]) -> Callable[[], T]:
        """The same for one thread at a time, with one error for what is damaged."""

        def worked_out() -> T:
            with self._turn:
                try:
                    return work_out()
                except SearcherError:
                    raise
                except DAMAGE as error:
                    raise self._reader.corrupt(error) from error

        return worked_out

    def plan(self, query: str, options: Options) -> Plan | None:
        """A plain query, taken apart; None for any other."""
        tree = _parse(query, options.syntax)
        return plan(self._analyzer, tree, self._parameters, need_all=options.mode == "all")

    def rank(self, plan: Plan, k: int) -> list[Row]:
        """Ranking alone: the scores and numbers of the k best documents, from the best on."""
        if plan.is_bare and k:
            return self._ranker.segments.top_k(plan.terms, k, None)[:k]
        best = self._topk.best(plan, k)
        if best is None:
            found = self._exhaustive(plan.tree, k, None, not plan.is_any, {})
            self._reader.sort_rows(found.rows)
            best = found.rows, found.reranking
        rows, reranking = best
        if reranking is None:
            return rows[:k]
        return list(in_order(self._reader, rows, reranking, 0, k))

    def explain(self, query: str, document_id: str, options: Options) -> Explanation | None:
        """How a document comes by its score; None if there is no such document."""
        check(options)
        return self._locked(lambda: self._explain(query, document_id, options))()

    def _explain(self, query: str, document_id: str, options: Options) -> Explanation | None:
        number = self._reader.find(document_id)
        if number is None:
            return None
        tree = self._tree(query, options)
        trace = Trace(explained=number)
        match = self._executor.execute(tree, need_all=options.mode == "all", trace=trace)
        terms = sorted(trace.contributions, key=lambda term: (-term.score, term.term))
        matches = bool(match.mask[number])
        reranking = self._reranking(tree, options.mode == "all") if matches else None
        score = float(match.scores[number])
        closer: list[TermContribution] = []
        if reranking is not None:
            (document,) = self._reader.texts([number])
            closer = reranking.contributions(document)
            # Not their sum, which may be another number in its last bit.
            score += reranking.scores([document])[0]
        return Explanation(
            query=query,
            reading=describe(tree),
            id=document_id,
            matches=matches,
            score=score,
            terms=(*terms, *closer),
        )

    def similar(self, document_id: str, options: Options) -> Results | None:
        """The documents that are most like one; None if there is no such document.

        Raises:
            ArgumentError: An option has a value that it does not take.
        """
        check(options)
        return self._locked(lambda: self._similar(document_id, options))()

    def _similar(self, document_id: str, options: Options) -> Results | None:
        from searcher.query import similar

        number = self._reader.find(document_id)
        if number is None:
            return None
        record, ranker = self._reader.record(number), self._ranker
        terms = similar.telling_terms(
            self._analyzer,
            record.title,
            record.body,
            ranker.document_frequency,
            self._reader.count,
        )
        wanted = similar.sought_terms(terms)
        mask = self._filters.allowed(options)
        last = None if options.limit is None else options.offset + options.limit
        # One more, since the document itself is the one most like it.
        rows = ranker.top_k(wanted, self._most(last) + 1, mask) if wanted else []
        rows = [row for row in rows if row[1] != number]
        is_counted = bool(wanted) and (mask is None or bool(mask[number]))
        highlighter = Highlighter(self._analyzer.folding, similar.highlights(terms))
        hits = self._hits(self._best_fields(rows, options.offset, last), highlighter, options)
        return self._new_results(
            " ".join(term.term for term in terms),
            similar.describe(document_id, terms),
            hits,
            {},
            Lazy(self._locked(lambda: ranker.count(wanted, mask) - is_counted)),
            Lazy[str | None].known(None),
            False,
        )

    def highlighter(self, query: str, syntax: str = "query") -> Highlighter:
        """What marks the words of a query in any text."""
        trace = Trace()
        self._locked(lambda: self._executor.execute(_parse(query, syntax), trace=trace))()
        return Highlighter(self._analyzer.folding, trace.highlights.values())

    def _hits(
        self, fields: Iterable[_Found], highlighter: Highlighter, options: Options
    ) -> tuple[Hit, ...]:
        rank, width = options.offset, options.snippet_width
        passage, new_hit = highlighter.passage, self._new_hit
        hits: list[Hit] = []
        for score, (document_id, title, body, rest, date) in fields:
            rank += 1
            snippet, spans = passage(title, body, width) if width else _NOTHING
            hit = new_hit(
                rank,
                document_id,
                score,
                title,
                rest.path(document_id),
                date,
                rest.source,
                rest.tags,
                snippet,
                spans,
                rest.url,
            )
            hits.append(hit)
        return tuple(hits)

    def _best_fields(self, rows: list[Row], first: int, last: int | None) -> Iterable[_Found]:
        """The hits from the best on, equal ones by their ids.

        Args:
            rows: Scores and documents.
            first: How many of the best are left out.
            last: After how many to stop; None for all.
        """
        if first or len(rows) > (_FEW if last is None else min(last, _FEW)):
            self._reader.sort_rows(rows)
            return self._fields(rows[first:last])
        # All are hits, so the ids that tell in which order are read with them.
        fields = self._reader.fields([number for _, number in rows])
        scores = [score for score, _ in rows]
        found = list(zip(scores, fields, strict=True))
        if len(set(scores)) < len(scores) or scores != sorted(scores, reverse=True):
            found.sort(key=_place)
        return found

    def _newest(self, documents: Ids, last: int | None) -> list[int]:
        """The numbers of the newest documents, those without a date last, equal ones by their ids.

        Args:
            documents: Their numbers.
            last: How many are wanted; None for all.
        """
        instants = self._reader.instant[documents]
        rows = _best(documents, np.where(np.isnan(instants), -np.inf, instants), last)
        self._reader.sort_rows(rows)
        return [number for _, number in rows[:last]]

    def _fields(self, rows: Sequence[Row]) -> Iterator[_Found]:
        """A few at a time, since they may be many."""
        for at in range(0, len(rows), _FEW):
            some = rows[at : at + _FEW]
            fields = self._reader.fields([number for _, number in some])
            yield from zip([score for score, _ in some], fields, strict=True)


def _place(found: _Found) -> tuple[float, str]:
    return -found[0], found[1][0]


def _best(documents: Ids, scores: Floats, last: int | None) -> list[Row]:
    """The scores and numbers of the ``last`` best documents and of those as good as the last."""
    if last == 0:
        return []
    if last is not None and last < documents.size:
        threshold = np.partition(scores, documents.size - last)[documents.size - last]
        chosen = scores >= threshold
        documents, scores = documents[chosen], scores[chosen]
    return list(zip(scores.tolist(), documents.tolist(), strict=True))


def _parser(syntax: str) -> Callable[[str], Node]:
    return Words if syntax == "plain" else parse


def _parse(query: str, syntax: str) -> Node:
    return _parser(syntax)(query)
