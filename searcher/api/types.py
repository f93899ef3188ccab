"""What the methods of an index give, search apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from searcher.query.synonyms import Synonyms


class SearchOptions(TypedDict, total=False):
    """How to search: the keyword arguments of ``Index.search``, which says what each means."""

    limit: int | None
    offset: int
    syntax: Literal["query", "plain"]
    mode: Literal["any", "all"]
    since: str | date | datetime | None
    until: str | date | datetime | None
    source: str | Sequence[str] | None
    tag: str | Sequence[str] | None
    sort: Literal["relevance", "date"]
    facets: Sequence[Literal["source", "tag", "year"]]
    snippet_width: int
    synonyms: "Synonyms | None"
    expand: bool


@dataclass(frozen=True, slots=True)
class Status:
    """What an index is made of.

    Attributes:
        path: Its directory.
        documents: How many documents it has.
        segments: How many segments they are kept in.
        generation: Counts the commits since it was built.
        size: The size of all its files in bytes.
        created: When it was built, in ISO 8601.
        folders: The folders that it was last made equal to.
        dictionary: The fingerprint of the dictionary that cut its texts.
        dictionary_files: The names of the user's dictionary and stop list, if any.
        format_version: The form of its files.
        whoosh: Which distribution and version of Whoosh is in use.
        kernel: Whether the compiled kernel is in use.
        cluster: What it is kept in, if that is a cluster: version, nodes, shards, copies, health.
    """

    path: str
    documents: int
    segments: int
    generation: int
    size: int
    created: str
    folders: tuple[str, ...]
    dictionary: str
    dictionary_files: tuple[str, ...]
    format_version: int
    whoosh: str
    kernel: bool
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export has written.

    Attributes:
        documents: How many documents.
        size: How many bytes of text they are, before they are packed.
        too_large: The ids of documents that are larger than what is read back as one.
    """

    documents: int
    size: int
    too_large: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the documents of an index are, in numbers, and what its size is made of.

    Attributes:
        documents: How many documents it has.
        dated: How many of them have a date.
        months: How many there are of each month, as ``2022-03``, the earliest first.
        sources: How many each source has, the most first.
        formats: How many are from files with each ending, such as ``md``, the most first; ``""``
            for files without one.
        parts: The bytes of each part of the index, the largest first: ``words`` and ``grams`` with
            their postings, ``texts``, ``fields`` (ids, dates and what else documents have),
            ``values`` (sources, tags, paths), ``lengths``, ``manifest`` (the files that were
            read), ``dictionary``, ``other``.
    """

    documents: int
    dated: int
    months: Mapping[str, int]
    sources: Mapping[str, int]
    formats: Mapping[str, int]
    parts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """How a text that was begun can go on.

    Attributes:
        text: A word or a title of the index.
        documents: How many documents have it.
    """

    text: str
    documents: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a text is to the index.

    Attributes:
        folded: The text, folded.
        words: Its word terms, in order.
        grams: Its pairs of characters, in order; white space is left out.
    """

    folded: str
    words: tuple[str, ...]
    grams: tuple[str, ...]
