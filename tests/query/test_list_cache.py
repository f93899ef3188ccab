"""The kernel keeps lists decoded that are asked for again, within a limit."""

import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from searcher.index.columnar.segment import length_names
from searcher.index.fields import GRAMS, WORDS
from searcher.kernel import load
from searcher.query import ranking
from searcher.query.bm25f import Parameters
from searcher.query.ranking import Ranker
from searcher.query.sought import CHANNELS, Sought, sought
from tests.index.columnar_tools import Columns, Postings, using
from tests.query.test_topk import Collection, collection, columns, name

LISTS = 24  # of the same size
LARGE = 64 << 20  # bytes, for all of them
MOST_DECODED = 1 << 18  # postings, for one query
AGE = 128  # queries, after which a list that was not asked for counts half


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A segment with lists of the same size, longer ones, and a very long one."""
    chance = np.random.default_rng(3)
    shares = [4000 / 70_000] * (LISTS + 12) + [0.9]
    with using("kernel"):
        segment = columns(chance, 70_000, shares, 400, 0.0)
        return collection(tmp_path_factory.mktemp("lists") / "index", [segment])


@pytest.fixture(scope="module")
def terms(made_up: Collection) -> list[Sought]:
    """The terms whose lists have the same size."""
    words = made_up.segments[0].channels[WORDS]
    found = [term for term, one in words.items() if one.documents.size == 4000]
    return [sought(term, WORDS) for term in found[:LISTS]]


@pytest.fixture(scope="module")
def common(made_up: Collection) -> Sought:
    words = made_up.segments[0].channels[WORDS]
    return sought(max(words, key=lambda term: words[term].documents.size), WORDS)


def opened(made_up: Collection, limit: int) -> Any:
    """The kernel's segments, which keep lists of so many bytes."""
    kernel: Any = load("postings")
    ranker, segments = Ranker(made_up.reader, Parameters()), made_up.reader.segments
    found = [
        (one.allowed, *(ranker._channel(one, channel, kernel.Channel) for channel in CHANNELS))
        for one in segments
    ]

    def frequency(at: int, channel: int, start: int) -> int:
        return segments[at].document_frequency(CHANNELS[channel], start)

    count, first_ids = made_up.reader.count, made_up.reader.first_ids
    return kernel.Segments(found, count, (1.0, 1.0), frequency, first_ids, limit)


def ask(segments: Any, terms: Sequence[Sought], times: int) -> None:
    for _ in range(times):
        for term in terms:
            segments.top_k([term], 10, None)


def size_of(made_up: Collection, terms: Sequence[Sought]) -> int:
    """The bytes that lists take when they are kept."""
    segments = opened(made_up, LARGE)
    ask(segments, terms, 2)
    lists, size = segments.kept(list(terms))
    assert lists == [1] * len(terms)
    return int(size)


def test_a_list_is_kept_from_the_second_time_on(
    made_up: Collection, terms: list[Sought], common: Sought
) -> None:
    segments = opened(made_up, LARGE)
    wanted = [*terms[:3], common]
    ask(segments, wanted, 1)
    assert segments.kept(wanted) == ([0, 0, 0, 0], 0)
    ask(segments, wanted[:2], 1)
    assert segments.kept(wanted)[0] == [1, 1, 0, 0]
    ask(segments, wanted, 5)
    assert segments.kept(wanted)[0] == [1, 1, 1, 1]


def test_a_query_asks_once_however_often_it_looks(made_up: Collection, terms: list[Sought]) -> None:
    segments = opened(made_up, LARGE)
    for kept in ([0, 0], [1, 1]):
        candidates = segments.with_all(terms[:2], None)
        segments.best_of(candidates, terms[:2], 10)
        assert segments.kept(terms[:2])[0] == kept
    segments = opened(made_up, LARGE)
    for kept in ([0, 0, 0], [1, 1, 1]):
        segments.best_with_all(terms[:2], terms[1:3], 10, None)
        assert segments.kept(terms[:3])[0] == kept


def test_a_word_is_kept_with_the_pair_that_covers_it(made_up: Collection) -> None:
    """And the list of the pair alone is not kept once more."""
    lists = made_up.segments[0].channels
    word = next(
        term
        for term, one in lists[WORDS].items()
        if term in lists[GRAMS] and lists[GRAMS][term].documents.size < 2 * one.documents.size
    )
    both = [sought(word, WORDS), sought(word, GRAMS)]
    segments = opened(made_up, LARGE)
    for _ in range(3):
        segments.top_k(both, 10, None)
    counts, size = segments.kept(both)
    assert counts == [0, 1]
    for _ in range(3):
        segments.with_all(both[1:], None)
    assert segments.kept(both) == (counts, size)


def test_lists_of_small_segments_are_not_kept(tmp_path: Path) -> None:
    """An index of many of them would look for thousands of lists, to no avail."""
    chance = np.random.default_rng(4)
    with using("kernel"):
        sizes = [70_000, 2000, 500]
        shared = [columns(chance, size, [0.1], 400, 0.0) for size in sizes]
        one = collection(tmp_path / "index", shared)
        segments = opened(one, LARGE)
        for _ in range(3):
            segments.top_k([sought(name(GRAMS, 0), GRAMS)], 10, None)
        assert segments.kept([sought(name(GRAMS, 0), GRAMS)])[0] == [2]


def test_a_small_segment_takes_little_memory(tmp_path: Path) -> None:
    """However many terms it is asked for: what they give is noted for each block of documents."""
    with using("kernel"):
        segment = columns(np.random.default_rng(5), 100, [0.5] * 100, 9, 0.0)
        one = collection(tmp_path / "index", [segment])
        wanted = [sought(term, WORDS) for term in one.segments[0].channels[WORDS]]
        segments = opened(one, LARGE)
        ask(segments, wanted, 2)
        tracemalloc.start()
        segments.top_k(wanted, 10, None)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 200_000


def test_documents_far_behind_the_others_are_found(tmp_path: Path) -> None:
    """Lists that are short are gone through from one of their documents to the next."""
    capacity = 200_000
    last = {2: [50_000], 5: [120_000]}
    words = {}
    for number in range(10):
        documents = np.array([*range(number, 900, 9), *last.get(number, [])], np.int64)
        ones = np.ones_like(documents)
        words[name(WORDS, number)] = Postings(documents, ones, 0 * ones)
    lengths = {column: np.ones(capacity, np.int64) for column in length_names()}
    with using("kernel"):
        segment = Columns(capacity, {WORDS: words, GRAMS: {}}, lengths)
        one = collection(tmp_path / "index", [segment])
        wanted = [sought(term, WORDS) for term in words]
        expected = opened(one, 0).top_k(wanted, 1000, None)
        assert len(expected) == 902
        segments = opened(one, LARGE)
        for kept in (0, 1, 1):
            assert segments.top_k(wanted, 1000, None) == expected
            assert segments.kept(wanted)[0] == [kept] * len(wanted)


def test_nothing_is_kept_where_there_is_no_room(
    made_up: Collection, terms: list[Sought], common: Sought
) -> None:
    segments = opened(made_up, 0)
    ask(segments, terms, 3)
    assert segments.kept(terms) == ([0] * LISTS, 0)
    limit = 2 * size_of(made_up, [common])
    segments = opened(made_up, limit)  # of which one list would be half
    ask(segments, [terms[0], common], 5)
    assert segments.kept([terms[0], common])[0] == [1, 0]


@pytest.mark.parametrize("share", [0.4, 0.6, 0.9])
def test_the_limit_is_kept_and_answers_stay_the_same(
    made_up: Collection, terms: list[Sought], share: float
) -> None:
    queries = [[term, terms[number // 2]] for number, term in enumerate(terms)]
    expected = [opened(made_up, 0).top_k(query, 10, None) for query in queries]
    limit = round(share * size_of(made_up, terms))
    segments = opened(made_up, limit)
    chance = np.random.default_rng(7)
    given_up = 0
    # What is asked for most changes every now and then.
    for number in ((chance.geometric(0.3, 3000) + np.arange(3000) // 600 * 7) % LISTS).tolist():
        before = segments.kept(terms)
        assert segments.top_k(queries[number], 10, None) == expected[number]
        after = segments.kept(terms)
        assert after[1] <= limit
        given_up += any(was > now for was, now in zip(before[0], after[0], strict=True))
    assert given_up >= 3


def test_lists_that_are_asked_for_in_turns_do_not_push_each_other_out(
    made_up: Collection, terms: list[Sought]
) -> None:
    """There is room for some, and these stay; else each would be decoded again every time."""
    segments = opened(made_up, size_of(made_up, terms[:16]))
    ask(segments, terms, 3)
    kept = segments.kept(terms)
    assert sum(kept[0]) == 16
    for term in terms * 20:
        ask(segments, [term], 1)
        assert segments.kept(terms) == kept


def test_a_list_that_is_asked_for_more_often_takes_the_place_of_another(
    made_up: Collection, terms: list[Sought]
) -> None:
    segments = opened(made_up, size_of(made_up, terms[:16]))
    ask(segments, terms[:16], 3)
    ask(segments, [terms[16]], 6)
    assert segments.kept([terms[16]])[0] == [0]
    ask(segments, [terms[16]], 1)
    assert segments.kept([terms[16]])[0] == [1]
    assert sum(segments.kept(terms)[0]) == 16


def test_what_was_often_asked_for_long_ago_makes_room(
    made_up: Collection, terms: list[Sought]
) -> None:
    segments = opened(made_up, size_of(made_up, terms[:16]))
    ask(segments, terms[:16], 40)
    ask(segments, [terms[16]], 5)
    assert segments.kept([terms[16]])[0] == [0]
    ask(segments, [terms[0]], 5 * AGE)
    ask(segments, [terms[16]], 3)
    assert segments.kept([terms[0], terms[16]])[0] == [1, 1]


def test_a_query_has_a_part_of_its_lists_decoded_where_they_are_long(tmp_path: Path) -> None:
    """To decode all of them would keep it waiting; the next ones go on."""
    chance = np.random.default_rng(5)
    with using("kernel"):
        segment = columns(chance, 70_000, [0.9] * 8, 400, 0.0)
        made_up = collection(tmp_path / "index", [segment])
    wanted = [sought(term, WORDS) for term in segment.channels[WORDS]]
    assert 4 * 63_000 < MOST_DECODED < 5 * 63_000 <= 63_000 * len(wanted)
    segments = opened(made_up, LARGE)
    expected = opened(made_up, 0).top_k(wanted, 10, None)
    for kept in (0, 4, min(8, len(wanted)), len(wanted)):
        assert segments.top_k(wanted, 10, None) == expected
        assert sum(segments.kept(wanted)[0]) == kept


def test_rankers_keep_lists(
    made_up: Collection, terms: list[Sought], monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit, kept in ((LARGE, [1]), (0, [0])):
        monkeypatch.setattr(ranking, "KEPT", limit)
        with using("kernel"):
            ranker = Ranker(made_up.reader, Parameters())
            for _ in range(2):
                ranker.top_k(terms[:1], 10)
            segments: Any = ranker.segments
            assert segments.kept(terms[:1])[0] == kept
