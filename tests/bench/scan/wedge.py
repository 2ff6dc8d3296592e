"""A thousand scans of a keyboard wedge at twenty a second, among what a hand types meanwhile."""

import asyncio
from collections import Counter

from tests.bench.scan.measured import Measured, line
from tests.scanners.test_wedge_burst import scan_and_type

SCANS = 1_000


def measure() -> list[Measured]:
    """Return what was lost, doubled, and left in fields."""
    sent, heard, typed, found = asyncio.run(scan_and_type(SCANS))
    lost, doubled = Counter(sent) - Counter(heard), Counter(heard) - Counter(sent)
    reached = f"{lost.total()} lost, {doubled.total()} doubled of {len(sent):,}"
    spoilt = [field for field in typed if typed[field] != found[field]]
    return [
        line(f"wedge, {SCANS:,} scans at 20 a second", "0 lost, 0 doubled", reached, met=heard == sent),
        line(
            "characters typed meanwhile",
            "none lost",
            f"{len(spoilt)} of {len(typed)} fields spoilt",
            met=not spoilt,
        ),
    ]
