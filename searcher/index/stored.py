"""Documents as the index stores them: without anything that could run as code.

::

    size of the title, size of the body: 4 bytes each, in bytes of UTF-8
    title, body
    all else as JSON

A search shows titles and passages of many documents, so these can be had without reading the rest.
"""

import json
import struct
from datetime import datetime
from typing import Any

from searcher.documents.model import Document

_SIZES = struct.Struct("<II")
_DECODER = json.JSONDecoder()
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


def to_bytes(document: Document) -> bytes:
    """The document as it is stored; equal documents give equal bytes."""
    record: dict[str, Any] = {"id": document.id}
    if document.date is not None:
        record["date"] = document.date.isoformat()
    if document.source:
        record["source"] = document.source
    if document.tags:
        record["tags"] = list(document.tags)
    if document.url:
        record["url"] = document.url
    if document.path is not None:
        record["path"] = document.path
    if document.extra:
        record["extra"] = dict(document.extra)
    title, body = document.title.encode("utf-8"), document.body.encode("utf-8")
    rest = _ENCODER.encode(record).encode("utf-8")
    return b"".join((_SIZES.pack(len(title), len(body)), title, body, rest))


def texts(data: bytes) -> tuple[str, str]:
    """The title and the body of what ``to_bytes`` gave."""
    title, body = _SIZES.unpack_from(data)
    start = _SIZES.size + title
    return data[_SIZES.size : start].decode("utf-8"), data[start : start + body].decode("utf-8")


class Record:
    """What ``to_bytes`` gave, read part by part.

    Attributes:
        title: The title.
        body: The text.
        rest: The other values by name.
    """

    __slots__ = ("body", "rest", "title")

    def __init__(self, data: bytes) -> None:
        """Read.

        Raises:
            ValueError: The bytes are damaged.
        """
        try:
            title, body = _SIZES.unpack_from(data)
        except struct.error as error:
            raise ValueError(f"a stored document is damaged: {error!r}") from error
        start = _SIZES.size + title
        end = start + body
        if end >= len(data):
            raise ValueError("a stored document is cut off")
        self.title = data[_SIZES.size : start].decode("utf-8")
        self.body = data[start:end].decode("utf-8")
        self.rest: dict[str, Any] = _DECODER.raw_decode(data[end:].decode("utf-8"))[0]

    @property
    def date(self) -> datetime | None:
        """When it was published."""
        date = self.rest.get("date")
        return None if date is None else datetime.fromisoformat(date)

    def document(self) -> Document:
        """The document.

        Raises:
            ValueError: The bytes are damaged.
        """
        rest = self.rest
        try:
            return Document(
                id=rest["id"],
                title=self.title,
                body=self.body,
                date=self.date,
                source=rest.get("source"),
                tags=tuple(rest.get("tags", ())),
                url=rest.get("url"),
                path=rest.get("path"),
                extra=rest.get("extra", {}),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"a stored document is damaged: {error!r}") from error
