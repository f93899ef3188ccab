"""``python -m tests.benchmarks``: ours and its peers on the same documents and queries."""

import json
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

import click
from rich.console import Console

from tests.benchmarks.asking import Effort
from tests.benchmarks.engines import PEERS
from tests.benchmarks.report import as_json, tables
from tests.benchmarks.run import STEPS, Plan, Run, read_questions
from tests.benchmarks.texts import Sizes, prepare, read_news

_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
_SMALL = 3_000  # documents of a quick run
_WIDTH = 150  # cells, where there is no terminal
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--documents", type=click.IntRange(1), metavar="N", help="Only the first N.")
@click.option("--small", is_flag=True, help=f"A quick run over {_SMALL:,} documents.")
@click.option("--only", type=click.Choice(STEPS), multiple=True, help="May be repeated.")
@click.option("--peer", "peers", type=click.Choice(PEERS), multiple=True, help="Default: all.")
@click.option("--no-peers", is_flag=True, help="None but the one that all are measured beside.")
@click.option("--queries", type=click.IntRange(1), default=200, show_default=True, metavar="N")
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, metavar="N")
@click.option("--seconds", type=float, default=20, show_default=True, help="For one class.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--json", "output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), help="For the indexes.")
@click.option("--keep", is_flag=True, help="Keep the indexes in --work, and use those there.")
@click.option("--news", type=_EXISTING, default=_DATA / "crud_news" / "docs.jsonl.gz")
@click.option("--questions", type=_EXISTING, default=_DATA / "zhihu_hot" / "queries.jsonl")
def main(
    documents: int | None,
    small: bool,
    only: tuple[str, ...],
    peers: tuple[str, ...],
    no_peers: bool,
    queries: int,
    rounds: int,
    seconds: float,
    seed: int,
    output: Path | None,
    work: Path | None,
    keep: bool,
    news: Path,
    questions: Path,
) -> None:
    """Measure ours and its peers on the same documents and queries, and print the figures.

    News are indexed as they are and cut into passages. All queries are asked of ours and of
    tantivy in turns. Needs the extra `bench`.
    """
    missing = [name for name in ("tantivy", "rjieba", "bm25s") if find_spec(name) is None]
    if missing:
        raise click.ClickException(
            f"not installed: {', '.join(missing)}; pip install -e '.[bench]'"
        )
    if keep and work is None:
        raise click.UsageError("--keep needs --work")
    if small:
        documents, queries, rounds = documents or _SMALL, min(queries, 50), min(rounds, 3)
    sizes = Sizes() if documents is None else Sizes(documents, max(documents // 6, 1), documents)
    plan = Plan(
        steps=only or STEPS,
        peers=() if no_peers else peers or PEERS,
        jobs=os.cpu_count() or 1,
        queries=queries,
        effort=Effort(rounds, seconds),
        starts=3 if small else 15,
        seed=seed,
    )
    log = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="searcher-benchmarks-") as temporary:
        folder = (work or Path(temporary)) / f"{sizes.news or 'all'}-{seed}"
        collections = prepare(folder, read_news(news, sizes.news), sizes, seed)
        try:
            figures = Run(plan, collections, log.log).all(read_questions(questions))
        finally:
            if not keep:
                shutil.rmtree(folder)
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    for table in tables(figures):
        console.print(table)
    if output is not None:
        values = as_json(figures, collections)
        output.write_text(json.dumps(values, ensure_ascii=False, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
