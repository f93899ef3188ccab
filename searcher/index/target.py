"""What a sync puts its changes into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from searcher.index.building import Decide
from searcher.index.columnar.arrays import Ids
from searcher.index.columnar.moved import Moved
from searcher.index.manifest import Manifest
from searcher.index.pieces import Piece
from searcher.index.writer import Change


class HasPath(Protocol):
    """A document, as far as a sync looks at it."""

    @property
    def path(self) -> str | None:
        """The file that it was read from."""


class Committed(Protocol):
    """The documents that were committed, by their numbers."""

    def record(self, number: int) -> HasPath:
        """A document."""

    def document_id(self, number: int) -> str:
        """The id of a document."""

    def mark(self, number: int) -> bytes:
        """What tells a document from any other."""


class Target(Protocol):
    """What takes the changes: a transaction, or what only says what one would do."""

    @property
    def reader(self) -> Committed:
        """What was committed."""

    @property
    def is_new(self) -> bool:
        """Whether there was no document at the beginning."""

    @property
    def batch(self) -> int:
        """How many bytes of documents are read at once."""

    def begin_reading(self, size: int, decide: Decide) -> None:
        """Get ready to read files of so many bytes."""

    def read(self, piece: Piece) -> None:
        """Insert the documents of a piece that are decided to be wanted."""

    def finish_reading(self) -> None:
        """Decide about every piece."""

    def find(self, document_id: str) -> int | None:
        """The number of a document that was there, and is not claimed, moved or deleted."""

    def documents_at(self, path: str) -> Ids:
        """The numbers of the documents that were in a file, ascending."""

    def beginning(self, prefix: str) -> Iterator[tuple[int, str]]:
        """The documents that were there with ids that begin with a prefix, and these."""

    def claim(self, number: int) -> None:
        """Have a document not be found any more, until it is moved or removed."""

    def overwrite(self, document_id: str) -> Change:
        """Delete the document that another one takes the place of."""

    def replace(self, document_id: str, new: bytes, path: str | None) -> Change:
        """Delete the document that a new one takes the place of, unless it is the same."""

    def release(self, number: int) -> None:
        """Have a claimed document be found again."""

    def move(self, number: int, moved: Moved) -> None:
        """Give a document another id or path."""

    def rename(self, was: str, name: str, documents: Ids) -> None:
        """Give a file another name, by which all its documents are moved."""

    def remove(self, number: int) -> None:
        """Delete a document by its number."""

    def checkpoint(self, manifest: Manifest) -> None:
        """Make what was done so far visible, and go on."""
