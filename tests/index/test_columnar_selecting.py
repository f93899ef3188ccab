"""Documents are found in long lists without decoding them, and are worth what they are decoded."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.index.columnar import postings
from searcher.index.columnar.bits import PADDING
from searcher.index.columnar.selecting import Selector, find_one
from searcher.index.columnar.similarity import FieldLengths, Impacts, Similarity, saturated
from tests.index.columnar_tools import Postings, posting_lists

Integers = npt.NDArray[np.int64]


def long_list(chance: np.random.Generator, capacity: int, kind: str) -> Postings:
    """A list that has a directory."""
    count = int(chance.integers(postings.DIRECTORY_FROM, capacity + 1))
    if kind == "rare":
        count = min(count, 2 * postings.DIRECTORY_FROM)
    documents = np.sort(chance.choice(capacity, count, replace=False))
    if kind == "in a row":  # what one range has of it fills many words
        first = int(chance.integers(capacity - count + 1))
        documents = np.arange(first, first + count)
    return Postings(
        documents.astype(np.int64), chance.geometric(0.6, count), chance.geometric(0.8, count) - 1
    )


@st.composite
def long_lists(draw: st.DrawFn) -> tuple[int, list[Postings]]:
    capacity = draw(st.sampled_from([128, 129, 1000, 5000, 100_000]))
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    kinds = draw(st.lists(st.sampled_from(["any", "rare", "in a row"]), min_size=1, max_size=4))
    return capacity, [long_list(chance, capacity, kind) for kind in kinds]


def encoded(
    lists: Sequence[Postings], capacity: int
) -> tuple[npt.NDArray[np.uint8], list[postings.Layout]]:
    together = posting_lists(lists)
    impacts = np.zeros(together.documents.size, np.uint8)
    blob, starts = postings.encode(together, capacity, impacts)
    data = np.frombuffer(blob + bytes(PADDING), np.uint8)
    return data, [postings.layout(data, start, capacity) for start in starts[:-1].tolist()]


def ranks_of(one: Postings, documents: Integers) -> list[int]:
    """Where documents are in a list; -1 for those that it does not have."""
    places = {document: rank for rank, document in enumerate(one.documents.tolist())}
    return [places.get(document, -1) for document in documents.tolist()]


@settings(max_examples=80, deadline=None)
@given(long_lists(), st.data())
def test_what_is_found_is_what_the_lists_have(
    given: tuple[int, list[Postings]], data: st.DataObject
) -> None:
    capacity, lists = given
    bytes_, layouts = encoded(lists, capacity)
    chance = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    anywhere = chance.integers(0, capacity, 20)
    documents = np.unique(np.concatenate([anywhere, chance.choice(lists[0].documents, 20)]))
    owners, ranks, unknown = Selector(bytes_).find(layouts, documents)
    found = np.full((len(lists), documents.size), -1)
    found.reshape(-1)[owners] = ranks
    for number, (one, layout) in enumerate(zip(lists, layouts, strict=True)):
        expected = ranks_of(one, documents)
        if number not in unknown:
            assert found[number].tolist() == expected
        assert [find_one(bytes_.data, layout, each) for each in documents.tolist()] == expected


def test_lists_that_are_spread_evenly_need_no_decoding() -> None:
    chance = np.random.default_rng(1)
    lists = [long_list(chance, 200_000, kind) for kind in ("any", "any", "rare", "rare")]
    bytes_, layouts = encoded(lists, 200_000)
    documents = np.arange(0, 200_000, 97)
    assert not Selector(bytes_).find(layouts, documents)[2]


@settings(max_examples=60, deadline=None)
@given(long_lists(), st.data())
def test_values_of_columns_are_those_that_are_decoded(
    given: tuple[int, list[Postings]], data: st.DataObject
) -> None:
    """Exceptions among them."""
    capacity, lists = given
    bytes_, layouts = encoded(lists, capacity)
    chance = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    of_list = np.sort(chance.integers(0, len(lists), 30))
    ranks = np.array([chance.integers(lists[number].documents.size) for number in of_list])
    columns = [postings.columns(bytes_, layout) for layout in layouts]
    selector = Selector(bytes_)
    for part, name, less in ((0, "frequencies", 1), (1, "titles", 0)):
        expected = [
            int(getattr(lists[number], name)[rank]) - less
            for number, rank in zip(of_list.tolist(), ranks.tolist(), strict=True)
        ]
        chosen = [one[part] for one in columns]
        values = selector.values(chosen, of_list, ranks)
        assert (np.zeros(30, np.int64) if values is None else values).tolist() == expected
        for number, rank, value in zip(of_list.tolist(), ranks.tolist(), expected, strict=True):
            column = chosen[number]
            assert (0 if column is None else column.value(bytes_.data, rank)) == value


def test_a_directory_that_is_out_of_order_is_said_to_be_damaged() -> None:
    one = long_list(np.random.default_rng(2), 1000, "any")
    bytes_, (layout,) = encoded([one], 1000)
    damaged = bytes_.copy()
    damaged[layout.directory : layout.directory + 4 * layout.ranges] = 255
    with pytest.raises(postings.DamagedPostings):
        find_one(damaged.data, layout, int(one.documents[0]))
    assert Selector(damaged).find([layout], one.documents)[2] == [0]


@pytest.mark.parametrize("longest", [200, 60_000, 100_000])
@pytest.mark.parametrize("similarity", [Similarity(), Similarity(0.6, 0.0, 3.0), Similarity(2, 1)])
def test_looked_up_impacts_are_the_same_to_the_last_bit(
    longest: int, similarity: Similarity
) -> None:
    chance = np.random.default_rng(longest)
    dtype = next(each for each in ("u1", "u2", "u4") if longest <= np.iinfo(each).max)
    title, body = (
        FieldLengths(chance.integers(1, longest, 500).astype(dtype), average)
        for average in (7.3, longest / 3)
    )
    impacts = Impacts(similarity, title, body)
    documents = np.sort(chance.choice(500, 300, replace=False))
    frequencies = chance.geometric(0.5, 300)
    titles = chance.integers(0, frequencies + 1)
    ones, zeros = np.ones_like(frequencies), np.zeros_like(titles)
    for counts, in_title in ((ones, zeros), (frequencies, zeros), (frequencies, titles)):
        expected = saturated(similarity, title, body, documents, counts, in_title).tolist()
        found = impacts.values(
            documents,
            counts if (counts > 1).any() else None,
            in_title if in_title.any() else None,
        )
        assert found.tolist() == expected
        postings_ = zip(documents.tolist(), counts.tolist(), in_title.tolist(), strict=True)
        assert [impacts.value(*posting) for posting in postings_] == expected
