"""A segment: whether all that it has fits together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from searcher.index.checking.terms import check_terms, stretches
from searcher.index.columnar.arrays import Integers, Mask
from searcher.index.columnar.container import DamagedFile
from searcher.index.columnar.postings import PostingLists
from searcher.index.columnar.segment import ColumnarSegment, length_names
from searcher.index.columnar.terms import to_term
from searcher.index.fields import BODY, CHANNELS, GRAMS, TITLE, VALUE_FIELDS, length_column
from searcher.language import say
from searcher.lazy import np

_STRETCH = 4096  # documents between two signs of life


@dataclass(slots=True)
class Seen:
    """What of some documents is found in the postings.

    Attributes:
        wanted: For each document of the segment whether it is one of these; None for none.
        terms: For each field and document its terms, escaped, with frequency and titles.
    """

    wanted: Mask | None = None
    terms: dict[tuple[str, int], dict[bytes, tuple[int, int]]] = field(default_factory=dict)

    def take(self, name: str, terms: list[bytes], lists: PostingLists) -> None:
        """Take what of the lists of a stretch of terms is of these documents."""
        if self.wanted is None:
            return
        places = np.flatnonzero(self.wanted[lists.documents])
        owners = np.searchsorted(lists.starts, places, side="right") - 1
        for place, owner in zip(places.tolist(), owners.tolist(), strict=True):
            found = self.terms.setdefault((name, int(lists.documents[place])), {})
            found[terms[owner]] = int(lists.frequencies[place]), int(lists.titles[place])


def check_postings(segment: ColumnarSegment, seen: Seen, step: Callable[[int], None]) -> None:
    """Decode all postings, and compare them with the lengths of the documents.

    Args:
        segment: The segment.
        seen: Takes what of some documents is found.
        step: Is told how many bytes are done.

    Raises:
        ValueError: Something does not fit.
    """
    for name in (*CHANNELS, *VALUE_FIELDS):
        check_terms(segment, name)
        titles = np.zeros(segment.capacity, np.int64)
        all_fields = np.zeros(segment.capacity, np.int64)
        for terms, lists, size in stretches(segment, name):
            if (lists.titles > lists.frequencies).any() or (lists.frequencies < 1).any():
                raise DamagedFile(say(f"{name}: a frequency makes no sense", f"{name}：词频不合理"))
            seen.take(name, terms, lists)
            if name == GRAMS:
                lists = _pairs(terms, lists)
            titles += _sums(lists.documents, lists.titles, segment.capacity)
            all_fields += _sums(lists.documents, lists.frequencies, segment.capacity)
            step(size)
        if name in CHANNELS:
            _check_lengths(segment, name, titles, all_fields - titles)


def _pairs(terms: list[bytes], lists: PostingLists) -> PostingLists:
    """The postings of pairs, by which lengths are counted, and not of characters without one."""
    is_pair = np.array([len(to_term(term)) == 2 for term in terms], np.bool_)
    kept = np.repeat(is_pair, np.diff(lists.starts))
    columns = (lists.documents, lists.frequencies, lists.titles)
    return PostingLists(lists.starts, *(column[kept] for column in columns))


def _sums(documents: Integers, values: Integers, capacity: int) -> Integers:
    """The sum of the values of each document."""
    sums: Integers = np.bincount(documents, weights=values, minlength=capacity).astype(np.int64)
    return sums


def _check_lengths(
    segment: ColumnarSegment, channel: str, titles: Integers, bodies: Integers
) -> None:
    for text, sums in ((TITLE, titles), (BODY, bodies)):
        name = length_column(text, channel)
        if not np.array_equal(segment.lengths(name), sums):
            raise DamagedFile(
                say(f"{name} does not say how long the documents are", f"{name} 与文档的长度不符")
            )
    for name in length_names():
        if name.endswith(channel):
            lengths = segment.lengths(name)
            total = int(lengths.sum(dtype=np.int64)), int(np.count_nonzero(lengths))
            if segment.totals[name] != total:
                raise DamagedFile(say(f"the sum of {name} is wrong", f"{name} 的总和不对"))


def check_documents(segment: ColumnarSegment, live: Mask | None) -> Iterator[list[bytes]]:
    """Read all stored documents; yields the ids of those that are there, in stretches.

    Raises:
        ValueError: One cannot be read, or the ids are out of order.
    """
    order = segment.id_order()
    if not np.array_equal(np.sort(order), np.arange(segment.capacity)):
        raise DamagedFile(say("the order of the ids is damaged", "id 的次序已损坏"))
    before = b""
    for first in range(0, segment.capacity, _STRETCH):
        for document in order[first : first + _STRETCH].tolist():
            own = segment.texts.id(document)
            if own < before:
                raise DamagedFile(say("the ids are out of order", "id 没有按次序排列"))
            before = own
    for first in range(0, segment.capacity, _STRETCH):
        ids: list[bytes] = []
        for document in range(first, min(first + _STRETCH, segment.capacity)):
            record = segment.record(document).document()
            if live is None or live[document]:
                ids.append(record.id.encode("utf-8"))
        yield ids
