"""All that a search found: as people read it, or as JSON."""

from collections.abc import Sequence
from dataclasses import asdict

from searcher import Explanation, Results
from searcher.cli.printable import print_json
from searcher.cli.screen import Line, Piece, Screen, styled, wrapped
from searcher.cli.views.hits import facet_lines, heading, hit_lines, indent_of, more
from searcher.language import say


def show_results(
    results: Results, explanations: Sequence[Explanation | None], screen: Screen
) -> None:
    """Show the hits of a search, each with the explanation of its score, if any."""
    lines: list[Line] = wrapped([Piece(heading(results), "dim")], screen.width)
    if any(explanations):
        reading = say("read as: ", "查询被理解为：") + results.reading
        lines += wrapped(styled(reading, style="dim"), screen.width)
    indent = indent_of(results.hits[-1].rank) if results.hits else 0
    for hit, explanation in zip(results, explanations, strict=True):
        lines.append(())
        lines += hit_lines(hit, screen, indent, explanation)
    if results.facets:
        lines += [(), *facet_lines(results.facets, screen.width)]
    rest = more(results)
    if rest and screen.is_terminal:
        lines += [(), *wrapped([Piece(rest, "dim")], screen.width)]
    screen.show(lines)


def print_results(results: Results, explanations: Sequence[Explanation | None]) -> None:
    """The same as JSON."""
    for hit, explanation in zip(results, explanations, strict=True):
        record: dict[str, object] = {
            "rank": hit.rank,
            "id": hit.id,
            "score": hit.score,
            "title": hit.title,
            "path": hit.path,
            "date": hit.date.isoformat() if hit.date else None,
            "source": hit.source,
            "tags": hit.tags,
            "snippet": hit.snippet.text,
            "spans": hit.snippet.spans,
        }
        if explanation is not None:
            record["explanation"] = asdict(explanation)
        print_json(record)
    if results.facets:
        facets = {name: dict(counts) for name, counts in results.facets.items()}
        print_json({"total": results.total, "facets": facets})
