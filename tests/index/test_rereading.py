"""A large file of records that has changed is read again where its lines have changed."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from searcher import Index
from searcher.documents import walk
from searcher.documents.model import SourceFile
from searcher.documents.parts import stretches
from searcher.index import commits, manifest
from searcher.index.building import LEAST_MEMORY, Resources
from searcher.index.pieces import Piece
from searcher.index.rereading import Known, changed_pieces
from tests.index.equality import assert_same

QUERIES = ["核酸", "理赔 保险", "*"]
BATCH = Resources.of(1, LEAST_MEMORY).batch
PADDING = "x" * (BATCH // 10)  # stored, and not searched
NAME = "r.jsonl"


def line(record: dict[str, object]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode()


def padded(number: int | None, word: str) -> bytes:
    own: dict[str, object] = {} if number is None else {"id": f"own-{number}"}
    return line({**own, "title": "标题", "body": f"{word}，保险", "padding": PADDING})


LONG = [padded(None, "核酸"), *(padded(number, "理赔") for number in range(100, 112))]

lines = st.one_of(
    st.builds(padded, st.integers(0, 5), st.sampled_from(["核酸", "理赔"])),
    st.builds(padded, st.none(), st.sampled_from(["核酸", "理赔"])),
    st.sampled_from(
        [
            b"",
            b" \t\r",
            "\u3000".encode(),
            b'{"body": ',
            b'["no record"]',
            b"\xef\xbb\xbf" + padded(7, "核酸"),
            padded(8, "核酸") + b"\r",
            b"  " + padded(9, "理赔"),
            line({"id": "gbk", "body": "编码"}).decode().encode("gb18030"),
            line({"id": f"{NAME}#3", "body": "像编号的 id"}),
        ]
    ),
)
changes = st.one_of(
    st.tuples(st.just("insert"), st.integers(0, 40), lines),
    st.tuples(st.just("change"), st.integers(0, 40), lines),
    st.tuples(st.just("delete"), st.integers(0, 40), st.just(b"")),
    st.tuples(st.just("repeat"), st.integers(0, 40), st.just(b"")),
    st.tuples(st.just("to front"), st.integers(0, 40), st.just(b"")),
)


def happen(content: list[bytes], kind: str, place: int, new: bytes) -> None:
    at = place % max(len(content), 1)
    match kind:
        case "insert":
            content.insert(at, new)
        case "change" if content:
            content[at] = new
        case "delete" if len(content) > 12:
            del content[at]
        case "repeat" if content:
            content.append(content[at])
        case "to front" if content:
            content.insert(0, content.pop(at))


BROKEN = b'{"body": '
OF_ANOTHER = line({"id": "own-1", "body": "理赔"})


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "index"
    Index.open(path, create=True).close()
    return path


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    histories=st.lists(st.lists(changes, min_size=1, max_size=5), min_size=1, max_size=4),
    mark=st.booleans(),
    has_other=st.booleans(),
)
@example(  # what is left out is named in the order of the file
    histories=[[("change", 10, BROKEN), ("change", 15, OF_ANOTHER)]], mark=False, has_other=True
)
@example(
    histories=[[("change", 15, BROKEN), ("change", 10, OF_ANOTHER)]], mark=False, has_other=True
)
def test_it_is_as_if_it_was_read_as_a_whole(
    scratch: Path,
    empty: Path,
    histories: list[list[tuple[str, int, bytes]]],
    mark: bool,
    has_other: bool,
) -> None:
    for path in scratch.iterdir():
        shutil.rmtree(path)
    folder = scratch / "folder"
    folder.mkdir()
    content = [*LONG]
    start = b"\xef\xbb\xbf" if mark else b""
    (folder / NAME).write_bytes(start + b"\n".join(content))
    if has_other:
        (folder / "a.jsonl").write_bytes(line({"id": "own-1", "body": "另一个文件的"}))
    shutil.copytree(empty, scratch / "index")
    with Index.open(scratch / "index") as index:
        index.sync([folder], jobs=1, memory=LEAST_MEMORY)
        for history in histories:
            for one in history:
                happen(content, *one)
            (folder / NAME).write_bytes(start + b"\n".join(content))
            foreseen = index.sync([folder], dry_run=True, memory=LEAST_MEMORY)
            report = index.sync([folder], jobs=1, memory=LEAST_MEMORY)
            for count in ("added", "updated", "unchanged", "removed", "total", "skipped"):
                assert getattr(report, count) == getattr(foreseen, count), count
            shutil.copytree(empty, scratch / "clean")
            with Index.open(scratch / "clean") as clean:
                expected = clean.sync([folder], jobs=1, memory=LEAST_MEMORY)
                assert report.skipped == expected.skipped
                assert_same(index, clean, QUERIES)
            shutil.rmtree(scratch / "clean")


def built(tmp_path: Path, content: list[bytes]) -> tuple[SourceFile, Known]:
    """A file of these lines and what an index knows of it."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / NAME).write_bytes(b"\n".join(content))
    with Index.open(tmp_path / "index", create=True) as index:
        index.sync([folder], jobs=1, memory=LEAST_MEMORY)
        store = index._store
        files = store.folder(store.describe())
        known = manifest.read(files, commits.read(files).manifest)
    (file,) = walk([folder])
    assert isinstance(file, SourceFile)
    return file, Known(NAME, known.files[NAME].documents)


def pieces(file: SourceFile, known: Known, size: int = BATCH) -> list[Piece]:
    return list(changed_pieces(file, size, known))


def ids_read(found: list[Piece]) -> list[str]:
    return [one.id for piece in found if piece.ready for one in piece.ready[0]]


def test_only_lines_that_are_new_are_read(tmp_path: Path) -> None:
    content = [padded(number, "核酸") for number in range(40)]
    file, known = built(tmp_path, content)
    content[7] = padded(7, "理赔")
    content.insert(20, padded(99, "理赔"))
    del content[30]
    file.location.write_bytes(b"\n".join(content))
    found = pieces(file, known)
    assert ids_read(found) == ["own-7", "own-99"]
    outcomes = [piece.ready[1] for piece in found if piece.ready]
    assert len(outcomes) == len(found) > 3
    expected = [json.loads(one)["id"] for one in content]
    assert [one for outcome in outcomes for one in outcome.ids] == expected


def test_records_without_an_id_are_read_again_where_their_number_changes(tmp_path: Path) -> None:
    content = [padded(None, f"核酸{number}") for number in range(40)]
    file, known = built(tmp_path, content)
    content[35] = padded(None, "理赔")
    file.location.write_bytes(b"\n".join(content))
    assert ids_read(pieces(file, known)) == [f"{NAME}#36"]
    content.insert(34, padded(None, "理赔"))
    file.location.write_bytes(b"\n".join(content))
    found = pieces(file, known)
    read = ids_read(found)
    # What was read as a whole is left to be read in its part.
    parts = [piece.part for piece in found if piece.part]
    numbers = [int(one.rpartition("#")[2]) for one in read]
    numbers += [part.record + n for part in parts for n in range(1, part.records + 1)]
    assert {*range(35, 42)} <= {*numbers}
    assert min(numbers) > 20


def test_parts_with_much_that_is_new_are_left_to_be_read_by_others(tmp_path: Path) -> None:
    content = [padded(number, "核酸") for number in range(40)]
    file, known = built(tmp_path, content)
    content[20:] = [padded(number, "理赔") for number in range(20, 40)]
    file.location.write_bytes(b"\n".join(content))
    found = pieces(file, known)
    parts = [piece.part for piece in found if piece.part]
    assert parts and parts[-1].end == file.location.stat().st_size

    assert [piece.is_last for piece in found] == [False] * (len(found) - 1) + [True]
    assert found[-1].digest


def test_a_line_that_is_too_long_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from searcher.documents import limits

    content = [padded(number, "核酸") for number in range(40)]
    file, known = built(tmp_path, content)
    longest = 3 * len(PADDING)
    content.insert(20, padded(99, "核" * longest))
    file.location.write_bytes(b"\n".join(content))
    monkeypatch.setattr(limits, "LARGEST_DOCUMENT", longest)
    lines = [one for part in stretches(file, BATCH, 0) for one in part.lines(0, len(part.marks))]
    assert lines[20] is None
    assert lines[:20] + lines[21:] == content[:20] + content[21:]
    outcomes = [piece.ready[1] for piece in pieces(file, known) if piece.ready]
    assert [skipped.name for one in outcomes for _, skipped in one.skipped] == [f"{NAME}#21"]
    assert sum(len(one.ids) for one in outcomes) == 40
