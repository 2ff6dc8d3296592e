"""A line of the table."""

from collections.abc import Sequence
from typing import NamedTuple


class Measured(NamedTuple):
    """What was measured, its target and what was reached, in words; ``met`` is "yes", "no", or "–" without a target."""

    measure: str
    target: str
    reached: str
    met: str


def line(measure: str, target: str, reached: str, *, met: bool | None = None) -> Measured:
    """Return a line of the table."""
    return Measured(measure, target, reached, "–" if met is None else "yes" if met else "no")


def percentile(durations: Sequence[float], share: int) -> float:
    """Return the duration that so many of a hundred do not exceed."""
    ordered = sorted(durations)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]
