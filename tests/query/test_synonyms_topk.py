"""Queries with synonyms: the quick way and the executor give the same hits, on random documents."""

import random

import numpy as np
import pytest

from searcher import Index, Results, Synonyms
from searcher.index.reader import IndexReader
from searcher.query.highlights import Highlight
from searcher.query.search import Options, Search
from searcher.query.tracing import Trace
from searcher.query.tree import Clauses, Node, Words
from searcher.text import Analyzer
from tests.index.columnar_tools import ENGINES, using
from tests.query.test_topk import Room, best, document, rows_of, text, tree

WORDS = [
    *"银行 贷款 利率 核酸 核酸筛查 险企 理赔 银行贷款 我 的 不在 筛查 貸款 𠀀".split(),
    *"app iphone15 15 2022 a ab x-y".split(),
    "app iphone15",
]


def synonyms(chance: random.Random) -> Synonyms:
    lines = []
    for _ in range(chance.randint(1, 6)):
        words = chance.sample(WORDS, chance.randint(2, 5))
        if chance.random() < 0.5:
            lines.append(", ".join(words))
        else:
            at = chance.randint(1, len(words) - 1)
            lines.append(f"{', '.join(words[:at])} => {', '.join(words[at:])}")
    return Synonyms.parse("\n".join(lines))


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> list[IndexReader]:
    """Indexes of one to three segments, with deleted documents."""
    result = []
    for seed in range(3):
        chance = random.Random(seed)
        path = tmp_path_factory.mktemp("synonyms") / "index"
        with Index.open(path, create=True) as index:
            for _ in range(seed + 1):
                index.add(document(chance, chance.randint(0, 900)) for _ in range(150))
            index.delete(chance.sample([one.id for one in index.documents()], 60))
        (folder,) = path.glob("g*")
        result.append(IndexReader(folder))
    return result


def plain(chance: random.Random) -> Node:
    words = Words(text(chance, 5) or "贷款")
    return Clauses((), (words,), (tree(chance, 1),)) if chance.random() < 0.3 else words


@pytest.mark.parametrize("engine", ENGINES)
def test_the_quick_way_gives_what_the_executor_gives(
    readers: list[IndexReader], analyzer: Analyzer, engine: str
) -> None:
    chance = random.Random(31)
    quick = 0
    with using(engine):
        for reader in readers:
            room = Room(reader, analyzer)
            for _ in range(120):
                given = plain(chance)
                node = synonyms(chance).expand(given, analyzer)
                k = chance.choice([1, 3, 10, 1000])
                mask = None
                if chance.random() < 0.3:
                    mask = (np.arange(reader.capacity) % 3 > 0) & reader.live
                highlights: dict[str, Highlight] = {}
                found = room.topk.find(node, k, mask, highlights, need_all=False)
                if found is None or node == given:
                    continue
                quick += 1
                trace = Trace()
                match = room.executor.execute(node, trace=trace)
                hits = match.mask if mask is None else match.mask & mask
                rows = rows_of(np.flatnonzero(hits), match.scores)
                assert best(reader, found.rows, k) == best(reader, rows, k), node
                assert found.total() == len(rows)
                assert highlights == trace.highlights
    assert quick > 100


def ids(search: Search, query: str, mode: str, groups: Synonyms | None) -> set[str]:
    options = Options(limit=None, syntax="plain", mode=mode, synonyms=groups)
    return {hit.id for hit in search.search(query, options)}


@pytest.mark.parametrize("mode", ["any", "all"])
def test_what_was_found_without_synonyms_is_found_with_them(
    readers: list[IndexReader], analyzer: Analyzer, mode: str
) -> None:
    """And what is found with all words is among what is found with any."""
    chance = random.Random(32)
    more = 0
    for reader in readers:
        search = Search(reader, analyzer)
        for _ in range(60):
            query, groups = text(chance, 4) or "贷款", synonyms(chance)
            without = ids(search, query, mode, None)
            with_synonyms = ids(search, query, mode, groups)
            assert without <= with_synonyms <= ids(search, query, "any", groups)
            more += without < with_synonyms
    assert more > 10


CJK_STRINGS = "银行 贷款 核酸筛查 银行贷款 的银行 筛查 我 理赔 行贷 险企".split()


@pytest.mark.parametrize("mode", ["any", "all"])
def test_what_is_found_for_one_word_is_what_contains_it_or_a_synonym(
    readers: list[IndexReader], analyzer: Analyzer, mode: str
) -> None:
    chance = random.Random(34)
    fold = analyzer.folding.fold
    for reader in readers:
        search = Search(reader, analyzer)
        documents = [reader.document(number) for number in reader.all_numbers().tolist()]
        texts = {one.id: (fold(one.title), fold(one.body)) for one in documents}
        for word in ("贷款", "银行", "核酸"):
            for _ in range(8):
                others = chance.sample(CJK_STRINGS, 3)
                having = {
                    id
                    for id, (title, body) in texts.items()
                    if any(string in title or string in body for string in (word, *others))
                }
                groups = Synonyms.parse(f"{word} => {', '.join(others)}")
                found = ids(search, word, mode, groups)
                # With any, what has the most telling pair of a longer string is found too.
                assert found == having if mode == "all" else found >= having


def answers(search: Search) -> list[Results]:
    """What a search has to say to the same random queries."""
    chance = random.Random(33)
    options = [
        Options(mode=chance.choice(["any", "all"]), synonyms=synonyms(chance)) for _ in range(40)
    ]
    return [search.search(text(chance, 4) or "贷款", one) for one in options]


def test_both_engines_give_the_same(readers: list[IndexReader], analyzer: Analyzer) -> None:
    for reader in readers:
        found = []
        for engine in ENGINES:
            with using(engine):
                found.append(answers(Search(reader, analyzer)))
        assert found[0] == found[1]
        assert any(len(results) for results in found[0])
