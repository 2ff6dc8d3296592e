"""Time repeated calls: medians and percentiles, in milliseconds."""

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Spread(NamedTuple):
    """Durations in ms."""

    of: int
    median: float
    p99: float
    longest: float

    def __str__(self) -> str:
        return f"p50 {self.median:.2f} ms, p99 {self.p99:.2f} ms"


def spread(durations: Iterable[float]) -> Spread:
    """What the durations (ms) look like."""
    found = sorted(durations)
    assert found, "nothing was measured"
    return Spread(
        len(found), found[len(found) // 2], found[min(len(found) - 1, len(found) * 99 // 100)], found[-1]
    )


def pace(times: int = 60) -> float:
    """ms of processor time for a fixed piece of plain Python, the median of so many: how fast the host lets it be."""
    return spread(_count() for _ in range(times)).median


def _count() -> float:
    start = time.thread_time()
    seen: dict[int, tuple[int, str]] = {}
    for number in range(50_000):
        seen[number % 997] = (number, str(number))
    return (time.thread_time() - start) * 1000


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """(ms, the outcome)."""
    start = time.perf_counter()
    outcome = work()
    return (time.perf_counter() - start) * 1000, outcome
