"""Ids are put in the order of their bytes, without an object for each."""

import random
from bisect import bisect_left
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher import Document
from searcher.index.columnar.container import DamagedFile
from searcher.index.columnar.ids import merged_order, order_of
from searcher.index.columnar.segment import EXTENSION, ColumnarSegment
from searcher.text import Analyzer
from tests.index.columnar_tools import ENGINES, using
from tests.index.test_columnar_merge import build

LONG = b"folder/of/a/name/" * 12  # more than is compared number by number

ids = st.one_of(
    st.binary(max_size=20),
    st.text("ab", max_size=30).map(str.encode),
    st.builds(bytes.__add__, st.sampled_from([LONG, LONG[:-1], LONG[:7]]), st.binary(max_size=9)),
    st.sampled_from([b"a" * 6, b"a" * 7, b"a" * 8, b"a" * 7 + b"\0", b"a" * 14, b"a\0", b"a\0\0"]),
)


@settings(deadline=None)
@given(st.lists(ids, max_size=60))
def test_it_is_the_order_of_their_bytes_and_of_equal_ones_the_first_comes_first(
    strings: list[bytes],
) -> None:
    data = np.frombuffer(b"".join(strings), np.uint8)
    sizes = np.array([len(one) for one in strings], np.uint32)
    assert order_of(data, sizes).tolist() == sorted(range(len(strings)), key=strings.__getitem__)


@settings(deadline=None)
@given(st.lists(ids, max_size=60), st.lists(st.integers(0, 3), max_size=60), st.integers(1, 40))
def test_what_is_in_order_in_parts_is_put_in_order_in_stretches(
    strings: list[bytes], owners: list[int], together: int
) -> None:
    owners += [0] * (len(strings) - len(owners))
    order = sorted(range(len(strings)), key=strings.__getitem__)
    parts = [
        np.array([number for number in order if owners[number] == part], np.uint32)
        for part in range(4)
    ]
    data = np.frombuffer(b"".join(strings), np.uint8)
    sizes = np.array([len(one) for one in strings], np.uint32)
    stretches = list(merged_order(data, sizes, parts, together))
    assert np.concatenate(stretches).tolist() == order
    if len(set(strings)) == len(strings):  # there are as many stretches as it takes
        assert max(one.size for one in stretches) <= max(16, 2 * together)


@pytest.mark.parametrize("swapped", [(0, 99), (40, 41), (10, 70), (49, 50)])
def test_parts_that_are_not_in_order_are_noticed_or_put_in_order(swapped: tuple[int, int]) -> None:
    strings = [b"%02d" % number for number in range(100)]
    order = np.arange(100, dtype=np.uint32)
    order[list(swapped)] = order[list(reversed(swapped))]
    data, sizes = np.frombuffer(b"".join(strings), np.uint8), np.full(100, 2, np.uint32)
    for together in range(1, 120, 7):
        try:
            found = np.concatenate(list(merged_order(data, sizes, [order], together))).tolist()
        except DamagedFile:
            continue
        assert found == list(range(100))


def test_very_many_that_begin_alike_are_put_in_order() -> None:
    numbers = [number * 7919 % 200_000 for number in range(200_000)]
    strings = [b"folder/%d.jsonl#%d" % (number % 3, number) for number in numbers]
    data = np.frombuffer(b"".join(strings), np.uint8)
    sizes = np.array([len(one) for one in strings], np.uint32)
    assert order_of(data, sizes).tolist() == sorted(range(len(strings)), key=strings.__getitem__)


@pytest.mark.parametrize("engine", ENGINES)
def test_ids_are_found_where_they_stand_in_order(
    engine: str, tmp_path: Path, analyzer: Analyzer
) -> None:
    chance = random.Random(11)
    names = {"".join(chance.choices("ab/文件\0", k=chance.randrange(1, 9))) for _ in range(400)}
    path = tmp_path / f"one{EXTENSION}"
    build(path, [Document(id=name, body="银行") for name in sorted(names, key=hash)], analyzer)
    in_order = sorted(name.encode() for name in names)
    with using(engine):
        segment = ColumnarSegment(path)
        for name in (*names, *("".join(chance.choices("ab/文件\0c", k=5)) for _ in range(400)), ""):
            for wanted in (name.encode(), name.encode()[:-1]):
                place = segment.texts.place(segment._id_order, segment._id_width, wanted)
                assert place == bisect_left(in_order, wanted)
        for wrong in (bytes(segment._id_order) + b"\0", bytes(segment._id_order)[:-1]):
            if engine == "kernel":
                with pytest.raises(ValueError, match="does not fit"):
                    segment.texts.place(memoryview(wrong), segment._id_width, b"a")
        beyond = memoryview(b"\xff" * len(segment._id_order))
        with pytest.raises((ValueError, IndexError)):
            segment.texts.place(beyond, segment._id_width, b"a")
