"""Read the frames of Yaohua's indicators (XK3190 A9, A12E, A23p, A26 …), of which most truck scales in China have one.

They name no unit but for A12E, and none says whether the weight stands still.
"""

from functools import reduce

from scanners.scales.reading import BadFrame, Reading, describe_bytes
from scanners.scales.units import read_mass_g

ETX = 0x03
_NO_WEIGHT = b" " * 9


def xor_digits(frame: bytes) -> bytes:
    """Return the XOR of some bytes as two hexadecimal digits in ASCII, the high one first."""
    return b"%02X" % reduce(lambda sum_, byte: sum_ ^ byte, frame, 0)


def read_continuous(frame: bytes, unit: str) -> Reading:
    """Return the reading of continuous format 0: start, sign, 6 digits, decimal places, XOR in 2 bytes, end."""
    if len(frame) != 12 or frame[11] != ETX or frame[1:2] not in (b"+", b"-"):
        raise BadFrame("scale_frame.shape")
    if frame[9:11] != xor_digits(frame[1:9]):
        raise BadFrame("scale_frame.checksum")
    places = frame[8] - ord("0")
    if not 0 <= places <= 4:
        raise BadFrame("scale_frame.number")
    mass_g = read_mass_g(_text(frame[1:8]), unit, 10**places)
    return Reading(describe_bytes(frame), mass_g, "unsaid")


def read_low_first(frame: bytes, unit: str) -> Reading:
    """Return the reading of ``=00.1000-``: the low digit first, the sign last, 0 for plus."""
    return _read_equals(frame, frame[:0:-1], unit)


def read_high_first(frame: bytes, unit: str) -> Reading:
    """Return the reading of ``=-0001.00``: the sign, 0 for plus, then the high digit first."""
    return _read_equals(frame, frame[1:], unit)


def _read_equals(frame: bytes, ordered: bytes, unit: str) -> Reading:
    """Return the reading of a sign and 7 characters, the high digit first."""
    if len(frame) != 9 or ordered[:1] not in (b"0", b"-"):
        raise BadFrame("scale_frame.shape")
    sign = "-" if ordered[:1] == b"-" else ""
    mass_g = read_mass_g(sign + _text(ordered[1:]).lstrip(" "), unit)
    return Reading(describe_bytes(frame), mass_g, "unsaid")


def read_a12e(frame: bytes, unit: str) -> Reading:
    """Return the reading of ``WG004.139kg3D``: W, gross or net, 7 characters, the unit, XOR of all before.

    Over and under range are blanks with OL or LO. What stands before the last 13 bytes of a line is noise.
    """
    frame = frame[-13:]
    if len(frame) != 13:
        raise BadFrame("scale_frame.shape")
    if frame[11:] != xor_digits(frame[:11]):
        raise BadFrame("scale_frame.checksum")
    raw = describe_bytes(frame)
    if frame[:9] == _NO_WEIGHT and frame[9:11] in (b"OL", b"LO"):
        return Reading(raw, None, "over" if frame[9:11] == b"OL" else "under")
    if frame[:2] not in (b"WG", b"WN"):
        raise BadFrame("scale_frame.shape")
    return Reading(raw, read_mass_g(_text(frame[2:9]), _text(frame[9:11])), "unsaid")


def _text(part: bytes) -> str:
    """Return bytes as text, what is no ASCII as something that no number holds."""
    return part.decode("ascii", "replace")
