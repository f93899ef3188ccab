"""The query tree: what the user asked for, in terms of no engine."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Words:
    """Plain text, to be cut into words and ranked.

    Attributes:
        text: As it was typed.
        field: ``title`` or ``body``; None for both.
    """

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Synonym:
    """What may stand for a piece of plain text.

    Attributes:
        typed: The piece, folded.
        others: What may stand for it, folded.
    """

    typed: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expanded:
    """Plain text with synonyms of some of its pieces, which count for less.

    Attributes:
        words: The text.
        synonyms: The pieces that have synonyms, in order of appearance.
    """

    words: Words
    synonyms: tuple[Synonym, ...]


@dataclass(frozen=True, slots=True)
class Exact:
    """A quoted string: the folded text contains it, folded."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A word with ``*`` for any letters and ``?`` for one, such as ``保险*``."""

    pattern: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """A word and those that differ from it in few letters.

    Attributes:
        text: The word as it was typed.
        distance: How many letters may be inserted, deleted or replaced; None to go by its length.
        field: ``title`` or ``body``; None for both.
    """

    text: str
    distance: int | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A field other than text: the source or path contains the string, or a tag equals it."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class DateRange:
    """The date lies in a range, by the clock of the place where the document was written.

    Attributes:
        since: The first moment in the range; None for no bound. It has no zone.
        until: The first moment after the range; None for no bound. It has no zone.
    """

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Everything:
    """All documents."""


@dataclass(frozen=True, slots=True)
class And:
    """All children match."""

    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one child matches."""

    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The child does not match."""

    child: "Node"


@dataclass(frozen=True, slots=True)
class Boost:
    """The child's score counts ``factor`` times."""

    child: "Node"
    factor: float


@dataclass(frozen=True, slots=True)
class Clauses:
    """What stands side by side.

    Attributes:
        must: These match.
        should: At least one of these matches if nothing must; all of them with ``mode="all"``.
            Those that match add to the score.
        must_not: None of these matches.
    """

    must: tuple["Node", ...] = ()
    should: tuple["Node", ...] = ()
    must_not: tuple["Node", ...] = ()


Node = (
    Words
    | Expanded
    | Exact
    | Pattern
    | Fuzzy
    | Value
    | DateRange
    | Everything
    | And
    | Or
    | Not
    | Boost
    | Clauses
)


def describe(node: Node) -> str:
    """The tree in one line, for people: how a query was read."""
    match node:
        case Words(text, field):
            return f"{_prefix(field)}words({text})"
        case Expanded(words, synonyms):
            added = "; ".join(f"{one.typed}: {', '.join(one.others)}" for one in synonyms)
            return f"{describe(words)}{{{added}}}"
        case Exact(text, field):
            return f"{_prefix(field)}exact({text})"
        case Pattern(pattern, field):
            return f"{_prefix(field)}pattern({pattern})"
        case Fuzzy(text, distance, field):
            return f"{_prefix(field)}fuzzy({text}{'' if distance is None else f', {distance}'})"
        case Value(field, text):
            return f"{field}:{text}"
        case DateRange(since, until):
            return f"date:[{_moment(since)} .. {_moment(until)})"
        case Everything():
            return "everything"
        case And(children):
            return f"({' AND '.join(map(describe, children))})"
        case Or(children):
            return f"({' OR '.join(map(describe, children))})"
        case Not(child):
            return f"NOT {describe(child)}"
        case Boost(child, factor):
            return f"{describe(child)}^{factor:g}"
        case Clauses(must, should, must_not):
            parts = [
                *(f"+{describe(child)}" for child in must),
                *map(describe, should),
                *(f"-{describe(child)}" for child in must_not),
            ]
            return f"[{' '.join(parts)}]"


def _prefix(field: str | None) -> str:
    return f"{field}:" if field else ""


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat(sep=" ")
