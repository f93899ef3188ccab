"""The preview of a document: its text around the place that matches.

A document may be as long as a book. Only what can be looked at is marked and wrapped.
"""

import re
from dataclasses import replace

from searcher import Document, Hit, Index
from searcher.cli.live.questions import Glance, Manner, View
from searcher.cli.screen import Line, Piece, Span, in_rows, styled, wrapped
from searcher.cli.views.moments import moment
from searcher.language import say

_BEFORE = 3_000  # characters
_AFTER = 9_000
_NEAR = 400  # characters, within which a line that begins is worth beginning with
_CLUE = 24  # characters of a snippet that say where it stands
_MOST_TAGS = 20
_ELLIPSIS = "…"


def view_of(index: Index, glance: Glance, manner: Manner) -> View:
    """A document as the preview shows it."""
    document = index.get(glance.hit.id)
    if document is None:
        gone = say(
            "this document is not in the index any more",
            "这篇文档已不在索引中",
        )
        return View(glance, tuple(wrapped([Piece(gone, "dim")], glance.width)))
    body = document.body
    at = place_of_match(body, glance.hit)
    start, end = window(body, at)
    text = body[start:end]
    spans: tuple[Span, ...] = ()
    if glance.query:
        spans = index.highlight(glance.query, text, syntax=manner.syntax)
    lines = _head(document, glance, manner)
    if start:
        lines.append(
            [Piece(say(f"… {start:,} characters before", f"… 前面还有 {start:,} 字"), "dim")]
        )
    match_line, lines = _with_text(lines, text, spans, at - start, glance.width, manner)
    left = len(body) - end
    if left:
        lines.append([Piece(say(f"… {left:,} more characters", f"… 后面还有 {left:,} 字"), "dim")])
    return View(glance, tuple(lines), match_line)


def place_of_match(body: str, hit: Hit) -> int:
    """Where in a body the passage of a hit has its first match; 0 where that is not known.

    A passage is made of sentences of the body in one line. What is right around its first match
    is looked for, whatever white space or controls the body has in between.
    """
    if not hit.snippet.spans:
        return 0
    start, end = hit.snippet.spans[0]
    text = hit.snippet.text
    head = text[max(start - _CLUE, 0) : start].rpartition(_ELLIPSIS)[2]
    tail = text[end : end + _CLUE].partition(_ELLIPSIS)[0]
    match = text[start : min(end, start + _CLUE)]
    for before, after in ((head, tail), ("", tail[:8]), ("", "")):
        found = re.search(f"(?:{_loosely(before)})({_loosely(match)}){_loosely(after)}", body)
        if found:
            return found.start(1)
    return 0


def _loosely(text: str) -> str:
    """A pattern for a text, whatever white space the body has where the passage has some."""
    return r"[\s\W]{0,9}".join(re.escape(part) for part in re.split(r"\s+", text))


def window(body: str, at: int) -> tuple[int, int]:
    """What of a body to show: where it begins and ends, at lines where they are near."""
    start = max(at - _BEFORE, 0)
    if start:
        line = body.find("\n", start, start + _NEAR)
        start = start if line < 0 else line + 1
    end = min(at + _AFTER, len(body))
    if end < len(body):
        line = body.rfind("\n", end - _NEAR, end)
        end = end if line < 0 else line
    return start, end


def marked(text: str, spans: tuple[Span, ...], style: str, manner: Manner) -> Line:
    """A text with its matches marked."""
    pieces = styled(text, spans, style, "mark")
    if not manner.brackets:
        return pieces
    return [
        replace(piece, text=f"[{piece.text}]") if piece.style == "mark" else piece
        for piece in pieces
    ]


def _head(document: Document, glance: Glance, manner: Manner) -> list[Line]:
    """What is known of the document."""
    lines: list[Line] = []
    if document.title:
        title = marked(document.title, glance.hit.title_spans, "title", manner)
        lines += wrapped(title, glance.width)
    facts: list[Line] = []
    if document.date is not None:
        facts.append([Piece(moment(document.date), "date")])
    if document.source:
        facts.append(styled(document.source, style="source"))
    where = document.id
    if document.path and not where.startswith(document.path):
        where = f"{document.id} ({document.path})"
    facts.append(styled(where, style="dim"))
    facts += [styled(f"#{tag}", style="dim") for tag in document.tags[:_MOST_TAGS]]
    if document.url:
        facts.append(styled(document.url, style="dim"))
    return [*lines, *in_rows(facts, " · ", glance.width), ()]


def _with_text(
    lines: list[Line],
    text: str,
    spans: tuple[Span, ...],
    at: int,
    width: int,
    manner: Manner,
) -> tuple[int, list[Line]]:
    """The lines and those of a text, and which of them has the match at an offset."""
    match_line = 0
    start = first = 0
    for paragraph in text.split("\n"):
        end = start + len(paragraph)
        while first < len(spans) and spans[first][1] <= start:
            first += 1
        inside: list[Span] = []
        for begin, stop in spans[first:]:
            if begin >= end:
                break
            # A match may reach over the end of a line.
            inside.append((max(begin, start) - start, min(stop, end) - start))
        rows = wrapped(marked(paragraph, tuple(inside), "", manner), width) or [()]
        if inside and not match_line and start <= at <= end:
            match_line = len(lines) + _row_with(rows, at - start)
        lines += rows
        start = end + 1
    return match_line, lines


def _row_with(rows: list[Line], offset: int) -> int:
    """Which row of a wrapped paragraph an offset of it is on, or the next mark behind it."""
    seen = 0
    for number, row in enumerate(rows):
        seen += sum(len(piece.text) for piece in row)
        if seen > offset and any(piece.style == "mark" for piece in row):
            return number
    return 0
