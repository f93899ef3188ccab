"""The storage of segments behind Whoosh's codec interface.

An index of any schema can be made with it (``index.writer(codec=ColumnarCodec())``); Whoosh then
finds and scores as it does with its own codec. What belongs to a document (stored fields, lengths,
columns, vectors) stays in Whoosh's files; terms and postings lie in one file of columns.

Segments that searcher itself builds (``searcher.index.columnar``) are one file altogether and are
read through the same codec.
"""

import secrets
from typing import Any

from whoosh.codec.whoosh3 import W3Codec, W3PerDocReader, W3Segment

from searcher.index.columnar.moved import NOTHING, Moves


class ColumnarSegment(W3Segment):
    """A segment; always separate files.

    Attributes:
        moved: The documents of a segment of searcher's own that have another id or path than it
            says.
    """

    moved: Moves = NOTHING

    def should_assemble(self) -> bool:
        """Whoosh does not pack the files into one, which it would have to copy into memory."""
        return False


class ColumnarCodec(W3Codec):
    """Terms and postings as memory-mapped columns."""

    def new_segment(self, storage: Any, indexname: str) -> ColumnarSegment:
        """A new segment with a name that no other has.

        Whoosh takes names from ``random``. A program that seeds it the same way at each start
        would give a new segment the name of an old one and write over its files.
        """
        return ColumnarSegment(self, indexname, segid=secrets.token_hex(8))

    def field_writer(self, storage: Any, segment: Any) -> Any:
        """What writes the terms and postings of a segment."""
        from searcher.index.codec.writer import ColumnarFieldWriter

        return ColumnarFieldWriter(storage, segment)

    def terms_reader(self, storage: Any, segment: Any) -> Any:
        """What reads them.

        Raises:
            DamagedFile: The file is damaged.
        """
        from searcher.index.codec import native, reader

        if native.is_native(storage, segment):
            return native.terms_reader(storage, segment)
        return reader.terms_reader(storage, segment)

    def per_document_reader(self, storage: Any, segment: Any) -> Any:
        """What reads stored fields, lengths and columns.

        Raises:
            DamagedFile: The file of a segment of searcher's own is damaged.
        """
        from searcher.index.codec import native

        if native.is_native(storage, segment):
            return native.NativeDocumentReader(storage, segment)
        return W3PerDocReader(storage, segment)
