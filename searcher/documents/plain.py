"""Plain records → documents, in a fraction of the time.

Most files of records have the same names in each, one for each field of a document, and texts
without markup below them. What of that there is to find out is found out once for all records with
the same names. Any other record is left to ``records``, which gives the same for these, too.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from searcher.documents import cleaning, dates
from searcher.documents.fields import absolute_url, clean_tags, role_of, split_tags
from searcher.documents.model import Document
from searcher.documents.sources import clean_source

_LONGEST_SOURCE = 100  # characters of a source that is remembered


class _Names(NamedTuple):
    """Under which names the fields are."""

    id: str | None
    title: str | None
    body: str
    dates: tuple[str, ...]
    source: str | None
    tags: str | None
    url: str | None
    others: tuple[str, ...]


def plain_document(record: Mapping[str, object], name: str, path: str) -> Document | None:
    """The document that a plain record is; None for a record that is not.

    Args:
        record: The values by name, as JSON has them.
        name: The id for a record that has none of its own.
        path: The file that it is in.
    """
    names = _names(tuple(record))
    if names is None:
        return None
    body, title, own = record[names.body], "", ""
    if type(body) is not str or "<" in body or "&" in body:
        return None
    body = body.strip() if body.isprintable() else _without_controls(body)
    if not body:
        return None
    if names.title is not None:
        value = record[names.title]
        if type(value) is not str or "<" in value or "&" in value or value.isspace():
            return None
        title = cleaning.one_line(value)
    if names.id is not None:
        value = record[names.id]
        if type(value) is int:
            value = str(value)
        if type(value) is not str or value.isspace():
            return None
        own = cleaning.one_line(value)
    extra: dict[str, object] = {}
    date: datetime | None = None
    for key in names.dates:
        value = record[key]
        if type(value) is not str:
            return None
        found = dates.parse(value)
        if found is None and value:
            extra[key] = cleaning.without_surrogates(value)
        date = date or found
    source: str | None = None
    if names.source is not None and (value := record[names.source]) != "":
        source = _source(value) if type(value) is str and len(value) <= _LONGEST_SOURCE else None
        if source is None:
            return None
    tags: tuple[str, ...] = ()
    if names.tags is not None and (value := record[names.tags]) != "":
        tags = clean_tags(split_tags(value)) if type(value) is str else ()
        if not tags:
            return None
    url: str | None = None
    if names.url is not None and (value := record[names.url]) != "":
        url = absolute_url(value)
        if url is None:
            return None
    for key in names.others:
        value = record[key]
        if type(value) is str:
            if value:
                extra[key] = cleaning.without_surrogates(value)
        elif isinstance(value, bool | int):
            extra[key] = value
        elif value is not None:
            return None
    return Document(
        id=own or name,
        title=title,
        body=body,
        date=date,
        source=source,
        tags=tags,
        url=url,
        path=path,
        extra=extra,
    )


def _without_controls(body: str) -> str:
    return cleaning.without_controls(cleaning.without_surrogates(body.strip())).strip()


@lru_cache(maxsize=256)
def _names(names: tuple[str, ...]) -> _Names | None:
    """Where the fields are; None where two names stand for one field, or none for the body."""
    found: dict[str, str] = {}
    others: list[str] = []
    for name in names:
        role = role_of(name)
        if role is None:
            if cleaning.without_surrogates(name) != name:
                return None
            others.append(name)
        elif role[0] == "passage" or role[0] in found:
            return None
        else:
            found[role[0]] = name
    if "body" not in found:
        return None
    return _Names(
        id=found.get("id"),
        title=found.get("title"),
        body=found["body"],
        dates=tuple(found[role] for role in ("date", "modified") if role in found),
        source=found.get("source"),
        tags=found.get("tags"),
        url=found.get("url"),
        others=tuple(others),
    )


@lru_cache(maxsize=4096)
def _source(text: str) -> str | None:
    return clean_source(text.strip())
