"""An index that somebody else made: it is data, none of it is run, and none of it does harm."""

import random
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from whoosh import index as whoosh_index
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from searcher import Document, Index, SearcherError
from searcher.index.columnar.container import Container, ContainerWriter
from searcher.index.schema import make_schema
from tests.damage.asker import Asker, defect
from tests.damage.asking import uses
from tests.damage.damaging import files_of, restore_all
from tests.damage.forging import forge, make_right


class Payload:
    """What writes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.mark,)


def test_a_pickle_in_an_index_is_never_run(whole: Path, tmp_path: Path) -> None:
    path, mark = tmp_path / "index", tmp_path / "mark"
    shutil.copytree(whole / "index", path)
    (folder,) = path.glob("g*")
    (table,) = folder.glob("*.toc")
    (record,) = folder.glob("commit-*.json")
    generation = int(table.name.removeprefix("_MAIN_").removesuffix(".toc"))

    def plant() -> None:
        table.unlink()
        TOC(make_schema(), [Payload(mark)], generation).write(FileStorage(str(folder)), "MAIN")
        make_right(path, folder, record)

    plant()
    with pytest.raises(AttributeError):  # what comes of the payload is no segment
        whoosh_index.open_dir(str(folder)).doc_count()
    assert mark.exists()  # so this would be noticed
    mark.unlink()
    assert Index.check(path).ok
    with Index.open(path) as index:
        for use in uses(index):
            use()
        index.add([Document(id="new", body="银行")])
        index.delete(["added-7"])
        index.sync([whole / "corpus"], jobs=2)
        index.rebuild([whole / "corpus"], jobs=2)
    assert not mark.exists()


@pytest.mark.parametrize(("engine", "cases"), [("kernel", 10), ("numpy", 2)])
def test_an_index_with_forged_checksums_answers_or_says_that_it_is_damaged(
    whole: Path, tmp_path: Path, engine: str, cases: int
) -> None:
    """It is read and written to; a check may call it whole."""
    path = tmp_path / "index"
    files = files_of(whole / "index")
    answers = errors = 0
    with Asker(kernel=engine == "kernel") as asker:
        for seed in range(cases):
            restore_all(files, path)
            what = forge(path, random.Random(seed))
            answer = asker.ask(path, seed=seed, uses=3, corpus=whole / "corpus")
            assert not defect(answer, []), f"seed {seed}, {what}: {answer}"
            answers += answer["answers"]
            errors += answer["errors"]
    assert min(answers, errors) > cases / 10


def test_a_manifest_that_unpacks_to_much_more_than_it_is_is_refused(
    whole: Path, tmp_path: Path
) -> None:
    path = tmp_path / "index"
    shutil.copytree(whole / "index", path)
    (folder,) = path.glob("g*")
    (manifest,) = folder.glob("*.files")
    (record,) = folder.glob("commit-*.json")
    container = Container(manifest)
    sections = {name: bytes(container.section(name)) for name in container.names()}
    packer = zlib.compressobj()
    spaces = b" " * (1 << 24)
    sections["files"] = b"".join(packer.compress(spaces) for _ in range(24)) + packer.flush()
    with ContainerWriter(manifest) as writer:
        for name, data in sections.items():
            writer.add(name, [data])
        writer.finish(container.meta)
    make_right(path, folder, record)
    with Asker(kernel=True) as asker:
        answer = asker.ask(path, uses=1, check=True)
    assert answer["megabytes"] < 350  # of the 400 that it would be
    assert answer["files"] == [f"{folder.name}/{manifest.name}"]
    with Index.open(path) as index, pytest.raises(SearcherError):
        index.sync([whole / "corpus"])
