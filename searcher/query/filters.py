"""Which documents the options of a search allow, and what facets count over the hits.

A filter only takes documents away: scores come from all documents of the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime
from functools import cached_property

from searcher.index.columnar.arrays import Ids, Mask
from searcher.index.dates import date_numbers
from searcher.index.fields import SOURCE, TAG
from searcher.index.reader import IndexReader
from searcher.lazy import np
from searcher.query.dates import typed_period
from searcher.query.options import Moment, Options
from searcher.text import Folding

_TICK = 1e-6  # seconds
_YEAR = "year"


class Filters:
    """What can be said of documents apart from their texts, in one state of an index."""

    def __init__(self, reader: IndexReader, folding: Folding) -> None:
        """Take the index; columns are read when they are first needed."""
        self._reader = reader
        self._folding = folding

    def allowed(self, options: Options) -> Mask | None:
        """Which documents the options allow; None for all that are not deleted.

        Raises:
            ArgumentError: A date is none.
        """
        if options.is_wide:
            return None
        masks: list[Mask] = []
        if options.since is not None:
            bound = bound_of(options.since, "since")
            masks.append(getattr(self._reader, bound.column) >= bound.first)
        if options.until is not None:
            bound = bound_of(options.until, "until")
            masks.append(getattr(self._reader, bound.column) < bound.after)
        for name, wanted in ((SOURCE, options.source), (TAG, options.tag)):
            if wanted is not None:
                masks.append(
                    self._with_value(name, [wanted] if isinstance(wanted, str) else wanted)
                )
        allowed: Mask = np.logical_and.reduce([self._reader.live, *masks])
        return allowed

    def facet(self, name: str, documents: Ids) -> dict[str, int]:
        """How many of some documents have each value, the most frequent first, then by value."""
        if name != _YEAR:
            mask = np.zeros(self._reader.capacity, np.bool_)
            mask[documents] = True
            return self._reader.values(name, self._folding.fold).counts(mask)
        counts = np.bincount(self._years[documents], minlength=1)
        years = np.flatnonzero(counts[1:]) + 1
        years = years[np.argsort(-counts[years], kind="stable")]
        return {str(year): int(counts[year]) for year in years.tolist()}

    @cached_property
    def _years(self) -> Ids:
        """The year of each document where it was written; 0 for none."""
        local = self._reader.local
        years = np.zeros(local.size, np.int64)
        has = ~np.isnan(local)
        seconds = np.floor(local[has]).astype("datetime64[s]")
        years[has] = np.minimum(seconds.astype("datetime64[Y]").astype(int) + 1970, MAXYEAR)
        return years

    def _with_value(self, name: str, wanted: Sequence[str]) -> Mask:
        """The documents that have one of several values in a field."""
        fold = self._folding.fold
        folded = {fold(value.strip()) for value in wanted}
        return self._reader.values(name, fold).equal_to(folded)


@dataclass(frozen=True, slots=True)
class Bound:
    """A date to compare a column with: its first second and the first one after it."""

    column: str
    first: float
    after: float


def bound_of(moment: Moment, name: str) -> Bound:
    """What a bound of a filter means; ``name`` is that of the option.

    Raises:
        ArgumentError: It is no date.
    """
    if isinstance(moment, datetime):
        instant, local = date_numbers(moment)
        if moment.utcoffset() is not None:
            return Bound("instant", instant, instant + _TICK)
        return Bound("local", local, local + _TICK)
    text = moment.isoformat() if isinstance(moment, date) else str(moment)
    start, end = typed_period(text, name)
    after = float("inf") if end is None else date_numbers(end)[1]
    return Bound("local", date_numbers(start)[1], after)
