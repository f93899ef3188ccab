"""A search, from the query as typed to the hits as shown, over an index in a cluster.

The cluster finds the documents and ranks them; the closer look at the best of them, the snippets
and what is suggested are made here, by the code that does it for an index on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from searcher.cluster.encoding import key_of
from searcher.cluster.engine import Build, Engine, document_of
from searcher.cluster.explaining import contributions_of
from searcher.cluster.filtering import facet_of, facet_request, filters_of
from searcher.cluster.frequencies import ClusterFrequencies
from searcher.cluster.matching import PatternMatcher
from searcher.cluster.snapshot import Snapshot
from searcher.cluster.translating import NOTHING, Lookups, Query, Translator, filtering
from searcher.cluster.vocabulary import ClusterVocabulary
from searcher.documents.model import Document
from searcher.errors import ArgumentError, IndexNotFound
from searcher.language import say
from searcher.query import similar
from searcher.query.added import Adder
from searcher.query.analysis import AnalyzedText, analyze
from searcher.query.bm25f import Parameters
from searcher.query.grammar import parse
from searcher.query.highlights import Highlight
from searcher.query.noting import Noter
from searcher.query.options import Options, check
from searcher.query.reranking import BLOCK, Reranker, Reranking, plain_texts, whole_blocks
from searcher.query.results import Explanation, Hit, Lazy, Results, Snippet, Span
from searcher.query.snippets import Highlighter
from searcher.query.sought import Sought, sought
from searcher.query.tree import Node, Words, describe
from searcher.text import Analyzer

if TYPE_CHECKING:
    from searcher.query.spelling.corrector import Corrector
    from searcher.query.spelling.sounds import Sounds

_SHOWN = ("id", "title", "body", "date", "source", "tags", "url", "path")
_WITHOUT_BODY = tuple(name for name in _SHOWN if name != "body")
_WINDOW = 10_000  # hits that the cluster gives without being asked page by page
_PAGE = 30 * BLOCK  # hits that are asked for at once, of all
_BY_SCORE: list[Any] = [{"_score": "desc"}, {"id": "asc"}]
_BY_DATE: list[Any] = [{"instant": {"order": "desc", "missing": "_last"}}, {"id": "asc"}]
_NOTHING: tuple[Snippet, tuple[Span, ...]] = (Snippet(""), ())

Row = tuple[float, dict[str, Any]]  # a score, and what is kept of a document


class ClusterSearch:
    """Searches one build of an index, as it is at the moment."""

    def __init__(self, engine: Engine, build: Build, parameters: Parameters | None = None) -> None:
        """Take the build."""
        self._engine = engine
        self._build = build
        self._analyzer: Analyzer = build.analyzer
        self._parameters = parameters or Parameters()
        self._snapshot = Snapshot(engine, build)

    @property
    def build(self) -> Build:
        """The build that is searched."""
        return self._build

    def forget(self) -> None:
        """Look everything up again: something was written."""
        self._snapshot = Snapshot(self._engine, self._build)

    def search(self, query: str, options: Options) -> Results:
        """The hits for a query.

        Raises:
            ArgumentError: An option has a value that it does not take.
            ClusterError: The cluster does not answer.
        """
        check(options)
        if not self._snapshot.is_fresh:
            self.forget()
        results = self._answer(query, options)
        if not results.hits and (options.wants_best or not results.total):
            read = self._corrector.spelt_out(query, options, _parser(options.syntax))
            return results if read is None else read
        return results

    def highlighter(self, query: str, syntax: str = "query") -> Highlighter:
        """What marks the words of a query in any text."""
        highlights: dict[str, Highlight] = {}
        tree = _parser(syntax)(query)
        # No document is looked for.
        self._translated(tree, need_all=False, highlights=highlights, within=[NOTHING])
        return Highlighter(self._analyzer.folding, highlights.values())

    def complete(self, text: str, limit: int) -> list[tuple[str, int]]:
        """How a text that was begun can go on, each with how many documents have it.

        Raises:
            ArgumentError: The text is no string, or the limit no whole number.
        """
        from searcher.cluster.completing import complete

        if not isinstance(text, str) or limit is None:
            raise ArgumentError(
                say(
                    f"a string is completed up to a limit, not {text!r:.40} up to {limit!r}",
                    f"补全需要字符串和数目：{text!r:.40}，{limit!r}",
                )
            )
        check(Options(limit=limit))
        return complete(text, limit, self._analyzer, self._vocabulary, self._engine, self._build)

    def explain(self, query: str, document_id: str, options: Options) -> Explanation | None:
        """How a document comes by its score; None if there is no such document."""
        check(options)
        if self.document(document_id) is None:
            return None
        tree = self._tree(query, options)
        need_all = options.mode == "all"
        this: Query = {"term": {"id": document_id}}
        found = self._translated(tree, need_all=need_all, highlights={}, within=[this])
        only = {"bool": {"must": [found], "filter": [this]}}
        body = {"query": only, "size": 1, "explain": True, "_source": list(_SHOWN)}
        hits = self._engine.search(self._build, body)["hits"]["hits"]
        if not hits:
            return Explanation(query, describe(tree), document_id, False, 0.0, ())
        hit = hits[0]
        factors = self._engine.score_factor, self._engine.plain_score_factor
        terms = contributions_of(hit["_explanation"], factors)
        score = float(hit["_score"])
        closer = []
        reranking = self._reranking(tree, need_all)
        if reranking is not None:
            texts = _texts(hit["_source"])
            closer = reranking.contributions(texts)
            score += reranking.scores([texts])[0]
        terms.sort(key=lambda term: (-term.score, term.term))
        return Explanation(query, describe(tree), document_id, True, score, (*terms, *closer))

    def similar(self, document_id: str, options: Options) -> Results | None:
        """The documents that are most like one; None if there is no such document.

        Raises:
            ArgumentError: An option has a value that it does not take.
        """
        check(options)
        document = self.document(document_id)
        if document is None:
            return None
        snapshot = self._snapshot
        terms = snapshot.gathered(
            lambda: similar.telling_terms(
                self._analyzer,
                document.title,
                document.body,
                snapshot.document_frequency,
                snapshot.count,
            )
        )
        translator = self._translator(PatternMatcher(self._engine, self._build, [NOTHING]))
        clauses = [translator.term(term.term, term.channel, None, term.factor) for term in terms]
        strong = [
            clause
            for clause, (_, _, _, is_strong) in zip(
                clauses, similar.sought_terms(terms), strict=True
            )
            if is_strong
        ]
        query: Query = {
            "bool": {
                "must": [{"bool": {"should": strong, "minimum_should_match": 1}}],
                "should": clauses[len(strong) :],
                "must_not": [{"term": {"id": document_id}}],
                "filter": self._filters(options),
            }
        }
        highlighter = Highlighter(self._analyzer.folding, similar.highlights(terms))
        last = None if options.limit is None else options.offset + options.limit
        rows = self._rows(query, _BY_SCORE, options.offset, last) if terms else iter(())
        return Results(
            " ".join(term.term for term in terms),
            similar.describe(document_id, terms),
            self._hits(rows, highlighter, options),
            {},
            Lazy(lambda: self._total(query) if terms else 0),
            Lazy[str | None].known(None),
            False,
        )

    def document(self, document_id: str) -> Document | None:
        """A document that can be found; None if there is none of this id."""
        from searcher.cluster.schema import KEPT

        def call(client: Any) -> Any:
            return client.get(
                index=self._build.name,
                id=key_of(document_id),
                realtime=False,
                _source_includes=list(KEPT),
                ignore=[404],
            )

        found = self._engine.connection.ask(call)
        if "error" in found:  # the build is not there any more
            raise self._engine.not_found()
        return document_of(found["_source"]) if found.get("found") else None

    def _answer(self, query: str, options: Options) -> Results:
        """The hits for a query as it was typed."""
        tree = self._tree(query, options)
        highlights: dict[str, Highlight] = {}
        need_all = options.mode == "all"
        filters = self._filters(options)
        found = self._translated(tree, need_all=need_all, highlights=highlights, within=filters)
        if filters:
            found = {"bool": {"must": [found], "filter": filters}}
        last = None if options.limit is None else options.offset + options.limit
        reranking = self._reranking(tree, need_all)
        facets: dict[str, dict[str, int]] = {}
        if options.facets:
            facets = self._facets(found, options.facets)
        rows: Iterator[Row]
        if last == 0 or last == options.offset:
            rows = iter(())
        elif options.sort == "date":
            rows = self._rows(found, _BY_DATE, options.offset, last)
            if reranking is not None:
                rows = _with_added(rows, reranking)
        elif reranking is not None:
            rows = self._in_order(found, reranking, options.offset, last)
        else:
            shown = _SHOWN if options.snippet_width else _WITHOUT_BODY
            rows = self._rows(found, _BY_SCORE, options.offset, last, shown)
        highlighter = Highlighter(self._analyzer.folding, highlights.values())
        hits = self._hits(rows, highlighter, options)
        total = Lazy(lambda: self._total(found))
        # Not of the results themselves, which would be garbage that is not freed at once.
        given = len(hits)
        hint = Lazy(lambda: self._suggestion(query, given, total, options))
        return Results(query, describe(tree), hits, facets, total, hint, False)

    def _suggestion(self, query: str, given: int, total: Lazy[int], options: Options) -> str | None:
        parse = _parser(options.syntax)
        return self._corrector.suggestion(query, given, total, options, parse)

    def _tree(self, query: str, options: Options) -> Node:
        tree = _parser(options.syntax)(query)
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
        ids = [hit.id for hit in self._answer(query, asked)]
        best = [one for one in map(self.document, ids) if one is not None]
        snapshot = self._snapshot
        return snapshot.gathered(
            lambda: expanded(
                tree, best, self._analyzer, snapshot.document_frequency, snapshot.count
            )
        )

    def _translated(
        self,
        tree: Node,
        *,
        need_all: bool,
        highlights: dict[str, Highlight],
        within: Sequence[Query],
    ) -> Query:
        """The query for a tree, of which only documents are wanted that some filters leave."""
        matcher = PatternMatcher(self._engine, self._build, within)

        def translated() -> tuple[Query, dict[str, Highlight]]:
            noted: dict[str, Highlight] = {}
            translator = self._translator(matcher)
            return translator.translate(tree, need_all=need_all, highlights=noted), noted

        query, noted = self._snapshot.gathered(translated)
        highlights |= noted
        return query

    @property
    def _frequencies(self) -> ClusterFrequencies:
        return ClusterFrequencies(self._snapshot)

    def _translator(self, matcher: PatternMatcher) -> Translator:
        snapshot, parameters, analyzer = self._snapshot, self._parameters, self._analyzer
        frequencies = self._frequencies
        lookups = Lookups(
            snapshot.document_frequency,
            lambda: snapshot.count,
            lambda: snapshot.kept,
            lambda query: self._engine.counts(self._build, [query])[0],
            self._vocabulary.accepted,
            matcher.matching,
        )
        noter = Noter(frequencies, snapshot.count)
        adder = Adder(frequencies, analyzer, parameters, snapshot.count)
        factors = self._engine.score_factor, self._engine.plain_score_factor
        return Translator(analyzer, parameters, lookups, noter, adder, factors)

    @cached_property
    def _vocabulary(self) -> ClusterVocabulary:
        return ClusterVocabulary(self._engine, self._build)

    @property
    def _corrector(self) -> Corrector:
        from searcher.query.spelling.corrector import Corrector
        from searcher.query.spelling.speller import Speller

        snapshot = self._snapshot
        frequency = snapshot.document_frequency
        speller = Speller(snapshot, self._analyzer, frequency, lambda: self._sounds)
        return Corrector(speller, self._answer)

    @cached_property
    def _sounds(self) -> Sounds:
        from searcher.query.spelling.sounds import Sounds

        return Sounds(self._vocabulary)

    def _reranking(self, tree: Node, need_all: bool) -> Reranking | None:
        texts: list[tuple[AnalyzedText, list[Sought], float]] = []
        for text, factor in plain_texts(tree, need_all):
            analyzed = analyze(self._analyzer, text)
            terms = [sought(term.term, term.channel) for term in analyzed.terms]
            texts.append((analyzed, terms, factor))
        if not texts:
            return None
        reranker = Reranker(
            self._snapshot, self._frequencies, self._analyzer.folding, self._parameters
        )
        return self._snapshot.gathered(lambda: reranker.prepared(texts))

    def _filters(self, options: Options) -> list[Query]:
        return filters_of(options, self._analyzer.folding.fold)

    def _facets(self, found: Query, names: Sequence[str]) -> dict[str, dict[str, int]]:
        body = {
            "size": 0,
            "query": filtering(found),
            "aggs": {name: facet_request(name) for name in names},
        }
        counted = self._engine.search(self._build, body)["aggregations"]
        return {
            name: facet_of(name, counted[name], self._snapshot.names_of(name)) for name in names
        }

    def _total(self, found: Query) -> int:
        try:
            return self._engine.counts(self._build, [filtering(found)])[0]
        except IndexNotFound:  # replaced since the hits were found: how many there are now
            now = self._engine.successor(self._build)
            return self._engine.counts(now, [filtering(found)])[0]

    def _in_order(
        self, found: Query, reranking: Reranking, first: int, last: int | None
    ) -> Iterator[Row]:
        """Documents put in order within their blocks; see ``searcher.query.reranking``."""
        start = first // BLOCK * BLOCK
        end = None if last is None else whole_blocks(last)
        block: list[Row] = []
        at = start
        for row in self._rows(found, _BY_SCORE, start, end):
            block.append(row)
            if len(block) == BLOCK:
                yield from _closer(block, reranking)[max(first - at, 0) : _left(last, at)]
                block, at = [], at + BLOCK
        yield from _closer(block, reranking)[max(first - at, 0) : _left(last, at)]

    def _rows(
        self,
        found: Query,
        sort: list[Any],
        first: int,
        last: int | None,
        shown: Sequence[str] = _SHOWN,
    ) -> Iterator[Row]:
        """The hits from one place on up to another, in the order of the cluster."""
        body: dict[str, Any] = {
            "query": found,
            "sort": sort,
            "track_scores": True,
            "track_total_hits": False,
            "_source": list(shown),
        }
        if last is not None and last <= _WINDOW:
            hits = self._engine.search(self._build, {**body, "from": first, "size": last - first})
            yield from map(_row, hits["hits"]["hits"])
            return
        at = 0
        while last is None or at < last:
            size = _PAGE if last is None else min(_PAGE, last - at)
            page = self._engine.search(self._build, {**body, "size": size})["hits"]["hits"]
            yield from map(_row, page[max(first - at, 0) :])
            at += len(page)
            if len(page) < size:
                return
            body["search_after"] = page[-1]["sort"]

    def _hits(
        self, rows: Iterable[Row], highlighter: Highlighter, options: Options
    ) -> tuple[Hit, ...]:
        width = options.snippet_width
        hits: list[Hit] = []
        for rank, (score, kept) in enumerate(rows, options.offset + 1):
            document = document_of(kept)
            snippet, spans = _NOTHING
            if width:
                snippet, spans = highlighter.passage(document.title, document.body, width)
            hits.append(
                Hit(
                    rank,
                    document.id,
                    score,
                    document.title,
                    document.path,
                    document.date,
                    document.source,
                    document.tags,
                    snippet,
                    spans,
                    document.url,
                )
            )
        return tuple(hits)


def _row(hit: dict[str, Any]) -> Row:
    return float(hit["_score"] or 0.0), hit["_source"]


def _texts(kept: dict[str, Any]) -> tuple[str, str]:
    return kept["title"], kept["body"]


def _closer(block: list[Row], reranking: Reranking) -> list[Row]:
    added = reranking.scores([_texts(kept) for _, kept in block])
    rows = [(score + more, kept) for (score, kept), more in zip(block, added, strict=True)]
    rows.sort(key=lambda row: (-row[0], row[1]["id"]))
    return rows


def _left(last: int | None, at: int) -> int | None:
    return None if last is None else max(last - at, 0)


def _with_added(rows: Iterable[Row], reranking: Reranking) -> Iterator[Row]:
    for score, kept in rows:
        yield score + reranking.scores([_texts(kept)])[0], kept


def _parser(syntax: str) -> Callable[[str], Node]:
    return Words if syntax == "plain" else parse
