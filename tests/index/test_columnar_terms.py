"""The terms of a field: found by what they are, in the order of their bytes."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from searcher.index.columnar import grouping
from searcher.index.columnar.container import Container, ContainerWriter
from searcher.index.columnar.fieldmerge import union
from searcher.index.columnar.grouping import gram_keys, grams, group
from searcher.index.columnar.spooling import TermSpool
from searcher.index.columnar.terms import (
    FieldTerms,
    TermList,
    escape,
    sorted_terms,
    to_bytes,
    to_term,
    unescape,
    write_terms,
)
from searcher.text.analyzer import gram_counts
from tests.index.columnar_tools import ENGINES, using

# What keys of eight bytes, padded with zeros, could confuse.
PIECES = [
    "\x00",
    "\x01",
    "\x02",
    "a",
    "b",
    "é",
    "核",
    "酸",
    "😀",
    "𠀀",
    "\U0010ffff",
    "\x7f",
    "\x80",
]
TERMS = (
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
    | st.text("ab\x00\x01", max_size=20)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.sampled_from(
        ["abcdefg", "abcdefgh", "abcdefghi", "abcdefgh\x00", "abcdefg\x00", "a" * 5000]
    )
)
anywhere = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("engine", ENGINES)
@anywhere
@given(st.lists(TERMS | st.integers(0, 99).map("abcdefgh{}".format), unique=True))
def test_strings_become_terms_in_order(engine: str, strings: list[str]) -> None:
    with using(engine):
        terms, places = sorted_terms(strings)
    assert [terms.term(number) for number in range(len(terms))] == sorted(map(to_bytes, strings))
    assert [terms.term(place) for place in places.tolist()] == list(map(to_bytes, strings))


@pytest.mark.parametrize("engine", ENGINES)
def test_half_a_character_is_no_term(engine: str) -> None:
    with using(engine), pytest.raises(UnicodeEncodeError):
        sorted_terms(["a", "\ud800b"])


def written(path: Path, terms: Sequence[bytes]) -> FieldTerms:
    with ContainerWriter(path) as writer:
        write_terms(writer, "field", TermList.of(terms), np.arange(len(terms)) * 3)
        writer.finish({})
    return FieldTerms(Container(path), "field")


@given(st.binary(max_size=12), st.binary(max_size=12))
def test_escaping_takes_zeros_away_and_keeps_the_order(one: bytes, other: bytes) -> None:
    assert unescape(escape(one)) == one
    assert 0 not in escape(one)
    assert (escape(one) < escape(other)) == (one < other)


@anywhere
@given(st.sets(TERMS, max_size=40), st.lists(TERMS, max_size=10))
def test_terms_are_found_and_others_are_not(
    tmp_path: Path, terms: set[str], others: list[str]
) -> None:
    ordered = sorted(terms, key=lambda term: term.encode())
    field = written(tmp_path / "terms", [to_bytes(term) for term in ordered])
    assert len(field) == len(ordered)
    assert [to_term(field.term(number)) for number in range(len(field))] == ordered
    assert [to_term(term) for term in field.between(0, len(field))] == ordered
    for number, term in enumerate(ordered):
        assert field.find(to_bytes(term)) == number
        assert int(field.starts[number]) == 3 * number
        longer, shorter = term + "\x00", term[:-1]
        for other in (longer, shorter, *others):
            assert (field.find(to_bytes(other)) is not None) == (other in terms)
    for other in others:
        before = sum(term.encode() < other.encode() for term in ordered)
        assert field.first(to_bytes(other)) == before


@anywhere
@given(st.sets(TERMS, max_size=40), TERMS)
def test_prefixes(tmp_path: Path, terms: set[str], prefix: str) -> None:
    ordered = sorted(terms, key=lambda term: term.encode())
    field = written(tmp_path / "terms", [to_bytes(term) for term in ordered])
    for wanted in {prefix, prefix[:1], prefix[:2], *(term[:2] for term in ordered[:3])}:
        expected = [term for term in ordered if term.startswith(wanted)]
        encoded = to_bytes(wanted)
        assert [to_term(field.term(n)) for n in field.with_prefix(encoded)] == expected
        if len(encoded) <= 8:
            low, high = field.prefix_range(encoded)
            assert [to_term(field.term(n)) for n in range(low, high)] == expected


@pytest.mark.parametrize(
    "parts",
    [
        [[b"a", b"abcdefgh"], [], [b"abcdefghi", b"abcdefghj"], [b"b"], [b"c" * 30]],
        [[b"a"], [b"b"]],
        [],
        [[b"%09d" % number for number in range(first, first + 50_000)] for first in (0, 50_000)],
    ],
    ids=["some with tails", "none with tails", "nothing", "more than is kept in memory"],
)
@pytest.mark.parametrize("last", [1000, 1 << 33])
def test_terms_that_were_put_aside_are_written_as_if_they_had_been_in_memory(
    tmp_path: Path, parts: list[list[bytes]], last: int
) -> None:
    terms = [term for part in parts for term in part]
    starts = np.arange(len(terms), dtype=np.int64)
    starts[-1:] = last
    with ContainerWriter(tmp_path / "spooled") as writer, TermSpool(tmp_path) as spool:
        at = 0
        for part in parts:
            spool.add(TermList.of(part), starts[at : at + len(part)])
            at += len(part)
        spool.write(writer, "field")
        writer.finish({})
    with ContainerWriter(tmp_path / "in memory") as writer:
        write_terms(writer, "field", TermList.of(terms), starts)
        writer.finish({})
    assert (tmp_path / "spooled").read_bytes() == (tmp_path / "in memory").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"spooled", "in memory"}


@pytest.mark.parametrize("engine", ENGINES)
@anywhere
@given(st.lists(st.sets(TERMS, max_size=20), min_size=1, max_size=4), st.data())
def test_the_union_of_several_lists(
    tmp_path: Path, engine: str, parts: list[set[str]], data: st.DataObject
) -> None:
    encoded = [sorted(map(to_bytes, part)) for part in parts]
    fields = [written(tmp_path / str(n), part) for n, part in enumerate(encoded)]
    ranges = []
    for part in encoded:
        first = data.draw(st.integers(0, len(part)))
        ranges.append((first, data.draw(st.integers(first, len(part)))))
    with using(engine):
        terms, numbers = union(fields, ranges)
    chosen = [part[low:high] for part, (low, high) in zip(encoded, ranges, strict=True)]
    assert [terms.term(n) for n in range(len(terms))] == sorted(set().union(*chosen))
    for part, found in zip(chosen, numbers, strict=True):
        assert [terms.term(n) for n in found.tolist()] == part


@pytest.mark.parametrize("engine", ENGINES)
@given(text=st.text(st.sampled_from(PIECES) | st.sampled_from(list(" \n\u3000\x1c")), max_size=30))
def test_the_keys_of_grams_are_those_of_their_bytes(engine: str, text: str) -> None:
    occurrences, pairs = grams(["", text])
    codes, lists = group(occurrences)
    counts = sorted((to_bytes(gram), count) for gram, count in gram_counts(text).items())
    with using(engine):
        keys = TermList(gram_keys(codes))
    assert [keys.term(n) for n in range(len(keys))] == [gram for gram, _ in counts]
    assert keys.keys.tolist() == sorted(keys.keys.tolist())
    assert lists.frequencies.tolist() == [count for _, count in counts]
    assert pairs.tolist() == [0, sum(len(gram) == 2 for gram in gram_counts(text).elements())]


@pytest.mark.parametrize("sizes", [(3,), (8, 9), (40_000,)])
def test_long_terms(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    terms = sorted(b"x" * size for size in sizes)
    field = written(tmp_path / "terms", terms)
    assert [field.find(term) for term in terms] == list(range(len(terms)))
    assert field.find(b"x" * 7) is None


def test_grams_are_the_same_however_many_characters_are_looked_at_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = ["", "银行贷款 的\n了" * 40, "a\x00\x01", " ", "😀𠀀" * 30, "甲"]
    occurrences, pairs = grams(texts)
    codes, _ = group(occurrences.copy())
    keys = gram_keys(codes)
    monkeypatch.setattr(grouping, "_CHARACTERS", 7)
    monkeypatch.setattr(grouping, "_BLOCK", 3)
    with using("numpy"):
        again, pairs_again = grams(texts)
        keys_again = gram_keys(codes)
    assert again.tolist() == occurrences.tolist()
    assert pairs_again.tolist() == pairs.tolist() == [len_pairs(text) for text in texts]
    assert keys_again.tolist() == keys.tolist()


def len_pairs(text: str) -> int:
    return sum(not (one.isspace() or two.isspace()) for one, two in pairwise(text))
