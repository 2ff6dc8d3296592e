"""List the formats of frames, and cut a stream of bytes into them.

A stream may begin in the middle of a frame, lose bytes and carry noise: reading goes on with the next frame that is whole,
and what was not is counted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from scanners.scales.lines import read_by_pattern, read_commas
from scanners.scales.pattern import compile_pattern
from scanners.scales.reading import LONGEST, BadFrame, ReadFrame, Reading
from scanners.scales.toledo import read_toledo, read_toledo_checked
from scanners.scales.yaohua import read_a12e, read_continuous, read_high_first, read_low_first

PATTERN = "pattern"
_ENDS = b"\x02\x03\r\n"  # of lines; some indicators put them between STX and ETX
_LINES = b""


class Shape(NamedTuple):
    """How the frames of a format are told from each other, and what reads one.

    ``start`` is their first byte and ``length`` their bytes; no start: lines. ``example`` is one that people know it by.
    """

    read: Callable[[bytes, str], Reading] | None
    start: bytes = _LINES
    length: int = LONGEST
    example: str = ""
    names_unit: bool = False


FORMATS = {
    "yaohua": Shape(read_continuous, b"\x02", 12, r"\x02+018200010\x03"),
    "equals-low-first": Shape(read_low_first, b"=", 9, "=.0028100"),
    "equals-high-first": Shape(read_high_first, b"=", 9, "=0018200."),
    "a12e": Shape(read_a12e, example="WG004.139kg3D", names_unit=True),
    "toledo": Shape(read_toledo, b"\x02", 17, r"\x02*0 018200000000\x0d", names_unit=True),
    "toledo-checksum": Shape(read_toledo_checked, b"\x02", 18, r"\x02*0 018200000000\x0d,", names_unit=True),
    "commas": Shape(read_commas, example="ST,GS, 245.6 kg"),
    PATTERN: Shape(None, example="N  18200 kg S"),
}
"""The formats by their ids."""


@dataclass(frozen=True, slots=True)
class FrameFormat:
    """What a scale sends: a format of FORMATS, the unit of frames that name none, the pattern of ``pattern``."""

    id: str
    unit: str = "kg"
    pattern: str = ""

    def reader(self) -> ReadFrame:
        """Return what reads a frame. Raises BadInput where the pattern makes no sense."""
        read = FORMATS[self.id].read
        if read is None:
            return partial(read_by_pattern, unit=self.unit, pattern=compile_pattern(self.pattern))
        return lambda frame: read(frame, self.unit)


class FrameStream:
    """Cuts what a scale sends into frames and reads them.

    ``dropped`` counts frames that could not be read, ``fault`` is the message code of the last.
    """

    def __init__(self, frames: FrameFormat) -> None:
        self._shape = FORMATS[frames.id]
        self._read = frames.reader()
        self._waiting = b""
        self._too_long = False
        self.dropped = 0
        self.fault = ""

    def feed(self, sent: bytes) -> list[Reading]:
        """Return the readings of all frames that are whole by now."""
        self._waiting += sent
        cut = self._cut_frame if self._shape.start else self._cut_line
        readings: list[Reading] = []
        while cut(readings):
            pass
        return readings

    def _cut_frame(self, readings: list[Reading]) -> bool:
        """Take the next frame of fixed length; return whether there may be another.

        One that cannot be read gives up its first byte alone: the next may begin inside it.
        """
        begin = self._waiting.find(self._shape.start)
        self._waiting = self._waiting[begin:] if begin >= 0 else b""
        if len(self._waiting) < self._shape.length:
            return False
        is_read = self._take(self._waiting[: self._shape.length], readings)
        self._waiting = self._waiting[self._shape.length if is_read else 1 :]
        return True

    def _cut_line(self, readings: list[Reading]) -> bool:
        """Take the next line; return whether there may be another. One that never ends is given up."""
        ends = (place for place, byte in enumerate(self._waiting) if byte in _ENDS)
        end = next(ends, -1)
        if end < 0:
            if len(self._waiting) > LONGEST:
                self._waiting, self._too_long = b"", True
            return False
        line, self._waiting = self._waiting[:end], self._waiting[end + 1 :]
        if self._too_long or len(line) > LONGEST:
            self._too_long = False
            self._drop("scale_frame.shape")
        elif line:
            self._take(line, readings)
        return True

    def _take(self, frame: bytes, readings: list[Reading]) -> bool:
        try:
            readings.append(self._read(frame))
        except BadFrame as bad:
            self._drop(bad.code)
            return False
        return True

    def _drop(self, code: str) -> None:
        self.dropped += 1
        self.fault = code
