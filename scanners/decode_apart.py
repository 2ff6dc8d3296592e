"""Read the codes of a picture in a process of its own, which may take so much memory and time and no more.

Decoders are written in C, and small files can be made that keep them busy for minutes (20 KB of corner marks, a JPEG of
100,000 scans) or let them ask for gigabytes. Whoever sends such a file loses it; nobody else notices.
"""

import json
import os
import resource
import subprocess
import sys
from threading import BoundedSemaphore
from typing import IO

from scanners.decode import PictureReading, read_picture

MOST_BYTES = (
    1 << 30
)  # of memory, the program and its libraries included; a photo of 12 million pixels takes 150 MB
MOST_CPU_S = 6  # a photo of a label takes 0.3
PATIENCE_S = 15  # by the clock on the wall: of a busy machine
AT_ONCE = 2  # by each process of ours
QUEUE_S = 5

_room = BoundedSemaphore(AT_ONCE)
_TOO_HARD = PictureReading((), "scan_photo.too_hard")


def read_picture_apart(file: IO[bytes]) -> PictureReading:
    """Return what the QR codes of a picture say. Never fails: what takes too long or too much has its reason."""
    if not _room.acquire(timeout=QUEUE_S):
        return PictureReading((), "scan_photo.busy")
    try:
        return _ask_child(file.read())
    finally:
        _room.release()


def _ask_child(content: bytes) -> PictureReading:
    ours = os.pathsep.join(path for path in sys.path if path)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "scanners.decode_apart", str(MOST_CPU_S)], input=content, capture_output=True, timeout=PATIENCE_S,
            env={**os.environ, "PYTHONPATH": ours}, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return _TOO_HARD
    if done.returncode:  # killed by its limits, or by its own fault
        return _TOO_HARD
    texts, reason = json.loads(done.stdout)
    return PictureReading(tuple(texts), reason)


def _limit(what: int, most: int) -> None:
    """Lower a limit of this process; one that is lower already stays."""
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def main(cpu_s: int) -> None:
    """Read the picture at standard input in so many seconds, and write its texts and the reason as JSON."""
    _limit(resource.RLIMIT_AS, MOST_BYTES)
    _limit(resource.RLIMIT_CPU, cpu_s)
    _limit(resource.RLIMIT_CORE, 0)
    reading = read_picture(sys.stdin.buffer)
    sys.stdout.write(json.dumps([reading.texts, reading.reason]))


if __name__ == "__main__":
    main(int(sys.argv[1]))
