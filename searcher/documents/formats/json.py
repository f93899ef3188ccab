"""JSON: an array of records, one record, or an object that holds a list of records."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from searcher.documents.content import Content
from searcher.documents.fields import ROLES, role_of
from searcher.documents.formats import jsonl, jsonstream
from searcher.documents.limits import TooLarge
from searcher.documents.model import Document, Skipped
from searcher.documents.plaintext import is_prose
from searcher.documents.records import UnusableRecord, at_line, skipped, to_document
from searcher.errors import DocumentError
from searcher.language import say
from searcher.reasons import library_reason

_BEGINS = re.compile(r"\s{0,100}[\[{]\s{0,100}[\[{\"]")
_DEEPEST_ENVELOPE = 5  # levels of objects around the records
_SAMPLE = 100  # records that are looked at
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
    try:
        text = content.text()
    except TooLarge:
        yield from jsonstream.documents(content.chunks(), content.head, content.name, _document)
        return
    if jsonl.takes_too_much(text):
        yield from jsonstream.documents(iter((text,)), content.head, content.name, _document)
        return
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
        inner = _records_in(value)
        if not inner:
            yield _document(_record_in(value), content.name, content.name, 0)
        else:
            for count, record in enumerate(inner, 1):
                yield _document(record, f"{content.name}#{count}", content.name, count)
    else:
        raise DocumentError(jsonl.no_records())


def _records_in(value: dict[str, object], is_strict: bool = False, depth: int = 0) -> list[object]:
    """The records that an object is only the envelope of; none where it is a record itself.

    They are in lists, or in mappings by their ids, below any number of ``data`` and ``result``.
    Lists whose items have a body are all taken, else the likeliest one.

    Args:
        value: The object.
        is_strict: Whether something around it has a title or a summary: it may be a record with
            lists of its own, so only what has both a title and a body is one in these.
        depth: How far down it is.
    """
    role_texts = _role_texts(value)
    if role_texts.has_plain_body or "_source" in value or depth > _DEEPEST_ENVELOPE:
        return []
    is_strict = is_strict or role_texts.has_title or role_texts.has_body
    found: list[tuple[float, float, list[object]]] = []
    if depth == 0:
        found += _by_id(value)
    for name, item in value.items():
        role = role_of(name)
        if role is not None and role[0] not in ("title", "body", "passage"):
            continue  # tags and publishers are objects too, but no records
        if isinstance(item, dict):
            found += _by_id(item)
        elif isinstance(item, list) and _are_objects(item):
            found.append((*_shares(item), item))
    if is_strict:
        found = [item for item in found if item[0] >= 0.5 and item[1] > 0.5]
    with_body = [items for bodies, _, items in found if bodies >= 0.5]
    if with_body:
        return [record for items in with_body for record in items]
    for item in value.values():
        if isinstance(item, dict) and (inner := _records_in(item, is_strict, depth + 1)):
            found.append((*_shares(inner), inner))
    likely = max(found, key=lambda item: item[:2], default=None)
    if likely is not None and likely[0] + likely[1] >= 0.5:
        return likely[2]
    if likely is not None and not is_strict and len(found) == 1:
        return likely[2]
    return []


def _by_id(value: dict[str, object]) -> list[tuple[float, float, list[object]]]:
    """The values of a mapping, with their shares, where most of them look like records."""
    items = list(value.values())
    if len(items) < 2 or not _are_objects(items):
        return []
    bodies, titles = _shares(items)
    return [(bodies, titles, items)] if max(bodies, titles) > 0.5 else []


def _record_in(value: dict[str, object]) -> dict[str, object]:
    """The one record that an object is only the envelope of, or else the object."""
    inner: object = value
    for _ in range(_DEEPEST_ENVELOPE):
        if not isinstance(inner, dict):
            break
        texts = _role_texts(inner)
        if texts.has_plain_body and texts.has_title:
            return inner
        if texts.has_body or texts.has_title:
            break
        objects = [item for item in inner.values() if isinstance(item, dict) and item]
        inner = objects[0] if len(objects) == 1 else None
    return value


class _RoleTexts(NamedTuple):
    """Which texts an object has. A summary is a body, but may also be that of a whole feed."""

    has_title: bool
    is_name: bool
    has_body: bool
    has_plain_body: bool


def _role_texts(value: dict[str, object]) -> _RoleTexts:
    title = name = body = plain = False
    for key, item in value.items():
        role = role_of(key)
        is_text = isinstance(item, str) or (
            isinstance(item, list) and bool(item) and isinstance(item[0], str)
        )
        if role is None or not item or not is_text:
            continue
        title |= role[0] == "title"
        name |= role[0] == "title" and role[1] >= ROLES["name"][1]
        body |= role[0] in ("body", "passage")
        plain |= role[0] == "body" and role[1] < ROLES["summary"][1]
    return _RoleTexts(title, name, body, plain)


def _are_objects(items: list[object]) -> bool:
    return bool(items) and all(isinstance(item, dict) for item in items)


def _shares(items: list[object]) -> tuple[float, float]:
    """How many of some objects have a body, and how many a title; a name is half a title."""
    bodies = titles = 0.0
    sample = items[:_SAMPLE]
    for item in sample:
        record = jsonl.checked(item)
        texts = _role_texts(record)
        bodies += texts.has_body or "body" in _roles_of_objects(record)
        titles += texts.has_title / (2 if texts.is_name else 1)
    return bodies / len(sample), titles / len(sample)


def _roles_of_objects(record: dict[str, object]) -> Iterator[str]:
    for name, item in record.items():
        if isinstance(item, dict | list) and item and (role := role_of(name)):
            yield role[0]


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
            why = library_reason(error.msg)
            fault, reason = error.pos, say(f"broken JSON: {why}", f"JSON 有误：{why}")
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
