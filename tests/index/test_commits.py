"""The commit record: what an index is made of, read without running anything."""

import base64
import json
import os
import pickle
import random
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh import index as whoosh_index

from searcher import Document, Index, IndexCorrupt
from searcher.index import commits
from searcher.index.columnar.moved import Moved, MovedFile, Moves, ranges_of
from searcher.index.columnar.segment import EXTENSION
from searcher.index.commits import Checksum, Commit, SegmentEntry
from searcher.index.reader import IndexReader


@pytest.fixture
def made(index: Index) -> Path:
    """The generation folder of an index with two segments."""
    index.add(Document(id=str(number), body="核酸检测") for number in range(10))
    index.add([Document(id="other", body="核酸")])
    index.delete(["3", "5"])
    (folder,) = index.path.glob("g*")
    return folder


def change(folder: Path, change: Any) -> None:
    """Let the record say something else, with a checksum that is right."""
    path = commits.path_of(folder, commits.latest_generation(folder))
    values = json.loads(commits.checked_line(path.read_bytes()))
    change(values)
    path.write_bytes(commits.with_checksum(json.dumps(values)))


def move_files(values: Any, *files: Any, moved: Any = ()) -> None:
    """Say that documents of files have moved."""
    values["segments"][0].update(moved_files=list(files), moved=list(moved))


def packed(*numbers: int) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}I", *numbers)).decode()


def test_it_says_what_whoosh_says(made: Path) -> None:
    commit = commits.read(made)
    assert commit.generation == commits.latest_generation(made) == 3
    index = whoosh_index.open_dir(str(made))
    segments = index._segments()
    index.close()
    assert [(one.name, one.documents, one.deleted) for one in commit.segments] == [
        (one.segment_id(), one.doc_count_all(), frozenset(one.deleted_docs())) for one in segments
    ]
    assert [len(one.deleted) for one in commit.segments] == [2, 0]


def test_it_has_the_checksum_of_each_file(made: Path) -> None:
    commit = commits.read(made)
    names = {path.name for path in made.iterdir()}
    for name, checksum in commit.files.items():
        assert commits.checksum_of(made / name) == checksum
        assert (made / name).stat().st_size == checksum.size
    kept = {".searcher", "MAIN_WRITELOCK", "commit-3.json", "folding.json", "dictionary.json"}
    assert kept <= names - commit.files.keys()
    assert {f"{one.name}{EXTENSION}" for one in commit.segments} < commit.files.keys()


def test_the_latest_one_counts(made: Path) -> None:
    old = commits.path_of(made, 3)
    commits.path_of(made, 12).write_bytes(old.read_bytes())
    old.with_name("commit-13.json.new").write_bytes(b"")
    assert commits.latest_generation(made) == 12
    with pytest.raises(ValueError, match="another generation"):
        commits.read(made)


def test_there_is_none(tmp_path: Path) -> None:
    assert commits.latest_generation(tmp_path) == -1
    with pytest.raises(ValueError, match="no commit"):
        commits.read(tmp_path)


names = st.text(min_size=1)


def moves_below(
    documents: int, moved: dict[int, Moved], files: list[tuple[str, str, set[int]]]
) -> Moves:
    """Each document is told of once, and none that is not there."""
    single = {number: one for number, one in moved.items() if number < documents}
    told = set(single)
    found: list[MovedFile] = []
    for old, new, numbers in files:
        left = sorted(number for number in numbers - told if number < documents)
        told.update(left)
        if left:
            found.append(MovedFile(old, new, *ranges_of(np.array(left))))
    return Moves(single, tuple(found))


@given(
    segments=st.lists(
        st.builds(
            lambda name, documents, deleted, moved, files: SegmentEntry(
                f"MAIN_{name}",
                documents,
                frozenset(number for number in deleted if number < documents),
                moves_below(documents, moved, files),
            ),
            st.text("0123456789abcdefz", min_size=1, max_size=20),
            st.integers(0, 1 << 31),
            st.sets(st.integers(0, 1 << 20)),
            st.dictionaries(
                st.integers(0, 1 << 20), st.builds(Moved, names, st.none() | names), max_size=5
            ),
            st.lists(st.tuples(names, names, st.sets(st.integers(0, 1 << 20))), max_size=4),
        ),
        max_size=5,
        unique_by=lambda segment: segment.name,
    ),
    files=st.dictionaries(
        st.from_regex(r"[\w.-]{1,30}", fullmatch=True),
        st.builds(Checksum, st.integers(0, 1 << 40), st.integers(0, (1 << 32) - 1)),
    ),
)
def test_it_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    segments: list[SegmentEntry],
    files: dict[str, Checksum],
) -> None:
    folder = tmp_path_factory.mktemp("commit")
    commit = Commit(7, tuple(segments), next(iter(files), ""), files)
    commits.write(folder, commit)
    assert commits.read(folder) == commit
    assert [path.name for path in folder.iterdir()] == ["commit-7.json"]


class Call:
    """Pickled as the call of a function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function = function
        self.arguments = arguments

    def __reduce__(self) -> Any:
        return self.function, self.arguments


def test_the_pickle_that_whoosh_keeps_is_never_read(
    made: Path, index: Index, tmp_path: Path
) -> None:
    target = tmp_path / "it ran"
    (table,) = made.glob("*.toc")
    table.write_bytes(pickle.dumps(Call(os.system, f"echo > '{target}'")))
    index.close()
    assert index.search("核酸").total == 9
    index.add([Document(id="new", body="核酸")])
    index.delete(["1"])
    (tmp_path / "a.txt").write_text("核酸", encoding="utf-8")
    index.sync([tmp_path / "a.txt"])
    index.rebuild([tmp_path / "a.txt"])
    assert index.search("核酸").total == 1
    assert not target.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda values: values["segments"][0].update(name="../../elsewhere"),
        lambda values: values["segments"][0].update(name=7),
        lambda values: values["segments"][0].update(documents="10"),
        lambda values: values["segments"][0].update(documents=4),
        lambda values: values["segments"][0].update(documents=-1),
        lambda values: values["segments"][0].update(deleted="CgAAAA=="),
        lambda values: values["segments"][0].update(deleted="/////w=="),
        lambda values: values["segments"][0].update(deleted="AAA="),
        lambda values: values["segments"][0].update(deleted=5),
        lambda values: values["segments"][0].update(moved=[[10, "a", None]]),
        lambda values: values["segments"][0].update(moved=[[0, 5, None]]),
        lambda values: values["segments"][0].update(moved=[[0, "a"]]),
        # Numbers, and how many come one after the other: 0 and 11, 9 and 2, the last twice.
        lambda values: move_files(values, ["a", "b", packed(0, 11)]),
        lambda values: move_files(values, ["a", "b", packed(9, 2)]),
        lambda values: move_files(values, ["a", "b", packed(0, 2, 1, 1)]),
        lambda values: move_files(values, ["a", "b", packed(4, 1, 0, 1)]),
        lambda values: move_files(values, ["a", "b", packed(1, (1 << 32) - 1)]),
        lambda values: move_files(values, ["a", "b", packed((1 << 32) - 1, 1)]),
        lambda values: move_files(values, ["a", "b", packed(0, 0)]),
        lambda values: move_files(values, ["a", "b", packed(0)]),
        lambda values: move_files(values, ["a", "b", packed()]),
        lambda values: move_files(values, ["a", "b", "AAA="]),
        lambda values: move_files(values, ["a", "b", None]),
        lambda values: move_files(values, ["a", None, packed(0, 1)]),
        lambda values: move_files(values, [7, "b", packed(0, 1)]),
        lambda values: move_files(values, ["a", packed(0, 1)]),
        lambda values: move_files(values, 5),
        lambda values: move_files(values, ["a", "b", packed(0, 3)], ["c", "d", packed(2, 1)]),
        lambda values: move_files(values, ["a", "b", packed(0, 3)], moved=[[2, "c", None]]),
        lambda values: values["segments"].append(values["segments"][0]),
        lambda values: values["files"].clear(),
        lambda values: values["files"].update({"../../elsewhere": [0, 0]}),
        lambda values: values["files"].update({"a": [0, "0"]}),
        lambda values: values.update(generation=2),
        lambda values: values.update(generation=True),
        lambda values: values.update(manifest="elsewhere"),
        lambda values: values.update(manifest=None),
        lambda values: values.clear(),
    ],
)
def test_a_record_that_makes_no_sense_is_damaged(made: Path, damage: Any) -> None:
    change(made, damage)
    with pytest.raises(ValueError):
        IndexReader(made)


def test_documents_of_a_file_are_moved_by_ranges_of_numbers(made: Path) -> None:
    change(
        made,
        lambda values: move_files(values, ["a", "b", packed(0, 2, 4, 1)], [*"cd", packed(2, 2)]),
    )
    (moves, _) = [one.moved for one in commits.read(made).segments]
    assert [moves.file_of(number) for number in range(6)] == [
        moves.files[at] if at >= 0 else None for at in (0, 0, 1, 1, 0, -1)
    ]
    assert {path: some.tolist() for path, some in moves.by_path().items()} == {
        "b": [0, 1, 4],
        "d": [2, 3],
    }
    assert (len(moves), moves.cost) == (5, 3)
    assert IndexReader(made).documents_at("d").tolist() == [2]  # the other is deleted


def test_a_segment_in_the_place_of_another_is_noticed(made: Path, index: Index) -> None:
    first, second = (made / f"{one.name}{EXTENSION}" for one in commits.read(made).segments)
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)
    index.close()
    with pytest.raises(IndexCorrupt, match="not the file that was committed"):
        index.search("核酸")


def test_a_damaged_byte_is_always_noticed(made: Path) -> None:
    path = commits.path_of(made, 3)
    whole = path.read_bytes()
    chance = random.Random(0)
    for at in range(len(whole)):
        data = bytearray(whole)
        data[at] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        with pytest.raises(ValueError):
            commits.read(made)
    for other in (whole + b"\n", whole[:-1], whole[1:], b"", whole * 2):
        path.write_bytes(other)
        with pytest.raises(ValueError):
            commits.read(made)
