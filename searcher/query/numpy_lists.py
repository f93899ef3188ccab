"""The lists of a channel, in numpy: decoded as a whole, or asked for single documents.

A call of numpy takes about a microsecond however little it does, so lists are asked together for
all documents at once. Lists that are asked often are decoded, and stay so for a while.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from functools import cached_property
from typing import Any, Protocol, cast

from searcher.index.columnar import postings
from searcher.index.columnar.arrays import Bytes, Floats, Ids, Mask
from searcher.index.columnar.postings import Column, Layout
from searcher.index.columnar.selecting import Selector, find_one
from searcher.index.columnar.similarity import LEVELS, FieldLengths, Impacts, Similarity
from searcher.lazy import np

_CACHED_POSTINGS = 6 << 20  # of one channel, that stay decoded
# The memory that things take, in postings, of 16 bytes each.
_OWN_SIZE = 128  # a list, besides
# Lists of up to so many postings are asked together.
_SHORT = 256
# What takes how long, in postings that are decoded in that time (some 12 nanoseconds each).
_DECODING = 5000  # beginning to decode a list
_ASKING = 11_000  # beginning to ask any number of lists
_ASKING_FOR_ONE = 30  # asking one list for one document
_LOOKING_UP = 500  # a document without numpy
# A document is looked for in the time in which so many postings are looked at.
_MARKING = 16
# Lists of up to so many postings are decoded when they are asked a second time.
_MIDDLING = 1 << 15
# So few documents are looked up without numpy.
ONE_BY_ONE = 4
_KEY_BITS = 32  # of a document, under the number of its list


class Kept(Protocol):
    """What a channel keeps.

    Attributes:
        charged: How large the channel takes it to be.
    """

    charged: int

    @property
    def size(self) -> int:
        """How much memory it takes, as so many postings."""


class PostingList:
    """A list of a channel, decoded as far as it was needed."""

    def __init__(self, channel: NumpyChannel, start: int) -> None:
        """Find its parts."""
        self.start = start
        self._data = channel.data
        self._impacts = channel.impacts
        self._capacity = channel.capacity
        self._asked = 0
        self.is_decoded = False
        self.parts: Layout = postings.layout(channel.data, start, channel.capacity)
        self.count = self.parts.count
        self.was_joined = False  # it was asked for together with another one
        self.charged = 0  # how large the channel takes it to be
        self.greatest = 1.0  # no posting is worth more
        if not self.parts.ranges:
            self.greatest = float(self.values.max())
        elif channel.stale >= 0:
            first = self.parts.directory + 4 * self.parts.ranges
            levels = self._data[first : self.parts.high].tobytes()
            self.greatest = channel.stale / LEVELS * max(levels)

    @property
    def size(self) -> int:
        """How much memory it takes, as so many postings."""
        if not self.is_decoded:
            return _OWN_SIZE
        return _OWN_SIZE + self.count

    @cached_property
    def documents(self) -> Ids:
        """The documents, ascending."""
        self.is_decoded = True
        return postings.decode_documents(self._data, self.parts, self._capacity)

    @cached_property
    def values(self) -> Floats:
        """What each posting is worth, to be multiplied with the weight of the term."""
        frequencies, titles = self.columns
        counts = None if frequencies is None else frequencies.decode(self._data) + 1
        return self._impacts.values(
            self.documents, counts, None if titles is None else titles.decode(self._data)
        )

    @cached_property
    def columns(self) -> tuple[Column | None, Column | None]:
        """Where the frequencies and the titles are."""
        return postings.columns(self._data, self.parts)

    def values_of(self, documents: Sequence[int]) -> list[float]:
        """What it is worth to a few documents; 0 where it does not have them."""
        if not self.is_decoded:
            return [self._value(document) for document in documents]
        own, count, values = self._view, self.count, self.values
        found: list[float] = []
        for document in documents:
            rank = bisect_left(own, document)
            is_there = rank < count and own[rank] == document
            found.append(values.item(rank) if is_there else 0.0)
        return found

    def _value(self, document: int) -> float:
        rank = find_one(self._data.data, self.parts, document)
        if rank < 0:
            return 0.0
        frequencies, titles = self.columns
        return self._impacts.value(
            document,
            1 if frequencies is None else frequencies.value(self._data.data, rank) + 1,
            0 if titles is None else titles.value(self._data.data, rank),
        )

    def has(self, document: int) -> bool:
        """Whether it has a document."""
        if self.is_decoded:
            rank = bisect_left(self._view, document)
            return rank < self.count and self._view[rank] == document
        return find_one(self._data.data, self.parts, document) >= 0

    @cached_property
    def _view(self) -> memoryview:
        return self.documents.data

    def worth_decoding(self, effort: int) -> bool:
        """Whether to decode it rather than to ask it, which takes some effort each time."""
        was_asked = self._asked > 0
        self._asked += effort
        return self._asked >= self.count + _DECODING or (was_asked and self.count <= _MIDDLING)

    def places(self, documents: Ids) -> tuple[Ids, Mask]:
        """Where documents would be in it, and whether they are there."""
        places = self.documents.searchsorted(documents)
        return places, self.documents.take(places, mode="clip") == documents

    def of(self, documents: Ids, found: Floats) -> None:
        """Fill in what it is worth to documents; 0 where it does not have them."""
        places, are_there = self.places(documents)
        self.values.take(places, mode="clip", out=found)
        found *= are_there


class NumpyChannel:
    """A channel of a segment; it keeps what was decoded last."""

    def __init__(
        self,
        data: memoryview,
        capacity: int,
        keys: memoryview,
        tail_starts: memoryview | None,
        tails: memoryview | None,
        starts: memoryview,
        title: tuple[memoryview, float, float],
        body: tuple[memoryview, float, float],
        k1: float,
        b: float,
        stale: float,
    ) -> None:
        """Take the columns; see the kernel's ``Channel``."""
        self.data: Bytes = np.frombuffer(data, np.uint8)
        self.capacity = capacity
        self.stale = stale
        self._keys = keys.cast("B").cast("Q")
        self._tail_starts = None if tail_starts is None else tail_starts.cast("B").cast("I")
        self._tails = tails
        is_wide = keys and len(starts) == len(keys)
        self._starts = starts.cast("B").cast("Q" if is_wide else "I")
        fields = (
            FieldLengths(np.frombuffer(lengths, f"<u{lengths.itemsize}"), average)
            for lengths, average, _ in (title, body)
        )
        self.impacts = Impacts(Similarity(k1, b, title[2], body[2]), *fields)
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._cached = 0
        # Zeros, for sums; what is not used at the moment.
        self.idle_sums: list[tuple[Floats, Mask]] = []
        self._marks: list[Mask] = []

    @cached_property
    def _selector(self) -> Selector:
        return Selector(self.data)

    def find(self, term: bytes, /) -> tuple[int, int] | None:
        """Where the list of an escaped term begins, and how many postings it has."""
        key = int.from_bytes(term[:8].ljust(8, b"\x00"), "big")
        keys, tail = self._keys, term[8:]
        at = bisect_left(keys, key)
        while at < len(keys) and keys[at] == key:
            other = self._tail(at)
            if other == tail:
                start = self._starts[at]
                return start, postings.count_of(self.data, start)
            if other > tail:
                break
            at += 1
        return None

    def _tail(self, number: int) -> bytes:
        if self._tail_starts is None or self._tails is None:
            return b""
        return bytes(self._tails[self._tail_starts[number] : self._tail_starts[number + 1]])

    def read(self, start: int) -> PostingList:
        """The list that begins at a byte."""
        found: Any = self._kept.get(start)  # kept() would take twice as long
        if found is None:
            found = PostingList(self, start)
            self.keep(start, found)
        else:
            self._kept.move_to_end(start)
        return cast(PostingList, found)

    def kept(self, key: Hashable) -> Any:
        """What is kept under a key; None if nothing is."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: Hashable, one: Kept) -> None:
        """Keep something as long as there is room."""
        self._kept[key] = one
        self._charge(one)

    def forget(self, key: Hashable) -> None:
        """Do not keep something any more."""
        old = self._kept.pop(key, None)
        if old is not None:
            self._cached -= old.charged
            old.charged = 0

    def decode(self, one: PostingList) -> None:
        """Decode a list."""
        if not one.is_decoded:
            _ = one.documents
            if one.charged:  # else it was forgotten, and only this query has it
                self._charge(one)

    def be_asked(self, one: PostingList, documents: int) -> None:
        """Decode a list if that is better than to look up documents in it one by one."""
        if one.worth_decoding(_LOOKING_UP * documents):
            self.decode(one)

    def _charge(self, one: Kept) -> None:
        """Count what something takes, and forget what was not used for long."""
        self._cached += one.size - one.charged
        one.charged = one.size
        while self._cached > _CACHED_POSTINGS and len(self._kept) > 1:
            self.forget(next(iter(self._kept)))

    def ask(self, lists: Sequence[PostingList], documents: Ids) -> Floats:
        """What documents are worth by lists: a row for each list, 0 where it has them not."""
        result = np.zeros((len(lists), documents.size))
        short, long, encoded = self._sorted(lists, documents.size)
        if len(short) < 3:
            long, short = long + short, []
        if short:
            chosen = [lists[number] for number in short]
            places, found = _places_in_all(chosen, documents)
            values = np.concatenate([one.values for one in chosen])
            result[short] = values.take(places, mode="clip") * found
        if encoded:
            chosen = [lists[number] for number in encoded]
            owners, ranks, unknown = self._selector.find([one.parts for one in chosen], documents)
            if owners.size:
                of_list, of_document = np.divmod(owners, documents.size)
                counts, titles = (
                    self._selector.values([one.columns[part] for one in chosen], of_list, ranks)
                    for part in (0, 1)
                )
                result[np.array(encoded)[of_list], of_document] = self.impacts.values(
                    documents[of_document], None if counts is None else counts + 1, titles
                )
            long += [encoded[number] for number in unknown]
        for number in long:
            one = lists[number]
            self.decode(one)
            one.of(documents, result[number])
        return result

    def having(self, one: PostingList, documents: Ids) -> Ids:
        """Of ascending documents those that a list has."""
        if not one.is_decoded and not one.worth_decoding(
            _ASKING + _ASKING_FOR_ONE * documents.size
        ):
            places, _, unknown = self._selector.find([one.parts], documents)
            if not unknown:
                return documents[places]
        self.decode(one)
        if one.count > _MARKING * documents.size:
            return documents[one.places(documents)[1]]
        (found,) = self.met([documents], [one.documents])
        return found

    def met(self, lists: Sequence[Ids], others: Sequence[Ids]) -> list[Ids]:
        """The documents that are in two lists, the first of which is not among the others.

        Returns:
            For each list but the first one which of its documents one before has.
        """
        marks = self._marks.pop() if self._marks else np.zeros(self.capacity, np.bool_)
        found: list[Ids] = []
        for number, documents in enumerate(lists):
            if number:
                found.append(documents[marks.take(documents).nonzero()[0]])
            if number + 1 < len(lists) or others:
                marks[documents] = True
        found += [documents[marks.take(documents).nonzero()[0]] for documents in others]
        for documents in lists:
            marks[documents] = False
        self._marks.append(marks)
        return found

    def _sorted(
        self, lists: Sequence[PostingList], documents: int
    ) -> tuple[list[int], list[int], list[int]]:
        """The numbers of the short lists, of others to be decoded, and of those to be asked."""
        short: list[int] = []
        long: list[int] = []
        encoded = [number for number, one in enumerate(lists) if not one.is_decoded]
        if encoded:
            effort = _ASKING // len(encoded) + _ASKING_FOR_ONE * documents
            encoded = [number for number in encoded if not lists[number].worth_decoding(effort)]
        for number, one in enumerate(lists):
            if number not in encoded:
                self.decode(one)
                (short if one.count <= _SHORT else long).append(number)
        return short, long, encoded


def _places_in_all(lists: Sequence[PostingList], documents: Ids) -> tuple[Ids, Mask]:
    """Where documents would be in lists one after the other, and whether they are there."""
    numbers = np.arange(len(lists)) << _KEY_BITS
    keys = np.concatenate([one.documents for one in lists])
    keys += numbers.repeat([one.count for one in lists])
    wanted = numbers[:, None] + documents
    places = keys.searchsorted(wanted)
    return places, keys.take(places, mode="clip") == wanted


def distinct(documents: Ids) -> Ids:
    """The documents, ascending, each once."""
    documents = np.sort(documents)
    is_first = np.empty(documents.size, np.bool_)
    is_first[:1] = True
    np.not_equal(documents[1:], documents[:-1], out=is_first[1:])
    return documents[is_first]
