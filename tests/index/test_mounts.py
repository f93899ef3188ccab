"""A folder that is empty because its disk is not mounted is not taken for one that was emptied."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from searcher import DocumentError, Index
from searcher.index.mounts import device_of

_OTHERS = (Path("/dev/shm"), Path("/run"), Path.home())


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on another disk than the temporary one."""
    here = device_of(tmp_path)
    others = [path for path in _OTHERS if path.is_dir() and device_of(path) != here]
    if not others:
        pytest.skip("there is one disk only")
    folder = Path(tempfile.mkdtemp(dir=others[0]))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def mounted(tmp_path: Path, disk: Path) -> Path:
    """The place where the disk is; what is left without it is an empty folder."""
    (disk / "a.txt").write_text("核酸筛查", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    place = tmp_path / "place"
    place.symlink_to(disk)
    return place


def unmount(place: Path) -> None:
    place.unlink()
    place.symlink_to(place.with_name("empty"))


def test_nothing_is_removed_while_a_disk_is_not_there(
    tmp_path: Path, mounted: Path, disk: Path
) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.sync([mounted])
        unmount(mounted)
        for dry_run in (True, False):
            with pytest.raises(DocumentError, match="is its disk mounted"):
                index.sync([mounted], dry_run=dry_run)
        assert index.get("a.txt") is not None
        mounted.unlink()
        mounted.symlink_to(disk)
        assert index.sync([mounted]).unchanged == 1


def test_it_can_be_indexed_as_it_is(tmp_path: Path, mounted: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.sync([mounted])
        unmount(mounted)
        assert index.rebuild([mounted]).total == 0


def test_a_folder_that_was_emptied_where_it_is_removes_its_documents(
    tmp_path: Path, mounted: Path, disk: Path
) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.sync([mounted])
        (disk / "a.txt").unlink()
        assert index.sync([mounted]).removed == 1


def test_another_disk_with_other_files_is_taken_as_it_is(tmp_path: Path, mounted: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.sync([mounted])
        unmount(mounted)
        (mounted / "b.txt").write_text("理赔", encoding="utf-8")
        report = index.sync([mounted])
        assert (report.added, report.removed) == (1, 1)
