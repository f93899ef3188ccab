"""A state of an index knows when it is no longer the latest, however that came about."""

import os
import time
from pathlib import Path

from searcher import Document, Index
from searcher.api.state import State
from searcher.index.store import Store

_PAST = 1_600_000_000  # long ago: what was changed just now is looked at again anyway


def made(path: Path, body: str) -> Path:
    """An index of one document, last changed long ago."""
    with Index.open(path, create=True) as index:
        index.add([Document(id="1", title="核酸", body=body)])
    age(path)
    return path


def age(path: Path) -> None:
    store = Store(path)
    for each in (store.folder(store.describe()), store.pointer):
        os.utime(each, (_PAST, _PAST))


def body_of(index: Index) -> str:
    document = index.get("1")
    assert document is not None
    return document.body


def test_nothing_is_opened_again_while_nothing_changes(tmp_path: Path) -> None:
    state = State(Store(made(tmp_path / "index", "筛查")))
    assert state.is_latest()
    time.sleep(0.15)
    assert state.is_latest()
    assert state.renewed() is state


def test_a_commit_is_noticed(tmp_path: Path) -> None:
    path = made(tmp_path / "index", "筛查")
    index, state = Index.open(path), State(Store(path))
    assert body_of(index) == "筛查"
    assert state.is_latest()
    with Index.open(path) as writer:
        writer.add([Document(id="1", title="核酸", body="检测")])
    assert not state.is_latest()
    assert body_of(index) == "检测"


def test_a_rebuild_is_noticed_even_if_it_bears_the_same_time(tmp_path: Path) -> None:
    path = made(tmp_path / "index", "筛查")
    index, state = Index.open(path), State(Store(path))
    assert body_of(index) == "筛查"
    assert state.is_latest()
    Index.build(path, [])
    age(path)
    assert not state.is_latest()
    assert index.get("1") is None


def test_another_index_in_its_place_is_noticed(tmp_path: Path) -> None:
    path, other = made(tmp_path / "index", "筛查"), made(tmp_path / "other", "检测")
    index, state = Index.open(path), State(Store(path))
    assert body_of(index) == "筛查"
    assert state.is_latest()
    path.rename(tmp_path / "old")
    other.rename(path)
    time.sleep(0.15)
    assert not state.is_latest()
    assert body_of(index) == "检测"


def test_files_that_are_gone_are_noticed(tmp_path: Path) -> None:
    state = State(Store(made(tmp_path / "index", "筛查")))
    assert state.is_latest()
    Store(tmp_path / "index").pointer.unlink()
    assert not state.is_latest()
