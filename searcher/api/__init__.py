"""The library: one class, ``Index``, over all rooms of the house."""

from searcher.api.index import Index
from searcher.api.types import Analysis, Statistics, Status, Suggestion
from searcher.api.watching import watch

__all__ = ["Analysis", "Index", "Statistics", "Status", "Suggestion", "watch"]
