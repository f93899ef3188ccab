"""Reads the terms and postings of a segment: Whoosh's ``TermsReader`` over columns."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from whoosh.codec.base import EmptyCursor, FieldCursor, TermsReader
from whoosh.codec.whoosh3 import W3Codec
from whoosh.reading import TermInfo, TermNotFound
from whoosh.util.numeric import byte_to_length

from searcher.index.codec.columns import INFO_DTYPE, FieldMeta, prefix
from searcher.index.codec.files import POSTINGS, open_container, read_file
from searcher.index.codec.matcher import ColumnarMatcher, TermPostings, Weights
from searcher.index.codec.values import FIXED, FREQUENCY, NONE, FieldValues, Values
from searcher.index.columnar import postings
from searcher.index.columnar.arrays import Bytes, Integers
from searcher.index.columnar.container import Container, DamagedFile
from searcher.index.columnar.postings import DamagedPostings
from searcher.index.columnar.terms import FieldTerms, escape, unescape
from searcher.language import say

_LENGTHS = np.array([byte_to_length(byte) for byte in range(256)], np.int64)


class FieldReader(Protocol):
    """A field of a segment."""

    @property
    def terms(self) -> FieldTerms:
        """Its terms."""

    def info(self, number: int) -> TermInfo:
        """The statistics of a term."""

    def count(self, number: int) -> int:
        """The number of postings of a term."""

    def postings(self, number: int) -> TermPostings:
        """The postings of a term."""


class ColumnarField:
    """A field that Whoosh wrote through the codec."""

    def __init__(
        self,
        container: Container,
        number: int,
        meta: FieldMeta,
        lengths: Callable[[], Integers],
    ) -> None:
        """Take the sections of a field.

        Raises:
            DamagedFile: They do not fit each other.
        """
        self._section = section = prefix(number)
        self._container = container
        self._capacity = int(meta["capacity"])
        self._repeats = bool(meta["repeats"])
        self._counted = bool(meta["counted"])
        self._load_lengths = lengths
        self.terms = FieldTerms(container, section)
        self._data: Bytes = np.frombuffer(container.padded(f"{section}.postings"), np.uint8)
        self._infos = _column(container, f"{section}.infos", INFO_DTYPE, len(self.terms))
        self._values = self._field_values(str(meta["values"]), int(meta["size"]))

    def _field_values(self, kind: str, size: int) -> FieldValues:
        if kind in (NONE, FREQUENCY):
            return FieldValues(kind, 0, memoryview(b""), None)
        data = self._container.section(f"{self._section}.values")
        if kind == FIXED:
            return FieldValues(kind, size, data, None)
        name = f"{self._section}.value_starts"
        count = len(self.terms) + 1
        wide = self._container.size(name) == 8 * count
        starts = _column(self._container, name, np.dtype("<u8" if wide else "<u4"), count)
        return FieldValues(kind, 0, data, starts)

    @cached_property
    def _lengths(self) -> Integers:
        return self._load_lengths()

    @cached_property
    def _firsts(self) -> Integers:
        """How many postings of the field come before those of each term; last: all."""
        return np.concatenate([[0], np.cumsum(self._infos["count"], dtype=np.int64)])

    @cached_property
    def _weights(self) -> npt.NDArray[np.float32] | None:
        name = f"{self._section}.weights"
        if name not in self._container:
            return None
        weights: npt.NDArray[np.float32] = _column(
            self._container, name, np.dtype("<f4"), int(self._firsts[-1])
        )
        return weights

    def count(self, number: int) -> int:
        return int(self._infos[number]["count"])

    def info(self, number: int) -> TermInfo:
        count, weight, max_weight, *rest = self._infos[number].item()
        min_length, max_length, min_id, max_id = rest
        return TermInfo(weight, count, min_length, max_length, max_weight, min_id, max_id)

    def postings(self, number: int) -> TermPostings:
        start = int(self.terms.starts[number])
        documents, frequencies, sizes = postings.decode(self._data, start, self._capacity)
        if documents.size != self.count(number):
            raise DamagedPostings(
                say(
                    "a term has more or fewer postings than it says",
                    "一个词项的倒排记录数与声明的不同",
                )
            )
        if self._counted:
            sizes = frequencies
        if self._repeats:
            documents = documents - np.arange(documents.size)
        first = int(self._firsts[number]) if self._weights is not None else 0
        weights: Weights = frequencies
        if self._weights is not None:
            weights = self._weights[first : first + documents.size]

        def values() -> Values:
            return self._values.of(number, int(self._firsts[number]), frequencies, sizes)

        return TermPostings(documents, weights, lambda: self._lengths, values)


class ColumnarTermsReader(TermsReader):
    """All fields of a segment."""

    def __init__(self, fields: Mapping[str, FieldReader]) -> None:
        """Take the fields in their order."""
        self._fields = fields

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        return self._find(*term) is not None

    def _find(self, fieldname: str, text: bytes) -> tuple[FieldReader, int] | None:
        field = self._fields.get(fieldname)
        number = None if field is None else field.terms.find(escape(text))
        return None if field is None or number is None else (field, number)

    def _get(self, fieldname: str, text: bytes) -> tuple[FieldReader, int]:
        found = self._find(fieldname, text)
        if found is None:
            raise KeyError((fieldname, text))
        return found

    def indexed_field_names(self) -> Any:
        return self._fields.keys()

    def cursor(self, fieldname: str, fieldobj: Any) -> FieldCursor:
        field = self._fields.get(fieldname)
        return EmptyCursor() if field is None else ColumnarCursor(field, fieldobj)

    def _numbers(self, fieldname: str, text: bytes) -> Iterator[tuple[str, FieldReader, int]]:
        """The terms from a given one on, then those of the fields behind, as in Whoosh's codec."""
        first: int | None = None
        for name, field in self._fields.items():
            if name == fieldname:
                first = field.terms.first(escape(text))
            elif first is not None:
                first = 0
            if first is not None:
                for number in range(first, len(field.terms)):
                    yield name, field, number

    def terms(self) -> Iterator[tuple[str, bytes]]:
        for name, field in self._fields.items():
            for number in range(len(field.terms)):
                yield name, unescape(field.terms.term(number))

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        for name, field, number in self._numbers(fieldname, prefix):
            yield name, unescape(field.terms.term(number))

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        for name, field in self._fields.items():
            for number in range(len(field.terms)):
                yield (name, unescape(field.terms.term(number))), field.info(number)

    def items_from(
        self, fieldname: str, prefix: bytes
    ) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        for name, field, number in self._numbers(fieldname, prefix):
            yield (name, unescape(field.terms.term(number))), field.info(number)

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        found = self._find(fieldname, text)
        if found is None:
            raise TermNotFound(
                say(f"No term {fieldname}:{text!r}", f"没有词项 {fieldname}:{text!r}")
            )
        field, number = found
        return field.info(number)

    def frequency(self, fieldname: str, text: bytes) -> float:
        field, number = self._get(fieldname, text)
        return float(field.info(number).weight())

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        field, number = self._get(fieldname, text)
        return field.count(number)

    def matcher(
        self, fieldname: str, text: bytes, format_: Any, scorer: Any = None
    ) -> ColumnarMatcher:
        found = self._find(fieldname, text)
        if found is None:
            raise TermNotFound(
                say(f"No term {fieldname}:{text!r}", f"没有词项 {fieldname}:{text!r}")
            )
        field, number = found
        return ColumnarMatcher(field.postings(number), format_, (fieldname, text), scorer)

    def close(self) -> None:
        self._fields = {}


class ColumnarCursor(FieldCursor):
    """Steps through the terms of a field."""

    def __init__(self, field: FieldReader, fieldobj: Any) -> None:
        """Stand on the first term."""
        self._field = field
        self._fieldobj = fieldobj
        self.first()

    def _enter(self, number: int) -> Any:
        self._number = number
        self._text = None
        if self.is_valid():
            text = unescape(self._field.terms.term(number))
            self._text = self._fieldobj.from_bytes(text)
        return self._text

    def first(self) -> Any:
        return self._enter(0)

    def find(self, term: Any) -> Any:
        """Go to a term or the first one behind it."""
        if not isinstance(term, bytes):
            term = self._fieldobj.to_bytes(term)
        return self._enter(self._field.terms.first(escape(term)))

    def next(self) -> Any:
        return self._enter(self._number + 1)

    def text(self) -> Any:
        return self._text

    def term_info(self) -> TermInfo | None:
        return self._field.info(self._number) if self.is_valid() else None

    def is_valid(self) -> bool:
        return self._number < len(self._field.terms)


def terms_reader(storage: Any, segment: Any) -> ColumnarTermsReader:
    """The terms of a segment that Whoosh wrote through the codec.

    Raises:
        OSError: The file cannot be read.
        DamagedFile: It is damaged.
    """
    container = open_container(storage, segment.make_filename(POSTINGS))
    fields: dict[str, FieldReader] = {}
    try:
        for number, meta in enumerate(container.meta["fields"]):
            name = meta["name"]
            fields[name] = ColumnarField(
                container, number, meta, _lengths_loader(storage, segment, name)
            )
    except (KeyError, TypeError) as error:
        raise DamagedFile(f"{container.path.name}: {error!r}") from error
    return ColumnarTermsReader(fields)


def _lengths_loader(storage: Any, segment: Any, field: str) -> Callable[[], Integers]:
    """Gives the lengths of a field in all documents; 0 for none.

    Whoosh's column reader gives them one by one; the file is a byte for each document, up to the
    last one that has a length.
    """

    def load() -> Integers:
        lengths = np.zeros(segment.doc_count_all(), np.int64)
        name = W3Codec.column_filename(segment, f"_{field}_len")
        if storage.file_exists(name):
            bytes_ = np.frombuffer(read_file(storage, name), np.uint8)[: lengths.size]
            lengths[: bytes_.size] = _LENGTHS[bytes_]
        return lengths

    return load


def _column(container: Container, name: str, dtype: np.dtype[Any], count: int) -> Any:
    data = container.section(name)
    if len(data) != count * dtype.itemsize:
        raise DamagedFile(
            say(
                f"{container.path.name}: {name} does not fit the terms",
                f"{container.path.name}：{name} 与词项不符",
            )
        )
    return np.frombuffer(data, dtype)
