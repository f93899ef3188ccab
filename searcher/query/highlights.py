"""What to mark in the texts that a query finds."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Highlight:
    """Something to mark.

    Attributes:
        regex: A regular expression over folded text.
        weight: How much finding it says, such as its idf.
        whole_words: Whether it is not to be marked inside a longer Latin word or number.
        is_fallback: Whether to mark it only in a text that has nothing else to mark.
    """

    regex: str
    weight: float = 1.0
    whole_words: bool = False
    is_fallback: bool = False

    @classmethod
    def string(
        cls,
        folded: str,
        weight: float = 1.0,
        *,
        whole_words: bool = False,
        is_fallback: bool = False,
    ) -> "Highlight":
        """Mark a folded string."""
        return cls(re.escape(folded), weight, whole_words, is_fallback)
