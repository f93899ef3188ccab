"""The options of a search as filters, and what facets count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from searcher.query.filters import bound_of
from searcher.query.options import Options

_MOST_VALUES = 65_000  # of a facet; the cluster takes no more buckets
_YEAR = "year"


def filters_of(options: Options, fold: Callable[[str], str]) -> list[dict[str, Any]]:
    """What the options of a search ask for, each as a query.

    Raises:
        ArgumentError: A date is none.
    """
    filters: list[dict[str, Any]] = []
    if options.since is not None:
        bound = bound_of(options.since, "since")
        filters.append({"range": {bound.column: {"gte": bound.first}}})
    if options.until is not None:
        bound = bound_of(options.until, "until")
        if bound.after == float("inf"):
            filters.append({"exists": {"field": bound.column}})
        else:
            filters.append({"range": {bound.column: {"lt": bound.after}}})
    for name, wanted in (("source", options.source), ("tag", options.tag)):
        if wanted is not None:
            values = [wanted] if isinstance(wanted, str) else wanted
            folded = sorted({fold(value.strip()) for value in values})
            filters.append({"terms": {f"{name}_folded": folded}})
    return filters


def facet_request(name: str) -> dict[str, Any]:
    """What to ask the cluster to count."""
    field = _YEAR if name == _YEAR else f"{name}_value"
    return {"terms": {"field": field, "size": _MOST_VALUES}}


def names_of(counted: dict[str, Any]) -> dict[str, str]:
    """The name that most documents of all that were counted have each folded value by."""
    names: dict[str, tuple[int, str]] = {}
    for one in counted["buckets"]:
        folded, _, value = one["key"].partition("\x00")
        names[folded] = min(names.get(folded, (0, "")), (-int(one["doc_count"]), value))
    return {folded: name for folded, (_, name) in names.items()}


def facet_of(name: str, counted: dict[str, Any], names: dict[str, str]) -> dict[str, int]:
    """How many documents have each value, the most frequent first, then by value.

    Args:
        name: What was counted.
        counted: What the cluster gave.
        names: For what folds to the same, the one name it goes by.
    """
    if name == _YEAR:
        years = [(str(one["key"]), int(one["doc_count"])) for one in counted["buckets"]]
        return dict(sorted(years, key=lambda row: (-row[1], int(row[0]))))
    totals: dict[str, int] = {}
    for one in counted["buckets"]:
        folded, _, value = one["key"].partition("\x00")
        totals[folded] = totals.get(folded, 0) + int(one["doc_count"])
        names.setdefault(folded, value)
    found = [(names[folded], count) for folded, count in totals.items()]
    return dict(sorted(found, key=lambda row: (-row[1], row[0])))
