"""Read where a scale is reached: by TCP at a converter or indicator, or at a serial port of this computer.

tcp://192.168.1.50:4001      serial:/dev/ttyUSB0?baud=9600&bits=8N1      serial:COM3
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from traceability.domain.errors import BadInput

BAUDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
BITS = ("8N1", "8E1", "8O1", "7N1", "7E1", "7O1", "8N2", "7E2")
"""Data bits, parity and stop bits as they are usually written."""
LONGEST = 200

_TCP = re.compile(r"tcp://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})/?")
_SERIAL = re.compile(r"serial:([A-Za-z0-9_./:-]+)(?:\?([^?]*))?")


@dataclass(frozen=True, slots=True)
class ScaleAddress:
    """Where a scale is reached: ``host`` and ``port`` by TCP, else the name of a serial port and, where they are
    stated, its settings."""

    host: str = ""
    port: int = 0
    serial: str = ""
    baud: int = 0
    bits: str = ""


def read_address(text: str) -> ScaleAddress:
    """Return what an address says. Raises BadInput."""
    typed = text.strip()
    if len(typed) > LONGEST:
        raise BadInput("scale.bad_address")
    if tcp := _TCP.fullmatch(typed):
        port = int(tcp[2])
        if not 0 < port < 65536:
            raise BadInput("scale.bad_address")
        return ScaleAddress(tcp[1].strip("[]"), port)
    serial = _SERIAL.fullmatch(typed)
    if serial is None:
        raise BadInput("scale.bad_address")
    stated = parse_qsl(serial[2] or "", keep_blank_values=True)
    settings = dict(stated)
    baud, bits = settings.get("baud", ""), settings.get("bits", "")
    if settings.keys() - {"baud", "bits"} or len(settings) < len(stated):
        raise BadInput("scale.bad_address")
    if ("baud" in settings and baud not in map(str, BAUDS)) or ("bits" in settings and bits not in BITS):
        raise BadInput("scale.bad_serial")
    return ScaleAddress(serial=serial[1], baud=int(baud or 0), bits=bits)
