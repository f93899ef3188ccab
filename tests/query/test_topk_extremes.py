"""Ranking by weights that nobody would choose, and while another query runs."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from searcher.index.fields import BODY, GRAMS, TITLE
from searcher.kernel import load
from searcher.query.bm25f import Parameters
from searcher.query.ranking import Ranker
from searcher.query.sought import CHANNELS, sought
from tests.index.columnar_tools import ENGINES, using
from tests.query.test_topk import (
    TIMES,
    Collection,
    Exhaustive,
    Query,
    best,
    made,
    name,
    rows_of,
    sought_terms,
)

# What terms are multiplied with. Single precision has no number for the first and the last, and one
# of a few bits for the second; beside any other in a query, the scores of some vanish.
FACTORS = (1e-60, 1e-43, 1e-25, 1.0, 1e25, 1e30, 1e45)
# With the last one scores are small where terms weigh more than single precision has numbers for.
WEIGHINGS = (Parameters(), Parameters(fields={TITLE: 1e-12, BODY: 1e-12}))


@pytest.fixture(scope="module", params=["large segments of other lengths", "small segments"])
def made_up(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Collection]:
    yield made(request.param, tmp_path_factory.mktemp("made") / "index")


def assert_finds_the_best(
    ranker: Ranker, exhaustive: Exhaustive, made_up: Collection, query: Query, times: int
) -> None:
    """However often a query is asked, what is found is what exhaustive scoring puts first."""
    hits = np.flatnonzero(made_up.hits(query.terms, None))
    expected = best(made_up.reader, rows_of(hits, exhaustive.scores(query)), query.k)
    for time in range(times):
        found = ranker.top_k(sought_terms(query), query.k)
        assert best(made_up.reader, found, query.k) == expected, (time, query)


@pytest.mark.parametrize("parameters", WEIGHINGS, ids=["as always", "of small fields"])
@pytest.mark.parametrize("engine", ENGINES)
def test_the_best_are_found_whatever_the_terms_weigh(
    made_up: Collection, engine: str, parameters: Parameters
) -> None:
    chance = random.Random(29)
    exhaustive = Exhaustive(made_up, parameters)
    with using(engine):
        ranker = Ranker(made_up.reader, parameters)
        for number in range(42):
            factors = [FACTORS[number % len(FACTORS)]] if number < 21 else FACTORS
            terms = [
                (*term, chance.choice(factors), True)
                for term in chance.sample(made_up.terms, chance.choice([1, 2, 3, 12]))
            ]
            query = Query(terms, chance.choice([1, 10, 40]), None)
            assert_finds_the_best(ranker, exhaustive, made_up, query, TIMES)


@pytest.mark.parametrize("engine", ENGINES)
def test_hits_that_are_worth_nothing_are_hits(made_up: Collection, engine: str) -> None:
    """However many of the terms they have."""
    chance = random.Random(31)
    parameters = Parameters(fields={TITLE: 0.0, BODY: 0.0})
    exhaustive = Exhaustive(made_up, parameters)
    with using(engine):
        ranker = Ranker(made_up.reader, parameters)
        for _ in range(40):
            terms = [(*term, 1.0, True) for term in chance.sample(made_up.terms, 12)]
            query = Query(terms, chance.choice([1, 10, 100]), None)
            assert_finds_the_best(ranker, exhaustive, made_up, query, TIMES)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("factor", [0.0, 1e-29])
def test_what_a_term_weighed_before_does_not_matter(
    made_up: Collection, engine: str, factor: float
) -> None:
    """What the kernel finds out about a list is still so where all of it was worth nothing then."""
    exhaustive = Exhaustive(made_up, Parameters())
    with using(engine):
        ranker = Ranker(made_up.reader, Parameters())
        for term in made_up.terms[::3]:
            for _ in range(TIMES):
                ranker.top_k([sought(*term, factor)], 10)
            query = Query([(*term, 1.0, True)], 10, None)
            assert_finds_the_best(ranker, exhaustive, made_up, query, 1)


class Asking(Ranker):
    """A ranker of which the kernel is to be had."""

    def opened(self, kernel: Any, meanwhile: Callable[[], None]) -> Any:
        """Its segments, with something that happens whenever they have documents counted."""
        segments = self._reader.segments
        ranked = [
            (one.allowed, *(self._channel(one, channel, kernel.Channel) for channel in CHANNELS))
            for one in segments
        ]

        def frequency(at: int, channel: int, start: int) -> int:
            meanwhile()
            return segments[at].document_frequency(CHANNELS[channel], start)

        return kernel.Segments(
            ranked, self._reader.count, (1.0, 1.0), frequency, self._reader.first_ids
        )


def test_queries_that_run_while_documents_are_counted_do_not_mix(made_up: Collection) -> None:
    """Python counts the documents that are there, and may let another thread ask meanwhile."""
    with using("kernel"):
        kernel: Any = load("postings")
        ranker = Asking(made_up.reader, Parameters())
        terms = [sought(name(GRAMS, number), GRAMS) for number in range(8)]
        expected = [ranker.top_k([term], 10) for term in terms]
        # Whatever place a term is remembered in, some of these are remembered there as well.
        others = [sought(f"不在{number}", GRAMS) for number in range(2000)]
        depth = 0

        def meanwhile() -> None:
            nonlocal depth
            if not depth:
                depth += 1
                segments.frequencies(others)
                depth -= 1

        segments = ranker.opened(kernel, meanwhile)
        for _ in range(2):
            assert [segments.top_k([term], 10, None) for term in terms] == expected


def test_a_channel_is_that_of_one_index(made_up: Collection) -> None:
    """What it knows of lengths goes with the first, so another one would find nothing there."""
    with using("kernel"):
        kernel: Any = load("postings")
        ranker, segments = Ranker(made_up.reader, Parameters()), made_up.reader.segments
        opened = [
            (one.allowed, *(ranker._channel(one, channel, kernel.Channel) for channel in CHANNELS))
            for one in segments
        ]
        reader = made_up.reader
        others = reader.count, (1.0, 1.0), lambda *_: 1, reader.first_ids
        first = kernel.Segments(opened, *others)
        with pytest.raises(ValueError, match="a channel belongs to one segment"):
            kernel.Segments(opened, *others)
        terms = [sought(*term) for term in made_up.terms]
        assert first.top_k(terms, 10, None)
