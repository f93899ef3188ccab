"""Terms that a query looks for in the index."""

from searcher.index.columnar.terms import to_bytes
from searcher.index.fields import GRAMS, WORDS

# A term to look for: the number of its channel, the term, escaped, what its scores are multiplied
# with, and whether a document is a hit because of it.
Sought = tuple[int, bytes, float, bool]

CHANNELS = (WORDS, GRAMS)
_NUMBERS = {name: number for number, name in enumerate(CHANNELS)}
_NO_TERM = b"\xff"  # which no text can hold


def sought(term: str, channel: str, factor: float = 1.0, is_strong: bool = True) -> Sought:
    """A term to look for.

    Args:
        term: The term.
        channel: Its channel.
        factor: What its scores are multiplied with.
        is_strong: Whether a document is a hit because of it.
    """
    try:
        escaped = to_bytes(term)
    except UnicodeEncodeError:  # half a surrogate pair
        escaped = _NO_TERM
    return _NUMBERS[channel], escaped, factor, is_strong
