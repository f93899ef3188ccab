"""Looking at everything that an index has, to say what is wrong and what to do about it."""

from searcher.index.checking.report import CheckReport, Problem

__all__ = ["CheckReport", "Problem"]
