"""Documents that were given another id or path after their segment was written.

A file that is renamed changes nothing of what its documents say, so their postings and texts are
left where they are. The commit record says what has become of them until the segment is merged: of
a file with many documents all at once, of others one by one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from searcher.index.columnar.arrays import Integers
from searcher.language import say
from searcher.lazy import np

BEFORE_NUMBER = "#"
"""What stands between the name of a file and the number of a record that has no id of its own."""
_AFTER = 1 << 62  # behind any number


class Moved(NamedTuple):
    """What has become of a document since its segment was written.

    Attributes:
        id: Its id now.
        path: The file that it is in now.
    """

    id: str
    path: str | None


class Renamed(NamedTuple):
    """A file whose name is another from now on.

    Attributes:
        was: The name it had until now.
        name: The name that it has now.
        documents: The numbers of its documents, ascending.
    """

    was: str
    name: str
    documents: Integers


@dataclass(frozen=True, slots=True)
class MovedFile:
    """Documents of a file that has another name now.

    An id that begins with the name of the file and ``#`` begins with the new name instead; other
    ids are as they were.

    Attributes:
        old: The name in the segment.
        new: The name now.
        firsts: The numbers of the documents, as ranges in order: the first of each.
        ends: What comes behind the last of each.
    """

    old: str
    new: str
    firsts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        """How many documents they are."""
        return sum(self.ends) - sum(self.firsts)

    def numbers(self) -> Integers:
        """The numbers of the documents, ascending."""
        firsts, ends = np.array(self.firsts, np.int64), np.array(self.ends, np.int64)
        sizes = ends - firsts
        before = np.cumsum(sizes) - sizes
        numbers: Integers = np.arange(int(sizes.sum())) + np.repeat(firsts - before, sizes)
        return numbers


@dataclass(frozen=True, slots=True)
class Moves:
    """What has become of some documents of a segment.

    Attributes:
        single: Those that are told one by one, by their numbers.
        files: Those that are told by files; no document is in two of them, or in ``single``, too.
    """

    single: Mapping[int, Moved] = field(default_factory=dict)
    files: tuple[MovedFile, ...] = ()
    _ranges: list[tuple[int, int, int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look whether each document is told of once.

        Raises:
            ValueError: Some are told of twice.
        """
        ranges = sorted(
            (first, end, at)
            for at, file in enumerate(self.files)
            for first, end in zip(file.firsts, file.ends, strict=True)
        )
        if any(before[1] > one[0] for before, one in pairwise(ranges)):
            raise ValueError(say("a document is moved twice", "一个文档被移动两次"))
        object.__setattr__(self, "_ranges", ranges)
        if ranges and any(self.file_of(number) is not None for number in self.single):
            raise ValueError(say("a document is moved twice", "一个文档被移动两次"))

    def __len__(self) -> int:
        """How many documents they are."""
        return len(self.single) + sum(map(len, self.files))

    def __contains__(self, number: int) -> bool:
        """Whether a document is one of them."""
        return number in self.single or self.file_of(number) is not None

    @property
    def cost(self) -> int:
        """How many things there are to tell, which all are read when the index is opened."""
        return len(self.single) + len(self._ranges)

    def file_of(self, number: int) -> MovedFile | None:
        """The file by which a document is told, if it is."""
        at = bisect_right(self._ranges, (number, _AFTER, 0)) - 1
        if at < 0 or number >= self._ranges[at][1]:
            return None
        return self.files[self._ranges[at][2]]

    def numbers(self) -> Integers:
        """The numbers of all documents, in no order."""
        return np.concatenate(
            [np.array(list(self.single), np.int64), *(file.numbers() for file in self.files)]
        )

    def by_path(self) -> dict[str, Integers]:
        """The numbers of those that are in each file now, in no order."""
        single: dict[str, list[int]] = {}
        for number, one in self.single.items():
            if one.path is not None:
                single.setdefault(one.path, []).append(number)
        found = {path: [np.array(numbers, np.int64)] for path, numbers in single.items()}
        for file in self.files:
            found.setdefault(file.new, []).append(file.numbers())
        return {path: np.concatenate(parts) for path, parts in found.items()}


NOTHING = Moves()


def renamed_id(document_id: str, was: str, name: str) -> str:
    """The id of a document of a file that has another name now."""
    if document_id.startswith(was + BEFORE_NUMBER):
        return name + document_id[len(was) :]
    return document_id


def moved_on(
    moves: Moves,
    renamed: Iterable[Renamed] = (),
    single: Mapping[int, Moved] | None = None,
    deleted: Collection[int] = (),
) -> Moves:
    """What has become of documents after more has happened.

    Args:
        moves: What had become of them before.
        renamed: Files that were renamed since, with documents of the same segment.
        single: Documents that were moved one by one since then.
        deleted: Those that are not there any more.
    """
    one_by_one = dict(moves.single)
    files: dict[str, dict[str, Integers]] = {}  # name now → name in the segment → documents
    for file in moves.files:
        _add(files, file.old, file.new, file.numbers())
    for was, name, documents in renamed:
        _rename(one_by_one, files, was, name, documents)
    one_by_one.update(single or {})
    for number in one_by_one.keys() & deleted if deleted else ():
        del one_by_one[number]
    if not files:
        return Moves(one_by_one)
    every = [numbers for by_old in files.values() for numbers in by_old.values()]
    is_left = np.ones(1 + int(np.concatenate(every).max(initial=-1)), np.bool_)
    gone = np.array([*one_by_one, *deleted], np.int64)
    is_left[gone[gone < is_left.size]] = False
    return Moves(
        one_by_one,
        tuple(
            [
                MovedFile(old, new, *ranges_of(left))
                for new, by_old in files.items()
                for old, numbers in by_old.items()
                if (left := numbers[is_left[numbers]]).size
            ]
        ),
    )


def _rename(
    one_by_one: dict[int, Moved],
    files: dict[str, dict[str, Integers]],
    was: str,
    name: str,
    documents: Integers,
) -> None:
    """Rename a file: what was renamed before goes from its first name to the last one."""
    told = one_by_one.keys() & documents.tolist() if one_by_one else set()
    for number in told:
        one_by_one[number] = Moved(renamed_id(one_by_one[number].id, was, name), name)
    left = _without(documents, np.array(list(told), np.int64))
    found: list[tuple[str, Integers]] = []
    before = files.get(was, {})
    for old, numbers in list(before.items()):
        theirs = np.isin(numbers, left)
        found.append((old, numbers[theirs]))
        left = _without(left, numbers)
        before[old] = numbers[~theirs]
    found.append((was, left))
    for old, numbers in found:
        if old != name:  # else they are again where the segment says
            _add(files, old, name, numbers)


def _add(files: dict[str, dict[str, Integers]], old: str, new: str, numbers: Integers) -> None:
    by_old = files.setdefault(new, {})
    by_old[old] = np.union1d(by_old[old], numbers) if old in by_old else numbers


def _without(numbers: Integers, others: Integers) -> Integers:
    return numbers[~np.isin(numbers, others)] if others.size else numbers


def ranges_of(numbers: Integers) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Ascending numbers as ranges: where each begins, and what comes behind it."""
    edges = np.flatnonzero(np.diff(numbers) != 1) + 1
    starts: Sequence[int] = numbers[np.append(0, edges)].tolist()
    ends: Sequence[int] = (numbers[np.append(edges, numbers.size) - 1] + 1).tolist()
    return tuple(starts), tuple(ends)
