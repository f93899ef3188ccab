"""OpenSearch beside the local engine: ``python -m tests.benchmarks.cluster``.

The same documents are indexed by the local engine and into clusters on this machine, and both are
asked the same queries in turns. Where the nodes share the cores with the client and each other, as
here, more nodes are no faster; the processors' time of both sides is what can be reckoned with.
"""

import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import click
from rich.console import Console
from rich.table import Table

from searcher import Document, Index
from searcher.cluster.encoding import Averages, cut, encoded, to_line
from searcher.text import Analyzer, Dictionary, Folding
from tests.benchmarks.asking import Ask, Effort, Times, take_turns
from tests.benchmarks.queries import KINDS, Query, choose
from tests.benchmarks.run import read_questions
from tests.benchmarks.statistics import percentile
from tests.benchmarks.texts import Record, read_news
from tests.cluster.nodes import Cluster
from tests.conftest import SHARED

_DATA = SHARED / "data"
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
_CUT = 5_000  # documents to time the client with
_LIMIT = 10
_SETTLED = 40.0  # seconds after which what copies might still ask for is let go
_WIDTH = 150  # cells, where there is no terminal
LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Layout:
    """How an index lies in a cluster."""

    nodes: int
    shards: int
    replicas: int

    def __str__(self) -> str:
        counts = {"node": self.nodes, "shard": self.shards, "replica": self.replicas}
        return ", ".join(f"{count} {what}{'s' * (count != 1)}" for what, count in counts.items())


LAYOUTS = (Layout(1, 1, 0), Layout(3, 3, 0), Layout(3, 3, 1))


@dataclass(frozen=True, slots=True)
class Built:
    """What it took to index the documents.

    Attributes:
        seconds: From the first document to the moment when all are found.
        client: Processors' seconds of this process and those it started.
        nodes: The same of all nodes; 0 for the local engine.
        index_bytes: The index on disk when it is built, replicas not counted. It has what was sent
            as it was sent, too, so that copies can catch up, until segments are merged later.
        merged_bytes: The same when all is merged, half a minute later.
        memory: Resident memory of all nodes after it, in bytes; 0 for the local engine.
    """

    seconds: float
    client: float
    nodes: float
    index_bytes: int
    merged_bytes: int
    memory: int


@dataclass(frozen=True, slots=True)
class Cutting:
    """What the client does with a document before it is sent, in documents a second a core."""

    words: float
    whole: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that was measured; by `LOCAL` and by layout."""

    documents: int
    text_bytes: int
    cutting: Cutting
    builds: Mapping[str, Built]
    times: Mapping[str, Mapping[str, Times]]


def time_cutting(documents: Sequence[Document], analyzer: Analyzer) -> Cutting:
    """Measure on one core what the client does with documents."""
    fold = analyzer.folding.fold
    began = time.process_time()
    for document in documents:
        for text in (document.title, document.body):
            analyzer.terms(fold(text))
    words = time.process_time() - began
    averages = Averages(10.0, 300.0, 20.0, 600.0)
    began = time.process_time()
    for document in documents:
        to_line(encoded(cut(document, b"", analyzer), averages, analyzer))
    return Cutting(len(documents) / words, len(documents) / (time.process_time() - began))


def timed_build(
    add: Callable[[], object], nodes: Callable[[], float]
) -> tuple[float, float, float]:
    """Seconds, processors' seconds of this side, and of the nodes."""
    before, elsewhere, began = sum(os.times()[:4]), nodes(), time.perf_counter()
    add()
    seconds = time.perf_counter() - began
    return seconds, sum(os.times()[:4]) - before, nodes() - elsewhere


def build_local(folder: Path, documents: Sequence[Document]) -> Built:
    with Index.open(folder, create=True) as index:
        figures = timed_build(lambda: index.add(documents), lambda: 0.0)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Built(*figures, size, size, 0)


def build_cluster(
    cluster: Cluster,
    name: str,
    layout: Layout,
    documents: Sequence[Document],
    settle: float = _SETTLED,
) -> Built:
    """Index the documents, and merge what was written after `settle` seconds."""
    address = cluster.engine_address(name)
    with Index.open(address, create=True, shards=layout.shards, replicas=layout.replicas) as index:
        figures = timed_build(lambda: index.add(documents), cluster.processor_seconds)
        if (found := index.status().documents) != len(documents):
            raise click.ClickException(f"{layout}: {found} of {len(documents)} documents are there")
    cluster.wait()
    memory, size = cluster.memory(), size_of(cluster, name)
    time.sleep(settle)
    for step in ("_flush", "_forcemerge?max_num_segments=1", "_refresh", "_flush"):
        cluster.request("POST", f"{name}/{step}")
    return Built(*figures, size, size_of(cluster, name), memory)


def size_of(cluster: Cluster, name: str) -> int:
    """The bytes of an index on disk, replicas not counted."""
    store = cluster.request("GET", f"{name}/_stats/store")["_all"]["primaries"]["store"]
    return int(store["size_in_bytes"])


def asks(index: Index, queries: Sequence[Query]) -> list[Ask]:
    """Each query as its user would ask it, with snippets."""

    def ask(query: Query) -> Ask:
        if query.kind == "phrase":
            return lambda: index.search(f'"{query.text}"', limit=_LIMIT).hits
        if query.kind == "question":
            return lambda: index.search(query.text, limit=_LIMIT, syntax="plain").hits
        mode: Literal["any", "all"] = "all" if query.kind == "all" else "any"
        return lambda: index.search(query.text, limit=_LIMIT, mode=mode).hits

    return [ask(query) for query in queries]


def ask_both(
    local: Index, other: Index, queries: Sequence[Query], effort: Effort
) -> Iterator[tuple[str, Times, Times]]:
    for kind in KINDS:
        asked = [query for query in queries if query.kind == kind]
        if asked:
            ours, theirs = take_turns([asks(local, asked), asks(other, asked)], effort)
            yield kind, ours, theirs


def tables(figures: Figures) -> Iterator[Table]:
    """The figures for a reader."""
    table = Table(title=f"build: {figures.documents:,} documents", title_justify="left")
    table.add_column("")
    heads = (
        "docs/s",
        "docs a client core-s",
        "docs a node core-s",
        "index × text",
        "merged",
        "nodes, MB",
    )
    for head in heads:
        table.add_column(head, justify="right")
    for name, built in figures.builds.items():
        table.add_row(
            name,
            f"{figures.documents / built.seconds:,.0f}",
            f"{figures.documents / built.client:,.0f}",
            f"{figures.documents / built.nodes:,.0f}" if built.nodes else "–",
            f"{built.index_bytes / figures.text_bytes:.2f}",
            f"{built.merged_bytes / figures.text_bytes:.2f}",
            f"{built.memory / 1e6:,.0f}" if built.memory else "–",
        )
    yield table
    table = Table(title="the client, documents a second a core", title_justify="left")
    table.add_column("")
    table.add_column("docs/s", justify="right")
    table.add_row("cut into words", f"{figures.cutting.words:,.0f}")
    table.add_row("all that is done before it is sent", f"{figures.cutting.whole:,.0f}")
    yield table
    table = Table(title="queries: p50 / p99, ms", title_justify="left")
    table.add_column("")
    for name in figures.times:
        table.add_column(name, justify="right")
    for kind, words in KINDS.items():
        if all(kind in times for times in figures.times.values()):
            cells = (
                f"{times[kind].milliseconds(50):.1f} / {times[kind].milliseconds(99):.1f}"
                for times in figures.times.values()
            )
            table.add_row(words, *cells)
    yield table


def as_json(figures: Figures) -> dict[str, object]:
    """The same as JSON values; times are in milliseconds."""
    return {
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
        },
        "documents": figures.documents,
        "text_bytes": figures.text_bytes,
        "cutting": asdict(figures.cutting),
        "builds": {name: asdict(built) for name, built in figures.builds.items()},
        "queries": {
            name: {
                kind: {
                    "queries": len(each.seconds),
                    "with_hits": each.with_hits,
                    "p50": 1000 * percentile(each.seconds, 50),
                    "p99": 1000 * percentile(each.seconds, 99),
                }
                for kind, each in times.items()
            }
            for name, times in figures.times.items()
        },
    }


def measure(
    records: Sequence[Record],
    questions: Sequence[str],
    layouts: Sequence[Layout],
    work: Path,
    *,
    queries: int,
    effort: Effort,
    heap: int,
    say: Callable[[str], object],
) -> Figures:
    """Build and ask everything.

    Args:
        records: The documents.
        questions: Queries are chosen from them and from the documents.
        layouts: Those of one number of nodes follow each other.
        work: Where indexes and clusters are put.
        queries: How many of each kind.
        effort: How long they are asked.
        heap: Megabytes a node.
        say: Told what is done now.
    """
    documents = [Document(id=one.id, title=one.title, body=one.body) for one in records]
    folding = Folding.from_opencc()
    analyzer = Analyzer(folding, Dictionary.compile(folding))
    texts = [one.text for one in records]

    def words(text: str) -> list[str]:
        return analyzer.terms(folding.fold(text))

    chosen = choose(texts, questions, words, queries, seed=1)
    say("the client")
    cutting = time_cutting(documents[:_CUT], analyzer)
    say("the local engine")
    builds = {LOCAL: build_local(work / "local", documents)}
    times: dict[str, dict[str, Times]] = {LOCAL: {}}
    for nodes in dict.fromkeys(layout.nodes for layout in layouts):
        say(f"start {nodes} nodes")
        with (
            Index.open(work / "local") as local,
            Cluster.start(work / f"nodes-{nodes}", nodes, heap=heap, quick=False) as cluster,
        ):
            for layout in (one for one in layouts if one.nodes == nodes):
                say(f"build: {layout}")
                name = f"news-{layout.shards}-{layout.replicas}"
                builds[str(layout)] = build_cluster(cluster, name, layout, documents)
                say(f"ask: {layout}")
                times[str(layout)] = {}
                with Index.open(cluster.engine_address(name)) as other:
                    for kind, ours, theirs in ask_both(local, other, chosen, effort):
                        times[LOCAL].setdefault(kind, ours)
                        times[str(layout)][kind] = theirs
                for made in cluster.request("GET", f"_cat/indices/{name}*?format=json&h=index"):
                    cluster.request("DELETE", made["index"])
    text_bytes = sum(len(text.encode()) for text in texts)
    return Figures(len(documents), text_bytes, cutting, builds, times)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--documents", type=click.IntRange(1), default=20_000, show_default=True)
@click.option("--nodes", type=click.Choice(["1", "3"]), multiple=True, help="Default: both.")
@click.option("--heap", type=int, default=1024, show_default=True, help="Megabytes a node.")
@click.option("--queries", type=click.IntRange(1), default=50, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--seconds", type=float, default=10, show_default=True, help="For one class.")
@click.option("--json", "output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--news", type=_EXISTING, default=_DATA / "crud_news" / "docs.jsonl.gz")
@click.option("--questions", type=_EXISTING, default=_DATA / "zhihu_hot" / "queries.jsonl")
def main(
    documents: int,
    nodes: tuple[str, ...],
    heap: int,
    queries: int,
    rounds: int,
    seconds: float,
    output: Path | None,
    news: Path,
    questions: Path,
) -> None:
    """Measure OpenSearch on this machine beside the local engine, and print the figures."""
    layouts = [one for one in LAYOUTS if not nodes or str(one.nodes) in nodes]
    records = list(islice(read_news(news, documents), documents))
    log = Console(stderr=True)
    work = Path(tempfile.mkdtemp(prefix="searcher-benchmarks-"))
    try:
        figures = measure(
            records,
            read_questions(questions),
            layouts,
            work,
            queries=queries,
            effort=Effort(rounds, seconds),
            heap=heap,
            say=log.log,
        )
    finally:
        shutil.rmtree(work, ignore_errors=True)
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    for table in tables(figures):
        console.print(table)
    if output is not None:
        output.write_text(json.dumps(as_json(figures), ensure_ascii=False, indent=2), "utf-8")


if __name__ == "__main__":
    main()
