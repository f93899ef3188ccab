"""Which segments are merged, and when.

Segments of about the same size are merged as soon as there are a few of them, so that there are
never many, and a document is not moved more often than the logarithm of the collection's size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_WIDTH = 4  # segments of one size that are merged
_SMALLEST = 1000  # documents; smaller segments count as of this size
_MOST_DELETED = 0.3  # of a segment's documents, before it is written anew
# What has moved is told whenever the index is opened: a document, or a range of those of a file.
_MOST_MOVED, _MANY_MOVED, _TOO_MANY_MOVED = 0.1, 1_000, 50_000


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a segment.

    Attributes:
        documents: How many documents it has.
        deleted: How many of them are deleted.
        moved: How many things there are to tell of those that have another id or path than it says.
    """

    documents: int
    deleted: int
    moved: int = 0

    @property
    def live(self) -> int:
        """How many documents are there."""
        return self.documents - self.deleted

    @property
    def is_worn(self) -> bool:
        """Whether it is to be written anew, so much is no longer as it says."""
        return (
            self.deleted > _MOST_DELETED * self.documents
            or self.moved > max(_MANY_MOVED, _MOST_MOVED * self.documents)
            or self.moved > _TOO_MANY_MOVED
        )


def choose(sizes: Sequence[Size], new: int) -> list[int]:
    """Which segments to merge into one.

    Args:
        sizes: The segments that have a document left.
        new: How many of them, the last ones, were just built. They become one in any case.
    """
    chosen = set(range(len(sizes) - new, len(sizes))) if new > 1 else set()
    chosen |= {number for number, size in enumerate(sizes) if size.is_worn}
    while True:
        merged = sum(sizes[number].live for number in chosen)
        tiers: dict[int, list[int]] = {}
        for number, size in enumerate(sizes):
            if number not in chosen:
                tiers.setdefault(_tier(size.live), []).append(number)
        # What is chosen becomes one segment of its tier.
        full = [
            tier
            for tier, numbers in tiers.items()
            if len(numbers) + (bool(chosen) and _tier(merged) >= tier) >= _WIDTH
        ]
        if not full:
            return sorted(chosen)
        chosen.update(tiers[min(full)])


def _tier(live: int) -> int:
    tier, limit = 0, _SMALLEST
    while live > limit:
        tier, limit = tier + 1, limit * _WIDTH
    return tier
