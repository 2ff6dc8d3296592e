"""Frames as indicators send them: what the simulated scale plays, and what the parsers are held to."""

from collections.abc import Callable

from scanners.scales.yaohua import xor_digits

STX, ETX = b"\x02", b"\x03"


def encode_yaohua(mass_g: int, moves: bool = False, places: int = 0) -> bytes:
    """Return a frame of continuous format 0 in kg with that many decimal places."""
    body = b"%s%06d%d" % (_sign(mass_g), _scaled(mass_g, places), places)
    return STX + body + xor_digits(body) + ETX


def encode_low_first(mass_g: int, moves: bool = False) -> bytes:
    """Return a frame of the ``=`` format with the low digit first, in kg with one decimal."""
    return b"=" + encode_high_first(mass_g)[:0:-1]


def encode_high_first(mass_g: int, moves: bool = False) -> bytes:
    """Return a frame of the ``=`` format with the high digit first, in kg with one decimal."""
    whole, tenth = divmod(_scaled(mass_g, 1), 10)
    return b"=%s%05d.%d" % (b"-" if mass_g < 0 else b"0", whole, tenth)


def encode_a12e(mass_g: int, moves: bool = False) -> bytes:
    """Return a line of XK3190-A12(E), in kg with one decimal."""
    whole, tenth = divmod(_scaled(mass_g, 1), 10)
    digits = b"-%04d.%d" % (whole, tenth) if mass_g < 0 else b"%05d.%d" % (whole, tenth)
    body = b"WG" + digits + b"kg"
    return body + xor_digits(body) + b"\r\n"


def encode_toledo(mass_g: int, moves: bool = False) -> bytes:
    """Return a frame of Mettler-Toledo's continuous output, in kg with one decimal."""
    status = 0x30 | (0x02 if mass_g < 0 else 0) | (0x08 if moves else 0)
    return STX + bytes((0x2B, status, 0x20)) + b"%6d000000\r" % _scaled(mass_g, 1)


def encode_toledo_checked(mass_g: int, moves: bool = False) -> bytes:
    """Return the same with its checksum."""
    frame = encode_toledo(mass_g, moves)
    return frame + bytes((-sum(frame) & 0x7F,))


def encode_commas(mass_g: int, moves: bool = False) -> bytes:
    """Return a line of a comma format, in kg with one decimal."""
    whole, tenth = divmod(_scaled(mass_g, 1), 10)
    return b"%s,GS,%s%6d.%d kg\r\n" % (b"US" if moves else b"ST", _sign(mass_g), whole, tenth)


ENCODERS: dict[str, Callable[[int, bool], bytes]] = {
    "yaohua": encode_yaohua,
    "equals-low-first": encode_low_first,
    "equals-high-first": encode_high_first,
    "a12e": encode_a12e,
    "toledo": encode_toledo,
    "toledo-checksum": encode_toledo_checked,
    "commas": encode_commas,
}
"""By format; masses are of whole steps of its decimals, and shorter than its digits."""


def _sign(mass_g: int) -> bytes:
    return b"-" if mass_g < 0 else b"+"


def _scaled(mass_g: int, places: int) -> int:
    """Return the digits of a mass in kg with decimal places; it has to come out even."""
    tens: int = 10**places
    scaled, rest = divmod(abs(mass_g) * tens, 1000)
    assert not rest, "no whole step of the display"
    return scaled
