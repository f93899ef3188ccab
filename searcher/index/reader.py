"""Reading an index: postings, terms, columns and stored documents, over all segments.

Documents are numbered through all segments, as Whoosh numbers them. The query room sees arrays
only; how a segment stores its postings is the codec's business.
"""

from collections.abc import Iterator
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

    def __init__(self, index: "FileIndex") -> None:
        """Open the segments of the latest commit."""
        self._reader = index.reader()
        self.generation: int = self._reader.generation() or 0
        self._leaves: list[tuple[Any, int]] = list(self._reader.leaf_readers())
        self.capacity: int = self._reader.doc_count_all()

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
        rows = [b"".join(self._column(leaf, schema.NUMBERS)) for leaf, _ in self._leaves]
        return np.frombuffer(b"".join(rows), schema.NUMBERS_DTYPE)

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
        encoded = term.encode("utf-8")
        for leaf, offset in self._leaves:
            if (field, encoded) not in leaf:
                continue
            matcher = leaf.postings(field, encoded)
            while matcher.is_active():
                numbers.append(matcher.id() + offset)
                counts.append(matcher.weight())
                matcher.next()
        return Postings(np.array(numbers, np.int64), np.array(counts, np.float64))

    def terms(self, field: str, prefix: str = "") -> Iterator[str]:
        """The terms of a field that begin with a prefix, in order of their UTF-8 bytes."""
        if field not in self._reader.indexed_field_names():
            return
        start = prefix.encode("utf-8")
        for _, term in self._reader.terms_from(field, start):
            if _ != field or not term.startswith(start):
                return
            yield term.decode("utf-8")

    def document_frequency(self, field: str, term: str) -> int:
        """In how many documents the term is, deleted ones not yet merged away included."""
        return int(self._reader.doc_frequency(field, term.encode("utf-8")))

    def find(self, document_id: str) -> int | None:
        """The number of the document with this id."""
        documents = self.postings(schema.ID, document_id).documents
        return int(documents[-1]) if documents.size else None

    def document_id(self, number: int) -> str:
        """The id of a document."""
        leaf, local = self._leaf(number)
        return bytes(self._column(leaf, schema.ID_COLUMN)[local]).decode("utf-8")

    def document(self, number: int) -> Document:
        """A stored document.

        Raises:
            ValueError: It is damaged.
        """
        leaf, local = self._leaf(number)
        return stored.from_bytes(self._column(leaf, schema.DOCUMENT)[local])

    def all_numbers(self) -> Ids:
        """The numbers of all documents that are not deleted, ascending."""
        return np.flatnonzero(self.live).astype(np.int64)

    def _leaf(self, number: int) -> tuple[Any, int]:
        for leaf, offset in reversed(self._leaves):
            if number >= offset:
                return leaf, number - offset
        raise IndexError(number)

    @cached_property
    def _columns(self) -> dict[tuple[int, str], Any]:
        return {}

    def _column(self, leaf: Any, name: str) -> Any:
        key = (id(leaf), name)
        if key not in self._columns:
            self._columns[key] = leaf.column_reader(name, translate=False)
        return self._columns[key]
