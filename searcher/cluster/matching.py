"""Patterns in running text: the cluster has no query for them, so the texts are looked at here."""

from collections.abc import Sequence
from typing import Any

from searcher.cluster.engine import Build, Engine
from searcher.errors import ArgumentError
from searcher.index.fields import TEXT_FIELDS
from searcher.language import say
from searcher.query.patterns import TextPattern

_MOST = 100_000  # texts that are looked at for one pattern

Query = dict[str, Any]


class PatternMatcher:
    """Finds the documents that patterns of one search fit; each pattern is looked for once."""

    def __init__(self, engine: Engine, build: Build, within: Sequence[Query]) -> None:
        """Take the index.

        Args:
            engine: The index.
            build: The build.
            within: What all documents must match that are of interest.
        """
        self._engine, self._build = engine, build
        self._within = within
        self._known: dict[tuple[str, str | None], list[str]] = {}

    def matching(self, candidates: Query, pattern: str, only: str | None) -> list[str]:
        """The ids of the documents that a pattern fits.

        Args:
            candidates: What all of them match.
            pattern: The pattern, folded.
            only: The text field that it is to be found in; None for any.

        Raises:
            ArgumentError: There are too many texts to look at.
        """
        ids = self._known.get((pattern, only))
        if ids is None:
            ids = self._known[pattern, only] = self._looked_for(candidates, pattern, only)
        return ids

    def _looked_for(self, candidates: Query, pattern: str, only: str | None) -> list[str]:
        left: Query = {"bool": {"filter": [candidates, *self._within]}}
        count = self._engine.counts(self._build, [left])[0]
        if count > _MOST:
            raise ArgumentError(
                say(
                    f"{pattern!r:.100} takes a look at {count:,} texts; in a cluster it may be "
                    f"{_MOST:,}. Write more of its letters, or narrow the search by dates, a "
                    "source or a tag",
                    f"{pattern!r:.100} 需要查看 {count:,} 篇文本，在集群中最多 {_MOST:,} 篇。"
                    "请多写几个字，或用日期、来源、标签缩小范围",
                )
            )
        fold = self._build.analyzer.folding.fold
        text = TextPattern(pattern)
        names = [name for name in TEXT_FIELDS if only in (None, name)]
        return [
            one["id"]
            for one in self._engine.scan(self._build, left, ("id", *names))
            if any(next(text.spans(fold(one[name])), None) is not None for name in names)
        ]
