"""Stored documents: a record each, found and unpacked without its neighbours."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from searcher import Document
from searcher.index import stored
from searcher.index.columnar.container import Container, ContainerWriter, DamagedFile
from searcher.index.columnar.ids import IdColumn
from searcher.index.columnar.offsets import Offsets, write_offsets
from searcher.index.columnar.symbols import Symbols, table_of
from searcher.index.columnar.texts import TextPacker, Texts, train
from tests.index.columnar_tools import ENGINES, using

TABLE = table_of(["核酸", "检测", "核酸检测", "阴性", "a", "b", "\n", "c\x00d", "。"])
TEXT = st.text(
    st.sampled_from("核酸检测阴性ab。\n\x00\x01😀𠀀é\uffff")
    | st.characters(exclude_categories=["Cs"])
)
PARTS = st.tuples(TEXT, TEXT, st.booleans(), st.sampled_from(["", "s\x00新华社", "i", "t\x00甲"]))
SENTENCE = "核酸检测结果为阴性的旅客可以办理登机手续，第{}号航班正常起飞。"


def common(count: int) -> list[Document]:
    """Documents that have much in common, about 20 kilobytes each."""
    return [
        Document(
            id=str(n), title="核酸检测", body="".join(SENTENCE.format(n * m) for m in range(200))
        )
        for n in range(count)
    ]


def written(path: Path, packer: TextPacker) -> Texts:
    with ContainerWriter(path) as writer:
        meta = packer.write(writer, packer.finish())
        IdColumn.of([b"%d" % number for number in range(packer.count)]).write(writer)
        writer.finish({"texts": meta})
    return Texts(Container(path), packer.count)


def texts_of(path: Path, parts: Sequence[tuple[str, str, str]], table: bytes = b"") -> Texts:
    packer = TextPacker(Symbols.of(table))
    for part in parts:
        packer.add_parts(*part)
    return written(path, packer)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("table", [b"", TABLE])
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(PARTS, max_size=80))
def test_documents_come_back(
    tmp_path: Path, engine: str, table: bytes, given: list[tuple[str, str, bool, str]]
) -> None:
    """Whether a body begins with its title or not."""
    parts = [(title, title + body if begins else body, rest) for title, body, begins, rest in given]
    with using(engine):
        texts = texts_of(tmp_path / "texts", parts, table)
        assert [texts.parts(number) for number in range(len(parts))] == parts
        for number, (title, body, rest) in enumerate(parts):
            document_id, *found, read = texts.record(number)
            assert (document_id, *found) == (str(number), title, body)
            assert read.source == stored.Rest(rest).source
            assert texts.id(number) == document_id.encode()
        for number in (-1, len(parts)):
            with pytest.raises(IndexError):
                texts.record(number)


@pytest.mark.parametrize("table", [b"", TABLE])
def test_the_kernel_writes_what_python_writes(tmp_path: Path, table: bytes) -> None:
    chance = random.Random(1)
    parts = []
    for _ in range(300):
        title = "".join(chance.choices("核酸检测阴性ab😀é\x00", k=chance.randint(0, 200)))
        body = "".join(chance.choices("核酸检测阴性ab。\n😀é\x00", k=chance.randint(0, 300)))
        parts.append((title, chance.choice(["", title]) + body, chance.choice(["", "t\x00甲"])))
    files = []
    for engine in ENGINES:
        with using(engine):
            texts_of(tmp_path / engine, parts, table)
            files.append((tmp_path / engine).read_bytes())
    assert files[0] == files[1]


def test_a_title_that_begins_the_body_is_not_stored_twice(tmp_path: Path) -> None:
    title, body = "核酸检测结果", "核酸检测结果\n阴性"
    texts_of(tmp_path / "one", [(title, body, "")])
    texts_of(tmp_path / "other", [("", body, "")])
    sizes = [len(Container(tmp_path / name).section("texts")) for name in ("one", "other")]
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_table_makes_texts_smaller(tmp_path: Path, engine: str) -> None:
    with using(engine):
        documents = common(60)
        records = [stored.to_bytes(document) for document in documents]
        table = train(records)
        assert table
        assert train(records) == table
        plain, packed = TextPacker(Symbols.of(b"")), TextPacker(Symbols.of(table))
        for record in records[:5]:
            plain.add(record)
            packed.add(record)
        sizes = []
        for name, packer in (("plain", plain), ("packed", packed)):
            texts = written(tmp_path / name, packer)
            assert texts.parts(3) == stored.parts(records[3])
            sizes.append(len(Container(tmp_path / name).section("texts")))
        assert sizes[1] < 0.3 * sizes[0]


def test_few_documents_need_no_table() -> None:
    assert train([]) == b""
    assert train([stored.to_bytes(Document(id="a", body="a"))] * 1000) == b""


def test_texts_with_nothing_in_common_can_be_stored() -> None:
    chance = random.Random(2)
    body = "".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(400_000))
    symbols = Symbols.of(train([stored.to_bytes(Document(id="a", body=body))]))
    assert symbols.decode(symbols.encode(body)) == body


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("same", [True, False])
def test_documents_are_copied_but_for_those_that_are_deleted(
    tmp_path: Path, engine: str, same: bool
) -> None:
    parts = [
        (f"第{number}号", "核酸检测" * (number % 50), ("", "s\x00甲", "s\x00乙")[number % 3])
        for number in range(20_000)
    ]
    live = np.arange(len(parts)) % 7 > 1
    with using(engine):
        texts = texts_of(tmp_path / "one", parts, TABLE)
        packer = TextPacker(texts.symbols if same else Symbols.of(b""))
        packer.add_parts("before", "", "")
        rests = {5: "s\x00丙", 19_999: "s\x00丙"}
        records = list(texts.copy_to(packer, live, {}))
        records += texts.copy_to(packer, None, rests)
        with ContainerWriter(tmp_path / "other") as writer:
            meta = packer.write(writer, [*records, *packer.finish()])
            IdColumn.of([b""] * packer.count).write(writer)
            writer.finish({"texts": meta})
        copied = Texts(Container(tmp_path / "other"), packer.count)
        kept = [part for part, is_live in zip(parts, live, strict=True) if is_live]
        changed = [(*part[:2], rests.get(n, part[2])) for n, part in enumerate(parts)]
        expected = [("before", "", ""), *kept, *changed]
        assert [copied.parts(number) for number in range(packer.count)] == expected


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rests", [["i"], ["", "i"], ["s\x00甲", "s\x00乙", "i", "h"]])
def test_what_documents_have_in_common_is_stored_once(
    tmp_path: Path, engine: str, rests: list[str]
) -> None:
    """All the same, several, or each its own."""
    with using(engine):
        for count in (1, 2, 3, 4, 50):
            parts = [("", "", rests[number % len(rests)]) for number in range(count)]
            texts = texts_of(tmp_path / "texts", parts)
            container = Container(tmp_path / "texts")
            distinct = len({rest for _, _, rest in parts})
            assert len(container.section("rests")) == sum(
                len(rest.encode()) for rest in rests[:distinct]
            )
            size = len(container.section("rest_numbers"))
            if distinct == 1:
                assert size == 8
            elif distinct == count:
                assert size == 0
            else:
                assert 8 < size <= 8 + count
            assert [texts.parts(number) for number in range(count)] == parts


@pytest.mark.parametrize("engine", ENGINES)
def test_what_most_documents_have_in_common_costs_nothing(tmp_path: Path, engine: str) -> None:
    parts = [("", "", "s\x00新华社" if n % 50 else f"s\x00{n}") for n in range(1, 10_000)]
    with using(engine):
        texts = texts_of(tmp_path / "texts", parts)
        assert len(Container(tmp_path / "texts").section("rest_numbers")) < 10_000 / 50 * 8 + 9
        assert [texts.record(number)[3].source for number in range(len(parts))] == [
            part[2][2:] for part in parts
        ]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_damaged_body_that_has_the_title_in_it_is_noticed(tmp_path: Path, engine: str) -> None:
    part = ("title", "title and more", "")
    with using(engine):
        texts_of(tmp_path / "whole", [part] * 3)
        data = bytearray((tmp_path / "whole").read_bytes())
        data[data.rindex(b"title and more")] = 0xFF  # nowhere in UTF-8
        (tmp_path / "damaged").write_bytes(data)
        texts = Texts(Container(tmp_path / "damaged"), 3)
        for _ in range(10):
            for numbers in ((2,), (0, 2), (0, 1, 2)):
                with pytest.raises(ValueError):
                    texts.both(numbers)
        assert texts.both((0, 1)) == [part[:2]] * 2


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("largest", [0, 3, 254, 255, 256, 65_534, 65_535, 70_000, 1 << 20])
def test_things_are_found_by_their_sizes(tmp_path: Path, engine: str, largest: int) -> None:
    """In a byte each where few are larger."""
    chance = random.Random(largest)
    for count in (0, 1, 63, 64, 65, 1000):
        sizes = [
            chance.choice([0, 1, 60, 254]) if largest > 254 else chance.randint(0, largest)
            for _ in range(count)
        ]
        if count:
            sizes[chance.randrange(count)] = largest
        with ContainerWriter(tmp_path / "sizes") as writer:
            write_offsets(writer, "sizes", np.array(sizes, np.int64))
            writer.finish({})
        container = Container(tmp_path / "sizes")
        offsets = Offsets(container, "sizes", count)
        assert offsets.sizes().tolist() == sizes
        start = 0
        for number, size in enumerate(sizes):
            assert offsets.bounds(number) == (start, start + size)
            start += size
        assert len(container.section("sizes")) <= 8 + 8 * (count // 64 + 1) + count + 8
        with pytest.raises(DamagedFile):
            Offsets(container, "sizes", count + 100)
    with using(engine):
        body = "a" * largest
        parts = [("", body if number == 70 else "b", "") for number in range(140)]
        texts = texts_of(tmp_path / "texts", parts)
        assert [texts.parts(number) for number in range(140)] == parts


def test_sizes_are_written_some_at_a_time_as_if_at_once(tmp_path: Path) -> None:
    """There may be millions, of which a copy or two would be more than all else takes."""
    count = (1 << 17) + 70
    sizes = np.random.default_rng(1).integers(0, 300, count).astype(np.uint32)
    sizes[[0, 1 << 16, count - 1]] = (1 << 32) - 2
    with ContainerWriter(tmp_path / "sizes") as writer:
        write_offsets(writer, "sizes", sizes)
        writer.finish({})
    offsets = Offsets(Container(tmp_path / "sizes"), "sizes", count)
    assert (offsets.sizes() == sizes).all()
    ends = np.cumsum(sizes, dtype=np.int64).tolist()
    for number in (0, 63, 64, (1 << 16) - 1, 1 << 16, (1 << 16) + 1, (1 << 17) + 1, count - 1):
        assert offsets.bounds(number) == (ends[number] - int(sizes[number]), ends[number])


@pytest.mark.parametrize(
    "document",
    [
        Document(id="a"),
        Document(id="a", title="题", body="题\n文", source="新华社", tags=("甲", "乙")),
        Document(id="a/b.txt", path="a/b.txt"),
        Document(id="a/b.jsonl#12", path="a/b.jsonl"),
        Document(id="a#1", path="b"),
        Document(id="a", path=""),
        Document(
            id="a", url="https://example.org/?q=1", extra={"b": [1, None], "a": "\x00\x01\x02"}
        ),
        Document(id="a", tags=("\x00", "\x01\x01", "\x01\x02", "", "\x00\x01")),
        Document(id="a", date=datetime(2022, 3, 27, tzinfo=timezone(timedelta(hours=8)))),
        Document(id="a", date=datetime(1, 1, 1, 0, 0, 0, 7, UTC), source="甲"),
        Document(id="a", date=datetime(9999, 12, 31, tzinfo=timezone(timedelta(seconds=-7)))),
    ],
)
def test_a_document_is_told_from_any_other(document: Document) -> None:
    title, body, text = stored.parts(stored.to_bytes(document))
    rest = stored.Rest(text)
    restored = stored.Record((document.id, title, body, rest), lambda _: document.date, 0)
    assert restored.document() == document
    assert stored.to_bytes(restored.document()) == stored.to_bytes(document)
    for change in ({"title": "别"}, {"tags": ("别",)}, {"url": "别"}, {"extra": {"别": 1}}):
        assert stored.to_bytes(replace(document, **change)) != stored.to_bytes(document)


@pytest.mark.parametrize("rest", ["?", "s", "su\x00a", "t", "tt\x00a", "i\x00a", "d\x00when"])
def test_a_rest_that_makes_no_sense_is_noticed(rest: str) -> None:
    with pytest.raises(ValueError):
        stored.Rest(rest)
