"""Which file each document of a sync was read from.

There may be millions of documents in a process that has some hundred megabytes for all it does. So
only the ids of the latest ones are kept as they are, and of the others two hashes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import filterfalse

from searcher.index.columnar.arrays import Integers
from searcher.index.hashed import HashedIds, hashed, hashes_of
from searcher.lazy import np

_RECENT = 100_000  # documents that are kept by their ids
_WIDTH = 4  # runs of one size that are joined
_NOWHERE = -1


class Owners:
    """The file of each document, for as many as there may be."""

    def __init__(self, recent: int = _RECENT) -> None:
        """Begin with none; so many of the latest ones are kept by their ids."""
        self._most_recent = recent
        self._files: list[str] = []
        self._numbers: dict[str, int] = {}
        self._recent: dict[str, int] = {}
        self._runs: list[HashedIds] = []
        # What was found of the ids that were looked up last.
        self._found: dict[str, int] = {}

    def __contains__(self, document: str) -> bool:
        return self._number(document) >= 0

    def __setitem__(self, document: str, file: str) -> None:
        self._recent[document] = self._number_of(file)

    def get(self, document: str) -> str | None:
        """The file of a document; None for none."""
        number = self._number(document)
        return None if number < 0 else self._files[number]

    def update(self, documents: Iterable[str], file: str) -> None:
        """Say which file some documents were read from."""
        self._recent.update(dict.fromkeys(documents, self._number_of(file)))
        self._put_away()

    def look_up(self, documents: Sequence[str]) -> None:
        """Have these documents at hand: what is asked of one of them next is told sooner."""
        self._put_away()
        self._found = {}
        if self._runs:
            self._found = dict(zip(documents, self._find(documents).tolist(), strict=True))

    def are_new(self, documents: Sequence[str]) -> bool:
        """Whether all of these are different, and none has a file."""
        if len(set(documents)) != len(documents) or not self._recent.keys().isdisjoint(documents):
            return False
        return not self._runs or not (self._find(documents) >= 0).any()

    def without(self, documents: Iterable[str]) -> list[str]:
        """Those of some documents that have no file, in their order."""
        left = [*filterfalse(self._recent.__contains__, documents)]
        if not self._runs or not left:
            return left
        numbers = self._find(left).tolist()
        return [one for one, number in zip(left, numbers, strict=True) if number < 0]

    def _number_of(self, file: str) -> int:
        number = self._numbers.get(file)
        if number is None:
            number = self._numbers[file] = len(self._files)
            self._files.append(file)
        return number

    def _number(self, document: str) -> int:
        number = self._recent.get(document, _NOWHERE)
        if number < 0 and self._runs:
            found = self._found.get(document)
            number = int(self._find([document])[0]) if found is None else found
        return number

    def _find(self, documents: Sequence[str]) -> Integers:
        first, second = hashes_of(documents)
        found = np.full(first.size, _NOWHERE, np.int64)
        order = np.argsort(first)  # neighbours are found near each other
        first, second = first[order], second[order]
        for run in self._runs:
            found[order] = np.maximum(found[order], run.find(first, second))
        return found

    def _put_away(self) -> None:
        """Keep no more ids than some."""
        if len(self._recent) < self._most_recent:
            return
        first, second = hashes_of(list(self._recent))
        files = np.fromiter(self._recent.values(), np.int32, first.size)
        self._recent, self._found = {}, {}
        self._runs.append(hashed(first, second, files, 0))
        while len(self._runs) >= _WIDTH and self._runs[-_WIDTH].level == self._runs[-1].level:
            together = self._runs[-_WIDTH:]
            del self._runs[-_WIDTH:]
            first = np.concatenate([run.first for run in together])
            second = np.concatenate([run.second for run in together])
            files = np.concatenate([run.values for run in together])
            self._runs.append(hashed(first, second, files, together[0].level + 1))
