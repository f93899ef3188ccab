"""Whatever happens to the bytes of a segment, it answers or says that it is damaged."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from searcher import Document, Index
from searcher.index.columnar import fieldmerge, postings
from searcher.index.columnar.container import Container, ContainerWriter, DamagedFile
from searcher.index.columnar.merge import Source, merge
from searcher.index.columnar.segment import EXTENSION, ColumnarSegment
from searcher.index.columnar.similarity import Similarity
from searcher.index.columnar.terms import to_bytes
from searcher.index.fields import BODY, GRAMS, TAG, WORDS, length_column
from searcher.index.reader import IndexReader
from searcher.query.bm25f import Parameters
from searcher.query.ranking import Ranker
from searcher.query.sought import Sought, sought
from searcher.text import Analyzer
from tests.index.columnar_tools import ENGINES, commit, using
from tests.index.test_columnar_merge import build, random_document

CASES = 80  # for each engine; thousands were tried by hand
# Terms of the documents: in most of them, in few, longer than a key.
TERMS = [
    ("银行", WORDS),
    ("的", WORDS),
    ("a", WORDS),
    ("银行", GRAMS),
    ("核酸", GRAMS),
    ("行银", GRAMS),
    ("𠀀a", GRAMS),
    ("reinforcement", WORDS),
    ("reinforcements", WORDS),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, analyzer: Analyzer) -> Path:
    """An index of two segments, one with deleted documents and long lists."""
    chance = random.Random(6)
    batches = [[random_document(chance, n) for n in range(count)] for count in (700, 60)]

    def write(batch: int, path: Path) -> None:
        build(path, batches[batch], analyzer)

    folder = tmp_path_factory.mktemp("damaged") / "index"
    commit(folder, [(partial(write, 0), 700, [0, 3, 699]), (partial(write, 1), 60, [])])
    return folder


def largest_segment(folder: Path) -> Path:
    return max(folder.glob(f"*{EXTENSION}"), key=lambda path: path.stat().st_size)


def damaged(data: bytes, sections: list[tuple[int, int]], chance: random.Random) -> bytes:
    """The bytes of a segment with something in them that was not written."""
    result = bytearray(data)
    match chance.choice(["section"] * 8 + ["cut", "longer", "anywhere"]):
        case "section":
            start, size = chance.choice(sections)
            for _ in range(chance.choice([1, 1, 3, 30])):
                at = chance.randrange(size)
                end = min(at + chance.choice([1, 1, 1, 4, 64]), size)
                wanted = bytes([chance.choice([0, 1, 127, 128, 255, chance.randrange(256)])])
                result[start + at : start + end] = wanted * (end - at)
        case "cut":
            del result[chance.randrange(len(result)) :]
        case "longer":
            result += bytes(chance.randrange(1, 50))
        case _:
            for _ in range(5):
                result[chance.randrange(len(result))] = chance.randrange(256)
    return bytes(result)


def uses(folder: Path, chance: random.Random) -> Iterator[Callable[[], object]]:
    """Everything that an index is asked."""
    reader = IndexReader(folder)
    ranker = Ranker(reader, Parameters(k1=chance.choice([1.2, 2.0])))
    number = chance.randrange(reader.capacity)

    def terms(count: int) -> list[Sought]:
        return [sought(*term) for term in chance.sample(TERMS, count)]

    def rank() -> None:
        rows = ranker.top_k(terms(5), chance.choice([1, 10, reader.capacity]))
        assert all(0 <= number < reader.capacity for _, number in rows)

    def require() -> None:
        chosen = terms(2)
        if chosen:
            rows = ranker.best_of(ranker.with_all(chosen), terms(5), 10)
            assert all(0 <= number < reader.capacity for _, number in rows)

    # The kernel keeps lists that are asked for again.
    yield from (rank, rank, rank, rank, require, require)
    yield lambda: [reader.postings(channel, term) for term, channel in TERMS]
    yield lambda: reader.postings_with_prefix(GRAMS, "银")
    yield lambda: [list(reader.terms(WORDS, "r")), list(reader.terms(TAG))]
    yield lambda: reader.find("a5")
    yield lambda: reader.document_id(number)
    yield lambda: reader.document(number)
    yield lambda: reader.instant + reader.local
    yield lambda: reader.average_length(length_column(BODY, GRAMS))


def merged(path: Path) -> None:
    segment = ColumnarSegment(path)
    live = np.arange(segment.capacity) % 5 > 0
    merge([Source(segment, live)], path.with_suffix(".merged"), Similarity())


@pytest.mark.parametrize("engine", ENGINES)
def test_a_damaged_segment_answers_or_is_said_to_be_damaged(folder: Path, engine: str) -> None:
    path = largest_segment(folder)
    whole = path.read_bytes()
    container = Container(path)
    sections = [
        (whole.index(bytes(container.padded(name))), container.size(name))
        for name in container.names()
        if container.size(name)
    ]
    del container
    outcomes = {True: 0, False: 0}
    try:
        for seed in range(CASES):
            chance = random.Random(seed)
            path.unlink()  # who has it mapped keeps it
            path.write_bytes(damaged(whole, sections, chance))
            with using(engine):
                try:
                    todo = [*uses(folder, chance)] + [partial(merged, path)] * (seed % 5 == 0)
                except ValueError:
                    outcomes[False] += 1
                    continue
                for use in todo:
                    try:
                        use()
                        outcomes[True] += 1
                    except ValueError:  # of which DamagedFile and DamagedPostings are
                        outcomes[False] += 1
    finally:
        path.unlink()
        path.write_bytes(whole)
    assert min(outcomes.values()) > CASES / 10


def test_damage_is_not_handed_on_by_a_merge(tmp_path: Path, folder: Path) -> None:
    """Not even where a search would not notice it."""
    path = tmp_path / "segment"
    whole = largest_segment(folder).read_bytes()
    path.write_bytes(whole)
    container = Container(path)
    for name in container.names():
        if container.size(name):
            damaged_bytes = bytearray(whole)
            damaged_bytes[whole.index(bytes(container.padded(name)))] ^= 1
            path.unlink()
            path.write_bytes(damaged_bytes)
            with pytest.raises(DamagedFile):
                merged(path)


def repeat_an_id(sections: dict[str, bytearray]) -> None:
    sections["id_order"][:2] = sections["id_order"][2:4]


def name_a_document_that_is_not_there(sections: dict[str, bytearray]) -> None:
    sections["id_order"][:2] = b"\xff\xff"


def begin_all_lists_alike(sections: dict[str, bytearray]) -> None:
    starts = np.frombuffer(sections["words.starts"], "<u4")
    data = bytes(sections["words.postings"])
    longest = max(starts.tolist(), key=lambda start: postings.count_of(memoryview(data), start))
    sections["words.starts"][:] = np.full(starts.size, longest, "<u4").tobytes()


def begin_a_list_far_away(sections: dict[str, bytearray]) -> None:
    starts = np.frombuffer(sections["words.starts"], "<u4").astype("<u8")
    starts[3] = 3 << 62
    sections["words.starts"][:] = starts.tobytes()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "change",
    [
        repeat_an_id,
        name_a_document_that_is_not_there,
        begin_all_lists_alike,
        begin_a_list_far_away,
    ],
)
def test_what_does_not_fit_together_is_not_merged_though_checksums_are_right(
    tmp_path: Path,
    folder: Path,
    engine: str,
    change: Callable[[dict[str, bytearray]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = Container(largest_segment(folder))
    sections = {name: bytearray(whole.section(name)) for name in whole.names()}
    change(sections)
    with ContainerWriter(tmp_path / "segment") as writer:
        for name, data in sections.items():
            writer.add(name, [data])
        writer.finish(whole.meta)
    monkeypatch.setattr(fieldmerge, "_MOST", 1)  # each list by itself
    with using(engine), pytest.raises(ValueError):
        merged(tmp_path / "segment")


@pytest.mark.parametrize("size", [0, 1, 39, 40, 1000])
def test_a_segment_that_is_cut_off_does_not_open(tmp_path: Path, folder: Path, size: int) -> None:
    path = tmp_path / "cut"
    path.write_bytes(largest_segment(folder).read_bytes()[:size])
    with pytest.raises(DamagedFile):
        ColumnarSegment(path)


def test_bytes_behind_the_end_are_noticed(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "longer"
    path.write_bytes(largest_segment(folder).read_bytes() + b"\x00")
    with pytest.raises(DamagedFile):
        ColumnarSegment(path)


def test_a_damaged_list_does_not_change_what_is_found_by_others(tmp_path: Path) -> None:
    """What was added up before the damage was met is forgotten."""
    with Index.open(tmp_path / "index", create=True) as index:
        index.add(
            Document(id=f"{number:05}", body="苹果" if number % 2 else "苹果 香蕉")
            for number in range(20_000)
        )
    (folder,) = (tmp_path / "index").glob("g*")
    (file,) = folder.glob(f"*{EXTENSION}")
    postings = ColumnarSegment(file).field(GRAMS)
    start = postings.find(to_bytes("苹果"))
    assert start is not None
    data = bytearray(file.read_bytes())
    at = data.index(bytes(postings.raw_data)) + start
    while data[at] & 128:  # the header; then come ranks, of 4 bytes
        at += 1
    data[at + 1 + 4 * 100 : at + 5 + 4 * 100] = b"\xff\xff\xff\x7f"
    file.write_bytes(data)
    ranker = Ranker(IndexReader(folder), Parameters())
    with pytest.raises(ValueError, match="out of order"):
        ranker.top_k([sought("苹果", GRAMS)], 15_000)
    fresh = Ranker(IndexReader(folder), Parameters())
    asked = [sought("香蕉", GRAMS)]
    assert ranker.top_k(asked, 9000) == fresh.top_k(asked, 9000)
