"""A segment of searcher's own, opened for reading: one file, mapped into memory."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from pathlib import Path

from searcher.index.columnar import postings
from searcher.index.columnar.arrays import Bytes, Floats, Integers, Mask, Unsigned
from searcher.index.columnar.container import Container, DamagedFile
from searcher.index.columnar.numbers import read_dates, read_lengths
from searcher.index.columnar.similarity import Similarity
from searcher.index.columnar.terms import FieldTerms
from searcher.index.columnar.texts import Texts
from searcher.index.fields import CHANNELS, TEXT_FIELDS, length_column
from searcher.lazy import np

EXTENSION = ".columns"


class FieldPostings:
    """The terms of a field of a segment, and their postings."""

    def __init__(self, container: Container, field: str, capacity: int) -> None:
        """Take the sections of a field."""
        self.terms = FieldTerms(container, field)
        self.raw_data = container.padded(f"{field}.postings")
        self.capacity = capacity

    @cached_property
    def data(self) -> Bytes:
        """The lists of all terms, one after the other."""
        return np.frombuffer(self.raw_data, np.uint8)

    def find(self, term: bytes) -> int | None:
        """Where the list of an escaped term begins; None if there is none."""
        number = self.terms.find(term)
        return None if number is None else int(self.terms.starts[number])

    def count(self, start: int) -> int:
        """The number of postings of a list."""
        return postings.count_of(self.data, start)

    def decode(self, start: int) -> tuple[Integers, Integers, Integers]:
        """The documents, frequencies and titles of a list."""
        return postings.decode(self.data, start, self.capacity)

    def decode_range(self, first: int, end: int) -> postings.PostingLists:
        """The lists of the terms with the numbers from ``first`` up to ``end``."""
        starts = self.terms.starts[first:end].astype(np.int64)
        return postings.decode_many(self.data, starts, self.capacity)


class ColumnarSegment:
    """A segment."""

    def __init__(self, path: Path) -> None:
        """Map its file.

        Raises:
            OSError: It cannot be read.
            DamagedFile: It is damaged.
        """
        self.container = Container(path)
        meta = self.container.meta
        try:
            self.capacity: int = meta["documents"]
            self.similarity = Similarity(*meta["similarity"])
            # For each column of lengths their sum, and how many are not 0.
            self.totals: dict[str, tuple[int, int]] = meta["totals"]
            self._length_types: dict[str, str] = meta["lengths"]
            self._date_types: dict[str, str] = meta["dates"]
        except (KeyError, TypeError) as error:
            raise DamagedFile(f"{path.name}: {error!r}") from error
        self._fields: dict[str, FieldPostings] = {}
        self.texts = Texts(self.container, self.capacity)
        self._ids = self.container.section("ids")
        id_starts = self.container.section("id_starts")
        wide = len(id_starts) == 8 * (self.capacity + 1)
        self._id_starts = id_starts.cast("Q" if wide else "I")
        self._id_order = self.container.section("id_order").cast("I")
        if len(self._id_starts) != self.capacity + 1 or len(self._id_order) != self.capacity:
            raise DamagedFile(f"{path.name}: the ids do not fit the documents")

    def field(self, name: str) -> FieldPostings:
        """A field with postings."""
        if name not in self._fields:
            self._fields[name] = FieldPostings(self.container, name, self.capacity)
        return self._fields[name]

    def lengths(self, name: str) -> Unsigned:
        """A column of lengths (see ``fields.length_column``)."""
        return np.frombuffer(self.raw_lengths(name), f"<u{self.raw_lengths(name).itemsize}")

    def raw_lengths(self, name: str) -> memoryview:
        """The same as numbers in memory."""
        return read_lengths(self.container, name, self._length_types[name], self.capacity)

    @cached_property
    def instant(self) -> Floats:
        """When each document was written, in seconds since 1970; NaN for none."""
        return read_dates(self.container, "instant", self._date_types["instant"], self.capacity)

    @cached_property
    def local(self) -> Floats:
        """The same as the clock showed it where it was written."""
        return self.instant + self.zone

    @cached_property
    def zone(self) -> Floats:
        """How far the clock was ahead, in seconds, where each document was written."""
        return read_dates(self.container, "zone", self._date_types["zone"], self.capacity)

    def id(self, document: int) -> bytes:
        """The id of a document."""
        return bytes(self._ids[self._id_starts[document] : self._id_starts[document + 1]])

    @cached_property
    def id_ranks(self) -> Integers:
        """Where each document's id stands among all ids in order."""
        ranks = np.empty(self.capacity, np.int64)
        ranks[np.frombuffer(self._id_order, np.uint32)] = np.arange(self.capacity)
        return ranks

    def find(self, document_id: bytes, live: Mask | None = None) -> int | None:
        """The number of the last document with an id that is there."""
        order = self._id_order
        at = bisect_left(order, document_id, key=self.id)
        found = None
        while at < self.capacity and self.id(order[at]) == document_id:
            if live is None or live[order[at]]:
                found = order[at]
            at += 1
        return found

    def average_length(self, column: str) -> float:
        """The mean of a column of lengths, as it was when impacts were recorded."""
        total, filled = self.totals[column]
        return total / filled if filled else 1.0


def length_names() -> list[str]:
    """The names of all columns of lengths."""
    return [length_column(field, channel) for field in TEXT_FIELDS for channel in CHANNELS]
