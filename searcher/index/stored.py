"""Documents as the index stores them: without anything that could run as code.

A document on its way into the index is one string of bytes::

    sizes of the title, the body and the date: 4 bytes each, in bytes of UTF-8
    title, body, date in ISO 8601
    the rest

The *rest* is what many documents have in common. It is one string: a letter for each of its
fields, and the fields, each behind a U+0000::

    s  the source        u  the URL           t  a tag
    p  the path          x  all else, as JSON
    i  the path is the id, no field           h  the path is the id before its last "#", no field
    d  the date, where the columns of dates do not say it all (see ``segment.py``)

Within fields U+0000 and U+0001 are written as U+0001 U+0001 and U+0001 U+0002.
"""

import json
import struct
from collections.abc import Callable
from datetime import datetime
from typing import Any

from searcher.documents.model import Document
from searcher.language import say

_SIZES = struct.Struct("<3I")
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
_SEPARATOR, _ESCAPE = "\x00", "\x01"
_WITHOUT_FIELD = "ih"
_BEFORE_PATH = "dsu"
_EXACT = len("2022-03-27T00:00:00+08:00")  # a date of whole seconds and minutes ahead


def to_bytes(document: Document) -> bytes:
    """The document as it is stored, but for its id; equal documents give equal bytes."""
    return head_of(document) + rest_of(document).encode("utf-8")


def head_of(document: Document) -> bytes:
    """What comes before the rest."""
    title, body = document.title.encode("utf-8"), document.body.encode("utf-8")
    date = b"" if document.date is None else document.date.isoformat().encode("ascii")
    return b"".join((_SIZES.pack(len(title), len(body), len(date)), title, body, date))


def rest_of(document: Document, *, with_path: bool = True) -> str:
    """The rest of a document, without its date."""
    kinds: list[str] = []
    fields: list[str] = []
    if document.source:
        kinds.append("s")
        fields.append(_escaped(document.source))
    if document.url:
        kinds.append("u")
        fields.append(_escaped(document.url))
    if with_path:
        kind, path = _path_field(document.id, document.path)
        kinds.append(kind)
        fields += path
    if document.extra:
        kinds.append("x")
        fields.append(_escaped(_ENCODER.encode(dict(document.extra))))
    kinds.append("t" * len(document.tags))
    fields += map(_escaped, document.tags)
    return _SEPARATOR.join(("".join(kinds), *fields))


def with_path(rest: str, document_id: str, path: str | None) -> str:
    """The rest of a document that has another id or path now.

    Raises:
        ValueError: It is damaged.
    """
    kinds, *fields = rest.split(_SEPARATOR)
    if len(fields) != len(kinds) - sum(map(kinds.count, _WITHOUT_FIELD)):
        raise ValueError(say("a stored document is cut off", "保存的文档被截断"))
    at = iter(fields)
    before: list[tuple[str, str]] = []
    behind: list[tuple[str, str]] = []
    for kind in kinds:
        field = "" if kind in _WITHOUT_FIELD else next(at)
        if kind not in ("p", *_WITHOUT_FIELD):
            (before if kind in _BEFORE_PATH else behind).append((kind, field))
    kind, own = _path_field(document_id, path)
    kept_kinds = "".join(one for one, _ in before) + kind + "".join(one for one, _ in behind)
    kept = [field for _, field in before] + own + [field for _, field in behind]
    return _SEPARATOR.join((kept_kinds, *kept))


def _path_field(document_id: str, path: str | None) -> tuple[str, list[str]]:
    """The letter of a path, and the field that it has, escaped; nothing for no path."""
    if path is None:
        return "", []
    if path == document_id:
        return "i", []
    if path == document_id.rpartition("#")[0]:
        return "h", []
    return "p", [_escaped(path)]


def parts(data: bytes) -> tuple[str, str, str]:
    """The title, the body and the rest of what ``to_bytes`` gave.

    The rest has the date only where columns of dates in seconds cannot say the same.
    """
    title, body, date = _SIZES.unpack_from(data)
    start = _SIZES.size + title
    end = start + body
    rest = data[end + date :].decode("utf-8")
    if date not in (0, _EXACT):
        kinds, separator, fields = rest.partition(_SEPARATOR)
        when = data[end : end + date].decode("ascii")
        rest = f"d{kinds}{_SEPARATOR}{when}{separator}{fields}"
    return data[_SIZES.size : start].decode("utf-8"), data[start:end].decode("utf-8"), rest


def document_of(data: bytes, document_id: str) -> Document:
    """The document that ``to_bytes`` gave.

    Raises:
        ValueError: The bytes are damaged.
    """
    title, body, date = _SIZES.unpack_from(data)
    start = _SIZES.size + title + body
    rest = Rest(data[start + date :].decode("utf-8"))
    when = data[start : start + date].decode("ascii")
    return Document(
        id=document_id,
        title=data[_SIZES.size : _SIZES.size + title].decode("utf-8"),
        body=data[_SIZES.size + title : start].decode("utf-8"),
        date=datetime.fromisoformat(when) if when else None,
        source=rest.source,
        tags=rest.tags,
        url=rest.url,
        path=rest.path(document_id),
        extra=rest.extra,
    )


class Rest:
    """What a document has beside its texts.

    Attributes:
        source: Who published it.
        url: Where it can be read on the web.
        tags: Its keywords.
        date: When it was published, where columns cannot say it.
    """

    __slots__ = ("_extra", "_path", "_path_kind", "date", "source", "tags", "url")

    def __init__(self, text: str) -> None:
        """Read what ``rest_of`` or ``parts`` gave.

        Raises:
            ValueError: It is damaged.
        """
        kinds, *fields = text.split(_SEPARATOR)
        if _ESCAPE in text:
            fields = [_unescaped(field) for field in fields]
        self.source: str | None = None
        self.url: str | None = None
        self._path: str | None = None
        self._path_kind = ""
        self._extra = ""
        self.date: datetime | None = None
        at = iter(fields)
        try:
            for kind in kinds.rstrip("t"):
                match kind:
                    case "s":
                        self.source = next(at)
                    case "u":
                        self.url = next(at)
                    case "p":
                        self._path = next(at)
                    case "x":
                        self._extra = next(at)
                    case "d":
                        self.date = datetime.fromisoformat(next(at))
                    case "i" | "h":
                        self._path_kind = kind
                    case _:
                        raise ValueError(
                            say(
                                f"a stored document is damaged: {kind!r}",
                                f"保存的文档已损坏：{kind!r}",
                            )
                        )
        except StopIteration:
            raise ValueError(say("a stored document is cut off", "保存的文档被截断")) from None
        self.tags = tuple(at)
        if len(self.tags) != kinds.count("t"):
            raise ValueError(
                say(
                    "a stored document has not the tags that it should have", "保存的文档的标签不符"
                )
            )

    def path(self, document_id: str) -> str | None:
        """The file that the document of this id was read from."""
        if not self._path_kind:
            return self._path
        return document_id if self._path_kind == "i" else document_id.rpartition("#")[0]

    @property
    def extra(self) -> dict[str, Any]:
        """What the format had beside.

        Raises:
            ValueError: It is damaged.
        """
        extra: dict[str, Any] = json.loads(self._extra) if self._extra else {}
        return extra


class Record:
    """A stored document, read as far as it is looked at.

    Attributes:
        id: Its id.
        title: The title.
        body: The text.
    """

    __slots__ = ("_date", "_number", "_rest", "body", "id", "title")

    def __init__(
        self,
        parts: tuple[str, str, str, Rest],
        date: Callable[[int], datetime | None],
        number: int,
    ) -> None:
        """Take its id, title, body and rest, and what knows its date by its number."""
        self.id, self.title, self.body, self._rest = parts
        self._date = date
        self._number = number

    @property
    def source(self) -> str | None:
        """Who published it."""
        return self._rest.source

    @property
    def tags(self) -> tuple[str, ...]:
        """Its keywords."""
        return self._rest.tags

    @property
    def url(self) -> str | None:
        """Where it can be read on the web."""
        return self._rest.url

    @property
    def path(self) -> str | None:
        """The file it was read from."""
        return self._rest.path(self.id)

    @property
    def date(self) -> datetime | None:
        """When it was published.

        Raises:
            ValueError: The bytes are damaged.
        """
        return self._rest.date or self._date(self._number)

    @property
    def extra(self) -> dict[str, Any]:
        """What its format had beside.

        Raises:
            ValueError: The bytes are damaged.
        """
        return self._rest.extra

    def document(self) -> Document:
        """The document.

        Raises:
            ValueError: The bytes are damaged.
        """
        return Document(
            id=self.id,
            title=self.title,
            body=self.body,
            date=self.date,
            source=self.source,
            tags=self.tags,
            url=self.url,
            path=self.path,
            extra=self.extra,
        )


def _escaped(field: str) -> str:
    if _SEPARATOR in field or _ESCAPE in field:
        return field.replace(_ESCAPE, "\x01\x02").replace(_SEPARATOR, "\x01\x01")
    return field


def _unescaped(field: str) -> str:
    return field.replace("\x01\x01", _SEPARATOR).replace("\x01\x02", _ESCAPE)
