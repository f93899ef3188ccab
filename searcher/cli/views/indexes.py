"""Named indexes, as people read them."""

from collections.abc import Sequence
from typing import TypedDict

from searcher import Index, SearcherError
from searcher.cli.configuration import Configuration
from searcher.cli.places import place_by_default
from searcher.cli.screen import Line, styled
from searcher.cli.views.table import fields
from searcher.language import say


class IndexRecord(TypedDict):
    """A named index.

    Attributes:
        name: Its name.
        path: Its directory.
        is_default: Whether it is taken when none is named.
        documents: How many it has; None if it cannot be opened.
        problem: Why not.
    """

    name: str
    path: str
    is_default: bool
    documents: int | None
    problem: str | None


def index_records(configuration: Configuration) -> list[IndexRecord]:
    """What is known of each index that has a name."""
    default = place_by_default(configuration)
    records: list[IndexRecord] = []
    for name, path in configuration.indexes.items():
        documents, problem = None, None
        try:
            with Index.open(path) as index:
                documents = index.status().documents
        except SearcherError as error:
            problem = str(error)
        records.append(
            {
                "name": name,
                "path": str(path),
                "is_default": default.name == name,
                "documents": documents,
                "problem": problem,
            }
        )
    return records


def index_lines(records: Sequence[IndexRecord], width: int | None) -> list[Line]:
    """A line for each."""
    rows: list[tuple[str, Line]] = []
    for record in records:
        count = record["documents"]
        if count is None:
            state = record["problem"] or ""
        else:
            path = record["path"]
            state = say(
                f"{count:,} {'document' if count == 1 else 'documents'}, {path}",
                f"{count:,} 篇，{path}",
            )
        star = "*" if record["is_default"] else ""
        rows.append((record["name"] + star, styled(state)))
    return fields(rows, width)
