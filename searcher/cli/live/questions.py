"""What the live search asks the index, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from searcher import Hit
from searcher.cli.screen import Line

if TYPE_CHECKING:
    from searcher import Synonyms

FacetName = Literal["source", "tag", "year"]
FACETS: tuple[FacetName, ...] = ("source", "tag", "year")
Order = Literal["relevance", "date"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen in the filters: values of one facet are alternatives, facets combine.

    Attributes:
        source: Sources.
        tag: Tags.
        year: Years.
        since: The first day, month or year, as it was typed; None for no bound.
        until: The last one.
    """

    source: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    year: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None

    def of(self, facet: FacetName) -> tuple[str, ...]:
        """The values chosen of a facet, in the order in which they were."""
        return {"source": self.source, "tag": self.tag, "year": self.year}[facet]

    def without(self, facet: FacetName) -> "Chosen":
        """The same without one facet."""
        return self._with(facet, ())

    def toggled(self, facet: FacetName, value: str) -> "Chosen":
        """The same with a value more, or less where it was chosen."""
        values = self.of(facet)
        left = tuple(each for each in values if each != value)
        return self._with(facet, left if len(left) < len(values) else (*values, value))

    def _with(self, facet: FacetName, values: tuple[str, ...]) -> "Chosen":
        match facet:
            case "source":
                return replace(self, source=values)
            case "tag":
                return replace(self, tag=values)
            case "year":
                return replace(self, year=values)

    def date_runs(self) -> list[tuple[str | None, str | None]]:
        """The first and the last date of each run without gaps of what is chosen; None for any.

        With years that lie outside of ``since`` and ``until`` the last one is before the first.
        """
        if not self.year:
            return [(self.since, self.until)]
        runs: list[tuple[int, int]] = []
        for year in sorted(int(each) for each in self.year):
            if runs and year == runs[-1][1] + 1:
                runs[-1] = (runs[-1][0], year)
            else:
                runs.append((year, year))
        return [self._within(f"{first:04}", f"{last:04}") for first, last in runs]

    def _within(self, first: str, last: str) -> tuple[str, str]:
        """The narrower ones of two bounds each."""
        from searcher.query.dates import typed_period

        def start(text: str) -> datetime:
            return typed_period(text, "since")[0]

        def end(text: str) -> datetime:
            return typed_period(text, "until")[1] or datetime.max

        since = max(first, self.since or first, key=start)
        until = min(last, self.until or last, key=end)
        return since, until


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be found.

    Attributes:
        text: What was typed; nothing stands for all documents, the newest first.
        chosen: The filters.
        order: Best or newest first.
        limit: How many hits are wanted.
        snippet_width: How wide their snippets may be, in cells.
    """

    text: str
    chosen: Chosen = Chosen()
    order: Order = "relevance"
    limit: int = 50
    snippet_width: int = 120

    @property
    def is_for_all(self) -> bool:
        """Whether no word was typed."""
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class Answer:
    """The list of hits.

    Attributes:
        question: What was asked.
        hits: The best ones, at most as many as were asked for.
        reading: How the query was read.
        taken_for: The query whose hits these are, if it is not what was typed (pinyin).
        trouble: Why there is no answer; empty if there is one.
        is_again: Whether the same was asked before, so that the place in the list is kept.
    """

    question: Question
    hits: tuple[Hit, ...] = ()
    reading: str = ""
    taken_for: str | None = None
    trouble: str = ""
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """How many documents match, and how they spread.

    Attributes:
        question: What was asked.
        total: How many documents match.
        facets: For each facet how many match that have each value, whatever is chosen of it.
        documents: How many documents the index has, where that is of interest: none match.
    """

    question: Question
    total: int
    facets: Mapping[FacetName, Mapping[str, int]] = field(default_factory=dict)
    documents: int | None = None


@dataclass(frozen=True, slots=True)
class Hints:
    """What may have been meant, and how what was typed can go on; empty for nothing."""

    text: str
    meant: str = ""
    goes_on: str = ""


@dataclass(frozen=True, slots=True)
class Glance:
    """What of a document is to be seen in the preview.

    Attributes:
        hit: The hit that stands for it.
        query: What to mark; empty for nothing.
        width: How many cells a line has.
    """

    hit: Hit
    query: str
    width: int


@dataclass(frozen=True, slots=True)
class View:
    """A document around the place that matches.

    Attributes:
        glance: What was asked for.
        lines: Its lines.
        match_line: The number of the line with the match; 0 if none is marked.
    """

    glance: Glance
    lines: tuple[Line, ...]
    match_line: int = 0


@dataclass(frozen=True, slots=True)
class Manner:
    """How to search, for as long as the live search is open.

    Attributes:
        mode: Whether any word is enough or all must be there.
        syntax: ``plain`` if there are no operators.
        synonyms: What may stand for words of a query.
        brackets: Whether matches are put in brackets.
    """

    mode: Literal["any", "all"] = "any"
    syntax: Literal["query", "plain"] = "query"
    synonyms: "Synonyms | None" = None
    brackets: bool = False
