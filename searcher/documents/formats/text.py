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
from searcher.documents.content import Content
from searcher.documents.fields import Fields
from searcher.documents.frontmatter import FrontMatter
from searcher.documents.limits import TooLarge, too_large
from searcher.documents.model import Document, Skipped
from searcher.documents.plaintext import is_prose, unwrap
from searcher.documents.records import at_line, skipped
from searcher.errors import DocumentError
from searcher.language import say

_PIECE = 1 << 18  # characters


def recognises(content: Content) -> bool:
    """Always: text can be anything."""
    return True


def documents(content: Content) -> Iterator[Document | Skipped]:
    """The file as one document, its lines as they are; a very large one as several."""
    try:
        text = content.text()
    except TooLarge:
        yield from sections(content, content.chunks())
        return
    if len(text) > limits.LONGEST_TEXT:
        yield from sections(content, pieces(text))
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


def sections(content: Content, chunks: Iterator[str]) -> Iterator[Document | Skipped]:
    """The file as documents of some megabytes each.

    All have the title of the first one, and their number behind it.
    """
    title = ""
    count = 0
    for text in _cut(content.name, chunks):
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


def _cut(name: str, chunks: Iterator[str]) -> Iterator[str | Skipped]:
    """A text in sections: behind the last line end in each, or else behind a sentence or a word."""
    text = ""
    line, length = 1, 0  # of what is cut off: the number of lines, and how long the last one is
    is_skipping = False
    for chunk in chunks:
        text += chunk
        if is_skipping:
            end = text.find("\n") + 1
            text = text[end:] if end else ""
            is_skipping = not end
            line += bool(end)
        while len(text) >= limits.SECTION and not is_skipping:
            end = _end_of_section(text)
            section, text = text[:end], text[end:]
            last = section.rfind("\n") + 1
            line, length = line + section.count("\n"), len(section) - last + (0 if last else length)
            yield section
            if length >= limits.LONGEST_LINE:
                size = limits.LONGEST_LINE >> 20
                reason = say(
                    f"longer than {size} million characters; the rest of it is left out",
                    f"超过 {size} 百万字符，其余部分未读取",
                )
                yield skipped(name, at_line(line), reason)
                end = text.find("\n") + 1
                text = text[end:] if end else ""
                is_skipping = not end
                line, length = line + bool(end), 0
    if text:
        yield text


def _end_of_section(text: str) -> int:
    end = text.rfind("\n", 0, limits.SECTION) + 1
    if not end:
        half = limits.SECTION // 2
        end = max(text.rfind(mark, half, limits.SECTION) for mark in "。！？；，.!?;, \u3000") + 1
    return end or limits.SECTION


def pieces(text: str) -> Iterator[str]:
    """A text in pieces, so that no copy is made of most of it again and again."""
    return (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))
