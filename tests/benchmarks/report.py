"""What was measured, as tables and as JSON."""

import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version

from rich.table import Table

from tests.benchmarks.asking import YARDSTICK, Duel, Times
from tests.benchmarks.engines import LABELS
from tests.benchmarks.queries import KINDS
from tests.benchmarks.run import NEWS, OURS, PASSAGES, Figures
from tests.benchmarks.statistics import geometric_mean
from tests.benchmarks.texts import Collection

_PACKAGES = ("searcher", "numpy", "tantivy", "rjieba", "bm25s", "whoosh3", "jieba")
_PERCENTS = (50, 99)


def tables(figures: Figures) -> Iterator[Table]:
    """A table for each figure, and last of all what must be reached."""
    if figures.builds:
        yield _builds(figures)
    for task, collections in figures.duels.items():
        for collection, duels in collections.items():
            for percent in _PERCENTS if collection in (NEWS, PASSAGES) else _PERCENTS[:1]:
                title = f"{task}, {collection}: p{percent}, ms (× {LABELS[YARDSTICK]})"
                yield _duels(title, duels, percent)
    for task in figures.duels:
        if figures.growth(task, OURS):
            yield _growth(task, figures)
    if figures.cold:
        yield _cold(figures.cold)
    yield _goals(figures)


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _builds(figures: Figures) -> Table:
    columns = ("docs", "s", "docs/s", "MB/s", "index, MB", "× text", "peak memory, MB")
    table = _table("build: text in, committed index out", "", *columns)
    for collection, builds in figures.builds.items():
        for name, built in builds.items():
            table.add_row(
                f"{collection}, {LABELS[name]}",
                f"{built.documents:,}",
                f"{built.seconds:.1f}",
                f"{built.documents_per_second:,.0f}",
                f"{built.megabytes_per_second:.1f}",
                f"{built.index_bytes / 1e6:,.0f}",
                f"{built.size_ratio:.2f}",
                f"{built.peak_bytes / 1e6:,.0f}",
            )
    return table


def _duels(title: str, duels: Mapping[str, Duel], percent: float) -> Table:
    first = next(iter(duels.values()))
    table = _table(title, "", LABELS[YARDSTICK], *(LABELS[name] for name in duels))
    for kind in KINDS:
        if kind in first.theirs:
            cells = [
                f"{duel.ours[kind].milliseconds(percent):.3f} ({duel.ratio(kind, percent):.2f})"
                if kind in duel.ours
                else "–"
                for duel in duels.values()
            ]
            table.add_row(KINDS[kind], f"{first.theirs[kind].milliseconds(percent):.3f}", *cells)
    means = [
        f"({geometric_mean([duel.ratio(kind, percent) for kind in duel.ours]):.2f})"
        for duel in duels.values()
    ]
    table.add_row("geometric mean", "", *means)
    return table


def _growth(task: str, figures: Figures) -> Table:
    ours, theirs = (figures.growth(task, name) for name in (OURS, YARDSTICK))
    title = f"{task}: p50 over ten times as many passages, ×"
    table = _table(title, "", LABELS[OURS], LABELS[YARDSTICK])
    for kind in ours:
        table.add_row(KINDS[kind], f"{ours[kind]:.2f}", f"{theirs[kind]:.2f}")
    return table


def _cold(seconds: Mapping[str, float]) -> Table:
    table = _table("cold: a whole process, median", "", "ms")
    for name, each in seconds.items():
        table.add_row(name, f"{1000 * each:.0f}")
    return table


def _goals(figures: Figures) -> Table:
    table = _table("what must be reached", "", "is", "must be", "")
    for goal in figures.goals():
        sign = "≥" if goal.at_least else "≤"
        table.add_row(
            goal.figure,
            f"{goal.value:.2f}{goal.unit}",
            f"{sign} {goal.bound:g}{goal.unit}",
            "[green]✓[/]" if goal.reached else "[red]✗[/]",
        )
    return table


def as_json(figures: Figures, collections: Mapping[str, Collection]) -> dict[str, object]:
    """Everything that was measured; times are in milliseconds."""
    return {
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "packages": dict(_versions()),
        },
        "collections": {
            name: {"documents": each.documents, "text_bytes": each.text_bytes}
            for name, each in collections.items()
        },
        "builds": {
            collection: {
                name: {
                    **asdict(built),
                    "documents_per_second": built.documents_per_second,
                    "megabytes_per_second": built.megabytes_per_second,
                    "size_ratio": built.size_ratio,
                }
                for name, built in builds.items()
            }
            for collection, builds in figures.builds.items()
        },
        "queries": {
            task: {
                collection: {name: _duel_json(duel) for name, duel in duels.items()}
                for collection, duels in collections_of.items()
            }
            for task, collections_of in figures.duels.items()
        },
        "cold": {name: 1000 * seconds for name, seconds in figures.cold.items()},
        "goals": [{**asdict(goal), "reached": goal.reached} for goal in figures.goals()],
    }


def _duel_json(duel: Duel) -> dict[str, object]:
    kinds = {
        kind: {
            "engine": _times_json(duel.ours[kind]),
            YARDSTICK: _times_json(duel.theirs[kind]),
            "ratio_p50": duel.ratio(kind, 50),
            "ratio_p99": duel.ratio(kind, 99),
        }
        for kind in duel.ours
    }
    mean = geometric_mean([duel.ratio(kind) for kind in duel.ours])
    return {"kinds": kinds, "geometric_mean_p50": mean}


def _times_json(times: Times) -> dict[str, float]:
    return {
        "queries": len(times.seconds),
        "with_hits": times.with_hits,
        **{f"p{percent}": times.milliseconds(percent) for percent in _PERCENTS},
    }


def _versions() -> Iterator[tuple[str, str]]:
    for package in _PACKAGES:
        try:
            yield package, version(package)
        except PackageNotFoundError:
            continue
