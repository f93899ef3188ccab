"""The library as a program uses it: typed, picklable, shared by threads, soon imported."""

import ast
import copy
import pickle
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import searcher
from searcher import Document, Index, Reader, Selection, Skipped, Synonyms
from tests.library import user_program
from tests.test_house import SLOW, loaded_by

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(user_program.__file__)


def test_the_sample_program_uses_every_public_name() -> None:
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert set(searcher.__all__) <= used
    methods = {name for name in dir(Index) if not name.startswith("_")}
    methods -= {"close", "path", "recorded_folders", "recorded_selection"}
    assert methods <= attributes


def test_mypy_finds_nothing_wrong_with_it() -> None:
    command = [sys.executable, "-m", "mypy", "--strict", str(PROGRAM)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_knows_the_types_of_wrong_programs(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import searcher\n"
        "with searcher.Index.open('x') as index:\n"
        "    index.search(1)\n"
        "    index.search_many(['x'], limits=1)\n"
        "    index.search('x')[0].snippet.spams\n"
        "searcher.Nothing\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "mypy", "--strict", str(wrong)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert [line.split(":")[1] for line in done.stdout.splitlines()[:-1] if "error" in line] == [
        "3",
        "4",
        "5",
        "6",
    ], done.stdout


def test_the_sample_program_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("watchfiles")
    shutil.copytree(ROOT / "corpus", tmp_path / "corpus")
    monkeypatch.chdir(tmp_path)
    done: list[searcher.Progress] = []
    assert user_program.build("index", "corpus", done).skipped == ()
    assert done
    titles = user_program.ask("index")
    assert titles[0].startswith("<mark>核酸")
    assert user_program.look_after("index", "corpus") == []


def test_public_names_are_what_they_are_called() -> None:
    assert dir(searcher) == sorted(dir(searcher))
    assert set(searcher.__all__) <= set(dir(searcher))
    for name in searcher.__all__:
        value = getattr(searcher, name)
        assert name in ("ProgressCallback", getattr(value, "__name__", ""))
        assert value is getattr(searcher, name)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        getattr(searcher, "Noth" + "ing")  # as mypy would find it


def test_importing_loads_nothing_that_is_not_asked_for() -> None:
    bare = loaded_by("import typing")
    ours = loaded_by("import searcher") - bare
    assert {name for name in ours if name.startswith("searcher")} == {"searcher"}
    assert len(ours) < 5
    used = loaded_by("from searcher import Index, Document, Selection, SearcherError")
    unwanted = {"importlib.metadata", "multiprocessing", "subprocess", "click", "asyncio"}
    assert not used & (SLOW | unwanted)


# Made anew, copied and sent elsewhere they are the same.
SETTINGS: list[Any] = [
    Selection(include=("*.md",), exclude=("drafts/",), hidden=True, ignore_files=False),
    Document(id="a", title="t", tags=("x",), extra={"a": [1]}),
    Skipped("a", "b", "c"),
    Reader((".x",), user_program.read),
    searcher.Snippet("理赔", ((0, 1),)),
    searcher.Progress(1, 2, "a"),
]


@pytest.mark.parametrize("value", SETTINGS, ids=lambda value: type(value).__name__)
def test_settings_and_results_can_be_pickled_and_copied(value: object) -> None:
    assert pickle.loads(pickle.dumps(value)) == value
    assert copy.deepcopy(value) == value


def test_reports_synonyms_and_errors_can_be_pickled(index: Index, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("险企\n\n核酸筛查", encoding="utf-8")
    (tmp_path / "docs" / "b.txt").write_bytes(b"\x00\x01")
    report = index.sync([tmp_path / "docs"])
    assert report.skipped
    for value in (report, index.status(), index.analyze("理赔"), index.explain("核酸", "a.txt")):
        assert pickle.loads(pickle.dumps(value)) == value
    synonyms = Synonyms.parse("保险公司, 险企")
    index.search("保险公司", synonyms=synonyms)
    again = pickle.loads(pickle.dumps(synonyms))
    assert index.search("保险公司", synonyms=again) == index.search("保险公司", synonyms=synonyms)
    locked = searcher.IndexLocked("somebody", "; wait")
    copied = pickle.loads(pickle.dumps(locked))
    assert (str(copied), copied.who) == (str(locked), "somebody")


def found_by(index: Index, query: str) -> list[str]:
    return [hit.id for hit in index.search(query)]


def test_an_index_can_be_given_to_other_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Index.open("index", create=True) as index:
        index.add([Document(id="a", body="核酸"), Document(id="b", body="理赔")])
        data = pickle.dumps(index)
        monkeypatch.chdir("/")
        assert found_by(pickle.loads(data), "理赔") == ["b"]
        monkeypatch.chdir(tmp_path)
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            assert pool.submit(found_by, index, "核酸").result() == ["a"]


def test_threads_get_the_same_answers_while_others_write(index: Index) -> None:
    words = ["核酸", "理赔", "绿色通道", "“上海”", "来源：报", "hesuan"]
    index.add(
        Document(id=f"{n}", title=words[n % 3], body=words[n % 4] * 3, source="报")
        for n in range(50)
    )
    kept = next(document.id for document in index.documents())

    def told(query: str) -> tuple[Any, ...]:
        results = index.search(query, facets=["source"])
        explanation = index.explain(query, kept)
        return (
            [(hit.id, hit.score, hit.snippet) for hit in results],
            results.total,
            results.suggestion,
            explanation,
            index.highlight(query, "核酸理赔上海"),
            index.suggest("核"),
            index.get(kept),
        )

    wanted = {query: told(query) for query in words}
    with index.open(index.path) as other:
        stop = threading.Event()

        def write() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                # Nothing of it is found by any query, and no weight changes when it is gone.
                other.add([Document(id="zzz", body="")])
                other.delete(["zzz"])

        writer = threading.Thread(target=write)
        writer.start()
        try:
            with ThreadPoolExecutor(6) as pool:
                for query, answer in zip(words * 6, pool.map(told, words * 6), strict=True):
                    assert answer[0] is not None
                    assert [hit[0] for hit in answer[0]] == [hit[0] for hit in wanted[query][0]]
                    assert answer[4:] == wanted[query][4:]
        finally:
            stop.set()
            writer.join()
    assert {query: told(query) for query in words} == wanted
