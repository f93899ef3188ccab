"""Which format a file is in: the first whose content it is."""

from collections.abc import Callable, Iterator

from searcher.documents.content import Content
from searcher.documents.formats import html, json, jsonl, markdown, table, text
from searcher.documents.model import Document, Skipped

Reader = Callable[[Content], Iterator[Document | Skipped]]

# What can be told by the content alone comes first, so that no name leads astray: a page that was
# saved as .txt or .xls, a post with front matter under .txt. Names decide among the others.
_FORMATS = (
    (html.recognises, html.documents),
    (jsonl.recognises, jsonl.documents),
    (json.recognises, json.documents),
    (markdown.recognises, markdown.documents),
    (table.recognises, table.documents),
    (text.recognises, text.documents),
)


def choose(content: Content) -> Reader:
    """The function that reads the documents of a file."""
    return next(read for recognises, read in _FORMATS if recognises(content))
