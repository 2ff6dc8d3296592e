"""Pages and API (floor 5): parse, call one service, answer. No business logic, no query, no arithmetic here.

``install`` puts everything onto a Flask application; ``app.create_app`` is its only caller.
"""

from flask import Flask

from traceability.web import api
from traceability.web.access import views as access_views
from traceability.web.admin import audit_log, parties, party, people, printers, sites, targets, thresholds
from traceability.web.auditing import book, journal
from traceability.web.auditing import findings as audit_findings
from traceability.web.corrections import views as correction_views
from traceability.web.events import views as event_views
from traceability.web.find import lists as find_lists
from traceability.web.forms import photos
from traceability.web.furnace import finishing as furnace_finishing
from traceability.web.furnace import setup as furnace_setup
from traceability.web.furnace import views as furnace_views
from traceability.web.held import views as held_views
from traceability.web.help import views as help_views
from traceability.web.home import views as home_views
from traceability.web.jobs import views as job_views
from traceability.web.labels import delivery_note
from traceability.web.labels import views as labels
from traceability.web.lots import views as lot_views
from traceability.web.record import collect, entries, lot_checks, monthly, moving, observations, processing
from traceability.web.register import views as register_views
from traceability.web.reports import month_reports, registers, what_if, why
from traceability.web.reports.figures import place_figures
from traceability.web.reports.figures import views as figure_views
from traceability.web.reports.filters import saved_views
from traceability.web.reports.flows import views as flow_views
from traceability.web.reports.overviews import map as map_page
from traceability.web.reports.overviews import pivot, trend
from traceability.web.reports.overviews import targets as target_overview
from traceability.web.scales import views as scales
from traceability.web.scanning import views as scanning
from traceability.web.shell import (
    audit_trail,
    current,
    drafts,
    errors,
    health,
    limits,
    navigation,
    report_pages,
    security,
    session,
    static_files,
    tables,
    words,
)
from traceability.web.shell.current import EXTENSION, Wiring, prepare
from traceability.web.spectrometer import views as spectrometer_views
from traceability.web.trust import views as trust_views
from traceability.web.weighbridge import purchases as weighbridge
from traceability.web.yard import views as yard_views

FEATURES = (
    session,
    access_views,
    home_views,
    help_views,
    scanning,
    find_lists,
    lot_views,
    event_views,
    labels,
    delivery_note,
    weighbridge,
    correction_views,
    held_views,
    job_views,
    lot_checks,
    figure_views,
    register_views,
    photos,
    people,
    sites,
    parties,
    party,
    targets,
    thresholds,
    audit_log,
    printers,
    trend,
    map_page,
    audit_findings,
    book,
    journal,
    target_overview,
    why,
    what_if,
    registers,
    flow_views,
    place_figures,
    pivot,
    month_reports,
    api,
    health,
    saved_views,
    yard_views,
    trust_views,
    scales,
    spectrometer_views,
    furnace_views,
    furnace_finishing,
    furnace_setup,
)
"""Modules with a blueprint named ``pages``. A new one is added here, and in ``navigation`` if it has a menu entry."""

RECORD_FEATURES = (collect, processing, moving, observations, monthly, entries)
"""Modules with a blueprint for each of several kinds of events, listed in their ``AREAS``."""

__all__ = ["Wiring", "install"]


def install(app: Flask, wiring: Wiring) -> None:
    """Settings, security, words, errors and all features."""
    app.extensions[EXTENSION] = wiring
    current.install(app)
    security.install(app, wiring.settings, limits.install)
    static_files.install(app)
    errors.install(app)
    audit_trail.install(app)
    app.before_request(prepare)  # before sessions: they are read from the store
    session.install(app)
    drafts.install(app)
    words.install(app)
    tables.install(app)
    report_pages.install(app)
    navigation.install(app)
    for feature in FEATURES:
        app.register_blueprint(feature.pages)
    for pages in (pages for group in RECORD_FEATURES for pages in group.AREAS):
        app.register_blueprint(pages)
