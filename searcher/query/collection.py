"""What ranking asks of a collection as a whole, whichever engine has it."""

from __future__ import annotations

from typing import Protocol

from searcher.query.sought import Sought


class Frequencies(Protocol):
    """Knows in how many documents terms are."""

    def document_frequency(self, term: str, channel: str) -> int:
        """In how many documents a term is."""

    def document_frequencies(self, terms: list[Sought]) -> list[int]:
        """The same for several terms."""


class Collection(Protocol):
    """Knows how many documents there are, and how long."""

    @property
    def count(self) -> int:
        """How many documents there are."""

    def total_length(self, column: str) -> int:
        """The sum of a column of lengths over all documents."""
