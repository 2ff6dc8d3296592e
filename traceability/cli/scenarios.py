"""Load reference data and a scenario into a store: only what is new or changed, so that it can be
repeated."""

from graph.store import Store
from traceability.cli.session import Session, console_actor, list_reasons, now_ms
from traceability.domain.errors import BadInput, WriteConflict
from traceability.exchange import seed
from traceability.exchange.drafts import Row, load_rows
from traceability.services.recording.judge import Deliverer

DATA_SETS = {"demo": "golden", "golden": "golden"}
"""Data set -> the scenario that it is made of."""


def check_scenario(scenario: str) -> None:
    """Refuse a scenario that does not exist, before a store is made for it. Raises BadInput."""
    if scenario not in seed.SCENARIOS:
        raise BadInput("cli.unknown_scenario", scenario=scenario, known=", ".join(seed.SCENARIOS))


def load_all(session: Session, store: Store, scenario: str | None) -> dict[str, int]:
    """Load reference data, and with a scenario its sites, people and events; return how much of
    each was new."""
    missing = list_missing(store, scenario) if scenario else []
    documents = seed.load_reference(store, console_actor())
    if scenario:
        documents += seed.load_scenario(store, scenario, actor=console_actor())
        load_events(session, store, scenario, missing)
    return {"documents": documents, "events": len(missing)}


def list_missing(store: Store, scenario: str) -> list[Row]:
    """Return the scenario's events that the book does not hold yet.

    Raises WriteConflict for a book of other events.
    """
    drafts = seed.scenario_drafts(scenario)
    with store.read() as reader:
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
