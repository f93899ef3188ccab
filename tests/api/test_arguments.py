"""What makes no sense is told before anything is done."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from searcher import ArgumentError, Document, Index, Report, Selection, watch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("核酸筛查", encoding="utf-8")
    return folder


@pytest.fixture
def index(tmp_path: Path, folder: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "index", create=True) as index:
        index.sync([folder])
        yield index
        assert [document.id for document in index.documents()] == ["a.txt"]


@pytest.mark.parametrize("wait", [-1, float("nan"), "5", None])
def test_how_long_to_wait_is_a_number_of_seconds(index: Index, tmp_path: Path, wait: Any) -> None:
    with pytest.raises(ArgumentError, match="wait"):
        Index.open(tmp_path / "index", wait=wait)


@pytest.mark.parametrize("seconds", [-1, float("nan"), "5"])
def test_how_often_to_commit_is_a_number_of_seconds(
    index: Index, folder: Path, seconds: Any
) -> None:
    with pytest.raises(ArgumentError, match="commit_every"):
        index.sync([folder], commit_every=seconds)


@pytest.mark.parametrize("selection", ["*.txt", ("*.txt",), {}, 5])
def test_a_selection_is_a_selection(
    index: Index, folder: Path, tmp_path: Path, selection: Any
) -> None:
    with pytest.raises(ArgumentError, match="Selection"):
        index.sync([folder], selection=selection)
    with pytest.raises(ArgumentError, match="Selection"):
        index.rebuild([folder], selection=selection)
    reports: list[Report] = []
    stop = threading.Event()
    stop.set()
    with pytest.raises(ArgumentError, match="Selection"):
        watch(tmp_path / "new", [folder], on_sync=reports.append, stop=stop, selection=selection)
    assert reports == []
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("include", "*.txt"), ("exclude", 5), ("hidden", "yes"), ("ignore_files", None)],
)
def test_a_selection_has_globs_and_truths(name: str, value: Any) -> None:
    with pytest.raises(ArgumentError, match=name):
        Selection(**{name: value})


def test_a_list_of_globs_is_as_good_as_a_tuple() -> None:
    globs: Any = ["*.txt"]
    assert Selection(include=globs) == Selection(include=("*.txt",))


@pytest.mark.parametrize("path", ["", "a\x00b", b"docs", 5, None])
def test_a_path_is_a_path_and_not_empty(index: Index, path: Any) -> None:
    with pytest.raises(ArgumentError, match="not a path"):
        index.sync([path])
    with pytest.raises(ArgumentError, match="not a path"):
        Index.open(path, create=True)
    with pytest.raises(ArgumentError, match="not a path"):
        Index.check(path)


def test_an_id_is_a_string(index: Index) -> None:
    number: Any = 5
    for call in (index.get, index.similar, lambda one: index.explain("核酸", one)):
        with pytest.raises(ArgumentError, match="an id is a string"):
            call(number)
    with pytest.raises(ArgumentError, match="an id is a string"):
        index.delete([number])


def test_documents_to_add_are_a_list(index: Index) -> None:
    one: Any = Document(id="b", body="理赔")
    with pytest.raises(ArgumentError, match="a list of documents"):
        index.add(one)


@pytest.mark.parametrize("folders", [None, 5])
def test_folders_are_a_list(index: Index, folders: Any) -> None:
    with pytest.raises(ArgumentError, match="a list of folders"):
        index.sync(folders)


def test_what_is_to_be_called_is_a_function(index: Index, folder: Path, tmp_path: Path) -> None:
    progress: Any = "say it"
    for call in (
        lambda: index.sync([folder], progress=progress),
        lambda: index.rebuild([folder], progress=progress),
        lambda: Index.check(tmp_path / "index", progress=progress),
        lambda: watch(tmp_path / "index", [folder], on_sync=progress, stop=threading.Event()),
    ):
        with pytest.raises(ArgumentError, match="must be a function"):
            call()


@pytest.mark.parametrize("sample", [-1, 0.5, "all", True])
def test_how_many_documents_to_check_is_a_number(index: Index, tmp_path: Path, sample: Any) -> None:
    with pytest.raises(ArgumentError, match="sample"):
        Index.check(tmp_path / "index", sample=sample)


def test_what_ends_watching_is_an_event(tmp_path: Path, folder: Path) -> None:
    stop: Any = None
    with pytest.raises(ArgumentError, match=r"threading\.Event"):
        watch(tmp_path / "new", [folder], on_sync=print, stop=stop)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("given", [3, [None], ["a", 5], b"a"])
@pytest.mark.parametrize("name", ["source", "tag"])
def test_a_filter_takes_strings(index: Index, name: str, given: Any) -> None:
    options: dict[str, Any] = {name: given}
    with pytest.raises(ArgumentError, match=f"{name} must be a string or a list of strings"):
        index.search("核酸", **options)
    with pytest.raises(ArgumentError, match=name):
        index.search_many(["核酸"], **options)


def test_the_names_of_a_filter_are_gone_through_once(index: Index) -> None:
    index.add([Document(id="b.txt", title="", body="核酸", source="甲")])
    names: Any = (name for name in ["甲", "乙"])
    many = index.search_many(["核酸", "核酸"], source=names)
    assert [[hit.id for hit in results] for results in many] == [["b.txt"], ["b.txt"]]
    index.delete(["b.txt"])


@pytest.mark.parametrize("given", [None, 5, b"x", ["x"]])
def test_a_text_and_a_query_are_strings(index: Index, given: Any) -> None:
    for call in (index.analyze, lambda text: index.highlight("核酸", text)):
        with pytest.raises(ArgumentError, match="a text is a string, not"):
            call(given)
    for ask in (
        index.search,
        lambda query: index.highlight(query, "核酸"),
        lambda query: index.explain(query, "a.txt"),
    ):
        with pytest.raises(ArgumentError, match="a query is a string, not"):
            ask(given)


@pytest.mark.parametrize("given", [None, 5])
def test_a_list_is_one(index: Index, given: Any) -> None:
    with pytest.raises(ArgumentError, match="documents must be a list"):
        index.add(given)
    with pytest.raises(ArgumentError, match="ids must be a list"):
        index.delete(given)
    with pytest.raises(ArgumentError, match="queries must be a list"):
        index.search_many(given)


@pytest.mark.parametrize("given", [5, "", b"words.txt"])
def test_a_dictionary_is_a_path(index: Index, given: Any) -> None:
    for name in ("dictionary", "stop_words"):
        options: dict[str, Any] = {name: given}
        with pytest.raises(ArgumentError, match="not a path"):
            Index.open(index.path, **options)


def test_a_snippet_wider_than_any_text_is_the_text(index: Index) -> None:
    """It was called damage of the index."""
    assert index.search("核酸", snippet_width=10**30)[0].snippet.text == "核酸筛查"


def test_an_index_is_printed_with_its_directory(index: Index) -> None:
    assert repr(index) == f"Index({str(index.path)!r})"
