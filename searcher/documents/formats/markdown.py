"""Markdown with or without front matter: posts of Jekyll, Hexo and Hugo, notes, manuals."""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from searcher.documents import frontmatter, htmltext, limits
from searcher.documents.assembling import assemble
from searcher.documents.cleaning import one_line, without_controls
from searcher.documents.content import Content
from searcher.documents.fields import Fields
from searcher.documents.formats import html
from searcher.documents.formats.dialects import add_rules
from searcher.documents.formats.text import pieces, sections
from searcher.documents.limits import TooLarge
from searcher.documents.model import Document, Skipped
from searcher.documents.plaintext import is_prose

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

ENDINGS = frozenset((".md", ".markdown", ".mkd", ".mdown", ".mdx", ".rmd", ".qmd"))
# Rendering takes some hundred times as long as reading, and memory in proportion: what is larger
# than this is no page that somebody wrote, and is read as the text that it is.
_LARGEST = 2 << 20  # characters
# For each bracket that is never closed the renderer looks through the rest of its paragraph.
_MOST_OPEN = 1000

_HEADING = re.compile(r"^#{1,6}[ \t]+\S", re.MULTILINE)
_OTHER_SIGNS = re.compile(r"^(?:```|~~~|[ ]{0,3}[-*+] \S|>[ ]?\S)|\]\(\S|\*\*\S", re.MULTILINE)
_SWALLOWS = re.compile(
    r"<(script|style|title|textarea|xmp|iframe|noembed|noframes|plaintext|template|svg)\b",
    re.IGNORECASE,
)


def recognises(content: Content) -> bool:
    """Whether the content has front matter, or is Markdown by its name or by its look."""
    head = without_controls(content.head)
    if content.ending in ENDINGS or frontmatter.begins(head):
        return True
    return is_prose(content.ending) and _looks_like_markdown(head)


def documents(content: Content) -> Iterator[Document | Skipped]:
    """The file as one document; what is too large for that is read as the text that it is."""
    try:
        text = without_controls(content.text())
    except TooLarge:
        yield from sections(content, content.chunks())
        return
    if len(text) > limits.LONGEST_TEXT:
        yield from sections(content, pieces(text))
        return
    front = frontmatter.split(text, is_markdown=content.ending in ENDINGS | html.ENDINGS)
    if content.ending in html.ENDINGS or html.is_page(front.body):
        yield html.page(content, front)
        return
    body, heading = render(front.body)
    yield assemble(content, front, body, Fields(title=heading))


def render(text: str) -> tuple[str, str]:
    """What a reader reads in Markdown, and its first heading of the highest level."""
    if len(text) > _LARGEST or text.count("[") - text.count("]") > _MOST_OPEN:
        return text, ""
    try:
        markup = _markdown().render(text)
    except (IndexError, ValueError, KeyError, AttributeError, TypeError, AssertionError):
        return text, ""  # a fault of the renderer must not lose the text
    tree = htmltext.parse(_without_open_ends(markup))
    heading = tree.css_first("h1")
    if heading is None:
        heading = next((node for node in tree.css("h2, h3, h4, h5, h6")), None)
    title = one_line(htmltext.node_text(heading)) if heading is not None else ""
    return htmltext.text_of(tree, is_page=False), title


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": True, "linkify": False, "typographer": False})
    markdown.enable(["table", "strikethrough"])
    add_rules(markdown)
    return markdown


def _looks_like_markdown(head: str) -> bool:
    """Whether a text begins with a heading and has more of Markdown in it.

    A single ``#`` may be anything; scripts begin with comments, but are not named as texts are.
    """
    first = re.match(r"\s{0,100}#{1,6}[ \t]+\S", head)
    if not first:
        return False
    return len(_HEADING.findall(head)) > 1 or _OTHER_SIGNS.search(head, first.end()) is not None


def _without_open_ends(markup: str) -> str:
    """Markup in which no tag or comment that is never closed swallows the rest of the text."""
    comment = markup.rfind("<!--")
    if comment >= 0 and markup.find("-->", comment) < 0:
        markup = f"{markup[:comment]}&lt;!--{markup[comment + 4 :]}"
    last: dict[str, int] = {}
    lower = markup.lower()

    def escaped(match: re.Match[str]) -> str:
        name = match[1].lower()
        if name not in last:
            last[name] = lower.rfind(f"</{name}")
        return f"&lt;{match[1]}" if last[name] < match.start() else match[0]

    return _SWALLOWS.sub(escaped, markup)
