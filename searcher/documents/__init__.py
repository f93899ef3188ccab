"""From folders to documents: which files there are, and what a reader reads in them."""

from searcher.documents.model import Document, Skipped, SourceFile
from searcher.documents.reading import let_go, load, read, read_bytes
from searcher.documents.selection import Selection
from searcher.documents.walking import os_reason, walk

__all__ = [
    "Document",
    "Selection",
    "Skipped",
    "SourceFile",
    "let_go",
    "load",
    "os_reason",
    "read",
    "read_bytes",
    "walk",
]
