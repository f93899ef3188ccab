"""What ``python -m tests.benchmarks.cluster`` measures and prints, without a look at the clock."""

import json
from pathlib import Path

from rich.console import Console

from searcher import Document, Index
from searcher.text import Analyzer
from tests.benchmarks.asking import Effort, Times
from tests.benchmarks.cluster import (
    LOCAL,
    Built,
    Cutting,
    Figures,
    Layout,
    as_json,
    ask_both,
    build_cluster,
    build_local,
    tables,
    time_cutting,
)
from tests.benchmarks.queries import Query
from tests.cluster.nodes import Cluster

DOCUMENTS = [
    Document(id=str(number), title=f"公告{number}", body=f"理赔走绿色通道，第{number}号。")
    for number in range(30)
]
QUERIES = [Query("common", "理赔"), Query("all", "理赔 通道"), Query("phrase", "绿色通道")]


def test_both_engines_are_given_the_same_and_asked_the_same(
    cluster: Cluster, index_name: str, tmp_path: Path
) -> None:
    layout = Layout(3, 2, 1)
    local = build_local(tmp_path / "index", DOCUMENTS)
    built = build_cluster(cluster, index_name, layout, DOCUMENTS, settle=0.0)
    assert built.merged_bytes > 0 and built.memory > 0 and local.index_bytes > 0

    address = cluster.engine_address(index_name)
    with Index.open(tmp_path / "index") as ours, Index.open(address) as theirs:
        asked = list(ask_both(ours, theirs, QUERIES, Effort(1, 60.0)))
    assert [kind for kind, _, _ in asked] == ["common", "all", "phrase"]
    for _, one, other in asked:
        assert one.with_hits == other.with_hits == 1


def test_the_client_is_timed_on_one_core(analyzer: Analyzer) -> None:
    cutting = time_cutting(DOCUMENTS, analyzer)
    assert cutting.words > cutting.whole > 0


def test_figures_are_printed_and_kept() -> None:
    layout = str(Layout(1, 1, 0))
    assert layout == "1 node, 1 shard, 0 replicas"
    times = {"common": Times((0.001, 0.003), 2)}
    figures = Figures(
        100,
        200_000,
        Cutting(6_000.0, 600.0),
        {
            LOCAL: Built(1.0, 1.0, 0.0, 200_000, 200_000, 0),
            layout: Built(2.0, 0.5, 1.0, 2_000_000, 1_000_000, 300_000_000),
        },
        {LOCAL: times, layout: times},
    )
    console = Console(width=150, record=True)
    for table in tables(figures):
        console.print(table)
    printed = console.export_text()
    for expected in ("50", "5.00", "10.00", "600", "1.0 / 3.0", layout):
        assert expected in printed
    assert json.loads(json.dumps(as_json(figures)))["queries"][layout]["common"]["p99"] == 3.0
