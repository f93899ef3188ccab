"""What is said of a query that was taken for another one, or may be meant for one."""

from searcher import Results
from searcher.language import say


def spelling_note(results: Results) -> str:
    """For which query the hits are, or which one may be meant; empty if nothing is to be said."""
    suggestion = results.suggestion
    if suggestion is None:
        return ""
    if results.is_corrected:
        return say(
            f"no hit for {results.query}, showing {suggestion}",
            f"没有 {results.query} 的结果，以下是 {suggestion} 的结果",
        )
    return say(f"did you mean: {suggestion}", f"您是不是要找：{suggestion}")
