"""What is known of the documents of an index as a whole, for a few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

from searcher.cluster.encoding import token_of
from searcher.cluster.engine import Build, Engine
from searcher.cluster.filtering import facet_request, names_of
from searcher.cluster.schema import LENGTHS
from searcher.index.fields import GRAMS

_FRESH = 5.0  # seconds for which frequencies are taken to be as they were
_MOST_KNOWN = 100_000  # frequencies that are remembered

T = TypeVar("T")
Name = tuple[str, str]  # a term and its channel


class Snapshot:
    """What is known of the documents of a build as a whole, for a few seconds."""

    def __init__(self, engine: Engine, build: Build) -> None:
        """Take the build; what is asked for is looked up."""
        self._engine = engine
        self.build = build
        self._until = time.monotonic() + _FRESH
        self._known: dict[Name, int] = {}
        self._names: dict[str, dict[str, str]] = {}
        self.wanted: dict[Name, None] | None = None  # what is noted in place of being asked for

    @property
    def is_fresh(self) -> bool:
        """Whether it may still be gone by."""
        return time.monotonic() < self._until

    @cached_property
    def _sums(self) -> Any:
        aggregations: dict[str, Any] = {
            name: {"sum": {"field": name}} for name in LENGTHS.values() if GRAMS in name
        }
        body = {"size": 0, "track_total_hits": True, "aggs": aggregations}
        return self._engine.search(self.build, body)

    @property
    def count(self) -> int:
        """How many documents there are."""
        return int(self._sums["hits"]["total"]["value"])

    @cached_property
    def kept(self) -> int:
        """The same with deleted ones that are still there, and count in frequencies."""
        name = self.build.name
        stats = self._engine.connection.ask(
            lambda client: client.indices.stats(index=name, metric="docs")
        )
        docs = stats["_all"]["primaries"]["docs"]
        return int(docs["count"]) + int(docs["deleted"])

    def total_length(self, column: str) -> int:
        """The sum of the lengths of a text field in pairs of characters."""
        return int(self._sums["aggregations"][f"{column}_length"]["value"])

    def names_of(self, facet: str) -> dict[str, str]:
        """The names that folded values of a facet go by: those that most documents have."""
        names = self._names.get(facet)
        if names is None:
            body = {"size": 0, "aggs": {"values": facet_request(facet)}}
            counted = self._engine.search(self.build, body)["aggregations"]["values"]
            names = self._names[facet] = {} if facet == "year" else names_of(counted)
        return dict(names)

    def document_frequency(self, term: str, channel: str) -> int:
        """In how many documents a term is."""
        return self.document_frequencies([(term, channel)])[0]

    def document_frequencies(self, names: Sequence[Name]) -> list[int]:
        """The same for several terms."""
        missing = [name for name in dict.fromkeys(names) if name not in self._known]
        if missing and self.wanted is not None:
            self.wanted.update(dict.fromkeys(missing))
            return [self._known.get(name, 1) for name in names]
        if missing:
            self._fetch(missing)
        return [self._known[name] for name in names]

    def gathered(self, work: Callable[[], T]) -> T:
        """Do something that asks for frequencies, with few questions to the cluster.

        It is done without answers first, to find out what it asks for.
        """
        if self.wanted is not None:
            return work()
        for _ in range(2):
            self.wanted = {}
            try:
                result = work()
                wanted = list(self.wanted)
            finally:
                self.wanted = None
            if not wanted:
                return result
            self._fetch(wanted)
        return work()

    def _fetch(self, names: list[Name]) -> None:
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        queries = [{"term": {channel: token_of(term)}} for term, channel in names]
        counts = self._engine.counts(self.build, queries)
        self._known.update(zip(names, counts, strict=True))
