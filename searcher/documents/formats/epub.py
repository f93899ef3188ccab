"""EPUB books: each chapter is a document."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from posixpath import basename, dirname, join, normpath
from urllib.parse import unquote

from searcher.documents import limits
from searcher.documents.cleaning import one_line
from searcher.documents.content import Content
from searcher.documents.fields import absolute_url
from searcher.documents.formats import html
from searcher.documents.formats.office import Metadata, Package
from searcher.documents.frontmatter import FrontMatter
from searcher.documents.model import Document, Skipped
from searcher.documents.packed import File
from searcher.documents.sources import clean_source
from searcher.errors import DocumentError
from searcher.language import say

_CONTAINER = "META-INF/container.xml"
_LARGEST_CHAPTER = limits.LARGEST_DOCUMENT
_MOST_CHAPTERS = 1 << 16
_TITLE = re.compile(rb"<title>[^<]{0,300}</title>")
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


class Book:
    """A book."""

    format = "epub"

    def __init__(self, archive: zipfile.ZipFile, file: File) -> None:
        self._file = file
        self._package = Package(archive, file)

    def documents(self) -> Iterator[Document | Skipped]:
        """Its chapters in the order in which they are read; pages without text are none.

        Raises:
            DocumentError: It cannot be read, or holds no text.
        """
        container = _Container()
        self._package.tell(_CONTAINER, container)
        book = _Contents()
        self._package.tell(container.path, book)
        folder = dirname(container.path)
        found = False
        count = 0
        for reference in book.spine:
            path, kind = book.items.get(reference, ("", ""))
            if kind and kind not in _PAGES:
                continue
            name = normpath(join(folder, unquote(path.partition("#")[0])))
            try:
                chapter = self._chapter(name)
            except limits.Exhausted:
                raise
            except DocumentError as error:
                found = True
                yield Skipped(f"{self._file.name}#{count + 1}", f"{one_line(name)}: {error}")
                count += 1
                continue
            if chapter is None:
                continue
            found = True
            count += 1
            yield self._with_book(chapter, book.metadata, count)
        if not found:
            raise DocumentError(say("there is no text in it", "其中没有文字"))

    def _chapter(self, name: str) -> Document | None:
        """The document that a chapter is; None for one without text."""
        data = self._package.data(name, _LARGEST_CHAPTER)
        if not data.strip():
            return None
        found = self._page(data)
        if found is not None and found.title == basename(name):
            # Programs that make books put that there: what the chapter begins with says more.
            return self._page(_TITLE.sub(b"", data, count=1)) or found
        return found

    def _page(self, data: bytes) -> Document | None:
        content = Content(_page(data, self._file.name))
        try:
            found = html.page(content, FrontMatter(body=content.text()))
        except DocumentError:
            return None  # a cover, or a page with nothing but pictures
        return found if found.body.strip() else None

    def _with_book(self, chapter: Document, book: Metadata, number: int) -> Document:
        title = book.first("title")
        own = chapter.title
        if not own or own == _NO_TITLE:
            own = say(f"part {number}", f"第 {number} 部分")
        author = "、".join(book.values.get("creator", ())[:5])
        extra: dict[str, object] = dict(chapter.extra)
        extra |= {"author": author} if author else {}
        extra |= {"book": title} if title else {}
        return replace(
            chapter,
            id=f"{self._file.name}#{number}",
            title=own if not title or title in own else f"{own} - {title}",
            date=book.date("date") or chapter.date,
            source=clean_source(book.first("publisher")) or chapter.source,
            tags=book.tags("subject") or chapter.tags,
            url=absolute_url(book.first("source")) or chapter.url,
            path=self._file.name,
            extra=extra,
        )


_NO_TITLE = "-"  # what a page without a title is called, as its name is nothing else


def _page(data: bytes, name: str) -> File:

    page = File(io.BytesIO(data), name, len(data), depth=1)
    page.inner_name, page.ending = f"{_NO_TITLE}.xhtml", ".xhtml"
    return page


class _Container:
    """Where the book's table of contents is."""

    def __init__(self) -> None:
        self.path = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "rootfile" and not self.path:
            self.path = attributes.get("full-path", "")

    def end(self, name: str) -> None:
        pass

    def text(self, text: str) -> None:
        pass


class _Contents:
    """What a book is made of."""

    def __init__(self) -> None:
        self.metadata = Metadata()
        self.items: dict[str, tuple[str, str]] = {}
        self.spine: list[str] = []
        self._in_metadata = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "metadata":
            self._in_metadata = True
        elif self._in_metadata:
            self.metadata.start(name, attributes)
        elif name == "item" and len(self.items) < _MOST_CHAPTERS:
            place = attributes.get("href", ""), attributes.get("media-type", "")
            self.items[attributes.get("id", "")] = place
        elif name == "itemref" and len(self.spine) < _MOST_CHAPTERS:
            self.spine.append(attributes.get("idref", ""))

    def end(self, name: str) -> None:
        if name == "metadata":
            self._in_metadata = False
        elif self._in_metadata:
            self.metadata.end(name)

    def text(self, text: str) -> None:
        if self._in_metadata:
            self.metadata.text(text)
