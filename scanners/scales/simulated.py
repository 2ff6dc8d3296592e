"""Play a truck on a scale that is none: it drives on, is unloaded in three steps, and leaves, over and over by the clock.

Where people try the system without a scale, pages have something to show. Every frame says that it is simulated, and so does
whatever keeps it.
"""

from scanners.scales.formats import PATTERN, FrameFormat
from scanners.scales.live import LiveWeight

ADDRESS = "simulated:"
"""The address of such a scale: no program reads it."""
FRAMES = FrameFormat(PATTERN, "kg", r"SIMULATED (?:(?<stable>ST)|US) (?<weight>\d+) (?<unit>kg)")
DIVISION_G = 20_000
STOPS_KG = (18_260, 15_000, 13_600, 12_480, 0)  # as loaded, after each of three grades, and nothing
STAY_MS, MOVE_MS = 20_000, 2_000
"""How long the truck stands at each, and how long the weight then moves."""


def show_weight(now_ms: int) -> LiveWeight:
    """Return what the simulated scale shows at a time."""
    step, since_ms = divmod(now_ms, STAY_MS + MOVE_MS)
    here, after = STOPS_KG[step % len(STOPS_KG)], STOPS_KG[(step + 1) % len(STOPS_KG)]
    if since_ms < STAY_MS:
        return LiveWeight("stable", here * 1000, f"SIMULATED ST {here} kg")
    division_kg = DIVISION_G // 1000
    moved = (after - here) * (since_ms - STAY_MS) // MOVE_MS // division_kg * division_kg
    return LiveWeight("moving", (here + moved) * 1000, f"SIMULATED US {here + moved} kg")
