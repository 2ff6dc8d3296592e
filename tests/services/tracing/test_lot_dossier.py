"""What is known of a lot or event is given as far as the viewer may know it."""

import pytest

from graph.store import LotFilter, Store
from tests.support.business import SITES, Business, open_business
from tests.support.reading import ask
from tests.support.viewing import owner_of
from traceability.domain.errors import NotFound
from traceability.domain.rights import Relation, Viewer
from traceability.services.directory.names import Names
from traceability.services.tracing.events import find_event_dossier
from traceability.services.tracing.lot_dossier import LotDossier, find_lot_dossier
from traceability.services.tracing.lots import list_lots

OWNER, STRANGER = owner_of(*SITES, works_at=("yard",)), owner_of("guiyang")


@pytest.fixture
def business(sqlite_store: Store) -> Business:
    """The cast on the embedded engine."""
    open_business(sqlite_store)
    return Business(sqlite_store)


def dossier(business: Business, viewer: Viewer, lot: str) -> LotDossier:
    found = ask(business.store, find_lot_dossier, viewer, business.lot(lot).code)
    assert found is not None
    return found


def test_a_lot_in_the_chain_of_an_own_one_keeps_content_and_province_but_no_site_or_party(
    business: Business,
) -> None:
    scrap = business.collect("tense", 1000)
    alloy, _ = business.melt((scrap, 600), into=500, dross_kg=50, site="yard")
    business.ship(alloy, "guiyang", site="yard")
    own, other = dossier(business, OWNER, scrap), dossier(business, STRANGER, scrap)
    assert (own.is_named, own.lot.site, own.lot.supplier) == (True, "yard", "zhang")
    assert own.history.happenings
    assert (other.is_named, other.lot.site, other.lot.region, other.lot.supplier) == (False, "", "430000", "")
    assert (other.history.happenings, other.recalls, other.voiding, other.weighing) == ([], [], None, None)
    assert other.claim == own.claim
    assert other.lineage.forward.total_g == own.lineage.forward.total_g


def test_suppliers_of_what_another_firm_delivered_stay_its_own(business: Business) -> None:
    scrap = business.collect("tense", 1000)
    alloy, _ = business.melt((scrap, 600), into=500, dross_kg=50, site="yard")
    business.ship(scrap, "guiyang", site="yard")
    business.ship(alloy, "guiyang", site="yard")
    assert dossier(business, OWNER, scrap).lot.supplier == "zhang"
    bought = dossier(business, STRANGER, scrap)
    assert (bought.is_named, bought.lot.supplier, bought.weighing) == (True, "", None)
    assert {one.event.draft.site for one in bought.history.happenings} == set()
    assert bought.history.elsewhere == 3
    assert dossier(business, OWNER, alloy).lineage.suppliers == {"zhang": 500_000}
    melted = dossier(business, STRANGER, alloy)
    assert (melted.lineage.suppliers, melted.lineage.unnamed_g) == ({}, 500_000)


def test_a_lot_without_any_tie_to_an_own_one_is_not_shown(business: Business) -> None:
    code = business.lot(business.collect("tense", 1000)).code
    with pytest.raises(NotFound, match=r"lot\.not_in_view"):
        ask(business.store, find_lot_dossier, STRANGER, code)


def test_a_planner_sees_rows_without_parties_people_or_photos(business: Business) -> None:
    planner = Viewer((), {"yard": Relation.PLANNED})
    business.collect("tense", 2, actor="wang", approval={"approver": "chen", "reason": "a sample"})
    approved = ask(business.store, find_event_dossier, planner, business.last_event())
    assert dict(approved.facts)["approval.approver"] == ""
    lot = business.collect("tense", 1000, photos=["ab" * 32])
    found = dossier(business, planner, lot)
    assert (found.is_named, found.lot.site, found.lot.supplier) == (True, "yard", "")
    assert (found.lineage.suppliers, found.names) == ({}, Names({}, {}))
    event = ask(business.store, find_event_dossier, planner, business.last_event())
    assert (event.is_named, dict(event.facts)["supplier"], event.photos) == (True, "", ())
    assert event.names == Names({}, {})


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
    assert (found.is_named, found.facts, found.first, found.postings) == (False, [], [], [])
    assert (found.corrections, found.warnings, found.names) == ([], [], Names({}, {}))
    assert [part.lot.id for part in found.parts] == [lot]
    assert dict(ask(business.store, find_event_dossier, OWNER, collect).facts)["supplier"] == "zhang"
