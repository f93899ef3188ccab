"""Files of many records that are renamed: not read again, and told of at once, whatever happens."""

import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from whoosh import index as whoosh_index

from searcher import Document, Index, Report
from searcher.index import commits
from searcher.index.building import LEAST_MEMORY, Resources
from searcher.index.columnar.moved import Moves
from tests.index.equality import assert_same

WORDS = ["核酸", "筛查", "理赔", "绿色通道", "保险", "iPhone15", "上海"]
QUERIES = ["核酸", "理赔 保险", "path:sub", "path:a", "path:b", "path:jsonl", "*"]
MANY = 25


def record(number: int, id: str = "", word: str = "") -> dict[str, str]:
    """A record; without an id of its own it is called by its file and its place."""
    words = [word or WORDS[number % len(WORDS)], WORDS[number // 3 % len(WORDS)]]
    own = {"id": id} if id else {}
    return {**own, "title": words[0], "body": f"{''.join(words)}第{number}条"}


def write(path: Path, records: list[dict[str, str]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(one, ensure_ascii=False) for one in records]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def moves_of(index: Index) -> list[Moves]:
    """What has moved in each segment."""
    (generation,) = index.path.glob("g*")
    return [one.moved for one in commits.read(generation).segments]


def names_of(index: Index) -> list[tuple[str, str]]:
    """The old and the new name of each file that was moved as a whole."""
    return sorted((file.old, file.new) for moves in moves_of(index) for file in moves.files)


def ids(index: Index) -> list[str]:
    return sorted(document.id for document in index.documents())


def assert_clean(index: Index, roots: list[Path], tmp_path: Path) -> None:
    """Compare an index with what a build from nothing makes."""
    with Index.open(tmp_path / "clean", create=True) as clean:
        clean.sync(roots, jobs=1)
        assert_same(index, clean, QUERIES)
    shutil.rmtree(tmp_path / "clean")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file of records that have no ids, and one of records that have some."""
    folder = tmp_path / "docs"
    write(folder / "a.jsonl", [record(number) for number in range(MANY)])
    write(folder / "own.jsonl", [record(number, f"own{number}") for number in range(MANY)])
    return folder


def test_a_renamed_file_of_records_is_told_of_in_one(
    index: Index, folder: Path, tmp_path: Path
) -> None:
    index.sync([folder])
    segments = sorted(index.path.rglob("*.columns"))
    (folder / "a.jsonl").rename(folder / "b.jsonl")
    (folder / "own.jsonl").rename(folder / "new.jsonl")
    foreseen = index.sync([folder], dry_run=True)
    report = index.sync([folder])
    assert (report.renamed, report.total) == (foreseen.renamed, foreseen.total) == (50, 50)
    assert (report.added, report.updated, report.removed, report.unchanged) == (0, 0, 0, 0)
    assert names_of(index) == [("a.jsonl", "b.jsonl"), ("own.jsonl", "new.jsonl")]
    assert [moves.cost for moves in moves_of(index)] == [2]
    assert sorted(index.path.rglob("*.columns")) == segments
    assert index.get("a.jsonl#3") is None
    (moved, own) = index.get("b.jsonl#3"), index.get("own3")
    assert moved is not None and own is not None
    assert (moved.path, own.path) == ("b.jsonl", "new.jsonl")
    assert index.search("path:own.jsonl").total == 0
    assert {hit.path for hit in index.search("path:new.jsonl")} == {"new.jsonl"}
    assert_clean(index, [folder], tmp_path)
    assert Index.check(index.path).ok
    again = index.sync([folder])
    assert (again.unchanged, again.renamed) == (50, 0)


def test_the_file_is_not_read_again(index: Index, folder: Path) -> None:
    index.sync([folder])
    (folder / "a.jsonl").rename(folder / "b.jsonl")
    seen: list[str] = []
    index.sync([folder], progress=lambda progress: seen.append(progress.name))
    assert set(seen) == {""}  # the names of the files that are read
    assert index.get("b.jsonl#25") is not None


def test_a_file_that_is_renamed_twice_goes_from_its_first_name_to_the_last(
    index: Index, folder: Path, tmp_path: Path
) -> None:
    index.sync([folder])
    path = folder / "a.jsonl"
    for name in ("b.jsonl", "sub/c.jsonl"):
        (folder / "sub").mkdir(exist_ok=True)
        path = path.rename(folder / name)
        assert index.sync([folder]).renamed == MANY
    assert names_of(index) == [("a.jsonl", "sub/c.jsonl")]
    assert_clean(index, [folder], tmp_path)
    path.rename(folder / "a.jsonl")
    assert index.sync([folder]).renamed == MANY
    assert not any(moves_of(index))
    assert_clean(index, [folder], tmp_path)


def test_whoosh_sees_the_new_ids(index: Index, folder: Path) -> None:
    index.sync([folder])
    (folder / "a.jsonl").rename(folder / "b.jsonl")
    index.sync([folder])
    (generation,) = index.path.glob("g*")
    opened = whoosh_index.open_dir(str(generation))
    with opened.reader() as reader:
        column = reader.column_reader("id")
        seen = {bytes(column[number]).decode() for number in range(2 * MANY)}
    opened.close()
    assert seen == set(ids(index))


def test_names_that_are_exchanged(index: Index, folder: Path, tmp_path: Path) -> None:
    write(folder / "b.jsonl", [record(100 + number) for number in range(MANY)])
    index.sync([folder])
    (folder / "a.jsonl").rename(folder / "aside")
    (folder / "b.jsonl").rename(folder / "a.jsonl")
    (folder / "aside").rename(folder / "b.jsonl")
    report = index.sync([folder])
    assert (report.renamed, report.removed, report.unchanged) == (2 * MANY, 0, MANY)
    assert names_of(index) == [("a.jsonl", "b.jsonl"), ("b.jsonl", "a.jsonl")]
    assert_clean(index, [folder], tmp_path)


def test_logs_that_are_rotated_take_the_ids_of_the_oldest_which_is_gone(
    index: Index, folder: Path, tmp_path: Path
) -> None:
    for age, size in (("1", MANY), ("2", MANY + 5)):
        write(folder / f"log.{age}.jsonl", [record(number, word=age) for number in range(size)])
    index.sync([folder])
    (folder / "log.1.jsonl").rename(folder / "log.2.jsonl")
    (folder / "a.jsonl").rename(folder / "log.1.jsonl")
    write(folder / "a.jsonl", [record(7, word="新")])
    foreseen = index.sync([folder], dry_run=True)
    report = index.sync([folder], commit_every=0.0)
    assert (report.renamed, report.removed, report.added) == (2 * MANY, MANY + 5, 1)
    assert (foreseen.renamed, foreseen.removed, foreseen.added) == (2 * MANY, MANY + 5, 1)
    assert names_of(index) == [("a.jsonl", "log.1.jsonl"), ("log.1.jsonl", "log.2.jsonl")]
    assert_clean(index, [folder], tmp_path)


def test_what_changes_after_a_rename_is_read(index: Index, folder: Path, tmp_path: Path) -> None:
    index.sync([folder])
    path = (folder / "a.jsonl").rename(folder / "b.jsonl")
    index.sync([folder])
    records = [record(number) for number in range(MANY)]
    records[4] = record(4, word="改了")
    write(path, [*records[:10], *records[12:], record(99)])
    index.sync([folder])
    assert_clean(index, [folder], tmp_path)
    path.rename(folder / "a.jsonl")
    index.sync([folder])
    assert_clean(index, [folder], tmp_path)
    (folder / "a.jsonl").unlink()
    assert index.sync([folder]).removed == MANY - 1
    assert not any(moves_of(index))
    assert_clean(index, [folder], tmp_path)


def test_of_a_large_file_only_changed_lines_are_read_after_a_rename(
    index: Index, folder: Path, tmp_path: Path
) -> None:
    def sync() -> Report:
        return index.sync([folder], jobs=1, memory=LEAST_MEMORY)

    padding = "x" * (Resources.of(1, LEAST_MEMORY).batch // MANY * 2)
    records = [
        {**record(number, f"id{number}" if number % 3 else ""), "padding": padding}
        for number in range(MANY)
    ]
    path = write(folder / "large.jsonl", records)
    sync()
    path = path.rename(folder / "b.jsonl")
    assert sync().renamed == MANY
    assert names_of(index) == [("large.jsonl", "b.jsonl")]
    records[5]["body"] = "改了"
    records[9]["body"] = "改了编号"
    write(path, records)
    report = sync()
    assert (report.updated, report.unchanged) == (2, 3 * MANY - 2)
    assert_clean(index, [folder], tmp_path)


def test_it_is_forgotten_when_the_segment_is_written_anew(
    index: Index, folder: Path, tmp_path: Path
) -> None:
    index.sync([folder])
    (folder / "a.jsonl").rename(folder / "b.jsonl")
    index.sync([folder])
    assert any(moves_of(index))
    for number in range(4):
        write(folder / f"small{number}.jsonl", [record(number, f"small{number}")])
        index.sync([folder])
    assert not any(moves_of(index))
    assert_clean(index, [folder], tmp_path)


@pytest.mark.parametrize("id", ["a.jsonl#3", "a.jsonl#99", "文件.jsonl#3"])
@pytest.mark.parametrize("ensure_ascii", [False, True])
def test_an_id_of_its_own_stays_though_it_looks_like_one_of_the_file(
    index: Index, tmp_path: Path, id: str, ensure_ascii: bool
) -> None:
    name = id.partition("#")[0]
    folder = tmp_path / "docs"
    folder.mkdir()
    records = [record(number, id if number == 2 else "") for number in range(MANY)]
    lines = [json.dumps(one, ensure_ascii=ensure_ascii) for one in records]
    (folder / name).write_text("\n".join(lines), encoding="utf-8")
    index.sync([folder])
    (folder / name).rename(folder / "b.jsonl")
    index.sync([folder])
    assert id in ids(index)
    assert_clean(index, [folder], tmp_path)


def test_an_id_that_another_document_has_is_not_taken_from_it(
    index: Index, folder: Path, tmp_path: Path
) -> None:
    write(folder / "own.jsonl", [record(number, f"b.jsonl#{number}") for number in range(3)])
    index.sync([folder])
    (folder / "a.jsonl").rename(folder / "b.jsonl")
    report = index.sync([folder])
    assert len(report.skipped) == 2
    assert (report.renamed, report.removed, report.total) == (MANY - 2, 2, MANY + 1)
    own = index.get("b.jsonl#2")
    assert own is not None and own.path == "own.jsonl"


def test_a_document_that_was_added_gives_way(index: Index, folder: Path, tmp_path: Path) -> None:
    index.sync([folder])
    index.add([Document(id="b.jsonl#2", body="另外加的")])
    (folder / "a.jsonl").rename(folder / "b.jsonl")
    report = index.sync([folder])
    assert (report.renamed, report.removed) == (MANY, 1)
    assert_clean(index, [folder], tmp_path)


def test_a_record_that_another_document_was_put_in_the_place_of_is_read(
    index: Index, folder: Path, tmp_path: Path
) -> None:
    index.sync([folder])
    index.add([Document(id="own3", body="另外加的", path="own.jsonl")])
    (folder / "own.jsonl").rename(folder / "new.jsonl")
    report = index.sync([folder])
    assert (report.renamed, report.updated) == (MANY - 1, 1)
    assert_clean(index, [folder], tmp_path)


def test_records_that_could_not_be_read_are_called_by_the_new_name(
    index: Index, folder: Path, tmp_path: Path
) -> None:
    with (folder / "a.jsonl").open("a", encoding="utf-8") as file:
        file.write('\n{"body": \n[1]')
    before = index.sync([folder]).skipped
    assert [one.name for one in before] == ["a.jsonl#26", "a.jsonl#27"]
    (folder / "a.jsonl").rename(folder / "b.jsonl")
    report = index.sync([folder])
    assert names_of(index) == [("a.jsonl", "b.jsonl")]
    assert [one.name for one in report.skipped] == ["b.jsonl#26", "b.jsonl#27"]
    assert [one.reason for one in report.skipped] == [one.reason for one in before]
    assert index.sync([folder]).skipped == report.skipped
    assert_clean(index, [folder], tmp_path)


def as_table(path: Path) -> None:
    rows = [f"{one['title']},{one['body']}" for one in map(record, range(MANY))]
    path.write_text("\n".join(["title,body", *rows]), encoding="utf-8")


def as_array(path: Path) -> None:
    path.write_text(json.dumps([record(number) for number in range(MANY)]), encoding="utf-8")


def as_wide(path: Path) -> None:
    lines = [json.dumps(record(number, f"own{number}")) for number in range(MANY)]
    path.write_text("\n".join(lines), encoding="utf-16")


def as_packed(path: Path) -> None:
    lines = [json.dumps(record(number, f"own{number}")) for number in range(MANY)]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))


@pytest.mark.parametrize(
    ("make", "name", "new", "at_once"),
    [
        (as_table, "a.csv", "sub/b.csv", True),
        (as_array, "a.json", "sub/b.json", True),
        (as_wide, "a.jsonl", "b.jsonl", True),
        (as_packed, "a.jsonl.gz", "b.jsonl.gz", True),
        (as_packed, "a.jsonl.gz", "b.jsonl", True),
        # By another ending it may be read as something else.
        (as_table, "a.csv", "b.txt", False),
        (as_array, "a.json", "b.md", False),
    ],
)
def test_formats(
    index: Index,
    tmp_path: Path,
    make: Callable[[Path], None],
    name: str,
    new: str,
    at_once: bool,
) -> None:
    folder = tmp_path / "docs"
    (folder / "sub").mkdir(parents=True)
    make(folder / name)
    assert index.sync([folder]).total == MANY
    (folder / name).rename(folder / new)
    index.sync([folder])
    assert names_of(index) == ([(name, new)] if at_once else [])
    assert_clean(index, [folder], tmp_path)


NAMES = ["one/a.jsonl", "one/b.jsonl", "one/sub/a.jsonl", "two/a.jsonl", "two/c.txt"]


class Folders:
    """Two folders in which things happen to files of records."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.roots = [path / "one", path / "two"]
        for root in self.roots:
            root.mkdir(parents=True)
        self._serial = 0

    def _lines(self, name: str) -> list[str]:
        path = self.path / name
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def _put(self, name: str, lines: list[str]) -> None:
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines), encoding="utf-8")

    def write(self, name: str, size: int, own: int) -> None:
        """Write a file in which one of so many records has an id of its own; 0 for none."""
        lines: list[str] = []
        for number in range(size):
            self._serial += 1
            has_own = own and number % own == 0
            id = f"own{self._serial}" if has_own else ""
            lines.append(json.dumps(record(self._serial, id), ensure_ascii=False))
        self._put(name, lines)

    def rename(self, name: str, new: str) -> None:
        lines = self._lines(name)
        if lines and name != new:
            self._put(new, lines)
            (self.path / name).unlink()

    def exchange(self, name: str, other: str) -> None:
        one, two = self._lines(name), self._lines(other)
        if one and two:
            self._put(name, two)
            self._put(other, one)

    def rotate(self, names: list[str]) -> None:
        for new, name in zip(names[::-1], names[-2::-1], strict=False):
            self.rename(name, new)

    def change(self, name: str, at: int) -> None:
        lines = self._lines(name)
        if lines:
            at %= len(lines)
            lines[at] = json.dumps({**json.loads(lines[at]), "body": f"改了{self._serial}核酸"})
            self._serial += 1
            self._put(name, lines)

    def drop(self, name: str, at: int) -> None:
        lines = self._lines(name)
        if len(lines) > 1:
            del lines[at % len(lines)]
            self._put(name, lines)

    def delete(self, name: str) -> None:
        (self.path / name).unlink(missing_ok=True)


names = st.sampled_from(NAMES)
changes = st.one_of(
    st.tuples(st.just("write"), names, st.integers(18, 30), st.sampled_from([0, 0, 1, 3])),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("exchange"), names, names),
    st.tuples(st.just("rotate"), st.permutations(NAMES)),
    st.tuples(st.just("change"), names, st.integers(0, 29)),
    st.tuples(st.just("drop"), names, st.integers(0, 29)),
    st.tuples(st.just("delete"), names),
)
histories = st.lists(
    st.tuples(st.lists(changes, min_size=1, max_size=3), st.sampled_from([0.0, 60.0, None])),
    min_size=2,
    max_size=7,
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty index, to be copied."""
    path = tmp_path_factory.mktemp("made") / "index"
    Index.open(path, create=True).close()
    return path


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path


@settings(
    max_examples=40,
    deadline=None,
    # To make an example smaller would take minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=histories)
def test_whatever_is_renamed_comes_to_what_a_build_from_nothing_makes(
    scratch: Path, empty: Path, history: list[tuple[list[tuple[str, ...]], float | None]]
) -> None:
    for path in scratch.iterdir():
        shutil.rmtree(path)
    folders = Folders(scratch / "folders")
    for place, name in enumerate(NAMES[:3]):
        folders.write(name, MANY + place, place)
    shutil.copytree(empty, scratch / "index")
    with Index.open(scratch / "index") as index:
        index.sync(folders.roots, jobs=1)
        for done, commit_every in history:
            for name, *arguments in done:
                getattr(folders, name)(*arguments)
            before = index.status().documents
            foreseen = index.sync(folders.roots, dry_run=True)
            report = index.sync(folders.roots, jobs=1, commit_every=commit_every)
            counts = ("added", "updated", "unchanged", "renamed", "removed", "total")
            for count in counts:
                assert getattr(report, count) == getattr(foreseen, count), count
            assert before + report.added - report.removed == report.total
            for id in ids(index):
                document = index.get(id)
                assert document is not None and document.id == id
            shutil.copytree(empty, scratch / "clean")
            with Index.open(scratch / "clean") as clean:
                clean.sync(folders.roots, jobs=1)
                assert_same(index, clean, QUERIES)
            shutil.rmtree(scratch / "clean")
