"""Writing documents into a generation folder, as one Whoosh transaction.

Whoosh has the lock, the deletions, the generations and the merge policy; the segments are built by
``building`` and merged by ``columnar``, and handed to Whoosh's writer at the commit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from searcher.documents.model import Document
from searcher.index import commits
from searcher.index import manifest as manifests
from searcher.index.building import Building, Decide, Resources
from searcher.index.columnar.arrays import Ids, Mask
from searcher.index.columnar.container import Container
from searcher.index.columnar.moved import NOTHING, Moved, Moves, Renamed, moved_on
from searcher.index.columnar.segment import EXTENSION
from searcher.index.columnar.symbols import file_of
from searcher.index.commits import Commit, SegmentEntry
from searcher.index.manifest import Manifest
from searcher.index.merging import Size, choose
from searcher.index.pieces import Piece
from searcher.index.prepare import mark, storable
from searcher.index.reader import IndexReader
from searcher.index.sweeping import sweep
from searcher.lazy import np
from searcher.text import Analyzer

if TYPE_CHECKING:
    from searcher.index.committing import CommittingWriter


def create_index(folder: Path) -> None:
    """Make an empty index in an existing folder."""
    from searcher.index.committing import write_table

    table = write_table(folder, 0, [])
    commits.write(folder, Commit(0, files=commits.checksums(folder, [table])))


class Change(Enum):
    """What putting a document changes."""

    ADDED = "added"
    UPDATED = "updated"
    MOVED = "moved"
    NONE = "none"


class Changing(ABC):
    """What documents can be found, moved and removed in."""

    def __init__(self, reader: IndexReader) -> None:
        """Take what was committed."""
        self._reader = reader
        self._before = len(reader.segments)  # how many segments were there at the beginning
        self._claimed: set[int] = set()
        self._moved: dict[int, Moved] = {}  # by the numbers of documents
        self._renamed: list[Renamed] = []
        self._with_file: set[int] = set()  # the documents of these

    @property
    def reader(self) -> IndexReader:
        """What was committed when the transaction, or what follows a checkpoint, began."""
        return self._reader

    @property
    def is_new(self) -> bool:
        """Whether there was no document at the beginning."""
        return not self._before

    @abstractmethod
    def _is_deleted(self, number: int) -> bool:
        """Whether a document was deleted since."""

    @abstractmethod
    def _delete(self, number: int) -> None:
        """Delete a document."""

    def find(self, document_id: str) -> int | None:
        """The number of a document that was there, and is not claimed, moved or deleted."""
        number = self._reader.find(document_id, self._before)
        if number is None or number in self._moved or number in self._claimed:
            return None
        return None if number in self._with_file or self._is_deleted(number) else number

    def documents_at(self, path: str) -> Ids:
        """The numbers of the documents that were in a file, ascending."""
        return self._reader.documents_at(path, self._before)

    def beginning(self, prefix: str) -> Iterator[tuple[int, str]]:
        """The documents that were there with ids that begin with a prefix, and these."""
        return self._reader.beginning(prefix, self._before)

    def claim(self, number: int) -> None:
        """Have a document not be found any more, until it is moved or removed."""
        self._claimed.add(number)

    def release(self, number: int) -> None:
        """Have a claimed document be found again."""
        self._claimed.discard(number)

    def overwrite(self, document_id: str) -> Change:
        """Delete the document that another one takes the place of."""
        number = self.find(document_id)
        if number is None:
            return Change.ADDED
        self.remove(number)
        return Change.UPDATED

    def replace(self, document_id: str, new: bytes, path: str | None) -> Change:
        """Delete the document that a new one takes the place of, unless it is the same.

        Where only the path is another, the document is given that.

        Args:
            document_id: The id of the new document.
            new: Its mark.
            path: Its path.
        """
        number = self.find(document_id)
        if number is None:
            return Change.ADDED
        document = self._reader.document(number)
        if mark(document) != new:
            self.remove(number)
            return Change.UPDATED
        if document.path == path:
            return Change.NONE
        self.move(number, Moved(document_id, path))
        return Change.MOVED

    def move(self, number: int, moved: Moved) -> None:
        """Give a document another id or path."""
        self._claimed.discard(number)
        self._moved[number] = moved

    def rename(self, was: str, name: str, documents: Ids) -> None:
        """Give a file another name, by which all its documents are moved.

        Args:
            was: The name it had.
            name: The new name.
            documents: The documents, ascending; none is claimed, moved or deleted.
        """
        self._renamed.append(Renamed(was, name, documents))
        self._with_file.update(documents.tolist())

    def remove(self, number: int) -> None:
        """Delete a document by its number."""
        self._claimed.discard(number)
        self._moved.pop(number, None)
        self._delete(number)


class DocumentWriter(Changing):
    """A transaction: all that was put and deleted becomes visible at ``commit``, or nothing.

    As a context manager it cancels what was not committed.
    """

    def __init__(self, folder: Path, analyzer: Analyzer, resources: Resources) -> None:
        """Begin. The store's lock must be held."""
        from searcher.index.codec import ColumnarCodec

        self._folder = folder
        self._codec = ColumnarCodec()
        self._committed = commits.read(folder)
        sweep(folder, self._committed)
        super().__init__(IndexReader(folder))
        self._writer: CommittingWriter | None = self._begin()
        self._new: dict[Path, Any] = {}  # Whoosh's objects for segments that are not committed
        self._moves: dict[str, Moves] = {}  # by the names of segments, while it is committed
        self._unmerged: set[str] = set()  # names of those that were committed by a checkpoint
        self._building = Building(
            folder, analyzer, resources, self._new_segment, self._dictionary()
        )

    def __enter__(self) -> DocumentWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel()

    def path(self, document_id: str) -> str | None:
        """The path of a document; None if it has none or is not there."""
        number = self.find(document_id)
        return None if number is None else self._reader.record(number).path

    def put(self, document: Document) -> None:
        """Insert a checked document, or replace the one that has its id if that is another.

        An id may be put once in a transaction: both would be kept.
        """
        stored = storable(document)
        change = self.replace(document.id, stored.mark, document.path)
        if change in (Change.ADDED, Change.UPDATED):
            self._building.add(stored)

    @property
    def batch(self) -> int:
        """How many bytes of documents are read at once."""
        return self._building.batch

    def begin_reading(self, size: int, decide: Decide) -> None:
        """Get ready to read files of so many bytes, as ``Building.begin`` does."""
        self._building.begin(size, decide)

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
            number = self.find(document_id)
            if number is not None:
                self.remove(number)
                deleted += 1
        return deleted

    def checkpoint(self, manifest: Manifest) -> None:
        """Make what was done so far visible, and go on."""
        self.finish_reading()
        self._unmerged.update(path.stem for path in self._new)
        self._commit(manifest, self._all)
        self._reader = IndexReader(self._folder)
        names = [entry.name for entry in self._committed.segments]
        self._before = sum(name not in self._unmerged for name in names)
        self._writer = self._begin()

    def commit(self, manifest: Manifest | None) -> int:
        """Make everything visible at once; returns the new generation.

        Args:
            manifest: The manifest; None if it is as it was.
        """
        self.finish_reading()
        return self._commit(manifest, self._merged)

    def cancel(self) -> None:
        """Forget everything that was not committed."""
        self._building.close()
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.give_up()
        # A commit that failed may have failed before it counted, or after.
        with suppress(OSError, ValueError):
            sweep(self._folder, commits.read(self._folder))

    def _begin(self) -> CommittingWriter:
        from searcher.index.committing import CommittedIndex, CommittingWriter, SegmentsOnly

        index = CommittedIndex(self._folder, self._committed)
        return CommittingWriter(index, compound=False, codec=SegmentsOnly())

    def _whoosh(self) -> CommittingWriter:
        if self._writer is None:
            raise RuntimeError("the transaction is over")
        return self._writer

    def _is_deleted(self, number: int) -> bool:
        return bool(self._whoosh().is_deleted(number))

    def _delete(self, number: int) -> None:
        self._whoosh().delete_document(number)

    def _commit(self, manifest: Manifest | None, policy: Any) -> int:
        writer = self._whoosh()
        generation = int(writer.generation)
        name = self._committed.manifest
        if manifest is not None:
            name = manifests.name_of(generation)
            manifests.write(self._folder, name, manifest)

        moved = self._moves = self._moved_by_segment()

        def merged(whoosh: Any, segments: Iterable[Any]) -> list[Any]:
            kept: list[Any] = policy(whoosh, segments)
            for segment in kept:
                there = moved.get(segment.segment_id(), NOTHING)
                if there:
                    segment.moved = moved_on(there, deleted=frozenset(segment.deleted_docs()))
            return kept

        def record(segments: list[Any], table: str) -> None:
            entries = tuple([_entry(one) for one in segments])
            new = Commit(generation, entries, name, self._checksums(entries, name, table))
            commits.write(self._folder, new)
            self._committed = new

        writer.commit_with(merged, record)
        self._writer = None
        self._new, self._moves = {}, {}
        self._moved, self._renamed, self._with_file = {}, [], set()
        sweep(self._folder, self._committed)
        return generation

    def _moved_by_segment(self) -> dict[str, Moves]:
        """All documents that are moved, by the segments they are in before the commit."""
        moved: dict[str, Moves] = {}
        first = 0
        for entry in self._committed.segments:
            end = first + entry.documents
            single = {n - first: one for n, one in self._moved.items() if first <= n < end}
            renamed = [
                Renamed(was, name, some - first)
                for was, name, documents in self._renamed
                if (some := documents[slice(*documents.searchsorted((first, end)))]).size
            ]
            moved[entry.name] = entry.moved
            if single or renamed:
                moved[entry.name] = moved_on(entry.moved, renamed, single)
            first = end
        return moved

    def _checksums(
        self, segments: Iterable[SegmentEntry], manifest: str, table: str
    ) -> dict[str, commits.Checksum]:
        """Of all files that belong to a commit; those of segments are not read again."""
        names = [f"{segment.name}{EXTENSION}" for segment in segments]
        tables = {
            file_of(Container(self._folder / name).meta["texts"]["symbols"]) for name in names
        }
        names += sorted(tables - {""}) + ([manifest] if manifest else [])
        known = self._committed.files
        files = {
            name: known[name] if name in known else commits.checksum_of(self._folder / name)
            for name in names
        }
        return {**files, table: commits.checksum_of(self._folder / table)}

    def _dictionary(self) -> bytes:
        """The table of symbols that the largest segment is stored with that has one."""
        segments = [one.segment for one in self._reader.segments]
        tables = [(one.capacity, one.texts.symbols.data) for one in segments]
        return max(tables, key=lambda table: (len(table[1]) > 0, table[0]), default=(0, b""))[1]

    def _new_segment(self) -> Path:
        writer = self._whoosh()
        segment = self._codec.new_segment(writer.storage, writer.indexname)
        path = self._path(segment)
        self._new[path] = segment
        return path

    def _path(self, segment: Any) -> Path:
        return self._folder / f"{segment.segment_id()}{EXTENSION}"

    def _all(self, _: Any, segments: Iterable[Any]) -> list[Any]:
        """Whoosh's merge policy that merges nothing; segments without a document are dropped."""
        return [segment for segment in segments if segment.doc_count()] + list(self._new.values())

    def _merged(self, _: Any, segments: Iterable[Any]) -> list[Any]:
        """Whoosh's merge policy: the segments after the commit."""
        together = self._all(_, segments)
        # Those that this transaction has built come last.
        together.sort(key=self._is_new)
        moved = self._moves
        sizes = [
            Size(
                one.doc_count_all(),
                one.deleted_count(),
                moved.get(one.segment_id(), NOTHING).cost,
            )
            for one in together
        ]
        chosen = choose(sizes, sum(map(self._is_new, together)))
        if not chosen:
            return together
        sources = [
            (
                self._path(together[number]),
                _live(together[number]),
                moved.get(together[number].segment_id(), NOTHING),
            )
            for number in chosen
        ]
        path = self._new_segment()
        self._new[path].set_doc_count(self._building.merge(sources, path))
        rest = [segment for number, segment in enumerate(together) if number not in chosen]
        return [*rest, self._new[path]]

    def _is_new(self, segment: Any) -> bool:
        return segment.segment_id() in self._unmerged or self._path(segment) in self._new


def _entry(segment: Any) -> SegmentEntry:
    return SegmentEntry(
        segment.segment_id(),
        segment.doc_count_all(),
        frozenset(segment.deleted_docs()),
        segment.moved,
    )


def _live(segment: Any) -> Mask | None:
    if not segment.has_deletions():
        return None
    live = np.ones(segment.doc_count_all(), np.bool_)
    live[list(segment.deleted_docs())] = False
    return live
