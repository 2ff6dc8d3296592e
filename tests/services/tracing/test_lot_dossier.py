"""What is known of a lot or event is given as far as the viewer may know it."""

import pytest

from graph.store import LotFilter, Store
from tests.support.business import SITES, Business, open_business
from tests.support.reading import ask
from traceability.domain.access import Viewer
from traceability.domain.errors import NotFound
from traceability.services.tracing.events import find_event_dossier
from traceability.services.tracing.lot_dossier import LotDossier, find_lot_dossier
from traceability.services.tracing.lots import list_lots

OWNER, STRANGER = Viewer(("yard",), frozenset(SITES)), Viewer((), frozenset({"guiyang"}))


@pytest.fixture
def business(sqlite_store: Store) -> Business:
    """The cast on the embedded engine."""
    open_business(sqlite_store)
    return Business(sqlite_store)


def dossier(business: Business, viewer: Viewer, lot: str) -> LotDossier:
    found = ask(business.store, find_lot_dossier, viewer, business.lot(lot).code)
    assert found is not None
    return found


def test_a_lot_out_of_view_keeps_content_and_lineage_but_no_site_or_party(business: Business) -> None:
    scrap = business.collect("tense", 1000)
    alloy, _ = business.melt((scrap, 600), into=500, dross_kg=50, site="yard")
    own, other = dossier(business, OWNER, alloy), dossier(business, STRANGER, alloy)
    assert (own.is_named, own.lot.site, own.lineage.suppliers) == (True, "yard", {"zhang": 500_000})
    assert own.history.happenings
    assert (other.is_named, other.lot.site, other.lot.supplier) == (False, "", "")
    assert (other.history.happenings, other.recalls, other.voiding, other.weighing) == ([], [], None, None)
    assert (other.lineage.suppliers, other.lineage.unnamed_g) == ({}, 500_000)
    traces = (other.lineage.back, other.lineage.forward)
    assert {lot.site for trace in traces for lot in trace.lots.values()} == {""}
    assert {holding.holder for holding in other.lineage.forward.held()} == {""}
    assert other.claim == own.claim
    assert other.lineage.back.total_g == own.lineage.back.total_g


def test_lists_name_holders_in_view_only(business: Business) -> None:
    business.collect("tense", 1000)
    for viewer, site in ((OWNER, "yard"), (STRANGER, "")):
        lots, _ = ask(business.store, list_lots, viewer, LotFilter(site="yard"))
        assert [lot.site for lot in lots] == [site]


def test_an_event_is_found_by_its_site_or_a_lot_in_view(business: Business) -> None:
    lot = business.collect("tense", 1000)
    collect = business.last_event()
    with pytest.raises(NotFound):
        ask(business.store, find_event_dossier, STRANGER, collect)
    business.ship(lot, "guiyang", site="yard")
    found = ask(business.store, find_event_dossier, STRANGER, collect)
    assert (found.is_named, dict(found.facts)["supplier"], found.names.parties) == (False, "", {})
    assert dict(ask(business.store, find_event_dossier, OWNER, collect).facts)["supplier"] == "zhang"
