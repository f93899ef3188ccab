"""The best documents are those that exhaustive scoring puts first, to the last bit of a score."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from searcher.index.columnar.segment import length_names
from searcher.index.fields import BODY, GRAMS, TITLE, WORDS, length_column
from searcher.index.reader import IndexReader
from searcher.query.bm25f import Parameters, idf
from searcher.query.ranking import RankedTerm, Ranker, Row
from tests.index.columnar_tools import ENGINES, Columns, Postings, commit_columns, using

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
# How many of 70,000 documents have a term: below and above what has a directory (128) and what the
# kernel scores at once (512), and all of them.
SHARES = (1, 3, 40, 127, 128, 512, 513, 4000, 9000, 20_000, 45_000, 70_000)


@dataclass(frozen=True)
class Collection:
    """Random segments, and what they were made of."""

    reader: IndexReader
    segments: tuple[Columns, ...]
    terms: tuple[tuple[str, str], ...]  # with their channels

    @property
    def capacity(self) -> int:
        return self.reader.capacity

    def hits(self, terms: Sequence[tuple[str, str, float, bool]], mask: Mask | None) -> Mask:
        """The documents that are there, are allowed and have a strong term."""
        result = np.zeros(self.capacity, np.bool_)
        for term, channel, _, is_strong in terms:
            for one, opened in zip(self.segments, self.reader.segments, strict=True):
                found = one.channels[channel].get(term)
                if found is not None and is_strong:
                    result[opened.first + found.documents] = True
        return result & (self.reader.live if mask is None else mask)


class Exhaustive:
    """Scores every document by the formula."""

    def __init__(self, made_up: Collection, parameters: Parameters) -> None:
        self._made_up = made_up
        self._parameters = parameters
        self._lengths = {
            name: np.concatenate([one.lengths[name] for one in made_up.segments])
            for name in length_names()
        }
        self._values: dict[tuple[str, str], tuple[npt.NDArray[np.int64], Floats, float]] = {}

    def scores(self, query: "Query") -> Floats:
        """The score of every document, summed up in the order of the terms."""
        result = np.zeros(self._made_up.capacity)
        for term, channel, factor, _ in query.terms:
            if (term, channel) not in self._values:
                self._values[term, channel] = self._saturated(term, channel)
            documents, values, term_idf = self._values[term, channel]
            result[documents] += factor * self._parameters.channels[channel] * term_idf * values
        return result

    def _saturated(self, term: str, channel: str) -> tuple[npt.NDArray[np.int64], Floats, float]:
        reader, how = self._made_up.reader, self._parameters
        frequencies, titles = np.zeros((2, reader.capacity), np.int64)
        for one, opened in zip(self._made_up.segments, reader.segments, strict=True):
            found = one.channels[channel].get(term)
            if found is not None:
                frequencies[opened.first + found.documents] = found.frequencies
                titles[opened.first + found.documents] = found.titles
        has = np.flatnonzero(frequencies)
        x = np.zeros(has.size)
        for name, counts in ((TITLE, titles[has]), (BODY, frequencies[has] - titles[has])):
            column = self._lengths[length_column(name, channel)]
            filled = column[reader.live & (column > 0)]
            average = float(filled.sum()) / filled.size if filled.size else 1.0
            some = counts > 0
            norm = 1.0 / ((1.0 - how.b) + how.b * column[has[some]].astype(float) / average)
            x[some] += how.fields[name] * counts[some] * norm
        frequency = int(np.count_nonzero(reader.live[has]))
        # A term that only deleted documents have is none.
        term_idf = idf(reader.count, frequency) if frequency else 0.0
        return has, x / (how.k1 + x), term_idf


def postings(chance: np.random.Generator, capacity: int, count: int, repeats: float) -> Postings:
    documents = np.sort(chance.choice(capacity, count, replace=False)).astype(np.int64)
    frequencies = chance.geometric(1 / repeats, count).astype(np.int64)
    titles = np.where(chance.random(count) < 0.1, chance.integers(1, frequencies + 1), 0)
    return Postings(documents, frequencies, titles.astype(np.int64))


def columns(
    chance: np.random.Generator,
    capacity: int,
    shares: Sequence[float],
    longest: int,
    deleted: float,
) -> Columns:
    """A segment with random postings; few lengths make many equal scores."""
    channels = {
        channel: {
            f"{channel}{number}": postings(
                chance, capacity, min(capacity, max(1, round(share * capacity))), 1 + number % 3
            )
            for number, share in enumerate(shares)
            if chance.random() < 0.9
        }
        for channel in (WORDS, GRAMS)
    }
    lengths = {name: chance.integers(1, longest + 1, capacity) for name in length_names()}
    for channel, lists in channels.items():
        titled = np.zeros(capacity, np.bool_)
        for one in lists.values():
            titled[one.documents[one.titles > 0]] = True
        lengths[length_column(TITLE, channel)][~titled] = 0
    gone = np.flatnonzero(chance.random(capacity) < deleted).tolist()
    return Columns(capacity, channels, lengths, gone)


def collection(folder: Path, segments: Sequence[Columns]) -> Collection:
    commit_columns(folder, segments)
    names = {
        (term, channel)
        for one in segments
        for channel in one.channels
        for term in one.channels[channel]
    }
    return Collection(IndexReader(folder), tuple(segments), tuple(sorted(names)))


def made(name: str, folder: Path) -> Collection:
    chance = np.random.default_rng(len(name))
    shares = [count / 70_000 for count in SHARES]
    match name:
        case "one large segment":
            segments = [columns(chance, 70_000, shares, 400, 0.0)]
        case "large segments of other lengths":
            segments = [
                columns(chance, 40_000, shares, 30, 0.05),
                columns(chance, 3_000, shares, 300, 0.4),
                columns(chance, 30_000, shares, 70_000, 0.0),
            ]
        case "many equal scores":
            segments = [
                columns(chance, 30_000, shares, 2, 0.1),
                columns(chance, 20_000, shares, 1, 0),
            ]
        case "small segments":
            segments = [
                columns(chance, n, [*shares, 0.2, 0.5], 9, 0.2) for n in (300, 1, 64, 65, 130)
            ]
        case _:
            raise ValueError(name)
    return collection(folder, segments)


COLLECTIONS = (
    "one large segment",
    "large segments of other lengths",
    "many equal scores",
    "small segments",
)


@pytest.fixture(scope="module", params=COLLECTIONS)
def made_up(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Collection]:
    yield made(request.param, tmp_path_factory.mktemp("made") / "index")


@dataclass(frozen=True)
class Query:
    terms: list[tuple[str, str, float, bool]]
    k: int
    mask: Mask | None


def random_query(chance: random.Random, made_up: Collection) -> Query:
    count = chance.choice([1, 1, 2, 3, 5, 8, 14])
    terms = [
        (*chance.choice(made_up.terms), chance.choice([1.0, 1.0, 2.0]), chance.random() < 0.7)
        for _ in range(count)
    ]
    k = chance.choice([1, 2, 10, 10, 10, 100, 1000, made_up.capacity])
    mask = None
    if chance.random() < 0.4:
        allowed = np.random.default_rng(chance.randrange(1 << 30)).random(made_up.capacity)
        mask = (allowed < chance.choice([0.0005, 0.05, 0.5])) & made_up.reader.live
    return Query(terms, k, mask)


def ranked_terms(ranker: Ranker, query: Query) -> list[RankedTerm]:
    found = [
        ranker.term(term, channel, factor, is_strong=is_strong)
        for term, channel, factor, is_strong in query.terms
    ]
    return [term for term in found if term is not None]


def best(rows: Sequence[Row], k: int) -> dict[int, float]:
    """The k best and all that are as good as the last of them."""
    scores = sorted((score for score, _ in rows), reverse=True)
    last = scores[k - 1] if len(scores) > k else 0.0
    return {number: score for score, number in rows if score >= last}


def rows_of(documents: npt.NDArray[np.int64], scores: Floats) -> list[Row]:
    return list(zip(scores[documents].tolist(), documents.tolist(), strict=True))


PARAMETERS = (
    Parameters(),
    Parameters(),
    Parameters(k1=0.6, b=0.3),
    Parameters(k1=2.0, b=0.0),
    Parameters(k1=1.2, b=1.0),
    Parameters(fields={TITLE: 3.0, BODY: 1.0}),
    Parameters(fields={TITLE: 1.0, BODY: 0.0}),
    Parameters(channels={WORDS: 1.0, GRAMS: 0.0}),
)


def test_the_best_are_those_of_exhaustive_scoring(made_up: Collection) -> None:
    chance = random.Random(27)
    for parameters in PARAMETERS:
        exhaustive = Exhaustive(made_up, parameters)
        rankers = {}
        for engine in ENGINES:
            with using(engine):
                rankers[engine] = Ranker(made_up.reader, parameters)
        for _ in range(12):
            query = random_query(chance, made_up)
            scores = exhaustive.scores(query)
            hits = np.flatnonzero(made_up.hits(query.terms, query.mask))
            expected = best(rows_of(hits, scores), query.k)
            for engine, ranker in rankers.items():
                with using(engine):
                    terms = ranked_terms(ranker, query)
                    found = best(ranker.top_k(terms, query.k, query.mask), query.k)
                assert found == expected, (engine, parameters, query)


def test_all_terms_that_are_required_are_there(made_up: Collection) -> None:
    """Intersections, with the scores of other terms, weak ones among them."""
    chance = random.Random(28)
    exhaustive = Exhaustive(made_up, Parameters())
    for engine in ENGINES:
        with using(engine):
            ranker = Ranker(made_up.reader, Parameters())
            for _ in range(60):
                required, query = random_query(chance, made_up), random_query(chance, made_up)
                required.terms[3:] = []
                wanted = ranked_terms(ranker, required)
                if len(wanted) < len(required.terms):
                    continue
                all_of_them = np.logical_and.reduce(
                    [made_up.hits([(*term[:3], True)], query.mask) for term in required.terms]
                )
                expected = rows_of(np.flatnonzero(all_of_them), exhaustive.scores(query))
                terms = ranked_terms(ranker, query)
                found = ranker.required(wanted, terms, query.mask)
                assert found == expected, (engine, required, query)
