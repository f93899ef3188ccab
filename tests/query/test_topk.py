"""The best documents are those that exhaustive scoring puts first, to the last bit of a score."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from searcher import Document, Index
from searcher.index.columnar.segment import length_names
from searcher.index.fields import BODY, GRAMS, TITLE, WORDS, length_column
from searcher.index.reader import IndexReader
from searcher.query.added import Adder
from searcher.query.bm25f import Parameters, idf
from searcher.query.contains import TextMatcher
from searcher.query.executor import Executor
from searcher.query.grammar import parse
from searcher.query.highlights import Highlight
from searcher.query.noting import Noter
from searcher.query.ranking import Ranker, Row
from searcher.query.reranking import Reranker
from searcher.query.search import Options, Search
from searcher.query.sought import Sought, sought
from searcher.query.topk import TopK
from searcher.query.tracing import Trace
from searcher.query.tree import (
    And,
    Boost,
    Clauses,
    DateRange,
    Everything,
    Exact,
    Node,
    Not,
    Or,
    Value,
    Words,
)
from searcher.text import Analyzer
from tests.index.columnar_tools import ENGINES, Columns, Postings, commit_columns, using

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
# How often a query is asked: lists that are asked for again are kept, and words with their pairs.
TIMES = 3
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


def covering(chance: np.random.Generator, capacity: int, word: Postings) -> Postings:
    """The postings of a pair of characters in a word: wherever that is, at least as often."""
    count = int(word.documents.size * chance.choice([0.0, 0.2, 1.5]))
    more = chance.choice(capacity, min(count, capacity), replace=False).astype(np.int64)
    documents = np.union1d(word.documents, more)
    frequencies = chance.integers(0, 2, documents.size)
    titles = np.where(chance.random(documents.size) < 0.1, frequencies, 0)
    has = np.isin(documents, word.documents)
    frequencies[has] += word.frequencies
    titles[has] += word.titles
    return Postings(documents, np.maximum(frequencies, 1), titles)


def name(channel: str, number: int) -> str:
    """A term; as a pair of characters it is in the word of the same number."""
    pair = chr(0x4E00 + 2 * number) + chr(0x4E01 + 2 * number)
    return pair if channel == GRAMS or number % 3 else pair + "们"


def columns(
    chance: np.random.Generator,
    capacity: int,
    shares: Sequence[float],
    longest: int,
    deleted: float,
) -> Columns:
    """A segment with random postings; few lengths make many equal scores."""
    channels: dict[str, dict[str, Postings]] = {WORDS: {}, GRAMS: {}}
    for number, share in enumerate(shares):
        count = min(capacity, max(1, round(share * capacity)))
        word = postings(chance, capacity, count, 1 + number % 3)
        if chance.random() < 0.9:
            channels[WORDS][name(WORDS, number)] = word
        # A segment in which a word is always has its pairs.
        if chance.random() < 0.9 or name(WORDS, number) in channels[WORDS]:
            channels[GRAMS][name(GRAMS, number)] = covering(chance, capacity, word)
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
        case "one segment of equal scores":
            segments = [columns(chance, 20_000, [*shares, 0.3], 1, 0.1)]
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
    "one segment of equal scores",
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
    if chance.random() < 0.6:  # words with their pairs, as texts have them
        for term, channel, factor, _ in terms[:]:
            twins = [
                (other, another)
                for other, another in made_up.terms
                if another != channel and (other in term or term in other)
            ]
            terms += [(*twin, factor * chance.choice([1.0, 0.5]), True) for twin in twins]
        terms = list(dict.fromkeys(terms))
        chance.shuffle(terms)
    k = chance.choice([1, 2, 10, 10, 10, 100, 1000, made_up.capacity])
    mask = None
    if chance.random() < 0.4:
        allowed = np.random.default_rng(chance.randrange(1 << 30)).random(made_up.capacity)
        mask = (allowed < chance.choice([0.0005, 0.05, 0.5])) & made_up.reader.live
    return Query(terms, k, mask)


def sought_terms(query: Query) -> list[Sought]:
    return [
        sought(term, channel, factor, is_strong=is_strong)
        for term, channel, factor, is_strong in query.terms
    ]


def best(reader: IndexReader, rows: Sequence[Row], k: int) -> list[Row]:
    """The k best, equal ones by their ids."""
    ordered = list(rows)
    reader.sort_rows(ordered)
    return ordered[:k]


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
            expected = best(made_up.reader, rows_of(hits, scores), query.k)
            terms = sought_terms(query)
            for engine, ranker in rankers.items():
                for time in range(TIMES):
                    with using(engine):
                        rows = ranker.top_k(terms, query.k, query.mask)
                    found = best(made_up.reader, rows, query.k)
                    assert found == expected, (engine, time, parameters, query)


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
                wanted = sought_terms(required)
                all_of_them = np.logical_and.reduce(
                    [made_up.hits([(*term[:3], True)], query.mask) for term in required.terms]
                )
                expected = rows_of(np.flatnonzero(all_of_them), exhaustive.scores(query))
                terms = sought_terms(query)
                expected = best(made_up.reader, expected, query.k)
                hits = np.flatnonzero(made_up.hits(query.terms, query.mask))
                of_all = rows_of(hits, exhaustive.scores(query))
                of_all = best(made_up.reader, of_all, query.k)
                for time in range(TIMES):
                    candidates = ranker.with_all(wanted, query.mask)
                    assert ranker.numbers(candidates) == np.flatnonzero(all_of_them).tolist()
                    rows = ranker.best_of(candidates, terms, query.k)
                    found = best(made_up.reader, rows, query.k)
                    assert found == expected, (engine, time, required, query)
                    in_one = ranker.best_with_all(wanted, terms, query.k, query.mask)
                    assert in_one == (candidates, rows)
                    # Nothing is left of it that the next query would find.
                    rows = ranker.top_k(terms, query.k, query.mask)
                    assert best(made_up.reader, rows, query.k) == of_all


PIECES = [
    *"银行 贷款 利率 核酸 筛查 的 了 我 險企 理赔".split(),
    *"app iPhone15 15 a ab 2022 ＡＰＰ 𠀀 😀 x-y".split(),
    *" ，。\n",
]
STRINGS = ["银行贷款", "贷", "a", "核酸筛查的", "的 了", "，", "p", "x-y", "ne15", "不在", "", " "]


def text(chance: random.Random, longest: int) -> str:
    return "".join(chance.choice(PIECES) for _ in range(chance.randint(0, longest)))


def document(chance: random.Random, number: int) -> Document:
    date = datetime(2022, chance.randint(1, 12), chance.randint(1, 28))
    return Document(
        id=str(number),
        title=text(chance, 4),
        body=text(chance, chance.choice([3, 30])),
        date=date if chance.random() < 0.7 else None,
        source=chance.choice([None, "证券时报", "银行网"]),
        tags=tuple(chance.sample(["保险", "复工"], chance.randint(0, 2))),
    )


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> list[IndexReader]:
    """Indexes of one to four segments, with deleted documents."""
    result = []
    for seed in range(4):
        chance = random.Random(seed)
        path = tmp_path_factory.mktemp("written") / "index"
        with Index.open(path, create=True) as index:
            for _ in range(seed + 1):
                numbers = [chance.randint(0, 900) for _ in range(chance.choice([5, 60, 300]))]
                index.add(document(chance, number) for number in numbers)
            ids = [one.id for one in index.documents()]
            index.delete(chance.sample(ids, len(ids) // 4))
        (folder,) = path.glob("g*")
        result.append(IndexReader(folder))
    assert {len(reader.segments) for reader in result} > {1, 2}
    return result


def leaf(chance: random.Random) -> Node:
    match chance.choice(["words"] * 5 + ["exact"] * 4 + ["title", "value", "date", "everything"]):
        case "words":
            return Words(text(chance, 4) or "贷款")
        case "exact":
            return Exact(chance.choice([*STRINGS, text(chance, 3)]))
        case "title":
            return Words(text(chance, 3), TITLE)
        case "value":
            return Value(chance.choice(["source", "tag"]), chance.choice(["银行", "保险", "x"]))
        case "date":
            until = datetime(2022, 7, 1) if chance.random() < 0.5 else None
            return DateRange(datetime(2022, chance.randint(1, 6), 1), until)
        case _:
            return Everything()


def tree(chance: random.Random, depth: int = 2) -> Node:
    if not depth or chance.random() < 0.35:
        return leaf(chance)
    children = tuple(tree(chance, depth - 1) for _ in range(chance.randint(1, 3)))
    match chance.choice(["and", "and", "or", "not", "boost", "clauses", "clauses", "clauses"]):
        case "and":
            return And(children)
        case "or":
            return Or(children)
        case "not":
            return Not(children[0])
        case "boost":
            return Boost(children[0], 2.0)
    parts: list[list[Node]] = [[], [], []]
    for child in children:
        chance.choice(parts).append(child)
    return Clauses(*map(tuple, parts))


TYPED = """AND OR NOT + - ( ) " “ ” ： title: 标题： date:2022-03 date:2022-01..2022-05 source:
银行 贷款 核酸 险 的 app iphone15 * ? ~ ^2 ｜ ， tag:保险 15 a""".split()


def typed(chance: random.Random) -> Node:
    """What becomes of anything that is typed."""
    count = chance.randint(1, 8)
    return parse("".join(chance.choice(TYPED) + chance.choice(["", " "]) for _ in range(count)))


class Room:
    """Both ways to answer a query."""

    def __init__(self, reader: IndexReader, analyzer: Analyzer) -> None:
        self.reader = reader
        parameters = Parameters()
        ranker = Ranker(reader, parameters)
        texts = TextMatcher(reader, ranker, analyzer.folding)
        noter = Noter(ranker, reader.count)
        adder = Adder(ranker, analyzer, parameters, reader.count)
        self.executor = Executor(reader, analyzer, parameters, texts, noter, adder)
        reranker = Reranker(reader, ranker, analyzer.folding, parameters)
        self.topk = TopK(
            reader,
            analyzer,
            ranker,
            texts,
            noter,
            self._matching,
            adder,
            reranker,
            parameters,
        )

    def _matching(self, node: Node) -> Mask:
        return self.executor.execute(node, need_all=True).mask


def assert_equal_as_far_as_sums_go(found: dict[int, float], expected: dict[int, float]) -> None:
    """Scores of several parts are added up in another order, so the last bits may differ."""
    assert found.keys() == expected.keys()
    for number, score in found.items():
        assert score == pytest.approx(expected[number], rel=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_found_quickly_is_what_the_executor_finds(
    readers: list[IndexReader], analyzer: Analyzer, engine: str
) -> None:
    chance = random.Random(29)
    plain = 0
    with using(engine):
        for reader in readers:
            room = Room(reader, analyzer)
            for number in range(150):
                node = typed(chance) if number % 2 else tree(chance)
                need_all, k = chance.random() < 0.5, chance.choice([1, 3, 10, 1000])
                mask = None
                if chance.random() < 0.3:
                    mask = (np.arange(reader.capacity) % 3 > 0) & reader.live
                highlights: dict[str, Highlight] = {}
                found = room.topk.find(node, k, mask, highlights, need_all=need_all)
                if found is None:
                    continue
                plain += 1
                trace = Trace()
                match = room.executor.execute(node, need_all=need_all, trace=trace)
                hits = match.mask if mask is None else match.mask & mask
                rows = rows_of(np.flatnonzero(hits), match.scores)
                last = min([score for score, _ in best(reader, rows, k)], default=0.0)
                # Of those that are as good as the last one, sums in another order choose others.
                assert_equal_as_far_as_sums_go(
                    {number: score for score, number in found.rows if score > last * (1 + 1e-12)},
                    {number: score for score, number in rows if score > last * (1 + 1e-12)},
                )
                assert len(found.rows) >= min(k, len(rows))
                assert all(score >= last * (1 - 1e-12) for score, _ in best(reader, found.rows, k))
                assert found.total() == len(rows)
                assert highlights.keys() == trace.highlights.keys()
    assert plain > 100


@pytest.mark.parametrize("engine", ENGINES)
def test_the_scores_of_one_text_are_the_same_to_the_last_bit(
    readers: list[IndexReader], analyzer: Analyzer, engine: str
) -> None:
    chance = random.Random(30)
    with using(engine):
        for reader in readers:
            room = Room(reader, analyzer)
            for _ in range(40):
                node = Words(text(chance, 6) or "贷款")
                found = room.topk.find(node, reader.capacity, None, {}, need_all=False)
                if found is not None:
                    match = room.executor.execute(node)
                    rows = rows_of(np.flatnonzero(match.mask), match.scores)
                    assert sorted(found.rows) == sorted(rows), node


@pytest.mark.parametrize("parts", [1, 3])
def test_of_equal_rows_those_asked_for_are_put_in_order(tmp_path: Path, parts: int) -> None:
    chance = random.Random(parts)
    ids = chance.sample(range(1000), 60)
    with Index.open(tmp_path / "index", create=True) as index:
        for part in range(parts):
            index.add(Document(id=str(number), body="甲") for number in ids[part::parts])
    (folder,) = (tmp_path / "index").glob("g*")
    reader = IndexReader(folder)
    names = [reader.document_id(number) for number in range(reader.capacity)]
    for _ in range(200):
        rows = [(float(chance.randrange(5)), number) for number in chance.sample(range(60), 40)]
        ordered = sorted(rows, key=lambda row: (-row[0], names[row[1]]))
        first = chance.randrange(40)
        last = chance.choice([None, chance.randrange(first, 50)])
        reader.sort_rows(rows, first, last)
        assert rows[first:last] == ordered[first:last]
        assert sorted(rows) == sorted(ordered)
        assert [score for score, _ in rows] == [score for score, _ in ordered]


class CountingReader(IndexReader):
    """Counts the texts that are read."""

    read = 0

    def texts(self, numbers: Sequence[int]) -> list[tuple[str, str]]:
        self.read += len(numbers)
        return super().texts(numbers)


@pytest.mark.parametrize("engine", ENGINES)
def test_documents_are_counted_when_the_total_is_asked_for(
    tmp_path: Path, analyzer: Analyzer, engine: str
) -> None:
    with using(engine):
        with Index.open(tmp_path / "index", create=True) as index:
            index.add(
                Document(id=str(number), body="绿色通道" + "等" * number) for number in range(200)
            )
        (folder,) = (tmp_path / "index").glob("g*")
        reader = CountingReader(folder)
        results = Search(reader, analyzer).search('"绿色通道"', Options(limit=3))
        assert [hit.id for hit in results] == ["0", "1", "2"]
        assert reader.read < 20
        assert results.total == 200
        assert reader.read >= 200
        before = reader.read
        assert results.total == 200
        assert reader.read == before
