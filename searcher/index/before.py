"""What a file held when it was read before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from searcher.index.contents import Documents, Ids
from searcher.index.hashed import HashedIds, hashed, hashes_of
from searcher.lazy import np

_FEW = 100_000  # documents; of so many the ids are kept as they are
_NOWHERE = -1


class Before:
    """The documents that a file had, by their ids."""

    def __init__(self, documents: Documents, file: str, few: int = _FEW) -> None:
        """Take those of a file of this name.

        Raises:
            ValueError: The ids are damaged.
        """
        self._documents = documents
        # Where each of few documents is, else those that were looked up last.
        self._places: dict[str, int] = {}
        self._ids: Ids | None = None
        self._numbers: HashedIds | None = None
        if documents.size <= few:
            ids = documents.ids(file)
            self._places = dict(zip(ids, range(documents.size), strict=True))
        else:
            self._ids = Ids(documents, file)
            self._numbers = _numbers(self._ids)

    def __len__(self) -> int:
        return self._documents.size

    def __contains__(self, document: str) -> bool:
        return bool(self.mark(document))

    def mark(self, document: str) -> bytes:
        """The mark of a document, and behind it that of its line, if lines have any.

        Empty for a document that the file did not have.
        """
        if self._numbers is not None and document not in self._places:
            self.look_up([document])
        number = self._places.get(document, _NOWHERE)
        return b"" if number < 0 else self._documents.marks_of([number])[0]

    def look_up(self, documents: Sequence[str]) -> None:
        """Have these documents at hand: what is asked of one of them next is told sooner."""
        if self._numbers is not None:
            numbers = self._numbers.find(*hashes_of(documents)).tolist()
            self._places = dict(zip(documents, numbers, strict=True))

    def ids(self) -> Iterator[list[str]]:
        """All ids in the order of the file, some at a time."""
        if self._ids is None:
            yield list(self._places)
        else:
            yield from self._ids.parts()


def _numbers(ids: Ids) -> HashedIds:
    parts = [hashes_of(part) for part in ids.parts()]
    first, second = (np.concatenate(column) for column in zip(*parts, strict=True))
    return hashed(first, second, np.arange(first.size, dtype=np.int32))
