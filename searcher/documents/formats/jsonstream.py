"""JSON that does not fit into the memory: its records, one after the other."""

import json
import re
from collections.abc import Callable, Iterator

from searcher.documents import limits
from searcher.documents.formats import jsonl
from searcher.documents.model import Document, Skipped
from searcher.documents.records import skipped
from searcher.errors import DocumentError
from searcher.language import say

ToDocument = Callable[[object, str, str, int], Document | Skipped]
"""Makes a document of a record, given its name, the file's, and its number."""

_STEP = 1 << 18  # characters
_LARGE = 1 << 20  # characters of a record that is weighed before it is read
_NEXT = re.compile(r"[\s,]*")
# Where an object that is only the envelope of records has them.
_LIST_INSIDE = re.compile(r'":\s{0,20}\[\s{0,20}\{')
_LINE_OF_RECORD = re.compile(r"[\s,]*?\n([ \t]*)\{")


class _TooMuch(Exception):
    """A record that does not fit into the memory; the message says why."""


def documents(
    chunks: Iterator[str], head: str, name: str, to_document: ToDocument
) -> Iterator[Document | Skipped]:
    """The records of a large array, of a list inside an object, or of objects in a row.

    A record that is broken or too large is named. Those behind it are read where each begins a
    line of its own.

    Args:
        chunks: The text.
        head: What it begins with.
        name: The file that it is in.
        to_document: Makes a document of a record.

    Raises:
        DocumentError: There are no records in it that can be read one by one.
    """
    text = _Window(chunks)
    begin = head.lstrip()[:1]
    if begin == "[":
        text.take(head.index("[") + 1)
    elif begin == "{" and not _is_sequence(head):
        found = _LIST_INSIDE.search(head)
        if found is None:
            raise limits.too_large()
        text.take(head.index("[", found.start()) + 1)
    line = text.match(_LINE_OF_RECORD)
    next_record = re.compile(rf"\n{line[1]}\{{") if line else None
    count = 0
    while text.at_value():
        count += 1
        record_name = f"{name}#{count}"
        try:
            value = text.value()
        except (ValueError, RecursionError, _TooMuch) as error:
            reason = str(error) if isinstance(error, _TooMuch) else jsonl.json_error(error)
            where = say(f"record {count}", f"第 {count} 条")
            yield skipped(record_name, where, reason)
            if next_record is None or not text.skip_to(next_record):
                return
            continue
        yield to_document(value, record_name, name, count)
    if not count:
        raise DocumentError(jsonl.no_records())


def _is_sequence(head: str) -> bool:
    """Whether a whole object is at the beginning, and another behind it."""
    try:
        _, end = jsonl.decoder().raw_decode(head.lstrip())
    except (ValueError, RecursionError):
        return False
    return head.lstrip()[end:].lstrip(" \t\r\n,")[:1] in ("{", "")


class _Window:
    """The part of a text that is looked at."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self._decoder = jsonl.decoder()
        self._text = ""
        self._start = 0
        self._is_over = False
        self._more(_STEP)

    def take(self, count: int) -> None:
        """Go forward by so many characters."""
        self._start += count
        self._drop()

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """A match at this place."""
        return pattern.match(self._text, self._start)

    def at_value(self) -> bool:
        """Go to where the next value begins; whether there is one."""
        while True:
            match = _NEXT.match(self._text, self._start)
            self._start = match.end() if match else self._start
            if self._start < len(self._text):
                return self._text[self._start] not in "]}"
            if self._is_over:
                return False
            self._drop()
            self._more(_STEP)

    def value(self) -> object:
        """The value that begins here.

        Raises:
            ValueError: It is broken.
            RecursionError: It is nested too deeply.
            _TooMuch: It is too large.
        """
        while True:
            length = len(self._text) - self._start
            if length > _LARGE and jsonl.takes_too_much(self._text, self._start):
                raise _TooMuch(jsonl.too_many_values())
            try:
                value, end = self._decoder.raw_decode(self._text, self._start)
            except json.JSONDecodeError as error:
                goes_on = error.pos > len(self._text) - 20 or error.msg.startswith("Unterminated")
                if self._is_over or not goes_on:
                    raise
            else:
                if end < len(self._text) or self._is_over:
                    self._start = end
                    return value
            if length > limits.LONGEST_TEXT:
                raise _TooMuch(limits.too_long_reason())
            self._drop()
            self._more(max(length, _STEP))

    def skip_to(self, pattern: re.Pattern[str]) -> bool:
        """Go to the next match behind this place; whether there is one."""
        self._start += 1
        while True:
            match = pattern.search(self._text, self._start)
            if match:
                self._start = match.start()
                return True
            if self._is_over:
                return False
            # The match may begin in what is here.
            self._start = max(self._start, len(self._text) - 200)
            self._drop()
            self._more(_STEP)

    def _drop(self) -> None:
        if self._start > _STEP:
            self._text, self._start = self._text[self._start :], 0

    def _more(self, count: int) -> None:
        parts = [self._text]
        while count > 0 and not self._is_over:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._is_over = True
                break
            parts.append(chunk)
            count -= len(chunk)
        self._text = "".join(parts)
