"""The library: one class, ``Index``, over all rooms of the house."""

from searcher.api.index import Index
from searcher.api.types import Analysis, Status, Suggestion

__all__ = ["Analysis", "Index", "Status", "Suggestion"]
