"""The default ranking is better than plain BM25F, on a part of the judged queries."""

import pytest

from tests.conftest import shared_path
from tests.relevance import ranking


@pytest.fixture(scope="module")
def qualities() -> dict[str, ranking.Quality]:
    sets = ("drcd", "dureader_mrc")
    for name in sets:
        shared_path(f"data/{name}")
    variants = {name: ranking.VARIANTS[name] for name in (ranking.PLAIN, ranking.DEFAULT)}
    return {one.variant: one for one in ranking.measure(sets, variants, 150, 1)}


def test_it_is_better_on_questions_typed_into_a_web_search(
    qualities: dict[str, ranking.Quality],
) -> None:
    plain, default = qualities[ranking.PLAIN], qualities[ranking.DEFAULT]
    assert default.sets["dureader_mrc"] > plain.sets["dureader_mrc"] + 0.02


def test_it_is_as_good_or_better_on_an_encyclopedia(
    qualities: dict[str, ranking.Quality],
) -> None:
    plain, default = qualities[ranking.PLAIN], qualities[ranking.DEFAULT]
    assert default.sets["drcd"] > plain.sets["drcd"] - 0.003


def test_the_table_has_a_row_for_each_ranking(qualities: dict[str, ranking.Quality]) -> None:
    table = ranking.report(list(qualities.values()))
    assert table.row_count == len(qualities)
    assert [column.header for column in table.columns] == [
        "nDCG@10",
        "drcd",
        "dureader_mrc",
        "mean",
    ]
