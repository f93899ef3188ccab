"""The hits of a search, as people read them."""

from collections.abc import Mapping, Sequence

from searcher import Explanation, Hit, Results
from searcher.cli.printable import printable
from searcher.cli.screen import Line, Piece, Screen, in_rows, indented, styled, wrapped
from searcher.cli.views.moments import moment
from searcher.cli.views.table import table
from searcher.language import say

_SEPARATOR = " · "
_PAGE = 10  # hits, where all are asked for
_MOST_TAGS = 8  # of a hit; `show` and JSON have all
_MOST_VALUES = 20  # of a facet; JSON has all


def heading(results: Results) -> str:
    """How many documents match, and which of them follow."""
    total = results.total
    found = say(f"{total} {'document' if total == 1 else 'documents'}", f"共 {total} 篇")
    if not results.hits:
        return found
    first, last = results.hits[0].rank, results.hits[-1].rank
    if len(results.hits) == total:
        return found
    return say(f"{found}, {first}–{last} shown", f"{found}，显示第 {first}–{last} 篇")


def more(results: Results, limit: int | None) -> str:
    """How to see the hits that are not shown; empty if there are none."""
    if not limit or not results.hits or results.hits[-1].rank >= results.total:
        return ""
    last = results.hits[-1].rank
    left = results.total - last
    # A page begins where as many as fill the pages before it are left out.
    following = f"--offset {last}" if last % limit else f"--page {last // limit + 1}"
    return say(
        f"{left} more: {following} for the next, -n all for all",
        f"还有 {left} 篇：加 {following} 继续看，加 -n all 看全部",
    )


def indent_of(last_rank: int) -> int:
    """How far titles are indented: the ranks stand before them."""
    return len(str(last_rank)) + 2


def expected_indent(offset: int, limit: int | None) -> int:
    """How far titles will be indented, before it is known how many hits there are.

    Snippets must be asked for in a width. With many more hits than a page, their titles may be
    indented a cell or two further, and their snippets take a line more.
    """
    return indent_of(offset + (_PAGE if limit is None else max(limit, 1)))


def hit_lines(
    hit: Hit,
    screen: Screen,
    indent: int,
    explanation: Explanation | None = None,
    link: str = "",
) -> list[Line]:
    """One hit: its title, what is known of it, its snippet, and how it came by its score."""
    room = screen.room(indent)
    title = screen.marked(hit.title or hit.id, hit.title_spans, "title", "title mark")
    rank = Piece(f"{hit.rank:>{indent - 2}}  ", "dim")
    blank = " " * indent
    lines = indented(wrapped(title, room) or [()], blank, [rank])
    lines += indented(in_rows(_facts(hit, link), _SEPARATOR, room), blank)
    lines += indented(wrapped(screen.marked(hit.snippet.text, hit.snippet.spans), room), blank)
    if explanation is not None:
        lines += indented(_terms(explanation, room), blank)
    return lines


def facet_lines(facets: Mapping[str, Mapping[str, int]], width: int | None) -> list[Line]:
    """How many of all matching documents have each value."""
    lines: list[Line] = []
    for facet, counts in facets.items():
        values = list(counts.items())
        parts: list[Line] = [
            [Piece(printable(value)), Piece(f" {count}", "dim")]
            for value, count in values[:_MOST_VALUES]
        ]
        left = len(values) - len(parts)
        if left:
            parts.append([Piece(say(f"and {left} more", f"等另外 {left} 个"), "dim")])
        parts = parts or [[Piece(say("none", "无"), "dim")]]
        lines.append([Piece(facet_name(facet), "label")])
        lines += indented(in_rows(parts, _SEPARATOR, None if width is None else width - 4), "    ")
    return lines


def facet_name(facet: str) -> str:
    """What a facet counts, in words."""
    names = {
        "source": say("sources", "来源"),
        "tag": say("tags", "标签"),
        "year": say("years", "年份"),
    }
    return names[facet]


def _facts(hit: Hit, link: str) -> Sequence[Line]:
    parts: list[Line] = []
    if hit.score:  # a query that only narrows down gives none
        parts.append([Piece(f"{hit.score:.2f}", "score")])
    if hit.date is not None:
        parts.append([Piece(moment(hit.date), "date")])
    if hit.source:
        parts.append(styled(hit.source, style="source"))
    where = hit.id
    if hit.path and not hit.id.startswith(hit.path):
        where = f"{hit.id} ({hit.path})"
    parts.append([Piece(printable(where), "dim", link)])
    parts += [styled(f"#{tag}", style="dim") for tag in hit.tags[:_MOST_TAGS]]
    left = len(hit.tags) - _MOST_TAGS
    if left > 0:
        parts.append([Piece(f"#… (+{left})", "dim")])
    return parts


def channel_name(channel: str) -> str:
    """What a channel of terms is called."""
    names = {
        "words": say("words", "词"),
        "grams": say("pairs", "二元"),
        "characters": say("characters", "字"),
        "sentence": say("sentence", "同句"),
    }
    return names.get(channel, channel)


def _terms(explanation: Explanation, width: int | None) -> list[Line]:
    if not explanation.terms:
        return [[Piece(say("no term counts: a filter only", "没有计分的词：只是过滤"), "dim")]]
    header = (
        say("term", "词项"),
        say("channel", "通道"),
        say("documents", "文档数"),
        "idf",
        say("weight", "权重"),
        say("score", "得分"),
    )
    rows = [
        (
            printable(f"{term.term} ({term.origin})" if term.origin else term.term),
            channel_name(term.channel),
            # What counts several characters at once has neither.
            str(term.document_frequency) if term.document_frequency else "",
            f"{term.idf:.3f}" if term.document_frequency else "",
            f"{term.weight:g}",
            f"{term.score:.3f}",
        )
        for term in explanation.terms
    ]
    return table(header, rows, width)
