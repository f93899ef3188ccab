"""Marked text in other forms: as HTML, and for rich."""

import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from searcher.errors import ArgumentError
from searcher.language import say
from searcher.query.traits import is_hidden

if TYPE_CHECKING:
    from rich.text import Text

    from searcher.query.results import Span

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


def to_html(text: str, spans: "Sequence[Span]", tag: str) -> str:
    """The text as HTML, escaped, the spans between tags.

    Raises:
        ArgumentError: The tag is no name of an element.
    """
    if not isinstance(tag, str) or not _NAME.fullmatch(tag):
        raise ArgumentError(
            say(f"not the name of an HTML element: {tag!r:.40}", f"不是 HTML 元素名：{tag!r:.40}")
        )
    text = _shown(text)
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts += [escape(text[at:start]), f"<{tag}>", escape(text[start:end]), f"</{tag}>"]
        at = end
    return "".join([*parts, escape(text[at:])])


def to_rich(text: str, spans: "Sequence[Span]", style: str) -> "Text":
    """The text for rich, the spans in a style."""
    from rich.text import Text

    shown = Text(_shown(text))
    for start, end in spans:
        shown.stylize(style, start, end)
    return shown


def _shown(text: str) -> str:
    """The text, as long as before, with a space for what terminals and browsers would obey.

    Rich would take away some of it, and the spans would be of something else.
    """
    if text.isprintable():
        return text
    return "".join([" " if is_hidden(char) else char for char in text])
