"""What a search gives."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from searcher.kernel import load

if TYPE_CHECKING:
    from rich.text import Text

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Snippet:
    """The passage of a document that answers the query.

    Attributes:
        text: One line, cut from the body.
        spans: What to mark, as (start, end) character offsets into ``text``, in order, not
            overlapping and not touching.
    """

    text: str
    spans: tuple[Span, ...] = ()

    def to_html(self, tag: str = "mark") -> str:
        """The text as HTML, escaped, what is to be marked between tags.

        Example:
            >>> Snippet("理赔<当天>到账", ((0, 2),)).to_html()
            '<mark>理赔</mark>&lt;当天&gt;到账'

        Args:
            tag: The name of the element.

        Raises:
            ArgumentError: It is no name of an element.
        """
        from searcher.query.marking import to_html

        return to_html(self.text, self.spans, tag)

    def to_rich(self, style: str = "bold yellow") -> "Text":
        """The text for rich, what is to be marked in a style. It needs rich, which this loads.

        Example:
            >>> Snippet("理赔当天到账", ((0, 2),)).to_rich().markup
            '[bold yellow]理赔[/bold yellow]当天到账'
        """
        from searcher.query.marking import to_rich

        return to_rich(self.text, self.spans, style)


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that matches.

    Attributes:
        rank: 1 for the best hit of all, whatever the offset.
        id: The document's id.
        score: Its score; 0 where the query only narrows down.
        title: Its title.
        path: The file it was read from, below the folder it was found under.
        date: When it was published, with a zone.
        source: Who published it.
        tags: Its keywords.
        snippet: The passage that answers the query.
        title_spans: What to mark in the title, as in a snippet.
        url: Where it can be read on the web.
    """

    rank: int
    id: str
    score: float
    title: str
    path: str | None
    date: datetime | None
    source: str | None
    tags: tuple[str, ...]
    snippet: Snippet
    title_spans: tuple[Span, ...] = ()
    url: str | None = None

    @property
    def marked_title(self) -> Snippet:
        """The title and what to mark in it, with the helpers that snippets have."""
        return Snippet(self.title, self.title_spans)


T = TypeVar("T")


class Lazy(Generic[T]):
    """A value that is worked out when it is first asked for."""

    __slots__ = ("_value", "_work_out")

    _value: T

    def __init__(self, work_out: Callable[[], T]) -> None:
        """Take what works it out."""
        self._work_out: Callable[[], T] | None = work_out

    def get(self) -> T:
        """The value."""
        work_out = self._work_out  # which another thread may take away
        if work_out is not None:
            self._value = work_out()
            self._work_out = None
        return self._value

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles have the value itself."""
        return Lazy.known, (self.get(),)

    @staticmethod
    def known(value: T) -> "Lazy[T]":
        """One that is worked out already."""
        return Lazy(lambda: value)


@dataclass(frozen=True, slots=True)
class Results:
    """The hits of a search, best first. It can be iterated over and indexed like a list of hits.

    Attributes:
        query: The query as it was given.
        reading: How the query was read, in one line.
        hits: The hits from the offset on, at most as many as the limit.
        facets: For each facet asked for, how many of the matching documents have each value,
            most frequent first.
        is_corrected: Whether the hits, the reading, the facets and the total are not those of
            ``query``, which has none and is pinyin, but of ``suggestion``.
    """

    query: str
    reading: str
    hits: tuple[Hit, ...]
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    count: Lazy[int] = field(default_factory=lambda: Lazy(int), repr=False, compare=False)
    hint: Lazy[str | None] = field(
        default_factory=lambda: Lazy[str | None].known(None), repr=False, compare=False
    )
    is_corrected: bool = False

    @property
    def total(self) -> int:
        """How many documents match. They are counted when this is first asked for."""
        return self.count.get()

    @property
    def suggestion(self) -> str | None:
        """Another query, which has hits where this one has none, or more than it has.

        It is what may have been meant: by sound, by pinyin, or with a character changed. It is
        looked for when this is first asked for.
        """
        return self.hint.get()

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)

    def __getitem__(self, index: int) -> Hit:
        return self.hits[index]


Made = TypeVar("Made", Hit, Results)


def maker(kind: type[Made]) -> Callable[..., Made]:
    """What makes objects of the values of all fields: the kernel, or the class, which is slower."""
    native = load("snippets")
    if native is None:
        return kind
    made: Callable[..., Made] = native.Maker(kind, tuple([one.name for one in fields(kind)]))
    return made


@dataclass(frozen=True, slots=True)
class TermContribution:
    """What one term added to a score.

    Attributes:
        term: The term, or the pattern that stands for several.
        channel: ``words`` or ``grams``; for what is added to the best documents ``characters`` or
            ``sentence``, and the term is all characters that are looked for.
        idf: Its inverse document frequency.
        document_frequency: How many documents have it.
        weight: How often it counts: occurrences in the query times boosts.
        score: What it added, all in all.
        origin: For a term of a synonym, what it stands for, as ``typed → synonym``; else None.
    """

    term: str
    channel: str
    idf: float
    document_frequency: int
    weight: float
    score: float
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a document came by its score.

    Attributes:
        query: The query as it was given.
        reading: How it was read, in one line.
        id: The document's id.
        matches: Whether the document matches.
        score: Its score; the sum of the terms' where it matches.
        terms: What each term of the query that the document has added, most first.
    """

    query: str
    reading: str
    id: str
    matches: bool
    score: float
    terms: tuple[TermContribution, ...]
