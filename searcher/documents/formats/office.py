"""Office files: Word (.docx), OpenDocument text (.odt); which of them, or EPUB, a ZIP archive is.

All are archives of XML, which is read as a stream: neither pictures nor trees take memory.
"""

import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from searcher.documents import dates, limits, titles, xmlstream
from searcher.documents.assembling import assemble
from searcher.documents.cleaning import one_line
from searcher.documents.fields import Fields, clean_tags, split_tags
from searcher.documents.formats.archive import Counted, damaged
from searcher.documents.frontmatter import FrontMatter
from searcher.documents.model import Document, Skipped
from searcher.documents.packed import File, read_up_to
from searcher.errors import DocumentError
from searcher.language import say

FAULTS = (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError, NotImplementedError)
_ODT = "application/vnd.oasis.opendocument.text"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
_EPUB = "application/epub+zip"
_WORD = "word/document.xml"
_SUMMARY = 1 << 20  # bytes of a file that says something about the others
_MOST_PARTS = 1 << 16  # of a text, before they are put together
# What Word and other programs put in as a title by themselves.
_NO_TITLES = frozenset(
    "untitled document worddocument word title powerpointpresentation 标题 无标题 文档".split()
)


class Reader(Protocol):
    """What reads an office file."""

    format: str

    def documents(self) -> Iterator[Document | Skipped]: ...


def reader_of(archive: zipfile.ZipFile, file: File) -> Reader | None:
    """What reads an archive that is an office file; None for any other archive.

    Raises:
        DocumentError: It is an office file of a kind that is not read.
    """
    names = archive.NameToInfo
    if "[Content_Types].xml" in names:
        if _WORD in names:
            return _Text("docx", archive, file)
        if any(name.startswith(("xl/", "ppt/")) for name in names):
            raise _not_read("Excel, PowerPoint", file)
    if "mimetype" in names:
        kind = Package(archive, file).data("mimetype", 200).decode("latin-1").strip()
        if kind.startswith(_EPUB):
            from searcher.documents.formats import epub

            return epub.Book(archive, file)
        if kind.removesuffix("-template") == _ODT:
            return _Text("odt", archive, file)
        if kind.startswith(_OPEN_DOCUMENT):
            raise _not_read("OpenDocument", file)
    if "META-INF/container.xml" in names and file.ending == ".epub":
        from searcher.documents.formats import epub

        return epub.Book(archive, file)
    return None


def _not_read(kind: str, file: File) -> DocumentError:
    return DocumentError(
        say(f"not a text: {kind}", f"不是文本文档：{kind}"), format=file.ending[1:9] or "zip"
    )


class Package:
    """The parts of an office file."""

    def __init__(self, archive: zipfile.ZipFile, file: File) -> None:
        self._archive, self._file = archive, file

    def __contains__(self, name: str) -> bool:
        return name in self._archive.NameToInfo

    def open(self, name: str) -> Counted:
        """A part, to be read once.

        Raises:
            DocumentError: It is not there, or cannot be read.
        """
        info = self._archive.NameToInfo.get(name)
        if info is None:
            raise DocumentError(say(f"{name!r} is missing in it", f"缺少 {name!r}"))
        if info.flag_bits & 0x1:
            raise DocumentError(say("encrypted", "已加密"))
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DocumentError(say("packed by a method that is not read", "压缩方式不受支持"))
        try:
            return Counted(self._archive.open(info), self._file.allowance, FAULTS)
        except FAULTS as error:
            raise DocumentError(damaged(error)) from error

    def data(self, name: str, limit: int) -> bytes:
        """A small part as a whole.

        Raises:
            DocumentError: It is not there, cannot be read, or is larger than the limit.
        """
        with self.open(name).buffered() as stream:
            data = read_up_to(stream, limit + 1)
        if len(data) > limit:
            raise limits.too_large()
        return data

    def tell(self, name: str, handler: xmlstream.Handler) -> None:
        """Read a part that is XML.

        Raises:
            DocumentError: It cannot be read.
        """
        with self.open(name).buffered() as stream:
            xmlstream.read(stream, handler)


class Metadata:
    """What an office file says about itself, by the names of Dublin Core and their kin."""

    def __init__(self) -> None:
        self.values: dict[str, list[str]] = {}
        self._inside = ""
        self._text: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._inside = name
        self._text.clear()

    def text(self, text: str) -> None:
        if sum(map(len, self._text)) < limits.LARGEST_HEADER // 16:
            self._text.append(text)

    def end(self, name: str) -> None:
        value = one_line("".join(self._text))
        if name == self._inside and value and len(self.values) < 1000:
            found = self.values.setdefault(name, [])
            if len(found) < 1000:
                found.append(value)
        self._inside = ""
        self._text.clear()

    def first(self, *names: str) -> str:
        """What the first of some names that is there says."""
        return next((self.values[name][0] for name in names if name in self.values), "")

    def date(self, *names: str) -> datetime | None:
        """The first date that some names say."""
        found = (dates.parse(value) for name in names for value in self.values.get(name, ()))
        return next(filter(None, found), None)

    def tags(self, *names: str) -> tuple[str, ...]:
        """The keywords that some names say."""
        values = (value for name in names for value in self.values.get(name, ()))
        return clean_tags(tag for value in values for tag in split_tags(value))


class _Text:
    """A Word or OpenDocument text as one document."""

    def __init__(self, format: str, archive: zipfile.ZipFile, file: File) -> None:
        self.format = format
        self._file = file
        self._package = Package(archive, file)

    def documents(self) -> Iterator[Document]:
        """The document.

        Raises:
            DocumentError: It cannot be read, or holds no text.
        """
        metadata = Metadata()
        is_word = self.format == "docx"
        about = "docProps/core.xml" if is_word else "meta.xml"
        try:
            if about in self._package:
                self._package.tell(about, metadata)
        except limits.Exhausted:
            raise
        except DocumentError:
            pass  # what is said about a text may be broken: the text counts
        paragraphs = _Paragraphs(is_word)
        self._package.tell(_WORD if is_word else "content.xml", paragraphs)
        if is_word:
            for notes in ("word/footnotes.xml", "word/endnotes.xml"):
                if notes in self._package:
                    self._package.tell(notes, paragraphs)
        body = paragraphs.body()
        author = metadata.first("initial-creator", "creator")
        extra: dict[str, object] = {"author": author} if author else {}
        if description := metadata.first("description"):
            extra["description"] = description
        found = Fields(
            title=own_title(metadata.first("title"))
            or one_line(paragraphs.title)
            or titles.from_first_line(body)
            or "",
            # When a file was made says less than a date in its name or its text.
            modified=metadata.date("created", "creation-date", "date", "modified"),
            tags=metadata.tags("keywords", "keyword"),
            extra=extra,
        )
        yield assemble(self._file, FrontMatter(), body, found, keep_title=True)


def own_title(title: str) -> str:
    """A title that somebody gave; empty for one that a program put in."""
    if title.startswith(("Microsoft Word", "Microsoft PowerPoint")):
        return ""
    return "" if "".join(title.lower().split()) in _NO_TITLES else title


# By the element's name: what never is part of the text, and what stands for white space.
_LEFT_OUT = frozenset(
    ("Fallback", "annotation", "tracked-changes", "delText", "instrText", "note-citation")
)
_SPACES = {"tab": "\t", "br": "\n", "cr": "\n", "line-break": "\n"}


class _Paragraphs:
    """The text of a document, one paragraph a line, and what is set as its title."""

    def __init__(self, is_word: bool) -> None:
        self._is_word = is_word
        self._parts: list[str] = []
        # What is beside the text while a note is read, and the notes while the text is: a note
        # stands in the middle of a sentence, which is to be found whole.
        self._aside: list[str] = []
        self._in_notes = 0
        self._size = 0
        self._left_out = 0  # elements around that are left out
        self._in_text = 0
        self._heading: list[str] | None = None
        self._rank = 9  # of the heading that is the title so far
        self.title = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._left_out or name in _LEFT_OUT:
            self._left_out += 1
        elif name in _SPACES:
            self._add(_SPACES[name])
        elif self._is_word:
            if name == "t":
                self._in_text += 1
            elif name == "pStyle":
                self._begin_heading(_rank(attributes.get("val", "")))
            elif name == "p":
                self._begin_paragraph()
        elif name == "note":
            self._change_sides(+1)
        elif name in ("p", "h"):
            self._begin_paragraph()
            self._in_text += 1
            level = attributes.get("outline-level", "9") if name == "h" else ""
            self._begin_heading(
                int(level) if level.isdecimal() else _rank(attributes.get("style-name", ""))
            )
        elif name == "s" and self._in_text:
            count = attributes.get("c", "1")
            self._add(" " * min(int(count) if count.isdecimal() else 1, 80))

    def text(self, text: str) -> None:
        if self._in_text and not self._left_out:
            self._add(text)
            if self._heading is not None and len(self._heading) < 100 and not self._in_notes:
                self._heading.append(text[:300])

    def end(self, name: str) -> None:
        if self._left_out:
            self._left_out -= 1
        elif name == "t" and self._is_word:
            self._in_text -= 1
        elif name == "p" or (name == "h" and not self._is_word):
            if not self._is_word:
                self._in_text -= 1
            if self._heading is not None and not self._in_notes:
                self.title = "".join(self._heading)
                self._heading = None
            self._add("\n")
        elif name == "note" and not self._is_word:
            self._change_sides(-1)
        elif name in ("tc", "table-cell"):
            self._replace_end("\n", "\t")  # the cells of a row are on one line
        elif name in ("tr", "table-row"):
            self._replace_end("\t", "\n")

    def body(self) -> str:
        """The text so far."""
        parts = [*self._parts, "\n", *self._aside]
        lines = (line.rstrip() for line in "".join(parts).split("\n"))
        return "\n".join(line for line in lines if line)

    def _begin_paragraph(self) -> None:
        if self._parts and not self._parts[-1].endswith(("\n", "\t")):
            self._add("\n")  # a note or a text box inside a paragraph

    def _change_sides(self, step: int) -> None:
        was, self._in_notes = self._in_notes, max(0, self._in_notes + step)
        if bool(was) != bool(self._in_notes):
            self._parts, self._aside = self._aside, self._parts

    def _begin_heading(self, rank: int) -> None:
        if rank < self._rank and not self._in_notes:
            self._rank = rank
            self._heading = []

    def _replace_end(self, old: str, new: str) -> None:
        if self._parts and self._parts[-1] == old:
            self._parts[-1] = new

    def _add(self, text: str) -> None:
        self._size += len(text)
        if self._size > limits.LARGEST_DOCUMENT // 2:
            raise limits.too_large()
        if len(self._parts) > _MOST_PARTS:
            self._parts = ["".join(self._parts)]
        self._parts.append(text)


def _rank(style: str) -> int:
    """How likely what is set in a style is the title: 0 for a title, 1 for a first heading."""
    style = style.lower().replace(" ", "").replace("_20_", "")
    if style in ("title", "标题"):
        return 0
    return 1 if style in ("heading1", "标题1", "1") else 9
