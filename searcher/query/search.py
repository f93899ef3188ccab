"""A search, from the query as typed to the hits as shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING

from searcher.errors import ArgumentError, SearcherError
from searcher.index.columnar.arrays import Floats, Ids, Mask
from searcher.index.dates import date_numbers
from searcher.index.fields import SOURCE, TAG
from searcher.index.reader import IndexReader
from searcher.index.stored import Record
from searcher.language import say
from searcher.lazy import np
from searcher.query.bm25f import Parameters
from searcher.query.contains import TextMatcher
from searcher.query.dates import parse_period
from searcher.query.grammar import parse
from searcher.query.noting import Noter
from searcher.query.plan import Plan, plan
from searcher.query.ranking import Ranker, Row
from searcher.query.results import Explanation, Hit, Lazy, Results, Snippet
from searcher.query.snippets import Highlighter
from searcher.query.topk import TopK
from searcher.query.tracing import Trace
from searcher.query.tree import Node, Words, describe
from searcher.text import Analyzer

if TYPE_CHECKING:
    from searcher.query.executor import Executor, Match

FACETS = ("source", "tag", "year")
SYNTAXES = ("query", "plain")
MODES = ("any", "all")
SORTS = ("relevance", "date")
Moment = str | date | datetime
_TICK = 1e-6  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to search; see ``searcher.Index.search`` for what each means."""

    limit: int | None = 10
    offset: int = 0
    syntax: str = "query"
    mode: str = "any"
    since: Moment | None = None
    until: Moment | None = None
    source: str | Sequence[str] | None = None
    tag: str | Sequence[str] | None = None
    sort: str = "relevance"
    facets: Sequence[str] = ()
    snippet_width: int = 160


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
        ranker = Ranker(reader, parameters)
        self._texts = TextMatcher(reader, ranker, analyzer.folding)
        self._noter = Noter(ranker, reader.count)
        self._topk = TopK(reader, analyzer, ranker, self._texts, self._noter, self._evaluate)
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
        _check(options)
        with self._turn, self._guard():
            return self._search(query, options)

    def _search(self, query: str, options: Options) -> Results:
        tree = _parse(query, options.syntax)
        trace = Trace()
        mask = self._filter(options)
        last = None if options.limit is None else options.offset + options.limit
        facets: dict[str, dict[str, int]] = {}
        found = None
        if last and options.sort == "relevance" and not options.facets:
            found = self._topk.find(
                tree, last, mask, trace.highlights, need_all=options.mode == "all"
            )
        if found is not None:
            order = self._by_score(found.rows)
            total = Lazy(self._locked(found.total))
        else:
            match = self._execute(tree, mask, options, trace)
            documents = np.flatnonzero(match.mask)
            scores = match.scores[documents]
            if options.sort == "date":
                order = self._by_date(documents, scores)
            else:
                order = self._by_score(_best(documents, scores, last))
            count = int(documents.size)
            total = Lazy(lambda: count)
            facets = {name: self._facet(name, match.mask) for name in options.facets}
        highlighter = Highlighter(self._analyzer.folding, trace.highlights.values())
        hits = tuple(
            [
                self._hit(rank, number, score, highlighter, options)
                for rank, (number, score) in enumerate(
                    order[options.offset : last], start=options.offset + 1
                )
            ]
        )
        return Results(query, describe(tree), hits, facets, total)

    def _execute(self, tree: Node, mask: Mask | None, options: Options, trace: Trace) -> Match:
        match = self._executor.execute(tree, need_all=options.mode == "all", trace=trace)
        if mask is not None:
            match.mask &= mask
        return match

    def _evaluate(self, condition: Node) -> Mask:
        """The documents that match a condition, deleted ones left out."""
        return self._executor.execute(condition, need_all=True).mask

    def _locked(self, count: Callable[[], int]) -> Callable[[], int]:
        def counted() -> int:
            with self._turn, self._guard():
                return count()

        return counted

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """What the lists of terms are found to be damaged by is told as such."""
        try:
            yield
        except SearcherError:
            raise
        except ValueError as error:
            raise self._reader.corrupt(error) from error

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
            return self._ranked(_best(documents, match.scores[documents], k))[:k]
        return found.rows[:k]

    def _ranked(self, rows: list[Row]) -> list[Row]:
        self._reader.sort_rows(rows)
        return rows

    def explain(self, query: str, document_id: str, options: Options) -> Explanation | None:
        """How a document comes by its score; None if there is no such document."""
        _check(options)
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
        self,
        rank: int,
        number: int,
        score: float,
        highlighter: Highlighter,
        options: Options,
    ) -> Hit:
        record = self._reader.record(number)
        rest = record.rest
        width = options.snippet_width
        return Hit(
            rank,
            rest["id"],
            score,
            record.title,
            rest.get("path"),
            record.date,
            rest.get("source"),
            tuple(rest.get("tags", ())),
            highlighter.snippet(_without_title(record), width) if width else Snippet(""),
            highlighter.spans(record.title) if width else (),
            rest.get("url"),
        )

    def _by_score(self, rows: list[Row]) -> list[tuple[int, float]]:
        """Documents with their scores, from the best on, equal ones by their ids."""
        self._reader.sort_rows(rows)
        return [(number, score) for score, number in rows]

    def _by_date(self, documents: Ids, scores: Floats) -> list[tuple[int, float]]:
        """The documents from the newest on, those without a date last, equal ones by ids."""
        instants = self._reader.instant[documents]
        keys = -np.where(np.isnan(instants), -np.inf, instants)
        return self._ordered(
            list(zip(keys.tolist(), documents.tolist(), scores.tolist(), strict=True))
        )

    def _ordered(self, rows: list[tuple[float, int, float]]) -> list[tuple[int, float]]:
        """Documents and their scores by ascending key, those of equal keys by their ids.

        Args:
            rows: Keys, documents and scores.
        """
        rows.sort()
        result: list[tuple[int, float]] = []
        start = 0
        for end in range(1, len(rows) + 1):
            if end < len(rows) and rows[end][0] == rows[start][0]:
                continue
            group = [(number, score) for _, number, score in rows[start:end]]
            if len(group) > 1:
                group.sort(key=lambda row: self._reader.document_id(row[0]))
            result += group
            start = end
        return result

    def _filter(self, options: Options) -> Mask | None:
        """Which documents the options allow; None for all that are not deleted."""
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
        if not masks:
            return None
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


def _best(documents: Ids, scores: Floats, last: int | None) -> list[Row]:
    """The scores and numbers of the ``last`` best documents and of those as good as the last."""
    if last == 0:
        return []
    if last is not None and last < documents.size:
        threshold = np.partition(scores, documents.size - last)[documents.size - last]
        chosen = scores >= threshold
        documents, scores = documents[chosen], scores[chosen]
    return list(zip(scores.tolist(), documents.tolist(), strict=True))


def _without_title(record: Record) -> str:
    """The body without its title, if it begins with it and goes on."""
    body = record.body.lstrip()
    rest = body.removeprefix(record.title)
    return rest if rest.startswith("\n") and rest.strip() else body


def _parse(query: str, syntax: str) -> Node:
    return Words(query) if syntax == "plain" else parse(query)


def _check(options: Options) -> None:
    if not _is_usual(options):
        _check_each(options)


def _is_usual(options: Options) -> bool:
    """Whether there is nothing to complain about, which is soon told."""
    return (
        options.syntax in SYNTAXES
        and options.mode in MODES
        and options.sort in SORTS
        and not options.facets
        and type(options.limit) is type(options.offset) is type(options.snippet_width) is int
        and options.limit >= 0
        and options.offset >= 0
        and options.snippet_width >= 0
    )


def _check_each(options: Options) -> None:
    for name, value, choices in (
        ("syntax", options.syntax, SYNTAXES),
        ("mode", options.mode, MODES),
        ("sort", options.sort, SORTS),
        *(("facets", facet, FACETS) for facet in options.facets),
    ):
        if value not in choices:
            allowed = ", ".join(choices)
            raise ArgumentError(
                say(
                    f"{name} cannot be {value!r}; it is one of: {allowed}",
                    f"{name} 不能是 {value!r}，可以是：{allowed}",
                )
            )
    for name, number in (
        ("limit", options.limit),
        ("offset", options.offset),
        ("snippet_width", options.snippet_width),
    ):
        if number is not None and not isinstance(number, int):
            raise ArgumentError(
                say(f"{name} must be a whole number: {number!r}", f"{name} 必须是整数：{number!r}")
            )
        if number is not None and number < 0:
            raise ArgumentError(
                say(f"{name} cannot be negative: {number}", f"{name} 不能是负数：{number}")
            )


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
