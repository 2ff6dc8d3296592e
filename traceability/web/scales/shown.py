"""Write what a scale shows now, for pages and for scripts."""

from typing import NamedTuple

from traceability.locale import format_kg
from traceability.services.recording.scale_readings import ScaleReading

SILENT, STALE, NEVER = "silent", "stale", "none"


class ShownReading(NamedTuple):
    """A reading as a page shows it: its state, the weight in kg where it is one, the time of the last."""

    state: str
    kg: str = ""
    time_ms: int = 0


def show_reading(reading: ScaleReading | None, now_ms: int) -> ShownReading:
    """Return what a page shows of the newest reading of a scale, if there is any."""
    if reading is None:
        return ShownReading(NEVER)
    if reading.is_stale(now_ms):
        return ShownReading(STALE, time_ms=reading.time_ms)
    kg = "" if reading.mass_g is None else format_kg(reading.mass_g)
    return ShownReading(reading.state, kg, reading.time_ms)


def encode_reading(reading: ScaleReading | None, now_ms: int) -> dict[str, object]:
    """Return the newest reading for scripts; one that is old has no weight, so that nobody takes it."""
    if reading is None:
        return {"state": NEVER, "mass_g": None}
    told = {"id": reading.id, "time_ms": reading.time_ms, "age_ms": max(0, now_ms - reading.time_ms)}
    if reading.is_stale(now_ms):
        return {**told, "state": STALE, "mass_g": None, "raw": ""}
    return {
        **told,
        "state": reading.state,
        "mass_g": reading.mass_g,
        "raw": reading.raw,
        "dropped": reading.dropped,
    }
