"""How to search: the options of a query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from searcher.errors import ArgumentError
from searcher.language import say

if TYPE_CHECKING:
    from searcher.query.synonyms import Synonyms

FACETS = ("source", "tag", "year")
SYNTAXES = ("query", "plain")
MODES = ("any", "all")
SORTS = ("relevance", "date")
Moment = str | date | datetime
_WIDEST = 1_000_000  # cells of a snippet; no text is wider for those who read it


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
    synonyms: "Synonyms | None" = None
    expand: bool = False

    @property
    def wants_best(self) -> bool:
        """Whether no hit means that there is none."""
        return self.limit != 0 and self.offset == 0

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
        and options.synonyms is None
        and options.source is None
        and options.tag is None
        and type(options.limit) is type(options.offset) is type(options.snippet_width) is int
        and options.limit >= 0
        and options.offset >= 0
        and 0 <= options.snippet_width <= _WIDEST
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
    if options.synonyms is not None:
        _check_synonyms(options.synonyms)
    options.source = _names("source", options.source)
    options.tag = _names("tag", options.tag)
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
    options.snippet_width = min(options.snippet_width, _WIDEST)


def _names(option: str, given: object) -> str | tuple[str, ...] | None:
    """The names that a filter was given: one, or several from whatever can be gone through once."""
    if given is None or isinstance(given, str):
        return given
    names = tuple(given) if isinstance(given, Iterable) else ()
    if not isinstance(given, Iterable) or not all(isinstance(name, str) for name in names):
        raise ArgumentError(
            say(
                f"{option} must be a string or a list of strings: {given!r:.40}",
                f"{option} 须为字符串或字符串的列表：{given!r:.40}",
            )
        )
    return names


def _check_synonyms(given: object) -> None:
    from searcher.query.synonyms import Synonyms

    if not isinstance(given, Synonyms):
        raise ArgumentError(
            say(
                f"synonyms come from Synonyms.load or Synonyms.parse: {given!r:.40}",
                f"synonyms 须由 Synonyms.load 或 Synonyms.parse 得到：{given!r:.40}",
            )
        )
