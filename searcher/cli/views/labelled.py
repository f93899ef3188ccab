"""Hits as they are read aloud: a line for each thing, which says what it is, and nothing cut."""

from collections.abc import Mapping

from searcher import Explanation, Hit
from searcher.cli.printable import printable
from searcher.cli.screen import Line, Piece, Screen
from searcher.cli.views.hits import channel_name, facet_name
from searcher.cli.views.moments import moment
from searcher.language import say


def labelled_hit(hit: Hit, screen: Screen, explanation: Explanation | None = None) -> list[Line]:
    """One hit."""
    lines: list[Line] = [
        [Piece(say(f"Hit {hit.rank}", f"第 {hit.rank} 篇"))],
        labelled(say("Title", "标题"), screen.marked(hit.title or hit.id, hit.title_spans)),
    ]
    if hit.score:
        lines.append(labelled(say("Score", "得分"), f"{hit.score:.2f}"))
    if hit.date is not None:
        lines.append(labelled(say("Date", "日期"), moment(hit.date)))
    if hit.source:
        lines.append(labelled(say("Source", "来源"), hit.source))
    lines.append(labelled("ID", hit.id))
    if hit.path and hit.path != hit.id:
        lines.append(labelled(say("Path", "路径"), hit.path))
    if hit.tags:
        lines.append(labelled(say("Tags", "标签"), say(", ", "、").join(hit.tags)))
    if hit.snippet.text:
        text = screen.marked(hit.snippet.text, hit.snippet.spans)
        lines.append(labelled(say("Text", "正文"), text))
    if explanation is not None:
        for term in explanation.terms:
            score = say(f"{term.score:.3f} of the score", f"得分 {term.score:.3f}")
            facts = (term.term, channel_name(term.channel), score)
            lines.append(labelled(say("Term", "词项"), say(", ", "，").join(facts)))
    return lines


def labelled_facets(facets: Mapping[str, Mapping[str, int]]) -> list[Line]:
    """How many of all matching documents have each value, all of them."""
    lines: list[Line] = []
    for facet, counts in facets.items():
        values = [f"{value} {count}" for value, count in counts.items()] or [say("none", "无")]
        lines.append(labelled(facet_name(facet), say(", ", "、").join(values)))
    return lines


def labelled(label: str, value: str | Line) -> Line:
    """A label and what it says something of."""
    text = [Piece(printable(value))] if isinstance(value, str) else value
    return [Piece(label + say(": ", "：")), *text]
