"""Wire store, settings and pages together into the web application; nothing else does. gunicorn's
entry is ``app:create_app()``."""

import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from graph import open_store
from graph.store import Store
from traceability import web
from traceability.config import Settings, read_settings

ROOT = Path(__file__).resolve().parent


def now_ms() -> int:
    """Return the time in ms UTC: the one clock of the application."""
    return time.time_ns() // 1_000_000


def create_app(
    settings: Settings | None = None, store: Store | None = None, clock: Callable[[], int] = now_ms
) -> Flask:
    """Return the application.

    Tests pass their own settings, store and clock. Raises BadSetting.

    Nothing is opened here, so that gunicorn may fork afterwards; the store is brought up to date by the first request.
    """
    settings = settings or read_settings()
    store = store or open_store(settings.store, user=settings.store_user, password=settings.store_password)
    app = Flask(
        "traceability",
        root_path=str(ROOT),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    web.install(app, web.Wiring(store, settings, clock))
    return app
