"""What is exported is read back to the same index."""

import bz2
import gzip
import io
import json
import lzma
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from searcher import Document, Exported, Index, Progress, Skipped
from searcher.documents import read_bytes
from searcher.documents.exported import to_line
from searcher.index.prepare import checked
from tests.index.equality import documents_of, picture_of

QUERIES = ["核酸 理赔", "“绿色”", "标题：理赔", "来源：报", "a", "*", "日期：2022"]

# Everything that some reader would take for something else.
TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "",
            " ",
            "核酸筛查与理赔",
            "<b>粗体</b> &amp; &nbsp;",
            "<html><body>页</body></html>",
            "line\nline\r\n\u2028\u2029\x85\x0b",
            "\x00\x01\x1b[31m\x7f\x9f\ufeff\u202e",
            '{"id": "other"}\n{"id": "third"}',
            "来源：国际金融报 2022-03-27",
            "---\ntitle: 别的\n---\n正文",
            '"',
            "\\",
            "ustar" * 60,
        ]
    ),
)
NAMES = st.one_of(
    TEXTS, st.sampled_from(["id", "title", "body", "date", "_id", "_source", "searcher", "extra"])
)
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(-(10**20), 10**20), st.booleans(), st.none(), st.floats(-9, 9)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=5,
)
ZONES = st.sampled_from([UTC, *(timezone(timedelta(minutes=m)) for m in (480, -570, 345, 14 * 60))])
DATES = st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1), timezones=ZONES)
IDS = st.one_of(TEXTS.filter(bool), st.integers(1, 4096).map(lambda size: "长" * size))
DOCUMENTS = st.builds(
    Document,
    id=IDS,
    title=TEXTS,
    body=TEXTS,
    date=st.none() | DATES,
    source=st.none() | TEXTS,
    tags=st.lists(TEXTS, max_size=3).map(tuple),
    url=st.none() | TEXTS,
    path=st.none() | TEXTS,
    extra=st.dictionaries(NAMES, VALUES, max_size=4),
)
AS_IT_IS = Document(
    id="a/b.txt#3",
    title="<b>标题</b> &amp; 标题",
    body="  <p>不是标记</p>\n\n&nbsp;来源：没有\x00\x07  ",
    date=datetime(2022, 3, 29, 8, 30, 0, 7, timezone(timedelta(hours=-9, minutes=-30))),
    source="未知",
    tags=("车险, 理赔", "#1"),
    url="ftp://no-address",
    path="a/b.txt",
    extra={"id": 1, "title": "别的", "body": ["x"], "searcher": "document/1", "深": {"a": [1.5]}},
)
slow = settings(
    deadline=None, max_examples=10, suppress_health_check=list(HealthCheck), derandomize=True
)


def read_back(data: bytes, name: str = "backup.jsonl") -> list[object]:
    return list(read_bytes(data, name))


def below(document: Document, file: str) -> Document:
    """A document as it is when it was read from an export."""
    return replace(document, path=f"{file}/{document.path}" if document.path else file)


@settings(deadline=None, max_examples=80)
@given(DOCUMENTS)
@example(AS_IT_IS)
def test_a_document_is_read_back_as_it_is(document: Document) -> None:
    kept = checked(document)
    line = to_line(kept)
    assert line.count("\n") == 1
    assert read_back(line.encode()) == [below(kept, "backup.jsonl")]
    assert checked(below(kept, "backup.jsonl")) == below(kept, "backup.jsonl")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, Index, Path]]:
    """An index, one that is made from its export, and the folder for that."""
    folder = tmp_path_factory.mktemp("export")
    (folder / "out").mkdir()
    with (
        Index.open(folder / "one", create=True) as one,
        Index.open(folder / "other", create=True) as other,
    ):
        yield one, other, folder / "out"


@slow
@given(st.lists(DOCUMENTS, min_size=1, max_size=6, unique_by=lambda document: document.id))
@example([AS_IT_IS, Document(id="b"), Document(id="c", body="核酸 理赔 绿色通道")])
def test_an_index_is_made_anew_from_its_export(
    pair: tuple[Index, Index, Path], documents: list[Document]
) -> None:
    one, other, folder = pair
    one.delete([document.id for document in one.documents()])
    one.add(documents)
    exported = one.export(folder / "all.jsonl")
    report = other.sync([folder])
    assert report.skipped == ()
    assert report.total == exported.documents == one.status().documents
    wanted, found = picture_of(one, QUERIES), picture_of(other, QUERIES)
    assert {id: below(one, "all.jsonl") for id, one in documents_of(one).items()} == (
        documents_of(other)
    )
    for name in ("words", "grams", "source", "tag"):
        assert found[name] == wanted[name]
    for query in QUERIES:
        assert [(hit.id, hit.score, hit.snippet) for hit in one.search(query, limit=None)] == [
            (hit.id, hit.score, hit.snippet) for hit in other.search(query, limit=None)
        ]


def test_exports_are_packed_by_their_ending_and_always_the_same(
    index: Index, tmp_path: Path
) -> None:
    index.add([AS_IT_IS, Document(id="b", body="核酸")])
    plain = tmp_path / "a.jsonl"
    done = index.export(plain)
    assert done == Exported(2, plain.stat().st_size, ())
    for ending, unpacked in ((".gz", gzip.decompress), (".bz2", bz2.decompress)):
        path = index.path.parent / f"a.jsonl{ending}"
        assert index.export(path) == done
        assert unpacked(path.read_bytes()) == plain.read_bytes()
        before = path.read_bytes()
        index.export(path)
        assert path.read_bytes() == before
    index.export(tmp_path / "a.jsonl.xz")
    assert lzma.decompress((tmp_path / "a.jsonl.xz").read_bytes()) == plain.read_bytes()
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_file()) == [
        "a.jsonl",
        "a.jsonl.bz2",
        "a.jsonl.gz",
        "a.jsonl.xz",
    ]


def test_streams_of_text_and_of_bytes_are_written_to(index: Index) -> None:
    index.add([AS_IT_IS])
    text, data = io.StringIO(), io.BytesIO()
    index.export(text)
    index.export(data)
    assert data.getvalue().decode() == text.getvalue()
    assert json.loads(text.getvalue())["extra"]["title"] == "别的"


def test_an_export_that_fails_leaves_the_file_as_it_was(index: Index, tmp_path: Path) -> None:
    index.add(Document(id=str(number)) for number in range(250))
    path = tmp_path / "a.jsonl"
    path.write_text("before", encoding="utf-8")

    def stop(progress: Progress) -> None:
        assert (progress.done, progress.total) == (100, 250)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.export(path, progress=stop)
    assert path.read_text(encoding="utf-8") == "before"
    assert [one for one in tmp_path.iterdir() if one.is_file()] == [path]


def test_an_export_has_one_state_whoever_writes(index: Index, tmp_path: Path) -> None:
    index.add(Document(id=f"{number:03}", body="核酸") for number in range(250))
    with Index.open(index.path) as other:

        def write(progress: Progress) -> None:
            other.delete([f"{number:03}" for number in range(150, 250)])
            other.add([Document(id=f"new {progress.done}")])

        done = index.export(tmp_path / "a.jsonl", progress=write)
    assert done.documents == 250
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    ids = [json.loads(line)["id"] for line in lines]
    assert sorted(ids) == [f"{number:03}" for number in range(250)]


def test_what_is_too_large_to_be_read_back_is_named(index: Index, tmp_path: Path) -> None:
    index.add([Document(id="large", body="核" * 2_900_000), Document(id="small", body="酸")])
    assert index.export(tmp_path / "a.jsonl").too_large == ("large",)


def test_numbers_that_json_does_not_have_come_back(index: Index, tmp_path: Path) -> None:
    extra = {"x": [1.5, {"y": -math.inf}], "n": None, "z": math.inf}
    index.add([Document(id="a", extra=extra), Document(id="b", extra={"x": math.nan})])
    stream = io.StringIO()
    index.export(stream)
    decoder = json.JSONDecoder(parse_constant=pytest.fail)
    lines = map(decoder.decode, stream.getvalue().splitlines())
    found = {line["id"]: line["extra"] for line in lines}
    assert found["a"] == {"x": [1.5, {"y": None}], "n": None, "z": None}
    index.export(tmp_path / "backup.jsonl")
    with Index.open(tmp_path / "other", create=True) as other:
        assert other.sync([tmp_path / "backup.jsonl"]).skipped == ()
        again = {id: document.extra for id, document in documents_of(other).items()}
    assert again["a"] == extra
    assert str(again["b"]) == "{'x': nan}"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"searcher": "document/2"}, "newer"),
        ({"id": ""}, "without a usable id"),
        ({"date": "2022-03-29"}, "without a usable date"),
        ({"tags": "车险"}, "without a usable tags"),
        ({"extra": [1]}, "without a usable extra"),
        ({"body": 1}, "without a usable body"),
        ({"numbers": 5}, "without a usable numbers"),
        ({"numbers": [[["x"], "nan"]]}, "without a usable numbers"),
        ({"extra": {"x": 1}, "numbers": [[["x"], "nan"]]}, "without a usable numbers"),
        ({"extra": {"x": None}, "numbers": [[["x"], "1.5"]]}, "without a usable numbers"),
        ({"extra": {"x": None}, "numbers": [[[], "nan"]]}, "without a usable numbers"),
    ],
)
def test_an_export_that_was_changed_is_skipped_line_by_line(
    change: dict[str, object], reason: str
) -> None:
    line = to_line(Document(id="a", body="核酸"))
    data = json.dumps({**json.loads(line), **change}) + "\n" + line.replace('"a"', '"b"')
    first, second = read_back(data.encode())
    assert isinstance(first, Skipped)
    assert reason in first.reason
    assert isinstance(second, Document)


def test_a_record_of_somebody_else_is_read_as_ever() -> None:
    data = '{"searcher": "me", "title": "<b>标题</b>", "body": "正文"}\n'
    (document,) = read_back(data.encode())
    assert isinstance(document, Document)
    assert (document.title, document.extra) == ("标题", {"searcher": "me"})
