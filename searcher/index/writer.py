"""Writing documents into a generation folder, as one Whoosh transaction.

Whoosh has the lock, the deletions, the generations and the table of contents; the segments are
built by ``building`` and merged by ``columnar``, and handed to Whoosh's writer as its merge policy
decides at the commit.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from searcher.documents.model import Document
from searcher.index import manifest as manifests
from searcher.index import toc
from searcher.index.building import Building, Decide, Resources
from searcher.index.columnar.arrays import Mask
from searcher.index.columnar.segment import EXTENSION, ColumnarSegment
from searcher.index.columnar.symbols import sweep, tables
from searcher.index.manifest import Manifest
from searcher.index.merging import Size, choose
from searcher.index.pieces import Piece
from searcher.index.prepare import mark, storable
from searcher.index.reader import IndexReader
from searcher.lazy import np
from searcher.text import Analyzer

if TYPE_CHECKING:
    from whoosh.index import FileIndex


def create_index(folder: Path) -> FileIndex:
    """An empty Whoosh index in an existing folder."""
    from whoosh.index import create_in

    from searcher.index.schema import make_schema

    return create_in(str(folder), make_schema())


def open_index(folder: Path) -> FileIndex:
    """The Whoosh index in a folder."""
    from whoosh.index import open_dir

    return open_dir(str(folder))


class Change(Enum):
    """What putting a document changes."""

    ADDED = "added"
    UPDATED = "updated"
    NONE = "none"


class DocumentWriter:
    """A transaction: all that was put and deleted becomes visible at ``commit``, or nothing.

    As a context manager it cancels what was not committed.
    """

    def __init__(
        self, index: FileIndex, folder: Path, analyzer: Analyzer, resources: Resources
    ) -> None:
        """Begin. The store's lock must be held."""
        from whoosh.writing import SegmentWriter

        from searcher.index.codec import ColumnarCodec

        self._folder = folder
        self._reader = IndexReader(folder)
        self._codec = ColumnarCodec()
        self._storage = index.storage
        self._new: dict[Path, Any] = {}  # Whoosh's objects for the segments that were built
        self._building = Building(
            folder, analyzer, resources, self._new_segment, self._dictionary()
        )
        self._writer = SegmentWriter(index, compound=False, codec=self._codec)
        self._closed = False

    def __enter__(self) -> DocumentWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel()

    def put(self, document: Document) -> None:
        """Insert a checked document, or replace the one that has its id if that is another.

        An id may be put once in a transaction: both would be kept.
        """
        stored = storable(document)
        if self.replace(document.id, mark(stored.record)) is not Change.NONE:
            self._building.add(stored)

    def replace(self, document_id: str, new: bytes) -> Change:
        """Delete the document that a new one takes the place of, unless it is the same.

        Args:
            document_id: The id of the new document.
            new: Its mark.
        """
        number = self._reader.find(document_id)
        if number is None:
            return Change.ADDED
        if not self._writer.is_deleted(number):
            if mark(self._reader.raw_record(number)) == new:
                return Change.NONE
            self._writer.delete_document(number)
        return Change.UPDATED

    @property
    def batch(self) -> int:
        """How many bytes of documents are read at once."""
        return self._building.batch

    def begin_reading(self, size: int, decide: Decide) -> None:
        """Get ready to read files of so many bytes, as ``Building.begin`` does.

        Outcomes have marks if there are documents in the index.
        """
        self._building.begin(size, decide, with_marks=bool(self._reader.segments))

    def read(self, piece: Piece) -> None:
        """Insert the documents of a piece that are decided to be wanted."""
        self._building.read(piece)

    def finish_reading(self) -> None:
        """Build all segments: afterwards it is decided about every piece."""
        for path, documents in self._building.finish():
            self._new[path].set_doc_count(documents)

    def delete(self, ids: Iterable[str]) -> int:
        """Delete the documents with these ids; returns how many there were."""
        deleted = 0
        for document_id in ids:
            number = self._reader.find(document_id)
            if number is not None and not self._writer.is_deleted(number):
                self._writer.delete_document(number)
                deleted += 1
        return deleted

    def commit(self, manifest: Manifest) -> int:
        """Make everything visible at once; returns the new generation."""
        self.finish_reading()
        generation = int(self._writer.generation)
        manifests.write(self._folder, generation, manifest)
        self._closed = True
        self._writer.commit(mergetype=self._merged)
        manifests.sweep(self._folder, generation)
        self._sweep_symbols()
        return generation

    def cancel(self) -> None:
        """Forget everything that was not committed."""
        self._building.close()
        if not self._closed:
            self._closed = True
            for path in self._new:
                path.unlink(missing_ok=True)
            self._writer.cancel()
            # Whoosh has begun a segment of its own, into which nothing was written.
            for path in self._folder.glob(f"{self._writer.newsegment.segment_id()}.*"):
                path.unlink(missing_ok=True)

    def _dictionary(self) -> bytes:
        """The table of symbols that the largest segment is stored with that has one."""
        segments = [one.segment for one in self._reader.segments]
        tables = [(one.capacity, one.texts.symbols.data) for one in segments]
        return max(tables, key=lambda table: (len(table[1]) > 0, table[0]), default=(0, b""))[1]

    def _sweep_symbols(self) -> None:
        """Delete the tables of symbols that no segment is stored with any more."""
        if tables(self._folder):
            with suppress(OSError, ValueError):  # who reads a damaged segment will be told
                names = [entry.name for entry in toc.read(self._folder).segments]
                segments = [ColumnarSegment(self._folder / f"{name}{EXTENSION}") for name in names]
                sweep(self._folder, {segment.texts.symbols.name for segment in segments})

    def _new_segment(self) -> Path:
        segment = self._codec.new_segment(self._storage, self._writer.indexname)
        path = self._path(segment)
        self._new[path] = segment
        return path

    def _path(self, segment: Any) -> Path:
        return self._folder / f"{segment.segment_id()}{EXTENSION}"

    def _merged(self, _: Any, segments: Iterable[Any]) -> list[Any]:
        """Whoosh's merge policy: the segments after the commit."""
        # Those without a document left are dropped.
        kept = [segment for segment in segments if segment.doc_count()]
        together = kept + list(self._new.values())
        sizes = [Size(one.doc_count_all(), one.deleted_count()) for one in together]
        chosen = choose(sizes, len(self._new))
        if not chosen:
            return together
        sources = [(self._path(together[number]), _live(together[number])) for number in chosen]
        path = self._new_segment()
        self._new[path].set_doc_count(self._building.merge(sources, path))
        rest = [segment for number, segment in enumerate(together) if number not in chosen]
        return [*rest, self._new[path]]


def _live(segment: Any) -> Mask | None:
    if not segment.has_deletions():
        return None
    live = np.ones(segment.doc_count_all(), np.bool_)
    live[list(segment.deleted_docs())] = False
    return live
