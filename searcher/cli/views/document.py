"""A whole document, as people read it."""

from collections.abc import Sequence

from searcher import Document
from searcher.cli.printable import printable, to_json
from searcher.cli.screen import Line, Piece, Screen, Span, wrapped
from searcher.cli.views.labelled import labelled
from searcher.cli.views.table import fields
from searcher.language import say


def document_lines(
    document: Document,
    screen: Screen,
    title_spans: Sequence[Span] = (),
    body_spans: Sequence[Span] = (),
) -> list[Line]:
    """The title, everything that is known of the document, and its text."""
    lines: list[Line] = []
    if document.title and screen.is_plain:
        title = screen.marked(document.title, title_spans)
        lines.append(labelled(say("title", "标题"), title))
    elif document.title:
        lines += wrapped(
            screen.marked(document.title, title_spans, "title", "title mark"), screen.width
        )
    lines += fields(_facts(document), screen.width, is_plain=screen.is_plain)
    lines.append(())
    at = first = 0
    for paragraph in document.body.split("\n"):
        end = at + len(paragraph)
        while first < len(body_spans) and body_spans[first][1] <= at:
            first += 1
        inside: list[Span] = []
        for start, stop in body_spans[first:]:
            if start >= end:
                break
            # A match may reach over the end of a line.
            inside.append((max(start, at) - at, min(stop, end) - at))
        lines += wrapped(screen.marked(paragraph, inside), screen.width) or [()]
        at = end + 1
    return lines


def _facts(document: Document) -> list[tuple[str, Line]]:
    rows = [("id", document.id)]
    if document.path and document.path != document.id:
        rows.append((say("path", "路径"), document.path))
    if document.date:
        rows.append((say("date", "日期"), document.date.isoformat(sep=" ")))
    if document.source:
        rows.append((say("source", "来源"), document.source))
    if document.tags:
        rows.append((say("tags", "标签"), say(", ", "、").join(document.tags)))
    if document.url:
        rows.append((say("url", "网址"), document.url))
    for name, value in document.extra.items():
        rows.append((printable(name), value if isinstance(value, str) else to_json(value)))
    return [(name, [Piece(printable(value))]) for name, value in rows]
