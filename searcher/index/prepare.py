"""A document made ready for the index: checked and folded."""

import hashlib
import json
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from searcher.documents.model import Document
from searcher.errors import DocumentError
from searcher.index import stored
from searcher.index.columnar.build import PreparedDocument
from searcher.index.dates import date_numbers
from searcher.index.fields import PATH, SOURCE, TAG
from searcher.language import say
from searcher.text import Folding

# Chinese documents that name no zone are taken to be in China Standard Time.
DEFAULT_ZONE = timezone(timedelta(hours=8))
_LONGEST_ID = 4096  # characters
MARK_SIZE = 8  # bytes
_OPTIONAL_STRING = (str, type(None))
_OPTIONAL_DATE = (datetime, type(None))
_PLAIN_VALUES = (str, int, bool, type(None))


def checked(document: Document) -> Document:
    """The document with its values in the form that the index keeps.

    Raises:
        DocumentError: A value has the wrong type or cannot be kept.
    """
    return document if _is_storable(document) else _made_storable(document)


def _is_storable(document: Document) -> bool:
    """Whether all values are as the index keeps them, as far as this is quick to see.

    Halves of surrogate pairs in texts are left to ``storable``, which meets them anyway.
    """
    if type(document) is not Document:
        return False
    own, title, date, source = document.id, document.title, document.date, document.source
    path, url = document.path, document.url
    return (
        type(own) is str
        and 0 < len(own) <= _LONGEST_ID
        and own.isprintable()  # so without surrogates
        and type(title) is str
        and type(document.body) is str
        and " ".join(title.split()) == title
        and (date is None or (type(date) is datetime and date.utcoffset() is not None))
        and (source is None or (type(source) is str and source != "" and source.strip() == source))
        and (path is None or (type(path) is str and path.isprintable()))
        and (url is None or (type(url) is str and url != ""))
        and type(document.tags) is tuple
        and all(type(tag) is str and tag and tag.strip() == tag for tag in document.tags)
        and type(document.extra) is dict
        and all(
            type(name) is str and type(value) in _PLAIN_VALUES
            for name, value in document.extra.items()
        )
    )


def _made_storable(document: Document) -> Document:
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
    return Document(
        id=_storable(document.id),
        title=_storable(" ".join(document.title.split())),
        body=_storable(document.body),
        date=date,
        source=_storable(document.source.strip()) or None if document.source else None,
        tags=tuple([_storable(tag.strip()) for tag in document.tags if tag.strip()]),
        url=_storable(document.url) if document.url else None,
        path=None if document.path is None else _storable(document.path),
        extra=_storable_extra(document) if document.extra else {},
    )


def _storable_extra(document: Document) -> dict[str, Any]:
    try:
        extra: dict[str, Any] = json.loads(
            _storable(json.dumps(dict(document.extra), ensure_ascii=False))
        )
    except (TypeError, ValueError, RecursionError) as error:
        raise DocumentError(
            say(
                f"{document.id}: the extra fields are not JSON values: {error}",
                f"{document.id}：附加字段不是 JSON 值：{error}",
            )
        ) from error
    return extra


class StorableDocument(NamedTuple):
    """A checked document on its way to the process that indexes it.

    Attributes:
        id: Its id.
        title: Its title.
        body: Its text.
        path: The file it was read from.
        record: The document as it is stored.
        mark: What tells it from any other, but for its id and path, in ``MARK_SIZE`` bytes.
        values: The terms of the fields with whole values.
        instant: Its date in seconds since 1970; NaN for none.
        local: The same as the clock showed it.
    """

    id: str
    title: str
    body: str
    path: str | None
    record: bytes
    mark: bytes
    values: dict[str, tuple[str, ...]]
    instant: float
    local: float


def storable(document: Document) -> StorableDocument:
    """A checked document as it is stored."""
    try:
        head, rest = stored.head_of(document), stored.rest_of(document).encode("utf-8")
    except UnicodeEncodeError:
        document = _made_storable(document)
        head, rest = stored.head_of(document), stored.rest_of(document).encode("utf-8")
    instant, local = date_numbers(document.date)
    values: dict[str, tuple[str, ...]] = {}
    if document.path is not None:
        values[PATH] = (document.path,)
    if document.source:
        values[SOURCE] = (document.source,)
    if document.tags:
        values[TAG] = document.tags
    return StorableDocument(
        document.id,
        document.title,
        document.body,
        document.path,
        head + rest,
        _mark(head, document),
        values,
        instant,
        local,
    )


def mark(document: Document) -> bytes:
    """What tells a checked document from any other, but for its id and path."""
    return _mark(stored.head_of(document), document)


def _mark(head: bytes, document: Document) -> bytes:
    digest = hashlib.blake2b(head, digest_size=MARK_SIZE)
    digest.update(stored.rest_of(document, with_path=False).encode("utf-8"))
    return digest.digest()


def prepared(document: StorableDocument, folding: Folding) -> PreparedDocument:
    """The same as a segment takes it."""
    return PreparedDocument(
        document.id,
        document.record,
        folding.fold(document.title),
        folding.fold(document.body),
        document.values,
        document.instant,
        document.local,
    )


def _check_types(document: Document) -> None:
    tags: object = document.tags
    for name, value, types in (
        ("id", document.id, str),
        ("title", document.title, str),
        ("body", document.body, str),
        ("date", document.date, _OPTIONAL_DATE),
        ("source", document.source, _OPTIONAL_STRING),
        ("url", document.url, _OPTIONAL_STRING),
        ("path", document.path, _OPTIONAL_STRING),
        ("tags", tags, (tuple, list)),
    ):
        if not isinstance(value, types):
            raise _wrong_type(document, name, value)
    if not all(isinstance(tag, str) for tag in document.tags):
        raise _wrong_type(document, "tags", tags)


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
