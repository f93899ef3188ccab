"""The examples in the docstrings of all public names, run on the sample documents."""

import doctest
import inspect
import shutil
from pathlib import Path

import pytest

import searcher

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
# What every program has, or makes first.
WITHOUT_EXAMPLE = {
    "Index.build",
    "Index.close",
    "Index.delete",
    "Index.path",
    "Index.rebuild",
    "Index.recorded_folders",
    "Index.recorded_selection",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of the sample documents and their index."""
    shutil.copytree(CORPUS, tmp_path / "corpus")
    monkeypatch.chdir(tmp_path)
    with searcher.Index.open("index", create=True) as index:
        index.sync(["corpus"])
    return tmp_path


def described(name: str) -> list[type | object]:
    """What a public name stands for, and what it inherits."""
    value = getattr(searcher, name)
    if not inspect.isclass(value):
        return [value]
    return [one for one in inspect.getmro(value) if one.__module__.startswith("searcher")]


def test_examples_are_right(home: Path) -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner()
    reports: list[str] = []
    with searcher.Index.open("index") as index:
        names = {"searcher": searcher, "Snippet": searcher.Snippet, "index": index}
        for name in searcher.__all__:
            for one in described(name):
                for test in finder.find(one, name, globs={**names}):
                    runner.run(test, out=reports.append)
    assert not runner.failures, "".join(reports)
    assert runner.tries >= 29


def test_the_methods_of_an_index_have_examples() -> None:
    for name, member in inspect.getmembers(searcher.Index):
        if name.startswith("_") or f"Index.{name}" in WITHOUT_EXAMPLE:
            continue
        assert ">>>" in (inspect.getdoc(member) or ""), name
    for name in WITHOUT_EXAMPLE:
        assert hasattr(searcher.Index, name.removeprefix("Index."))


@pytest.mark.parametrize("name", searcher.__all__)
def test_every_public_name_is_described(name: str) -> None:
    if name in ("ProgressCallback",):  # a type
        return
    value = getattr(searcher, name)
    assert inspect.getdoc(value), name
    members = vars(value) if inspect.isclass(value) else {}
    for member, what in members.items():
        if not member.startswith("_") and (inspect.isfunction(what) or isinstance(what, property)):
            assert inspect.getdoc(what), f"{name}.{member}"
