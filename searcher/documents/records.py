"""One record of a JSON or CSV file → a document."""

import re
from collections.abc import Mapping

from searcher.documents import cleaning, exported
from searcher.documents.fields import Fields, read_fields, role_of, texts_in
from searcher.documents.htmltext import has_tag, text_of_soup
from searcher.documents.model import Document, Skipped
from searcher.documents.plain import plain_document
from searcher.language import say

_ESCAPED_TAG = re.compile(r"&lt;/(?:p|div|span|a|li|td|strong)&gt;|&lt;br ?/?&gt;", re.IGNORECASE)


class UnusableRecord(Exception):
    """A record that no document can be made of; the message says why."""


def to_document(record: Mapping[str, object], name: str, path: str) -> Document:
    """The document that a record is.

    Only its fields are looked at: no date or source is searched for in its text. A record that
    has no body has all of its other texts as the body, one a line. What was exported from an index
    is taken as it is.

    Args:
        record: The values by name, as JSON has them.
        name: The id for a record that has none of its own.
        path: The file that it is in.

    Raises:
        UnusableRecord: There is no text in it, or its values are nested too deeply.
    """
    if exported.MARK in record and exported.is_exported(record):
        try:
            return exported.document_of(record, path)
        except ValueError as error:
            raise UnusableRecord(str(error)) from error
    document = plain_document(record, name, path)
    return _document(record, name, path) if document is None else document


def _document(record: Mapping[str, object], name: str, path: str) -> Document:
    try:
        fields = read_fields(record)
    except ValueError as error:
        raise UnusableRecord(say("nested too deeply", "嵌套过深")) from error
    title = _title(fields.title)
    body = _body(fields.body)
    if not body:
        body = _other_texts(record, fields)
        if not title and not body:
            raise UnusableRecord(say("a record without text", "记录中没有文字"))
    return Document(
        id=fields.id or name,
        title=title,
        body=body,
        date=fields.date or fields.modified,
        source=fields.source,
        tags=fields.tags,
        url=fields.url,
        path=path,
        extra=fields.extra,
    )


def skipped(name: str, where: str, reason: str) -> Skipped:
    """A record that could not be read."""
    return Skipped(name, say(f"{where}: {reason}", f"{where}：{reason}") if where else reason)


def at_line(number: int) -> str:
    """Where a record is, by its line."""
    return say(f"line {number}", f"第 {number} 行")


def _title(text: str) -> str:
    if "<" in text and has_tag(text):
        text = _from_markup(text)
    return cleaning.one_line(cleaning.decode_entities(text)) if "&" in text else text


def _body(text: str) -> str:
    if "<" in text and has_tag(text):
        return _from_markup(text)
    if "&" in text:
        if _ESCAPED_TAG.search(text):
            return _from_markup(cleaning.decode_entities(text))
        text = cleaning.decode_left_over_entities(text)
    return cleaning.without_controls(cleaning.without_surrogates(text)).strip()


def _from_markup(text: str) -> str:
    return text_of_soup(cleaning.escape_what_is_no_tag(cleaning.without_surrogates(text)))


def _other_texts(record: Mapping[str, object], fields: Fields) -> str:
    """The texts of a record that none of its fields has taken."""
    texts: list[str] = []
    for name, value in record.items():
        role = role_of(name)
        is_other = role is None or role[0] in ("body", "passage")
        if is_other and cleaning.without_surrogates(name) in fields.extra:
            texts += texts_in(value)
    return _body("\n".join(texts))
