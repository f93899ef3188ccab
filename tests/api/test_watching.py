"""``searcher.watch``: an index that is kept in step with folders."""

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import watchfiles

import searcher
from searcher import DocumentError, Index, IndexCorrupt, Report, SearcherError, Selection
from searcher.index.store import Store

PATIENCE = 60.0  # seconds, after which a test gives up; none takes so long


def eventually(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "it has not come about"
        time.sleep(0.05)


class Watched:
    """A folder, its index, and what was heard of it."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "文档"
        self.folder.mkdir()
        self.path = home / "index"
        self.reports: list[Report] = []
        self.notes: list[str] = []
        self.errors: list[SearcherError] = []

    def write(self, name: str, text: str = "核酸筛查说明") -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def has(self, *names: str) -> bool:
        """Whether the index has these documents and no other."""
        with Index.open(self.path) as index:
            return {document.id for document in index.documents()} == set(names)

    def says(self, name: str, text: str) -> bool:
        """Whether the index has a document with this text."""
        with Index.open(self.path) as index:
            document = index.get(name)
        return document is not None and text in f"{document.title}\n{document.body}"

    @contextmanager
    def watching(self, *roots: Path, **options: Any) -> Iterator[None]:
        """Watch while the body runs, from the first sync on."""
        stop = threading.Event()

        def run() -> None:
            try:
                searcher.watch(
                    self.path,
                    roots or [self.folder],
                    on_sync=self.reports.append,
                    on_note=self.notes.append,
                    stop=stop,
                    jobs=1,
                    **options,
                )
            except SearcherError as error:
                self.errors.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            eventually(lambda: bool(self.reports or self.notes or self.errors))
            yield
        finally:
            stop.set()
            thread.join(PATIENCE)
            assert not thread.is_alive()


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_what_is_there_is_indexed_first(watched: Watched) -> None:
    watched.write("甲.txt")
    with watched.watching():
        assert watched.has("甲.txt")
    assert watched.reports[0].added == 1


def test_files_that_are_written_changed_and_deleted_are_followed(watched: Watched) -> None:
    with watched.watching():
        watched.write("甲.txt")
        eventually(lambda: watched.has("甲.txt"))
        watched.write("甲.txt", "绿色通道")
        eventually(lambda: watched.says("甲.txt", "绿色通道"))
        (watched.folder / "甲.txt").unlink()
        eventually(watched.has)


def test_a_file_that_an_editor_saves_by_renaming_is_followed(watched: Watched) -> None:
    watched.write("甲.txt")
    with watched.watching():
        for text in ("第一稿", "第二稿", "第三稿"):
            watched.write("甲.txt.new", text)
            (watched.folder / "甲.txt.new").replace(watched.folder / "甲.txt")
            eventually(partial(watched.says, "甲.txt", text))
        eventually(lambda: watched.has("甲.txt"))


def test_a_single_file_is_followed_when_another_takes_its_place(watched: Watched) -> None:
    watched.write("甲.txt", "第一稿")
    with watched.watching(watched.folder / "甲.txt"):
        watched.write("乙.txt", "第二稿")
        (watched.folder / "乙.txt").replace(watched.folder / "甲.txt")
        eventually(lambda: watched.says("甲.txt", "第二稿"))
        watched.write("甲.txt", "第三稿，写在原处")
        eventually(lambda: watched.says("甲.txt", "第三稿"))


def test_a_burst_is_answered_by_few_syncs(watched: Watched) -> None:
    with watched.watching():
        for number in range(200):
            watched.write(f"{number:03}.txt")
        eventually(lambda: sum(report.added for report in watched.reports) == 200)
    assert len([report for report in watched.reports if report.added]) < 20


def test_folders_that_are_deleted_and_made_again_are_followed(watched: Watched) -> None:
    watched.write("上/中/下/甲.txt")
    with watched.watching():
        for number in range(3):
            shutil.rmtree(watched.folder / "上")
            watched.write(f"上/中/下/{number}.txt")
            eventually(partial(watched.has, f"上/中/下/{number}.txt"))
            watched.write("上/中/后来.txt")
            eventually(partial(watched.has, f"上/中/下/{number}.txt", "上/中/后来.txt"))


def test_a_folder_that_is_moved_in_is_followed(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "别处" / "里").mkdir(parents=True)
    (tmp_path / "别处" / "里" / "甲.txt").write_text("理赔", encoding="utf-8")
    with watched.watching():
        (tmp_path / "别处").rename(watched.folder / "别处")
        eventually(lambda: watched.has("别处/里/甲.txt"))
        watched.write("别处/里/乙.txt")
        eventually(lambda: watched.has("别处/里/甲.txt", "别处/里/乙.txt"))


def test_while_the_folder_itself_is_gone_nothing_is_removed(
    watched: Watched, tmp_path: Path
) -> None:
    watched.write("甲.txt")
    with watched.watching():
        watched.folder.rename(tmp_path / "away")
        eventually(lambda: bool(watched.notes))
        assert watched.has("甲.txt")
        (tmp_path / "away").rename(watched.folder)
        watched.write("乙.txt")
        eventually(lambda: watched.has("甲.txt", "乙.txt"))
        # And once more: the trouble is told again.
        watched.folder.rename(tmp_path / "away")
        eventually(lambda: len(watched.notes) == 3)
    gone = f"{watched.folder} is gone; what was indexed is kept, waiting until it is back"
    assert watched.notes == [gone, f"{watched.folder} is back", gone]


def test_the_folder_itself_is_followed_when_it_was_made_again(watched: Watched) -> None:
    watched.write("甲.txt")
    with watched.watching():
        for number in range(3):
            shutil.rmtree(watched.folder)
            watched.write(f"{number}.txt")
            eventually(partial(watched.has, f"{number}.txt"))
            watched.write("后来.txt")
            eventually(partial(watched.has, f"{number}.txt", "后来.txt"))


def test_an_index_inside_the_folder_does_not_set_itself_off(watched: Watched) -> None:
    watched.path = watched.folder / "index"
    with watched.watching():
        watched.write("甲.txt")
        eventually(lambda: watched.has("甲.txt"))
        time.sleep(3)
        count = len(watched.reports)
        assert count <= 4
        time.sleep(2)
        assert len(watched.reports) == count


def test_what_is_left_out_sets_nothing_off(watched: Watched) -> None:
    watched.write(".gitignore", "忽略/\n")
    with watched.watching(selection=Selection(exclude=("*.log", "构建/"))):
        count = len(watched.reports)
        for name in (".隐藏/甲.txt", "甲.log", "构建/里/甲.txt"):
            watched.write(name)
        time.sleep(2)
        assert len(watched.reports) == count
        watched.write("忽略/甲.txt")
        watched.write("甲.txt")
        eventually(lambda: watched.has("甲.txt"))
        # What is left out may change: that concerns the index.
        watched.write(".gitignore", "")
        eventually(lambda: watched.has("甲.txt", "忽略/甲.txt"))


def test_another_writer_is_waited_for(watched: Watched) -> None:
    watched.write("甲.txt")
    with watched.watching():
        with Store(watched.path).locked():
            watched.write("乙.txt")
            eventually(lambda: bool(watched.notes))
            assert watched.notes[0].endswith("; waiting")
        eventually(lambda: watched.has("甲.txt", "乙.txt"))
    assert len(watched.notes) == 1


def test_a_sync_that_fails_is_tried_again(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.write("甲.txt")
    real = Index.sync
    full = [SearcherError("cannot write the index: No space left on device")] * 2

    def sync(index: Index, *args: Any, **options: Any) -> Report:
        if watched.reports and full:
            raise full.pop()
        return real(index, *args, **options)

    monkeypatch.setattr(Index, "sync", sync)
    with watched.watching():
        watched.write("乙.txt")
        eventually(lambda: watched.has("甲.txt", "乙.txt"))
    assert watched.notes == ["cannot write the index: No space left on device; trying again"]


def test_a_damaged_index_ends_it(watched: Watched) -> None:
    watched.write("甲.txt")
    with watched.watching():
        (watched.path / "searcher.json").write_text("{", encoding="utf-8")
        watched.write("乙.txt")
        eventually(lambda: bool(watched.errors))
    assert isinstance(watched.errors[0], IndexCorrupt)


def test_a_folder_that_was_never_there_is_an_error(watched: Watched, tmp_path: Path) -> None:
    with watched.watching(tmp_path / "missing"):
        pass
    assert isinstance(watched.errors[0], DocumentError)
    assert not watched.path.exists()


def test_where_the_system_tells_nothing_the_folders_are_looked_at(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def limited(*args: Any, **options: Any) -> Iterator[Any]:
        raise OSError(28, "No space left on device")
        yield

    monkeypatch.setattr(watchfiles, "watch", limited)
    with watched.watching():
        watched.write("深/甲.txt")
        eventually(lambda: watched.has("深/甲.txt"))
        shutil.rmtree(watched.folder)
        watched.write("乙.txt")
        eventually(lambda: watched.has("乙.txt"))
    assert "looking every few seconds instead" in watched.notes[0]
    assert "fs.inotify.max_user_watches" in watched.notes[0]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_a_link_that_points_elsewhere_is_another_folder(watched: Watched, tmp_path: Path) -> None:
    for name in ("v1", "v2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text("理赔", encoding="utf-8")
    current = tmp_path / "current"
    current.symlink_to("v1")
    with watched.watching(current):
        eventually(lambda: watched.has("v1.txt"))
        (tmp_path / "next").symlink_to("v2")
        (tmp_path / "next").replace(current)
        eventually(lambda: watched.has("v2.txt"))
        (tmp_path / "v2" / "后来.txt").write_text("理赔", encoding="utf-8")
        eventually(lambda: watched.has("v2.txt", "后来.txt"))


def test_without_the_package_it_says_what_to_install(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    with watched.watching():
        pass
    assert "-m pip install 'watchfiles>=1.0'" in str(watched.errors[0])
    assert not watched.path.exists()
