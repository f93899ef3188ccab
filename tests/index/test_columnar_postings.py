"""Posting lists: the same bytes from both engines, and out of them what went in."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.index.columnar import longlists, postings
from searcher.index.columnar.bits import PADDING
from searcher.index.columnar.postings import PostingLists
from tests.index.columnar_tools import ENGINES, Postings, posting_lists, using

Encoded = tuple[bytes, list[int]]
# Sizes around what the form changes at: the bits that are packed, the directory, a byte.
COUNTS = st.sampled_from([1, 2, 7, 8, 63, 64, 65, 127, 128, 129, 200, 1000]) | st.integers(1, 400)
SMALL = st.integers(0, 3) | st.integers(0, 40)
VALUES = SMALL | st.sampled_from([255, 256, 65_535, 65_536, 2**31, 2**32 - 2])


@st.composite
def posting_list(draw: st.DrawFn, capacity: int) -> Postings:
    """A list of a kind that is likely to be written in a way of its own."""
    count = min(draw(COUNTS), capacity)
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    match draw(st.sampled_from(["anywhere", "all", "first", "last", "in a row"])):
        case "anywhere":
            documents = np.sort(chance.choice(capacity, count, replace=False))
        case "all":
            documents = np.arange(capacity)
        case "first":
            documents = np.arange(count)
        case "last":
            documents = np.arange(capacity - count, capacity)
        case _:
            first = draw(st.integers(0, capacity - count))
            documents = np.arange(first, first + count)
    documents = documents.astype(np.int64)
    columns = []
    for _ in range(2):
        values = np.full(documents.size, draw(SMALL), np.int64)
        exceptions = draw(st.lists(VALUES, max_size=8))
        for value in exceptions:
            values[chance.integers(documents.size)] = value
        columns.append(values)
    return Postings(documents, columns[0] + 1, columns[1])


@st.composite
def lists_of_postings(draw: st.DrawFn) -> tuple[int, list[Postings]]:
    capacity = draw(st.sampled_from([1, 2, 63, 64, 65, 128, 1000, 5000]) | st.integers(1, 3000))
    return capacity, draw(st.lists(posting_list(capacity), max_size=6))


def impacts_of(lists: Sequence[Postings]) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    documents = posting_lists(lists).documents
    return ((documents * 7919 + 13) % 256).astype(np.uint8)


def encoded(lists: Sequence[Postings], capacity: int) -> Encoded:
    blob, starts = postings.encode(posting_lists(lists), capacity, impacts_of(lists))
    return blob, starts.tolist()


def padded(blob: bytes) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(blob + bytes(PADDING), np.uint8)


def assert_equal(
    found: Sequence[np.ndarray[tuple[int], np.dtype[np.int64]]], one: Postings
) -> None:
    for column, wanted in zip(found, (one.documents, one.frequencies, one.titles), strict=True):
        assert column.dtype == np.int64
        assert column.tolist() == wanted.tolist()


@settings(max_examples=60, deadline=None)
@given(lists_of_postings())
def test_both_engines_write_the_same_bytes_and_read_what_was_written(
    given: tuple[int, list[Postings]],
) -> None:
    capacity, lists = given
    written: dict[str, Encoded] = {}
    for engine in ENGINES:
        with using(engine):
            written[engine] = encoded(lists, capacity)
    assert written["kernel"] == written["numpy"]
    blob, starts = written["kernel"]
    data = padded(blob)
    for engine in ENGINES:
        with using(engine):
            for one, start in zip(lists, starts, strict=False):
                assert postings.count_of(data, start) == one.documents.size
                assert_equal(postings.decode(data, start, capacity), one)
            many = postings.decode_many(data, np.array(starts[:-1], np.int64), capacity)
        together = posting_lists(lists)
        assert many.starts.tolist() == together.starts.tolist()
        assert_equal(
            (many.documents, many.frequencies, many.titles),
            Postings(together.documents, together.frequencies, together.titles),
        )


COLUMNS = ("documents", "frequencies", "titles")


def one_by_one(lists: PostingLists, size: int) -> Iterator[PostingLists]:
    """A single list in pieces, the first of which is empty."""
    for first in range(-size, lists.documents.size, size):
        some = slice(max(first, 0), first + size)
        columns = lists.documents[some], lists.frequencies[some], lists.titles[some]
        yield PostingLists(np.array([0, columns[0].size]), *columns)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_list_in_pieces_has_the_same_bytes_and_is_read_as_it_was_written(
    data: st.DataObject,
) -> None:
    capacity = data.draw(st.sampled_from([1, 64, 129, 5000]) | st.integers(1, 3000))
    before, one = data.draw(posting_list(capacity)), data.draw(posting_list(capacity))
    size = data.draw(st.sampled_from([8, 16, 64, 1024]))
    whole = posting_lists([one])

    def impacts(lists: PostingLists) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
        return ((lists.documents * 7919 + 13) % 256).astype(np.uint8)

    blob = longlists.encode(partial(one_by_one, whole, size), capacity, impacts)
    assert blob == postings.encode(whole, capacity, impacts(whole))[0]
    written, starts = encoded([before, one], capacity)
    pieces = list(longlists.read(padded(written), starts[1], capacity, size))
    assert all(0 < piece.documents.size <= size for piece in pieces)
    columns = [np.concatenate([getattr(piece, name) for piece in pieces]) for name in COLUMNS]
    assert_equal(columns, one)


def test_a_list_without_a_posting_in_pieces_is_nothing() -> None:
    empty = posting_lists([])
    assert longlists.encode(lambda: iter([empty]), 9, lambda _: np.zeros(0, np.uint8)) == b""


def test_a_frequency_that_is_too_large_is_refused_in_pieces_too() -> None:
    for frequency, title in ((2**32, 0), (1, 2**32)):
        one = posting_lists([Postings(*(np.array([value]) for value in (0, frequency, title)))])
        with pytest.raises(ValueError, match="frequency is too large"):
            longlists.encode(partial(one_by_one, one, 8), 9, lambda _: np.zeros(1, np.uint8))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_list_is_read_in_pieces_as_far_as_it_is_one(data: st.DataObject) -> None:
    """A flipped byte gives other numbers that a list may have, or is found; never anything else."""
    capacity = data.draw(st.integers(1, 3000))
    blob = bytearray(encoded([data.draw(posting_list(capacity))], capacity)[0])
    blob[data.draw(st.integers(0, len(blob) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        pieces = list(longlists.read(padded(bytes(blob)), 0, capacity, 64))
    except postings.DamagedPostings:
        return
    documents = np.concatenate([piece.documents for piece in pieces])
    assert documents.size == postings.count_of(padded(bytes(blob)), 0)
    assert 0 <= documents[0] <= documents[-1] < capacity
    assert (np.diff(documents) > 0).all()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_directory_has_the_first_rank_and_the_greatest_impact_of_each_range(
    data: st.DataObject,
) -> None:
    capacity = data.draw(st.integers(128, 20_000))
    count = data.draw(st.integers(128, min(capacity, 2000)))
    chance = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    documents = np.sort(chance.choice(capacity, count, replace=False)).astype(np.int64)
    one = Postings(documents, np.ones_like(documents), np.zeros_like(documents))
    impacts = impacts_of([one])
    for engine in ENGINES:
        with using(engine):
            bytes_ = padded(encoded([one], capacity)[0])
        parts = postings.layout(bytes_, 0, capacity)
        directory = bytes_[parts.directory : parts.high]
        assert directory.size == 5 * parts.ranges
        ranks = directory[: 4 * parts.ranges].view("<u4").tolist()
        greatest = directory[4 * parts.ranges :].tolist()
        for number in range(parts.ranges):
            inside = documents >> parts.range_bits == number
            assert ranks[number] == np.count_nonzero(documents < number << parts.range_bits)
            assert greatest[number] == impacts[inside].max(initial=0)
        # What ranges are for: about as many postings in each.
        assert (parts.ranges - 1) << parts.range_bits < capacity
        assert count / parts.ranges <= 2 * postings.RANGE_POSTINGS


@pytest.mark.parametrize("engine", ENGINES)
def test_lists_below_128_postings_have_no_directory(engine: str) -> None:
    for count, has_directory in ((127, False), (128, True)):
        documents = np.arange(count, dtype=np.int64)
        one = Postings(documents, np.ones_like(documents), np.zeros_like(documents))
        with using(engine):
            data = padded(encoded([one], 1000)[0])
        assert (postings.layout(data, 0, 1000).ranges > 0) is has_directory


@pytest.mark.parametrize("engine", ENGINES)
def test_a_list_of_many_segments_worth_of_documents(engine: str) -> None:
    """Numbers of up to 31 bits."""
    documents = np.array([0, 1, 2**30, 2**31 - 1], np.int64)
    one = Postings(documents, np.array([1, 2, 3, 2**32 - 1]), np.array([0, 0, 2**32 - 1, 1]))
    with using(engine):
        data = padded(encoded([one], 2**31)[0])
        assert_equal(postings.decode(data, 0, 2**31), one)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("frequency", "title", "capacity"), [(2**32, 0, 10), (1, 2**32, 10), (1, 0, 2**31 + 1)]
)
def test_what_does_not_fit_is_refused(
    engine: str, frequency: int, title: int, capacity: int
) -> None:
    one = Postings(np.array([3]), np.array([frequency]), np.array([title]))
    with using(engine), pytest.raises(ValueError):
        encoded([one], capacity)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("start", [-1, 1 << 31, 1 << 62])
def test_there_is_no_list_outside_of_the_data(engine: str, start: int) -> None:
    one = Postings(*np.array([[3], [1], [0]], np.int64))
    with using(engine):
        data = padded(encoded([one], 10)[0])
        with pytest.raises(postings.DamagedPostings):
            postings.decode(data, start, 10)
        with pytest.raises(postings.DamagedPostings):
            postings.decode_many(data, np.array([start]), 10)


def read_or_refused(data: bytes, start: int, capacity: int) -> bool:
    """Whether something is read from damaged bytes; every number of it is one that there can be."""
    try:
        documents, frequencies, titles = postings.decode(
            np.frombuffer(data, np.uint8), start, capacity
        )
    except ValueError:
        return False
    assert documents.size == frequencies.size == titles.size <= capacity
    assert (np.diff(documents) > 0).all()
    assert documents[0] >= 0 and documents[-1] < capacity
    return True


@settings(max_examples=60, deadline=None)
@given(lists_of_postings(), st.data())
def test_damaged_bytes_give_an_error_or_possible_numbers(
    given: tuple[int, list[Postings]], data: st.DataObject
) -> None:
    capacity, lists = given
    blob, starts = encoded(lists, capacity)
    damaged = bytearray(padded(blob).tobytes())
    for _ in range(data.draw(st.integers(1, 4))):
        # Most of a list is what bits say; its header is what matters most.
        near = data.draw(st.sampled_from(starts)) + data.draw(st.integers(0, 12))
        at = min(
            data.draw(st.sampled_from([near, data.draw(st.integers(0, 1 << 14))])), len(damaged) - 1
        )
        damaged[at] = data.draw(st.integers(0, 255))
    cut = bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    for engine in ENGINES:
        with using(engine):
            for start in starts:
                for bytes_ in (bytes(damaged), cut):
                    read_or_refused(bytes_, start, capacity)
                    read_or_refused(bytes_, start, data.draw(st.integers(1, 6000)))
