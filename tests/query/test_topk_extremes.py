"""Ranking while another query runs."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from searcher.index.fields import GRAMS
from searcher.kernel import load
from searcher.query.bm25f import Parameters
from searcher.query.ranking import Ranker
from searcher.query.sought import CHANNELS, sought
from tests.index.columnar_tools import using
from tests.query.test_topk import Collection, made, name


@pytest.fixture(scope="module", params=["large segments of other lengths", "small segments"])
def made_up(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Collection]:
    yield made(request.param, tmp_path_factory.mktemp("made") / "index")


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
