"""JSON: an array of records, one record, or an object that holds a list of records."""

import json
import re
from collections.abc import Iterator

from searcher.documents.content import Content
from searcher.documents.fields import role_of
from searcher.documents.formats import jsonl
from searcher.documents.model import Document, Skipped
from searcher.documents.plaintext import is_prose
from searcher.documents.records import UnusableRecord, at_line, skipped, to_document
from searcher.errors import DocumentError
from searcher.language import say

_BEGINS = re.compile(r"\s{0,100}[\[{]\s{0,100}[\[{\"]")
_BETWEEN = re.compile(r"[\s,]*")


def recognises(content: Content) -> bool:
    """Whether the content is JSON: by its name, or because it begins so and can be read."""
    if content.ending == ".json":
        return True
    if not is_prose(content.ending) or not _BEGINS.match(content.head):
        return False
    try:
        json.loads(content.head)
    except json.JSONDecodeError as error:
        # A value that goes on behind the head breaks off at its end.
        return not content.is_whole and error.pos > len(content.head) - 10_000
    except (ValueError, RecursionError):
        return False
    return True


def documents(content: Content) -> Iterator[Document | Skipped]:
    """The records of a file.

    Where an array is broken, the records before the fault are read and, if each begins a line of
    its own, those behind it too.

    Raises:
        DocumentError: It is not JSON, or holds no records.
    """
    text = content.text()
    decoder = jsonl.decoder()
    begin = _next_value(text, 0)
    try:
        value, end = decoder.raw_decode(text, begin)
    except (ValueError, RecursionError) as error:
        if text.startswith("[", begin):
            yield from _from_broken_array(text, begin + 1, content.name)
            return
        raise DocumentError(_error(error)) from error
    if text[end:].strip():
        # Several values, one after the other: JSON Lines, or objects over several lines each.
        yield from _from_sequence(text, begin, content.name)
    elif isinstance(value, list):
        if not value:
            raise DocumentError(jsonl.no_records())
        for count, record in enumerate(value, 1):
            yield _document(record, f"{content.name}#{count}", content.name, count)
    elif isinstance(value, dict):
        inner = _list_of_records(value)
        if inner is None:
            yield _document(value, content.name, content.name, 0)
        else:
            for count, record in enumerate(inner, 1):
                yield _document(record, f"{content.name}#{count}", content.name, count)
    else:
        raise DocumentError(jsonl.no_records())


def _list_of_records(value: dict[str, object]) -> list[object] | None:
    """The one list of records in an object that is no record itself."""
    lists = [
        item
        for item in value.values()
        if isinstance(item, list) and item and all(isinstance(part, dict) for part in item)
    ]
    roles = {role[0] for name in value if (role := role_of(name)) and isinstance(value[name], str)}
    return lists[0] if len(lists) == 1 and not roles & {"title", "body"} else None


def _document(record: object, name: str, path: str, count: int) -> Document | Skipped:
    try:
        return to_document(jsonl.checked(record), name, path)
    except UnusableRecord as error:
        where = say(f"record {count}", f"第 {count} 条") if count else ""
        return skipped(name, where, str(error))


def _from_sequence(text: str, position: int, path: str) -> Iterator[Document | Skipped]:
    decoder = jsonl.decoder()
    found: list[object] = []
    while position < len(text):
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            # What is broken over several lines cannot be told from what comes after it.
            yield from jsonl.records(text.split("\n"), path)
            return
        found.append(value)
        position = _next_value(text, position)
    for count, record in enumerate(found, 1):
        yield _document(record, f"{path}#{count}", path, count)


def _from_broken_array(text: str, position: int, path: str) -> Iterator[Document | Skipped]:
    """The records of an array of which some cannot be read."""
    decoder = jsonl.decoder()
    first = re.compile(r"[\s,]*?\n([ \t]*)\{").match(text, position)
    next_record = re.compile(rf"\n{first[1]}\{{") if first else None
    count = line = counted = 0
    while True:
        position = _next_value(text, position)
        if position >= len(text) or text[position] == "]":
            break
        count += 1
        try:
            record, position = decoder.raw_decode(text, position)
            yield _document(record, f"{path}#{count}", path, count)
            continue
        except json.JSONDecodeError as error:
            fault, reason = error.pos, say(f"broken JSON: {error.msg}", f"JSON 有误：{error.msg}")
        except (ValueError, RecursionError) as error:
            fault, reason = position, jsonl.json_error(error)
        line, counted = line + text.count("\n", counted, fault), fault
        yield skipped(f"{path}#{count}", at_line(line + 1), reason)
        following = next_record.search(text, position + 1) if next_record else None
        if following is None:
            break
        position = following.start()
    if not count:
        raise DocumentError(jsonl.no_records())


def _next_value(text: str, position: int) -> int:
    """Where the next value begins, behind spaces and commas."""
    between = _BETWEEN.match(text, position)
    return between.end() if between else position


def _error(error: Exception) -> str:
    reason = jsonl.json_error(error)
    if isinstance(error, json.JSONDecodeError):
        return say(f"line {error.lineno}: {reason}", f"第 {error.lineno} 行：{reason}")
    return reason
