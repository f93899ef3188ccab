"""Opening, writing and reading indexes as a library."""

import gc
import json
import random
import shutil
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import pytest

import searcher
from searcher import (
    DictionaryError,
    Document,
    DocumentError,
    Index,
    IndexCorrupt,
    IndexLocked,
    IndexMismatch,
    IndexNotFound,
    SearcherError,
)
from searcher.index.commits import checked_line, with_checksum
from tests.conftest import shared_documents

CHINA = timezone(timedelta(hours=8))


def test_there_must_be_an_index_unless_one_is_to_be_made(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match="searcher index --index"):
        Index.open(tmp_path / "index")
    assert not (tmp_path / "index").exists()
    Index.open(tmp_path / "index", create=True).close()
    Index.open(str(tmp_path / "index")).close()


def test_all_errors_have_one_base() -> None:
    for error in (DocumentError, IndexCorrupt, IndexLocked, IndexMismatch, IndexNotFound):
        assert issubclass(error, SearcherError)


def test_a_document_comes_back_as_it_was_given(index: Index) -> None:
    document = Document(
        id="a",
        title="險企員工：“成功”上班",
        body="第一段。\n第二段……\n",
        date=datetime(2022, 6, 2, 5, 56, 9, tzinfo=CHINA),
        source="证券时报网",
        tags=("证券时报网新闻", "复工"),
        url="https://example.com/a",
        path="news/a.txt",
        extra={"layout": "post", "views": 3, "nested": {"a": [1, None]}},
    )
    index.add([document])
    assert index.get("a") == document
    (hit,) = index.search("險企")
    assert (hit.id, hit.title, hit.date, hit.source) == (
        "a",
        document.title,
        document.date,
        document.source,
    )
    assert (hit.tags, hit.path, hit.url) == (document.tags, document.path, document.url)


def test_real_documents_come_back_as_they_were_given(index: Index) -> None:
    documents = list(shared_documents("drcd", 100))
    index.add(documents)
    assert {d.id: d.body for d in index.documents()} == {d.id: d.body for d in documents}


def test_adding_a_known_id_replaces_and_the_last_of_several_counts(index: Index) -> None:
    assert index.add([Document(id="a", body="核酸"), Document(id="a", body="抗原")]) == 2
    assert index.search("核酸").total == 0
    assert index.search("抗原").total == 1
    index.add([Document(id="a", body="理赔")])
    assert [document.body for document in index.documents()] == ["理赔"]


def test_deleting(index: Index) -> None:
    index.add([Document(id="a", body="核酸"), Document(id="b", body="核酸")])
    assert index.delete(["a", "nowhere"]) == 1
    assert [hit.id for hit in index.search("核酸")] == ["b"]
    assert index.get("a") is None
    assert index.status().documents == 1


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (Document(id="", body="x"), "id"),
        (Document(id="x" * 5000), "id"),
        (Document(id="x", title=cast(Any, 5)), "title"),
        (Document(id="x", tags=cast(Any, "保险")), "tags"),
        (Document(id="x", date=cast(Any, "2022")), "date"),
        (Document(id="x", extra={"f": object()}), "JSON"),
    ],
)
def test_a_document_that_cannot_be_kept_is_refused_and_nothing_is_changed(
    index: Index, document: Document, what: str
) -> None:
    with pytest.raises(DocumentError, match=what):
        index.add([Document(id="good", body="好的"), document])
    assert index.status().documents == 0
    index.add([Document(id="good", body="好的")])
    assert index.status().documents == 1


def test_halves_of_surrogate_pairs_become_question_marks(index: Index) -> None:
    index.add([Document(id="a", title="\ud800题", body="文\udfff", tags=("\ud800",))])
    document = index.get("a")
    assert document is not None
    assert (document.title, document.body) == ("?题", "文?")


def test_results_are_frozen(index: Index) -> None:
    index.add([Document(id="a", body="核酸")])
    results = index.search("核酸")
    with pytest.raises(FrozenInstanceError):
        cast(Any, results[0]).score = 1.0
    assert (len(results), results.query, results.reading) == (1, "核酸", "words(核酸)")


def test_status(index: Index) -> None:
    index.add([Document(id="a", body="核酸")])
    status = index.status()
    assert (status.documents, status.path) == (1, str(index.path))
    assert status.size > 1_000_000  # the dictionary
    assert "whoosh" in status.whoosh.lower()


def test_suggestions_are_words_of_the_index_most_frequent_first(index: Index) -> None:
    index.add(Document(id=str(n), body="理赔热线") for n in range(3))
    index.add([Document(id="x", body="理财 理赔"), Document(id="y", title="理想")])
    assert [(s.text, s.documents) for s in index.suggest("理")] == [
        ("理赔", 4),
        ("理想", 1),
        ("理财", 1),
    ]
    assert [s.text for s in index.suggest("理", limit=1)] == ["理赔"]
    assert index.suggest("  ") == ()


def test_analyze_shows_what_a_text_is_to_the_index(index: Index) -> None:
    analysis = index.analyze("險企APP")
    assert analysis.folded == "险企app"
    assert analysis.words == ("险", "企", "app")
    assert analysis.grams[:2] == ("险企", "企a")


def test_the_index_keeps_its_dictionary(tmp_path: Path) -> None:
    words = tmp_path / "user.txt"
    words.write_text("守沪有我 n\niPhone 15 Pro\n", encoding="utf-8")
    with Index.open(tmp_path / "index", create=True, dictionary=words) as index:
        index.add([Document(id="a", body="同心抗疫守沪有我，iPhone 15 Pro")])
    words.unlink()
    with Index.open(tmp_path / "index") as index:
        assert index.analyze("守沪有我").words == ("守沪有我",)
        assert index.analyze("iphone 15 pro").words[0] == "iphone 15 pro"
        assert index.search("守沪有我").total == 1
        assert index.status().dictionary_files == ("user.txt",)
        index.rebuild([])
        assert index.analyze("守沪有我").words == ("守沪有我",)


def test_another_dictionary_is_a_mismatch_that_names_both_and_the_command(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.txt", tmp_path / "theirs.txt"
    ours.write_text("守沪有我\n", encoding="utf-8")
    theirs.write_text("空中客服\n", encoding="utf-8")
    Index.open(tmp_path / "index", create=True, dictionary=ours).close()
    Index.open(tmp_path / "index", dictionary=ours).close()
    with pytest.raises(IndexMismatch, match=r"ours\.txt.*theirs\.txt.*searcher reindex.*--dict"):
        Index.open(tmp_path / "index", dictionary=theirs)
    with pytest.raises(IndexMismatch):
        Index.open(tmp_path / "index", stop_words=ours)
    Index.build(tmp_path / "index", [], dictionary=theirs)
    Index.open(tmp_path / "index", dictionary=theirs).close()


def test_a_dictionary_that_cannot_be_read_makes_no_index(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError):
        Index.open(tmp_path / "index", create=True, dictionary=tmp_path / "nowhere")
    assert not (tmp_path / "index").exists()


@pytest.mark.parametrize("name", ["format_version", "folding_version", "analyzer_version"])
def test_an_index_of_another_version_is_a_mismatch_that_a_rebuild_mends(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "index"
    Index.open(path, create=True).close()
    change_description(path, name, 99)
    with pytest.raises(IndexMismatch, match=r"99.*searcher reindex"):
        Index.open(path)
    Index.build(path, [])
    Index.open(path).close()


def change_description(path: Path, name: str, value: Any) -> None:
    description = json.loads(checked_line((path / "searcher.json").read_bytes()))
    description[name] = value
    (path / "searcher.json").write_bytes(with_checksum(json.dumps(description)))


def test_a_rebuild_does_not_lose_a_dictionary_that_it_cannot_read(tmp_path: Path) -> None:
    words = tmp_path / "user.txt"
    words.write_text("守沪有我\n", encoding="utf-8")
    path = tmp_path / "index"
    Index.open(path, create=True, dictionary=words).close()
    (path / "g000001" / "dictionary.json").write_text("damaged", encoding="utf-8")
    with pytest.raises(IndexMismatch, match=r"user\.txt.*--dict"):
        Index.build(path, [])
    Index.build(path, [], dictionary=words)


@pytest.fixture
def whoosh_may_leak() -> Iterator[None]:
    """Whoosh leaves files open when it fails to open a segment.

    They are closed here, so that no other test is warned of them.
    """
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.usefixtures("whoosh_may_leak")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "damage",
    ["searcher.json", "folding.json", "words.table", "dictionary.json", "commit-*", "*.columns"],
)
def test_a_damaged_index_is_corrupt_and_a_rebuild_mends_it(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "index"
    with Index.open(path, create=True) as index:
        index.add([Document(id="a", body="核酸")])
    for file in path.rglob(damage):
        file.write_bytes(b"damaged")
    with pytest.raises(IndexCorrupt, match="searcher reindex"), Index.open(path) as index:
        index.search("核酸")
    Index.build(path, [])
    with Index.open(path) as index:
        index.search("核酸")


def test_one_writer_at_a_time(index: Index, tmp_path: Path) -> None:
    """A second process that writes while a first one does is told so."""
    (tmp_path / "a.txt").write_text("核酸", encoding="utf-8")
    program = (
        "import searcher, sys\n"
        f"index = searcher.Index.open({str(index.path)!r})\n"
        "try:\n"
        "    index.add([searcher.Document(id='b', body='b')])\n"
        "except searcher.IndexLocked:\n"
        "    sys.exit(7)\n"
    )
    statuses: list[int] = []

    def write_elsewhere(_: object) -> None:
        done = subprocess.run([sys.executable, "-c", program], check=False)
        statuses.append(done.returncode)

    index.sync([tmp_path / "a.txt"], progress=write_elsewhere)
    assert set(statuses) == {7}
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
    assert index.get("b") is not None


def test_threads_may_share_an_index(index: Index) -> None:
    index.add(Document(id=str(n), body=f"核酸筛查 第{n}号") for n in range(50))
    failures: list[object] = []

    def search(n: int) -> None:
        for _ in range(20):
            hits = index.search(f'"第{n}号"')
            if [hit.id for hit in hits] != [str(n)]:
                failures.append((n, hits))

    threads = [threading.Thread(target=search, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_a_program_that_seeds_random_does_not_damage_the_index(index: Index) -> None:
    """Whoosh draws the names of segments from ``random``: equal seeds, equal names."""
    for n in range(20):
        random.seed(0)
        index.add([Document(id=str(n), body=f"核酸 {n}")])
        assert index.search("核酸", limit=None).total == n + 1


def test_documents_without_any_text_can_be_kept(index: Index) -> None:
    index.add([Document(id="a"), Document(id="b", body=" \n"), Document(id="c", title="，")])
    assert [hit.id for hit in index.search("*")] == ["a", "b", "c"]


def test_opening_again_after_close_works(index: Index) -> None:
    index.add([Document(id="a", body="核酸")])
    index.close()
    assert index.search("核酸").total == 1


def test_public_names_are_those_that_are_promised() -> None:
    for name in ("Index", "Document", "Hit", "Results", "Snippet", "SearcherError"):
        assert name in searcher.__all__
    assert all(hasattr(searcher, name) for name in searcher.__all__)
    assert replace(Document(id="a"), id="b").id == "b"


def test_folders_of_the_user_that_look_like_ours_are_left_alone(tmp_path: Path) -> None:
    photos = tmp_path / "index" / "g20240101"
    photos.mkdir(parents=True)
    (photos / "a.jpg").write_bytes(b"photo")
    with Index.open(tmp_path / "index", create=True) as index:
        index.add([Document(id="a", body="核酸")])
        index.rebuild([])
        index.add([Document(id="a", body="核酸")])
    assert (photos / "a.jpg").read_bytes() == b"photo"


def test_an_index_that_was_deleted_and_made_again_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "index"
    with Index.open(path, create=True) as index:
        index.add([Document(id="old")])
        assert index.get("old") is not None
        shutil.rmtree(path)
        with Index.open(path, create=True) as again:
            again.add([Document(id="new")])
        assert index.get("old") is None
        assert index.get("new") is not None


@pytest.mark.parametrize("left", [0, 1, 0.5, -1])
def test_a_segment_that_is_cut_off_is_noticed(index: Index, left: float) -> None:
    index.add(Document(id=str(n), body="核酸") for n in range(100))
    index.close()
    (segment,) = index.path.rglob("*.columns")
    data = segment.read_bytes()
    segment.write_bytes(data[: int(left * len(data)) if left == 0.5 else int(left)])
    with pytest.raises(IndexCorrupt, match="searcher reindex"):
        index.search("核酸")


def test_an_index_that_was_made_before_there_were_checksums_is_a_mismatch(tmp_path: Path) -> None:
    path = tmp_path / "index"
    Index.open(path, create=True).close()
    description = json.loads(checked_line((path / "searcher.json").read_bytes()))
    del description["files"]
    (path / "searcher.json").write_text(json.dumps({**description, "format_version": 3}))
    with pytest.raises(IndexMismatch, match=r"3.*searcher reindex"):
        Index.open(path)
    (path / "searcher.json").write_text(json.dumps(description))
    with pytest.raises(IndexCorrupt, match="checksum"):
        Index.open(path)


def test_a_missing_manifest_is_noticed_before_anything_is_written(
    index: Index, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("核酸", encoding="utf-8")
    index.sync([tmp_path / "a.txt"])
    (manifest,) = index.path.rglob("manifest-*")
    manifest.unlink()
    with pytest.raises(IndexCorrupt, match="manifest"):
        index.sync([tmp_path])


def test_a_dictionary_that_was_edited_is_said_to_have_changed(tmp_path: Path) -> None:
    words = tmp_path / "my words.txt"
    words.write_text("空中客服\n守沪有我\n", encoding="utf-8")
    Index.open(tmp_path / "index", create=True, dictionary=words).close()
    words.write_text("守沪有我\n空中客服\n", encoding="utf-8")
    Index.open(tmp_path / "index", dictionary=words).close()
    words.write_text("守沪有我\n", encoding="utf-8")
    with pytest.raises(IndexMismatch, match=r"changed since.*--dict '.*my words\.txt'"):
        Index.open(tmp_path / "index", dictionary=words)


@pytest.mark.parametrize("name", ["\ud800", "x" * 100_000, ""])
def test_ids_that_no_document_can_have_are_not_there(index: Index, name: str) -> None:
    index.add([Document(id="a", body="核酸")])
    assert index.get(name) is None
    assert index.explain("核酸", name) is None
    assert index.delete([name]) == 0


@pytest.mark.usefixtures("whoosh_may_leak")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_readers_see_no_error_while_an_index_is_rebuilt_again_and_again(
    index: Index, tmp_path: Path
) -> None:
    (tmp_path / "docs").mkdir()
    for n in range(3):
        (tmp_path / "docs" / f"{n}.txt").write_text("核酸筛查。", encoding="utf-8")
    index.sync([tmp_path / "docs"])
    stop = threading.Event()
    failures: list[object] = []

    def read() -> None:
        with Index.open(index.path) as reader:
            while not stop.is_set():
                try:
                    seen = (
                        reader.search("核酸").total,
                        len(list(reader.documents())),
                        reader.status().documents,
                    )
                    if seen != (3, 3, 3):
                        failures.append(seen)
                except SearcherError as error:
                    failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(8):
        index.rebuild([tmp_path / "docs"])
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
