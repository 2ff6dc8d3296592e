"""The sums of a trace come out whole, and keep apart what may not be named."""

import pytest

from graph.store import Store
from tests.support.business import Business, open_business
from tests.support.reading import ask
from traceability.services.tracing.lineage import list_holdings, trace_lot_back, trace_lot_forward


@pytest.fixture
def business(sqlite_store: Store) -> Business:
    """The cast on the embedded engine; the golden scenario is traced on both."""
    open_business(sqlite_store)
    return Business(sqlite_store)


def test_what_is_held_and_what_was_lost_make_up_the_whole(business: Business) -> None:
    lot = business.collect("tense", 1000)
    alloy, dross = business.melt((lot, 600), into=500, dross_kg=50, site="yard")
    trace = ask(business.store, trace_lot_forward, lot)
    assert {held.lot.id for held in trace.held()} == {lot, alloy, dross}
    assert trace.held() == ask(business.store, list_holdings, lot)
    assert trace.remaining_g == sum(held.grams for held in trace.held())
    assert trace.lost_g > 0
    assert trace.remaining_g + trace.lost_g == trace.total_g == 900_000


def test_a_void_lot_holds_lost_and_came_from_nothing(business: Business) -> None:
    lot = business.collect("tense", 1000)
    business.void(business.last_event())
    for trace in (ask(business.store, trace_lot_forward, lot), ask(business.store, trace_lot_back, lot)):
        assert (trace.total_g, trace.remaining_g, trace.lost_g, trace.held()) == (0, 0, 0, [])
        assert (trace.origins, trace.by_supplier(), trace.by_supplier_of(lambda lot: True)) == (
            (),
            {},
            ({}, 0),
        )


def test_suppliers_that_may_not_be_named_are_one_sum(business: Business) -> None:
    own, others = business.collect("tense", 600), business.collect("tense", 400)
    (alloy,) = business.melt(own, others, into=800, site="yard")
    trace = ask(business.store, trace_lot_back, alloy)
    grams = {origin.lot.id: origin.grams for origin in trace.origins}
    assert trace.by_supplier() == {"zhang": trace.total_g}
    assert trace.by_supplier_of(lambda lot: lot.id == own) == ({"zhang": grams[own]}, grams[others])
    assert trace.by_supplier_of(lambda lot: False) == ({}, trace.total_g)
