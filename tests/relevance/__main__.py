"""``python -m tests.relevance``: how good rankings, snippets and suggestions are."""

import os

import click
from rich.console import Console

from tests.relevance import ranking, snippets, spelling

_PARTS = ("ranking", "snippets", "spelling")
_WIDTH = 150  # cells, where there is no terminal


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", type=click.Choice(_PARTS), multiple=True, help="May be repeated.")
@click.option("--set", "sets", type=click.Choice(ranking.SETS), multiple=True, help="Default: all.")
@click.option("--queries", type=click.IntRange(1), metavar="N", help="Only N of each set.")
@click.option("--failed", is_flag=True, help="Also what was tried and did not help.")
@click.option("--markdown", is_flag=True, help="Rankings as a table for a page.")
@click.option("--brief", is_flag=True, help="Only the default and plain BM25F.")
def main(
    only: tuple[str, ...],
    sets: tuple[str, ...],
    queries: int | None,
    failed: bool,
    markdown: bool,
    brief: bool,
) -> None:
    """Measure by judged queries how good rankings, snippets and suggestions are."""
    console = Console(width=None if Console().is_terminal else _WIDTH)
    if not only or "ranking" in only:
        variants = dict(ranking.VARIANTS)
        if brief:
            variants = {name: variants[name] for name in (ranking.PLAIN, ranking.DEFAULT)}
        if failed:
            variants |= ranking.FAILED
        jobs = os.cpu_count() or 1
        found = ranking.measure(sets or ranking.SETS, variants, queries, jobs)
        if markdown:
            click.echo(ranking.markdown(found))
        else:
            console.print(ranking.report(found))
    if not only or "snippets" in only:
        click.echo(snippets.report(snippets.measure()))
    if not only or "spelling" in only:
        click.echo(spelling.report(spelling.measure()))


if __name__ == "__main__":
    main()
