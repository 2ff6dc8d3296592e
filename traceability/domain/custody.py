"""Compute the effect of an event on one lot: its next state and every rule that the use, movement
or observation breaks.

Every function takes the lot as it stands at the event's position in book order and returns its next state with every
broken rule. Rules that speak of other lots of the same event live in ``transformation`` and ``rules``.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from traceability.domain.activities import find_main_kind
from traceability.domain.calendar import day_of
from traceability.domain.errors import Figures, Violation
from traceability.domain.event import (
    Adjustment,
    Assay,
    Disposal,
    Event,
    Inspection,
    Receiving,
    Relabelling,
    Reversal,
    Shipment,
)
from traceability.domain.lot import (
    DELIVERED,
    DISPOSED,
    HELD,
    IN_TRANSIT,
    Content,
    Failure,
    Lot,
    Shipped,
    Take,
    list_inherited,
)
from traceability.domain.place import province_of
from traceability.domain.posting import BY_SITE, TO_CUSTOMER, TO_DISPOSAL, LedgerRows
from traceability.domain.provenance import scale, take_metal
from traceability.domain.quantity import PPM, apportion, round_half_up
from traceability.domain.vocabulary import TURNOVER_IN, TURNOVER_OUT


class Effect(NamedTuple):
    """The effect on a lot: its next state, the violations, the part split off with what it holds,
    and by how much the lot changed."""

    lot: Lot
    violations: list[Violation]
    part: Lot | None = None
    parted: Take | None = None
    change: tuple[int, int] = (0, 0)  # signed mass and metal: a difference at receipt, a stocktake, an assay


def check_take(lot: Lot, mass_g: int, event: Event, path: str, *, quarantine: bool = True) -> list[Violation]:
    """Return why ``mass_g`` of the lot cannot be used by the event at the event's site (empty: it
    can).

    ``quarantine`` False is for takes recorded before a failed inspection of earlier date: flagged, never refused.
    """
    violations = check_held(lot, event, path)
    if quarantine:
        violations += _check_released(lot, event, path)
    return violations + _check_remaining(lot, event, mass_g, path)


def _exists(lot: Lot, event: Event) -> bool:
    """Return whether the lot is there at the event's place; otherwise it is as it stands later on, which says nothing."""
    return not lot.void and lot.made < event.order


def _check_released(lot: Lot, event: Event, path: str) -> list[Violation]:
    if not lot.quarantined or not _exists(lot, event):
        return []
    return [Violation("rule.quarantined", path, (lot.id,), figures={"code": lot.code})]


def _check_remaining(lot: Lot, event: Event, mass_g: int, path: str) -> list[Violation]:
    """Return why so much cannot be taken from what remains of the lot, wherever it is."""
    if mass_g <= 0 and not lot.remaining_g:  # all of a lot that is not there says nothing of the mass
        return [nothing_remains(lot, path)] if _exists(lot, event) else []
    if mass_g <= 0:
        return [Violation("rule.mass_not_positive", f"{path}.mass_g", (lot.id,), figures={"mass_g": mass_g})]
    if mass_g > lot.remaining_g and _exists(lot, event):
        return [overdrawn(lot, mass_g, path)]
    return []


def overdrawn(lot: Lot, mass_g: int, path: str) -> Violation:
    """Return the violation of taking more than remains."""
    figures: Figures = {"code": lot.code, "asked_g": mass_g, "remaining_g": lot.remaining_g, "site": lot.site}
    return Violation("rule.overdrawn", path, (lot.id,), figures=figures)


def nothing_remains(lot: Lot, path: str) -> Violation:
    """Return the violation of using a lot of which nothing is left."""
    return Violation("rule.nothing_remains", path, (lot.id,), figures={"code": lot.code})


def check_held(lot: Lot, event: Event, path: str) -> list[Violation]:
    """Return why the lot is not in the custody of the event's site at that moment (empty: it is)."""
    site = event.draft.site
    if lot.custody == HELD and lot.site == site and not lot.void and lot.made < event.order:
        return []
    figures: Figures = {"code": lot.code, "site": site}
    if lot.void:
        return [Violation("rule.lot_void", path, (lot.id,), figures=figures)]
    if lot.made >= event.order:
        return [Violation("rule.before_made", path, (lot.id,), figures=figures)]
    if lot.custody == IN_TRANSIT:
        return [Violation("rule.in_transit", path, (lot.id,), figures={**figures, "to": lot.to})]
    if lot.custody == DELIVERED:
        return [Violation("rule.delivered", path, (lot.id,), figures={**figures, "to": lot.to})]
    if lot.custody == DISPOSED:
        return [Violation("rule.disposed", path, (lot.id,), figures=figures)]
    return [Violation("rule.foreign_site", path, (lot.id,), figures={**figures, "holder": lot.site})]


def take(lot: Lot, mass_g: int, event: Event) -> Lot:
    """Return the lot after so much was taken from it."""
    return lot.changed(remaining_g=lot.remaining_g - mass_g, last=max(lot.last, event.order))


def split_off(
    lot: Lot, event: Event, number: int, mass_g: int, past: tuple[Shipped, ...]
) -> tuple[Lot, Lot, Take]:
    """Return (what stays, the part as a new lot with its own code, what the part holds); ``past`` are the shipments that
    the part came with."""
    content = lot.content_at(event.order)
    taken = content.take(mass_g)
    inherited = list_inherited(lot) if event.frozen.edition else _list_inherited_once(lot)
    came_with = (
        [sent._replace(shipped_g=mass_g, returned_g=0) for sent in past] if event.frozen.edition else []
    )
    born = lot.changed(
        id=event.frozen.lots[number],
        code=event.frozen.codes[number],
        codes=(),
        contents=(Content(event.order, content.form, mass_g, taken.metal_g, taken.vector, taken.strict_g),),
        made_by=event.id,
        born_past=tuple(came_with),
        **inherited,
    )
    part = born.as_born(lot.site, event.frozen.region, event.order, event.frozen.time_ms)
    return take(lot, mass_g, event), part, taken


def _list_inherited_once(lot: Lot) -> dict[str, Any]:
    """Return what a part inherited in the first books: it failed anew with its lot, if that was known by then."""
    failed = tuple(subject for subject, _ in lot.failures) if lot.quarantined else ()
    return {"parent": lot.id, "born_failed": failed, "born_failures": (), "born_composition": ()}


def _move(
    lot: Lot, event: Event, number: int, mass_g: int, past: tuple[Shipped, ...]
) -> tuple[Lot | None, Lot, Take | None]:
    """Return (what stays, what moves, what a part holds): a part split off, or the whole lot, of
    which nothing stays."""
    if mass_g < lot.remaining_g or event.frozen.lots[number]:
        return split_off(lot, event, number, mass_g, past)
    moved = lot.changed(last=max(lot.last, event.order), moved_ms=event.frozen.time_ms)
    return None, moved, None


def _post_other_liquid(lot: Lot, event: Event, mass_g: int, book: LedgerRows) -> None:
    """Post liquid that leaves the chain without being cast or alloyed at its tapping site."""
    if lot.tapped_at and lot.form == "molten_primary":
        region = event.frozen.tapped_region(lot.tapped_at, lot.tapped_region)
        book.post("molten_other", lot.tapped_at, region, lot.metal, mass_g, other_site=lot.site)


def _post_departure(
    lot: Lot, content: Content, event: Event, mass_g: int, channel: str, to: str, book: LedgerRows
) -> None:
    """Post the metal that leaves the event's site; of a negative mass the metal that comes back."""
    book.post(
        TURNOVER_OUT, event.draft.site, event.frozen.region, lot.metal, _signed_metal(content, mass_g),
        material=find_main_kind(event.frozen.site_kinds), family=lot.family, channel=channel, via=content.form,
        other_site=to,
    )  # fmt: skip


def _post_arrival(
    lot: Lot, sent: Shipped, event: Event, at: tuple[str, str], mass_g: int, book: LedgerRows
) -> None:
    """Post the metal that a shipment brought to a site in a region; of a negative mass the metal that goes back."""
    content = lot.content_at(event.order)
    frozen = event.frozen
    kind = find_main_kind(frozen.site_kinds if at[0] == event.draft.site else frozen.holder_kinds)
    book.post(
        TURNOVER_IN, *at, lot.metal, _signed_metal(content, mass_g), origin=sent.shipper_region,
        material=kind, family=lot.family, channel=BY_SITE, via=content.form, other_site=sent.shipper,
    )  # fmt: skip


def check_whole(lot: Lot, event: Event, number: int, mass_g: int, path: str) -> list[Violation]:
    """Check that a lot recorded as moved whole is still whole at that moment, also after
    corrections and late entries."""
    violations = _check_remaining(lot, event, mass_g, path)
    if violations:
        return violations
    if mass_g < lot.remaining_g and not event.frozen.lots[number] and _exists(lot, event):
        figures: Figures = {"code": lot.code, "moved_g": mass_g, "remaining_g": lot.remaining_g}
        return [Violation("rule.not_whole", path, (lot.id,), (event.id,), figures=figures)]
    return []


def ship(lot: Lot, event: Event, number: int, mass_g: int, book: LedgerRows, path: str) -> Effect:
    """Send the lot, or a part, to another site or to a customer outside the system."""
    detail = event.draft.detail
    assert isinstance(detail, Shipment)
    violations = check_held(lot, event, path) + _check_released(lot, event, path)
    violations += check_whole(lot, event, number, mass_g, path)
    if violations:
        return Effect(lot, violations)
    stays, moved, taken = _move(lot, event, number, mass_g, lot.list_shipments())
    to = detail.to or detail.customer
    gone = moved.changed(
        custody=IN_TRANSIT if detail.to else DELIVERED,
        shipment=event.id,
        shipper=event.draft.site,
        shipper_region=event.frozen.region,
        to=to,
        shipped_g=mass_g,
        returned_g=0,
        to_other_firm=event.frozen.to_other_firm,
        past=moved.list_shipments() if event.frozen.edition else moved.past,
    )
    channel = BY_SITE if detail.to else TO_CUSTOMER
    _post_departure(lot, lot.content_at(event.order), event, mass_g, channel, to, book)
    if not detail.to:
        _post_other_liquid(gone, event, mass_g, book)
    if detail.distance_km:
        travelled = mass_g * detail.distance_km
        book.post("transport", lot.site, event.frozen.region, lot.metal, travelled, channel=detail.mode)
        if event.frozen.clean:
            book.post(
                "transport_clean", lot.site, event.frozen.region, lot.metal, travelled, channel=detail.mode
            )
    return Effect(stays, violations, gone, taken) if stays else Effect(gone, violations)


def receive(lot: Lot, event: Event, mass_g: int, book: LedgerRows, path: str) -> Effect:
    """Receive a shipment, weighed again; a difference is posted at the receiver in the month of
    receipt."""
    detail = event.draft.detail
    assert isinstance(detail, Receiving)
    site, region = event.draft.site, event.frozen.region
    figures: Figures = {"code": lot.code, "site": site}
    violations = []
    if lot.void or lot.custody != IN_TRANSIT or lot.last >= event.order:
        violations.append(Violation("rule.not_in_transit", path, (lot.id,), figures=figures))
    elif lot.to != site:
        violations.append(
            Violation("rule.other_destination", path, (lot.id,), figures={**figures, "to": lot.to})
        )
    if mass_g <= 0 and lot.custody == IN_TRANSIT and not lot.void:  # what is left of any other says nothing
        violations.append(
            Violation("rule.mass_not_positive", f"{path}.mass_g", (lot.id,), figures={"mass_g": mass_g})
        )
    if lot.void or lot.custody != IN_TRANSIT or mass_g <= 0:
        return Effect(lot, violations)
    tolerances = event.frozen.tolerances
    difference_g = mass_g - lot.remaining_g
    limit_ppm = tolerances.transit_molten_ppm if lot.form == "molten_primary" else tolerances.transit_ppm
    masses: Figures = {**figures, "sent_g": lot.remaining_g, "received_g": mass_g}
    if difference_g * PPM > lot.remaining_g * tolerances.gain_ppm:
        violations.append(Violation("rule.gain_too_large", path, (lot.id,), figures=masses))
    elif abs(difference_g) * PPM > lot.remaining_g * limit_ppm and not detail.reason:
        violations.append(Violation("rule.difference_needs_reason", path, (lot.id,), figures=masses))
    if lot.to != site:
        return Effect(lot, violations)
    content = lot.content_at(event.order)
    change = (difference_g, _signed_metal(content, difference_g))
    book.post("transit_diff", site, region, lot.metal, change[1], other_site=lot.shipper)
    _post_other_liquid(lot, event, -difference_g, book)
    _post_arrival(lot, lot.list_shipments()[-1], event, (site, region), lot.remaining_g, book)
    received = lot.changed(
        custody=HELD,
        site=site,
        region=region,
        remaining_g=mass_g,
        last=event.order,
        moved_ms=event.frozen.time_ms,
    )
    if content.form == "internal" and lot.to_other_firm:
        # Run-around scrap of one firm is pre-consumer scrap to another (ISO 14021), so it enters uncounted.
        metal_g = take_metal(mass_g, content.mass_g, content.metal_g)
        vector = {(1, province_of(lot.shipper_region), 0): metal_g} if metal_g else {}
        received = received.with_content(Content(event.order, "scrap", mass_g, metal_g, vector, metal_g))
        received = received.changed(reclassified=True)
    return Effect(received, violations, change=change)


def _signed_metal(content: Content, difference_g: int) -> int:
    """Return the metal of a take, with the sign of its mass: a gain is a negative take."""
    metal_g = take_metal(abs(difference_g), content.mass_g, content.metal_g)
    return metal_g if difference_g > 0 else -metal_g


def return_(lot: Lot, event: Event, number: int, mass_g: int, book: LedgerRows, path: str) -> Effect:
    """Reverse a shipment, whole or part: the metal is in the shipper's stock again, earlier months
    untouched."""
    detail = event.draft.detail
    assert isinstance(detail, Reversal)
    figures: Figures = {"code": lot.code, "site": event.draft.site}
    shipments = lot.list_shipments()
    place = next((at for at, sent in enumerate(shipments) if sent.shipment == detail.shipment), None)
    if lot.void or place is None or lot.last >= event.order:
        return Effect(lot, [Violation("rule.not_of_shipment", path, (lot.id,), (detail.shipment,), figures)])
    sent = shipments[place]
    violations = []
    if sent.shipper != event.draft.site:
        shipper = {**figures, "to": sent.shipper}
        violations.append(Violation("rule.not_the_shipper", path, (lot.id,), figures=shipper))
    on_its_way = lot.shipment == detail.shipment and lot.custody in (IN_TRANSIT, DELIVERED)
    if not on_its_way and not (lot.custody == HELD and lot.site == sent.to):
        violations.append(Violation("rule.not_returnable", path, (lot.id,), figures=figures))
    violations += check_whole(lot, event, number, mass_g, path)
    left_g = sent.shipped_g - sent.returned_g
    if mass_g > left_g:
        left: Figures = {**figures, "asked_g": mass_g, "left_g": left_g}
        violations.append(Violation("rule.returns_exceed_shipment", path, (lot.id,), figures=left))
    if violations:
        return Effect(lot, violations)
    was_delivered = lot.custody == DELIVERED
    stays, moved, taken = _move(lot, event, number, mass_g, shipments[:place])
    if was_delivered:
        _post_other_liquid(moved, event, -mass_g, book)
    if lot.reclassified and event.frozen.restores:
        moved = _restore(lot, moved, event)
    if lot.custody == HELD:
        _post_arrival(lot, sent, event, (lot.site, lot.region), -mass_g, book)
    channel = TO_CUSTOMER if was_delivered else BY_SITE
    content = moved.content if moved.reclassified != lot.reclassified else lot.content_at(event.order)
    _post_departure(moved, content, event, -mass_g, channel, sent.to, book)
    back = moved.changed(custody=HELD, site=event.draft.site, region=event.frozen.region)
    back = back.sent_before(moved.born_past if stays else shipments[:place])
    if not stays:
        return Effect(back, violations)
    if place == len(lot.past):
        return Effect(stays.changed(returned_g=lot.returned_g + mass_g), violations, back, taken)
    again = sent._replace(returned_g=sent.returned_g + mass_g)
    stays = stays.changed(past=(*lot.past[:place], again, *lot.past[place + 1 :]))
    return Effect(stays, violations, back, taken)


def _restore(lot: Lot, moved: Lot, event: Event) -> Lot:
    """Return new scrap as the run-around metal that it was before the other firm received it: nobody's own
    scrap is counted because it went out and came back."""
    scrap = moved.content_at(event.order)
    was = next(content for content in reversed(lot.contents) if content.form == "internal")
    metal_g = take_metal(moved.remaining_g, scrap.mass_g, scrap.metal_g)
    strict_g = round_half_up(metal_g * was.strict_g, was.metal_g) if was.metal_g else 0
    restored = Content(
        event.order, "internal", moved.remaining_g, metal_g, scale(was.vector, metal_g), strict_g
    )
    earlier = () if moved.made == event.order else moved.contents
    return moved.changed(contents=(*earlier, restored), reclassified=False)


def check_handover(event: Event, lot: Lot) -> list[Violation]:
    """Check the papers of a disposal of waste: a manifest, and a licence that its receiver holds for it.

    Residue without a waste code needs neither, and what is sent back goes to whom it came from. The first books
    asked for papers only where the draft named the waste.
    """
    draft, frozen = event.draft, event.frozen
    detail = draft.detail
    assert isinstance(detail, Disposal)
    waste_code = detail.waste_code or lot.waste_code
    if not waste_code or detail.outcome == "sent_back" or not frozen.edition:
        return []
    violations = [
        Violation("rule.field_missing", field, figures={"kind": draft.kind, "field": field})
        for field in ("manifest", "licence")
        if not getattr(detail, field)
    ]
    if frozen.licensed_codes is not None and waste_code not in frozen.licensed_codes:
        figures: Figures = {
            "licence": detail.licence,
            "waste_code": waste_code,
            "day": day_of(frozen.time_ms),
        }
        violations.append(Violation("rule.licence_not_held", "licence", (lot.id,), figures=figures))
    return violations


def dispose(lot: Lot, event: Event, number: int, mass_g: int, book: LedgerRows, path: str) -> Effect:
    """Hand residue to a licensed receiver, or dispose of a quarantined lot."""
    detail = event.draft.detail
    assert isinstance(detail, Disposal)
    violations = check_held(lot, event, path)
    residue = lot.form == "residue"
    is_known = _exists(lot, event)
    figures: Figures = {"code": lot.code, "form": lot.form, "outcome": detail.outcome}
    if is_known and not residue and not lot.quarantined:
        violations.append(Violation("rule.not_disposable", path, (lot.id,), figures=figures))
    if is_known and detail.outcome == "sent_back" and not lot.quarantined:
        violations.append(Violation("rule.sent_back_needs_quarantine", path, (lot.id,), figures=figures))
    waste_code = detail.waste_code or lot.waste_code
    if lot.waste_code and detail.waste_code and lot.waste_code != detail.waste_code:
        codes: Figures = {"code": lot.code, "lot_code": lot.waste_code, "waste_code": detail.waste_code}
        violations.append(Violation("rule.waste_code_differs", "waste_code", (lot.id,), figures=codes))
    violations += check_handover(event, lot)
    violations += check_whole(lot, event, number, mass_g, path)
    if violations:
        return Effect(lot, violations)
    stays, moved, taken = _move(lot, event, number, mass_g, lot.list_shipments())
    gone = moved.changed(custody=DISPOSED, to=detail.receiver)
    _post_departure(lot, lot.content_at(event.order), event, mass_g, TO_DISPOSAL, detail.receiver, book)
    if residue and detail.outcome != "sent_back":
        account = "residue_" + detail.outcome
        book.post(
            account,
            lot.site,
            event.frozen.region,
            lot.metal,
            mass_g,
            waste_code=waste_code,
            material=lot.material,
        )
    if detail.outcome != "sent_back" or not event.frozen.edition:
        _post_other_liquid(gone, event, mass_g, book)
    return Effect(stays, violations, gone, taken) if stays else Effect(gone, violations)


def assay(lot: Lot, event: Event, book: LedgerRows, path: str) -> Effect:
    """Set composition and metal fraction of what remains; a fraction recorded too late is
    information only."""
    detail = event.draft.detail
    assert isinstance(detail, Assay)
    violations = check_held(lot, event, path)
    if not lot.remaining_g and not event.frozen.late and _exists(lot, event):
        violations.append(nothing_remains(lot, path))
    if violations:
        return Effect(lot, violations)
    examined = lot.changed(last=max(lot.last, event.order), composition=detail.composition or lot.composition)
    if detail.fraction_ppm is None or event.frozen.late:
        return Effect(examined, violations)
    old = lot.content_at(event.order)
    mass_g = lot.remaining_g
    metal_g = round_half_up(mass_g * detail.fraction_ppm, PPM)
    if metal_g and not old.metal_g:
        violations.append(
            Violation("rule.metal_from_none", path, (lot.id,), figures={"code": lot.code, "metal_g": metal_g})
        )
        return Effect(lot, violations)
    before_g = take_metal(mass_g, old.mass_g, old.metal_g)
    book.post(
        "assay_diff", lot.site, event.frozen.region, lot.metal, metal_g - before_g, material=lot.material
    )
    strict_g = apportion(metal_g, {0: old.strict_g, 1: old.metal_g - old.strict_g})[0] if old.metal_g else 0
    vector = scale(old.vector, metal_g)
    return Effect(
        examined.with_content(Content(event.order, old.form, mass_g, metal_g, vector, strict_g)), violations
    )


def relabel(lot: Lot, event: Event, path: str) -> Effect:
    """Give the lot a further code; old codes keep leading to it."""
    detail = event.draft.detail
    assert isinstance(detail, Relabelling)
    violations = check_held(lot, event, path)
    codes = (*lot.codes, lot.code)
    return Effect(lot.changed(code=detail.code, codes=codes, last=max(lot.last, event.order)), violations)


def inspect(lot: Lot, event: Event, path: str) -> Effect:
    """Quarantine a lot that failed until a supervisor has passed it in every subject that it
    failed."""
    detail = event.draft.detail
    assert isinstance(detail, Inspection)
    violations = check_held(lot, event, path)
    last = max(lot.last, event.order)
    failures = dict(lot.failures)
    if not detail.passed:
        # Of several failures of a subject the one recorded first decides what came before.
        before, place = failures.get(detail.subject), failure_position(event)
        failures[detail.subject] = before if before and before[-1] < place[-1] else place
        return Effect(lot.changed(quarantined=True, failures=_listed(failures), last=last), violations)
    if detail.subject not in failures:
        return Effect(lot.changed(last=last), violations)
    if "supervisor" not in event.frozen.roles:
        violations.append(
            Violation("rule.release_needs_supervisor", path, (lot.id,), figures={"code": lot.code})
        )
    del failures[detail.subject]
    passed = lot.changed(quarantined=bool(failures), failures=_listed(failures), last=last)
    return Effect(passed if failures else passed.changed(moved_ms=event.frozen.time_ms), violations)


def failure_position(event: Event) -> Failure:
    """Return what a lot remembers of a failed inspection: its position in book order and, behind
    it, the seq of its newest correction, if any.

    The last of these decides what was used before anybody knew: a result that was corrected was not known until then.
    """
    return (*event.order, *event.revisions[-1:])


def _listed(failures: dict[str, Failure]) -> tuple[tuple[str, Failure], ...]:
    return tuple(sorted(failures.items()))


def warn_of_quarantine(lot: Lot) -> list[Violation]:
    """Return a warning where a lot that passed an inspection stays in quarantine for another
    subject that it failed."""
    if not lot.quarantined:
        return []
    subjects: Figures = {"code": lot.code, "subjects": ", ".join(subject for subject, _ in lot.failures)}
    return [Violation("warning.still_quarantined", "subject", (lot.id,), (), subjects)]


def warn_of_takes(lot: Lot, takes: Sequence[tuple[str, int]]) -> Violation:
    """Return the warning that metal of a lot went on, in these events and grams, before it was
    known to have failed by then."""
    figures: Figures = {"code": lot.code, "takes": len(takes), "mass_g": sum(mass_g for _, mass_g in takes)}
    taking = tuple(event for event, _ in takes)
    return Violation("warning.taken_before_failure", "event_time", (lot.id,), taking, figures)


def adjust(lot: Lot, event: Event, book: LedgerRows, path: str) -> Effect:
    """Correct what remains by a stocktake difference; the vector keeps its shares."""
    detail = event.draft.detail
    assert isinstance(detail, Adjustment)
    violations = check_held(lot, event, path)
    delta_g = detail.delta_g
    figures: Figures = {"code": lot.code, "delta_g": delta_g, "remaining_g": lot.remaining_g}
    if delta_g == 0:
        violations.append(Violation("rule.mass_not_positive", "delta_g", (lot.id,), figures={"mass_g": 0}))
    elif _exists(lot, event):
        if delta_g < 0 and -delta_g > lot.remaining_g:
            violations.append(overdrawn(lot, -delta_g, "delta_g"))
        elif delta_g > 0 and not lot.remaining_g:
            violations.append(Violation("rule.gain_of_nothing", "delta_g", (lot.id,), figures=figures))
        elif delta_g * PPM > lot.remaining_g * event.frozen.tolerances.gain_ppm:
            violations.append(Violation("rule.gain_too_large", "delta_g", (lot.id,), figures=figures))
    if violations:
        return Effect(lot, violations)
    metal_g = _signed_metal(lot.content_at(event.order), delta_g)
    book.post("stocktake", lot.site, event.frozen.region, lot.metal, metal_g, material=lot.material)
    _post_other_liquid(lot, event, -delta_g, book)
    counted = lot.changed(remaining_g=lot.remaining_g + delta_g, last=max(lot.last, event.order))
    return Effect(counted, violations, change=(delta_g, metal_g))
