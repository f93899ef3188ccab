"""Without the kernel: what was decoded before, and by what way a list is asked, changes nothing."""

import random
import tracemalloc
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from searcher.index.columnar import postings
from searcher.index.columnar.bits import PADDING
from searcher.index.columnar.similarity import FieldLengths, Similarity, impacts, saturated
from searcher.index.columnar.terms import TermList, to_bytes
from searcher.query import numpy_lists
from searcher.query.numpy_joints import Joint
from searcher.query.numpy_lists import PostingList
from searcher.query.numpy_ranking import ENGINE, NumpyChannel, SegmentTerm
from searcher.query.ranking import Row
from tests.index.columnar_tools import Postings, posting_lists

CAPACITY = 150_000
# How many documents have each of the terms, which take turns: in all, more than stay decoded.
COUNTS = (3, 20, 90, 127, 128, 290, 310, 3000, 20_000, 60_000, 120_000)
TERMS = tuple(f"{number:03}{'x' * (number % 12)}" for number in range(12 * len(COUNTS)))
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Chosen = list[tuple[int, float, bool]]  # terms by number, their weights, whether they make hits


class Room:
    """A channel, and what its terms are worth to its documents."""

    def __init__(self, longest_title: int = 20, longest_body: int = 900) -> None:
        chance = np.random.default_rng(3)
        lists = [postings_of(chance, COUNTS[at % len(COUNTS)]) for at in range(len(TERMS))]
        together = posting_lists(lists)
        columns = (together.documents, together.frequencies, together.titles)
        title, body = (
            FieldLengths(chance.integers(1, longest, CAPACITY).astype(dtype), longest / 2)
            for longest, dtype in ((longest_title, "<u1"), (longest_body, "<u2"))
        )
        blob, starts = postings.encode(
            together, CAPACITY, impacts(Similarity(), title, body, *columns)
        )
        values = saturated(Similarity(), title, body, *columns)
        self.lists = [
            (together.documents[start:end], values[start:end])
            for start, end in pairwise(together.starts.tolist())
        ]
        self.starts = starts
        self._blob = blob + bytes(PADDING)
        self._title, self._body = title, body

    def channel(self, stale: float = 1.0) -> NumpyChannel:
        """Opened anew: nothing is decoded."""
        terms = TermList.of([to_bytes(term) for term in TERMS])
        assert terms.tail_starts is not None
        return NumpyChannel(
            memoryview(self._blob),
            CAPACITY,
            terms.keys.astype("<u8").data.cast("B"),
            terms.tail_starts.astype("<u4").data.cast("B"),
            memoryview(terms.tails),
            self.starts[:-1].astype("<u4").data.cast("B"),
            (self._title.lengths.data, self._title.average, 1.0),
            (self._body.lengths.data, self._body.average, 1.0),
            Similarity().k1,
            0.75,
            stale,
        )

    def scores(self, chosen: Chosen) -> Floats:
        """Of every document, added up in the order of the terms."""
        result = np.zeros(CAPACITY)
        for number, weight, _ in chosen:
            documents, values = self.lists[number]
            result[documents] += weight * values
        return result

    def best(self, chosen: Chosen, hits: Integers, k: int) -> list[Row]:
        scores = self.scores(chosen)[hits]
        if hits.size > k:
            kept = scores >= np.sort(scores)[-k]
            hits, scores = hits[kept], scores[kept]
        rows = zip(scores.tolist(), hits.tolist(), strict=True)
        return sorted(rows, key=lambda row: (-row[0], row[1]))


def postings_of(chance: np.random.Generator, count: int) -> Postings:
    documents = np.sort(chance.choice(CAPACITY, count, replace=False)).astype(np.int64)
    frequencies = chance.geometric(0.7, count)
    titles = np.where(chance.random(count) < 0.2, chance.integers(0, frequencies + 1), 0)
    return Postings(documents, frequencies, titles)


@pytest.fixture(scope="module")
def room() -> Room:
    return Room()


def choose(chance: random.Random, count: int) -> Chosen:
    return [
        (chance.randrange(len(TERMS)), chance.choice([0.7, 3.0, 9.5]), chance.random() < 0.8)
        for _ in range(count)
    ]


def segment_terms(channel: NumpyChannel, room: Room, chosen: Chosen) -> list[SegmentTerm]:
    return [
        SegmentTerm(channel, int(room.starts[number]), weight, is_strong, to_bytes(TERMS[number]))
        for number, weight, is_strong in chosen
    ]


def words_with_pairs(
    chance: random.Random, channels: tuple[NumpyChannel, NumpyChannel], room: Room, count: int
) -> tuple[Chosen, list[SegmentTerm]]:
    """Words, the pairs of characters that they are taken to have, and other terms."""
    numbers = chance.sample(range(len(TERMS)), 4 * count)
    words: Chosen = [(number, 9.5, True) for number in numbers[:count]]
    pairs: Chosen = [(number, 3.0, chance.random() < 0.9) for number in numbers[count:]]
    own = [tuple(pairs[at : at + chance.choice([1, 1, 2])]) for at in range(0, 2 * count, 2)]
    terms = segment_terms(channels[0], room, words) + segment_terms(channels[1], room, pairs)
    for at, some in enumerate(own):
        escaped = tuple([to_bytes(TERMS[number]) for number, _, _ in some])
        terms[at] = terms[at]._replace(pairs=escaped)
    return words + pairs, terms


def any_of(room: Room, numbers: list[int]) -> Integers:
    return np.unique(
        np.concatenate([np.zeros(0, np.int64), *(room.lists[at][0] for at in numbers)])
    )


@pytest.mark.parametrize("stale", [1.0, 1.3, -1.0])
def test_the_best_stay_the_same_however_often_they_are_asked_for(room: Room, stale: float) -> None:
    """First from encoded lists, then from more and more decoded ones; some are forgotten again."""
    chance = random.Random(5)
    channel = room.channel(stale)
    queries = [
        (choose(chance, chance.choice([1, 2, 3, 9, 25])), chance.choice([1, 10, 200]))
        for _ in range(25)
    ]
    for turn in range(3):
        for chosen, k in queries:
            terms = segment_terms(channel, room, chosen)
            hits = any_of(room, [number for number, _, is_strong in chosen if is_strong])
            mask = None
            if turn == 2:
                mask = np.arange(CAPACITY) % 7 > 0
                hits = hits[mask[hits]]
            found = ENGINE.top_k(terms, mask, k, 0.0, None)
            assert found == room.best(chosen, hits, k), (turn, chosen, k)


def test_words_with_their_pairs_are_ranked_like_any_terms(room: Room) -> None:
    """From the second time on they are one list, of which the best documents are known."""
    chance = random.Random(8)
    channels = room.channel(), room.channel()
    queries = [words_with_pairs(chance, channels, room, count) for count in (1, 1, 1, 2, 3) * 6]
    for turn in range(4):
        for chosen, terms in queries:
            if turn == 3:  # the words alone
                count = sum([len(term.pairs) > 0 for term in terms[:1]])
                pairs = [term for term in terms if term.term in terms[0].pairs]
                terms = terms[:count] + pairs
                wanted = {term.term for term in terms}
                chosen = [one for one in chosen if to_bytes(TERMS[one[0]]) in wanted]
            hits = any_of(room, [number for number, _, is_strong in chosen if is_strong])
            mask = None
            if turn == 2:
                mask = np.arange(CAPACITY) % 7 > 0
                hits = hits[mask[hits]]
            for k in (1, 10, 300):
                found = ENGINE.top_k(terms, mask, k, 0.0, None)
                assert found == room.best(chosen, hits, k), (turn, chosen, k)
    assert any(isinstance(one, Joint) for one in channels[1]._kept.values())


def test_of_equal_documents_all_are_found() -> None:
    """Those that are known to be the best of a word are not all."""
    room = Room(2, 2)
    channels = room.channel(), room.channel()
    word, pair = TERMS.index("007xxxxxxx"), TERMS.index("018xxxxxx")  # 3000 documents each
    chosen = [(word, 9.5, True), (pair, 3.0, True)]
    first, second = (
        segment_terms(channel, room, [one])[0]
        for channel, one in zip(channels, chosen, strict=True)
    )
    terms = [first._replace(pairs=(second.term,)), second]
    hits = any_of(room, [word, pair])
    for _ in range(3):
        for k in (1, 10, 255, 256, 300):
            found = ENGINE.top_k(terms, None, k, 0.0, None)
            assert found == room.best(chosen, hits, k)


def test_what_is_kept_is_limited(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = 10_000  # postings of 16 bytes, of each channel
    monkeypatch.setattr(numpy_lists, "_CACHED_POSTINGS", limit)
    chance = random.Random(9)
    channels = room.channel(), room.channel()
    queries = [words_with_pairs(chance, channels, room, 1)[1] for _ in range(800)]
    wanted = [terms for terms in queries if sum(map(count_of, terms)) < limit]
    assert len(wanted) > 50
    for terms in wanted:  # which makes what is there once
        ENGINE.top_k(terms, None, 10, 0.0, None)
    for channel in channels:
        for key in [*channel._kept]:
            channel.forget(key)
    tracemalloc.start()
    for terms in wanted * 2:
        ENGINE.top_k(terms, None, 10, 0.0, None)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 1.2 * 16 * 2 * limit


def count_of(term: SegmentTerm) -> int:
    return term.channel.read(term.start).count


def test_what_is_below_the_threshold_of_other_segments_may_be_left_out(room: Room) -> None:
    chance = random.Random(6)
    channel = room.channel()
    for _ in range(20):
        chosen = choose(chance, chance.choice([2, 5, 12]))
        hits = any_of(room, [number for number, _, is_strong in chosen if is_strong])
        best = room.best(chosen, hits, 10)
        if best:
            threshold = best[len(best) // 2][0]
            terms = segment_terms(channel, room, chosen)
            found = ENGINE.top_k(terms, None, 10, threshold, None)
            for row in best:
                assert row[0] < threshold or row in found


@pytest.mark.parametrize("count", [1, 5, 9, 60, 600, 5000])
def test_documents_in_any_number_are_scored_alike(room: Room, count: int) -> None:
    chance = random.Random(count)
    channel = room.channel()
    for _ in range(8):
        chosen = choose(chance, 8)
        among = np.sort(np.random.default_rng(count).choice(CAPACITY, count, replace=False))
        terms = segment_terms(channel, room, chosen)
        found = ENGINE.top_k(terms, None, 10, 0.0, among.tobytes())
        assert found == room.best(chosen, among, 10)


def test_lists_are_intersected_whether_decoded_or_not(room: Room) -> None:
    chance = random.Random(7)
    channel = room.channel()
    for _ in range(40):
        chosen = choose(chance, chance.choice([1, 2, 2, 3, 4]))
        expected = np.arange(CAPACITY)
        for number, _, _ in chosen:
            expected = np.intersect1d(expected, room.lists[number][0])
        found = ENGINE.intersect(segment_terms(channel, room, chosen), None)
        assert np.frombuffer(found, np.int64).tolist() == expected.tolist()


def test_what_a_list_has_is_what_it_is_worth(room: Room) -> None:
    """One document at a time: encoded, decoded, and as a table."""
    for number in range(len(COUNTS)):
        documents, values = room.lists[number]
        one = PostingList(room.channel(), int(room.starts[number]))
        wanted = dict(zip(documents[::100].tolist(), values[::100].tolist(), strict=True))
        others = np.setdiff1d(np.arange(0, CAPACITY, 999), documents).tolist()
        for _ in range(2):
            assert one.values_of([*wanted]) == [*wanted.values()]
            assert not any(one.values_of(others))
            assert all(one.has(document) for document in wanted)
            assert not any(map(one.has, others))
            assert one.documents.size == documents.size


def test_terms_are_found_again(room: Room) -> None:
    channel = room.channel()
    for _ in range(2):
        for number, term in enumerate(TERMS):
            count = COUNTS[number % len(COUNTS)]
            assert channel.find(to_bytes(term)) == (int(room.starts[number]), count)
        for missing in ("", "000y", "001", TERMS[11][:-1], TERMS[11] + "x"):
            assert channel.find(to_bytes(missing)) is None
