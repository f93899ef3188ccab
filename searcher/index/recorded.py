"""The files of a manifest as they are read from it: as columns.

Of most syncs all that is asked of a hundred thousand files is whether they are as they were. That
is told by columns, so what else is known of each is made out when something asks for it.
"""

from __future__ import annotations

from collections.abc import (
    Callable,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    Sequence,
    Set,
    ValuesView,
)
from functools import cached_property
from itertools import accumulate, compress, pairwise, repeat
from typing import Any, NamedTuple, TypeVar

from searcher.documents.model import Skipped
from searcher.index.columnar.container import DamagedFile
from searcher.index.contents import Documents
from searcher.index.garbage import uncollected
from searcher.index.prepare import MARK_SIZE
from searcher.language import say

_Tuple = TypeVar("_Tuple", bound=tuple[Any, ...])

State = tuple[str, str, int, int]
"""Where a file was, its name, size and time. A ``SourceFile`` that is as it was is equal to it."""

NONE = Documents()


class FileEntry(NamedTuple):
    """The state in which a file was read.

    Attributes:
        size: Its size in bytes.
        changed_ns: When it was last changed, in nanoseconds since 1970.
        digest: A hash of its content; empty if it is not known.
        documents: Its documents.
        location: Where it was, as an absolute path.
        skipped: Its records that could not be read.
    """

    size: int
    changed_ns: int
    digest: str
    documents: Documents = NONE
    location: str = ""
    skipped: tuple[Skipped, ...] = ()


class Columns(NamedTuple):
    """What is known of files: in each column one value for each.

    Attributes:
        names: Their names.
        sizes: Their sizes in bytes.
        times: When they were last changed.
        digests: Hashes of their contents.
        locations: Where they were.
        counts: How many documents they have.
        id_sizes: How many bytes the ids of these take.
        by_line: The numbers of those whose lines have marks.
        skipped: What of them could not be read, by their numbers.
        ids: The packed ids of all, one after the other, in parts.
        marks: The marks of all, in parts.
    """

    names: list[str]
    sizes: list[int]
    times: list[int]
    digests: list[str]
    locations: list[str]
    counts: list[int]
    id_sizes: list[int]
    by_line: list[int]
    skipped: Mapping[int, tuple[Skipped, ...]]
    ids: Sequence[bytes | memoryview]
    marks: Sequence[bytes | memoryview]


class RecordedFiles(Mapping[str, FileEntry]):
    """Files by their names, of which entries are made when one is asked for."""

    def __init__(self, columns: Columns) -> None:
        """Take what is known of the files; the ids and the marks are in one part each.

        Raises:
            ValueError: The columns do not fit what the files hold.
        """
        (self._ids,), (self._marks,) = columns.ids, columns.marks
        self._made: dict[str, FileEntry] = {}  # what was asked for
        sizes = sum(columns.id_sizes), MARK_SIZE * sum(columns.counts)
        if sizes != (len(self._ids), len(self._marks)):
            raise DamagedFile(say("the documents do not fit the files", "文档与文件不符"))
        self.columns = columns

    @property
    def documents(self) -> int:
        """How many documents all of them have."""
        return sum(self.columns.counts)

    @property
    def skipped(self) -> list[Skipped]:
        """What could not be read, in the order of the files."""
        skipped = self.columns.skipped
        return [one for number in sorted(skipped) for one in skipped[number]]

    def __getitem__(self, name: str) -> FileEntry:
        if "_entries" in self.__dict__:
            return self._entries[name]
        found = self._made.get(name)
        if found is None:
            found = self._made[name] = self._entry(self.numbers[name])
        return found

    def _entry(self, number: int) -> FileEntry:
        columns = self.columns
        ids, marks = self._id_starts, self._mark_starts
        documents = Documents(
            columns.counts[number],
            bytes(self._ids[ids[number] : ids[number + 1]]),
            bytes(self._marks[marks[number] : marks[number + 1]]),
            number in self._by_line,
        )
        return FileEntry(
            columns.sizes[number],
            columns.times[number],
            columns.digests[number],
            documents,
            columns.locations[number],
            columns.skipped.get(number, ()),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self.numbers)

    def __len__(self) -> int:
        return len(self.columns.names)

    def __contains__(self, name: object) -> bool:
        return name in self.numbers

    def keys(self) -> KeysView[str]:
        """The names."""
        return self.numbers.keys()

    def values(self) -> ValuesView[FileEntry]:
        """The entries."""
        return self._entries.values()

    def items(self) -> ItemsView[str, FileEntry]:
        """The names, each with its entry."""
        return self._entries.items()

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each file."""
        return _numbered(self.columns.names)

    @cached_property
    def _by_line(self) -> frozenset[int]:
        return frozenset(self.columns.by_line)

    @cached_property
    def _id_starts(self) -> list[int]:
        return [*accumulate(self.columns.id_sizes, initial=0)]

    @cached_property
    def _mark_starts(self) -> list[int]:
        return [*accumulate([MARK_SIZE * count for count in self.columns.counts], initial=0)]

    def documents_between(self, first: int, end: int) -> tuple[memoryview, memoryview]:
        """The packed ids and the marks of the files from number ``first`` up to ``end``."""
        ids, marks = self._id_starts, self._mark_starts
        return (
            memoryview(self._ids)[ids[first] : ids[end]],
            memoryview(self._marks)[marks[first] : marks[end]],
        )

    @cached_property
    def _entries(self) -> dict[str, FileEntry]:
        columns = self.columns
        names, ids, marks = columns.names, bytes(self._ids), bytes(self._marks)
        are_by_line = bytearray(len(names))
        for number in columns.by_line:
            are_by_line[number] = True
        skipped: list[tuple[Skipped, ...]] = [()] * len(names)
        for number, some in columns.skipped.items():
            skipped[number] = some
        with uncollected():
            documents = _tuples(
                Documents,
                columns.counts,
                [ids[at:end] for at, end in pairwise(self._id_starts)],
                [marks[at:end] for at, end in pairwise(self._mark_starts)],
                map(bool, are_by_line),
            )
            entries = _tuples(
                FileEntry,
                columns.sizes,
                columns.times,
                columns.digests,
                documents,
                columns.locations,
                skipped,
            )
            return dict(zip(names, entries, strict=True))


class UpdatedFiles(Mapping[str, FileEntry]):
    """Files that were recorded, but for some that are gone or are otherwise now, and new ones.

    Of what is as it was no entries are made, as long as nobody asks for all of them.
    """

    def __init__(
        self, recorded: RecordedFiles, gone: Iterable[str], others: Mapping[str, FileEntry]
    ) -> None:
        """Take what was recorded.

        Args:
            recorded: The files.
            gone: The names of those that are not there any more.
            others: Those that are new, or otherwise now.
        """
        self._recorded = recorded
        self._others = dict(others)
        self._gone = recorded.keys() & {*gone, *others}

    def updated(self, others: Mapping[str, FileEntry]) -> UpdatedFiles:
        """The same with other files."""
        return UpdatedFiles(self._recorded, self._gone, self._others | dict(others))

    def __getitem__(self, name: str) -> FileEntry:
        found = self._others.get(name)
        if found is not None:
            return found
        if name in self._gone:
            raise KeyError(name)
        return self._recorded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._others or (name in self._recorded and name not in self._gone)

    def __iter__(self) -> Iterator[str]:
        yield from (name for name in self._recorded if name not in self._gone)
        yield from self._others

    def __len__(self) -> int:
        return len(self._recorded) - len(self._gone) + len(self._others)

    def items(self) -> ItemsView[str, FileEntry]:
        """The names, each with its entry."""
        return self._all.items()

    def values(self) -> ValuesView[FileEntry]:
        """The entries."""
        return self._all.values()

    @cached_property
    def _all(self) -> dict[str, FileEntry]:
        kept = dict(self._recorded.items())
        for name in self._gone:
            del kept[name]
        return kept | self._others

    @property
    def documents(self) -> int:
        """How many documents all of them have."""
        recorded = self._recorded
        gone = sum(recorded.columns.counts[recorded.numbers[name]] for name in self._gone)
        return recorded.documents - gone + documents_of(self._others)

    @property
    def skipped(self) -> list[Skipped]:
        """What could not be read, in the order of the files."""
        names, skipped = self._recorded.columns.names, self._recorded.columns.skipped
        kept = [number for number in sorted(skipped) if names[number] not in self._gone]
        return [one for number in kept for one in skipped[number]] + skipped_of(self._others)

    @cached_property
    def columns(self) -> Columns:
        """What is known of them, those that are new at the end."""
        recorded, others = self._recorded, columns_of(self._others)
        old, kept = recorded.columns, bytearray(b"\1" * len(recorded))
        for name in self._gone:
            kept[recorded.numbers[name]] = 0
        ids: list[bytes | memoryview] = []
        marks: list[bytes | memoryview] = []
        for first, end in _runs(kept):
            some_ids, some_marks = recorded.documents_between(first, end)
            ids.append(some_ids)
            marks.append(some_marks)
        # The numbers of those of which there is something to say, which are few.
        first_new = kept.count(1)
        by_line = [kept.count(1, 0, number) for number in old.by_line if kept[number]]
        skipped = {
            kept.count(1, 0, number): some for number, some in old.skipped.items() if kept[number]
        }
        return Columns(
            [*compress(old.names, kept), *others.names],
            [*compress(old.sizes, kept), *others.sizes],
            [*compress(old.times, kept), *others.times],
            [*compress(old.digests, kept), *others.digests],
            [*compress(old.locations, kept), *others.locations],
            [*compress(old.counts, kept), *others.counts],
            [*compress(old.id_sizes, kept), *others.id_sizes],
            by_line + [first_new + number for number in others.by_line],
            skipped | {first_new + number: some for number, some in others.skipped.items()},
            [*ids, *others.ids],
            [*marks, *others.marks],
        )


def _runs(kept: bytearray) -> Iterator[tuple[int, int]]:
    """Where those that are kept begin and end."""
    first = kept.find(1)
    while first >= 0:
        end = kept.find(0, first)
        end = len(kept) if end < 0 else end
        yield first, end
        first = kept.find(1, end)


def columns_of(files: Mapping[str, FileEntry]) -> Columns:
    """What is known of files, in columns."""
    if isinstance(files, RecordedFiles | UpdatedFiles):
        return files.columns
    entries = list(files.values())
    documents = [entry.documents for entry in entries]
    return Columns(
        list(files),
        [entry.size for entry in entries],
        [entry.changed_ns for entry in entries],
        [entry.digest for entry in entries],
        [entry.location for entry in entries],
        [one.size for one in documents],
        [len(one.packed) for one in documents],
        [number for number, one in enumerate(documents) if one.is_by_line],
        {number: entry.skipped for number, entry in enumerate(entries) if entry.skipped},
        [one.packed for one in documents],
        [one.marks for one in documents],
    )


def updated(
    files: Mapping[str, FileEntry], others: Mapping[str, FileEntry], gone: Iterable[str] = ()
) -> Mapping[str, FileEntry]:
    """Files with others in addition or in their place, and without those that are gone."""
    if not others and not gone:
        return files
    if isinstance(files, RecordedFiles):
        return UpdatedFiles(files, gone, others)
    if isinstance(files, UpdatedFiles) and not gone:
        return files.updated(others)
    absent = {*gone}
    return {name: one for name, one in files.items() if name not in absent} | dict(others)


def in_order(files: Mapping[str, FileEntry], some: Set[str]) -> list[str]:
    """Some names of files in their order."""
    if isinstance(files, RecordedFiles):
        return sorted(some, key=files.numbers.__getitem__)
    return [name for name in files if name in some]


class States:
    """What is compared with files that are found."""

    def __init__(self, files: Mapping[str, FileEntry]) -> None:
        """Take the files."""
        self._columns = columns_of(files)
        self._numbers = files.numbers if isinstance(files, RecordedFiles) else _numbered(files)

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def names(self) -> KeysView[str]:
        """The names of all files."""
        return self._numbers.keys()

    def of(self, names: Sequence[str]) -> list[State | None]:
        """The states of files of these names; None for what is none of them."""
        columns = self._columns
        numbers = [*map(self._numbers.get, names)]
        first = numbers[0] if numbers else None
        # Those of a folder most often follow one another. For all at once this takes a fraction.
        if first is not None and numbers == [*range(first, first + len(numbers))]:
            some = slice(first, first + len(numbers))
            locations, sizes, times = columns.locations, columns.sizes, columns.times
            return [*zip(locations[some], names, sizes[some], times[some], strict=True)]
        return [
            None
            if number is None
            else (columns.locations[number], name, columns.sizes[number], columns.times[number])
            for name, number in zip(names, numbers, strict=True)
        ]


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}


def documents_of(files: Mapping[str, FileEntry]) -> int:
    """How many documents files have."""
    if isinstance(files, RecordedFiles | UpdatedFiles):
        return files.documents
    return sum(entry.documents.size for entry in files.values())


def skipped_of(files: Mapping[str, FileEntry]) -> list[Skipped]:
    """What of files could not be read, in their order."""
    if isinstance(files, RecordedFiles | UpdatedFiles):
        return files.skipped
    return [one for entry in files.values() for one in entry.skipped]


def _tuples(kind: type[_Tuple], *columns: Iterable[Any]) -> Iterator[_Tuple]:
    """Named tuples of the values of columns, in half the time that calling their type takes."""
    make: Callable[..., _Tuple] = tuple.__new__
    return map(make, repeat(kind), zip(*columns, strict=True))
