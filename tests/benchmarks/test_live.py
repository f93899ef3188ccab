"""What the benchmark of the live search does and prints, which needs no clock."""

import asyncio
from pathlib import Path

from searcher import Document, Index
from tests.benchmarks.live import Moment, line, typed


def test_each_key_is_measured(tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", create=True) as index:
        index.add([Document(id="a", body="理赔绿色通道")])
    times = asyncio.run(typed(tmp_path / "index", ["理赔", "绿"], (80, 24)))
    assert len(times) == 3
    assert times[1] is not None and times[2] is not None  # the last text is always painted


def test_what_was_stale_is_counted_apart() -> None:
    figures = line("80x24", [Moment(1.0, 0.5), None, Moment(3.0, 2.0)])
    assert figures == (
        "80x24: 3 keys, p50 1.0 (0.5) ms, p99 3.0 (2.0) ms, slowest 3.0 (2.0) ms, "
        "skipped as stale 1"
    )
