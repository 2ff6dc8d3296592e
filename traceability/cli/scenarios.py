"""How a store comes to hold reference data and a scenario: what is new or changed only, so that it can be repeated."""

from graph.store import Store
from traceability.cli.session import Session, list_reasons, now_ms
from traceability.domain.errors import BadInput
from traceability.exchange import seed
from traceability.exchange.draft_file import load_rows
from traceability.services.capture import Deliverer

DATA_SETS = {"demo": "golden", "golden": "golden"}
"""Data set -> the scenario that it is made of."""


def load_all(session: Session, store: Store, scenario: str | None) -> dict[str, int]:
    """Reference data; with a scenario its sites, people and events too. How much of each was new."""
    if scenario and scenario not in seed.SCENARIOS:
        raise BadInput("cli.unknown_scenario", scenario=scenario, known=", ".join(seed.SCENARIOS))
    documents = seed.load_reference(store)
    events = 0
    if scenario:
        documents += seed.load_scenario(store, scenario)
        events = load_events(session, store, scenario)
    return {"documents": documents, "events": events}


def load_events(session: Session, store: Store, scenario: str) -> int:
    """The scenario's events that the book does not hold yet, through the front door; how many."""
    drafts = seed.scenario_drafts(scenario)
    with store.read() as reader:
        held = reader.find_events([draft["id"] for draft in drafts])
    missing = [(number, draft) for number, draft in enumerate(drafts, 1) if draft["id"] not in held]
    with session.progress("cli.loading") as advance:
        for number, receipt in load_rows(store, missing, Deliverer("seed"), now_ms):
            if receipt.error is not None:
                why = "; ".join(list_reasons(session, receipt.error)) or receipt.error.code
                raise BadInput("cli.scenario_refused", scenario=scenario, row=number, reasons=why)
            advance(number, len(drafts))
    return len(missing)
