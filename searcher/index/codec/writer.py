"""Writes the terms and postings of a segment as columns."""

from array import array
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.codec.base import FieldWriter, OutOfOrderError

from searcher.index.codec.columns import INFO_DTYPE, FieldMeta, prefix
from searcher.index.codec.files import POSTINGS, create_container
from searcher.index.codec.values import PackedValues, ValuePacker
from searcher.index.columnar import postings
from searcher.index.columnar.arrays import Integers
from searcher.index.columnar.container import ContainerWriter
from searcher.index.columnar.postings import PostingLists
from searcher.index.columnar.terms import TermList, escape, write_terms
from searcher.language import say

_SLICE = 1 << 20  # postings to encode at once
_GREATEST_FREQUENCY = 1 << 31


class ColumnarFieldWriter(FieldWriter):
    """Takes postings one by one, as Whoosh gives them, and writes a field when it is whole."""

    def __init__(self, storage: Any, segment: Any) -> None:
        """Write to the segment's file in a storage.

        The file is made with the first postings: a transaction that only deletes, or whose segments
        searcher builds itself, leaves none.
        """
        self._storage = storage
        self._segment = segment
        self._writer: ContainerWriter | None = None
        self._fields: list[FieldMeta] = []
        self._field: _Field | None = None
        self.is_closed = False

    def _open(self) -> ContainerWriter:
        if self._writer is None:
            self._writer = create_container(self._storage, self._segment.make_filename(POSTINGS))
        return self._writer

    def add_postings(self, schema: Any, lengths: Any, items: Any) -> None:
        """Take all postings of a segment, which may be none at all."""
        writer = self._open()
        try:
            FieldWriter.add_postings(self, schema, lengths, items)
        except BaseException:
            writer.__exit__(None, None, None)
            self._writer = None
            raise

    def start_field(self, fieldname: str, fieldobj: Any) -> None:
        if any(field["name"] == fieldname for field in self._fields):
            raise OutOfOrderError(
                say(f"the field {fieldname!r} comes twice", f"字段 {fieldname!r} 出现两次")
            )
        self._field = _Field(fieldname, fieldobj.format)

    def start_term(self, text: bytes) -> None:
        self._open_field.start_term(text)

    def add(self, docnum: int, weight: float, vbytes: bytes, length: int | None) -> None:
        self._open_field.add(docnum, weight, vbytes, length)

    def finish_term(self) -> None:
        self._open_field.finish_term()

    def finish_field(self) -> None:
        field = self._open_field
        self._field = None
        if field.terms:
            number, documents = len(self._fields), self._segment.doc_count_all()
            self._fields.append(field.write(self._open(), number, documents))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.finish({"fields": self._fields})
        self.is_closed = True

    @property
    def _open_field(self) -> "_Field":
        if self._field is None:
            raise ValueError(say("a term without a field", "词项没有字段"))
        return self._field


class _Field:
    """The postings of a field."""

    def __init__(self, name: str, format_: Any) -> None:
        self._name = name
        self.terms: list[bytes] = []
        self._last: bytes | None = None
        self._starts = array("Q")
        self._documents = array("I")
        self._weights = array("f")
        self._lengths = array("I")
        self._values = ValuePacker(format_)

    def start_term(self, text: bytes) -> None:
        if self._last is not None and text <= self._last:
            raise OutOfOrderError(f"{self._last!r} .. {text!r}")
        self._last = text
        self.terms.append(escape(text))
        self._starts.append(len(self._documents))

    def add(self, docnum: int, weight: float, vbytes: bytes, length: int | None) -> None:
        self._documents.append(docnum)
        self._weights.append(weight)
        self._lengths.append(length or 0)
        self._values.add(vbytes)

    def finish_term(self) -> None:
        self._values.finish_term()

    def write(self, writer: ContainerWriter, number: int, documents: int) -> FieldMeta:
        """Write the sections of the field; returns what the table of contents says of it."""
        section = prefix(number)
        weights = np.array(self._weights, np.float32)
        values = self._values.finish(weights)
        lists, capacity, repeats = self._lists(documents, values.sizes)
        whole = (weights >= 1) & (weights <= _GREATEST_FREQUENCY) & (weights == np.floor(weights))
        if whole.all():
            lists.frequencies[:] = weights
        else:
            writer.add(f"{section}.weights", [weights.astype("<f4")])
        # Positions are as many as the frequency says, unless something was given a boost.
        counted = bool((lists.titles == lists.frequencies).all())
        if counted:
            lists.titles[:] = 0
        _write_postings(writer, section, lists, capacity, self.terms)
        writer.add(f"{section}.infos", [self._infos(weights).view(np.uint8)])
        _write_values(writer, section, values)
        return {
            "name": self._name,
            "capacity": capacity,
            "repeats": repeats,
            "values": values.kind,
            "size": values.size,
            "counted": counted,
        }

    def _lists(self, documents: int, sizes: Integers) -> tuple[PostingLists, int, bool]:
        """The lists, without frequencies, what they are coded for, and whether they repeat."""
        numbers = np.array(self._documents, np.int64)
        starts = np.array([*self._starts, numbers.size], np.int64)
        steps = np.diff(numbers, prepend=-1)
        steps[starts[:-1]] = 1
        if (steps < 0).any():
            raise OutOfOrderError(
                say("the documents of a term do not ascend", "词项的文档没有按升序排列")
            )
        capacity = max(documents, int(numbers.max()) + 1)
        repeats = bool((steps == 0).any())
        if repeats:
            counts = np.diff(starts)
            numbers += np.arange(numbers.size) - np.repeat(starts[:-1], counts)
            capacity += int(counts.max())
        return PostingLists(starts, numbers, np.ones_like(numbers), sizes), capacity, repeats

    def _infos(self, weights: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        documents = np.array(self._documents, np.uint32)
        lengths = np.array(self._lengths, np.uint32)
        starts = np.array(self._starts, np.int64)
        ends = np.append(starts[1:], documents.size)
        none = np.iinfo(np.uint32).max
        shortest = np.minimum.reduceat(np.where(lengths > 0, lengths, none), starts)
        infos = np.zeros(starts.size, INFO_DTYPE)
        infos["count"] = ends - starts
        infos["weight"] = np.add.reduceat(weights.astype(np.float64), starts)
        infos["max_weight"] = np.maximum(np.maximum.reduceat(weights, starts), 0)
        infos["min_length"] = np.where(shortest == none, 0, shortest)
        infos["max_length"] = np.maximum.reduceat(lengths, starts)
        infos["min_id"] = documents[starts]
        infos["max_id"] = documents[ends - 1]
        return infos


def _write_postings(
    writer: ContainerWriter, section: str, lists: PostingLists, capacity: int, terms: list[bytes]
) -> None:
    chunks, starts = [], []
    first = at = 0
    while first < len(lists):
        limit = int(lists.starts[first]) + _SLICE
        end = max(int(np.searchsorted(lists.starts, limit, side="right")) - 1, first + 1)
        bounds = lists.starts[first : end + 1]
        part = slice(int(bounds[0]), int(bounds[-1]))
        some = PostingLists(
            bounds - bounds[0],
            lists.documents[part],
            lists.frequencies[part],
            lists.titles[part],
        )
        # Whoosh's scorers look at weights and lengths, so nothing reads the impacts.
        impacts = np.full(some.documents.size, 255, np.uint8)
        blob, offsets = postings.encode(some, capacity, impacts)
        chunks.append(blob)
        starts.append(offsets[:-1] + at)
        at += len(blob)
        first = end
    writer.add(f"{section}.postings", chunks)
    write_terms(writer, section, TermList.of(terms), np.concatenate(starts))


def _write_values(writer: ContainerWriter, section: str, values: PackedValues) -> None:
    if not values.chunks:
        return
    writer.add(f"{section}.values", values.chunks)
    if not values.size:
        narrow = values.starts[-1] < 1 << 32
        writer.add(f"{section}.value_starts", [values.starts.astype("<u4" if narrow else "<u8")])
