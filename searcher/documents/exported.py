"""Documents as an index exports them: a JSON object a line, read back just as they are.

::

    {"searcher": "document/1", "id": …, "title": …, "body": …, "date": "2022-03-29T08:30:00+08:00",
     "source": …, "tags": […], "url": …, "path": …, "extra": {…}}

JSON has neither NaN nor infinite numbers. Where ``extra`` has some, null stands there, and behind
it ``"numbers": [[["key", 0, …], "nan"], …]`` says what each place has.

What comes from elsewhere is cleaned when it is read: markup is taken away, titles are put on one
line, what looks like a date is read as one. That was done when these were read first. The mark says
so, and that ``extra`` holds the fields that no other name stands for.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from searcher.documents.model import Document
from searcher.language import say

MARK = "searcher"
_KIND = "document/"
_VERSION = f"{_KIND}1"
_DEEPEST = 500  # levels of extra fields that are looked through
_NUMBERS = "numbers"
_Place = tuple[str | int, ...]
Numbers = list[tuple[_Place, str]]

# What a terminal would obey, or an editor take for the end of a line.
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def to_line(document: Document) -> str:
    """A document as one line, with its end.

    Raises:
        UnicodeEncodeError: A text of it has halves of surrogate pairs, which no index holds.
    """
    date = document.date
    values: dict[str, object] = {
        MARK: _VERSION,
        "id": document.id,
        "title": document.title,
        "body": document.body,
        "date": None if date is None else date.isoformat(),
        "source": document.source,
        "tags": document.tags,
        "url": document.url,
        "path": document.path,
        "extra": dict(document.extra),
    }
    try:
        text = json.dumps(values, ensure_ascii=False, allow_nan=False)
    except ValueError:
        numbers: Numbers = []
        extra = finite(values["extra"], numbers)
        values = {**values, "extra": extra, _NUMBERS: numbers}
        text = json.dumps(values, ensure_ascii=False, allow_nan=False)
    text.encode("utf-8")
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def is_exported(record: Mapping[str, object]) -> bool:
    """Whether a record has the mark of a document that was exported."""
    mark = record.get(MARK)
    return isinstance(mark, str) and mark.startswith(_KIND)


def document_of(record: Mapping[str, object], path: str) -> Document:
    """The document that was exported.

    Args:
        record: The record, which has the mark.
        path: The file that it is in.

    Raises:
        ValueError: It is of a newer version, or was changed so that it makes no sense; the message
            says it in the reader's language.
    """
    mark = record[MARK]
    if mark != _VERSION:
        raise ValueError(
            say(
                f"exported by a newer version, as {mark!r:.40}",
                f"由更新的版本导出（{mark!r:.40}），无法读取",
            )
        )
    tags, extra = record.get("tags") or [], record.get("extra") or {}
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise _wrong("tags")
    if not isinstance(extra, dict):
        raise _wrong("extra")
    _put_back(record.get(_NUMBERS) or [], extra)
    own = _text(record, "path")
    return Document(
        id=_text(record, "id") or _missing(),
        title=_text(record, "title") or "",
        body=_text(record, "body") or "",
        date=_date(record),
        source=_text(record, "source"),
        tags=tuple(tags),
        url=_text(record, "url"),
        # As of what is in an archive.
        path=f"{path}/{own}" if own else path,
        extra=extra,
    )


def _text(record: Mapping[str, object], name: str) -> str | None:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise _wrong(name)
    return value


def _date(record: Mapping[str, object]) -> datetime | None:
    text = _text(record, "date")
    if not text:
        return None
    try:
        date = datetime.fromisoformat(text)
    except ValueError as error:
        raise _wrong("date") from error
    if date.utcoffset() is None:
        raise _wrong("date")
    return date


def _missing() -> str:
    raise _wrong("id")


def _wrong(name: str) -> ValueError:
    return ValueError(
        say(f"an exported document without a usable {name}", f"导出的文档中 {name} 无法使用")
    )


def finite(value: object, numbers: Numbers, place: _Place = ()) -> object:
    """A value as JSON can hold it, with None for numbers that are none or infinite.

    Args:
        value: The value.
        numbers: Gets what was taken out, each with its place.
        place: Where the value is.
    """
    if isinstance(value, float) and not isfinite(value):
        numbers.append((place, str(value)))
        return None
    if len(place) < _DEEPEST and isinstance(value, Mapping):
        return {name: finite(one, numbers, (*place, name)) for name, one in value.items()}
    if len(place) < _DEEPEST and isinstance(value, list | tuple):
        return [finite(one, numbers, (*place, at)) for at, one in enumerate(value)]
    return value


def _put_back(numbers: Any, extra: Any) -> None:
    """Put numbers that JSON cannot hold where they were.

    Raises:
        ValueError: There is no such place, or it has something else.
    """
    try:
        for place, number in numbers:
            inside, value = extra, float(number)
            for part in place[:-1]:
                inside = inside[part]
            if isfinite(value) or inside[place[-1]] is not None:
                raise _wrong(_NUMBERS)
            inside[place[-1]] = value
    except (TypeError, LookupError, ValueError) as error:
        raise _wrong(_NUMBERS) from error
