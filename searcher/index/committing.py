"""Whoosh's own view of an index: its index object and its writer over a commit record.

Whoosh keeps its schema and its list of segments in a pickle, which could run anything when it is
read. Here both are made from the commit record instead, and the pickle is only written, for whoever
opens the index with Whoosh itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex
from whoosh.writing import IndexingError, SegmentWriter

from searcher.index.codec import ColumnarCodec, ColumnarSegment
from searcher.index.commits import Commit, SegmentEntry
from searcher.index.schema import make_schema

INDEX_NAME = "MAIN"


class CommittedIndex(FileIndex):
    """The index of a commit, as Whoosh's writers take it."""

    def __init__(self, folder: Path, commit: Commit) -> None:
        """Take the generation folder and the commit that is in force."""
        self.storage = FileStorage(str(folder))
        self.indexname = INDEX_NAME
        self._schema = make_schema()
        self._commit = commit

    def _read_toc(self) -> Any:
        codec = ColumnarCodec()
        segments = [_segment(codec, entry) for entry in self._commit.segments]
        return TOC(self._schema, segments, self._commit.generation)


class _Nothing:
    """Writes no documents: they come in segments that were built before."""

    is_closed = True


class SegmentsOnly(ColumnarCodec):
    """Spares Whoosh's writer the files of a segment of its own, which would stay empty."""

    def per_document_writer(self, storage: Any, segment: Any) -> Any:
        return _Nothing()

    def field_writer(self, storage: Any, segment: Any) -> Any:
        return _Nothing()


class CommittingWriter(SegmentWriter):
    """Whoosh's transaction, which ends with a commit record."""

    _record: Callable[[list[Any], str], None] | None = None

    def commit_with(
        self,
        policy: Callable[[Any, list[Any]], list[Any]],
        record: Callable[[list[Any], str], None],
    ) -> None:
        """Commit.

        Args:
            policy: Whoosh's merge policy.
            record: Writes the commit record; takes Whoosh's segments and the name of its table of
                contents.
        """
        self._record = record
        self.commit(mergetype=policy)

    def give_up(self) -> None:
        """Cancel, in whatever state a commit that failed has left this."""
        # What failed is being raised. A commit that did has cleaned up.
        with suppress(OSError, IndexingError):
            self.cancel()

    def _commit_toc(self, segments: list[Any]) -> None:
        assert self._record is not None
        self._record(segments, write_table(Path(self.storage.folder), self.generation, segments))


def write_table(folder: Path, generation: int, segments: list[Any]) -> str:
    """Write Whoosh's table of contents; returns its name."""
    name = f"_{INDEX_NAME}_{generation}.toc"
    path = folder / name
    path.unlink(missing_ok=True)  # of a commit that was killed before its record was written
    TOC(make_schema(), segments, generation).write(FileStorage(str(folder)), INDEX_NAME)
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return name


def _segment(codec: ColumnarCodec, entry: SegmentEntry) -> ColumnarSegment:
    return ColumnarSegment(
        codec,
        INDEX_NAME,
        entry.documents,
        entry.name.removeprefix(f"{INDEX_NAME}_"),
        set(entry.deleted) or None,
    )
