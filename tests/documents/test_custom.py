"""Readers of other packages: how they are found, and that their faults concern one file each."""

import gzip
import json
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from searcher import ArgumentError, Document, DocumentError, RawFile, Reader, Skipped
from searcher.documents import custom, read_bytes
from tests.cli.conftest import environment

EXAMPLE = Path(__file__).with_name("example_reader")
SUBTITLES = (
    "1\n00:00:01,000 --> 00:00:04,000\n核酸筛查期间，\n理赔照常。\n\n"
    "2\n00:01:02,500 --> 00:01:04,000\n请走绿色通道。\n"
)


@pytest.fixture(autouse=True)
def looked_for_again() -> Iterator[None]:
    """What is installed is found out anew, and not kept for other tests."""
    find = custom.installed
    find.cache_clear()
    yield
    find.cache_clear()


def install(folder: Path, name: str, entries: dict[str, str], modules: dict[str, str]) -> None:
    """Have a package in a folder, as pip leaves it there."""
    folder.mkdir(exist_ok=True)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = "".join(f"{key} = {value}\n" for key, value in entries.items())
    (info / "entry_points.txt").write_text(f"[searcher.documents]\n{lines}")
    for module, source in modules.items():
        (folder / f"{module}.py").write_text(source, encoding="utf-8")


def install_example(folder: Path) -> None:
    """Have the example installed, by what its pyproject.toml says."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    source = (EXAMPLE / "searcher_subtitles.py").read_text(encoding="utf-8")
    entries = project["entry-points"]["searcher.documents"]
    install(folder, "searcher_subtitles", entries, {"searcher_subtitles": source})


def use(monkeypatch: pytest.MonkeyPatch, name: str, *readers: Reader) -> None:
    """Have readers found, without a package."""
    found = {
        ending: custom.Custom(name, reader.read) for reader in readers for ending in reader.endings
    }
    monkeypatch.setattr("searcher.documents.custom.installed", lambda: found)


def test_the_example_is_as_short_as_the_readme_says() -> None:
    source = (EXAMPLE / "searcher_subtitles.py").read_text(encoding="utf-8")
    assert len([line for line in source.splitlines() if line.strip()]) <= 20


def test_an_installed_package_reads_its_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_example(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = list(read_bytes(SUBTITLES.encode("gb18030"), "films/a.SRT"))
    assert found == [
        Document(
            id="films/a.SRT#0",
            title="films/a.SRT, 0′",
            body="核酸筛查期间， 理赔照常。",
            path="films/a.SRT",
        ),
        Document(
            id="films/a.SRT#1", title="films/a.SRT, 1′", body="请走绿色通道。", path="films/a.SRT"
        ),
    ]
    with pytest.raises(DocumentError, match="no subtitles") as raised:
        list(read_bytes("只是文字".encode(), "b.srt"))
    assert raised.value.format == "subtitles"
    # Packed, too.
    assert len(list(read_bytes(gzip.compress(SUBTITLES.encode()), "a.srt.gz"))) == 2


def test_it_is_used_by_worker_processes_and_what_it_prints_does_no_harm(tmp_path: Path) -> None:
    packages, folder = tmp_path / "packages", tmp_path / "docs"
    install_example(packages)
    noisy = (
        "import sys\nfrom searcher import Document, Reader\n"
        "def read(file):\n"
        "    print('noise', flush=True)\n"
        "    sys.stdout.write('more noise')\n"
        "    assert sys.stdin.read() == ''\n"
        "    yield Document(id='', body=file.text())\n"
        "READER = Reader(('.noise',), read)\n"
    )
    install(packages, "noisy", {"noisy": "noisy:READER"}, {"noisy": noisy})
    folder.mkdir()
    for number in range(1200):
        (folder / f"{number:04}.srt").write_text(SUBTITLES * 12, encoding="utf-8")
    (folder / "a.noise").write_text("噪声", encoding="utf-8")
    (folder / "bad.srt").write_text("nothing", encoding="utf-8")
    command = ["index", str(folder), "--index", str(tmp_path / "index"), "-j", "2"]
    # So little memory that a few megabytes are several batches.
    command += ["--memory", "400"]
    env = environment()
    done = subprocess.run(
        [sys.executable, "-m", "searcher", *command, "--errors", str(tmp_path / "errors")],
        env={**env, "PYTHONPATH": f"{packages}:{env['PYTHONPATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "added 2,401" in done.stderr
    assert (done.stdout, done.stderr.count("noise")) == ("", 2)
    (failure,) = (tmp_path / "errors").read_text(encoding="utf-8").splitlines()
    assert json.loads(failure) == {
        "name": "bad.srt",
        "reason": "there are no subtitles in it",
        "format": "subtitles",
    }


def test_a_reader_comes_before_what_the_content_looks_like(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(file: RawFile) -> Iterator[Document]:
        yield Document(id="", body=f"{len(file.bytes())} {file.ending}")

    use(monkeypatch, "mine", Reader((".log", ".jsonl", ".zip"), read))
    for name, data in {
        "a.log": b"<html><body>x</body></html>",
        "a.jsonl": b'{"body": "x"}\n{"body": "y"}\n',
        "a.zip": b"PK\x03\x04 and so on",
    }.items():
        (document,) = read_bytes(data, name)
        assert document == Document(id=name, body=f"{len(data)} {Path(name).suffix}", path=name)
    # A member of an archive.
    path = tmp_path / "x.epub.zip2"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("in/a.log", "x")
        archive.writestr("in/b.txt", "文字")
    found = list(read_bytes(path.read_bytes(), "x.zip2"))
    assert [document.id for document in found if isinstance(document, Document)] == [
        "x.zip2/in/a.log",
        "x.zip2/in/b.txt",
    ]


WRONG: list[dict[str, Any]] = [
    {"id": 1},
    {"id": "a", "body": None},
    {"id": "a", "tags": ("x", 1)},
    {"id": "a", "date": "2022"},
]


def crash(file: RawFile) -> Iterator[Document]:
    yield Document(id="", body="before")
    raise KeyError("no such key")


def leave(file: RawFile) -> Iterator[Document]:
    sys.exit(3)
    yield Document(id="")


def endless(file: RawFile) -> Iterator[Document]:
    yield from endless(file)


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (crash, "the reader mine failed: KeyError: 'no such key'"),
        (leave, "the reader mine failed: SystemExit: 3"),
        (endless, "nested too deeply"),
        (lambda file: None, "the reader mine failed: TypeError"),
    ],
)
def test_a_reader_that_fails_is_told_of_like_any_broken_file(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[RawFile], Iterator[Document]], reason: str
) -> None:
    use(monkeypatch, "mine", Reader((".x",), read))
    found = []
    with pytest.raises(DocumentError) as raised:
        found += list(read_bytes(b"x", "a.x"))
    assert reason in str(raised.value)
    assert raised.value.format == "mine"


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "a text",
        *(Document(**values) for values in WRONG),
    ],
)
def test_what_is_no_document_is_a_record_that_is_skipped(
    monkeypatch: pytest.MonkeyPatch, wrong: Document
) -> None:
    use(monkeypatch, "mine", Reader((".x",), lambda file: [wrong, Document(id="", body="b")]))
    skipped, document = read_bytes(b"x", "a.x")
    assert isinstance(skipped, Skipped)
    assert (skipped.name, skipped.format) == ("a.x#1", "mine")
    assert "not a document that can be kept" in skipped.reason
    assert document == Document(id="a.x#2", body="b", path="a.x")


def test_a_reader_that_cannot_be_loaded_has_its_files_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(
        tmp_path,
        "broken",
        {"org": "broken_org:READER", "wiki": "broken_wiki:READER", "log": "not_there:READER"},
        {"broken_org": "raise RuntimeError('bang')", "broken_wiki": "READER = 'none'"},
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    for ending, reason in (
        ("org", "RuntimeError: bang"),
        ("wiki", "broken_wiki:READER is not a searcher.Reader"),
        ("log", "No module named 'not_there'"),
    ):
        with pytest.raises(DocumentError, match=reason) as raised:
            list(read_bytes(b"x", f"a.{ending}"))
        assert raised.value.format == ending
    assert isinstance(next(read_bytes("文字".encode(), "a.txt")), Document)


def test_a_reader_says_which_endings_it_reads() -> None:
    wrong: list[Any] = ["org", ("org",), (".",), None]
    for endings in wrong:
        with pytest.raises(ArgumentError, match="a Reader has endings"):
            Reader(endings, crash)


def test_searching_looks_for_no_readers(home_of_readers: Path) -> None:
    search = (
        "import searcher, sys\n"
        f"with searcher.Index.open({str(home_of_readers)!r}) as index: index.search('核酸')\n"
        "assert 'importlib.metadata' not in sys.modules\n"
        "assert 'searcher.documents.custom' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", search], check=True, env=environment())


@pytest.fixture
def home_of_readers(tmp_path: Path) -> Path:
    from searcher import Index

    with Index.open(tmp_path / "index", create=True) as index:
        index.add([Document(id="a", body="核酸")])
    return tmp_path / "index"
