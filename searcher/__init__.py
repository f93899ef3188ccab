"""Full-text search for Chinese: what grep finds, it finds, with ranking on top."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from searcher.api.copying import copy
    from searcher.api.index import Index
    from searcher.api.types import Analysis, Exported, SearchOptions, Statistics, Status, Suggestion
    from searcher.api.watching import watch
    from searcher.documents.model import Document, Skipped
    from searcher.documents.rawfile import RawFile, Reader
    from searcher.documents.selection import Selection
    from searcher.errors import (
        ArgumentError,
        ClusterError,
        DictionaryError,
        DocumentError,
        IndexCorrupt,
        IndexLocked,
        IndexMismatch,
        IndexNotFound,
        SearcherError,
        SynonymsError,
    )
    from searcher.index.checking.report import CheckReport, Problem
    from searcher.index.report import Change, Progress, ProgressCallback, Report
    from searcher.query.results import Explanation, Hit, Results, Snippet, TermContribution
    from searcher.query.synonyms import Synonyms

__all__ = [
    "Analysis",
    "ArgumentError",
    "Change",
    "CheckReport",
    "ClusterError",
    "DictionaryError",
    "Document",
    "DocumentError",
    "Explanation",
    "Exported",
    "Hit",
    "Index",
    "IndexCorrupt",
    "IndexLocked",
    "IndexMismatch",
    "IndexNotFound",
    "Problem",
    "Progress",
    "ProgressCallback",
    "RawFile",
    "Reader",
    "Report",
    "Results",
    "SearchOptions",
    "SearcherError",
    "Selection",
    "Skipped",
    "Snippet",
    "Statistics",
    "Status",
    "Suggestion",
    "Synonyms",
    "SynonymsError",
    "TermContribution",
    "copy",
    "watch",
]

# A program that imports the library waits for what it uses only.
_HOMES = {
    "api.copying": ("copy",),
    "api.index": ("Index",),
    "api.types": (
        "Analysis",
        "Exported",
        "SearchOptions",
        "Statistics",
        "Status",
        "Suggestion",
    ),
    "api.watching": ("watch",),
    "documents.model": (
        "Document",
        "Skipped",
    ),
    "documents.rawfile": (
        "RawFile",
        "Reader",
    ),
    "documents.selection": ("Selection",),
    "errors": (
        "ArgumentError",
        "ClusterError",
        "DictionaryError",
        "DocumentError",
        "IndexCorrupt",
        "IndexLocked",
        "IndexMismatch",
        "IndexNotFound",
        "SearcherError",
        "SynonymsError",
    ),
    "index.checking.report": (
        "CheckReport",
        "Problem",
    ),
    "index.report": (
        "Change",
        "Progress",
        "ProgressCallback",
        "Report",
    ),
    "query.results": (
        "Explanation",
        "Hit",
        "Results",
        "Snippet",
        "TermContribution",
    ),
    "query.synonyms": ("Synonyms",),
}


if not TYPE_CHECKING:  # which knows all names, and no others

    def __getattr__(name: str) -> object:
        from importlib import import_module

        for home, names in _HOMES.items():
            if name in names:
                value: object = getattr(import_module(f"searcher.{home}"), name)
                globals()[name] = value  # the next time it is there
                return value
        raise AttributeError(f"module 'searcher' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
