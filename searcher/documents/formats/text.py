"""Plain text, and whatever is no other format."""

from collections.abc import Iterator

from searcher.documents import htmltext, titles
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
from searcher.documents.model import Document
from searcher.documents.plaintext import is_prose, unwrap


def recognises(content: Content) -> bool:
    """Always: text can be anything."""
    return True


def documents(content: Content) -> Iterator[Document]:
    """The file as one document, its lines as they are."""
    text = without_controls(content.text())
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
    yield assemble(content, FrontMatter(), text, found, keep_title=True)
