"""Read scales that send lines of text: comma formats, and any other by a pattern."""

import re

from scanners.scales.pattern import ScalePattern
from scanners.scales.reading import BadFrame, Reading, State, describe_bytes
from scanners.scales.units import read_mass_g

_COMMAS = re.compile(
    r" *(ST|US) *, *(?:(?:GS|NT|TR|G|N) *, *)?([+-]? *[0-9]+(?:\.[0-9]*)?) *([^\s0-9,.]{0,4}) *", re.ASCII
)
_BEYOND = re.compile(r" *(OL|UL|LO) *(?:,.*)?", re.ASCII)


def read_commas(frame: bytes, unit: str) -> Reading:
    """Return the reading of ``ST,GS, 245.6 kg``: ST stands still, US moves, OL is over range, UL or LO under."""
    line, raw = decode_line(frame), describe_bytes(frame)
    if beyond := _BEYOND.fullmatch(line):
        return Reading(raw, None, "over" if beyond[1] == "OL" else "under")
    match = _COMMAS.fullmatch(line)
    if match is None:
        raise BadFrame("scale_frame.shape")
    mass_g = read_mass_g(match[2], match[3] or unit)
    return Reading(raw, mass_g, "stable" if match[1] == "ST" else "moving")


def read_by_pattern(frame: bytes, unit: str, pattern: ScalePattern) -> Reading:
    """Return the reading of a line in which a pattern finds its weight.

    Where the pattern has a group ``stable``, the weight stands still where the group found something and moves elsewhere.
    """
    found = pattern.expression.search(decode_line(frame))
    if found is None:
        raise BadFrame("scale_frame.shape")
    groups = found.groupdict()
    mass_g = read_mass_g(groups["weight"] or "", (groups.get("unit") or "").strip() or unit)
    state: State = "unsaid"
    if "stable" in groups:
        state = "stable" if groups["stable"] else "moving"
    return Reading(describe_bytes(frame), mass_g, state)


def decode_line(frame: bytes) -> str:
    """Return a line as text: UTF-8, else what Chinese indicators send, else each byte a character."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return frame.decode(encoding)
        except UnicodeDecodeError:
            continue
    return frame.decode("latin-1")
