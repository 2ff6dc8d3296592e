"""Load reference data and a scenario into a store: only what is new or changed, so that it can be
repeated."""

from graph.store import Store
from traceability.cli.session import Session, console_actor, list_reasons, now_ms
from traceability.domain.calendar import month_of
from traceability.domain.errors import BadInput, WriteConflict
from traceability.domain.period import add_months
from traceability.exchange import demo, seed
from traceability.exchange.drafts import Row, load_rows
from traceability.services.recording.judge import Deliverer

DATA_SETS = {"demo": "demo", "golden": "golden"}
"""Data set -> the scenario that it is made of."""


def check_scenario(scenario: str) -> None:
    """Refuse a scenario that does not exist, before a store is made for it. Raises BadInput."""
    if scenario not in seed.SCENARIOS:
        raise BadInput("cli.unknown_scenario", scenario=scenario, known=", ".join(seed.SCENARIOS))


def load_all(session: Session, store: Store, scenario: str | None) -> dict[str, int]:
    """Load reference data, and with a scenario its sites, people and events; return how much of
    each was new."""
    last_month = find_last_month(store) if scenario == seed.DEMO else ""
    missing = list_missing(store, scenario, last_month) if scenario else []
    documents = seed.load_reference(store, console_actor())
    if scenario:
        documents += seed.load_scenario(store, scenario, actor=console_actor(), last_month=last_month)
        load_events(session, store, scenario, missing)
        if scenario == seed.DEMO and missing:
            demo.open_heats(store, now_ms())
            demo.keep_tickets(store, now_ms())
    return {"documents": documents, "events": len(missing)}


def find_last_month(store: Store) -> str:
    """Return the month with which the demo ends: of a book that holds it the one it was begun with, else
    the month before this one."""
    with store.read() as reader:
        first = reader.find_events([demo.FIRST_EVENT]).get(demo.FIRST_EVENT)
    return add_months(first.month, demo.MONTHS - 1) if first else add_months(month_of(now_ms()), -1)


def list_missing(store: Store, scenario: str, last_month: str = "") -> list[Row]:
    """Return the scenario's events that the book does not hold yet.

    Raises WriteConflict for a book of other events.
    """
    with store.read() as reader:
        if scenario == seed.DEMO and reader.find_events([demo.LAST_EVENT]):
            return []  # without making ten thousand events to see it
        drafts = seed.scenario_drafts(scenario, last_month)
        recorded = reader.find_events([draft["id"] for draft in drafts])
        if reader.find_head().seq and not recorded:
            # An invented chain among real events could never be taken out again.
            raise WriteConflict("cli.real_book", scenario=scenario)
    return [(number, draft) for number, draft in enumerate(drafts, 1) if draft["id"] not in recorded]


def load_events(session: Session, store: Store, scenario: str, missing: list[Row]) -> None:
    """Record the scenario's events through the front door. Raises BadInput where one is refused."""
    with session.progress("cli.loading") as advance:
        for done, (number, receipt) in enumerate(load_rows(store, missing, Deliverer("seed"), now_ms), 1):
            if receipt.error is not None:
                why = "; ".join(list_reasons(session, receipt.error)) or receipt.error.code
                raise BadInput("cli.scenario_refused", scenario=scenario, row=number, reasons=why)
            advance(done, len(missing))
