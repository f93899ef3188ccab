"""The words of an index as spelling asks for them, whichever engine has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from searcher.index.columnar.arrays import Mask
    from searcher.index.vocabulary.lookup import Near


class WordList(Protocol):
    """Knows words by their sounds and their looks; see ``searcher.index.vocabulary``."""

    @property
    def characters(self) -> Mask:
        """For each code whether it is a Han character of a word."""

    def sounding(self, sets: Sequence[Mask]) -> dict[str, int]:
        """Words of Han characters that are each in a set, with their numbers of documents."""

    def beginning(self, sets: Sequence[Mask], most: int) -> dict[str, int]:
        """Words of Han characters, two or more, of which the first are each in a set."""

    def has_longer(self, sets: Sequence[Mask]) -> bool:
        """Whether there are words of more Han characters, of which the first are each in a set."""

    def pairs(self, first: Mask, second: Mask) -> dict[str, int]:
        """Pairs of neighbouring Han characters, words or not, with their numbers of documents."""

    def near(self, word: str) -> list[Near]:
        """Words that differ from a folded one in one character, the most frequent ones first."""
