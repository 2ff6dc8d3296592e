"""Every step that a page offers would be accepted, and nothing is offered to people without a
right.
"""

from collections.abc import Callable
from typing import Any

import pytest

from graph.store import Store
from tests.support.business import SITES, Business, open_business
from traceability.domain.access import list_roles
from traceability.domain.calendar import day_of
from traceability.domain.errors import EventRejected, TraceabilityError
from traceability.domain.lot import Lot
from traceability.domain.next_steps import Allows, list_steps
from traceability.domain.vocabulary import AUTHORITY, SITE_KINDS
from traceability.services.directory.people import find_person
from traceability.services.directory.reference import reference_in
from traceability.services.recording.capture import Recorder
from traceability.services.recording.judge import Deliverer
from traceability.wire import load_draft


@pytest.fixture
def business(sqlite_store: Store) -> Business:
    open_business(sqlite_store)
    return Business(sqlite_store)


def roles_of(business: Business, person: str) -> Callable[[str], tuple[str, ...]]:
    with business.store.read() as reader:
        found, sites = find_person(reader, person), reference_in(reader).sites
    assert found is not None
    return lambda site: (
        list_roles(found.roles, site, sites[site].region, day_of(business.now_ms)) if site in sites else ()
    )


def allowed_by(business: Business) -> Callable[[str, str, str], bool]:
    with business.store.read() as reader:
        reference = reference_in(reader)
    return lambda site, kind, metal: reference.may_record(site, kind, business.now_ms, metal)


def state(business: Business, name: str) -> str:
    """A lot in each state that steps tell apart."""
    made = business.collect("tense", 1000)
    if name == "transit":
        business.ship(made, "plant")
    elif name == "received":
        business.ship(made, "plant")
        business.receive(made, "plant")
    elif name == "delivered":
        business.ship(made, "somebody outside")
    elif name == "quarantined":
        business.inspect(made, passed=False)
    elif name == "consumed":
        business.melt(made, into=850, site="yard")
    elif name == "product":
        return business.melt(made, into=850, site="yard")[0]
    elif name == "residue":
        return business.melt(made, into=800, dross_kg=50, site="yard")[1]
    elif name == "additive":
        return business.supply("si", 100, site="yard")
    elif name == "liquid":
        return business.tap(1000)
    elif name == "mixed":
        return business.collect("zorba", 1000, metal_fraction="0.9")
    elif name == "void":
        business.void(business.last_event())
    return made


def attempt(business: Business, kind: str, site: str, lot: Lot, actor: str) -> dict[str, Any]:
    """A draft of this kind naming the lot, as an honest person would fill it in."""
    own = {"form": lot.form, "material": lot.material, "mass_g": lot.remaining_g}
    moved: dict[str, Any] = {"lots": [{"lot": lot.id}]}
    used: dict[str, Any] = {"inputs": [{"lot": lot.id}]}
    with business.store.read() as reader:
        materials = reference_in(reader).materials
    ingot = next(one.id for one in materials.values() if one.remelt_ingot and one.metal == "Al")
    product: dict[str, Any] = {"form": "product", "material": ingot if kind == "cast_ingot" else "adc12"}
    product |= {"mass_g": lot.remaining().metal_g or 1, "metal_g": lot.remaining().metal_g}
    dross = next(one.id for one in materials.values() if "residue" in one.forms and one.metal == "Al")
    residue = {
        "form": "residue",
        "material": dross,
        "mass_g": lot.remaining_g,
        "metal_g": lot.remaining().metal_g,
    }
    fields: dict[str, dict[str, Any]] = {
        "split": {**used, "outputs": [own]},
        "blend": {**used, "outputs": [own]},
        "recover": {**used, "outputs": [residue]},
        "ship": {**moved, "customer": "somebody"},
        "receive": moved,
        "return": {**moved, "shipment": lot.shipment},
        "assay": {**moved, "composition": {"Fe": "0.1"}},
        "relabel": {**moved, "code": "126B07K7Q3F7"},
        "inspect": {**moved, "subject": "quality", "passed": False},
        "adjust": {**moved, "delta_g": -1, "reason": "stocktake"},
        "dispose": {
            **moved, "outcome": "disposed", "waste_code": lot.waste_code or "321-026-48", "manifest": "M", "receiver": "R", "licence": "L",
        },
    }  # fmt: skip
    for each in ("sort", "shred", "bale"):
        fields[each] = {**used, "outputs": [{**own, "metal": lot.metal}]}
    for each in ("melt", "cast_ingot", "direct_use", "fabricate"):
        fields[each] = {**used, "outputs": [product]}
    if kind == "melt":
        fields[kind]["heat_number"] = "H-next"
    return business.draft(kind, site, actor=actor, **fields[kind])


STATES = (
    "held", "transit", "received", "delivered", "quarantined", "consumed", "product", "residue", "additive", "liquid",
    "mixed", "void",
)  # fmt: skip


@pytest.mark.parametrize("person", ["wang", "chen"])
@pytest.mark.parametrize("name", STATES)
def test_offered_is_accepted(business: Business, name: str, person: str) -> None:
    lot = business.lot(state(business, name))
    for step in list_steps(lot, roles_of(business, person), allowed_by(business)):
        assert try_recording(business, attempt(business, step.kind, step.site, lot, person)) is None


@pytest.mark.parametrize("site_kind", [kind for kind in SITE_KINDS if kind != AUTHORITY])
def test_what_a_site_may_not_record_is_not_offered_and_refused(business: Business, site_kind: str) -> None:
    anywhere: Allows = lambda site, kind, metal: True  # noqa: E731
    for name in ("held", "product", "residue", "liquid", "mixed"):
        lot = business.lot(state(business, name))
        kinds_before = SITES[lot.site][2]
        business.change_reference("site", lot.site, kinds=[site_kind])
        roles = roles_of(business, "chen")
        offered = list_steps(lot, roles, allowed_by(business))
        for step in list_steps(lot, roles, anywhere):
            error = try_recording(business, attempt(business, step.kind, step.site, lot, "chen"))
            if step in offered:
                assert error is None, (step, error)
            else:
                assert isinstance(error, EventRejected), step
                assert "rule.site_activity" in {violation.code for violation in error.violations}
        business.change_reference("site", lot.site, kinds=kinds_before)


def try_recording(business: Business, draft: dict[str, Any]) -> TraceabilityError | None:
    """Return why a draft is refused, None where it would be accepted; the book is left as it is."""

    class Undone(Exception):
        pass

    def work(writer: Any) -> None:
        receipt = Recorder(writer, Deliverer("test"), business.now_ms).record(load_draft(draft))
        raise Undone(receipt.error)

    with pytest.raises(Undone) as caught:
        business.store.write(work)
    error: TraceabilityError | None = caught.value.args[0]
    return error


@pytest.mark.parametrize(
    ("name", "person", "some", "none"),
    [
        ("held", "wang", {"sort", "melt", "ship", "split", "assay"}, {"receive", "dispose", "adjust", "recover", "return"}),
        ("held", "chen", {"adjust"}, {"receive"}),
        ("transit", "wang", {"receive", "return"}, {"sort", "ship", "melt"}),
        ("delivered", "wang", {"return"}, {"ship", "receive"}),
        ("quarantined", "chen", {"inspect", "dispose"}, {"melt", "ship", "sort"}),
        ("consumed", "wang", {"relabel"}, {"melt", "ship", "assay"}),
        ("liquid", "wang", {"cast_ingot", "melt"}, {"sort", "fabricate"}),
        ("mixed", "wang", {"sort", "shred"}, {"melt", "direct_use"}),
        ("void", "chen", set(), {"relabel", "ship"}),
        ("held", "liu", set(), {"sort", "ship", "assay", "relabel"}),
    ],
)  # fmt: skip
def test_what_is_possible_is_offered(
    business: Business, name: str, person: str, some: set[str], none: set[str]
) -> None:
    lot = business.lot(state(business, name))
    offered = {step.kind for step in list_steps(lot, roles_of(business, person), allowed_by(business))}
    assert some <= offered
    assert not none & offered
