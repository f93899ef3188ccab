"""Plain text, and whatever is no other format."""

from collections.abc import Iterator
from dataclasses import replace

from searcher.documents import htmltext, limits, titles
from searcher.documents.assembling import assemble
from searcher.documents.cleaning import (
    decode_left_over_entities,
    escape_what_is_no_tag,
    without_controls,
    without_trailing_spaces,
)
from searcher.documents.content import Content, lines_of
from searcher.documents.fields import Fields
from searcher.documents.frontmatter import FrontMatter
from searcher.documents.limits import TooLarge, too_large, too_large_reason
from searcher.documents.model import Document, Skipped
from searcher.documents.plaintext import is_prose, unwrap
from searcher.documents.records import at_line, skipped
from searcher.errors import DocumentError

_MOST_LINES = 1 << 16  # of a section, before they are put together


def recognises(content: Content) -> bool:
    """Always: text can be anything."""
    return True


def documents(content: Content) -> Iterator[Document | Skipped]:
    """The file as one document, its lines as they are; a very large one as several."""
    try:
        text = content.text()
    except TooLarge:
        yield from sections(content, content.lines())
        return
    if len(text) > limits.LONGEST_TEXT:
        yield from sections(content, lines_of(iter((text,))))
        return
    yield _document(content, text)


def _document(content: Content, text: str) -> Document:
    text = without_controls(text)
    found = Fields()
    if is_prose(content.ending):
        if htmltext.has_tag(text):
            text = htmltext.text_of_soup(escape_what_is_no_tag(text))
        text = without_trailing_spaces(decode_left_over_entities(text))
        unwrapped = unwrap(text)
        # Where lines were broken at a fixed width, the first one may be half a sentence.
        first = titles.from_first_line(unwrapped)
        text, found.title = unwrapped, first or ""
    else:
        text = without_trailing_spaces(text)
    return assemble(content, FrontMatter(), text, found, keep_title=True)


def sections(content: Content, lines: Iterator[str | None]) -> Iterator[Document | Skipped]:
    """The file as documents of some megabytes each, cut between lines.

    All have the title of the first one, and their number behind it.
    """
    title = ""
    count = 0
    for text in _cut(content.name, lines):
        if isinstance(text, Skipped):
            yield text
            continue
        try:
            section = _document(content, text)
        except DocumentError:
            continue  # nothing but spaces
        count += 1
        title = title or section.title
        yield replace(
            section,
            id=f"{content.name}#{count}",
            title=title if count == 1 else f"{title} ({count})",
        )
    if not count:
        raise too_large()


def _cut(name: str, lines: Iterator[str | None]) -> Iterator[str | Skipped]:
    section: list[str] = []
    size = 0
    for number, line in enumerate(lines, 1):
        if line is None or len(line) > limits.LONGEST_TEXT:
            yield skipped(name, at_line(number), too_large_reason())
            continue
        if section and size + len(line) > limits.SECTION:
            yield "".join(section)
            section, size = [], 0
        section.append(line)
        size += len(line)
        if len(section) > _MOST_LINES:
            section = ["".join(section)]
    if section:
        yield "".join(section)
