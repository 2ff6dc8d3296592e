"""Decide what becomes of a draft of a queue that is refused: held for a supervisor, or rejected.

Nobody stands beside a queue to be asked, and what was weighed in the yard cannot be weighed again. So only what the device
itself must mend is rejected and stays there; everything else is held at the server, posts nothing, and waits for the
supervisor of the site. A rule that is in no list is held: in doubt nothing is lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from traceability.domain.claims import code_key
from traceability.domain.errors import Violation


class Standing(StrEnum):
    """What a broken rule is about."""

    STATE = "state"  # the book, the clock or the people, as they are now: a device cannot know; held
    STATEMENT = "statement"  # the draft alone, which contradicts itself whatever the book says; rejected
    RIGHTS = "rights"  # who may record at the site at all; rejected: a stranger fills nobody's inbox


_STATEMENT = (
    "rule.assay_states_nothing", "rule.bad_code", "rule.balance_not_positive", "rule.cascade_one_void",
    "rule.certificate_without_levels", "rule.composition_above_whole", "rule.content_not_allowed",
    "rule.content_origin", "rule.deductions_exceed_net", "rule.document_hash_missing", "rule.ends_before_start",
    "rule.field_missing", "rule.fuel_twice", "rule.grade_not_weighed", "rule.heat_too_long", "rule.lot_twice",
    "rule.mass_absurd", "rule.mass_missing", "rule.mass_negative", "rule.metals_not_asked", "rule.no_inputs", "rule.no_lots", "rule.no_outputs",
    "rule.no_uptake", "rule.one_destination", "rule.one_lot", "rule.origin_below_province",
    "rule.origin_not_country", "rule.origin_not_province", "rule.readings_apart",
    "rule.renewable_exceeds_total", "rule.same_site", "rule.tare_not_below_gross", "rule.target_twice",
    "rule.undo_one_void", "rule.unit_differs", "rule.validity_ends_before", "rule.value_too_high",
    "rule.value_too_low", "rule.value_wanted", "rule.weighed_twice", "rule.weighing_mismatch",
)  # fmt: skip

_RIGHTS = ("rule.no_right", "rule.not_own_draft", "rule.not_the_regions_planner", "rule.unknown_site")

_STATE = (
    "correct.too_much", "held.password_needed", "held.role_ended", "lot.came_by", "lot.used_since", "lot.went_by",
    "lot.went_into_heat",
    "rule.already_declared", "rule.already_sealed", "rule.already_void", "rule.approval_not_proven",
    "rule.approval_of_own", "rule.approver_not_supervisor", "rule.authority_site", "rule.before_made",
    "rule.before_opening", "rule.cascade_elsewhere", "rule.certificate_level", "rule.certificate_of_other_base",
    "rule.certificate_of_site", "rule.certificate_used", "rule.code_reserved", "rule.code_taken", "rule.content_differs",
    "rule.corrected_elsewhere", "rule.corrected_meanwhile", "rule.delivered", "rule.difference_needs_reason",
    "rule.disposed", "rule.foreign_site", "rule.form_not_allowed", "rule.fuel_unit", "rule.gain_of_nothing",
    "rule.gain_too_large", "rule.grade_not_allowed", "rule.heat_used", "rule.in_the_future", "rule.in_transit",
    "rule.kind_differs", "rule.licence_missing", "rule.licence_not_held", "rule.lot_exists", "rule.lot_void",
    "rule.manifest_missing", "rule.manifest_used", "rule.mass_balance", "rule.mass_not_positive",
    "rule.mass_unusual", "rule.mass_wanted", "rule.material_form", "rule.metal_differs", "rule.metal_exceeds_mass", "rule.metal_from_none", "rule.metal_gain",
    "rule.metal_missing", "rule.metal_not_allowed", "rule.mixed_not_processed", "rule.month_not_over",
    "rule.month_sealed", "rule.needs_supervisor", "rule.new_scrap_internal", "rule.not_an_authority",
    "rule.not_correctable", "rule.not_disposable", "rule.not_in_transit", "rule.not_in_view",
    "rule.not_its_region", "rule.not_of_shipment", "rule.not_returnable",
    "rule.not_the_shipper", "rule.not_whole", "rule.nothing_remains", "rule.one_base_metal",
    "rule.number_reserved", "rule.one_tapping_site", "rule.opening_not_first", "rule.other_destination", "rule.output_used",
    "rule.outputs_exceed_inputs", "rule.outside_alloy", "rule.overdrawn", "rule.part_metal",
    "rule.part_waste_code", "rule.party_code", "rule.party_of_others", "rule.party_unclear",
    "rule.period_not_over", "rule.quarantined", "rule.radiation_failed", "rule.received_otherwise",
    "rule.release_needs_supervisor", "rule.reserved", "rule.reserved_there", "rule.remelt_ingot_only", "rule.replacement_actor",
    "rule.returns_exceed_shipment", "rule.same_form", "rule.same_material", "rule.sealed_too_early",
    "rule.sent_back_needs_quarantine", "rule.site_activity", "rule.still_open", "rule.supplement_needs_supervisor",
    "rule.ticket_used", "rule.to_authority", "rule.too_long_ago", "rule.undo_approved", "rule.undo_corrected",
    "rule.undo_followed", "rule.undo_not_own", "rule.undo_not_this_kind", "rule.undo_sealed",
    "rule.undo_too_late", "rule.unknown_certificate_kind", "rule.unknown_event", "rule.unknown_fuel",
    "rule.unknown_lot", "rule.unknown_material", "rule.unknown_metal", "rule.unknown_province",
    "rule.unknown_statistic", "rule.uptake_too_large", "rule.waste_code_differs", "scan.unbound_input",
)  # fmt: skip

STANDING: Mapping[str, Standing] = {
    code: standing
    for standing, codes in (
        (Standing.STATEMENT, _STATEMENT), (Standing.RIGHTS, _RIGHTS), (Standing.STATE, _STATE)
    )
    for code in codes
}  # fmt: skip
"""What each rule is about, by the code of its violation. One that may be either is of state."""

WAITING = frozenset(
    {"rule.foreign_site", "rule.in_transit", "rule.not_in_view", "rule.unknown_lot", "scan.unbound_input"}
)
"""Breaks that end by themselves when the lot arrives at the site, or its label is bound there."""


RESERVED = frozenset({"rule.code_reserved", "rule.reserved", "rule.reserved_there"})
"""Breaks that end by themselves when the ticket or heat ends that holds the lot or label."""


class Remedy(StrEnum):
    """What a supervisor can do about a broken rule."""

    WAIT = "wait"  # for the lot; or another label was meant
    FREE = "free"  # wait until the ticket or heat that holds the lot ends, or it is taken off there
    LABEL = "label"  # another one, or the lot that has it is this one
    TIME = "time"
    REST = "rest"  # of a lot: less was left than was meant
    ELSEWHERE = "elsewhere"  # it was used: by what, when and by whom is said
    SEND = "send"  # it needs a supervisor, and nothing else
    MEND = "mend"


_REMEDIES: Mapping[Remedy, frozenset[str]] = {
    Remedy.WAIT: WAITING,
    Remedy.FREE: frozenset({"rule.reserved", "rule.reserved_there"}),
    Remedy.LABEL: frozenset({"rule.code_reserved", "rule.code_taken", "rule.lot_exists"}),
    Remedy.TIME: frozenset(
        {
            "rule.before_made", "rule.before_opening", "rule.in_the_future", "rule.month_not_over",
            "rule.month_sealed", "rule.sealed_too_early", "rule.too_long_ago",
        }
    ),
    Remedy.REST: frozenset({"rule.nothing_remains", "rule.overdrawn", "rule.outputs_exceed_inputs"}),
    Remedy.ELSEWHERE: frozenset({"lot.used_since", "lot.went_by", "lot.went_into_heat"}),
    Remedy.SEND: frozenset(
        {
            "correct.too_much", "held.password_needed", "held.role_ended", "rule.approval_not_proven",
            "rule.approval_of_own", "rule.approver_not_supervisor", "rule.mass_unusual", "rule.needs_supervisor",
            "rule.outside_alloy", "rule.release_needs_supervisor", "rule.supplement_needs_supervisor",
        }
    ),
}  # fmt: skip


def find_remedy(code: str) -> Remedy | None:
    """Return what a supervisor can do about a broken rule, by the code of its violation; None where it only says more of
    another one."""
    remedy = next((remedy for remedy, codes in _REMEDIES.items() if code in codes), None)
    return remedy if remedy or code.startswith("lot.") else Remedy.MEND


def list_used_elsewhere(violations: Iterable[Violation]) -> list[str]:
    """Return the lots of a draft that something else used, each once."""
    used = (lot for one in violations if find_remedy(one.code) is Remedy.ELSEWHERE for lot in one.lots)
    return list(dict.fromkeys(used))


ROLE_ENDED = Violation("held.role_ended", "actor")
PASSWORD_NEEDED = Violation("held.password_needed", "kind")


def is_held(violations: Sequence[Violation]) -> bool:
    """Return whether a refused draft of a queue is held: where nothing else stands against it than the state of things."""
    return all(STANDING.get(one.code, Standing.STATE) is Standing.STATE for one in violations)


def list_reserved(violation: Violation) -> list[str]:
    """Return the keys of what open work holds, of a draft that may not take it: ``lot/ID``, or that of a label's code."""
    if violation.code not in RESERVED:
        return []
    return [f"lot/{lot}" for lot in violation.lots] or [code_key(str(violation.figures["code"]))]


def is_waiting(violations: Iterable[Violation]) -> bool:
    """Return whether a held draft is tried again when a lot that it names turns up."""
    return any(one.code in WAITING for one in violations)
