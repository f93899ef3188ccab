"""How to search: the options of a query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from searcher.errors import ArgumentError
from searcher.language import say

FACETS = ("source", "tag", "year")
SYNTAXES = ("query", "plain")
MODES = ("any", "all")
SORTS = ("relevance", "date")
Moment = str | date | datetime


@dataclass(slots=True, kw_only=True)
class Options:
    """How to search; see ``searcher.Index.search`` for what each means."""

    limit: int | None = 10
    offset: int = 0
    syntax: str = "query"
    mode: str = "any"
    since: Moment | None = None
    until: Moment | None = None
    source: str | Sequence[str] | None = None
    tag: str | Sequence[str] | None = None
    sort: str = "relevance"
    facets: Sequence[str] = ()
    snippet_width: int = 160

    @property
    def is_wide(self) -> bool:
        """Whether every document may be a hit."""
        return (
            self.since is None and self.until is None and self.source is None and self.tag is None
        )


def check(options: Options) -> None:
    """Look that every option has a value that it takes.

    Raises:
        ArgumentError: One has not.
    """
    if not _is_usual(options):
        _check_each(options)


def _is_usual(options: Options) -> bool:
    """Whether there is nothing to complain about, which is soon told."""
    return (
        options.syntax in SYNTAXES
        and options.mode in MODES
        and options.sort in SORTS
        and not options.facets
        and type(options.limit) is type(options.offset) is type(options.snippet_width) is int
        and options.limit >= 0
        and options.offset >= 0
        and options.snippet_width >= 0
    )


def _check_each(options: Options) -> None:
    for name, value, choices in (
        ("syntax", options.syntax, SYNTAXES),
        ("mode", options.mode, MODES),
        ("sort", options.sort, SORTS),
        *(("facets", facet, FACETS) for facet in options.facets),
    ):
        if value not in choices:
            allowed = ", ".join(choices)
            raise ArgumentError(
                say(
                    f"{name} cannot be {value!r}; it is one of: {allowed}",
                    f"{name} 不能是 {value!r}，可以是：{allowed}",
                )
            )
    for name, number in (
        ("limit", options.limit),
        ("offset", options.offset),
        ("snippet_width", options.snippet_width),
    ):
        if number is not None and not isinstance(number, int):
            raise ArgumentError(
                say(f"{name} must be a whole number: {number!r}", f"{name} 必须是整数：{number!r}")
            )
        if number is not None and number < 0:
            raise ArgumentError(
                say(f"{name} cannot be negative: {number}", f"{name} 不能是负数：{number}")
            )
