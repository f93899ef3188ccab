"""Segments that searcher built itself, for Whoosh's readers: one file of columns each."""

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.codec.base import PerDocumentReader
from whoosh.columns import ColumnReader
from whoosh.filedb.filestore import FileStorage
from whoosh.reading import TermInfo

from searcher.index.codec.matcher import TermPostings
from searcher.index.codec.reader import ColumnarTermsReader, FieldReader
from searcher.index.codec.values import Values
from searcher.index.columnar.arrays import Integers
from searcher.index.columnar.container import DamagedFile
from searcher.index.columnar.segment import EXTENSION, ColumnarSegment
from searcher.index.columnar.terms import FieldTerms
from searcher.index.fields import (
    CHANNELS,
    DOCUMENT,
    ID,
    TEXT_FIELDS,
    VALUE_FIELDS,
    length_column,
)
from searcher.language import say


def is_native(storage: Any, segment: Any) -> bool:
    """Whether a segment is one that searcher built."""
    return isinstance(storage, FileStorage) and storage.file_exists(
        segment.make_filename(EXTENSION)
    )


def _open(storage: FileStorage, segment: Any) -> ColumnarSegment:
    path = Path(storage.folder) / segment.make_filename(EXTENSION)
    columns = ColumnarSegment(path, segment.moved)
    if columns.capacity != segment.doc_count_all():
        raise DamagedFile(
            say(
                f"{columns.container.path.name}: the documents are not so many",
                f"{columns.container.path.name}：文档没有这么多",
            )
        )
    return columns


def _lengths(columns: ColumnarSegment, field: str) -> Integers:
    """The lengths of a channel in all documents: of title and body together."""
    lengths = np.zeros(columns.capacity, np.int64)
    if field in CHANNELS:
        for part in TEXT_FIELDS:
            lengths += columns.lengths(length_column(part, field))
    return lengths


def terms_reader(storage: FileStorage, segment: Any) -> ColumnarTermsReader:
    """The terms of a segment that searcher built.

    Raises:
        OSError: The file cannot be read.
        DamagedFile: It is damaged.
    """
    columns = _open(storage, segment)
    names = sorted((*CHANNELS, *VALUE_FIELDS))
    fields: dict[str, FieldReader] = {name: NativeField(columns, name) for name in names}
    return ColumnarTermsReader(fields)


class NativeField:
    """A field of such a segment. Weights are frequencies; there are no values."""

    def __init__(self, columns: ColumnarSegment, name: str) -> None:
        """Take a field of a segment."""
        self._columns = columns
        self._name = name
        self._field = columns.field(name)
        # Whoosh asks for a term's statistics and then for its postings.
        self._last: tuple[int, TermPostings] | None = None

    @property
    def terms(self) -> FieldTerms:
        return self._field.terms

    @cached_property
    def _lengths(self) -> Integers:
        return _lengths(self._columns, self._name)

    def count(self, number: int) -> int:
        return self._field.count(int(self.terms.starts[number]))

    def postings(self, number: int) -> TermPostings:
        last = self._last
        if last is not None and last[0] == number:
            return last[1]
        documents, frequencies, _ = self._field.decode(int(self.terms.starts[number]))
        found = TermPostings(documents, frequencies, lambda: self._lengths, Values)
        self._last = number, found
        return found

    def info(self, number: int) -> TermInfo:
        found = self.postings(number)
        lengths = found.lengths
        return TermInfo(
            weight=float(found.weights.sum()),
            df=len(found),
            minlength=int(lengths.min()),
            maxlength=int(lengths.max()),
            maxweight=float(found.weights.max()),
            minid=int(found.documents[0]),
            maxid=int(found.documents[-1]),
        )


class NativeDocumentReader(PerDocumentReader):
    """Lengths and columns of such a segment. Its documents are a column; nothing else is stored."""

    def __init__(self, storage: FileStorage, segment: Any) -> None:
        """Open the segment's file.

        Raises:
            OSError: The file cannot be read.
            DamagedFile: It is damaged.
        """
        self._segment = segment
        self._columns = _open(storage, segment)
        self._lengths: dict[str, Integers] = {}

    def doc_count(self) -> int:
        return int(self._segment.doc_count())

    def doc_count_all(self) -> int:
        return self._columns.capacity

    def has_deletions(self) -> bool:
        return bool(self._segment.has_deletions())

    def is_deleted(self, docnum: int) -> bool:
        return bool(self._segment.is_deleted(docnum))

    def deleted_docs(self) -> Any:
        return self._segment.deleted_docs()

    def supports_columns(self) -> bool:
        return True

    def has_column(self, fieldname: str) -> bool:
        return fieldname in (ID, DOCUMENT)

    def list_columns(self) -> list[str]:
        return [ID, DOCUMENT]

    def column_reader(self, fieldname: str, column: Any) -> ColumnReader:
        read = self._columns.id if fieldname == ID else self._columns.stored
        return _BytesReader(read, self._columns.capacity)

    def _field_lengths(self, fieldname: str) -> Integers:
        if fieldname not in self._lengths:
            self._lengths[fieldname] = _lengths(self._columns, fieldname)
        return self._lengths[fieldname]

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        return int(self._field_lengths(fieldname)[docnum]) or default

    def field_length(self, fieldname: str) -> int:
        return int(self._field_lengths(fieldname).sum())

    def min_field_length(self, fieldname: str) -> int:
        return int(self._field_lengths(fieldname).min())

    def max_field_length(self, fieldname: str) -> int:
        return int(self._field_lengths(fieldname).max())

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        return {}


class _BytesReader(ColumnReader):
    """A column of bytes."""

    def __init__(self, read: Callable[[int], bytes], count: int) -> None:
        self._read = read
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, docnum: int) -> bytes:
        return self._read(docnum)

    def __iter__(self) -> Iterator[bytes]:
        return map(self._read, range(self._count))
