"""Full-text search for Chinese: what grep finds, it finds, with ranking on top."""

from searcher.api import Analysis, Index, Status, Suggestion
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
from searcher.index.report import Progress, ProgressCallback, Report
from searcher.query.results import Explanation, Hit, Results, Snippet, TermContribution
from searcher.query.synonyms import Synonyms

__all__ = [
    "Analysis",
    "ArgumentError",
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
    "Progress",
    "ProgressCallback",
    "Report",
    "Results",
    "SearcherError",
    "Selection",
    "Skipped",
    "Snippet",
    "Status",
    "Suggestion",
    "Synonyms",
    "SynonymsError",
    "TermContribution",
]
