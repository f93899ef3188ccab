"""How a score came about, read from what the cluster says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from searcher.index.fields import CHANNELS
from searcher.query.results import TermContribution

_WEIGHT = re.compile(r"weight\((?P<terms>.*) in \d+\)", re.DOTALL)
_SYNONYMS = re.compile(r"weight\(Synonym\((?P<terms>.*)\) in \d+\)", re.DOTALL)


def contributions_of(
    explanation: dict[str, Any], factors: tuple[float, float]
) -> list[TermContribution]:
    """What each term added to a score.

    Args:
        explanation: What the cluster says.
        factors: What it multiplies scores with, of weighed terms and of plain ones.
    """
    return list(_contributions(explanation, factors))


def _contributions(
    node: dict[str, Any], factors: tuple[float, float]
) -> Iterator[TermContribution]:
    match = _SYNONYMS.match(node["description"]) or _WEIGHT.match(node["description"])
    if match is None:
        for child in node.get("details", ()):
            yield from _contributions(child, factors)
        return
    field, _, term = match["terms"].partition(":")
    is_plain = field not in CHANNELS
    channel = field.rpartition("_")[2] if is_plain else field
    values = dict(_values(node))
    boost = values.get("boost", 1.0)
    yield TermContribution(
        term=term,
        channel=channel,
        idf=values.get("idf", 0.0),
        document_frequency=int(values.get("n", 0)),
        weight=boost,
        score=float(node["value"]),
    )


def _values(node: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for child in node.get("details", ()):
        name = child["description"].partition(",")[0]
        yield name, float(child["value"])
        yield from _values(child)
