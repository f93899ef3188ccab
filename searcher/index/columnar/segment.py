"""A segment of searcher's own, opened for reading: one file, mapped into memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

from searcher.index import stored
from searcher.index.columnar import postings
from searcher.index.columnar.arrays import Bytes, Floats, Integers, Mask, Unsigned
from searcher.index.columnar.container import Container, DamagedFile
from searcher.index.columnar.moved import BEFORE_NUMBER, NOTHING, Moved, MovedFile, Moves
from searcher.index.columnar.numbers import (
    DateColumn,
    date_reader,
    number_at,
    number_width,
    read_lengths,
)
from searcher.index.columnar.postings import LARGEST
from searcher.index.columnar.similarity import Similarity
from searcher.index.columnar.terms import FieldTerms, to_bytes
from searcher.index.columnar.texts import Texts
from searcher.index.fields import CHANNELS, PATH, TEXT_FIELDS, length_column
from searcher.index.stored import Record, Rest
from searcher.language import say
from searcher.lazy import np

EXTENSION = ".columns"
_LONGEST = (1 << 32) - 1  # text, in terms
_BEFORE_NUMBER = BEFORE_NUMBER.encode("ascii")

_Texts = tuple[str, str, str, Rest]
# The id, the title, the body, what there is beside the texts, and the date of a document.
Fields = tuple[str, str, str, Rest, datetime | None]


class FieldPostings:
    """The terms of a field of a segment, and their postings."""

    def __init__(self, container: Container, field: str, capacity: int) -> None:
        """Take the sections of a field."""
        self.terms = FieldTerms(container, field)
        self.release = container.release
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

    def size_of_range(self, first: int, end: int) -> int:
        """How many bytes the lists of the terms from ``first`` up to ``end`` take, more or less."""
        if first >= end:
            return 0
        starts = self.terms.starts
        last = int(starts[end]) if end < len(starts) else self.data.size
        return last - int(starts[first])

    def decode_range(self, first: int, end: int) -> postings.PostingLists:
        """The lists of the terms with the numbers from ``first`` up to ``end``."""
        starts = self.terms.starts[first:end].astype(np.int64)
        return postings.decode_many(self.data, starts, self.capacity)


class ColumnarSegment:
    """A segment."""

    def __init__(self, path: Path, moved: Moves = NOTHING) -> None:
        """Map its file.

        Args:
            path: The file.
            moved: The documents that have another id or path than the file says.

        Raises:
            OSError: It cannot be read.
            DamagedFile: It is damaged.
        """
        self.container = Container(path)
        match self.container.meta:
            case {
                "documents": int(documents),
                "similarity": list(similarity),
                "totals": dict(totals),
                "lengths": dict(length_types),
                "dates": dict(date_types),
            } if 0 <= documents <= LARGEST:
                self.capacity: int = documents
                self.similarity = _similarity(similarity, path.name)
                # For each column of lengths their sum, and how many are not 0.
                self.totals = _totals(totals, documents, path.name)
                self._length_types: dict[str, Any] = length_types
                self._date_types: dict[str, Any] = date_types
            case _:
                raise DamagedFile(
                    say(f"{path.name}: its description is damaged", f"{path.name}：说明已损坏")
                )
        self._fields: dict[str, FieldPostings] = {}
        self.texts = Texts(self.container, self.capacity)
        self.moved = moved
        self.id = self._id if moved else self.texts.id
        self._id_order = self.container.section("id_order")
        self._id_width = number_width(self.capacity)
        if len(self._id_order) != self.capacity * self._id_width:
            raise DamagedFile(
                say(f"{path.name}: the ids do not fit the documents", f"{path.name}：id 与文档不符")
            )

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
        dtype = self._length_types.get(name)
        return read_lengths(self.container, name, dtype, self.capacity)

    @cached_property
    def _instants(self) -> DateColumn:
        return self.date_column("instant")

    @cached_property
    def _zones(self) -> DateColumn:
        return self.date_column("zone")

    def date_column(self, name: str) -> DateColumn:
        """The column ``instant`` or ``zone``, as it is in the file."""
        return DateColumn(self.container, name, self._date_types.get(name), self.capacity)

    @cached_property
    def instant(self) -> Floats:
        """When each document was written, in seconds since 1970; NaN for none."""
        return self._instants.values()

    @cached_property
    def local(self) -> Floats:
        """The same as the clock showed it where it was written."""
        return self.instant + self.zone

    @cached_property
    def zone(self) -> Floats:
        """How far the clock was ahead, in seconds, where each document was written."""
        return self._zones.values()

    @cached_property
    def date(self) -> Callable[[int], datetime | None]:
        """What gives the date of a document, as exactly as the columns have it.

        It raises ValueError if they are damaged.
        """
        return date_reader(self._instants, self._zones)

    def fields(self, documents: Sequence[int]) -> list[Fields]:
        """What hits show of stored documents.

        Raises:
            ValueError: They are damaged.
        """
        date, records = self.date, self.texts.records(documents)
        if self.moved:
            records = list(map(self._moved, documents, records))
        return [
            (document_id, title, body, rest, rest.date or date(document))
            for document, (document_id, title, body, rest) in zip(documents, records, strict=True)
        ]

    def record(self, document: int) -> Record:
        """A stored document.

        Raises:
            ValueError: It is damaged.
        """
        record = self.texts.record(document)
        if self.moved:
            record = self._moved(document, record)
        return Record(record, self.date, document)

    def stored(self, document: int) -> bytes:
        """A stored document as ``stored.to_bytes`` has it.

        Raises:
            ValueError: It is damaged.
        """
        return stored.to_bytes(self.record(document).document())

    def values(self, name: str) -> tuple[list[bytes], Integers, Integers]:
        """All values of a field that is not text.

        Returns:
            The values, escaped, in order; for each posting the number of its value, and its
            document. Deleted documents are among them.
        """
        field = self.field(name)
        size = len(field.terms)
        lists = field.decode_range(0, size)
        terms = field.terms.between(0, size)
        owners = np.repeat(np.arange(size), np.diff(lists.starts))
        if name != PATH or not self.moved:
            return terms, owners, lists.documents
        kept = self._is_in_place[lists.documents]
        owners, documents = owners[kept], lists.documents[kept]
        moved = {to_bytes(path): some for path, some in self._moved_by_path.items()}
        all_terms = sorted({*terms, *moved})
        numbers = {term: number for number, term in enumerate(all_terms)}
        renumbered = np.array([numbers[term] for term in terms], np.int64)[owners]
        sizes = [some.size for some in moved.values()]
        new = np.repeat(np.array([numbers[path] for path in moved], np.int64), sizes)
        return (
            all_terms,
            np.concatenate([renumbered, new]),
            np.concatenate([documents, *moved.values()]),
        )

    def documents_at(self, path: str) -> Integers:
        """The documents that are in a file now, deleted ones too, ascending."""
        field = self.field(PATH)
        start = field.find(to_bytes(path))
        documents = np.zeros(0, np.int64) if start is None else field.decode(start)[0]
        if not self.moved:
            return documents
        kept = documents[self._is_in_place[documents]]
        there = self._moved_by_path.get(path)
        return kept if there is None else np.sort(np.concatenate([kept, there]))

    @cached_property
    def _is_in_place(self) -> Mask:
        """For each document whether its id and path are as the file says."""
        is_in_place = np.ones(self.capacity, np.bool_)
        is_in_place[self.moved.numbers()] = False
        return is_in_place

    @cached_property
    def _moved_by_path(self) -> dict[str, Integers]:
        return self.moved.by_path()

    def moved_to(self, document: int) -> Moved | None:
        """The id and path of a document that has others than the file says."""
        single = self.moved.single.get(document)
        file = None if single is not None else self.moved.file_of(document)
        if file is None:
            return single
        return Moved(_in(file, self.texts.id(document)).decode("utf-8"), file.new)

    def _id(self, document: int) -> bytes:
        """The id of a document, where some are moved."""
        single = self.moved.single.get(document)
        if single is not None:
            return single.id.encode("utf-8")
        file = self.moved.file_of(document)
        document_id = self.texts.id(document)
        return document_id if file is None else _in(file, document_id)

    def _moved(self, document: int, record: _Texts) -> _Texts:
        """The record of a document, with the id and path that it has now."""
        moved = self.moved_to(document)
        if moved is None:
            return record
        _, title, body, _ = record
        return moved.id, title, body, Rest(self.moved_rest(document, moved))

    def moved_rest(self, document: int, moved: Moved) -> str:
        """The rest of a document that has moved, as it is stored.

        Raises:
            ValueError: It is damaged.
        """
        return stored.with_path(self.texts.rest(document), moved.id, moved.path)

    @cached_property
    def _moved_ids(self) -> dict[bytes, int]:
        return {one.id.encode("utf-8"): number for number, one in self.moved.single.items()}

    @cached_property
    def _moved_names(self) -> dict[bytes, list[bytes]]:
        """For each name that files have now those that they have in the segment."""
        names: dict[bytes, list[bytes]] = {}
        for file in self.moved.files:
            names.setdefault(file.new.encode("utf-8"), []).append(file.old.encode("utf-8"))
        return names

    @cached_property
    def has_other_ids(self) -> bool:
        """Whether ids may be others than those that ``id_ranks`` tells the order of."""
        return bool(self.moved.single) or any(
            len(self._beginning(file.old.encode("utf-8") + _BEFORE_NUMBER))
            for file in self.moved.files
        )

    @cached_property
    def id_ranks(self) -> Integers:
        """Where each document's id stands among all ids in order."""
        ranks = np.zeros(self.capacity, np.int64)
        ranks[self.id_order()] = np.arange(self.capacity)
        return ranks

    def id_order(self) -> Unsigned:
        """The documents in order of their ids."""
        order = np.zeros((self.capacity, 4), np.uint8)
        order[:, : self._id_width] = np.frombuffer(self._id_order, np.uint8).reshape(
            self.capacity, self._id_width
        )
        return order.view(np.uint32).ravel()

    def find(self, document_id: bytes, live: Mask | None = None) -> int | None:
        """The number of the last document with an id that is there."""
        found = self._moved_ids.get(document_id) if self.moved.single else None
        if found is not None and live is not None and not live[found]:
            found = None
        is_moved = bool(self.moved)
        for own in self._ids_before(document_id) if self.moved.files else (document_id,):
            at = self.texts.place(self._id_order, self._id_width, own)
            while at < self.capacity and self._id_in_order(at) == own:
                number = self._in_order(at)
                is_there = live is None or live[number]
                if is_there and not (is_moved and self._id(number) != document_id):
                    found = number
                at += 1
        return found

    def ids_from(self, prefix: bytes, deleted: frozenset[int]) -> Iterator[bytes]:
        """The ids that begin with a prefix, in order but for those of documents that moved."""
        for at in self._beginning(prefix):
            number = self._in_order(at)
            document_id = self.id(number)
            if number not in deleted and document_id.startswith(prefix):
                yield document_id
        if self.moved:
            for number, document_id in self.beginning(prefix):
                if number not in deleted and number in self.moved:
                    yield document_id

    def beginning(self, prefix: bytes) -> Iterator[tuple[int, bytes]]:
        """The documents with ids that begin with a prefix, deleted ones too, and their ids."""
        numbers = {self._in_order(at) for at in self._beginning(prefix)}
        if self.moved:
            numbers.update(self.moved.single)
            for file in self.moved.files:
                if (file.new.encode("utf-8") + _BEFORE_NUMBER).startswith(prefix):
                    numbers.update(file.numbers().tolist())
        for number in sorted(numbers):
            document_id = self.id(number)
            if document_id.startswith(prefix):
                yield number, document_id

    def _beginning(self, prefix: bytes) -> range:
        """Where ids that begin with a prefix stand in the order of ids, as the file has them."""
        every = range(self.capacity)
        first = self.texts.place(self._id_order, self._id_width, prefix)
        return range(
            first,
            bisect_right(every, prefix, first, key=lambda at: self._id_in_order(at)[: len(prefix)]),
        )

    def _ids_before(self, document_id: bytes) -> Iterator[bytes]:
        """The ids that a document may have in the file that has this id now."""
        yield document_id
        at = document_id.find(_BEFORE_NUMBER)
        while at >= 0:
            for old in self._moved_names.get(document_id[:at], ()):
                yield old + document_id[at:]
            at = document_id.find(_BEFORE_NUMBER, at + 1)

    def _in_order(self, at: int) -> int:
        return number_at(self._id_order, self._id_width, at)

    def _id_in_order(self, at: int) -> bytes:
        return self.texts.id(self._in_order(at))

    def average_length(self, column: str) -> float:
        """The mean of a column of lengths, as it was when impacts were recorded."""
        total, filled = self.totals[column]
        return total / filled if filled else 1.0


def _in(file: MovedFile, document_id: bytes) -> bytes:
    """The id that a document has since its file was renamed."""
    old = file.old.encode("utf-8")
    if document_id.startswith(old + _BEFORE_NUMBER):
        return file.new.encode("utf-8") + document_id[len(old) :]
    return document_id


def _similarity(values: list[Any], file: str) -> Similarity:
    """Recorded parameters.

    Raises:
        DamagedFile: They are none.
    """
    match values:
        case [int() | float(), int() | float(), int() | float(), int() | float()]:
            numbers = [value for value in map(float, values) if isfinite(value) and value >= 0]
            if len(numbers) == len(values):
                return Similarity(*numbers)
    raise DamagedFile(say(f"{file}: its parameters are damaged", f"{file}：参数已损坏"))


def _totals(totals: dict[str, Any], documents: int, file: str) -> dict[str, tuple[int, int]]:
    """Recorded sums of lengths, and how many lengths are not 0.

    Raises:
        DamagedFile: They cannot be.
    """
    found: dict[str, tuple[int, int]] = {}
    for name in length_names():
        match totals.get(name):
            case [int(total), int(filled)] if (
                0 <= filled <= documents and filled <= total <= filled * _LONGEST
            ):
                found[name] = total, filled
            case _:
                raise DamagedFile(
                    say(f"{file}: the sum of {name} is damaged", f"{file}：{name} 的总和已损坏")
                )
    return found


def length_names(channels: Sequence[str] = CHANNELS) -> list[str]:
    """The names of the columns of lengths of some channels."""
    return [length_column(field, channel) for field in TEXT_FIELDS for channel in channels]
