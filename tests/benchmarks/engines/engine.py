"""What every engine does, so that they can be measured alike."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from tests.benchmarks.queries import Query

LIMIT = 10  # hits
SNIPPET = 160  # characters

Ranking = Callable[[], Sequence[object]]
"""Gives the best documents, as the engine numbers them, of a query that is analysed already."""

Found = tuple[str, str]
"""A title and a snippet."""


class Session(Protocol):
    """An index that is open for one thread."""

    def ranking(self, query: Query) -> Ranking:
        """Analyse a query; what is returned does the rest, once for each call."""
        ...

    def search(self, query: Query) -> list[Found]:
        """Everything, from the string to titles and snippets."""
        ...


class Engine(Protocol):
    """An engine that indexes files of JSON Lines."""

    kinds: frozenset[str]
    """The kinds of queries that it can answer."""

    def build(self, texts: Path, folder: Path, jobs: int) -> None:
        """Index the file in ``texts`` into an empty folder, with this many processes."""
        ...

    def open(self, folder: Path) -> Session:
        """Open what was built."""
        ...


def file_of(texts: Path) -> Path:
    """The one file in a folder of texts."""
    (file,) = texts.iterdir()
    return file
