"""From folders to documents: which files there are, and what a reader reads in them."""

from searcher.documents.model import Document, Skipped, SourceFile
from searcher.documents.reading import read, read_bytes
from searcher.documents.walking import walk

__all__ = ["Document", "Skipped", "SourceFile", "read", "read_bytes", "walk"]
