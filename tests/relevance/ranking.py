"""How good the ranking is on judged collections, and what each part of it gives.

    python -m tests.relevance --only ranking

Every set is indexed as users would, and asked all its queries as they were written, with default
settings. The measure is nDCG@10. *Plain* is BM25F over both channels and nothing else; every other
row differs from the default in what it is named after.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from rich.table import Table

from searcher import Index
from searcher.api.state import State
from searcher.cli.judgments import read_qrels, read_queries
from searcher.index.fields import BODY, GRAMS, TITLE, WORDS
from searcher.index.store import Store
from searcher.query.bm25f import Parameters
from searcher.query.measures import ndcg
from searcher.query.search import Options, Search
from tests.conftest import shared_documents, shared_path

SETS = ("cmrc2018", "drcd", "dureader_mrc", "finna", "qbqtc", "stard")
DEPTH = 10

DEFAULT, PLAIN, EXPANDED = "default", "plain", "with --expand"
BEST = Parameters()
VARIANTS: Mapping[str, Parameters] = {
    PLAIN: Parameters.plain(),
    DEFAULT: BEST,
    "k1 as in plain": replace(BEST, k1=Parameters.plain().k1),
    "question words count": replace(BEST, questions=1.0),
    "long words count": replace(BEST, longer=1.0),
    "pairs across words count": replace(BEST, across=1.0),
    "no closer look": replace(BEST, characters=0.0, sentence=0.0),
    "characters only": replace(BEST, sentence=0.0),
    "sentence only": replace(BEST, characters=0.0),
}
FAILED: Mapping[str, Parameters] = {
    EXPANDED: BEST,
    "k1 0.4": replace(BEST, k1=0.4),
    "b 0.5": replace(BEST, b=0.5),
    "title ×0.5": replace(BEST, fields={TITLE: 0.5, BODY: 1.0}),
    "title ×2": replace(BEST, fields={TITLE: 2.0, BODY: 1.0}),
    "words ×0.5": replace(BEST, channels={WORDS: 0.5, GRAMS: 1.0}),
    "words ×2": replace(BEST, channels={WORDS: 2.0, GRAMS: 1.0}),
    "characters ×2": replace(BEST, characters=2 * BEST.characters),
    "sentence ×2": replace(BEST, sentence=2 * BEST.sentence),
}


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a ranking is.

    Attributes:
        variant: Which ranking.
        sets: The mean nDCG@10 of each set, over the queries that were asked.
    """

    variant: str
    sets: Mapping[str, float]

    @property
    def mean(self) -> float:
        """Over the sets."""
        return fmean(self.sets.values())


def measure(
    sets: Sequence[str], variants: Mapping[str, Parameters], limit: int | None, jobs: int
) -> list[Quality]:
    """The quality of rankings.

    Args:
        sets: Names of collections.
        variants: The rankings.
        limit: How many queries of each set are asked, evenly spread; None for all.
        jobs: How many sets are looked at side by side.
    """
    work = partial(_measure_set, variants=variants, limit=limit)
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        found = dict(zip(sets, pool.map(work, sets), strict=True))
    return [Quality(name, {one: found[one][name] for one in sets}) for name in variants]


def report(qualities: Sequence[Quality]) -> Table:
    """A table: each ranking, each set, with the difference to the default."""
    header, *rows = _cells(qualities)
    table = Table(*header)
    for row in rows:
        table.add_row(*row)
    return table


def markdown(qualities: Sequence[Quality]) -> str:
    """The same for a page."""
    header, *rows = _cells(qualities)
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(qualities: Sequence[Quality]) -> Iterator[list[str]]:
    default = next((one for one in qualities if one.variant == DEFAULT), qualities[0])
    yield ["nDCG@10", *default.sets, "mean"]
    for one in qualities:
        values = [*one.sets.values(), one.mean]
        others = [*default.sets.values(), default.mean]
        cells = [
            f"{value:.4f}" if one is default else f"{value:.4f} {value - other:+.4f}"
            for value, other in zip(values, others, strict=True)
        ]
        yield [one.variant, *cells]


def _measure_set(
    name: str, variants: Mapping[str, Parameters], limit: int | None
) -> dict[str, float]:
    queries = read_queries(shared_path(f"data/{name}/queries.jsonl"))
    judgments = read_qrels(shared_path(f"data/{name}/qrels.tsv"))
    judged = [query for query in queries if query in judgments]
    if limit is not None:
        judged = judged[:: max(1, len(judged) // limit)][:limit]
    with TemporaryDirectory() as work:
        path = Path(work) / "index"
        with Index.open(path, create=True) as index:
            index.add(shared_documents(name))
        state = State(Store(path))
        means: dict[str, float] = {}
        for variant, parameters in variants.items():
            search = Search(state.reader, state.analyzer, parameters)
            options = Options(limit=DEPTH, snippet_width=0, expand=variant == EXPANDED)
            gains: list[float] = []
            for query in judged:
                ranking = [hit.id for hit in search.search(queries[query], options)]
                gains.append(ndcg(ranking, judgments[query], DEPTH))
            means[variant] = fmean(gains)
    return means
