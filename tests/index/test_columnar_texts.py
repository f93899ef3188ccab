"""Stored records: in blocks, with a dictionary, copied as they are by a merge."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from searcher.index.columnar.container import Container, ContainerWriter, DamagedFile
from searcher.index.columnar.texts import TextPacker, Texts, train

RECORDS = st.lists(
    st.binary(max_size=40) | st.integers(0, 6000).map(lambda n: b"x" * n), max_size=40
)
SENTENCE = "核酸检测结果为阴性的旅客可以办理登机手续，第{}号航班正常起飞。"


def common(count: int) -> list[bytes]:
    """Records that have much in common, about 20 kilobytes each."""
    return ["".join(SENTENCE.format(n * m) for m in range(200)).encode() for n in range(count)]


def packed(path: Path, packer: TextPacker) -> Texts:
    blocks = packer.finish()
    with ContainerWriter(path) as writer:
        packer.write(writer, blocks)
        writer.finish({})
    return Texts(Container(path), packer.count)


def texts_of(path: Path, records: Sequence[bytes], dictionary: bytes = b"") -> Texts:
    packer = TextPacker(dictionary)
    for record in records:
        packer.add(record)
    return packed(path, packer)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(RECORDS)
def test_records_come_back(tmp_path: Path, records: list[bytes]) -> None:
    texts = texts_of(tmp_path / "texts", records)
    assert [texts.record(number) for number in range(len(records))] == records
    blocks = range(len(texts.firsts))
    assert [record for at in blocks for record in texts.records(at)] == records
    assert sum(texts.documents(at) for at in blocks) == len(records)
    # A block is full with about two kilobytes.
    for at in blocks:
        assert sum(map(len, texts.records(at)[:-1])) < 2048


def test_a_dictionary_makes_small_blocks_smaller(tmp_path: Path) -> None:
    records = common(100)
    dictionary = train(records)
    assert 0 < len(dictionary) <= 1 << 16
    assert train(records) == dictionary
    plain = texts_of(tmp_path / "plain", [record[:500] for record in records])
    helped = texts_of(tmp_path / "helped", [record[:500] for record in records], dictionary)
    assert helped.dictionary == dictionary
    assert helped.record(7) == records[7][:500]
    sizes = [len(Container(tmp_path / name).section("texts")) for name in ("plain", "helped")]
    assert sizes[1] < 0.7 * sizes[0]
    assert plain.dictionary == b""


def test_few_records_and_those_with_nothing_in_common_need_no_dictionary() -> None:
    assert train([]) == b""
    assert train([b"a"] * 1000) == b""
    train([bytes(2 << 20)])  # one record that is all alike


def test_blocks_are_copied_as_they_are(tmp_path: Path) -> None:
    dictionary = train(common(100))
    texts = texts_of(tmp_path / "one", common(5), dictionary)
    packer = TextPacker(dictionary)
    packer.add(b"before")
    for at in range(len(texts.firsts)):
        packer.add_block(texts.block(at), texts.documents(at))
    packer.add(b"behind")
    copied = packed(tmp_path / "other", packer)
    records = [b"before", *common(5), b"behind"]
    assert [copied.record(number) for number in range(len(records))] == records
    assert [copied.block(at + 1) for at in range(5)] == [texts.block(at) for at in range(5)]


def test_damaged_blocks_are_noticed(tmp_path: Path) -> None:
    texts_of(tmp_path / "texts", common(3))
    data = bytearray((tmp_path / "texts").read_bytes())
    data[20:60] = bytes(40)
    (tmp_path / "texts").write_bytes(data)
    texts = Texts(Container(tmp_path / "texts"), 3)
    with pytest.raises(DamagedFile):
        texts.record(0)
    with pytest.raises(DamagedFile):
        texts.records(0)
    assert texts.record(2) == common(3)[2]
