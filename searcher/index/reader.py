"""Reading an index: postings, terms, columns and stored documents, over all segments.

Documents are numbered through all segments, as Whoosh numbers them. The query room sees arrays
only; how a segment stores its postings is the codec's business.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from searcher.documents.model import Document
from searcher.index import schema, stored

if TYPE_CHECKING:
    from whoosh.index import FileIndex

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Postings:
    """The documents that hold a term.

    Attributes:
        documents: Their numbers, ascending.
        counts: How often the term occurs in each, of the same shape.
    """

    documents: Ids
    counts: Floats


class IndexReader:
    """One state of an index. It stays as it is while others write; close it when done."""

    def __init__(
        self, index: "FileIndex", corrupt: Callable[[object], Exception] = ValueError
    ) -> None:
        """Open the segments of the latest commit.

        Args:
            index: The Whoosh index.
            corrupt: Makes the error to raise, here and later, when a file proves damaged.
        """
        self._corrupt = corrupt
        with self._guard():
            self._reader = index.reader()
            try:
                self._open_columns()
            except BaseException:
                self._reader.close()
                raise

    def _open_columns(self) -> None:
        self.generation: int = self._reader.generation() or 0
        # An empty index has one leaf that cannot be asked for anything.
        self._leaves: list[tuple[Any, int]] = [
            (leaf, offset) for leaf, offset in self._reader.leaf_readers() if leaf.doc_count_all()
        ]
        self.capacity: int = self._reader.doc_count_all()
        # All files are opened now: a writer may delete them while this state is still read.
        self._columns = {
            (at, name): leaf.column_reader(name, translate=False)
            for at, (leaf, _) in enumerate(self._leaves)
            for name in (schema.DOCUMENT, schema.NUMBERS, schema.ID_COLUMN)
        }

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Whatever Whoosh makes of damaged bytes becomes one error."""
        try:
            yield
        except Exception as error:
            raise self._corrupt(f"{error!r:.200}") from error

    def close(self) -> None:
        """Close the files."""
        self._reader.close()

    @property
    def segments(self) -> int:
        """The number of segments."""
        return len(self._leaves)

    @cached_property
    def live(self) -> npt.NDArray[np.bool_]:
        """For each number whether its document is there, not deleted."""
        live = np.ones(self.capacity, np.bool_)
        for leaf, offset in self._leaves:
            if leaf.has_deletions():
                for number in range(leaf.doc_count_all()):
                    live[offset + number] = not leaf.is_deleted(number)
        return live

    @cached_property
    def count(self) -> int:
        """The number of documents, without deleted ones."""
        return int(self.live.sum())

    @cached_property
    def numbers(self) -> npt.NDArray[np.void]:
        """The numbers of all documents, by ``schema.NUMBERS_DTYPE``."""
        with self._guard():
            rows = [b"".join(self._columns[at, schema.NUMBERS]) for at in range(self.segments)]
            numbers = np.frombuffer(b"".join(rows), schema.NUMBERS_DTYPE)
            if numbers.size != self.capacity or (numbers["mark"] != schema.NUMBERS_MARK).any():
                raise ValueError(f"the column {schema.NUMBERS!r} is damaged")
        return numbers

    def lengths(self, field: str) -> Floats:
        """The length of a channel of a text field, in terms, for each document."""
        return self.numbers[field].astype(np.float64)

    def average_length(self, field: str) -> float:
        """The mean length over the documents in which the field is not empty; 0 for none."""
        lengths = self.numbers[field][self.live]
        filled = int(np.count_nonzero(lengths))
        return float(lengths.sum(dtype=np.float64)) / filled if filled else 0.0

    def postings(self, field: str, term: str) -> Postings:
        """The documents that hold a term in a field; empty arrays for an unknown term."""
        numbers: list[int] = []
        counts: list[float] = []
        try:
            encoded = term.encode("utf-8")
        except UnicodeEncodeError:  # half a surrogate pair, which no term has
            return Postings(np.array([], np.int64), np.array([]))
        with self._guard():
            for leaf, offset in self._leaves:
                if (field, encoded) not in leaf:
                    continue
                matcher = leaf.postings(field, encoded)
                while matcher.is_active():
                    numbers.append(matcher.id() + offset)
                    counts.append(matcher.weight())
                    matcher.next()
            if numbers and not 0 <= min(numbers) <= max(numbers) < self.capacity:
                raise ValueError(f"postings of {term!r} name a document that is not there")
        return Postings(np.array(numbers, np.int64), np.array(counts, np.float64))

    def terms(self, field: str, prefix: str = "") -> Iterator[str]:
        """The terms of a field that begin with a prefix, in order of their UTF-8 bytes."""
        if field not in self._reader.indexed_field_names():
            return
        start = prefix.encode("utf-8")
        with self._guard():
            for name, term in self._reader.terms_from(field, start):
                if name != field or not term.startswith(start):
                    return
                yield term.decode("utf-8")

    def document_frequency(self, field: str, term: str) -> int:
        """In how many documents the term is, deleted ones not yet merged away included."""
        with self._guard():
            return int(self._reader.doc_frequency(field, term.encode("utf-8")))

    def find(self, document_id: str) -> int | None:
        """The number of the document with this id."""
        documents = self.postings(schema.ID, document_id).documents
        return int(documents[-1]) if documents.size else None

    def document_id(self, number: int) -> str:
        """The id of a document."""
        return self._value(number, schema.ID_COLUMN).decode("utf-8")

    def document(self, number: int) -> Document:
        """A stored document."""
        data = self._value(number, schema.DOCUMENT)
        with self._guard():
            return stored.from_bytes(data)

    def all_numbers(self) -> Ids:
        """The numbers of all documents that are not deleted, ascending."""
        return np.flatnonzero(self.live).astype(np.int64)

    def _value(self, number: int, column: str) -> bytes:
        """What a column holds for a document."""
        at = next(at for at in reversed(range(self.segments)) if self._leaves[at][1] <= number)
        with self._guard():
            return bytes(self._columns[at, column][number - self._leaves[at][1]])
