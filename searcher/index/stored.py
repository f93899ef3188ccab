"""Documents as the index stores them: JSON in UTF-8, without anything that could run as code."""

import json
from datetime import datetime
from typing import Any

from searcher.documents.model import Document


def to_bytes(document: Document) -> bytes:
    """The document as it is stored; equal documents give equal bytes."""
    record: dict[str, Any] = {"id": document.id}
    if document.title:
        record["title"] = document.title
    if document.body:
        record["body"] = document.body
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
    return json.dumps(record, ensure_ascii=False, sort_keys=True).encode("utf-8")


def from_bytes(data: bytes) -> Document:
    """The document that ``to_bytes`` wrote.

    Raises:
        ValueError: The bytes are damaged.
    """
    try:
        record = json.loads(data)
        date = record.get("date")
        return Document(
            id=record["id"],
            title=record.get("title", ""),
            body=record.get("body", ""),
            date=None if date is None else datetime.fromisoformat(date),
            source=record.get("source"),
            tags=tuple(record.get("tags", ())),
            url=record.get("url"),
            path=record.get("path"),
            extra=record.get("extra", {}),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a stored document is damaged: {error!r}") from error
