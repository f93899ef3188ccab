"""Which format a file is in: that of a custom reader, or the first whose content it is."""

import io
from collections.abc import Callable, Iterator
from typing import NamedTuple

from searcher.documents.content import Content
from searcher.documents.custom import reader_for
from searcher.documents.formats import html, json, jsonl, markdown, table, text
from searcher.documents.guarding import guarded
from searcher.documents.limits import Exhausted
from searcher.documents.model import Document, Skipped
from searcher.documents.packed import File
from searcher.errors import DocumentError
from searcher.language import say

Reader = Callable[[Content], Iterator[Document | Skipped]]


class _Format(NamedTuple):
    name: str
    recognises: Callable[[Content], bool]
    documents: Reader


# What can be told by the content alone comes first, so that no name leads astray: a page that was
# saved as .txt or .xls, a post with front matter under .txt. Names decide among the others.
_FORMATS = (
    _Format("html", html.recognises, html.documents),
    _Format("jsonl", jsonl.recognises, jsonl.documents),
    _Format("json", json.recognises, json.documents),
    _Format("markdown", markdown.recognises, markdown.documents),
    _Format("csv", table.recognises, table.documents),
    _Format("text", text.recognises, text.documents),
)
_WORDS = (
    (frozenset((".txt", ".text")), "text"),
    (html.ENDINGS, "html"),
    (jsonl.ENDINGS, "jsonl"),
    (markdown.ENDINGS, "markdown"),
    (table.ENDINGS, "csv"),
)
_TAR_MAGIC = slice(257, 262)  # bytes


def documents(file: File) -> Iterator[Document | Skipped]:
    """Read the documents of a file.

    Raises:
        DocumentError: It cannot be read, or not any further.
    """
    custom = reader_for(file.ending)
    if custom is not None:
        yield from guarded(custom.documents(file), custom.name)
        return
    kind = _kind(file.head, file.ending)
    if kind == "pdf":
        from searcher.documents.formats import pdf

        yield from guarded(pdf.documents(file), kind)
    elif kind == "zip":
        from searcher.documents.formats import zipped

        yield from guarded(zipped.documents(file, _member), kind)
    elif kind == "tar":
        from searcher.documents.formats import tar

        yield from guarded(tar.documents(file, _member), kind)
    else:
        yield from _text(file)


def is_text(file: File) -> bool:
    """Whether a file is in one of the formats that are text and known here."""
    return reader_for(file.ending) is None and not _kind(file.head, file.ending)


def reader_of(content: Content) -> Reader:
    """The function that reads the documents of a text."""
    return _format_of(content).documents


def _text(file: File) -> Iterator[Document | Skipped]:
    try:
        content = Content(file)
        format = _format_of(content)
    except DocumentError as error:
        error.format = error.format or _word_for(file.ending)
        raise
    except (RecursionError, MemoryError) as error:
        raise DocumentError(say("nested too deeply", "嵌套过深"), format="text") from error
    yield from guarded(format.documents(content), format.name)


def _member(
    stream: io.BufferedIOBase, name: str, size: int, archive: File
) -> Iterator[Document | Skipped]:
    """The documents of a member of an archive; what is wrong with it concerns no other."""
    try:
        file = File(stream, name, size, allowance=archive.allowance, depth=archive.depth + 1)
        yield from documents(file)
    except Exhausted:
        raise
    except DocumentError as error:
        yield Skipped(name, str(error), error.format)


def _format_of(content: Content) -> _Format:
    return next(format for format in _FORMATS if format.recognises(content))


def _word_for(ending: str) -> str:
    """What a file that is no text at all was to be, by its ending."""
    for endings, word in _WORDS:
        if ending in endings:
            return word
    return ending[1:9]


def _kind(head: bytes, ending: str) -> str:
    """Which of the formats that are no text a file is in; empty for text, or what is unknown."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if b"%PDF-" in head[:1024] and (head.startswith(b"%PDF-") or ending == ".pdf"):
        return "pdf"
    # The numbers before the magic end in NUL, which a text with that word in it has not.
    if (head[_TAR_MAGIC] == b"ustar" and b"\x00" in head[:257]) or (
        ending == ".tar" and len(head) >= 512
    ):
        return "tar"
    return ""
