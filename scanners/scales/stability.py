"""Tell when the weight on a scale stands still."""

from typing import Literal

from scanners.scales.reading import Reading

LiveState = Literal["stable", "moving", "over", "under"]
"""What is known of the weight now."""

HOLD_MS = 2_000
"""How long a weight is the same within one division before it stands still, where the frame says nothing."""
GAP_MS = 1_500
"""A longer silence between frames: what the weight did meanwhile is not known."""


class StabilityWatch:
    """Follows the readings of one scale; ``division_g`` is the smallest step of its display in grams."""

    def __init__(self, division_g: int) -> None:
        self._division_g = division_g
        self._low_g = self._high_g = 0
        self._since_ms = self._seen_ms = -1

    def judge(self, reading: Reading, now_ms: int) -> LiveState:
        """Return what is known of the weight with this reading."""
        if reading.state == "over" or reading.state == "under":
            self._since_ms = -1
            return reading.state
        assert reading.mass_g is not None, "only over and under range is no weight"
        if reading.state == "stable":
            return "stable"
        if reading.state == "moving":
            self._since_ms = -1
            return "moving"
        return "stable" if self._stood_ms(reading.mass_g, now_ms) >= HOLD_MS else "moving"

    def _stood_ms(self, mass_g: int, now_ms: int) -> int:
        """Return for how long the weight has been the same within one division."""
        low_g, high_g = min(self._low_g, mass_g), max(self._high_g, mass_g)
        is_gap = not 0 <= now_ms - self._seen_ms <= GAP_MS
        if self._since_ms < 0 or is_gap or high_g - low_g > self._division_g:
            self._low_g = self._high_g = mass_g
            self._since_ms = now_ms
        else:
            self._low_g, self._high_g = low_g, high_g
        self._seen_ms = now_ms
        return now_ms - self._since_ms
