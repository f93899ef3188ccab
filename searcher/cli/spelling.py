"""What is said of a query that was taken for another one, or may be meant for one."""

from searcher import Results
from searcher.cli.messages import tell
from searcher.language import say


def tell_corrected(results: Results) -> None:
    """Say for which query the hits are, if it is not the one that was typed."""
    if results.is_corrected:
        typed, read = results.query, results.suggestion
        tell(
            say(f"no hit for {typed}, showing {read}", f"没有 {typed} 的结果，以下是 {read} 的结果")
        )


def tell_suggestion(results: Results) -> bool:
    """Say which query may be meant, if that is not what was answered; returns whether it was said.

    Looking for it may take longer than the search: what was found should be shown before.
    """
    if results.is_corrected or results.suggestion is None:
        return False
    tell(say(f"did you mean: {results.suggestion}", f"您是不是要找：{results.suggestion}"))
    return True
