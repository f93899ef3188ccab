"""Writing documents into a generation folder, as one Whoosh transaction."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from searcher.documents.model import Document
from searcher.index import manifest as manifests
from searcher.index.manifest import Manifest
from searcher.index.prepare import index_fields
from searcher.index.reader import IndexReader
from searcher.text import Analyzer

if TYPE_CHECKING:
    from whoosh.index import FileIndex

_POOL_MEGABYTES = 128  # what Whoosh collects in memory before it writes a sorted run


def create_index(folder: Path) -> "FileIndex":
    """An empty Whoosh index in an existing folder."""
    from whoosh.index import create_in

    from searcher.index.schema import make_schema

    return create_in(str(folder), make_schema())


class DocumentWriter:
    """A transaction: all that was put and deleted becomes visible at ``commit``, or nothing.

    As a context manager it cancels what was not committed.
    """

    def __init__(self, index: "FileIndex", folder: Path, analyzer: Analyzer) -> None:
        """Begin. The store's lock must be held."""
        from whoosh.writing import SegmentWriter

        from searcher.index.codec import SegmentCodec

        self._folder = folder
        self._analyzer = analyzer
        self._reader = IndexReader(index)
        # Compound segments would be copied into memory when they are opened.
        self._writer = SegmentWriter(
            index, limitmb=_POOL_MEGABYTES, compound=False, codec=SegmentCodec()
        )
        self._closed = False

    def __enter__(self) -> "DocumentWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel()

    def has(self, document_id: str) -> bool:
        """Whether the index had a document with this id when the transaction began."""
        return self._reader.find(document_id) is not None

    def put(self, document: Document) -> None:
        """Insert a checked document, or replace the one that has its id.

        An id may be put once in a transaction: Whoosh would keep both.
        """
        self.delete([document.id])
        self._writer.add_document(**index_fields(document, self._analyzer))

    def delete(self, ids: Iterable[str]) -> int:
        """Delete the documents with these ids; returns how many there were."""
        from searcher.index import schema

        deleted = 0
        for document_id in ids:
            for number in self._reader.postings(schema.ID, document_id).documents.tolist():
                if not self._writer.is_deleted(number):
                    self._writer.delete_document(number)
                    deleted += 1
        return deleted

    def commit(self, manifest: Manifest) -> int:
        """Make everything visible at once; returns the new generation."""
        generation = int(self._writer.generation)
        manifests.write(self._folder, generation, manifest)
        self._reader.close()
        self._closed = True
        self._writer.commit()
        manifests.sweep(self._folder, generation)
        return generation

    def cancel(self) -> None:
        """Forget everything that was not committed."""
        if not self._closed:
            self._closed = True
            self._reader.close()
            self._writer.cancel()
