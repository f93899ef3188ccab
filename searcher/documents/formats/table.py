"""CSV and TSV: a header row, then one record a row."""

import csv
import re
from collections.abc import Iterable, Iterator

from searcher.documents import limits
from searcher.documents.content import Content
from searcher.documents.fields import role_of
from searcher.documents.formats.jsonl import no_records
from searcher.documents.model import Document, Skipped
from searcher.documents.plaintext import is_prose
from searcher.documents.records import UnusableRecord, at_line, skipped, to_document
from searcher.errors import DocumentError
from searcher.language import say

ENDINGS = frozenset((".csv", ".tsv", ".tab", ".psv"))
_DELIMITERS = (",", "\t", ";", "|")
_LOOKED_AT = 20  # rows
_SEP_LINE = re.compile(r"\s*\"?sep=(.)\"?\s*$", re.IGNORECASE)
_SPACED_QUOTE = re.compile(r"[,;|\t] +\"[^\"\n]{0,2000}\"\s*?(?:[,;|\t]|$)", re.MULTILINE)
# What stands in a cell and hardly ever in the name of a column: a date, a number, a sentence.
_DATA = re.compile(
    r"[12]\d{3}[-/.年]\d{1,2}[-/.月]\d{1,2}(?!\d).*|[-+]?\d+(?:[.,]\d+)*%?|.*。.*", re.DOTALL
)
_LONGEST_NAME, _LONGEST_ASCII_NAME = 20, 60  # characters
_LONE_RETURN = re.compile(r"(?<=\r)(?!\n)")


class _Unclosed(Exception):
    """A quoted field has not ended where it should have.

    A quote that is never closed would take the rest of the file for one field: a row that is
    larger than any row is taken for such a fault, and reading goes on with the line below.
    """


class _TooLong(Exception):
    """A line is larger than a row may be, or has more columns."""


def recognises(content: Content) -> bool:
    """Whether the content is a table: by its name, or by a header row with names that are known."""
    if content.ending in ENDINGS:
        return True
    if not is_prose(content.ending):
        return False
    first = content.head.lstrip().partition("\n")[0]
    if len(first) > 500 or not any(mark in first for mark in _DELIMITERS):
        return False
    rows = _parse(content.head.lstrip().split("\n")[:3], _delimiter(content.head, ""))
    roles = [role_of(name.strip()) for name in rows[0]] if rows else []
    known = {role[0] for role in roles if role}
    return (
        len(known) > 1
        and not known.isdisjoint(("title", "body"))
        and 2 * len(known) >= len(roles)
        and len(rows) > 1
        and len(rows[1]) == len(rows[0])
    )


def documents(content: Content) -> Iterator[Document | Skipped]:
    """The records of a table.

    Raises:
        DocumentError: There is no row below the header.
    """
    # The limit is the whole process's; it is only ever raised, to what we watch ourselves.
    csv.field_size_limit(max(csv.field_size_limit(), limits.LARGEST_ROW * 2))
    delimiter = _delimiter(content.head, content.ending)
    lines = _Lines(_with_short_lines(content.lines()), delimiter)
    rows = _Rows(lines, delimiter, _has_spaced_quotes(content.head))
    header: list[str] | None = None
    count = 0
    for line, row in rows:
        if isinstance(row, str):
            count += header is not None
            name = f"{content.name}#{count}" if header is not None else content.name
            yield skipped(name, at_line(line), row)
        elif not any(cell.strip() for cell in row) or (
            line == 1 and _SEP_LINE.match(delimiter.join(row))
        ):
            continue
        elif header is None and not _holds_data(row):
            header = _names(row)
        else:
            if header is None:
                header = [f"column {number}" for number in range(1, len(row) + 1)]
            count += 1
            yield _document(header, row, f"{content.name}#{count}", content.name, line)
    if not count:
        raise DocumentError(no_records())


def too_long() -> str:
    """The reason for leaving out a row that is larger than rows are."""
    size, columns = limits.LARGEST_ROW, limits.MOST_COLUMNS
    return say(
        f"a row of more than {size:,} characters or {columns:,} columns",
        f"一行超过 {size:,} 个字符或 {columns:,} 列",
    )


def _document(
    header: list[str], row: list[str], name: str, path: str, line: int
) -> Document | Skipped:
    if any(cell.strip() for cell in row[len(header) :]):
        reason = say(
            f"{len(row)} columns where the header has {len(header)}",
            f"有 {len(row)} 列，而表头有 {len(header)} 列",
        )
        return skipped(name, at_line(line), reason)
    try:
        return to_document(dict(zip(header, row, strict=False)), name, path)
    except UnusableRecord as error:
        return skipped(name, at_line(line), str(error))


def _names(row: list[str]) -> list[str]:
    """The names of the columns: a column without one is named by its number."""
    names: list[str] = []
    known: set[str] = set()
    for number, cell in enumerate(row, 1):
        name = cell.strip() or f"column {number}"
        names.append(f"{name} {number}" if name in known else name)
        known.add(names[-1])
    while names and names[-1] == f"column {len(names)}":
        names.pop()
    return names


def _holds_data(row: list[str]) -> bool:
    """Whether the first row is a record already, in a table without a header."""
    cells = [cell.strip() for cell in row]
    return not any(map(role_of, cells)) and any(map(_is_data, cells))


def _is_data(cell: str) -> bool:
    is_long = len(cell) > (_LONGEST_ASCII_NAME if cell.isascii() else _LONGEST_NAME)
    return is_long or _DATA.fullmatch(cell) is not None


def _delimiter(head: str, ending: str) -> str:
    """What sets the cells apart: that which cuts most rows into as many cells as the first."""
    lines = head.lstrip().split("\n")[: _LOOKED_AT + 1]
    told = _SEP_LINE.match(lines[0])
    if told:
        return told[1]
    usual = {".tsv": "\t", ".tab": "\t", ".psv": "|"}.get(ending, ",")
    best, best_score = usual, 0.0
    for delimiter in (usual, *_DELIMITERS):
        rows = [row for row in _parse(lines[:_LOOKED_AT], delimiter) if row]
        if not rows or len(rows[0]) < 2:
            continue
        alike = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        known = sum(role_of(name.strip()) is not None for name in rows[0])
        score = alike + known + len(rows[0]) / 1000
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _parse(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        ended = [line.rstrip("\r") + "\n" for line in lines]
        return list(_reader(ended, delimiter, _has_spaced_quotes("".join(ended))))
    except csv.Error:
        return []


def _reader(lines: Iterable[str], delimiter: str, skips_spaces: bool) -> Iterator[list[str]]:
    return csv.reader(
        lines, delimiter=delimiter, skipinitialspace=skips_spaces and delimiter != " "
    )


def _has_spaced_quotes(head: str) -> bool:
    """Whether people put a space between the delimiter and a cell in quotes."""
    return _SPACED_QUOTE.search(head) is not None


def _with_short_lines(lines: Iterable[str | None]) -> Iterator[str | None]:
    """Lines, cut also at carriage returns that stand alone, as old Macs wrote them."""
    for line in lines:
        if line is not None and (
            "\r" in line and not (line.endswith("\r\n") and line.count("\r") == 1)
        ):
            start = 0
            for match in _LONE_RETURN.finditer(line):
                yield line[start : match.start()]
                start = match.start()
            yield line[start:]
        else:
            yield line


class _Lines:
    """Lines that can be taken back: those that one record has used so far."""

    def __init__(self, lines: Iterator[str | None], delimiter: str) -> None:
        self._lines, self._delimiter = lines, delimiter
        self._again: list[str | None] = []
        self._used: list[str] = []
        self._size = 0
        self.number = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines, "")
        if line == "":
            if len(self._used) > 1:
                raise _Unclosed
            raise StopIteration
        if line is not None and (
            len(line) > limits.LARGEST_ROW or line.count(self._delimiter) > limits.MOST_COLUMNS
        ):
            line = None
        if line is None:
            if self._used:  # it is looked at again by itself
                self._again.append(None)
                raise _Unclosed
            self.number += 1
            raise _TooLong
        self._used.append(line)
        self._size += len(line)
        self.number += 1
        if len(self._used) > 1 and (
            self._size > limits.LARGEST_ROW or len(self._used) > limits.MOST_LINES
        ):
            raise _Unclosed
        return line.replace("\x00", "")

    def begin_record(self) -> None:
        """Forget the lines used so far."""
        self._used.clear()
        self._size = 0

    def take_back(self) -> None:
        """Give the lines used so far again, but for the first."""
        if self._used:
            self.number -= len(self._used) - 1
            self._again += reversed(self._used[1:])


class _Rows:
    """The rows of a table with the line that each begins on; for a broken one, what is wrong."""

    def __init__(self, lines: _Lines, delimiter: str, skips_spaces: bool) -> None:
        self._lines, self._delimiter, self._skips_spaces = lines, delimiter, skips_spaces

    def __iter__(self) -> Iterator[tuple[int, list[str] | str]]:
        lines = self._lines
        reader = _reader(lines, self._delimiter, self._skips_spaces)
        while True:
            lines.begin_record()
            line = lines.number + 1
            try:
                row = next(reader, None)
            except (_Unclosed, csv.Error):
                lines.take_back()
                reader = _reader(lines, self._delimiter, self._skips_spaces)
                yield line, say("a quote is not closed", "引号没有闭合")
                continue
            except _TooLong:
                reader = _reader(lines, self._delimiter, self._skips_spaces)
                yield line, too_long()
                continue
            if row is None:
                return
            yield line, row
