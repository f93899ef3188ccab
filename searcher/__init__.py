"""Full-text search for Chinese: what grep finds, it finds, with ranking on top."""

from searcher.api import Analysis, Index, Statistics, Status, Suggestion, watch
from searcher.documents.model import Document, Skipped
from searcher.documents.selection import Selection
from searcher.errors import (
    ArgumentError,
    DictionaryError,
    DocumentError,
    IndexCorrupt,
    IndexLocked,
    IndexMismatch,
    IndexNotFound,
    SearcherError,
    SynonymsError,
)
from searcher.index.checking import CheckReport, Problem
from searcher.index.report import Progress, ProgressCallback, Report
from searcher.query.results import Explanation, Hit, Results, Snippet, TermContribution
from searcher.query.synonyms import Synonyms

__all__ = [
    "Analysis",
    "ArgumentError",
    "CheckReport",
    "DictionaryError",
    "Document",
    "DocumentError",
    "Explanation",
    "Hit",
    "Index",
    "IndexCorrupt",
    "IndexLocked",
    "IndexMismatch",
    "IndexNotFound",
    "Problem",
    "Progress",
    "ProgressCallback",
    "Report",
    "Results",
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
    "watch",
]
