"""Read the continuous output of Mettler-Toledo, which many indicators of other makers offer too.

    STX  A  B  C  6 digits weight  6 digits tare  CR  [checksum]

Its three status bytes say decimal places, sign, motion, overload and unit.
"""

from scanners.scales.reading import BadFrame, Reading, State, describe_bytes
from scanners.scales.units import read_mass_g

CR = 0x0D
_ALWAYS = 0b0010_0000  # set in every status byte, so that none of them is a control character
_PLACES = 0b111
_NEGATIVE, _BEYOND, _MOTION, _KG, _NO_ZERO = 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 6
_EXPANDED = 1 << 4
_UNITS = {1: "g", 2: "t"}


def read_toledo(frame: bytes, unit: str) -> Reading:
    """Return the reading of a frame of 17 bytes."""
    if len(frame) != 17 or frame[16] != CR:
        raise BadFrame("scale_frame.shape")
    return _read(frame, frame)


def read_toledo_checked(frame: bytes, unit: str) -> Reading:
    """Return the reading of a frame of 18 bytes, the last of which makes the sum of all 0 in its low 7 bits."""
    if len(frame) != 18 or frame[16] != CR:
        raise BadFrame("scale_frame.shape")
    if sum(frame) & 0x7F:
        raise BadFrame("scale_frame.checksum")
    return _read(frame, frame[:17])


def _read(sent: bytes, frame: bytes) -> Reading:
    a, b, c = frame[1:4]
    # How the places of expanded data are meant differs between models, so such a frame is not read.
    if not (a & b & c & _ALWAYS) or c & _EXPANDED:
        raise BadFrame("scale_frame.shape")
    raw = describe_bytes(sent)
    if b & _BEYOND:
        return Reading(raw, None, "under" if b & _NEGATIVE else "over")
    code = c & 0b111
    unit = ("kg" if b & _KG else "lb") if code == 0 else _UNITS.get(code, "")
    digits = frame[4:10].decode("ascii", "replace").lstrip(" ")
    places = (a & _PLACES) - 2  # 0 and 1 are hundreds and tens: zeros that the display adds
    if places < 0:
        digits += "0" * -places
    mass_g = read_mass_g(("-" if b & _NEGATIVE else "") + digits, unit, 10 ** max(places, 0))
    state: State = "moving" if b & (_MOTION | _NO_ZERO) else "stable"
    return Reading(raw, mass_g, state)
