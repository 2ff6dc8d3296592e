"""Keep what each scale shows now: the newest reading alone, from whoever reads it.

A reading has an id and the frame as it was sent, so that a weighing can name it. It is good for some seconds: a scale
from which nothing more is heard may carry anything.
"""

import secrets
from typing import NamedTuple

from graph.store import Reader, Store, Writer
from scanners.scales.live import STATES, LiveWeight
from traceability.domain.errors import BadInput
from traceability.domain.quantity import MAX_MASS_G

KIND = "scale_reading"
LASTS_MS = 10_000
"""How long a reading tells what the scale shows; programs send one at least every 4 s."""
LONGEST_RAW = 4 * 64  # every byte of a frame written out
_WEIGHTS = ("stable", "moving")


class ScaleReading(NamedTuple):
    """A reading of a scale: ``state`` is one of STATES, ``time_ms`` that of our own clock."""

    id: str
    scale: str
    time_ms: int
    state: str
    mass_g: int | None
    raw: str
    dropped: int = 0

    def is_stale(self, now_ms: int) -> bool:
        """Return whether it says nothing any more of what the scale shows."""
        return not 0 <= now_ms - self.time_ms <= LASTS_MS


def check_weight(state: str, mass_g: object, raw: str, dropped: object) -> LiveWeight:
    """Return what a program says of a scale. Raises BadInput."""
    found = next((one for one in STATES if one == state), None)
    is_mass = isinstance(mass_g, int) and not isinstance(mass_g, bool) and abs(mass_g) <= MAX_MASS_G
    is_count = isinstance(dropped, int) and not isinstance(dropped, bool) and 0 <= dropped < 2**53
    if found is None or not is_count or len(raw) > LONGEST_RAW or not raw.isprintable():
        raise BadInput("scale.bad_reading")
    if found in _WEIGHTS and not is_mass:
        raise BadInput("scale.bad_reading")
    assert isinstance(dropped, int)
    weight_g = mass_g if isinstance(mass_g, int) and found in _WEIGHTS else None
    return LiveWeight(found, weight_g, raw, dropped)


def keep_reading(store: Store, site: str, scale_id: str, weight: LiveWeight, now_ms: int) -> ScaleReading:
    """Keep a reading as the newest of a scale of a site."""
    reading = ScaleReading(
        secrets.token_hex(12), scale_id, now_ms, weight.state, weight.mass_g, weight.raw, weight.dropped
    )
    body = reading._asdict()
    del body["scale"]
    store.write(lambda writer: writer.put_document(KIND, scale_id, body, group=site))
    return reading


def find_readings(reader: Reader, scale_ids: list[str]) -> dict[str, ScaleReading]:
    """Return the newest reading of each of these scales that has one."""
    found = reader.find_documents(KIND, scale_ids)
    return {id_: ScaleReading(scale=id_, **document.body) for id_, document in found.items()}


def erase_reading(writer: Writer, scale_id: str) -> None:
    """Forget what a scale showed."""
    writer.erase_document(KIND, scale_id)
