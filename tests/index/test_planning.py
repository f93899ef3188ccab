"""Files are compared folder by folder with what is known of them; that is as if one by one."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher.documents import Siblings, Skipped, SourceFile
from searcher.documents.linemarks import lines_of
from searcher.documents.parts import LinesHash
from searcher.index import manifest as manifests
from searcher.index.contents import Documents
from searcher.index.digests import digest_by_lines, digest_of
from searcher.index.manifest import Manifest
from searcher.index.planning import READ_AGAIN, Plan, plan, tells_more
from searcher.index.recorded import (
    FileEntry,
    RecordedFiles,
    State,
    States,
    documents_of,
    skipped_of,
    updated,
)

NAMES = st.sampled_from(["a.txt", "b.txt", "sub/a.txt", "乙.md", "\udcff.txt"])
ROOTS = st.sampled_from(["/docs", "/more/docs"])
SIZES = st.integers(1, 2)
TIMES = st.integers(5, 6)


def entries_of_files() -> st.SearchStrategy[dict[str, FileEntry]]:
    """What may be known of files. Without a digest none is looked into."""
    documents = st.sampled_from(
        [
            Documents(),
            Documents(1, b"", b"the mark"),
            Documents.of(["x", "y"], [b"of x, 8 ", b"of y, 8 "], "a.txt"),
            Documents.of(["x", "y"], [b"of x, 8 its line", b"of y, 8 its line"], "a.txt"),
        ]
    )
    skipped = st.lists(st.builds(Skipped, NAMES, st.just("why"), st.just("text")), max_size=2)
    made = st.tuples(SIZES, st.just(READ_AGAIN) | TIMES, documents, ROOTS, skipped.map(tuple))

    def as_entries(
        files: Mapping[str, tuple[int, int, Documents, str, tuple[Skipped, ...]]],
    ) -> dict[str, FileEntry]:
        return {
            name: FileEntry(size, time, "", documents, f"{root}/{name}", skipped)
            for name, (size, time, documents, root, skipped) in files.items()
        }

    return st.dictionaries(NAMES, made).map(as_entries)


def read_again(files: Mapping[str, FileEntry], roots: Sequence[str] = ("/docs",)) -> Manifest:
    """What is read of these files where they were written."""
    with TemporaryDirectory() as folder:
        manifests.write(Path(folder), "m.files", Manifest([*roots], [1] * len(roots), {}, files))
        return manifests.read(Path(folder), "m.files")


def states_of(files: Mapping[str, FileEntry]) -> dict[str, State | None]:
    names = [*files]
    return dict(zip(names, States(files).of(names), strict=True))


def folders_of(root: str, files: Mapping[str, tuple[int, int]]) -> list[Siblings]:
    """Files as a walk gives them."""
    folders: dict[str, list[SourceFile]] = {}
    for name, (size, time) in files.items():
        path = f"{root}/{name}"
        folder = path[: path.rfind("/") + 1]
        folders.setdefault(folder, []).append(SourceFile(path, name, size, time))
    return [Siblings(folder, found) for folder, found in folders.items()]


def planned(found: list[Siblings], old: Manifest) -> Plan:
    return plan(found, old, lambda folder: None)


@given(entries_of_files(), st.lists(ROOTS, max_size=2, unique=True))
def test_what_is_read_of_a_manifest_is_what_was_written(
    files: dict[str, FileEntry], roots: list[str]
) -> None:
    recorded = read_again(files, roots).files
    assert isinstance(recorded, RecordedFiles)
    assert documents_of(recorded) == documents_of(files)
    assert skipped_of(recorded) == skipped_of(files)
    assert states_of(recorded) == states_of(files)
    assert list(recorded) == list(recorded.keys()) == list(files)
    assert len(recorded) == len(files)
    assert dict(recorded.items()) == files
    assert list(recorded.values()) == list(files.values())
    assert "never" not in recorded and recorded.get("never") is None
    assert all(name in recorded and recorded[name] == entry for name, entry in files.items())


@given(entries_of_files(), entries_of_files(), st.data())
def test_recorded_files_are_updated_like_a_dictionary(
    files: dict[str, FileEntry], others: dict[str, FileEntry], data: st.DataObject
) -> None:
    gone = data.draw(st.sets(st.sampled_from([*files, "never"])))
    last = data.draw(
        st.dictionaries(st.sampled_from([*files, "new"]), st.just(FileEntry(1, 2, "3")))
    )
    expected = {name: one for name, one in files.items() if name not in gone} | others
    recorded = read_again(files).files
    for result in (
        updated(updated(recorded, others, gone), last),
        updated(updated(files, others, gone), last),
    ):
        assert dict(result.items()) == expected | last
        assert {name: result[name] for name in result} == expected | last
        assert len(result) == len(expected | last)
        assert all((name in result) == (name in expected | last) for name in [*files, "never"])
        assert result.get("never") is None
        assert documents_of(result) == documents_of(expected | last)
        assert sorted(skipped_of(result), key=str) == sorted(skipped_of(expected | last), key=str)
        assert states_of(result) == states_of(expected | last)
        assert dict(read_again(result).files.items()) == expected | last
        assert list(read_again(result).files) == list(result)


@given(entries_of_files(), ROOTS, st.dictionaries(NAMES, st.tuples(SIZES, TIMES)))
def test_files_are_told_as_if_one_by_one(
    files: dict[str, FileEntry], root: str, found: dict[str, tuple[int, int]]
) -> None:
    same = {
        name: files[name]
        for name, (size, time) in found.items()
        if name in files and files[name][:2] == (size, time)
        if files[name].location == f"{root}/{name}"
    }
    for old in (Manifest(files=files), read_again(files)):
        result = planned(folders_of(root, found), old)
        assert dict(result.unchanged) == same
        assert {one.file.name for one in result.changed} == found.keys() - same.keys()
        assert set(result.gone) == files.keys() - found.keys()
        assert not result.renamed and not result.kept and not result.skipped
        assert result.is_empty == (files.keys() == found.keys() == same.keys())


def test_where_all_is_as_it_was_nothing_is_made_of_it() -> None:
    old = read_again({name: FileEntry(1, 5, "", location=f"/docs/{name}") for name in "abc"})
    result = planned(folders_of("/docs", dict.fromkeys("abc", (1, 5))), old)
    assert result.unchanged is old.files
    assert not tells_more(Manifest(old.roots, old.devices, old.selection, result.unchanged), old)


def test_the_new_time_of_a_file_with_its_old_content_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"0123456789")
    known = FileEntry(10, 5, digest_of(path), location=str(path))
    old = read_again({"a": known})
    result = planned(folders_of(str(tmp_path), {"a": (10, 6)}), old)
    assert result.unchanged == {"a": known._replace(changed_ns=6)} and result.is_empty
    assert tells_more(Manifest(old.roots, old.devices, old.selection, result.unchanged), old)


def test_the_content_of_a_file_of_records_is_known_by_its_lines(tmp_path: Path) -> None:
    """Also one of them that has another name now."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"body": "1"}\n{"body": "2"}\n')
    lines = LinesHash()
    lines.add(lines_of(path.read_bytes()))
    documents = Documents(1, b"", b"12345678")
    known = FileEntry(28, 5, digest_by_lines(lines), documents, str(path))
    old = read_again({"a.jsonl": known})
    found = folders_of(str(tmp_path), {"a.jsonl": (28, 6)})
    assert planned(found, old).unchanged == {"a.jsonl": known._replace(changed_ns=6)}
    path.rename(tmp_path / "b.jsonl")
    renamed = folders_of(str(tmp_path), {"b.jsonl": (28, 6)})
    assert [(one.was, one.file.name) for one in planned(renamed, old).renamed] == [
        ("a.jsonl", "b.jsonl")
    ]
    path.write_bytes(b'{"body": "1"}\n{"body": "3"}\n')
    assert [one.file.name for one in planned(found, old).changed] == ["a.jsonl"]


@pytest.mark.parametrize("root", [".", "docs", "docs/../docs"])
def test_a_folder_may_be_said_from_where_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path)
    home = str(Path(root).absolute())
    files = {name: FileEntry(1, 5, "", location=f"{home}/{name}") for name in "abc"}
    found = folders_of(root, dict.fromkeys("abc", (1, 5)))
    assert planned(found, read_again(files)).is_empty
    os.chdir(tmp_path / "docs")
    assert not planned(found, read_again(files)).is_empty


def test_files_of_one_name_are_told_apart_by_their_folders() -> None:
    both = folders_of("/docs", {"a.txt": (1, 5)}) + folders_of("/more/docs", {"a.txt": (1, 5)})
    assert [one.file.name for one in planned(both, Manifest()).changed] == ["a.txt", "docs/a.txt"]
    # Two names that are shown as one: there is nothing that tells these apart.
    one = SourceFile("/a\\x01", "a\\x01", 1, 5)
    result = planned([Siblings("/", [one, one._replace(path="/a\x01")])], Manifest())
    assert [one.file.path for one in result.changed] == ["/a\\x01"]
    assert [one.name for one in result.skipped] == ["a\\x01"]


def test_files_that_are_to_be_left_out_are_told_by_their_folder_and_name() -> None:
    found = folders_of("/docs", dict.fromkeys(("a", "b", "sub/a", "sub/b"), (1, 5)))
    result = plan(found, Manifest(), lambda folder: {"/docs/": "a".__eq__}.get(folder))
    assert [one.file.name for one in result.changed] == ["b", "sub/a", "sub/b"]
