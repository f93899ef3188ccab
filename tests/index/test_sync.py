"""A sync makes the index equal to folders."""

import gc
import json
import os
import shutil
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from searcher import (
    ArgumentError,
    Document,
    DocumentError,
    Index,
    IndexLocked,
    Progress,
    Report,
)
from searcher.index import commits


def counts(report: Report) -> tuple[int, int, int, int, int]:
    """Added, updated, unchanged, removed, skipped."""
    return (
        report.added,
        report.updated,
        report.unchanged,
        report.removed,
        len(report.skipped),
    )


def ids(index: Index) -> list[str]:
    return sorted(document.id for document in index.documents())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("核酸筛查从今天开始。", encoding="utf-8")
    (folder / "sub").mkdir()
    (folder / "sub" / "b.md").write_text("# 理赔\n\n绿色通道。\n", encoding="utf-8")
    return folder


def test_documents_are_named_by_their_paths(index: Index, folder: Path) -> None:
    report = index.sync([folder])
    assert counts(report) == (2, 0, 0, 0, 0)
    assert report.total == 2
    assert ids(index) == ["a.txt", "sub/b.md"]
    assert [hit.path for hit in index.search("绿色通道")] == ["sub/b.md"]


def test_a_second_sync_changes_nothing(index: Index, folder: Path) -> None:
    index.sync([folder])
    before = index.status().generation
    assert counts(index.sync([folder])) == (0, 0, 2, 0, 0)
    assert index.status().generation == before


def test_what_changes_in_the_folder_changes_in_the_index(index: Index, folder: Path) -> None:
    index.sync([folder])
    (folder / "a.txt").write_text("抗原检测从明天开始。", encoding="utf-8")
    (folder / "sub" / "b.md").unlink()
    (folder / "c.txt").write_text("新的文件。", encoding="utf-8")
    report = index.sync([folder])
    assert counts(report) == (1, 1, 0, 1, 0)
    assert report.total == 2
    assert ids(index) == ["a.txt", "c.txt"]
    assert index.search("核酸筛查").total == 0
    assert index.search("抗原检测").total == 1


def test_a_touched_file_with_the_same_content_is_unchanged(index: Index, folder: Path) -> None:
    index.sync([folder])
    os.utime(folder / "a.txt", ns=(0, 0))
    assert counts(index.sync([folder])) == (0, 0, 2, 0, 0)


def test_a_file_of_the_same_size_with_other_content_is_updated(index: Index, folder: Path) -> None:
    index.sync([folder])
    stat = (folder / "a.txt").stat()
    (folder / "a.txt").write_text("核酸检测从今天开始。", encoding="utf-8")
    os.utime(folder / "a.txt", ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert counts(index.sync([folder])) == (0, 1, 1, 0, 0)


def test_a_file_that_is_replaced_by_one_of_the_same_size_and_time_is_updated(
    index: Index, folder: Path, tmp_path: Path
) -> None:
    """As archives and copies bring them along, with the times that their files had elsewhere."""
    long_ago = 1_500_000_000_000_000_000
    os.utime(folder / "a.txt", ns=(long_ago, long_ago))
    time.sleep(0.2)  # the file is not looked at in the moment in which it is written
    index.sync([folder])
    (tmp_path / "new.txt").write_text("核酸检测从今天开始。", encoding="utf-8")
    os.utime(tmp_path / "new.txt", ns=(long_ago, long_ago))
    assert (tmp_path / "new.txt").stat().st_size == (folder / "a.txt").stat().st_size
    (tmp_path / "new.txt").rename(folder / "a.txt")
    assert counts(index.sync([folder])) == (0, 1, 1, 0, 0)
    (folder / "sub" / "b.md").chmod(0o600)  # what is done to it otherwise does not change it
    assert counts(index.sync([folder])) == (0, 0, 2, 0, 0)


def test_records_of_a_file_are_followed_one_by_one(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    folder.mkdir()

    def write(records: list[dict[str, str]]) -> None:
        lines = (json.dumps(record, ensure_ascii=False) for record in records)
        (folder / "r.jsonl").write_text("\n".join(lines), encoding="utf-8")

    write([{"id": "x", "body": "核酸"}, {"id": "y", "body": "抗原"}, {"body": "没有编号"}])
    assert counts(index.sync([folder])) == (3, 0, 0, 0, 0)
    assert ids(index) == ["r.jsonl#3", "x", "y"]
    write([{"id": "x", "body": "核酸"}, {"id": "z", "body": "理赔"}, {"body": "还是没有"}])
    assert counts(index.sync([folder])) == (1, 1, 1, 1, 0)
    assert ids(index) == ["r.jsonl#3", "x", "z"]


def test_of_two_documents_with_one_id_the_second_is_skipped_and_named(
    index: Index, tmp_path: Path
) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"id": "x", "body": "第一"}\n', encoding="utf-8")
    (folder / "b.jsonl").write_text('{"id": "x", "body": "第二"}\n', encoding="utf-8")
    for expected in ((1, 0, 0, 0, 1), (0, 0, 1, 0, 1)):
        report = index.sync([folder])
        assert counts(report) == expected
        assert report.skipped[0].name == "b.jsonl"
        assert "a.jsonl" in report.skipped[0].reason
    document = index.get("x")
    assert document is not None
    assert document.body == "第一"


def test_a_bad_file_is_skipped_and_named_each_time(index: Index, folder: Path) -> None:
    (folder / "bad.bin").write_bytes(bytes(range(256)) * 10)
    (folder / "bad.jsonl").write_text('{"body": "好的"}\n{"body": \n', encoding="utf-8")
    for _ in range(2):
        report = index.sync([folder])
        assert sorted(skipped.name.split("#")[0] for skipped in report.skipped) == [
            "bad.bin",
            "bad.jsonl",
        ]
        assert report.total == 3


def test_what_was_read_before_is_kept_while_a_file_cannot_be_read(
    index: Index, folder: Path
) -> None:
    index.sync([folder])
    good = (folder / "a.txt").read_bytes()
    (folder / "a.txt").write_bytes(b"\x00\x01\x02" * 99)
    for _ in range(2):
        report = index.sync([folder])
        assert [skipped.name for skipped in report.skipped] == ["a.txt"]
        assert index.search("核酸筛查").total == 1
    (folder / "a.txt").write_bytes(good)
    assert counts(index.sync([folder])) == (0, 0, 2, 0, 0)


def test_files_of_one_name_below_two_folders_are_both_there(index: Index, tmp_path: Path) -> None:
    for name in ("notes", "news"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "README.md").write_text(f"# {name}\n\n理赔", encoding="utf-8")
    assert index.sync([tmp_path / "notes", tmp_path / "news"]).total == 2
    assert ids(index) == ["README.md", "news/README.md"]


def test_what_is_in_no_folder_any_more_is_removed_and_what_was_added_stays(
    index: Index, folder: Path, tmp_path: Path
) -> None:
    index.add([Document(id="mine", body="自己加的")])
    index.sync([folder])
    other = tmp_path / "other"
    other.mkdir()
    (other / "o.txt").write_text("另一个文件夹。", encoding="utf-8")
    assert counts(index.sync([other])) == (1, 0, 0, 2, 0)
    assert ids(index) == ["mine", "o.txt"]


def test_a_folder_that_does_not_exist_is_an_error_and_nothing_is_removed(
    index: Index, folder: Path
) -> None:
    index.sync([folder])
    shutil.move(folder, folder.with_name("moved"))
    with pytest.raises(DocumentError, match="docs"):
        index.sync([folder])
    assert len(ids(index)) == 2


def test_a_single_path_instead_of_a_list_is_an_error(index: Index, folder: Path) -> None:
    with pytest.raises(ArgumentError, match="list"):
        index.sync(str(folder))


def test_progress_goes_up_to_the_size_of_all_files(index: Index, folder: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    index.sync([folder], progress=lambda p: seen.append((p.done, p.total, p.name)))
    size = sum(path.stat().st_size for path in folder.rglob("*.*"))
    assert [name for _, _, name in seen] == ["a.txt", "sub/b.md", ""]
    assert seen[-1][:2] == (size, size)


def test_an_interrupted_sync_leaves_the_index_as_it_was(index: Index, folder: Path) -> None:
    index.add([Document(id="mine", body="自己加的")])

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.sync([folder], progress=interrupt)
    assert ids(index) == ["mine"]
    assert counts(index.sync([folder])) == (2, 0, 0, 0, 0)


def test_the_folders_are_remembered(index: Index, folder: Path) -> None:
    index.sync([folder])
    assert index.status().folders == Index.recorded_folders(index.path) == (str(folder),)


def test_an_index_below_the_folder_is_not_indexed_itself(folder: Path) -> None:
    (folder / "index").mkdir()
    (folder / "index" / "README.md").write_text("# 关于索引", encoding="utf-8")
    with Index.open(folder / "index", create=True) as index:
        assert counts(index.sync([folder])) == (3, 0, 0, 0, 0)
        assert counts(index.sync([folder])) == (0, 0, 3, 0, 0)
        assert index.rebuild([folder]).total == 3
        assert ids(index) == ["a.txt", "index/README.md", "sub/b.md"]


def test_another_index_below_the_folder_is_not_indexed(folder: Path, tmp_path: Path) -> None:
    with Index.open(folder / "sub" / "index", create=True) as other:
        other.sync([folder])
    (folder / "sub" / "index" / "README.md").write_text("# 关于索引", encoding="utf-8")
    with Index.open(tmp_path / "elsewhere", create=True) as index:
        report = index.sync([folder])
        assert report.skipped == ()
        assert ids(index) == ["a.txt", "sub/b.md", "sub/index/README.md"]


def test_a_rebuild_is_the_same_from_nothing(index: Index, folder: Path) -> None:
    index.add([Document(id="mine", body="自己加的")])
    index.sync([folder])
    scores = [(hit.id, hit.score) for hit in index.search("核酸 理赔")]
    report = index.rebuild([folder])
    assert counts(report) == (2, 0, 0, 0, 0)
    assert ids(index) == ["a.txt", "sub/b.md"]
    assert {hit.id for hit in index.search("核酸 理赔")} == {id for id, _ in scores}
    assert counts(index.sync([folder])) == (0, 0, 2, 0, 0)


def test_an_interrupted_rebuild_leaves_the_index_as_it_was(index: Index, folder: Path) -> None:
    index.sync([folder])

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.rebuild([folder], progress=interrupt)
    assert len(ids(index)) == 2
    assert len([path for path in index.path.iterdir() if path.name.startswith("g0")]) == 1


def test_a_reader_sees_what_another_index_object_wrote(index: Index, folder: Path) -> None:
    with Index.open(index.path) as reader:
        assert reader.search("核酸").total == 0
        index.sync([folder])
        assert reader.search("核酸").total == 1
        index.rebuild([folder / "sub"])
        assert reader.search("核酸").total == 0
        assert reader.search("理赔").total == 1


def test_a_duplicate_takes_the_place_of_the_document_that_went(
    index: Index, tmp_path: Path
) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "1.jsonl").write_text('{"id": "x", "body": "第一"}\n', encoding="utf-8")
    (folder / "2.jsonl").write_text('{"id": "x", "body": "第二"}\n', encoding="utf-8")
    index.sync([folder])
    (folder / "1.jsonl").unlink()
    assert counts(index.sync([folder])) == (0, 1, 0, 0, 0)
    document = index.get("x")
    assert document is not None
    assert document.body == "第二"


def test_folders_of_one_name_are_kept_apart_however_many(index: Index, tmp_path: Path) -> None:
    folders = [tmp_path / str(n) / "news" for n in range(3)]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "a.txt").write_text(f"理赔，{folder}", encoding="utf-8")
    assert counts(index.sync(folders)) == (3, 0, 0, 0, 0)
    assert ids(index) == ["2/news/a.txt", "a.txt", "news/a.txt"]


def test_another_folder_with_files_of_the_same_names_sizes_and_times(
    index: Index, tmp_path: Path
) -> None:
    for name, text in (("1", "核酸"), ("2", "抗原")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(text, encoding="utf-8")
        os.utime(tmp_path / name / "a.txt", ns=(0, 0))
    index.sync([tmp_path / "1"])
    assert counts(index.sync([tmp_path / "2"])) == (0, 1, 0, 0, 0)
    assert index.search("抗原").total == 1


def test_what_was_deleted_or_replaced_by_hand_comes_back_when_its_file_changes(
    index: Index, tmp_path: Path
) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    file = folder / "r.jsonl"
    lines = ['{"id": "a", "body": "甲"}', '{"id": "b", "body": "乙"}']
    file.write_text("\n".join(lines), encoding="utf-8")
    index.sync([folder])
    index.delete(["a"])
    index.add([Document(id="b", body="自己写的")])
    assert counts(index.sync([folder])) == (0, 0, 0, 0, 0)
    assert ids(index) == ["b"]
    file.write_text("\n".join([*lines, '{"id": "c", "body": "丙"}']), encoding="utf-8")
    assert counts(index.sync([folder])) == (2, 1, 0, 0, 0)
    assert {document.id: document.body for document in index.documents()} == {
        "a": "甲",
        "b": "乙",
        "c": "丙",
    }


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names must be Unicode there")
def test_names_of_files_need_not_be_utf_8(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / os.fsdecode(b"\xff.txt")).write_text("核酸检测", encoding="utf-8")
    with Index.open(tmp_path / "index", create=True) as index:
        assert index.sync([folder]).added == 1
        assert index.sync([folder]).unchanged == 1
        assert len(index.search("核酸")) == 1


def test_renamed_files_keep_what_was_indexed_of_them(index: Index, folder: Path) -> None:
    (folder / "c.jsonl").write_text(
        '{"title": "一", "body": "理赔"}\n{"id": "own", "body": "险企"}'
    )
    index.sync([folder])
    segments = segments_of(index)
    (folder / "sub").rename(folder / "elsewhere")
    (folder / "c.jsonl").rename(folder / "d.jsonl")
    report = index.sync([folder])
    assert (report.renamed, report.unchanged, report.total) == (3, 1, 4)
    assert (report.added, report.updated, report.removed) == (0, 0, 0)
    assert segments_of(index) == segments
    assert ids(index) == ["a.txt", "d.jsonl#1", "elsewhere/b.md", "own"]
    assert index.get("sub/b.md") is None
    assert [hit.path for hit in index.search("绿色通道")] == ["elsewhere/b.md"]
    assert [hit.id for hit in index.search("path:elsewhere")] == ["elsewhere/b.md"]
    assert index.search("path:sub").total == 0
    assert {hit.path for hit in index.search("path:jsonl")} == {"d.jsonl"}


def test_a_title_that_is_taken_from_the_name_of_a_file_is_indexed_again(
    index: Index, tmp_path: Path
) -> None:
    old = tmp_path / "docs" / "旧名.md"
    old.parent.mkdir()
    old.write_text("---\ntags: [理赔]\n---\n\n核酸筛查从今天开始。\n", encoding="utf-8")
    index.sync([old.parent])
    assert index.search("标题：旧名").total == 1
    old.rename(old.with_name("新名.md"))
    report = index.sync([old.parent])
    assert (report.added, report.renamed, report.removed, report.total) == (1, 0, 1, 1)
    assert index.search("标题：旧名").total == 0
    assert index.search("标题：新名").total == 1


def test_many_renamed_files_become_a_segment_of_their_own(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "docs" / "old"
    folder.mkdir(parents=True)
    for number in range(1_100):
        (folder / f"{number:04}.md").write_text(
            f"# 第{number}号\n\n核酸{number}\n", encoding="utf-8"
        )
    index.sync([folder.parent])
    folder.rename(folder.with_name("new"))
    report = index.sync([folder.parent])
    assert (report.renamed, report.total) == (1_100, 1_100)
    (generation,) = index.path.glob("g*")
    (segment,) = commits.read(generation).segments
    assert not segment.moved
    assert index.search("path:new").total == 1_100
    assert [hit.id for hit in index.search("“第17号”")] == ["new/0017.md"]


def segments_of(index: Index) -> list[str]:
    """The files of the segments."""
    return sorted(path.name for path in index.path.rglob("*.columns"))


def test_two_writers_one_waits(index: Index, folder: Path) -> None:
    order: list[str] = []
    started = threading.Event()

    def slowly(progress: Progress) -> None:
        if not started.is_set():
            started.set()
            time.sleep(0.5)
            order.append("first")

    first = threading.Thread(target=lambda: index.sync([folder], progress=slowly))
    first.start()
    started.wait()
    with Index.open(index.path) as hasty, pytest.raises(IndexLocked, match=f"{os.getpid()}"):
        hasty.add([Document(id="x")])
    with Index.open(index.path, wait=20) as patient:
        patient.add([Document(id="y")])
    order.append("second")
    first.join()
    assert order == ["first", "second"]
    assert index.get("y") is not None


def test_others_search_while_one_syncs(index: Index, folder: Path) -> None:
    """Threads share one index; each search sees the old state or the new one."""
    index.sync([folder])
    (folder / "c.txt").write_text("核酸筛查", encoding="utf-8")
    seen: list[int] = []

    def look(progress: Progress) -> None:
        found = threading.Thread(target=lambda: seen.append(index.search("*").total))
        found.start()
        found.join(20)

    index.sync([folder], progress=look)
    assert seen
    assert set(seen) == {2}
    assert index.search("*").total == 3


def test_refreshing_says_whether_there_is_news(index: Index, folder: Path) -> None:
    index.search("*")
    assert not index.refresh()
    with Index.open(index.path) as other:
        other.sync([folder])
    assert index.refresh()
    assert not index.refresh()


def test_a_folder_that_cannot_be_looked_into_keeps_its_documents(
    index: Index, folder: Path
) -> None:
    index.sync([folder])
    (folder / "sub").rename(folder.parent / "aside")
    # Root may look into every folder; a link to itself is one that nobody can.
    (folder / "sub").symlink_to(folder / "sub")
    report = index.sync([folder])
    assert [skipped.name for skipped in report.skipped] == ["sub"]
    assert (report.removed, report.total) == (0, 2)
    assert index.search("绿色通道").total == 1
    (folder / "sub").unlink()
    (folder.parent / "aside").rename(folder / "sub")
    assert counts(index.sync([folder])) == (0, 0, 2, 0, 0)


def test_what_changes_nothing_leaves_no_files(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text("核酸检测", encoding="utf-8")
    with Index.open(tmp_path / "index", create=True) as index:
        index.sync([folder])
        before = sorted(path.name for path in (tmp_path / "index").rglob("*"))
        for _ in range(3):
            index.sync([folder])
        index.add([])
        index.delete(["nothing"])
        assert sorted(path.name for path in (tmp_path / "index").rglob("*")) == before


def test_a_copy_that_is_read_otherwise_takes_nothing_from_the_file_that_goes_on(
    index: Index, tmp_path: Path
) -> None:
    records = tmp_path / "records.csv"
    records.write_text("id,title,body\nr1,核酸,筛查\nr2,理赔,须知\n", encoding="utf-8")
    index.sync([tmp_path])
    shutil.copy(records, tmp_path / "records.bak")  # which is plain text
    records.write_text("id,title,body\nr1,核酸,筛查\nr2,理赔,绿色通道\n", encoding="utf-8")
    index.sync([tmp_path])
    assert {document.id for document in index.documents()} == {"r1", "r2", "records.bak"}
    assert index.sync([tmp_path]).unchanged == 3


@pytest.mark.parametrize("syncs", [1, 3])
def test_a_file_that_cannot_be_read_under_its_new_name_keeps_its_old_one(
    index: Index, tmp_path: Path, syncs: int
) -> None:
    (tmp_path / "a.md").write_text("# 核酸筛查\n\n理赔", encoding="utf-8")
    index.sync([tmp_path])
    (tmp_path / "a.md").rename(tmp_path / "a.json")
    for _ in range(syncs):
        report = index.sync([tmp_path])
        (skipped,) = report.skipped
        assert skipped.name == "a.json"
        assert "what was indexed before is kept" in skipped.reason
        assert [document.id for document in index.documents()] == ["a.md"]
    (tmp_path / "a.json").rename(tmp_path / "b.md")
    assert index.sync([tmp_path]).renamed == 1
    assert [document.id for document in index.documents()] == ["b.md"]


def test_a_file_that_cannot_be_read_under_its_new_name_gives_way_to_one_with_its_old(
    index: Index, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("id,title\nr1,核酸\nr2,理赔\n", encoding="utf-8")
    index.sync([tmp_path])
    (tmp_path / "a.csv").rename(tmp_path / "a.json")
    (tmp_path / "a.csv").write_text("id,title\nr1,保险\n", encoding="utf-8")
    for _ in range(2):
        report = index.sync([tmp_path])
        assert [skipped.name for skipped in report.skipped] == ["a.json"]
        assert {one.id: one.title for one in index.documents()} == {"r1": "保险"}


def test_of_very_many_records_with_one_id_some_are_named_and_the_others_counted(
    index: Index, tmp_path: Path
) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    line = json.dumps({"id": "same", "body": "核酸"}) + "\n"
    (folder / "r.jsonl").write_text(line * 3001, encoding="utf-8")
    report = index.sync([folder])
    assert (report.added, len(report.skipped)) == (1, 1001)
    assert "2,000" in report.skipped[-1].reason
    again = index.sync([folder])
    assert (again.unchanged, again.skipped) == (1, report.skipped)


def test_python_collects_garbage_again_after_a_sync(index: Index, folder: Path) -> None:
    for folders in ([folder], [folder], [folder / "nowhere"]):
        with suppress(DocumentError):
            index.sync(folders)
        assert gc.isenabled()
