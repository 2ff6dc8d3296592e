"""A served installation for browser tests: gunicorn with the real application on a store."""

import signal
from pathlib import Path

from graph.store import Store
from tests.support.gunicorn import Gunicorn


class Site(Gunicorn):
    """One worker; ``address`` is what the browser opens."""

    def __init__(self, store: Store, folder: Path) -> None:
        super().__init__(store.url, folder, 1)
        self.store = store

    def __enter__(self) -> "Site":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(signal.SIGTERM)
