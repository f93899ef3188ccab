"""Reading an index: postings, terms, columns and stored documents, over all segments.

Documents are numbered through all segments, as Whoosh numbers them. The query room sees arrays
and segments; how a segment stores its postings is the business of ``columnar``.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from searcher.documents.model import Document
from searcher.index import commits
from searcher.index.columnar.arrays import Floats, Ids, Mask
from searcher.index.columnar.segment import EXTENSION, ColumnarSegment, Fields
from searcher.index.columnar.terms import to_bytes, to_term
from searcher.index.commits import Commit
from searcher.index.stored import Record
from searcher.index.values import Values
from searcher.language import say
from searcher.lazy import np

_HUNDREDS = 64  # segments, as a long build has before it is over
_MANY = 50  # documents; the ranks of their ids are read sooner than the ids
_SCORE = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Postings:
    """The documents that hold a term and are not deleted.

    Attributes:
        documents: Their numbers, ascending.
        frequencies: How often the term occurs in each, in all its fields.
        titles: How often of that in the title.
    """

    documents: Ids
    frequencies: Ids
    titles: Ids


@dataclass(frozen=True, slots=True)
class OpenSegment:
    """A segment of the index.

    Attributes:
        segment: Its columns.
        first: The number of its first document.
        allowed: For each of its documents a byte that says whether it is there; None if none is
            deleted.
    """

    segment: ColumnarSegment
    first: int
    allowed: bytearray | None
    _frequencies: dict[tuple[str, int], int] = field(default_factory=dict, repr=False)

    @property
    def live(self) -> Mask | None:
        """The same as an array."""
        return None if self.allowed is None else np.frombuffer(self.allowed, np.bool_)

    def document_frequency(self, name: str, start: int) -> int:
        """In how many documents that are there a term is.

        Args:
            name: The field.
            start: Where the list of the term begins.
        """
        postings = self.segment.field(name)
        live = self.live
        if live is None:
            return postings.count(start)
        # Deleted documents do not count, or scores would tell of what is no longer there.
        frequency = self._frequencies.get((name, start))
        if frequency is None:
            documents, _, _ = postings.decode(start)
            frequency = int(np.count_nonzero(live[documents]))
            self._frequencies[name, start] = frequency
        return frequency


class IndexReader:
    """One state of an index. It stays as it is while others write.

    Its files are closed when nothing refers to it any more.
    """

    def __init__(self, folder: Path, corrupt: Callable[[object], Exception] = ValueError) -> None:
        """Open the segments of the latest commit.

        Args:
            folder: The generation folder.
            corrupt: Makes the error to raise, here and later, when a file proves damaged.
        """
        self._corrupt = corrupt
        with self._guard():
            self.commit: Commit = commits.read(folder)
            self.generation: int = self.commit.generation
            self.segments = tuple(_open_segments(folder, self.commit))
            self.capacity: int = sum(one.segment.capacity for one in self.segments)
            deleted = sum(len(entry.deleted) for entry in self.commit.segments)
            self.count: int = self.capacity - deleted
        self._values: dict[str, Values] = {}

    def corrupt(self, what: object) -> Exception:
        """The error to raise when something that was read proves damaged."""
        return self._corrupt(f"{what!r:.200}")

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Whatever is made of damaged bytes becomes one error."""
        try:
            yield
        except Exception as error:
            raise self._corrupt(f"{error!r:.200}") from error

    @cached_property
    def live(self) -> Mask:
        """For each number whether its document is there, not deleted."""
        live = np.ones(self.capacity, np.bool_)
        for one in self.segments:
            if one.live is not None:
                live[one.first : one.first + one.segment.capacity] = one.live
        return live

    @cached_property
    def instant(self) -> Floats:
        """When each document was written, in seconds since 1970; NaN for no date."""
        with self._guard():
            return _joined([one.segment.instant for one in self.segments])

    @cached_property
    def local(self) -> Floats:
        """The same as the clock showed it where it was written."""
        with self._guard():
            return _joined([one.segment.local for one in self.segments])

    def average_length(self, column: str) -> float:
        """The mean of a column of lengths over the documents in which it is not 0; else 1."""
        total, filled = self._total(column)
        return total / filled if filled else 1.0

    def total_length(self, column: str) -> int:
        """The sum of a column of lengths over all documents."""
        return self._total(column)[0]

    def _total(self, column: str) -> tuple[int, int]:
        """The sum of a column of lengths, and in how many documents it is not 0."""
        total = filled = 0
        with self._guard():
            for one in self.segments:
                live = one.live
                if live is None:
                    sums = one.segment.totals[column]
                    total, filled = total + sums[0], filled + sums[1]
                else:
                    lengths = one.segment.lengths(column)[live]
                    total += int(lengths.sum(dtype=np.int64))
                    filled += int(np.count_nonzero(lengths))
        return total, filled

    def lengths(self, column: str) -> Ids:
        """A column of lengths, for each document."""
        with self._guard():
            columns = [one.segment.lengths(column) for one in self.segments]
            return np.concatenate([np.zeros(0, np.int64), *columns])

    def postings(self, field: str, term: str) -> Postings:
        """The documents that hold a term in a field; empty arrays for an unknown term."""
        encoded = _encoded(term)
        found: list[tuple[Ids, Ids, Ids]] = []
        if encoded is not None:
            with self._guard():
                for one in self.segments:
                    postings = one.segment.field(field)
                    start = postings.find(encoded)
                    if start is not None:
                        found.append(_there(one, *postings.decode(start)))
        return _concatenated(found)

    def postings_with_prefix(self, field: str, prefix: str) -> Postings:
        """The documents with terms that begin with a prefix of at most two characters.

        The frequencies are those of all such terms together.
        """
        encoded = _encoded(prefix)
        found: list[tuple[Ids, Ids, Ids]] = []
        if encoded:
            with self._guard():
                for one in self.segments:
                    postings = one.segment.field(field)
                    lists = postings.decode_range(*postings.terms.prefix_range(encoded))
                    sums = [
                        np.bincount(
                            lists.documents, weights=column, minlength=one.segment.capacity
                        ).astype(np.int64)
                        for column in (lists.frequencies, lists.titles)
                    ]
                    documents = np.flatnonzero(sums[0])
                    found.append(_there(one, documents, sums[0][documents], sums[1][documents]))
        return _concatenated(found)

    def documents_with(self, field: str, escaped: bytes) -> Ids:
        """The documents, deleted ones too, that hold an escaped term in a field, ascending."""
        found: list[Ids] = [np.zeros(0, np.int64)]
        with self._guard():
            for one in self.segments:
                postings = one.segment.field(field)
                start = postings.find(escaped)
                if start is not None:
                    found.append(postings.decode(start)[0] + one.first)
        return np.concatenate(found)

    def mask_of_prefix(self, field: str, prefix: str) -> Mask:
        """Which documents have terms that begin with a prefix of one or two characters."""
        mask = np.zeros(self.capacity, np.bool_)
        encoded = _encoded(prefix)
        if encoded:
            with self._guard():
                for one in self.segments:
                    postings = one.segment.field(field)
                    lists = postings.decode_range(*postings.terms.prefix_range(encoded))
                    has = mask[one.first : one.first + one.segment.capacity]
                    has[lists.documents] = True
                    if one.live is not None:
                        has &= one.live
        return mask

    def size_of_prefix(self, field: str, prefix: str) -> int:
        """How many bytes have to be decoded to find these documents, more or less."""
        encoded = _encoded(prefix)
        if not encoded:
            return 0
        with self._guard():
            fields = [one.segment.field(field) for one in self.segments]
            return sum(one.size_of_range(*one.terms.prefix_range(encoded)) for one in fields)

    def terms(self, field: str, prefix: str = "") -> Iterator[str]:
        """The terms of a field that begin with a prefix, in order of their UTF-8 bytes."""
        encoded = _encoded(prefix)
        if encoded is None:
            return
        with self._guard():
            all_terms = []
            for one in self.segments:
                terms = one.segment.field(field).terms
                all_terms.append(map(terms.term, terms.with_prefix(encoded)))
            for term, _ in groupby(heapq.merge(*all_terms)):
                yield to_term(term)

    def values(self, field: str, fold: Callable[[str], str]) -> Values:
        """All values of a field that is not text.

        Args:
            field: The field.
            fold: Folds values, always in the same way.
        """
        values = self._values.get(field)
        if values is None:
            with self._guard():
                terms, owners, documents = _lists(self.segments, field)
                values = Values(terms, owners, documents, self.capacity, fold)
            self._values[field] = values
        return values

    def document_frequency(self, field: str, term: str) -> int:
        """In how many documents the term is."""
        encoded = _encoded(term)
        if encoded is None:
            return 0
        total = 0
        with self._guard():
            for one in self.segments:
                start = one.segment.field(field).find(encoded)
                if start is not None:
                    total += one.document_frequency(field, start)
        return total

    def find(self, document_id: str, among: int | None = None) -> int | None:
        """The number of the document with this id.

        Args:
            document_id: The id.
            among: In how many segments, from the first one on, to look for it; None for all.
        """
        encoded = document_id.encode("utf-8", "surrogatepass")
        with self._guard():
            for one in reversed(self.segments[:among]):
                number = one.segment.find(encoded, one.live)
                if number is not None:
                    return one.first + number
        return None

    def documents_at(self, path: str, among: int | None = None) -> Ids:
        """The numbers of the documents that are in a file, ascending.

        Args:
            path: The name of the file.
            among: In how many segments, from the first one on, to look for them; None for all.
        """
        found: list[Ids] = [np.zeros(0, np.int64)]
        with self._guard():
            for one in self.segments[:among]:
                documents = one.segment.documents_at(path)
                found.append(_there(one, documents, documents, documents)[0])
        return np.concatenate(found)

    def beginning(self, prefix: str, among: int | None = None) -> Iterator[tuple[int, str]]:
        """The documents with ids that begin with a prefix, and these.

        Args:
            prefix: The prefix.
            among: In how many segments, from the first one on, to look for them; None for all.
        """
        encoded = prefix.encode("utf-8", "surrogatepass")
        with self._guard():
            for one in self.segments[:among]:
                for number, document_id in one.segment.beginning(encoded):
                    if one.allowed is None or one.allowed[number]:
                        yield one.first + number, document_id.decode("utf-8")

    def document_id(self, number: int) -> str:
        """The id of a document."""
        one = self.segment_of(number)
        try:
            return one.segment.id(number - one.first).decode("utf-8")
        except Exception as error:
            raise self.corrupt(error) from error

    def sort_rows(
        self, rows: list[tuple[float, int]], first: int = 0, last: int | None = None
    ) -> None:
        """Sort scores and documents: from the best score on, equal ones by the documents' ids.

        Args:
            rows: Scores and documents.
            first: How many of the best need not be where they belong by their ids.
            last: Nor those behind so many; None for none.
        """
        rows.sort(key=_SCORE, reverse=True)  # equal ones stay as they are
        self.sort_equal_rows(rows, first, last)

    def sort_equal_rows(
        self, rows: list[tuple[float, int]], first: int = 0, last: int | None = None
    ) -> None:
        """The same of rows that are sorted by their scores."""
        count = len(rows)
        last = count if last is None else min(last, count)
        start = 0
        while start < last:
            score, end = rows[start][0], start + 1
            while end < count and rows[end][0] == score:
                end += 1
            if end - start > 1 and end > first:
                rows[start:end] = self._by_id(rows[start:end])
            start = end

    def first_ids(self, numbers: bytes | bytearray | memoryview, count: int) -> list[int]:
        """Of many documents those with the first ids, in their order.

        Args:
            numbers: Their numbers, of 8 bytes each.
            count: How many are wanted; less than there are.
        """
        documents = np.frombuffer(numbers, np.int64)
        with self._guard():
            segment = self.segments[0].segment
            if len(self.segments) == 1 and not segment.has_other_ids:
                ranks = segment.id_ranks[documents]
                first = np.argpartition(ranks, count)[:count]
                chosen: list[int] = documents[first[ranks[first].argsort()]].tolist()
                return chosen
            return heapq.nsmallest(count, documents.tolist(), key=self.document_id)

    def _by_id(self, rows: list[tuple[float, int]]) -> list[tuple[float, int]]:
        if len(rows) > _MANY and len(self.segments) == 1:
            with self._guard():
                if self.segments[0].segment.has_other_ids:
                    return sorted(rows, key=lambda row: self.document_id(row[1]))
                ranks = self.segments[0].segment.id_ranks
            places = ranks[[number for _, number in rows]].argsort()
            return [rows[place] for place in places.tolist()]
        return sorted(rows, key=lambda row: self.document_id(row[1]))

    def raw_record(self, number: int) -> bytes:
        """A stored document as ``stored.to_bytes`` has it."""
        one = self.segment_of(number)
        with self._guard():
            return one.segment.stored(number - one.first)

    def record(self, number: int) -> Record:
        """A stored document, read as far as a hit needs it."""
        one = self.segment_of(number)
        try:
            return one.segment.record(number - one.first)
        except Exception as error:
            raise self.corrupt(error) from error

    def fields(self, numbers: Sequence[int]) -> list[Fields]:
        """What hits show of stored documents: id, title, body, rest and date."""
        try:
            if len(self.segments) == 1:
                return self.segments[0].segment.fields(numbers)
            found: list[Fields] = []
            for number in numbers:
                one = self.segment_of(number)
                found += one.segment.fields((number - one.first,))
            return found
        except Exception as error:
            raise self.corrupt(error) from error

    def texts(self, numbers: Sequence[int]) -> list[tuple[str, str]]:
        """The titles and bodies of stored documents."""
        try:
            if len(self.segments) == 1:
                return self.segments[0].segment.texts.both(numbers)
            found: list[tuple[str, str]] = []
            for number in numbers:
                one = self.segment_of(number)
                found += one.segment.texts.both((number - one.first,))
            return found
        except Exception as error:
            raise self.corrupt(error) from error

    def having(self, numbers: Sequence[int], characters: tuple[str, ...]) -> bytes | None:
        """Which documents have each of some Han characters; see ``Texts.having``."""
        try:
            if len(self.segments) == 1:
                return self.segments[0].segment.texts.having(numbers, characters)
            found: list[bytes] = []
            for number in numbers:
                one = self.segment_of(number)
                each = one.segment.texts.having((number - one.first,), characters)
                if each is None:
                    return None
                found.append(each)
            return b"".join(found)
        except Exception as error:
            raise self.corrupt(error) from error

    def document(self, number: int) -> Document:
        """A stored document."""
        record = self.record(number)
        with self._guard():
            return record.document()

    def mark(self, number: int) -> bytes:
        """What tells a stored document from any other."""
        from searcher.index.prepare import mark

        return mark(self.document(number))

    def all_numbers(self) -> Ids:
        """The numbers of all documents that are not deleted, ascending."""
        return np.flatnonzero(self.live).astype(np.int64)

    def segment_of(self, number: int) -> OpenSegment:
        """The segment that a document is in."""
        segments = self.segments
        if len(segments) == 1:
            return segments[0]
        for one in reversed(segments):
            if one.first <= number:
                return one
        raise IndexError(number)


def _open_segments(folder: Path, commit: Commit) -> Iterator[OpenSegment]:
    first = 0
    for entry in commit.segments:
        name = f"{entry.name}{EXTENSION}"
        segment = ColumnarSegment(folder / name, entry.moved)
        if segment.container.identity != commit.files.get(name):
            raise ValueError(
                say(f"{name} is not the file that was committed", f"{name} 不是提交时的那个文件")
            )
        if segment.capacity != entry.documents:
            raise ValueError(
                say(
                    f"{name} has {segment.capacity} documents, not as recorded",
                    f"{name} 有 {segment.capacity} 个文档，与记录不符",
                )
            )
        allowed = None
        if entry.deleted:
            allowed = bytearray(b"\x01") * segment.capacity
            for number in entry.deleted:
                allowed[number] = 0
        if len(commit.segments) > _HUNDREDS:  # opening them touches pages of each
            segment.container.release()
        yield OpenSegment(segment, first, allowed)
        first += segment.capacity


def _there(one: OpenSegment, documents: Ids, frequencies: Ids, titles: Ids) -> tuple[Ids, Ids, Ids]:
    """Postings of a segment without those of deleted documents."""
    live = one.live
    if live is not None:
        kept = live[documents]
        documents, frequencies, titles = documents[kept], frequencies[kept], titles[kept]
    return documents + one.first, frequencies, titles


def _lists(segments: Sequence[OpenSegment], field: str) -> tuple[list[bytes], Ids, Ids]:
    """All terms of a field, escaped, and for each posting the numbers of its term and document."""
    found: list[tuple[list[bytes], Ids, Ids]] = []
    for one in segments:
        terms, owners, documents = one.segment.values(field)
        documents, owners, _ = _there(one, documents, owners, owners)
        found.append((terms, owners, documents))
    if len(found) == 1:
        return found[0]
    terms = sorted({term for some, _, _ in found for term in some})
    numbers = {term: number for number, term in enumerate(terms)}
    empty = np.zeros(0, np.int64)
    renumbered = [
        np.array([numbers[term] for term in some], np.int64)[owners] for some, owners, _ in found
    ]
    documents = np.concatenate([empty, *(documents for _, _, documents in found)])
    return terms, np.concatenate([empty, *renumbered]), documents


def _encoded(term: str) -> bytes | None:
    try:
        return to_bytes(term)
    except UnicodeEncodeError:  # half a surrogate pair, which no term has
        return None


def _concatenated(found: list[tuple[Ids, Ids, Ids]]) -> Postings:
    if len(found) == 1:
        return Postings(*found[0])
    empty = np.zeros(0, np.int64)
    return Postings(*(np.concatenate([empty, *(one[part] for one in found)]) for part in range(3)))


def _joined(columns: list[Floats]) -> Floats:
    return columns[0] if len(columns) == 1 else np.concatenate([np.zeros(0), *columns])
