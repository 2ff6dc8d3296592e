"""Pages and API (floor 5): parse, call one service, answer. No business logic, no query, no arithmetic here.

``install`` puts everything onto a Flask application; ``app.create_app`` is its only caller.
"""

from flask import Flask

from traceability.web import (
    acts,
    api,
    collect,
    correct,
    entries,
    errors,
    events,
    health,
    home,
    jobs,
    labels,
    lots,
    monthly,
    moving,
    navigation,
    photos,
    processing,
    reports,
    scan,
    security,
    session,
    words,
)
from traceability.web.current import EXTENSION, Wiring, prepare

AREAS = (session, home, scan, lots, events, labels, collect, correct, jobs, reports, photos, api, health)
"""Modules with a blueprint named ``pages``. A new area is added here, and in ``navigation`` if it has a menu entry."""

EVENT_AREAS = (processing, moving, acts, monthly, entries)
"""Modules with a blueprint for each of several kinds of events, listed in their ``AREAS``."""

__all__ = ["Wiring", "install"]


def install(app: Flask, wiring: Wiring) -> None:
    """Settings, security, words, errors and all areas."""
    app.extensions[EXTENSION] = wiring
    security.install(app, wiring.settings)
    errors.install(app)
    app.before_request(prepare)  # before sessions: they are read from the store
    session.install(app)
    words.install(app)
    navigation.install(app)
    for area in AREAS:
        app.register_blueprint(area.pages)
    for pages in (pages for group in EVENT_AREAS for pages in group.AREAS):
        app.register_blueprint(pages)
