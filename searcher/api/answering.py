"""Answering many queries of one batch: in a worker process, in a form that takes little to send."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from searcher.api.state import State
from searcher.index.serving import serve
from searcher.index.store import Store
from searcher.query.options import Options
from searcher.query.results import Hit, Lazy, Results, Snippet, Span
from searcher.query.search import Search

Identity = tuple[str, int]  # the folder of an index in force, and its generation

_Kept = tuple[str, float, str, str | None, datetime | None, str | None, tuple[str, ...]]
_Hit = tuple[_Kept, str, tuple[Span, ...], tuple[Span, ...], str | None]


class Opening(NamedTuple):
    """What a worker is told first.

    Attributes:
        path: The directory of the index.
        options: How to search.
        totals: Whether to count how many documents match, in any case.
    """

    path: Path
    options: Options
    totals: bool


class Identify(NamedTuple):
    """Open the index as it is now. The answer is an ``Identity``."""


class Queries(NamedTuple):
    """Answer these. The answer is a list of ``Told``."""

    queries: list[str]


Request = Identify | Queries


class Told(NamedTuple):
    """Results, as they are sent.

    Attributes:
        reading: How the query was read.
        first: How many hits were left out before these.
        hits: What each hit has.
        facets: The facets.
        total: How many documents match, if that was known; counting may take long.
        is_corrected: Whether the hits are those of the hint.
        hint: What is suggested, if that was known: where it is answered.
    """

    reading: str
    first: int
    hits: list[_Hit]
    facets: Mapping[str, Mapping[str, int]]
    total: int | None
    is_corrected: bool
    hint: str | None


Answer = Identity | list[Told]


def identity_of(state: State) -> Identity:
    """What tells a state of an index from any other."""
    return state.description.folder, state.reader.generation


def work() -> None:
    """The main program of a worker."""
    serve(lambda opening: _Answering(opening).answer)


class _Answering:
    def __init__(self, opening: Opening) -> None:
        self._store = Store(opening.path)
        self._options, self._totals = opening.options, opening.totals
        self._state: State | None = None

    def answer(self, request: Request) -> Answer:
        if isinstance(request, Identify):
            self._state = State(self._store)
            return identity_of(self._state)
        if self._state is None:
            raise RuntimeError("the index is not open")
        search, options = self._state.search, self._options
        # With these it is known already.
        totals = self._totals or bool(options.facets) or options.sort == "date"
        return [told(search.search(query, options), totals) for query in request.queries]


def told(results: Results, totals: bool) -> Told:
    """Results as they are sent, without what is not worked out yet."""
    return Told(
        results.reading,
        results.hits[0].rank - 1 if results.hits else 0,
        [_told_hit(hit) for hit in results.hits],
        results.facets,
        results.total if totals else None,
        results.is_corrected,
        results.suggestion if results.is_corrected else None,
    )


def results_of(query: str, told: Told, search: Search, options: Options) -> Results:
    """The results that were told.

    What they do not have is worked out when it is asked for, by a search of the same state.
    """
    again = Lazy(lambda: search.search(query, options))
    total, hint = told.total, told.hint
    return Results(
        query,
        told.reading,
        tuple([_hit(rank, one) for rank, one in enumerate(told.hits, told.first + 1)]),
        told.facets,
        Lazy(lambda: again.get().total) if total is None else Lazy.known(total),
        Lazy[str | None].known(hint) if told.is_corrected else Lazy(lambda: again.get().suggestion),
        told.is_corrected,
    )


def _told_hit(hit: Hit) -> _Hit:
    kept = hit.id, hit.score, hit.title, hit.path, hit.date, hit.source, hit.tags
    return kept, hit.snippet.text, hit.snippet.spans, hit.title_spans, hit.url


def _hit(rank: int, told: _Hit) -> Hit:
    kept, text, spans, title_spans, url = told
    return Hit(rank, *kept, Snippet(text, spans), title_spans, url)
