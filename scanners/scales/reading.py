"""Define what one frame of a scale says, and how a frame is written down.

A frame that cannot be read is a BadFrame, never a guess: where a checksum, a digit or a unit is wrong nobody can say which
weight was meant.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["stable", "moving", "unsaid", "over", "under"]
"""What a frame says of its weight; ``unsaid``: nothing, so time has to tell. Over and under range is no weight."""

LONGEST = 64
"""Bytes of a line: the longest frame that is read has 18."""

_BACKSLASH = 0x5C


class BadFrame(ValueError):
    """Bytes that are no frame of the format; ``code`` is a message code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reading:
    """What one frame says: its bytes as ``describe_bytes`` writes them, and its weight in grams, None over and under range."""

    raw: str
    mass_g: int | None
    state: State


ReadFrame = Callable[[bytes], Reading]
"""Return what a frame says. Raises BadFrame."""


def describe_bytes(frame: bytes) -> str:
    r"""Return a frame as text: printable ASCII as it is, a backslash doubled, any other byte as ``\xNN``."""
    return "".join(
        "\\\\" if byte == _BACKSLASH else chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}"
        for byte in frame
    )
