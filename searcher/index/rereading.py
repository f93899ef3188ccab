"""Reading a file of records again, most lines of which are as they were.

A line that is known by its mark is neither parsed nor cut again; what is left of the work is to
read the file, and to tell its lines apart.
"""

from collections.abc import Iterator
from dataclasses import replace

from searcher.documents import os_reason
from searcher.documents.linemarks import NO_MARK
from searcher.documents.model import Skipped, SourceFile
from searcher.documents.parts import LinesHash, Stretch, is_blank, read_lines, stretches
from searcher.errors import DocumentError
from searcher.index.columnar.arrays import Integers, Keys
from searcher.index.contents import Documents, Ids
from searcher.index.digests import digest_by_lines, digest_of
from searcher.index.pieces import DOCUMENT, Outcome, Piece, storable_or_skipped
from searcher.index.prepare import StorableDocument
from searcher.lazy import np

# The part of the lines up to which those that are not known are read here, and not by workers. As
# much as one batch is in any case: it would be read here before two processes have started.
_MOST_UNKNOWN = 0.25
_UNKNOWN = -1
_MARK = "<u8"  # of a line, as a number
_DIGITS = 10  # fewer has the number of a record
_MORE = 4  # times as many records as documents are looked for by their number


class Known:
    """The records that a file had when it was read before, by the marks of their lines."""

    def __init__(self, file: str, documents: Documents) -> None:
        """Take the documents of a file of this name, the lines of which have marks."""
        self._documents = documents
        self._ids = Ids(documents, file)
        self._marks = np.frombuffer(documents.marks, _MARK)
        self._order = np.argsort(self._marks, kind="stable").astype(np.uint32)
        self._in_order = self._marks[self._order]
        # Records without an id of their own are known by their number.
        self._numbers = self._numbers_of(f"{file}#")
        self._by_number = self._places_of(self._numbers)

    def ids(self, first: int, end: int) -> list[str]:
        """The ids of documents with numbers that follow one another."""
        return self._ids.between(first, end)

    def marks(self, first: int, end: int) -> list[bytes]:
        """The marks of such documents, of which only those of their lines are known."""
        return self._documents.marks_between(first, end)

    def find(self, stretch: Stretch, record: int) -> tuple[Integers, int]:
        """The documents of lines.

        Args:
            stretch: The lines.
            record: How many records are before them.

        Returns:
            For each line the number of its document, or -1; and how many records they are.
        """
        marks = stretch.marks
        found = self._with(marks)
        codec, is_at_start = stretch.part.codec, not stretch.part.start
        is_record = found >= 0
        for number in np.flatnonzero(~is_record).tolist():
            is_first = is_at_start and not number
            (line,) = stretch.lines(number, number + 1)
            is_record[number] = not is_blank(line, codec, is_first=is_first)
        if self._by_number.size:
            records = np.minimum(record + np.cumsum(is_record), self._by_number.size - 1)
            is_numbered = (found >= 0) & (self._numbers[found] > 0)
            there = self._by_number[records]
            there[self._marks[there] != marks] = _UNKNOWN
            found = np.where(is_numbered, there, found)
        return found, int(is_record.sum())

    def _with(self, marks: Keys) -> Integers:
        """The last document with each of these marks; -1 for none."""
        if not self._marks.size:
            return np.full(marks.size, _UNKNOWN)
        at = np.empty(marks.size, np.int64)
        order = np.argsort(marks)  # neighbours are found near each other
        at[order] = np.searchsorted(self._in_order, marks[order], side="right") - 1
        is_known = (at >= 0) & (self._in_order[at] == marks) & (marks != NO_MARK)
        return np.where(is_known, self._order[at].astype(np.int64), _UNKNOWN)

    def _numbers_of(self, before: str) -> Integers:
        """The number at the end of each id that consists of this and a number; else 0."""
        numbers = np.zeros(len(self._ids), np.int64)
        if not self._ids.may_begin(before):
            return numbers
        first = 0
        for some in self._ids.parts():
            for at, one in enumerate(some, first):
                end = one[len(before) :] if one.startswith(before) else ""
                if end.isdecimal() and end.isascii() and end[0] != "0" and len(end) < _DIGITS:
                    numbers[at] = int(end)
            first += len(some)
        return numbers

    def _places_of(self, numbers: Integers) -> Integers:
        """For each number of a record that there may be the document that has it, or -1.

        Behind them is one that none has. Records without a number need none of this.
        """
        if not numbers.any():
            return np.zeros(0, np.int64)
        most = _MORE * (numbers.size + 1)  # there are more records than documents, but not many
        places = np.full(most + 1, _UNKNOWN)
        chosen = np.flatnonzero((numbers > 0) & (numbers < most))
        places[numbers[chosen]] = chosen
        return places


def changed_pieces(file: SourceFile, size: int, known: Known) -> Iterator[Piece]:
    """A file whose lines have marks in pieces, of which those that are mostly known are read."""
    lines = LinesHash()
    waiting: Piece | None = None
    records = taken = 0
    failure = ""
    try:
        for stretch in stretches(file, size, DOCUMENT):
            lines.add(stretch.found)
            found, count = known.find(stretch, records)
            if not count:
                continue
            if waiting is not None:
                yield waiting
            unknown = np.flatnonzero(found < 0).tolist()
            sizes = np.diff(stretch.found.ends, prepend=-1) - 1
            taken += int(sizes[unknown].sum()) + DOCUMENT * len(unknown)
            part = replace(stretch.part, record=records, records=count)
            length = part.end - part.start + DOCUMENT * count
            is_mostly_known = len(unknown) <= _MOST_UNKNOWN * len(found)
            # A line that is too long must not be read by anybody.
            if is_mostly_known or taken <= size or NO_MARK in stretch.marks:
                ready = _read(file, stretch, known, found, records)
                waiting = Piece(file, None, length, is_last=False, ready=ready)
            else:
                waiting = Piece(file, part, length, is_last=False)
            records += count
    except OSError as error:
        failure = os_reason(error)
    if waiting is None:
        yield Piece(file, None, file.size + DOCUMENT)  # reading it says what is wrong
        return
    if failure:
        yield waiting
        waiting = Piece(file, None, 0, ready=([], _outcome(failure=failure)))
    yield _last(waiting, "" if failure else _digest(file, lines))


def _digest(file: SourceFile, lines: LinesHash) -> str:
    """The digest of a file; empty if it cannot be read any more."""
    try:
        return digest_by_lines(lines) or digest_of(file.location)
    except OSError:
        return ""


def _last(piece: Piece, digest: str) -> Piece:
    ready = piece.ready
    if ready is not None:
        ready = ready[0], ready[1]._replace(digest=digest)
    return piece._replace(digest=digest, is_last=True, ready=ready)


def _read(
    file: SourceFile, stretch: Stretch, known: Known, found: Integers, records: int
) -> tuple[list[StorableDocument], Outcome]:
    """Read the lines of a part that are not known."""
    ids: list[str] = []
    marks: list[bytes] = []
    new: list[int] = []
    documents: list[StorableDocument] = []
    skipped: list[tuple[int, Skipped]] = []
    failure, format = "", ""
    end = 0
    try:
        for first, number, end in _runs(found):
            if number >= 0:
                ids += known.ids(number, number + end - first)
                marks += known.marks(number, number + end - first)
                records += end - first
                continue
            count = _count(stretch, first, end)
            for item, mark in read_lines(file, stretch, first, end, records) if count else ():
                one = storable_or_skipped(item, file.name)
                if isinstance(one, Skipped):
                    skipped.append((len(ids), one))
                    continue
                new.append(len(ids))
                ids.append(one.id)
                marks.append(one.mark + mark)
                documents.append(one)
            records += count
    except DocumentError as error:
        failure, format = str(error), error.format
    outcome = Outcome(ids, [file.name] * len(ids), marks, skipped, failure, "", True, format, new)
    return documents, outcome


def _runs(found: Integers) -> Iterator[tuple[int, int, int]]:
    """Lines of documents that follow one another, or lines that are not known.

    Each begins with a line, the number of the document of which is given, or -1, and ends before
    another.
    """
    here, following = found[:-1], found[1:]
    is_one = np.where(here < 0, following < 0, following == here + 1)
    ends = [*(np.flatnonzero(~is_one) + 1).tolist(), found.size]
    starts = [0, *ends[:-1]]
    yield from zip(starts, found[starts].tolist(), ends, strict=True)


def _count(stretch: Stretch, first: int, end: int) -> int:
    """How many of some lines are records."""
    part = stretch.part
    lines = enumerate(stretch.lines(first, end), first)
    return sum(
        not is_blank(line, part.codec, is_first=not part.start and not at) for at, line in lines
    )


def _outcome(*, failure: str) -> Outcome:
    return Outcome([], [], [], [], failure, "", True, "jsonl", [])
