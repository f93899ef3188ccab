"""Segments hold what their documents say, built at once or merged from any parts."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from searcher import Document, Index
from searcher.index import stored
from searcher.index.columnar import fieldmerge, postings
from searcher.index.columnar.build import SegmentBuilder
from searcher.index.columnar.ids import merged_order
from searcher.index.columnar.merge import Share, Source, merge, merge_channel
from searcher.index.columnar.postings import PostingLists
from searcher.index.columnar.segment import ColumnarSegment, length_names
from searcher.index.columnar.similarity import FieldLengths, Similarity, impacts
from searcher.index.columnar.symbols import table_of
from searcher.index.columnar.terms import to_term
from searcher.index.columnar.training import frequent_strings
from searcher.index.dates import date_numbers
from searcher.index.fields import (
    BODY,
    CHANNELS,
    GRAMS,
    PATH,
    SOURCE,
    TAG,
    TITLE,
    VALUE_FIELDS,
    WORDS,
    length_column,
)
from searcher.index.prepare import checked, prepared, storable
from searcher.kernel import load
from searcher.text import Analyzer
from searcher.text.analyzer import gram_counts
from tests.index.columnar_tools import ENGINES, using

PIECES = [
    *"銀行银行贷款核酸检测的了，。！ \n\t\u3000",
    *"aAb1９éß\x00\x01\x1c\u200b\u2028😀𠀀",
    "iPhone15",
    "reinforcement",
    "reinforcements",
    "reinforcementlearning",
    "ＡＢＣ公司",
]
Counts = dict[str, list[tuple[int, int, int]]]  # term: document, frequency, of that in the title


def random_text(chance: random.Random, longest: int) -> str:
    return "".join(chance.choice(PIECES) for _ in range(chance.randint(0, longest)))


def random_document(chance: random.Random, number: int) -> Document:
    date = None
    if chance.random() < 0.7:
        zone = timezone(timedelta(minutes=chance.choice([0, 480, 480, 480, -210])))
        date = datetime(
            chance.choice([1, 1969, 1970, 2022, 2022, 2023, 9999]),
            chance.randint(1, 12),
            chance.randint(1, 28),
            chance.randint(0, 23),
            microsecond=chance.choice([0, 0, 0, 123_457]),
            tzinfo=zone,
        )
    document_id = f"{chance.choice(['a', 'b/', '号'])}{number}{chance.choice(['', '#7'])}"
    title = random_text(chance, 5)
    begin = chance.choice(["", "", title, f"{title}\n"])
    return checked(
        Document(
            id=document_id,
            title=title,
            body=begin + random_text(chance, chance.choice([0, 4, 60])),
            date=date,
            source=chance.choice([None, "", "证券时报", "证券时报网络版"]),
            tags=tuple(chance.choices(["保险", "复工", "x" * 20], k=chance.randint(0, 3))),
            url=chance.choice([None, None, f"https://example.org/{number}"]),
            path=chance.choice([None, f"news/{number}.txt", document_id, f"b/{number}"]),
            extra=chance.choice([{}, {}, {"作者": "李\x00\x01四", "版": [number % 3, None]}]),
        )
    )


def build(
    path: Path, documents: Iterable[Document], analyzer: Analyzer, dictionary: bytes = b""
) -> ColumnarSegment:
    builder = SegmentBuilder(analyzer, dictionary)
    for document in documents:
        builder.add(prepared(storable(document), analyzer.folding))
    builder.write(path, Similarity())
    return ColumnarSegment(path)


def counted(documents: Sequence[Document], analyzer: Analyzer, channel: str) -> Counts:
    """What a channel should hold, one document after the other."""
    result: Counts = {}
    for number, document in enumerate(documents):
        title, body = (
            Counter(analyzer.terms(folded)) if channel == WORDS else gram_counts(folded)
            for folded in map(analyzer.folding.fold, (document.title, document.body))
        )
        for term in title | body:
            row = (number, title[term] + body[term], title[term])
            result.setdefault(term, []).append(row)
    return result


def held(segment: ColumnarSegment, name: str) -> Counts:
    """What a field of a segment holds."""
    field = segment.field(name)
    terms = [to_term(field.terms.term(number)) for number in range(len(field.terms))]
    assert terms == sorted(terms)
    return {
        term: list(zip(*(column.tolist() for column in field.decode(int(start))), strict=True))
        for term, start in zip(terms, field.terms.starts.tolist(), strict=True)
    }


def assert_holds(
    segment: ColumnarSegment, documents: Sequence[Document], analyzer: Analyzer
) -> None:
    assert segment.capacity == len(documents)
    for channel in CHANNELS:
        assert held(segment, channel) == counted(documents, analyzer, channel)
    values: dict[str, list[set[str]]] = {
        PATH: [{document.path or ""} - {""} for document in documents],
        SOURCE: [{document.source or ""} - {""} for document in documents],
        TAG: [set(document.tags) for document in documents],
    }
    for name, column in values.items():
        expected: Counts = {}
        for number, terms in enumerate(column):
            for term in terms:
                expected.setdefault(term, []).append((number, 1, 0))
        assert held(segment, name) == expected
    assert_lengths(segment, documents, analyzer)
    assert [segment.record(n).document() for n in range(segment.capacity)] == documents
    assert [segment.stored(n) for n in range(segment.capacity)] == [
        stored.to_bytes(document) for document in documents
    ]
    assert [segment.id(n).decode() for n in range(segment.capacity)] == [d.id for d in documents]
    for number, document in enumerate(documents):
        assert segment.find(document.id.encode()) == number
    assert segment.find(b"nowhere") is None
    numbers = np.array([date_numbers(document.date) for document in documents]).reshape(-1, 2)
    assert np.array_equal(segment.instant, numbers[:, 0], equal_nan=True)
    assert np.array_equal(segment.local, numbers[:, 1], equal_nan=True)


def assert_lengths(
    segment: ColumnarSegment, documents: Sequence[Document], analyzer: Analyzer
) -> None:
    for name, texts in ((TITLE, [d.title for d in documents]), (BODY, [d.body for d in documents])):
        folded = [analyzer.folding.fold(text) for text in texts]
        words = [len(analyzer.terms(text)) for text in folded]
        pairs = [sum(len(gram) == 2 for gram in gram_counts(text).elements()) for text in folded]
        for channel, lengths in ((WORDS, words), (GRAMS, pairs)):
            column = length_column(name, channel)
            assert segment.lengths(column).tolist() == lengths
            assert tuple(segment.totals[column]) == (sum(lengths), sum(map(bool, lengths)))


def assert_same(segment: ColumnarSegment, other: ColumnarSegment) -> None:
    """Byte for byte the same postings and terms, with the same impacts."""
    for section in segment.container.names():
        if not section.startswith(("text", "rest")) and section not in ("instant", "zone"):
            assert bytes(segment.container.section(section)) == bytes(
                other.container.section(section)
            ), section
    assert segment.totals == other.totals


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_built_is_what_the_documents_say(
    tmp_path: Path, analyzer: Analyzer, engine: str
) -> None:
    chance = random.Random(1)
    with using(engine):
        for size in (1, 2, 3, 20, 150, 400):
            documents = [random_document(chance, number) for number in range(size)]
            assert_holds(build(tmp_path / "built", documents, analyzer), documents, analyzer)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_merged_is_what_would_have_been_built(
    tmp_path: Path, analyzer: Analyzer, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with using(engine):
        for seed in range(12):
            chance = random.Random(seed)
            # Small stretches of terms too, so that several are brought together.
            monkeypatch.setattr(fieldmerge, "_SLICE", chance.choice([1, 300, 5000, 1 << 20]))
            documents = [random_document(chance, n) for n in range(chance.choice([5, 40, 300]))]
            table = table_of(frequent_strings([one.body for one in documents], 2))
            sources, left = [], []
            for at, part in enumerate(parts_of(chance, documents)):
                live = np.array([chance.random() < 0.8 for _ in part])
                if chance.random() < 0.2:
                    live[:] = False
                packed_with = chance.choice([b"", table, table, table_of(["银行", "的"])])
                segment = build(tmp_path / str(at), part, analyzer, packed_with)
                sources.append(Source(segment, None if live.all() else live))
                left += [document for document, is_live in zip(part, live, strict=True) if is_live]
            assert merge(sources, tmp_path / "merged", Similarity()) == len(left)
            merged = ColumnarSegment(tmp_path / "merged")
            assert_holds(merged, left, analyzer)
            if left:
                assert_same(merged, build(tmp_path / "at once", left, analyzer))


def parts_of(chance: random.Random, documents: list[Document]) -> list[list[Document]]:
    cuts = sorted(chance.choices(range(1, len(documents)), k=chance.randint(0, 4)))
    bounds = [0, *cuts, len(documents)]
    return [documents[a:b] for a, b in pairwise(bounds) if a < b]


@pytest.mark.parametrize("engine", ENGINES)
def test_merging_again_and_again_changes_nothing(
    tmp_path: Path, analyzer: Analyzer, engine: str
) -> None:
    chance = random.Random(3)
    documents = [random_document(chance, number) for number in range(200)]
    with using(engine):
        merged = build(tmp_path / "0", documents[:50], analyzer)
        for step in range(1, 4):
            part = build(tmp_path / f"new {step}", documents[50 * step : 50 * step + 50], analyzer)
            merge([Source(merged), Source(part)], tmp_path / str(step), Similarity())
            merged = ColumnarSegment(tmp_path / str(step))
        assert_holds(merged, documents, analyzer)


def test_kernel_and_numpy_write_the_same_bytes(tmp_path: Path, analyzer: Analyzer) -> None:
    chance = random.Random(12)
    documents = [random_document(chance, number) for number in range(700)]
    for engine in ENGINES:
        folder = tmp_path / engine
        folder.mkdir()
        with using(engine):
            sources = [
                Source(build(folder / "0", documents[:300], analyzer), np.arange(300) % 5 > 0),
                Source(build(folder / "1", documents[300:303], analyzer), np.zeros(3, np.bool_)),
                Source(build(folder / "2", documents[303:], analyzer)),
            ]
            merge(sources, folder / "merged", Similarity())
    for name in ("0", "1", "2", "merged"):
        assert (tmp_path / "kernel" / name).read_bytes() == (tmp_path / "numpy" / name).read_bytes()


def test_the_kernel_merges_no_damaged_lists() -> None:
    columns = (np.array([1, 3]), np.array([1, 1]), np.array([0, 0]))
    one, _ = postings.encode(PostingLists(np.array([0, 2]), *columns), 4, np.zeros(2, np.uint8))
    data = np.frombuffer(one + one + bytes(8), np.uint8)
    starts, numbers = np.array([0, len(one)]), np.array([0, 2])
    map_ = np.arange(4, dtype=np.int32)
    with using("kernel"):
        kernel = load("postings")
        assert kernel is not None

        def merged(*part: object, behind: int = 0) -> list[int]:
            behind_it = [(data, starts[:1], numbers[:1], map_)] * behind
            _, _, terms = kernel.merge_lists([part, *behind_it], 3, 4, None)
            return [*np.frombuffer(terms, np.int64).tolist()]

        assert merged(data, starts, numbers, map_) == [0, 2]
        assert merged(data, starts, numbers, np.full(4, -1, np.int32)) == []
        for part, behind, what in (
            ((data, starts, numbers[::-1].copy(), map_), 0, "fit"),
            ((data, starts, numbers + 1, map_), 0, "fit"),
            ((data, starts[:1], numbers, map_), 0, "fit"),
            ((data, starts * 0, numbers, map_), 0, "overlap"),
            ((data, starts, numbers, map_[::-1].copy()), 0, "order"),
            ((data, starts, numbers, map_ + np.int32(1)), 0, "order"),
            ((data, starts, numbers, map_), 1, "order"),
            ((data, starts + 100, numbers, map_), 0, "cut off"),
        ):
            with pytest.raises(ValueError, match=what):
                merged(*part, behind=behind)


def test_the_directory_bounds_what_postings_are_worth(tmp_path: Path, analyzer: Analyzer) -> None:
    """Of long lists, after merging too, by the lengths of the merged segment."""
    chance = random.Random(4)
    documents = [random_document(chance, number) for number in range(900)]
    segments = [
        Source(
            build(tmp_path / str(at), documents[at : at + 300], analyzer), np.arange(300) % 7 > 0
        )
        for at in (0, 300, 600)
    ]
    merge(segments, tmp_path / "merged", Similarity())
    segment = ColumnarSegment(tmp_path / "merged")
    seen = 0
    for channel in CHANNELS:
        field = segment.field(channel)
        title, body = (
            FieldLengths(segment.lengths(name), segment.average_length(name))
            for name in (length_column(TITLE, channel), length_column(BODY, channel))
        )
        for start in field.terms.starts.tolist():
            parts = postings.layout(field.data, start, segment.capacity)
            if not parts.ranges:
                continue
            seen += 1
            columns = field.decode(start)
            worth = impacts(Similarity(), title, body, *columns)
            greatest = np.zeros(parts.ranges, np.uint8)
            np.maximum.at(greatest, columns[0] >> parts.range_bits, worth)
            assert field.data[parts.high - parts.ranges : parts.high].tolist() == greatest.tolist()
    assert seen > 20


def test_nothing_left_is_a_segment_too(tmp_path: Path, analyzer: Analyzer) -> None:
    documents = [random_document(random.Random(5), number) for number in range(3)]
    segment = build(tmp_path / "one", documents, analyzer)
    assert merge([Source(segment, np.zeros(3, np.bool_))], tmp_path / "none", Similarity()) == 0
    assert_holds(ColumnarSegment(tmp_path / "none"), [], analyzer)
    assert set(VALUE_FIELDS) | set(CHANNELS) <= {
        name.split(".")[0] for name in ColumnarSegment(tmp_path / "none").container.names()
    }
    assert len(length_names()) == 4


@pytest.mark.parametrize("shares", [1, 2, 7])
def test_channels_that_are_merged_elsewhere_are_the_same(
    tmp_path: Path, analyzer: Analyzer, shares: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fieldmerge, "_SLICE", 1 << 10)  # several stretches to share
    chance = random.Random(6)
    documents = [random_document(chance, number) for number in range(400)]
    segments = [
        Source(build(tmp_path / "0", documents[:250], analyzer), np.arange(250) % 5 > 0),
        Source(build(tmp_path / "1", documents[250:], analyzer)),
    ]
    count = merge(segments, tmp_path / "merged", Similarity())
    whole = ColumnarSegment(tmp_path / "merged").container
    asked: list[str] = []

    files = {
        channel: [tmp_path / f"{channel}{number}" for number in range(shares)]
        for channel in CHANNELS
    }

    def wait(channel: str) -> list[Path]:
        asked.append(channel)
        return files[channel]

    for channel, paths in files.items():
        for number, path in enumerate(paths):
            share = Share(number, shares)
            merge_channel(segments, path, Similarity(), channel, share)
    parts = {channel: partial(wait, channel) for channel in CHANNELS}
    assert merge(segments, tmp_path / "again", Similarity(), parts) == count
    again = ColumnarSegment(tmp_path / "again").container
    assert asked == list(CHANNELS)
    assert sorted(again.names()) == sorted(whole.names())
    assert all(again.section(name) == whole.section(name) for name in whole.names())
    assert again.meta == whole.meta


@pytest.mark.parametrize("engine", ENGINES)
def test_long_lists_are_merged_in_pieces_to_the_same_bytes(
    tmp_path: Path, analyzer: Analyzer, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(8)
    documents = [random_document(chance, number) for number in range(600)]
    sources = [
        Source(build(tmp_path / "0", documents[:350], analyzer), np.arange(350) % 5 > 0),
        Source(build(tmp_path / "1", documents[350:351], analyzer), np.zeros(1, np.bool_)),
        Source(build(tmp_path / "2", documents[351:], analyzer)),
    ]
    with using(engine):
        merge(sources, tmp_path / "merged", Similarity())
        # Of the 600 documents some terms are in most, and most are in few.
        for most in (1, 7, 100):
            monkeypatch.setattr(fieldmerge, "_MOST", most)
            merge(sources, tmp_path / "again", Similarity())
            assert (tmp_path / "again").read_bytes() == (tmp_path / "merged").read_bytes()


def test_ids_that_are_put_in_order_in_stretches_give_the_same_bytes(
    tmp_path: Path, analyzer: Analyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(9)
    documents = [random_document(chance, number) for number in range(300)]
    sources = [
        Source(build(tmp_path / str(at), documents[at : at + 100], analyzer), live)
        for at, live in ((0, None), (100, np.arange(100) % 3 > 0), (200, np.arange(100) < 50))
    ]
    merge(sources, tmp_path / "merged", Similarity())
    monkeypatch.setattr(merged_order, "__defaults__", (16,))
    merge(sources, tmp_path / "again", Similarity())
    assert (tmp_path / "again").read_bytes() == (tmp_path / "merged").read_bytes()


def test_an_index_that_grows_by_small_commits_gets_a_table_of_symbols(tmp_path: Path) -> None:
    bodies = [f"第{number}号公告：" + "银行贷款利率下降，" * 60 for number in range(1200)]
    with Index.open(tmp_path / "index", create=True) as index:
        for first in range(0, 1200, 100):
            index.add(
                Document(id=str(number), body=bodies[number])
                for number in range(first, first + 100)
            )
        assert [*(tmp_path / "index").glob("g*/texts-*.symbols")]
        for number in range(0, 1200, 7):
            document = index.get(str(number))
            assert document is not None
            assert document.body == bodies[number]
