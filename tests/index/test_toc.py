"""Whoosh's table of contents, read as records and never run."""

import os
import pickle
import random
from pathlib import Path
from typing import Any

import pytest

from searcher import Document, Index, IndexCorrupt
from searcher.index import toc
from searcher.index.columnar.segment import EXTENSION
from searcher.index.reader import IndexReader


@pytest.fixture
def made(index: Index) -> Path:
    """The generation folder of an index with two segments."""
    index.add(Document(id=str(number), body="核酸检测") for number in range(10))
    index.add([Document(id="other", body="核酸")])
    index.delete(["3", "5"])
    (folder,) = index.path.glob("g*")
    return folder


def table(folder: Path) -> Path:
    (path,) = folder.glob("*.toc")
    return path


def with_segments(folder: Path, segments: bytes) -> None:
    """Put another pickle in the place of the one that lists the segments."""
    data = table(folder).read_bytes()
    start = data.rindex(pickle.PROTO + bytes([pickle.HIGHEST_PROTOCOL]) + pickle.FRAME)
    table(folder).write_bytes(data[:start] + segments)


def segments_of(folder: Path) -> Any:
    """What Whoosh makes of the table."""
    from searcher.index.writer import open_index

    index = open_index(folder)
    segments = list(index._segments())
    index.close()
    return segments


def test_it_is_read_as_whoosh_reads_it(made: Path) -> None:
    contents = toc.read(made)
    assert contents.generation == toc.latest_generation(made) == 3
    segments = segments_of(made)
    assert [(one.name, one.documents, one.deleted) for one in contents.segments] == [
        (one.segment_id(), one.doc_count_all(), frozenset(one.deleted_docs())) for one in segments
    ]
    assert [len(one.deleted) for one in contents.segments] == [2, 0]
    for one in contents.segments:
        assert (made / f"{one.name}{EXTENSION}").exists()


def test_the_latest_one_counts(made: Path) -> None:
    old = table(made)
    old.with_name("_MAIN_12.toc").write_bytes(old.read_bytes())
    old.with_name("_OTHER_99.toc").write_bytes(b"")
    old.with_name("_MAIN_13.toc.1669075200").write_bytes(b"")
    assert toc.latest_generation(made) == 12
    with pytest.raises(ValueError, match="another generation"):
        toc.read(made)


def test_there_is_none(tmp_path: Path) -> None:
    assert toc.latest_generation(tmp_path) == -1
    with pytest.raises(ValueError, match="no table"):
        toc.read(tmp_path)


class Call:
    """Pickled as the call of a function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function = function
        self.arguments = arguments

    def __reduce__(self) -> Any:
        return self.function, self.arguments


@pytest.mark.parametrize("name", ["system", "exec", "open"])
def test_a_table_that_names_a_function_runs_nothing(
    made: Path, index: Index, tmp_path: Path, name: str
) -> None:
    target = tmp_path / "it ran"
    call = {
        "system": Call(os.system, f"echo > '{target}'"),
        "exec": Call(exec, f"open({str(target)!r}, 'w')"),
        "open": Call(open, str(target), "w"),
    }[name]
    # Behind it the segments stand as they should.
    with_segments(made, pickle.dumps([call, *segments_of(made)], pickle.HIGHEST_PROTOCOL))
    with pytest.raises(ValueError, match="it asks for"):
        toc.read(made)
    for use in (
        lambda: index.search("核酸"),
        lambda: index.add([Document(id="new")]),
        lambda: index.delete(["1"]),
    ):
        index.close()
        with pytest.raises(IndexCorrupt, match="searcher reindex"):
            use()
    assert not target.exists()


def renamed(made: Path, **values: object) -> None:
    """Let the first segment say something else of itself."""
    segments = segments_of(made)
    for name, value in values.items():
        setattr(segments[0], name, value)
    with_segments(made, pickle.dumps(segments, pickle.HIGHEST_PROTOCOL))


@pytest.mark.parametrize(
    "values",
    [
        {"segid": "../../elsewhere"},
        {"segid": 7},
        {"indexname": "../../elsewhere"},
        {"_doccount": "10"},
        {"_doccount": 4},
        {"_deleted": {10}},
        {"_deleted": {-1}},
        {"_deleted": {"1"}},
        {"_deleted": 5},
    ],
)
def test_a_table_that_makes_no_sense_is_damaged(made: Path, values: dict[str, object]) -> None:
    renamed(made, **values)
    with pytest.raises(ValueError):
        IndexReader(made)


def test_damaged_bytes_give_an_error_or_a_table(made: Path) -> None:
    path = table(made)
    whole = path.read_bytes()
    first = whole.rindex(pickle.PROTO + bytes([pickle.HIGHEST_PROTOCOL]) + pickle.FRAME)
    refused = 0
    for seed in range(1000):
        chance = random.Random(seed)
        data = bytearray(whole)
        for _ in range(chance.choice([1, 2, 10])):
            # What is before the list of segments is little, and mostly not looked at.
            at = chance.randrange(first if chance.random() < 0.7 else 0, len(data))
            data[at] = chance.randrange(256)
        if chance.random() < 0.1:
            del data[chance.randrange(len(data)) :]
        path.write_bytes(data)
        try:
            contents = toc.read(made)
        except ValueError:
            refused += 1
        else:
            assert all(0 <= n < one.documents for one in contents.segments for n in one.deleted)
    assert 300 < refused < 1000
