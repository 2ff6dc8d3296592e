"""Follow one scale: what it shows now, and when that is worth handing on."""

from dataclasses import dataclass, replace
from typing import Literal

from scanners.scales.formats import FrameFormat, FrameStream
from scanners.scales.stability import LiveState, StabilityWatch

WeightState = LiveState | Literal["silent"]
"""What is known of the weight; ``silent``: the scale sends nothing that can be read."""

STATES: tuple[WeightState, ...] = ("stable", "moving", "over", "under", "silent")
PACE_MS = 500
"""Changes are handed on at most so often: nobody reads faster, and each is written down."""
REPEAT_MS = 4_000
"""An unchanged weight is handed on again so often, so that one that stays away is known to be old."""
SILENT_MS = 5_000
"""So long after the last frame the scale counts as silent: a cable that was pulled closes no connection."""


@dataclass(frozen=True, slots=True)
class LiveWeight:
    """What a scale shows: grams where it is a weight, the frame that said it, and frames dropped so far."""

    state: WeightState
    mass_g: int | None = None
    raw: str = ""
    dropped: int = 0


class LiveScale:
    """Turns what one scale sends into its weight now."""

    def __init__(self, frames: FrameFormat, division_g: int) -> None:
        self._frames = frames
        self._division_g = division_g
        self._dropped = 0
        self._heard_ms = 0
        self._handed = LiveWeight("silent")
        self._handed_ms = -REPEAT_MS
        self.weight = LiveWeight("silent")
        self.begin()

    def begin(self) -> None:
        """Begin anew with a new connection: the rest of a frame and what stood still belong to the old one."""
        self._stream = FrameStream(self._frames)
        self._watch = StabilityWatch(self._division_g)

    def feed(self, sent: bytes, now_ms: int) -> None:
        """Take what was sent until now."""
        for reading in self._stream.feed(sent):
            state = self._watch.judge(reading, now_ms)
            self.weight = LiveWeight(state, reading.mass_g, reading.raw)
            self._heard_ms = now_ms
        self._count()
        if now_ms - self._heard_ms > SILENT_MS:
            self.weight = LiveWeight("silent", dropped=self.weight.dropped)

    def lose(self) -> None:
        """Say that the connection is gone: what the scale shows is not known."""
        self._count()
        self._dropped = self.weight.dropped
        self.weight = LiveWeight("silent", dropped=self._dropped)
        self.begin()

    def _count(self) -> None:
        self.weight = replace(self.weight, dropped=self._dropped + self._stream.dropped)

    def take_due(self, now_ms: int) -> LiveWeight | None:
        """Return the weight where it is to be handed on now, else None: when it or its state changed, and now and then."""
        waited_ms = now_ms - self._handed_ms
        is_same = (self.weight.state, self.weight.mass_g) == (self._handed.state, self._handed.mass_g)
        if 0 <= waited_ms < (REPEAT_MS if is_same else PACE_MS):
            return None
        self._handed, self._handed_ms = self.weight, now_ms
        return self.weight
