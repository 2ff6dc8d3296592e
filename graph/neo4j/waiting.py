"""Let few threads of a process wait for the writers' lock at a time, and none in vain for long.

The server gives up a wait for a lock after ``db.lock.acquisition.timeout`` (compose.yaml: 6 s). Until then the thread
and its connection are gone, so a transaction that does not end would take every thread of a web server, one by one, also from
those who only read. Here a few wait at the server, the others before it; and once a wait was in vain, those who come
later are told soon, until somebody gets the lock again.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from neo4j.exceptions import Neo4jError

from traceability.domain.errors import StoreUnavailable

AT_THE_SERVER = 3  # so that the lock passes from one to the next without a pause
PATIENCE_S = 5.0
BRIEF_S = 0.3
LOCK_TIMEOUT = "Neo.TransientError.Transaction.LockAcquisitionTimeout"


class LockQueue:
    """The threads of one process that wait for the lock of one server's writers."""

    def __init__(self, url: str) -> None:
        self.pid = os.getpid()
        self._url = url
        self._places = threading.BoundedSemaphore(AT_THE_SERVER)
        self._trying = threading.BoundedSemaphore(1)  # of the one who tries again after a wait in vain
        self._passed = 0  # how often somebody got the lock
        self._stuck = False

    @contextmanager
    def wait(self) -> Iterator[None]:
        """Have a place at the server while the block asks for the lock.

        Raises StoreUnavailable where nobody of this process got it meanwhile, or the server gave up.
        """
        with ExitStack() as held:
            patience_s = BRIEF_S if self._stuck else PATIENCE_S
            if self._stuck:
                self._enter(self._trying, patience_s)
                held.callback(self._trying.release)
            self._enter(self._places, patience_s)
            held.callback(self._places.release)
            seen = self._passed
            try:
                yield
            except Neo4jError as error:
                if error.code != LOCK_TIMEOUT or self._passed != seen:
                    raise  # others came first: the driver tries again
                self._stuck = True
                # As an error of ours, which the driver does not try again: it would wait as long once more.
                raise StoreUnavailable("store.busy", url=self._url) from error
            self._passed += 1
            self._stuck = False

    def _enter(self, place: threading.Semaphore, patience_s: float) -> None:
        seen = self._passed
        while not place.acquire(timeout=patience_s):
            if self._passed == seen:
                self._stuck = True
                raise StoreUnavailable("store.busy", url=self._url)
            seen = self._passed
