"""Building with several processes gives what one gives, and leaves nothing behind."""

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from searcher import ArgumentError, Document, Index, SearcherError
from searcher.index import building
from searcher.index.building import DEFAULT_MEMORY, LEAST_MEMORY, Building, Resources
from searcher.index.columnar.segment import EXTENSION, ColumnarSegment
from searcher.index.fields import CHANNELS
from searcher.index.prepare import checked, storable
from searcher.text import Analyzer
from tests.conftest import shared_documents
from tests.index.test_columnar_merge import held

QUERIES = ["大学", "历史 城市", '"中国人"', "+公司 -美国", "为什么会下雨"]
WORKER = "from searcher.index.worker import work"


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return [checked(document) for document in shared_documents("cmrc2018", 120)]


@pytest.fixture(scope="module")
def files(documents: list[Document], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents as files."""
    folder = tmp_path_factory.mktemp("files")
    for number, document in enumerate(documents):
        (folder / f"{number:03}.txt").write_text(document.body, encoding="utf-8")
    return folder


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few documents are a batch."""
    monkeypatch.setattr(building, "_SMALLEST_BATCH", 40_000)
    monkeypatch.setattr(building, "_LARGEST_BATCH", 40_000)


@pytest.fixture(autouse=True)
def no_worker_is_left() -> Iterator[None]:
    yield
    assert workers() == []


def workers() -> list[int]:
    """The worker processes of this one that are there, by number."""
    found = subprocess.run(
        ["ps", "-ww", "-o", "pid=,stat=,args=", "--ppid", str(os.getpid())],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    rows = [line.split(maxsplit=2) for line in found.splitlines()]
    return [int(row[0]) for row in rows if len(row) > 2 and WORKER in row[2]]


def test_what_is_asked_for_must_be_possible() -> None:
    for jobs in (0, -1, 1.5, "2"):
        with pytest.raises(ArgumentError, match="jobs"):
            Resources.of(cast(Any, jobs))
    for memory in (0, LEAST_MEMORY - 1, "1"):
        with pytest.raises(ArgumentError, match="memory"):
            Resources.of(None, cast(Any, memory))
    assert Resources.of(3, 1000) == Resources(3, 1000)
    assert Resources.of() == Resources(len(os.sched_getaffinity(0)), DEFAULT_MEMORY)


@pytest.mark.parametrize("jobs", [1, 2, 3, 8, 200])
@pytest.mark.parametrize("memory", [256, 300, 512, 1000, 4000, 64_000])
def test_no_more_processes_and_batches_than_the_memory_holds(jobs: int, memory: int) -> None:
    resources = Resources(jobs, memory)
    assert resources.workers <= jobs
    assert resources.workers != 1
    in_all = building._MAIN_PROCESS + building._WORKER * resources.workers
    batches = max(resources.workers, 1) * resources.batch * building._FACTOR
    assert in_all + batches / 2**20 <= memory + 1
    if jobs == 1 or memory == 256:
        assert resources.workers == 0
    if jobs == 2 and memory >= 512:
        assert resources.workers == 2


def built(
    folder: Path, documents: list[Document], analyzer: Analyzer, resources: Resources
) -> list[ColumnarSegment]:
    """The segments of documents, in order."""
    folder.mkdir()
    (folder / "folding.json").write_text(analyzer.folding.to_json(), encoding="utf-8")
    analyzer.dictionary.save(folder)
    paths = (folder / f"{number}{EXTENSION}" for number in range(1000))
    work = Building(folder, analyzer, resources, paths.__next__)
    try:
        for document in documents:
            work.add(storable(document))
        segments = work.finish()
    finally:
        work.close()
    opened = [ColumnarSegment(path) for path, _ in segments]
    assert [one.capacity for one in opened] == [count for _, count in segments]
    return opened


@pytest.mark.usefixtures("small_batches")
def test_any_number_of_processes_builds_the_same(
    tmp_path: Path, documents: list[Document], analyzer: Analyzer
) -> None:
    results = []
    for jobs in (1, 2, 3):
        segments = built(tmp_path / str(jobs), documents, analyzer, Resources(jobs))
        assert len(segments) > 2
        ids = [one.id(number).decode() for one in segments for number in range(one.capacity)]
        assert ids == [document.id for document in documents]
        results.append([[held(one, channel) for channel in CHANNELS] for one in segments])
    assert results[0] == results[1] == results[2]


@pytest.mark.usefixtures("small_batches")
def test_an_index_is_the_same_with_any_number_of_processes(tmp_path: Path, files: Path) -> None:
    found = []
    for jobs, memory in ((1, None), (2, None), (3, None), (3, LEAST_MEMORY)):
        with Index.open(tmp_path / f"{jobs} {memory}", create=True) as index:
            report = index.sync([files], jobs=jobs, memory=memory)
            assert (report.added, report.total, index.status().segments) == (120, 120, 1)
            hits = [index.search(query, limit=None, snippet_width=0) for query in QUERIES]
            found.append(
                (
                    {document.id: document.body for document in index.documents()},
                    [[(hit.id, hit.score) for hit in one] for one in hits],
                    [one.total for one in hits],
                )
            )
            assert index.sync([files], jobs=jobs, memory=memory).unchanged == 120
    assert all(one == found[0] for one in found)
    assert min(found[0][2][:2]) > 5


@pytest.fixture
def records(documents: list[Document], tmp_path: Path) -> Path:
    """The documents in a few files of records, of which some are bad and some are there twice."""
    folder = tmp_path / "records"
    folder.mkdir()
    lines = [
        json.dumps({"id": one.id, "title": one.title, "body": one.body}, ensure_ascii=False)
        for one in documents
    ]
    lines[30:30] = ["", '{"body": 坏', lines[3], "[]"]
    (folder / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "b.txt").write_text("中间的一篇文字，也在其中。", encoding="utf-8")
    with gzip.open(folder / "c.jsonl.gz", "wt", encoding="utf-8") as packed:
        packed.write("\n".join([*lines[:5], *(line.replace('"id"', '"no"') for line in lines)]))
    # Packed, which its name does not tell: much more comes of it than is expected.
    shutil.copy(folder / "c.jsonl.gz", folder / "d.jsonl")
    (folder / "e.bin").write_bytes(bytes(range(256)))
    (folder / "f.csv").write_text(
        "title,body\n" + "".join(f'{n},"第{n}行，{"字" * 300}"\n' for n in range(300)),
        encoding="utf-8",
    )
    (folder / "g.jsonl").write_text("\n".join(reversed(lines)), encoding="utf-8")
    (folder / "h.txt").write_text("最后的一篇文字。", encoding="utf-8")
    return folder


@pytest.mark.usefixtures("small_batches")
def test_any_number_of_processes_takes_and_skips_the_same(tmp_path: Path, records: Path) -> None:
    file = records / "a.jsonl"
    original = file.read_text(encoding="utf-8")
    changed_line = original.replace('"body": "', '"body": "改过的', 1)
    found = []
    for jobs in (1, 2, 3):
        file.write_text(original, encoding="utf-8")
        with Index.open(tmp_path / str(jobs), create=True) as index:
            reports = [index.sync([records], jobs=jobs) for _ in range(2)]
            before = list(index.documents())
            file.write_text(changed_line, encoding="utf-8")
            reports.append(index.sync([records], jobs=jobs))
            after = list(index.documents())
        found.append(([replace(report, seconds=0) for report in reports], before, after))
    assert found[0] == found[1] == found[2]
    first, again, changed = found[0][0]
    # Without ids of their own, the records that are there twice are two documents.
    assert first.added == first.total == 120 + 1 + 121 + 121 + 300 + 1
    assert [one.name for one in first.skipped[:3]] == ["a.jsonl#31", "a.jsonl", "a.jsonl#33"]
    assert {one.name for one in first.skipped} >= {"c.jsonl.gz", "d.jsonl", "e.bin", "g.jsonl"}
    assert (again.added, again.updated, again.removed, again.unchanged) == (0, 0, 0, first.total)
    assert again.skipped == changed.skipped == first.skipped
    assert (changed.added, changed.updated, changed.removed) == (0, 1, 0)


def generation(index: Index) -> Path:
    (folder,) = index.path.glob("g*")
    return folder


def files_of(folder: Path) -> set[str]:
    """Segments and tables. What Whoosh leaves of a transaction it sweeps away at the next one."""
    return {path.name for path in folder.iterdir() if path.suffix in (EXTENSION, ".toc")}


@pytest.mark.usefixtures("small_batches")
def test_a_worker_that_dies_is_told_and_nothing_is_changed(index: Index, files: Path) -> None:
    index.add([Document(id="before", body="核酸")])
    before = files_of(generation(index))
    killed: list[int] = []

    def kill_one() -> None:
        while not killed:
            for number in workers()[:1]:
                os.kill(number, signal.SIGKILL)
                killed.append(number)
            time.sleep(0.002)

    killer = threading.Thread(target=kill_one)
    killer.start()
    with pytest.raises(SearcherError, match=r"a worker process has died.*fewer jobs"):
        index.sync([files], jobs=2)
    killer.join()
    assert files_of(generation(index)) == before
    assert [document.id for document in index.documents()] == ["before"]
    assert index.sync([files], jobs=2).added == 120


@pytest.mark.usefixtures("small_batches")
def test_nothing_is_left_behind_when_it_is_called_off(index: Index, files: Path) -> None:
    index.add([Document(id="before", body="核酸")])
    before = files_of(generation(index))
    started: list[int] = []

    def call_off(_: object) -> None:
        started.extend(workers())
        if started:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.sync([files], jobs=2, progress=call_off)
    assert started
    assert files_of(generation(index)) == before
    assert index.sync([files], jobs=2).added == 120


@pytest.mark.usefixtures("small_batches")
def test_what_a_worker_raises_is_raised(
    tmp_path: Path, documents: list[Document], analyzer: Analyzer
) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    (folder / "folding.json").write_text(analyzer.folding.to_json(), encoding="utf-8")
    analyzer.dictionary.save(folder)
    work = Building(folder, analyzer, Resources(2), lambda: tmp_path / "nowhere" / "segment")
    with pytest.raises(FileNotFoundError):
        try:
            for document in documents:
                work.add(storable(document))
            work.finish()
        finally:
            work.close()
    work.close()


PROGRAM = """
import sys
import searcher
from searcher.index import building

building._SMALLEST_BATCH = building._LARGEST_BATCH = 40_000
print("this program runs")
with searcher.Index.open("index", create=True) as index:
    print(index.sync([sys.argv[1]], jobs=2).added, index.status().segments)
"""


def test_a_program_without_a_guard_is_not_run_again(tmp_path: Path, files: Path) -> None:
    """And modules of the folder where it runs are not taken for the library's."""
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "pickle.py").write_text("raise SystemExit('not this one')", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "program.py"), str(files)],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(Path(building.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.fullmatch(r"this program runs\n120 1\n", done.stdout), done.stderr
    assert done.stderr == ""
