"""A search, from the query as typed to the hits as shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

from searcher.errors import ArgumentError, SearcherError
from searcher.index.columnar.arrays import Floats, Ids, Mask
from searcher.index.columnar.segment import Fields
from searcher.index.dates import date_numbers
from searcher.index.fields import SOURCE, TAG
from searcher.index.reader import IndexReader
from searcher.language import say
from searcher.lazy import np
from searcher.query.bm25f import Parameters
from searcher.query.contains import TextMatcher
from searcher.query.dates import parse_period
from searcher.query.grammar import parse
from searcher.query.highlights import Highlight
from searcher.query.noting import Noter
from searcher.query.options import Moment, Options, check
from searcher.query.plan import Plan, plan
from searcher.query.ranking import Ranker, Row
from searcher.query.results import Explanation, Hit, Lazy, Results, Snippet, Span, maker
from searcher.query.snippets import Highlighter
from searcher.query.topk import TopK
from searcher.query.tracing import Trace
from searcher.query.tree import Node, Words, describe
from searcher.text import Analyzer

if TYPE_CHECKING:
    from searcher.query.completing import Completer
    from searcher.query.executor import Executor, Match
    from searcher.query.spelling.corrector import Corrector
    from searcher.query.spelling.sounds import Sounds

__all__ = ["Options", "Search"]

_TICK = 1e-6  # seconds
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
        self._ranker = ranker = Ranker(reader, parameters)
        self._texts = TextMatcher(reader, ranker, analyzer.folding)
        self._noter = Noter(ranker, reader.count)
        self._topk = TopK(reader, analyzer, ranker, self._texts, self._noter, self._evaluate)
        self._new_hit, self._new_results = maker(Hit), maker(Results)
        # Totals are counted when they are asked for, by whichever thread.
        self._turn = RLock()

    @cached_property
    def _executor(self) -> Executor:
        from searcher.query.executor import Executor

        return Executor(self._reader, self._analyzer, self._parameters, self._texts, self._noter)

    def search(self, query: str, options: Options) -> Results:
        """The hits for a query.

        Raises:
            ArgumentError: An option has a value that it does not take.
        """
        check(options)
        with self._turn:
            try:
                return self._search(query, options)
            except SearcherError:
                raise
            except ValueError as error:  # by which lists of terms are found to be damaged
                raise self._reader.corrupt(error) from error

    def _search(self, query: str, options: Options) -> Results:
        results = self._answer(query, options)
        # Where the best hits were asked for, none means that there is none: nothing is counted.
        wants_best = options.limit != 0 and options.offset == 0
        if not results.hits and (wants_best or not results.total):
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
        from searcher.index.vocabulary import Vocabulary
        from searcher.query.spelling.sounds import Sounds

        return Sounds(Vocabulary(self._reader))

    @cached_property
    def _completer(self) -> Completer:
        from searcher.query.completing import Completer

        return Completer(self._reader, self._analyzer, self._ranker, self._sounds)

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
        tree = _parse(query, options.syntax)
        highlights: dict[str, Highlight] = {}
        mask = self._filter(options)
        last = None if options.limit is None else options.offset + options.limit
        facets: dict[str, dict[str, int]] = {}
        found = None
        if last and options.sort == "relevance" and not options.facets:
            found = self._topk.find(tree, last, mask, highlights, need_all=options.mode == "all")
        fields: Iterable[_Found]
        if found is not None:
            fields = self._best_fields(found.rows, options.offset, last)
            total = Lazy(self._locked(found.total))
        else:
            match = self._execute(tree, mask, options, Trace(highlights=highlights))
            documents = np.flatnonzero(match.mask)
            scores = match.scores[documents]
            if options.sort == "date":
                fields = self._fields(self._by_date(documents, scores)[options.offset : last])
            else:
                fields = self._best_fields(_best(documents, scores, last), options.offset, last)
            count = int(documents.size)
            total = Lazy.known(count)
            facets = {name: self._facet(name, match.mask) for name in options.facets}
        highlighter = Highlighter(self._analyzer.folding, highlights.values())
        rank, width = options.offset, options.snippet_width
        hits: list[Hit] = []
        for score, each in fields:
            rank += 1
            hits.append(self._hit(rank, score, each, highlighter, width))
        hint = Lazy(self._locked(lambda: self._suggestion(results, options)))
        results: Results = self._new_results(
            query, describe(tree), tuple(hits), facets, total, hint, False
        )
        return results

    def _suggestion(self, results: Results, options: Options) -> str | None:
        return self._corrector.suggestion(results, options, _parser(options.syntax))

    def _execute(self, tree: Node, mask: Mask | None, options: Options, trace: Trace) -> Match:
        match = self._executor.execute(tree, need_all=options.mode == "all", trace=trace)
        if mask is not None:
            match.mask &= mask
        return match

    def _evaluate(self, condition: Node) -> Mask:
        """The documents that match a condition, deleted ones left out."""
        return self._executor.execute(condition, need_all=True).mask

    def _locked(self, work_out: Callable[[], T]) -> Callable[[], T]:
        def worked_out() -> T:
            with self._turn:
                try:
                    return work_out()
                except SearcherError:
                    raise
                except ValueError as error:
                    raise self._reader.corrupt(error) from error

        return worked_out

    def plan(self, query: str, options: Options) -> Plan | None:
        """A plain query, taken apart; None for any other."""
        tree = _parse(query, options.syntax)
        return plan(self._analyzer, tree, need_all=options.mode == "all")

    def rank(self, plan: Plan, k: int) -> list[Row]:
        """Ranking alone: the scores and numbers of the k best documents, from the best on."""
        found = self._topk.run(plan, k)
        if found is None:
            match = self._executor.execute(plan.tree, need_all=not plan.is_any)
            documents = np.flatnonzero(match.mask)
            rows = _best(documents, match.scores[documents], k)
            self._reader.sort_rows(rows)
            return rows[:k]
        return found.rows[:k]

    def explain(self, query: str, document_id: str, options: Options) -> Explanation | None:
        """How a document comes by its score; None if there is no such document."""
        check(options)
        number = self._reader.find(document_id)
        if number is None:
            return None
        tree = _parse(query, options.syntax)
        trace = Trace(explained=number)
        match = self._executor.execute(tree, need_all=options.mode == "all", trace=trace)
        terms = sorted(trace.contributions, key=lambda term: (-term.score, term.term))
        return Explanation(
            query=query,
            reading=describe(tree),
            id=document_id,
            matches=bool(match.mask[number]),
            score=float(match.scores[number]),
            terms=tuple(terms),
        )

    def highlighter(self, query: str, syntax: str = "query") -> Highlighter:
        """What marks the words of a query in any text."""
        trace = Trace()
        self._executor.execute(_parse(query, syntax), trace=trace)
        return Highlighter(self._analyzer.folding, trace.highlights.values())

    def _hit(
        self, rank: int, score: float, fields: Fields, highlighter: Highlighter, width: int
    ) -> Hit:
        document_id, title, body, rest, date = fields
        snippet, spans = highlighter.passage(title, body, width) if width else _NOTHING
        return self._new_hit(
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

    def _fields(self, rows: Sequence[Row]) -> Iterator[_Found]:
        """A few at a time, since they may be many."""
        for at in range(0, len(rows), _FEW):
            some = rows[at : at + _FEW]
            fields = self._reader.fields([number for _, number in some])
            yield from zip([score for score, _ in some], fields, strict=True)

    def _by_date(self, documents: Ids, scores: Floats) -> list[Row]:
        """The same from the newest document on, those without a date last."""
        instants = self._reader.instant[documents]
        keys = -np.where(np.isnan(instants), -np.inf, instants)
        return self._ordered(
            list(zip(keys.tolist(), documents.tolist(), scores.tolist(), strict=True))
        )

    def _ordered(self, rows: list[tuple[float, int, float]]) -> list[Row]:
        """Scores and documents by ascending key, those of equal keys by their ids.

        Args:
            rows: Keys, documents and scores.
        """
        rows.sort()
        result: list[Row] = []
        start = 0
        for end in range(1, len(rows) + 1):
            if end < len(rows) and rows[end][0] == rows[start][0]:
                continue
            group = [(score, number) for _, number, score in rows[start:end]]
            if len(group) > 1:
                group.sort(key=lambda row: self._reader.document_id(row[1]))
            result += group
            start = end
        return result

    def _filter(self, options: Options) -> Mask | None:
        """Which documents the options allow; None for all that are not deleted."""
        if options.is_wide:
            return None
        masks: list[Mask] = []
        if options.since is not None:
            bound = _bound(options.since, "since")
            masks.append(getattr(self._reader, bound.column) >= bound.first)
        if options.until is not None:
            bound = _bound(options.until, "until")
            masks.append(getattr(self._reader, bound.column) < bound.after)
        for name, wanted in ((SOURCE, options.source), (TAG, options.tag)):
            if wanted is not None:
                masks.append(
                    self._with_value(name, [wanted] if isinstance(wanted, str) else wanted)
                )
        allowed: Mask = np.logical_and.reduce([self._reader.live, *masks])
        return allowed

    def _with_value(self, name: str, wanted: Sequence[str]) -> Mask:
        """The documents that have one of several values in a field."""
        fold = self._analyzer.folding.fold
        folded = {fold(value.strip()) for value in wanted}
        mask = np.zeros(self._reader.capacity, np.bool_)
        for value in self._reader.terms(name):
            if fold(value) in folded:
                mask[self._reader.postings(name, value).documents] = True
        return mask

    def _facet(self, name: str, mask: Mask) -> dict[str, int]:
        counts: dict[str, int] = {}
        if name == "year":
            local = self._reader.local[mask]
            local = local[~np.isnan(local)]
            seconds = np.floor(local).astype("datetime64[s]")
            years = np.minimum(seconds.astype("datetime64[Y]").astype(int) + 1970, MAXYEAR)
            for year, count in zip(*np.unique(years, return_counts=True), strict=True):
                counts[str(year)] = int(count)
        else:
            for value in self._reader.terms(name):
                count = int(mask[self._reader.postings(name, value).documents].sum())
                if count:
                    counts[value] = count
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


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


@dataclass(frozen=True, slots=True)
class _Bound:
    """A date to compare a column with: its first second and the first one after it."""

    column: str
    first: float
    after: float


def _bound(moment: Moment, name: str) -> _Bound:
    if isinstance(moment, datetime):
        instant, local = date_numbers(moment)
        if moment.utcoffset() is not None:
            return _Bound("instant", instant, instant + _TICK)
        return _Bound("local", local, local + _TICK)
    text = moment.isoformat() if isinstance(moment, date) else str(moment)
    period = parse_period(text.strip().lower())
    if period is None:
        raise ArgumentError(
            say(
                f"{name}: {text!r} is not a date such as 2022, 2022-03 or 2022-03-27",
                f"{name}：{text!r} 不是日期，请写成 2022、2022-03 或 2022-03-27",
            )
        )
    start, end = period
    after = float("inf") if end is None else date_numbers(end)[1]
    return _Bound("local", date_numbers(start)[1], after)
