"""This project, as its users call it."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import searcher
from searcher.api.state import State
from searcher.index.columnar import textcache
from searcher.index.store import Store
from searcher.query import ranking
from searcher.query.bm25f import Parameters
from searcher.query.search import Options, Search
from tests.benchmarks.engines.engine import LIMIT, SNIPPET, Found, Ranking
from tests.benchmarks.queries import KINDS, Query

_CELLS = 2 * SNIPPET  # a snippet's width is given in cells, and Chinese characters take two


class Ours:
    """Both channels, words and bigrams."""

    kinds = frozenset(KINDS)

    def build(self, texts: Path, folder: Path, jobs: int) -> None:
        searcher.Index.build(folder / "index", [texts], jobs=jobs)

    def open(self, folder: Path) -> "OurSession":
        return OurSession(folder / "index")


class OursPlain(Ours):
    """The same, ranked by BM25F alone. Segments know bounds for the k1 that it shares."""

    def open(self, folder: Path) -> "OurSession":
        parameters = replace(Parameters.plain(), k1=Parameters().k1)
        return OurSession(folder / "index", parameters)


class OursFirst(Ours):
    """The same, as if each word were asked for the first time: no list or text is kept decoded."""

    def open(self, folder: Path) -> "OurSession":
        ranking.KEPT = textcache.KEPT = 0  # this process asks nothing else
        return OurSession(folder / "index")


class OurSession:
    """An index that is open."""

    def __init__(self, path: Path, parameters: Parameters | None = None) -> None:
        self._index = searcher.Index.open(path)
        self._state = State(Store(path))
        self._plain: Search | None = None
        if parameters is not None:
            self._plain = Search(self._state.reader, self._state.analyzer, parameters)
            self._state.search = self._plain

    def ranking(self, query: Query) -> Ranking:
        return rank(self._state, query)

    def search(self, query: Query) -> list[Found]:
        if self._plain is not None:
            asked = Options(limit=LIMIT, syntax=_syntax(query), mode=_mode(query))
            asked.snippet_width = _CELLS
            hits = self._plain.search(_typed(query), asked)
            return [(hit.title, hit.snippet.text) for hit in hits]
        results = self._index.search(
            _typed(query),
            limit=LIMIT,
            syntax=_syntax(query),
            mode=_mode(query),
            snippet_width=_CELLS,
        )
        return [(hit.title, hit.snippet.text) for hit in results]


def rank(state: State, query: Query) -> Ranking:
    """Ranking alone: no titles, no snippets, nothing marked."""
    options = Options(limit=LIMIT, syntax=_syntax(query), mode=_mode(query))
    plan = state.search.plan(_typed(query), options)
    if plan is None:  # a query that needs all documents looked at
        whole = Options(limit=LIMIT, syntax=_syntax(query), mode=_mode(query), snippet_width=0)
        return lambda: state.search.search(_typed(query), whole).hits
    return lambda: state.search.rank(plan, LIMIT)


def _typed(query: Query) -> str:
    return f'"{query.text}"' if query.kind == "phrase" else query.text


def _syntax(query: Query) -> Literal["query", "plain"]:
    return "plain" if query.kind == "question" else "query"


def _mode(query: Query) -> Literal["any", "all"]:
    return "all" if query.kind == "all" else "any"
