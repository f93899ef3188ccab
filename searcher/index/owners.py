"""Which file each document of a sync was read from.

There may be millions of documents in a process that has some hundred megabytes for all it does. So
only the ids of the latest ones are kept as they are. Of the others 128 bits are: two hashes of the
id by Python's own SipHash, the key of which nobody knows before the process has started. Of ten
million ids no two agree in both but once in 10²⁴ syncs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from searcher.index.columnar.arrays import Integers, Shorts
from searcher.lazy import np

_RECENT = 100_000  # documents that are kept by their ids
_WIDTH = 4  # runs of one size that are joined
_OTHER = "\n"  # in front of an id, for its second hash; no id has a control character
_NOWHERE = -1


class _Run(NamedTuple):
    """Documents by their hashes, in the order of the first one.

    Attributes:
        first: The first hash of each.
        second: The second one.
        files: The number of the file of each.
        level: How often it was joined from smaller ones.
    """

    first: Integers
    second: Integers
    files: Shorts
    level: int

    def find(self, first: Integers, second: Integers) -> Integers:
        """The file of each document of these hashes; -1 for none."""
        at = np.searchsorted(self.first, first)
        at[at == self.first.size] = 0
        found = np.where(
            (self.first[at] == first) & (self.second[at] == second), self.files[at], _NOWHERE
        )
        # Several with one first hash are next to impossible, but would have to be told apart.
        for number in np.flatnonzero((self.first[at] == first) & (found == _NOWHERE)).tolist():
            end = int(np.searchsorted(self.first, first[number], side="right"))
            for other in range(int(at[number]), end):
                if self.second[other] == second[number]:
                    found[number] = self.files[other]
        return found


class Owners:
    """The file of each document, for as many as there may be."""

    def __init__(self, recent: int = _RECENT) -> None:
        """Begin with none; so many of the latest ones are kept by their ids."""
        self._most_recent = recent
        self._files: list[str] = []
        self._numbers: dict[str, int] = {}
        self._recent: dict[str, int] = {}
        self._runs: list[_Run] = []
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
        left = [one for one in documents if one not in self._recent]
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
        first, second = _hashes(documents)
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
        first, second = _hashes(list(self._recent))
        files = np.fromiter(self._recent.values(), np.int32, first.size)
        self._recent, self._found = {}, {}
        self._runs.append(_run(first, second, files, 0))
        while len(self._runs) >= _WIDTH and self._runs[-_WIDTH].level == self._runs[-1].level:
            together = self._runs[-_WIDTH:]
            del self._runs[-_WIDTH:]
            first = np.concatenate([run.first for run in together])
            second = np.concatenate([run.second for run in together])
            files = np.concatenate([run.files for run in together])
            self._runs.append(_run(first, second, files, together[0].level + 1))


def _run(first: Integers, second: Integers, files: Shorts, level: int) -> _Run:
    order = np.argsort(first, kind="stable")  # what is in order in parts is put in order sooner
    return _Run(first[order], second[order], files[order], level)


def _hashes(documents: Sequence[str]) -> tuple[Integers, Integers]:
    count = len(documents)
    return (
        np.fromiter(map(hash, documents), np.int64, count),
        np.fromiter(map(hash, map(_OTHER.__add__, documents)), np.int64, count),
    )
