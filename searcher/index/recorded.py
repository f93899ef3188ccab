"""The files of a manifest as they are read from it: as columns.

Of most syncs all that is asked of a hundred thousand files is whether they are as they were. That
is told by columns, so what else is known of each is made out when something asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from functools import cached_property
from itertools import accumulate, pairwise, repeat
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
        ids: The packed ids of all, one after the other.
        marks: The marks of all.
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
    ids: bytes
    marks: bytes


class RecordedFiles(Mapping[str, FileEntry]):
    """Files by their names, of which entries are made when one is asked for."""

    def __init__(self, columns: Columns) -> None:
        """Take what is known of the files.

        Raises:
            ValueError: The columns do not fit what the files hold.
        """
        sizes = sum(columns.id_sizes), MARK_SIZE * sum(columns.counts)
        if sizes != (len(columns.ids), len(columns.marks)):
            raise DamagedFile(say("the documents do not fit the files", "文档与文件不符"))
        self._columns = columns

    @cached_property
    def states(self) -> dict[str, State]:
        """What is compared with a file that is found, by the names."""
        columns = self._columns
        names = columns.names
        states = zip(columns.locations, names, columns.sizes, columns.times, strict=True)
        return dict(zip(names, states, strict=True))

    @property
    def documents(self) -> int:
        """How many documents all of them have."""
        return sum(self._columns.counts)

    @property
    def skipped(self) -> list[Skipped]:
        """What could not be read, in the order of the files."""
        skipped = self._columns.skipped
        return [one for number in sorted(skipped) for one in skipped[number]]

    def __getitem__(self, name: str) -> FileEntry:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.states)

    def __len__(self) -> int:
        return len(self.states)

    def __contains__(self, name: object) -> bool:
        return name in self.states

    def keys(self) -> KeysView[str]:
        """The names."""
        return self.states.keys()

    def values(self) -> ValuesView[FileEntry]:
        """The entries."""
        return self._entries.values()

    def items(self) -> ItemsView[str, FileEntry]:
        """The names, each with its entry."""
        return self._entries.items()

    @cached_property
    def _entries(self) -> dict[str, FileEntry]:
        columns = self._columns
        names, ids, marks = columns.names, columns.ids, columns.marks
        id_ends = accumulate(columns.id_sizes, initial=0)
        mark_ends = accumulate([MARK_SIZE * count for count in columns.counts], initial=0)
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
                [ids[at:end] for at, end in pairwise(id_ends)],
                [marks[at:end] for at, end in pairwise(mark_ends)],
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


def states_of(files: Mapping[str, FileEntry]) -> Mapping[str, State]:
    """What is compared with a file that is found, by the names of the files."""
    if isinstance(files, RecordedFiles):
        return files.states
    return {
        name: (entry.location, name, entry.size, entry.changed_ns) for name, entry in files.items()
    }


def documents_of(files: Mapping[str, FileEntry]) -> int:
    """How many documents files have."""
    if isinstance(files, RecordedFiles):
        return files.documents
    return sum(entry.documents.size for entry in files.values())


def skipped_of(files: Mapping[str, FileEntry]) -> list[Skipped]:
    """What of files could not be read, in their order."""
    if isinstance(files, RecordedFiles):
        return files.skipped
    return [one for entry in files.values() for one in entry.skipped]


def _tuples(kind: type[_Tuple], *columns: Iterable[Any]) -> Iterator[_Tuple]:
    """Named tuples of the values of columns, in half the time that calling their type takes."""
    make: Callable[..., _Tuple] = tuple.__new__
    return map(make, repeat(kind), zip(*columns, strict=True))
