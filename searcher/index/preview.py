"""What a sync would do, found out without writing anything."""

from searcher.index.building import Decide, Resources
from searcher.index.manifest import Manifest
from searcher.index.pieces import Piece, read_piece
from searcher.index.reader import IndexReader
from searcher.index.writer import Changing


class Preview(Changing):
    """Takes changes as a transaction does, and forgets them."""

    def __init__(self, reader: IndexReader, resources: Resources) -> None:
        """Take what was committed."""
        super().__init__(reader)
        self._batch = resources.batch
        self._deleted: set[int] = set()
        self._decide: Decide = lambda piece, outcome: set()

    @property
    def batch(self) -> int:
        """How many bytes of documents are read at once."""
        return self._batch

    def begin_reading(self, size: int, decide: Decide) -> None:
        """Get ready to read files."""
        self._decide = decide

    def read(self, piece: Piece) -> None:
        """Decide about the documents of a piece."""
        for _, outcome in read_piece(piece, self._batch):
            self._decide(piece, outcome)

    def finish_reading(self) -> None:
        """It is decided about every piece already."""

    def checkpoint(self, manifest: Manifest) -> None:
        """There is nothing to make visible."""

    def _is_deleted(self, number: int) -> bool:
        return number in self._deleted

    def _delete(self, number: int) -> None:
        self._deleted.add(number)
