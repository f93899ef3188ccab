"""What is said about many measurements."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, log


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that ``percent`` of all values do not exceed (nearest rank)."""
    if not values:
        raise ValueError("there is no percentile of nothing")
    ordered = sorted(values)
    return ordered[max(ceil(percent / 100 * len(ordered)), 1) - 1]


def geometric_mean(values: Sequence[float]) -> float:
    """The mean of ratios: as much too high as too low is 1."""
    if not values:
        raise ValueError("there is no mean of nothing")
    return exp(sum(map(log, values)) / len(values))


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure must reach.

    Attributes:
        figure: What is measured, on what.
        value: What it is.
        bound: What it may be at most, or must be at least.
        at_least: Which of the two.
        unit: Stands behind both.
    """

    figure: str
    value: float
    bound: float
    at_least: bool = False
    unit: str = "×"

    @property
    def reached(self) -> bool:
        return self.value >= self.bound if self.at_least else self.value <= self.bound
