"""Whatever happens to a folder between syncs, the index is what a build from nothing makes."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from searcher import Index
from tests.index.equality import assert_same

NAMES = ["a.txt", "b.txt", "c.md", "sub/d.txt", "sub/e.txt"]
LISTS = ["f.jsonl", "sub/g.jsonl"]
WORDS = ["核酸", "筛查", "理赔", "绿色通道", "保险", "iPhone15", "上海"]
QUERIES = ["核酸", "理赔 保险", "绿色通道", "上海 核酸 iphone15", "path:sub", "*"]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty index, to be copied."""
    path = tmp_path_factory.mktemp("made") / "index"
    Index.open(path, create=True).close()
    return path


class Folder:
    """A folder in which things happen."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: dict[str, str] = {}  # id of a record → where it is
        path.mkdir()

    def file(self, name: str) -> Path:
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        return path

    def write(self, name: str, words: list[str]) -> None:
        self.file(name).write_text("第一行\n" + "".join(words), encoding="utf-8")

    def write_records(self, name: str, numbers: dict[int, list[str]]) -> None:
        """Write records; those that another file has are taken out of it."""
        for other in LISTS:
            if other != name and self.file(other).exists():
                lines = self.file(other).read_text(encoding="utf-8").splitlines()
                kept = [one for one in lines if int(json.loads(one)["id"]) not in numbers]
                if not kept:
                    self.delete(other)  # an empty file is one that cannot be read
                elif kept != lines:
                    self.file(other).write_text("\n".join(kept), encoding="utf-8")
        lines = [
            json.dumps({"id": str(number), "title": words[0], "body": "".join(words)})
            for number, words in numbers.items()
        ]
        self.file(name).write_text("\n".join(lines), encoding="utf-8")

    def rename(self, name: str, new: str) -> None:
        if self.file(name).exists():
            self.file(name).rename(self.file(new))

    def exchange(self, name: str, other: str) -> None:
        """As when logs are rotated: no name is new."""
        if name != other and self.file(name).exists() and self.file(other).exists():
            aside = self.path / "aside"
            self.file(name).rename(aside)
            self.file(other).rename(self.file(name))
            aside.rename(self.file(other))

    def rotate(self, names: list[str]) -> None:
        for new, name in zip(names[::-1], names[-2::-1], strict=False):
            self.rename(name, new)

    def delete(self, name: str) -> None:
        self.file(name).unlink(missing_ok=True)

    def touch(self, name: str) -> None:
        if self.file(name).exists():
            os.utime(self.file(name), (0, 1_500_000_000))


words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6)
texts, lists = st.sampled_from(NAMES), st.sampled_from(LISTS)
changes = st.one_of(
    st.tuples(st.just("write"), texts, words),
    st.tuples(
        st.just("write_records"),
        lists,
        st.dictionaries(st.integers(0, 12), words, min_size=1, max_size=8),
    ),
    st.tuples(st.just("rename"), texts, texts),
    st.tuples(st.just("rename"), lists, lists),
    st.tuples(st.just("exchange"), texts, texts),
    st.tuples(st.just("exchange"), lists, lists),
    st.tuples(st.just("rotate"), st.permutations(NAMES)),
    st.tuples(st.just("delete"), texts | lists),
    st.tuples(st.just("touch"), texts | lists),
)
histories = st.lists(
    st.tuples(st.lists(changes, min_size=1, max_size=6), st.sampled_from([0.0, 60.0, None])),
    min_size=1,
    max_size=6,
)


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path


@settings(
    max_examples=60,
    deadline=None,
    # To make an example smaller would take minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=histories)
def test_a_sync_makes_what_a_build_from_nothing_makes(
    scratch: Path, empty: Path, history: list[tuple[list[tuple[str, ...]], float | None]]
) -> None:
    for path in scratch.iterdir():
        shutil.rmtree(path)
    folder = Folder(scratch / "folder")
    shutil.copytree(empty, scratch / "index")
    with Index.open(scratch / "index") as index:
        for done, commit_every in history:
            for name, *arguments in done:
                getattr(folder, name)(*arguments)
            before = {document.id for document in index.documents()}
            foreseen = index.sync([folder.path], dry_run=True)
            report = index.sync([folder.path], jobs=1, commit_every=commit_every)
            counts = ("added", "updated", "unchanged", "renamed", "removed", "total")
            for count in counts:
                assert getattr(report, count) == getattr(foreseen, count), count
            after = {document.id for document in index.documents()}
            assert report.total == len(after)
            assert len(before) + report.added - report.removed == len(after)
            assert report.added + report.updated + report.unchanged + report.renamed == len(after)
            clean = scratch / "clean"
            shutil.copytree(empty, clean)
            with Index.open(clean) as other:
                other.sync([folder.path], jobs=1)
                assert_same(index, other, QUERIES)
            shutil.rmtree(clean)
