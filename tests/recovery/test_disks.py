"""A full disk, or one that can only be read: said clearly, and nothing is lost."""

import random
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from searcher import Document, Index, IndexNotFound, SearcherError
from tests.cli.conftest import run_process
from tests.index.equality import assert_like, documents_of, picture_of
from tests.recovery.disks import Disk
from tests.recovery.folders import QUERIES, replace_content, write_folders
from tests.recovery.killing import assert_no_damage, assert_no_leftovers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="disks are otherwise there")

_TABLE = 4_900_000  # bytes: what the dictionary takes, which each build writes
_CASES = 12


class World:
    """A folder, an index of its old state on a small disk, and what is to come of it."""

    def __init__(self, scratch: Path) -> None:
        self.old, self.new = write_folders(scratch / "folders")
        self.folder = scratch / "folder"
        self.folder.mkdir()
        (scratch / "disk").mkdir()
        self.disk = Disk(scratch / "disk")
        self.index = self.disk.folder / "index"
        self._made = scratch / "made"
        replace_content(self.folder, self.old)
        Index.build(self._made, [self.folder], jobs=1)
        replace_content(self.folder, self.new)
        Index.build(scratch / "clean", [self.folder], jobs=1)
        with Index.open(scratch / "clean") as index:
            self.picture = picture_of(index, QUERIES)
        with Index.open(self._made) as index:
            self.before = documents_of(index)

    def begin(self, *, with_index: bool) -> None:
        """Put all back to the beginning."""
        shutil.rmtree(self.index, ignore_errors=True)
        replace_content(self.folder, self.old)
        if with_index:
            shutil.copytree(self._made, self.index)
        replace_content(self.folder, self.new)

    def recover(self) -> None:
        """With room again the next sync does all, and leaves nothing behind."""
        with Index.open(self.index, create=True) as index:
            index.sync([self.folder], jobs=1)
            assert_like(index, self.picture, QUERIES)
        assert_no_leftovers(self.index)
        assert Index.check(self.index).ok


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("disks"))
    yield world
    world.disk.close()


def sync(index: Index, folder: Path) -> None:
    index.sync([folder], jobs=1, commit_every=0.0)


def sync_with_workers(index: Index, folder: Path) -> None:
    index.sync([folder], jobs=2)


def rebuild(index: Index, folder: Path) -> None:
    index.rebuild([folder], jobs=1)


def add(index: Index, folder: Path) -> None:
    index.add([Document(id=f"added{n}", body="核酸检测、银行贷款。" * 200) for n in range(40)])
    index.delete([f"added{n}" for n in range(40)])


def delete(index: Index, folder: Path) -> None:
    index.delete(["r1", "r2", "r3"])


@pytest.mark.parametrize(
    ("job", "least", "most"),
    [
        (sync, 0, 400_000),
        (sync_with_workers, 0, 200_000),
        (rebuild, 0, _TABLE),
        (rebuild, _TABLE, _TABLE + 400_000),
        (add, 0, 100_000),
        (delete, 0, 20_000),
    ],
)
def test_a_disk_that_is_full_is_an_error_and_nothing_is_lost(
    world: World, job: Callable[[Index, Path], None], least: int, most: int
) -> None:
    chance = random.Random(f"{job.__name__} {most}")
    failures = 0
    for _ in range(_CASES):
        world.begin(with_index=True)
        with Index.open(world.index) as index, Index.open(world.index) as reader:
            assert documents_of(reader) == world.before
            with world.disk.with_room(chance.randint(least, most)):
                try:
                    job(index, world.folder)
                except SearcherError as error:
                    failures += 1
                    assert_says_what_to_do(str(error))
                assert_a_state(world, documents_of(reader))
                assert_a_state(world, documents_of(index))
                assert_no_damage(world.index)
        world.recover()
    assert failures > 0


def test_a_first_build_on_a_full_disk_leaves_nothing_behind(world: World) -> None:
    chance = random.Random(3)
    failures = 0
    for number in range(_CASES):
        world.begin(with_index=False)
        most = _TABLE if number % 3 == 0 else _TABLE + 400_000
        with world.disk.with_room(chance.randint(most - 400_000, most)):
            try:
                Index.build(world.index, [world.folder], jobs=1)
            except SearcherError as error:
                failures += 1
                assert_says_what_to_do(str(error))
                assert not list(world.index.glob("g*"))
                with pytest.raises(IndexNotFound):
                    Index.check(world.index)
        world.recover()
    assert failures > 0


def test_what_fills_the_disk_and_is_left_of_a_killed_build_is_swept(world: World) -> None:
    """It must go even where there is no room for a word about who writes."""
    world.begin(with_index=True)
    with Index.open(world.index) as index:
        index.sync([world.folder], jobs=1)
    (folder,) = world.index.glob("g*")
    left = world.index / "g000009"
    shutil.copytree(folder, left)
    (folder / "MAIN_0123456789abcdef.columns").write_bytes(bytes(1 << 20))
    with world.disk.with_room(0):
        with suppress(SearcherError), Index.open(world.index) as index:
            index.sync([world.folder], jobs=1)
        assert not left.exists()
        assert not (folder / "MAIN_0123456789abcdef.columns").exists()


@pytest.mark.parametrize("command", ["index", "reindex"])
def test_the_terminal_says_it_and_what_to_do(world: World, command: str) -> None:
    world.begin(with_index=True)
    arguments = [command, "--index", str(world.index), str(world.folder), "--jobs", "1"]
    with world.disk.with_room(16_384):
        outcome = run_process(*arguments, cwd=world.folder)
    assert outcome.status == 2
    assert len(outcome.err.strip().splitlines()) == 2
    assert outcome.err.startswith("error: cannot write the index")
    # Where it is that is full, wherever one stands.
    assert f"\nTry: df -h {world.index}" in outcome.err
    assert_says_what_to_do(outcome.err)
    assert run_process(*arguments, cwd=world.folder).status == 0


def test_on_a_disk_that_can_only_be_read_searching_works_and_writing_says_why(
    world: World,
) -> None:
    world.begin(with_index=True)
    with world.disk.read_only():
        found = run_process("search", "核酸检测", "--index", str(world.index), cwd=world.folder)
        assert found.status == 0
        for command in ("index", "reindex"):
            outcome = run_process(
                command, "--index", str(world.index), str(world.folder), cwd=world.folder
            )
            if outcome.status == 0:
                # Whoever may do everything is not kept from it by the modes of files.
                assert not world.disk.is_real
                continue
            assert outcome.status == 2
            assert len(outcome.err.strip().splitlines()) == 2
            assert outcome.err.startswith("error: cannot write the index")
            assert "Traceback" not in outcome.err
        assert run_process("check", "--index", str(world.index), cwd=world.folder).status == 0
    world.recover()


def assert_says_what_to_do(message: str) -> None:
    """Look that an error names what is wrong, and a way out."""
    assert "No space left" in message or "File too large" in message
    assert "make room" in message


def assert_a_state(world: World, found: dict[str, Document]) -> None:
    """Look that nothing is lost: what has not changed is there, and all is as it is or was."""
    now = world.picture["documents"]
    assert isinstance(now, dict)
    for name, document in found.items():
        assert name.startswith("added") or document in (world.before.get(name), now.get(name))
    for name, document in world.before.items():
        if now.get(name) == document and name not in ("r1", "r2", "r3"):
            assert found.get(name) == document
