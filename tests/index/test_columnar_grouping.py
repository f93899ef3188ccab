"""Occurrences of terms become posting lists, and these are worth the same, in C and in numpy."""

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.index.columnar.build import ChannelWriter
from searcher.index.columnar.container import ContainerWriter
from searcher.index.columnar.grouping import MOST_DOCUMENTS, OWNER_BITS, grams, group
from searcher.index.columnar.postings import encode
from searcher.index.columnar.similarity import FieldLengths, Similarity, impacts
from searcher.index.columnar.terms import TermList
from searcher.index.fields import BODY, TITLE, WORDS, length_column
from searcher.kernel import load
from tests.index.columnar_tools import ENGINES, using

# Terms of all sizes: of neighbouring bits, of bits far apart, and the greatest that there is.
TERMS = (
    st.integers(0, 3)
    | st.integers(0, (1 << 64 - OWNER_BITS) - 1)
    | st.integers(0, 64 - OWNER_BITS - 1).map(lambda bit: 1 << bit)
    | st.just((1 << 64 - OWNER_BITS) - 1)
)
OWNERS = st.integers(0, 40) | st.integers(0, 2 * MOST_DOCUMENTS - 1)


@settings(deadline=None)
@given(occurrences=st.lists(st.tuples(OWNERS, TERMS), max_size=200))
def test_each_term_has_the_documents_that_have_it(occurrences: list[tuple[int, int]]) -> None:
    occurrences.sort(key=lambda one: one[0])  # the order within a text is any
    expected: dict[int, dict[int, list[int]]] = defaultdict(dict)
    for owner, term in occurrences:
        counts = expected[term].setdefault(owner >> 1, [0, 0])
        counts[0] += 1
        counts[1] += not owner & 1  # in the title
    numbers = [term << OWNER_BITS | owner for owner, term in occurrences]
    terms, lists = group(np.array(numbers, np.uint64))
    assert terms.tolist() == sorted(expected)
    postings = [
        (document, *counts)
        for term in sorted(expected)
        for document, counts in sorted(expected[term].items())
    ]
    columns = (lists.documents, lists.frequencies, lists.titles)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == postings
    sizes = [len(expected[term]) for term in sorted(expected)]
    assert np.diff(lists.starts).tolist() == sizes
    assert len(lists) == len(expected)
    with using("kernel"):
        kernel = load("postings")
        assert kernel is not None
        found, data, starts = kernel.invert(
            np.array(numbers, np.uint64), OWNER_BITS, MOST_DOCUMENTS, None
        )
        blob, offsets = encode(lists, MOST_DOCUMENTS, np.full(len(postings), 255, np.uint8))
    assert np.frombuffer(found, np.uint64).tolist() == terms.tolist()
    assert data == blob
    assert np.frombuffer(starts, np.int64).tolist() == offsets[:-1].tolist()


@pytest.mark.parametrize("longest", [200, 60_000, 100_000])
def test_channels_are_written_the_same(tmp_path: Path, longest: int) -> None:
    chance = np.random.default_rng(longest)
    owners = np.repeat(np.arange(4000, dtype=np.uint64), chance.integers(0, 120, 4000))
    terms = chance.geometric(0.01, owners.size).astype(np.uint64)
    lengths = {
        length_column(field, WORDS): chance.integers(0, longest, 2000) for field in (TITLE, BODY)
    }
    for engine in ENGINES:
        with using(engine), ContainerWriter(tmp_path / engine) as writer:
            channels = ChannelWriter(writer, 2000, lengths, Similarity())
            channels.invert(WORDS, terms << np.uint64(OWNER_BITS) | owners, TermList)
            writer.finish(channels.meta())
    assert (tmp_path / "kernel").read_bytes() == (tmp_path / "numpy").read_bytes()


TEXTS = st.lists(
    st.text(st.sampled_from("核酸a \n\u3000\x1c\x85😀é\ud800\U0010ffff\x00"), max_size=12)
    | st.text("ab ", max_size=5),
    max_size=6,
)


@settings(deadline=None)
@given(texts=TEXTS)
@pytest.mark.parametrize("engine", ENGINES)
def test_each_character_begins_a_gram_of_its_text(engine: str, texts: list[str]) -> None:
    with using(engine):
        occurrences, pairs = grams(list(texts))
    expected = [
        (ord(one), 0 if other.isspace() else ord(other) + 1, owner)
        for owner, text in enumerate(texts)
        for one, other in pairwise(text + " ")
        if not one.isspace()
    ]
    found = [
        (
            number >> 21 + OWNER_BITS,
            number >> OWNER_BITS & (1 << 21) - 1,
            number % (1 << OWNER_BITS),
        )
        for number in occurrences.tolist()
    ]
    assert found == expected
    assert pairs.tolist() == [
        sum(second > 0 and owner == at for _, second, owner in expected) for at in range(len(texts))
    ]


def test_the_kernel_does_not_take_occurrences_out_of_order() -> None:
    with using("kernel"):
        kernel = load("postings")
        assert kernel is not None
        with pytest.raises(ValueError, match="order"):
            kernel.invert(np.array([5, 4], np.uint64), OWNER_BITS, 9, None)
        with pytest.raises(ValueError, match="no occurrences"):
            kernel.invert(bytearray(7), OWNER_BITS, 9, None)
        with pytest.raises(ValueError, match="not there"):
            kernel.invert(np.array([2 * 9], np.uint64), OWNER_BITS, 9, None)
        with pytest.raises(ValueError, match="lengths"):
            kernel.invert(bytearray(8), OWNER_BITS, 9, ((b"", 1.0, 1.0), (b"", 1.0, 1.0), 1.0, 1.0))
        with pytest.raises(ValueError, match="too many"):
            kernel.grams(["甲"] * 3, 1)
        with pytest.raises(TypeError, match="strings"):
            kernel.grams(["甲", 1], OWNER_BITS)


@pytest.mark.parametrize("longest", [200, 5000, 60_000, 100_000])
@pytest.mark.parametrize(
    "similarity",
    [Similarity(), Similarity(0.6, 0.0, 3.0), Similarity(2, 1), Similarity(1.2, 0.5, 0.0, 0.3)],
)
def test_impacts_are_the_same(longest: int, similarity: Similarity) -> None:
    chance = np.random.default_rng(longest)
    dtype = next(each for each in ("u1", "u2", "u4") if longest <= np.iinfo(each).max)
    title, body = (
        FieldLengths(chance.integers(0, longest, 5000).astype(dtype), average)
        for average in (7.3, longest / 3)
    )
    documents = np.sort(chance.choice(5000, 3000, replace=False))
    frequencies = chance.geometric(0.3, 3000)
    titles = chance.integers(0, frequencies + 1)
    columns = (documents, frequencies, titles)
    with using("kernel"):
        found = impacts(similarity, title, body, *columns)
    with using("numpy"):
        expected = impacts(similarity, title, body, *columns)
    assert found.tolist() == expected.tolist()
    assert len(set(expected.tolist())) > 15


def test_impacts_of_documents_that_are_not_there_are_not_worked_out() -> None:
    lengths = FieldLengths(np.ones(10, "u1"), 1.0)
    column = np.ones(1, np.int64)
    with using("kernel"), pytest.raises(ValueError, match="not there"):
        impacts(Similarity(), lengths, lengths, np.array([10]), column, column)
