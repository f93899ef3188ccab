"""Notes taken while a query is carried out."""

from dataclasses import dataclass, field

from searcher.query.highlights import Highlight
from searcher.query.results import TermContribution


@dataclass(slots=True)
class Trace:
    """Notes taken on the way, to show or to explain results with."""

    explained: int | None = None  # a document number
    contributions: list[TermContribution] = field(default_factory=list)
    highlights: dict[str, Highlight] = field(default_factory=dict)
