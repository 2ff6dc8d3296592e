"""Pause Python's garbage collector where many objects live for long and none are cycles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Run the body without the collector, in all threads of the process.

    A correction may hold a furnace's whole campaign and a check thousands of events. Neither makes cycles, yet the
    collector would walk all of it again and again: a quarter of a large correction's time.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
