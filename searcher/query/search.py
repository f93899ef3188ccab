"""A search, from the query as typed to the hits as shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime

import numpy as np

from searcher.documents.model import Document
from searcher.errors import ArgumentError
from searcher.index.prepare import date_numbers
from searcher.index.reader import Floats, Ids, IndexReader
from searcher.index.schema import SOURCE, TAG
from searcher.language import say
from searcher.query.bm25f import Parameters
from searcher.query.dates import parse_period
from searcher.query.executor import Executor, Mask, Trace
from searcher.query.grammar import parse
from searcher.query.results import Explanation, Hit, Results, Snippet
from searcher.query.snippets import Highlighter
from searcher.query.tree import Node, Words, describe
from searcher.text import Analyzer

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
        self._executor = Executor(reader, analyzer, parameters or Parameters())

    def search(self, query: str, options: Options) -> Results:
        """The hits for a query.

        Raises:
            ArgumentError: An option has a value that it does not take.
        """
        _check(options)
        tree = _parse(query, options.syntax)
        trace = Trace()
        match = self._executor.execute(tree, need_all=options.mode == "all", trace=trace)
        match.mask &= self._filter(options)
        documents = np.flatnonzero(match.mask).astype(np.int64)
        last = None if options.limit is None else options.offset + options.limit
        if options.sort == "date":
            order = self._by_date(documents)
        else:
            order = self._by_score(documents, match.scores, last)
        highlighter = Highlighter(self._analyzer.folding, trace.highlights.values())
        hits = tuple(
            self._hit(rank, number, float(match.scores[number]), highlighter, options)
            for rank, number in enumerate(order[options.offset : last], start=options.offset + 1)
        )
        facets = {name: self._facet(name, match.mask) for name in options.facets}
        return Results(query, describe(tree), hits, int(documents.size), facets)

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
        document = self._reader.document(number)
        width = options.snippet_width
        return Hit(
            rank=rank,
            id=document.id,
            score=score,
            title=document.title,
            path=document.path,
            date=document.date,
            source=document.source,
            tags=document.tags,
            snippet=highlighter.snippet(_without_title(document), width) if width else Snippet(""),
            title_spans=highlighter.spans(document.title) if width else (),
            url=document.url,
        )

    def _by_score(self, documents: Ids, scores: Floats, last: int | None) -> list[int]:
        """The documents from the best on, equal ones by their ids; at least ``last`` of them."""
        values = scores[documents]
        if last == 0:
            return []
        if last is not None and last < documents.size:
            # All that score as much as the last one that is wanted: which of them is, ids say.
            threshold = np.partition(values, documents.size - last)[documents.size - last]
            chosen = values >= threshold
            documents, values = documents[chosen], values[chosen]
        return self._ordered(documents, -values)

    def _by_date(self, documents: Ids) -> list[int]:
        """The documents from the newest on, those without a date last, equal ones by ids."""
        instants = self._reader.numbers["instant"][documents]
        return self._ordered(documents, -np.where(np.isnan(instants), -np.inf, instants))

    def _ordered(self, documents: Ids, keys: Floats) -> list[int]:
        """The documents by ascending key, those of equal keys by their ids."""
        order = np.argsort(keys, kind="stable")
        documents, keys = documents[order], keys[order]
        result: list[int] = []
        for equal in np.split(documents, np.flatnonzero(keys[1:] != keys[:-1]) + 1):
            if equal.size > 1:
                result += sorted(equal.tolist(), key=self._reader.document_id)
            else:
                result += equal.tolist()
        return result

    def _filter(self, options: Options) -> Mask:
        mask = np.ones(self._reader.capacity, np.bool_)
        if options.since is not None:
            bound = _bound(options.since, "since")
            mask &= self._reader.numbers[bound.column] >= bound.first
        if options.until is not None:
            bound = _bound(options.until, "until")
            mask &= self._reader.numbers[bound.column] < bound.after
        for name, wanted in ((SOURCE, options.source), (TAG, options.tag)):
            if wanted is not None:
                mask &= self._with_value(name, [wanted] if isinstance(wanted, str) else wanted)
        return mask

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
            local = self._reader.numbers["local"][mask]
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


def _without_title(document: Document) -> str:
    """The body without its title, if it begins with it and goes on."""
    body = document.body.lstrip()
    rest = body.removeprefix(document.title)
    return rest if rest.startswith("\n") and rest.strip() else body


def _parse(query: str, syntax: str) -> Node:
    return Words(query) if syntax == "plain" else parse(query)


def _check(options: Options) -> None:
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
