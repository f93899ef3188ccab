"""A short form of what ``python -m tests.damage --full`` does."""

import random
import shutil
from itertools import islice
from pathlib import Path

import pytest

from tests.damage.asker import Asker, defect
from tests.damage.damaging import Damage, anywhere, files_of, restore, set_byte, write_damaged


@pytest.fixture
def index(whole: Path, tmp_path: Path) -> Path:
    """The same, to be damaged."""
    return Path(shutil.copytree(whole / "index", tmp_path / "index"))


@pytest.mark.parametrize(("engine", "cases"), [("kernel", 40), ("numpy", 12)])
def test_a_damaged_index_answers_or_says_so_and_a_check_names_the_file(
    index: Path, engine: str, cases: int
) -> None:
    has_kernel = engine == "kernel"  # without it a check takes its time
    files = files_of(index)
    answers = errors = 0
    with Asker(kernel=has_kernel) as asker:
        for number, damage in enumerate(islice(anywhere(files, random.Random(11)), cases)):
            to_name = write_damaged(damage, files, index)
            answer = asker.ask(index, seed=number, uses=4, check=has_kernel)
            restore(damage, files, index)
            to_name = to_name if has_kernel else []
            assert not defect(answer, to_name), f"{damage.file} {damage.what}: {answer}"
            answers += answer["answers"]
            errors += answer["errors"]
    assert min(answers, errors) > cases / 10


def test_an_index_that_is_whole_answers_everything(index: Path) -> None:
    with Asker(kernel=True) as asker:
        answer = asker.ask(index, check=True)
    assert answer["failure"] == ""
    assert (answer["errors"], answer["files"]) == (0, [])


def test_every_file_is_named_when_one_bit_of_it_changes(index: Path) -> None:
    files = files_of(index)
    with Asker(kernel=True) as asker:
        for file, data in files.items():
            if data:
                damage = Damage(file, "a bit", set_byte(len(data) // 2, data[len(data) // 2] ^ 1))
                write_damaged(damage, files, index)
                assert file in asker.ask(index, uses=1, check=True)["files"]
                restore(damage, files, index)


def test_what_is_no_part_of_the_index_is_named(index: Path) -> None:
    folder = next(index.glob("g*"))
    (folder / "notes.txt").write_text("mine")
    (folder / "MAIN_0000.columns").write_bytes(b"")
    (index / "g000007").mkdir()
    (index / "g000007" / ".searcher").touch()
    (index / "README.md").write_text("what lies beside an index is not looked at")
    with Asker(kernel=True) as asker:
        named = asker.ask(index, uses=1, check=True)["files"]
    assert named == ["g000001/MAIN_0000.columns", "g000001/notes.txt", "g000007"]
