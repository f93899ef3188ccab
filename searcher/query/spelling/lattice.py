"""The cheapest ways through a text: each piece of it as it stands, or something in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

_WIDTH = 6  # ways that are followed at each place


@dataclass(frozen=True, slots=True)
class Edge:
    """What may stand for a stretch.

    Attributes:
        start: Where the stretch begins.
        end: Where it ends.
        text: What stands there.
        cost: How unlikely that is.
        is_change: Whether it is not what was typed.
        is_certain: Whether it is what was typed, if perhaps in another script.
    """

    start: int
    end: int
    text: str
    cost: float
    is_change: bool = False
    is_certain: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """Edges from the beginning to the end, and what they cost together."""

    cost: float
    edges: tuple[Edge, ...]

    @property
    def is_change(self) -> bool:
        """Whether it is not what was typed."""
        return any(edge.is_change for edge in self.edges)


def cheapest(
    start: int, end: int, edges: Iterable[Edge], joint: Callable[[Edge, Edge], float]
) -> list[Way]:
    """The cheapest ways, the best first; empty if none leads to the end.

    Args:
        start: Where the ways begin.
        end: Where they end.
        edges: All edges.
        joint: What it costs that an edge follows another.
    """
    leaving: dict[int, list[Edge]] = {}
    for edge in edges:
        leaving.setdefault(edge.start, []).append(edge)
    ways: dict[int, list[Way]] = {start: [Way(0.0, ())]}
    for at in range(start, end):
        arrived = sorted(ways.pop(at, ()), key=_order)[:_WIDTH]
        for way in arrived:
            for edge in leaving.get(at, ()):
                cost = way.cost + edge.cost
                if way.edges:
                    cost += joint(way.edges[-1], edge)
                ways.setdefault(edge.end, []).append(Way(cost, (*way.edges, edge)))
    return sorted(ways.get(end, ()), key=_order)[:_WIDTH]


def _order(way: Way) -> tuple[float, list[str]]:
    return way.cost, [edge.text for edge in way.edges]
