"""All that a search found: as people read it, or as JSON."""

from collections.abc import Sequence
from dataclasses import asdict

from searcher import Explanation, Hit, Results
from searcher.cli.printable import print_json
from searcher.cli.screen import Line, Piece, Screen, styled, wrapped
from searcher.cli.views.hits import facet_lines, heading, hit_lines, indent_of, more
from searcher.cli.views.labelled import labelled_facets, labelled_hit
from searcher.language import say


def show_results(
    results: Results,
    explanations: Sequence[Explanation | None],
    screen: Screen,
    *,
    limit: int | None = None,
    links: Sequence[str] = (),
) -> None:
    """Show the hits of a search.

    Args:
        results: What the search gave.
        explanations: How each hit came by its score, if that is to be shown.
        screen: Where to show them.
        limit: How many hits were asked for, if more can be.
        links: The address that each hit links to; none at all for no links.
    """
    lines: list[Line] = wrapped([Piece(heading(results), "dim")], screen.width)
    if any(explanations):
        reading = say("read as: ", "查询被理解为：") + results.reading
        lines += wrapped(styled(reading, style="dim"), screen.width)
    indent = indent_of(results.hits[-1].rank) if results.hits else 0
    addresses = links or [""] * len(results)
    for hit, explanation, link in zip(results, explanations, addresses, strict=True):
        lines.append(())
        if screen.is_plain:
            lines += labelled_hit(hit, screen, explanation)
        else:
            lines += hit_lines(hit, screen, indent, explanation, link)
    if results.facets:
        is_plain, width = screen.is_plain, screen.width
        facets = results.facets
        lines += [(), *(labelled_facets(facets) if is_plain else facet_lines(facets, width))]
    rest = more(results, limit)
    if rest and (screen.is_terminal or screen.is_plain):
        lines += [(), *wrapped([Piece(rest, "dim")], screen.width)]
    screen.show(lines)


def print_results(results: Results, explanations: Sequence[Explanation | None]) -> None:
    """The same as JSON."""
    for hit, explanation in zip(results, explanations, strict=True):
        record = record_of(hit)
        if explanation is not None:
            record["explanation"] = asdict(explanation)
        print_json(record)
    if results.facets:
        print_json({"total": results.total, "facets": counts_of(results)})


def record_of(hit: Hit) -> dict[str, object]:
    """A hit as a JSON object."""
    return {
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


def counts_of(results: Results) -> dict[str, dict[str, int]]:
    """The facets of a search as a JSON object."""
    return {name: dict(counts) for name, counts in results.facets.items()}
