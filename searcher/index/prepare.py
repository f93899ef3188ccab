"""A document made ready for the index: checked, folded, cut into terms."""

import json
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np

from searcher.documents.model import Document
from searcher.errors import DocumentError
from searcher.index import schema, stored
from searcher.language import say
from searcher.text import Analyzer, gram_counts

# Chinese documents that name no zone are taken to be in China Standard Time.
DEFAULT_ZONE = timezone(timedelta(hours=8))
_LONGEST_ID = 4096  # characters


def checked(document: Document) -> Document:
    """The document with its values in the form that the index keeps.

    Raises:
        DocumentError: A value has the wrong type or cannot be kept.
    """
    if not isinstance(document, Document):
        raise DocumentError(say(f"not a document: {document!r:.60}", f"不是文档：{document!r:.60}"))
    _check_types(document)
    if not document.id or len(document.id) > _LONGEST_ID:
        raise DocumentError(
            say(
                f"a document's id must have 1 to {_LONGEST_ID} characters: {document.id[:40]!r}",
                f"文档的 id 须有 1 到 {_LONGEST_ID} 个字符：{document.id[:40]!r}",
            )
        )
    date = document.date
    if date is not None and date.utcoffset() is None:
        date = date.replace(tzinfo=DEFAULT_ZONE)
    try:
        extra = json.loads(_storable(json.dumps(dict(document.extra), ensure_ascii=False)))
    except (TypeError, ValueError, RecursionError) as error:
        raise DocumentError(
            say(
                f"{document.id}: the extra fields are not JSON values: {error}",
                f"{document.id}：附加字段不是 JSON 值：{error}",
            )
        ) from error
    return replace(
        document,
        id=_storable(document.id),
        title=_storable(" ".join(document.title.split())),
        body=_storable(document.body),
        date=date,
        source=_storable(document.source.strip()) or None if document.source else None,
        tags=tuple(_storable(tag.strip()) for tag in document.tags if tag.strip()),
        url=_storable(document.url) if document.url else None,
        path=None if document.path is None else _storable(document.path),
        extra=extra,
    )


def index_fields(document: Document, analyzer: Analyzer) -> dict[str, Any]:
    """What Whoosh's writer takes for a checked document: a value for each field of the schema."""
    numbers = np.zeros((), schema.NUMBERS_DTYPE)
    values: dict[str, Any] = {}
    for field, text in ((schema.TITLE, document.title), (schema.BODY, document.body)):
        folded = analyzer.folding.fold(text)
        words = analyzer.word_counts(folded)
        grams = gram_counts(folded)
        values[schema.channel_field(field, schema.WORDS)] = words
        values[schema.channel_field(field, schema.GRAMS)] = grams
        numbers[f"{field}_words"] = words.total()
        # Pairs alone are the length: single characters are there for one-character queries.
        numbers[f"{field}_grams"] = sum(n for gram, n in grams.items() if len(gram) == 2)
    numbers["instant"], numbers["local"] = date_numbers(document.date)
    numbers["mark"] = schema.NUMBERS_MARK
    values[schema.NUMBERS] = numbers.tobytes()
    values[schema.ID] = {document.id: 1}
    values[schema.ID_COLUMN] = document.id.encode("utf-8")
    if document.path is not None:
        values[schema.PATH] = {document.path: 1}
    if document.source:
        values[schema.SOURCE] = {document.source: 1}
    if document.tags:
        values[schema.TAG] = dict.fromkeys(document.tags, 1)
    values[schema.DOCUMENT] = stored.to_bytes(document)
    return values


def date_numbers(date: datetime | None) -> tuple[float, float]:
    """A date as seconds since 1970: the instant, and what the clock showed; NaN for no date."""
    if date is None:
        return float("nan"), float("nan")
    epoch = datetime(1970, 1, 1)
    local = (date.replace(tzinfo=None) - epoch).total_seconds()
    offset = date.utcoffset() or timedelta(0)
    return local - offset.total_seconds(), local


def _check_types(document: Document) -> None:
    optional = str | None
    types: dict[str, Any] = {
        "id": str,
        "title": str,
        "body": str,
        "date": datetime | None,
        "source": optional,
        "url": optional,
        "path": optional,
    }
    for field in fields(document):
        value = getattr(document, field.name)
        if field.name in types and not isinstance(value, types[field.name]):
            raise _wrong_type(document, field.name, value)
    tags: object = document.tags
    if not isinstance(tags, (tuple, list)) or not all(isinstance(tag, str) for tag in tags):
        raise _wrong_type(document, "tags", document.tags)


def _wrong_type(document: Document, name: str, value: object) -> DocumentError:
    return DocumentError(
        say(
            f"{document.id!r}: {name} cannot be {value!r:.60}",
            f"{document.id!r}：{name} 不能是 {value!r:.60}",
        )
    )


def _storable(text: str) -> str:
    """The text without halves of surrogate pairs, which UTF-8 cannot hold."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text
