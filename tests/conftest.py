"""What the tests share: real data beside the project, and indexes that are made once."""

import gzip
import json
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from searcher import Document, Index
from searcher.text import Analyzer, Dictionary, Folding

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared_path(name: str) -> Path:
    """A file beside the project; the test is skipped where there is none, never in CI."""
    path = SHARED / name
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{path} is missing in CI")
        pytest.skip(f"{path} is not there")
    return path


def shared_documents(name: str, limit: int | None = None) -> Iterator[Document]:
    """The documents of a collection beside the project."""
    with gzip.open(shared_path(f"data/{name}/docs.jsonl.gz"), "rt", encoding="utf-8") as lines:
        for line in islice(lines, limit):
            record = json.loads(line)
            yield Document(id=record["id"], title=record["title"], body=record["body"])


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """The messages that tests look at are in English, whatever the machine speaks."""
    monkeypatch.setenv("LANGUAGE", "en")


@pytest.fixture(scope="session")
def folding() -> Folding:
    return Folding.from_opencc()


@pytest.fixture(scope="session")
def analyzer(folding: Folding) -> Analyzer:
    return Analyzer(folding, Dictionary.compile(folding))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An empty index."""
    with Index.open(tmp_path / "index", create=True) as index:
        yield index


@pytest.fixture(scope="session")
def real_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """An index of real documents: encyclopedia in both scripts, questions, finance."""
    with Index.open(tmp_path_factory.mktemp("real") / "index", create=True) as index:
        for name, limit in REAL_COLLECTIONS.items():
            index.add(shared_documents(name, limit))
        yield index


REAL_COLLECTIONS = {"cmrc2018": 500, "drcd": 500, "dureader_mrc": 700, "finna": 800}
