"""When segments are merged: never many of them, no document moved too often, none for nothing."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher.index.merging import Size, choose

SIZES = st.builds(
    lambda documents, share: Size(documents, int(documents * share)),
    st.integers(1, 10**7),
    st.floats(0, 0.999),
)


@pytest.mark.parametrize(
    ("sizes", "new", "chosen"),
    [
        ([], 0, []),
        ([Size(10, 0)], 1, []),
        ([Size(10, 0), Size(10, 0)], 2, [0, 1]),
        ([Size(5000, 0), Size(10, 0), Size(10, 0)], 2, [1, 2]),
        # Four of one size become one.
        ([Size(10, 0)] * 3, 1, []),
        ([Size(10, 0)] * 4, 1, [0, 1, 2, 3]),
        ([Size(5000, 0), Size(10, 0), Size(900, 0), Size(10, 0), Size(1, 0)], 1, [1, 2, 3, 4]),
        # With what becomes of it that makes four of the next size.
        ([Size(3000, 0)] * 3 + [Size(900, 0)] * 4, 1, [0, 1, 2, 3, 4, 5, 6]),
        # Deleted documents are cleared away before they are a third.
        ([Size(100_000, 29_000)], 0, []),
        ([Size(100_000, 31_000)], 0, [0]),
        ([Size(100_000, 31_000), Size(10, 0)], 1, [0]),
        # Those that moved are told apart for so long only.
        ([Size(500, 0, 500)], 0, []),
        ([Size(100_000, 0, 10_000)], 0, []),
        ([Size(100_000, 0, 10_001)], 0, [0]),
        ([Size(10_000_000, 0, 50_001)], 0, [0]),
    ],
)
def test_examples(sizes: list[Size], new: int, chosen: list[int]) -> None:
    assert choose(sizes, new) == chosen


@given(st.lists(SIZES, min_size=1, max_size=40), st.data())
def test_what_is_left_is_as_it_should_be(sizes: list[Size], data: st.DataObject) -> None:
    new = data.draw(st.integers(0, len(sizes)))
    chosen = choose(sizes, new)
    assert chosen == sorted(set(chosen))
    assert set(chosen) <= set(range(len(sizes)))
    left = [size for number, size in enumerate(sizes) if number not in chosen]
    assert all(size.deleted <= 0.3 * size.documents for size in left)
    if new > 1:
        assert set(range(len(sizes) - new, len(sizes))) <= set(chosen)
    if chosen:
        left.append(Size(sum(sizes[number].live for number in chosen), 0))
    for least in (0, 1000, 4000, 16_000, 64_000, 256_000, 1_024_000, 4_096_000):
        most = max(1000, 4 * least)
        assert sum(least < size.live <= most for size in left) <= 3
    # Once is enough.
    assert choose(left, min(new, 1)) == []


def test_segments_stay_few_and_documents_are_moved_seldom() -> None:
    chance = random.Random(1)
    sizes: list[Size] = []
    moved = 0
    for _ in range(3000):
        sizes.append(Size(chance.choice([1, 1, 10, 100, 3000]), 0))
        chosen = choose(sizes, 1)
        if chosen:
            together = sum(sizes[number].live for number in chosen)
            moved += together
            sizes = [size for number, size in enumerate(sizes) if number not in chosen]
            sizes.append(Size(together, 0))
        assert len(sizes) <= 21
    total = sum(size.live for size in sizes)
    assert total > 10**6
    assert moved < 8 * total
