"""What the documents of an index are, in numbers, and what its size is made of."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from searcher.api.types import Statistics
from searcher.documents.endings import format_of
from searcher.index.fields import CHANNELS, PATH, SOURCE, VALUE_FIELDS
from searcher.lazy import np

if TYPE_CHECKING:
    from searcher.api.state import State
    from searcher.index.reader import IndexReader

# Where the sections of a segment belong, by how their names begin; the first that fits counts.
_PARTS = (
    *((f"{channel}.", channel) for channel in CHANNELS),
    *((f"{field}.", "values") for field in VALUE_FIELDS),
    ("text", "texts"),
    ("id", "fields"),
    ("rest", "fields"),
    ("instant", "fields"),
    ("zone", "fields"),
    ("title_", "lengths"),
    ("body_", "lengths"),
)
_FILES = {
    ".symbols": "texts",
    ".files": "manifest",
    ".table": "dictionary",
    "dictionary.json": "dictionary",
    "folding.json": "dictionary",
}


def statistics_of(state: State, folder: Path) -> Statistics:
    """Count the documents of a state by what they are, and measure the files of its index.

    Args:
        state: The state, opened for reading.
        folder: The directory of the index.
    """
    reader = state.reader
    fold = state.analyzer.folding.fold
    paths = reader.values(PATH, fold).counts(reader.live)
    formats = Counter[str]()
    for path, count in paths.items():
        formats[format_of(path)] += count
    months = _months(reader)
    return Statistics(
        documents=reader.count,
        dated=sum(months.values()),
        months=months,
        sources=reader.values(SOURCE, fold).counts(reader.live),
        formats=_most_first(formats),
        parts=_most_first(_parts(reader, folder)),
    )


def _months(reader: IndexReader) -> dict[str, int]:
    """How many documents are of each month, as it was where they were written, in order."""
    local = reader.local[reader.live]
    seconds = np.floor(local[~np.isnan(local)]).astype("datetime64[s]")
    months, counts = np.unique(seconds.astype("datetime64[M]"), return_counts=True)
    return dict(zip(map(str, months), counts.tolist(), strict=True))


def _parts(reader: IndexReader, folder: Path) -> Counter[str]:
    """The bytes of all files below a directory, by what they hold."""
    segments = {one.segment.container.path.name: one.segment.container for one in reader.segments}
    parts = Counter[str]()
    for path, size in _files(folder):
        container = segments.get(path.name)
        if container is None:
            parts[_FILES.get(path.name, _FILES.get(path.suffix, "other"))] += size
            continue
        for name in container.names():
            section = container.size(name)
            parts[next(part for start, part in _PARTS if name.startswith(start))] += section
            size -= section
        parts["other"] += size
    return parts


def _files(folder: Path) -> Iterator[tuple[Path, int]]:
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            with suppress(FileNotFoundError):  # another process may be deleting some
                yield path, path.stat().st_size


def _most_first(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
