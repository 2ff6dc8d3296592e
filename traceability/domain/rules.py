"""Check which events are possible at all: forms per kind, who may record what, what each kind must
state.

These rules need only the draft and the frozen parameters; ``next_steps`` reads the same record, ``kinds``. Rules about the state
of a lot are in ``custody``, about balance in ``transformation``, about codes, tickets and heat numbers in ``claims``.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from traceability.domain.activities import ANY_METAL, ActivityTable
from traceability.domain.authority import STATISTIC, check_ended
from traceability.domain.calendar import FUTURE_MS, month_end, time_of_day
from traceability.domain.carbon import FuelFactor
from traceability.domain.certificate import CertificateKind
from traceability.domain.entry import compute_settled_mass, may_declare
from traceability.domain.errors import Figures, Violation
from traceability.domain.event import (
    BALANCE,
    Acquisition,
    Adjustment,
    Assay,
    Composition,
    Correction,
    Declaration,
    Disposal,
    Draft,
    Event,
    Heat,
    Opening,
    Seal,
    Shipment,
    Weighing,
)
from traceability.domain.identifier import normalise_identifier
from traceability.domain.kinds import (
    FORMS_IN,
    FORMS_OUT,
    MOVEMENTS,
    OBSERVATIONS,
    ONE_LOT,
    REARRANGEMENTS,
    SCRAP_ENTRIES,
    SUPERVISED,
    TRANSFORMATIONS,
)
from traceability.domain.lot import Lot
from traceability.domain.material import Material
from traceability.domain.place import Licence, province_of
from traceability.domain.provenance import IMPORT_PREFIX, ORIGIN_OPENING
from traceability.domain.quantity import MAX_MASS_G
from traceability.domain.transformation import Input
from traceability.domain.vocabulary import MIXED

EARLIEST_MS = time_of_day("2000-01-01")
MOST_COMPOSITION_PPM = 1_001_000  # 100.10 %: what rounding of the single contents may add
LONGEST_HEAT_MS = (
    3 * 24 * 3600 * 1000
)  # our own decision: an ordinary heat that takes longer is a tankhouse's
LONGEST_BALANCE_MS = 92 * 24 * 3600 * 1000  # 3 months
_REGION = re.compile(r"[0-9]{6}")


def check_time(draft: Draft, now_ms: int) -> list[Violation]:
    """Check that the time is not in the future beyond a clock's error, and not before there was a
    record."""
    if draft.time_ms > now_ms + FUTURE_MS:
        return [Violation("rule.in_the_future", "event_time", figures={"time_ms": draft.time_ms})]
    if draft.time_ms < EARLIEST_MS:
        return [Violation("rule.too_long_ago", "event_time", figures={"time_ms": draft.time_ms})]
    return []


def check_activity(
    draft: Draft, site_kinds: Collection[str], activities: ActivityTable, materials: Mapping[str, Material]
) -> list[Violation]:
    """Check that the kinds of the site, as of the event's time, allow this kind of event, and for which
    metals."""
    if not site_kinds:
        return []  # an unknown site has its violation
    if not activities.allows(site_kinds, draft.kind):
        return [describe_bar(draft.kind, draft.site, site_kinds, activities)]
    violations = []
    for number, new in enumerate(draft.outputs if draft.kind in activities else ()):
        material = materials.get(new.material)
        metal = new.metal or (material.metal if material else "")
        if metal and not activities.allows(site_kinds, draft.kind, metal):
            barred = describe_bar(draft.kind, draft.site, site_kinds, activities, metal)
            violations.append(barred._replace(path=f"outputs.{number}.material"))
    return violations


def describe_bar(
    kind: str, site: str, site_kinds: Collection[str], activities: ActivityTable, metal: str = ANY_METAL
) -> Violation:
    """Return the violation of a kind of event that a site's kinds do not allow, with the kinds that may."""
    figures: Figures = {
        "site": site, "kinds": ", ".join(site_kinds), "kind": kind, "metal": metal,
        "allowed": ", ".join(activities.list_site_kinds(kind, metal)),
    }  # fmt: skip
    return Violation("rule.site_activity", "kind", figures=figures)


def check_rights(draft: Draft, roles: tuple[str, ...], speaks: bool | None = None) -> list[Violation]:
    """Check the roles that the actor had at the site on the day.

    ``speaks`` is asked of statistics instead: whether the actor plans for exactly their regions.
    """
    figures: Figures = {"kind": draft.kind, "site": draft.site}
    if speaks is not None:
        return [] if speaks else [Violation("rule.not_the_regions_planner", "actor", figures=figures)]
    if draft.kind in SUPERVISED and not (isinstance(draft.detail, Correction) and draft.detail.undo):
        allowed = {"supervisor"}
    else:
        allowed = {"operator", "supervisor"}
    if allowed & set(roles):
        return []
    code = "rule.needs_supervisor" if "operator" in roles and "supervisor" in allowed else "rule.no_right"
    return [Violation(code, "actor", figures=figures)]


def check_approver(draft: Draft, *actors: str) -> list[Violation]:
    """Check that an approval is another person's than whoever recorded the event, or corrects it."""
    approver = draft.approval.approver if draft.approval else ""
    if not approver or approver not in (draft.actor, *actors):
        return []
    return [Violation("rule.approval_of_own", "approval.approver", figures={"approver": approver})]


def check_replacement_actor(draft: Draft, *actors: str) -> list[Violation]:
    """Check that a replacement is stated by who recorded the event or by who corrects it, in nobody else's name."""
    if draft.actor in actors:
        return []
    return [Violation("rule.replacement_actor", "actor", figures={"actor": draft.actor})]


def check_supplementary(draft: Draft, roles: tuple[str, ...], recorded_before: bool) -> list[Violation]:
    """Check a record of a sealed month: only a correction changes what the month had declared.

    What it never had a supervisor supplements.
    """
    if not isinstance(draft.detail, Declaration):
        return []
    figures: Figures = {"site": draft.site, "month": draft.detail.period}
    if recorded_before:
        return [Violation("rule.month_sealed", "period", figures=figures)]
    if "operator" in roles and "supervisor" not in roles:
        return [Violation("rule.supplement_needs_supervisor", "actor", figures=figures)]
    return []


def warn_of_sealed_month(event: Event) -> list[Violation]:
    """Return the warnings of a seal that found no power or fuel, and of a record that came after the seal."""
    detail, frozen = event.draft.detail, event.frozen
    if isinstance(detail, Seal) and frozen.missing_records:
        figures: Figures = {
            "site": event.draft.site, "month": detail.month, "missing": ", ".join(frozen.missing_records),
        }  # fmt: skip
        return [Violation("warning.seal_without_records", "month", figures=figures)]
    if isinstance(detail, Declaration) and frozen.supplementary:
        figures = {"site": event.draft.site, "month": detail.period}
        return [Violation("warning.supplementary", "period", figures=figures)]
    return []


def check_statement(event: Event) -> list[Violation]:
    """Check everything that the kind of event must and must not state."""
    draft = event.draft
    violations = _check_masses(draft)
    if isinstance(draft.detail, Acquisition) and draft.detail.weighing is not None:
        violations += _check_settled(draft.detail.weighing, "weighing")
    if any(new.weighing for new in draft.outputs):
        violations += _check_grades(draft)
    if draft.kind in FORMS_OUT:
        violations += _check_outputs(event)
    if draft.kind in TRANSFORMATIONS:
        if not draft.inputs:
            violations.append(Violation("rule.no_inputs", "inputs", figures={"kind": draft.kind}))
        if draft.kind == "split" and len(draft.inputs) > 1:
            violations.append(Violation("rule.one_lot", "inputs", figures={"kind": draft.kind}))
    if draft.kind in MOVEMENTS or draft.kind in OBSERVATIONS:
        if not draft.lots:
            violations.append(Violation("rule.no_lots", "lots", figures={"kind": draft.kind}))
        if draft.kind in ONE_LOT and len(draft.lots) > 1:
            violations.append(Violation("rule.one_lot", "lots", figures={"kind": draft.kind}))
    seen: set[str] = set()
    paths = [(f"inputs.{number}", use.lot) for number, use in enumerate(draft.inputs)]
    paths += [(f"lots.{number}", moved.lot) for number, moved in enumerate(draft.lots)]
    for path, lot in paths:
        if lot in seen:
            violations.append(Violation("rule.lot_twice", path, (lot,)))
        seen.add(lot)
    return violations + _check_detail(event)


def _check_masses(draft: Draft) -> list[Violation]:
    violations = []
    for path, grams in _list_masses(draft):
        if grams is None:
            continue
        if grams <= 0:
            violations.append(Violation("rule.mass_not_positive", path, figures={"mass_g": grams}))
        elif grams > MAX_MASS_G:
            violations.append(
                Violation("rule.mass_absurd", path, figures={"mass_g": grams, "limit_g": MAX_MASS_G})
            )
    for path, grams in (("loss_g", draft.loss_g or 0), ("uptake_g", draft.uptake_g)):
        if grams < 0:
            violations.append(Violation("rule.mass_negative", path, figures={"mass_g": grams}))
    return violations


def _list_masses(draft: Draft) -> list[tuple[str, int | None]]:
    listed = [(f"inputs.{number}.mass_g", used.mass_g) for number, used in enumerate(draft.inputs)]
    listed += [(f"outputs.{number}.mass_g", new.mass_g) for number, new in enumerate(draft.outputs)]
    listed += [(f"lots.{number}.mass_g", moved.mass_g) for number, moved in enumerate(draft.lots)]
    return listed


def _check_grades(draft: Draft) -> list[Violation]:
    """Check the readings of the grades of a load: all have them, and one follows on the other.

    What was unloaded between two readings is the net of a grade, so the nets add up to the first gross less the last tare.
    """
    violations = []
    if isinstance(draft.detail, Acquisition) and draft.detail.weighing is not None:
        violations.append(Violation("rule.weighed_twice", "weighing.gross_g"))
    weighings = [new.weighing for new in draft.outputs if new.weighing]
    for number, new in enumerate(draft.outputs):
        path = f"outputs.{number}.weighing"
        if new.weighing is None:
            figures: Figures = {"number": number + 1}
            violations.append(Violation("rule.grade_not_weighed", f"{path}.gross_g", figures=figures))
        else:
            violations += _check_settled(new.weighing, path)
    nets_g = sum(weighing.gross_g - weighing.tare_g for weighing in weighings)
    whole_g = weighings[0].gross_g - weighings[-1].tare_g
    if len(weighings) == len(draft.outputs) and nets_g != whole_g:
        figures = {"nets_g": nets_g, "whole_g": whole_g, "difference_g": nets_g - whole_g}
        violations.append(Violation("rule.readings_apart", "outputs", figures=figures))
    return violations


def _check_settled(weighing: Weighing, path: str) -> list[Violation]:
    """Check the mass that the readings imply as one that is typed is checked."""
    _, settled_g = compute_settled_mass(weighing)
    if settled_g <= MAX_MASS_G:
        return []
    figures: Figures = {"mass_g": settled_g, "limit_g": MAX_MASS_G}
    return [Violation("rule.mass_absurd", path, figures=figures)]


def check_metals(draft: Draft, metals: Collection[str]) -> list[Violation]:
    """Check that the reference data know the metals that a draft names.

    An output may also be of mixed metals.
    """
    named = [
        (f"outputs.{number}.metal", new.metal)
        for number, new in enumerate(draft.outputs)
        if new.metal is not None and new.metal != MIXED
    ]
    detail = draft.detail
    if isinstance(detail, Declaration):
        named += [("metal", detail.metal)] if detail.metal else []
        named += [(f"metals.{number}", metal) for number, metal in enumerate(detail.metals)]
    return [
        Violation("rule.unknown_metal", path, figures={"metal": metal, "known": ", ".join(metals)})
        for path, metal in named
        if metal not in metals
    ]


def check_origins(draft: Draft, regions: Collection[str]) -> list[Violation]:
    """Check the origins stated: a supplier's province, an import's country, either of them on a
    certificate, and OPEN of declared stock."""
    violations = []
    detail = draft.detail
    if isinstance(detail, Acquisition) and detail.origin:
        violations += _check_origin(draft.kind, detail, regions, "origin")
    for number, new in enumerate(draft.outputs):
        if isinstance(detail, Acquisition) and new.origin:
            of_grade = detail._replace(origin=new.origin)
            violations += _check_origin(draft.kind, of_grade, regions, f"outputs.{number}.origin")
        if not new.content or not may_declare(draft.kind, new.form):
            continue  # content elsewhere is refused as such
        for line, share in enumerate(new.content):
            path, origin = f"outputs.{number}.content.{line}.origin", share.origin
            if _REGION.fullmatch(origin):
                violations += _check_province(origin, path, regions)
            elif (
                origin
                and not origin.startswith(IMPORT_PREFIX)
                and (draft.kind, origin) != ("opening", ORIGIN_OPENING)
            ):
                violations.append(Violation("rule.content_origin", path, figures={"origin": origin}))
    return violations


def _check_origin(kind: str, detail: Acquisition, regions: Collection[str], path: str) -> list[Violation]:
    origin = detail.origin
    if kind == "import":
        wanted = IMPORT_PREFIX + detail.country
        if not detail.country or origin == wanted:
            return []  # a missing country has a violation of its own
        figures: Figures = {"origin": origin, "country": detail.country, "wanted": wanted}
        return [Violation("rule.origin_not_country", path, figures=figures)]
    if _REGION.fullmatch(origin):
        return _check_province(origin, path, regions)
    if kind == "supply" and origin.startswith(IMPORT_PREFIX):  # ore and metal from abroad are bought in too
        return []
    figures = {"origin": origin, "kind": kind}
    return [Violation("rule.origin_not_province", path, figures=figures)]


def _check_province(origin: str, path: str, regions: Collection[str]) -> list[Violation]:
    province = province_of(origin)
    if province not in regions:
        return [Violation("rule.unknown_province", path, figures={"origin": origin})]
    if origin == province:
        return []
    figures: Figures = {"origin": origin, "province": province}
    return [Violation("rule.origin_below_province", path, figures=figures)]


def _check_outputs(event: Event) -> list[Violation]:
    draft = event.draft
    violations = []
    if not draft.outputs:
        violations.append(Violation("rule.no_outputs", "outputs", figures={"kind": draft.kind}))
    allowed = FORMS_OUT[draft.kind]
    for number, new in enumerate(draft.outputs):
        path = f"outputs.{number}"
        if new.form not in allowed:
            figures: Figures = {"form": new.form, "kind": draft.kind, "allowed": ", ".join(allowed)}
            code = "rule.form_not_allowed"
            if (draft.kind, new.form) == ("fabricate", "scrap"):
                code, figures = "rule.new_scrap_internal", {**figures, "internal": "internal"}
            violations.append(Violation(code, f"{path}.form", figures=figures))
        material = event.frozen.materials.get(new.material)
        if material is not None and new.form not in material.forms:
            figures = {"material": new.material, "form": new.form}
            violations.append(Violation("rule.material_form", f"{path}.material", figures=figures))
        if new.mass_g is None and draft.kind in TRANSFORMATIONS:
            violations.append(Violation("rule.mass_missing", f"{path}.mass_g"))
        if new.metal_g is not None and new.metal_g < 0:
            violations.append(
                Violation("rule.mass_negative", f"{path}.metal_g", figures={"mass_g": new.metal_g})
            )
        if new.content and not may_declare(draft.kind, new.form):
            figures = {"form": new.form, "kind": draft.kind}
            violations.append(Violation("rule.content_not_allowed", f"{path}.content", figures=figures))
        if material is not None and draft.kind != "split":
            violations += _check_metal(new.metal, material, path)
        if draft.kind == "cast_ingot" and new.form == "product" and material and not material.remelt_ingot:
            violations.append(Violation("rule.remelt_ingot_only", path, figures={"material": new.material}))
    return violations


def _check_metal(metal: str | None, material: Material, path: str) -> list[Violation]:
    """Check that a metal is stated only where the material has none: aluminium is no cathode.

    Parts of a lot are whatever it is.
    """
    if not metal or not material.metal or metal == material.metal:
        return []
    figures: Figures = {"material": material.id, "metal": metal, "own": material.metal}
    return [Violation("rule.metal_differs", f"{path}.metal", figures=figures)]


def check_inputs(event: Event, inputs: Sequence[Input]) -> list[Violation]:
    """Check the forms of the inputs, and what may stand together among them."""
    kind = event.draft.kind
    allowed = FORMS_IN[kind]
    violations = []
    for number, (lot, form, _) in enumerate(inputs):
        if form not in allowed:
            figures: Figures = {"code": lot.code, "form": form, "kind": kind, "allowed": ", ".join(allowed)}
            violations.append(
                Violation("rule.form_not_allowed", f"inputs.{number}", (lot.id,), figures=figures)
            )
    if kind in REARRANGEMENTS:
        violations += _check_alike(event, inputs)
    if kind == "split" and inputs and not event.frozen.edition:
        violations += _check_same_material(event.draft, inputs[0].lot)
    return violations


_PART_KEEPS = {"metal": "rule.part_metal", "waste_code": "rule.part_waste_code"}


def check_parts(event: Event, lots: Mapping[str, Lot]) -> list[Violation]:
    """Check that the parts of a split state nothing else than their lot is.

    Asked of what is recorded or replaced alone: afterwards parts follow a correction of their lot.
    """
    draft = event.draft
    whole = lots.get(draft.inputs[0].lot) if draft.kind == "split" and draft.inputs else None
    if whole is None:
        return []
    violations = _check_same_material(draft, whole)
    for number, new in enumerate(draft.outputs):
        for name, stated, own in (
            ("metal", new.metal, whole.metal),
            ("waste_code", new.waste_code, whole.waste_code),
        ):
            if stated and stated != own:
                figures: Figures = {"code": whole.code, "stated": stated, "own": own or "–"}
                path = f"outputs.{number}.{name}"
                violations.append(Violation(_PART_KEEPS[name], path, (whole.id,), figures=figures))
    return violations


def _check_same_material(draft: Draft, whole: Lot) -> list[Violation]:
    return [
        Violation(
            "rule.same_material",
            f"outputs.{number}.material",
            figures={"material": new.material, "wanted": whole.material},
        )
        for number, new in enumerate(draft.outputs)
        if new.material != whole.material
    ]


def _check_alike(event: Event, inputs: Sequence[Input]) -> list[Violation]:
    """Check that what is only rearranged is of one form, liquid metal also of one tapping site."""
    violations = []
    forms = {used.form for used in inputs}
    wrong = sorted({new.form for new in event.draft.outputs} - forms)
    if len(forms) > 1 or wrong:
        both: Figures = {"kind": event.draft.kind, "forms": ", ".join(sorted(forms | set(wrong)))}
        violations.append(Violation("rule.same_form", "outputs" if wrong else "inputs", figures=both))
    tapped = sorted({used.lot.tapped_at for used in inputs})
    if "molten_primary" in forms and len(tapped) > 1:
        violations.append(Violation("rule.one_tapping_site", "inputs", figures={"sites": ", ".join(tapped)}))
    return violations


def _check_detail(event: Event) -> list[Violation]:
    draft, detail = event.draft, event.draft.detail
    violations: list[Violation] = []

    def need(value: object, path: str) -> None:
        if not value:
            violations.append(
                Violation("rule.field_missing", path, figures={"kind": draft.kind, "field": path})
            )

    if isinstance(detail, Acquisition):
        if draft.kind in SCRAP_ENTRIES:
            if not draft.outputs or any(not new.source_class for new in draft.outputs):
                need(detail.source_class, "source_class")
            need(detail.ticket, "ticket")
            if detail.radiation == "failed":
                violations.append(Violation("rule.radiation_failed", "radiation"))
        if draft.kind == "collect":
            need(detail.supplier, "supplier")
            need(detail.channel, "channel")
        if draft.kind == "import":
            need(detail.country, "country")
            need(detail.declaration_no, "declaration_no")
        if draft.kind == "supply" and any(new.content for new in draft.outputs if new.form == "product"):
            need(detail.certificate, "certificate")
    elif isinstance(detail, Opening):
        need(detail.reason, "reason")
        need(draft.documents, "documents")
    elif isinstance(detail, Adjustment):
        need(detail.reason, "reason")
    elif isinstance(detail, Shipment):
        if bool(detail.to) == bool(detail.customer):
            violations.append(Violation("rule.one_destination", "to"))
        if detail.to == draft.site:
            violations.append(Violation("rule.same_site", "to", figures={"site": draft.site}))
    elif isinstance(detail, Heat):
        violations += _check_heat(event, detail)
    elif isinstance(detail, Assay):
        if detail.fraction_ppm is None and not detail.composition:
            violations.append(Violation("rule.assay_states_nothing", "metal_fraction"))
        violations += _check_composition(detail.composition)
    elif isinstance(detail, Disposal):
        if detail.outcome != "sent_back":
            need(detail.receiver, "receiver")
            for field in ("manifest", "licence") if detail.waste_code else ():
                need(getattr(detail, field), field)
    elif isinstance(detail, Declaration):
        violations += _check_declaration(detail)
        if detail.type == STATISTIC:
            need(draft.documents, "documents")
            violations += check_ended(event)
    elif isinstance(detail, Seal):
        violations += _check_seal(event, detail)
    return violations


def _check_composition(composition: Composition) -> list[Violation]:
    """Check that the elements make no more than the whole, and leave something to the balance."""
    violations = []
    whole_ppm = sum(content.measured_ppm for content in composition if content.sign != BALANCE)
    if whole_ppm > MOST_COMPOSITION_PPM:
        figures: Figures = {"ppm": whole_ppm, "limit_ppm": MOST_COMPOSITION_PPM}
        violations.append(Violation("rule.composition_above_whole", "composition", figures=figures))
    for content in composition:
        if content.sign == BALANCE and content.ppm <= 0 and not violations:
            path = f"composition.{content.element}"
            figures = {"element": content.element, "ppm": whole_ppm}
            violations.append(Violation("rule.balance_not_positive", path, figures=figures))
    return violations


def list_licensed_codes(draft: Draft, licences: Sequence[Licence] | None, day: str) -> tuple[str, ...] | None:
    """Return the waste codes for which the receiver of a disposal holds the stated licence on a day.

    ``licences`` are the receiver's. None where these are not known, or no licence is stated.
    """
    detail = draft.detail
    if not isinstance(detail, Disposal) or licences is None or not detail.licence:
        return None
    number = normalise_identifier(detail.licence)
    held = [licence for licence in licences if normalise_identifier(licence.number) == number]
    codes = {code for licence in held for code in licence.waste_codes if licence.covers(code, day)}
    return tuple(sorted(codes))


def is_licence_unknown(draft: Draft, licences: Sequence[Licence] | None) -> bool:
    """Return whether a disposal states a licence of a receiver whose licences are not known."""
    detail = draft.detail
    return isinstance(detail, Disposal) and bool(detail.licence) and licences is None


def warn_of_licence(event: Event, lots: Iterable[Lot]) -> list[Violation]:
    """Return a warning where nobody could tell whether the receiver of waste holds the stated licence."""
    detail = event.draft.detail
    if not event.frozen.licence_unknown or not isinstance(detail, Disposal):
        return []
    if not detail.waste_code and not any(lot.waste_code for lot in lots):
        return []
    return [Violation("warning.licence_unknown", "licence", figures={"licence": detail.licence})]


def _check_seal(event: Event, seal: Seal) -> list[Violation]:
    """Check that the month has ended: by the clock, and by the seal's own time."""
    end_ms = month_end(seal.month)
    figures: Figures = {"month": seal.month}
    if event.record_ms < end_ms:
        return [Violation("rule.month_not_over", "month", figures=figures)]
    if event.frozen.time_ms < end_ms:
        return [Violation("rule.sealed_too_early", "event_time", figures=figures)]
    return []


def _check_heat(event: Event, heat: Heat) -> list[Violation]:
    if event.draft.kind == "melt" and not heat.heat_number:
        return [Violation("rule.field_missing", "heat_number", figures={"field": "heat_number"})]
    if heat.started_ms is None:
        return []
    # A date ends with its day, a minute with its last second.
    _, end_ms = event.draft.time_span
    end_ms = event.frozen.time_ms if event.draft.is_exact else end_ms
    lasted_ms = end_ms - heat.started_ms
    if lasted_ms < 0:
        return [Violation("rule.ends_before_start", "started")]
    longest_ms = LONGEST_BALANCE_MS if heat.model == "mass_balance" else LONGEST_HEAT_MS
    if lasted_ms > longest_ms:
        days: Figures = {"days": lasted_ms // 86_400_000, "limit": longest_ms // 86_400_000}
        return [Violation("rule.heat_too_long", "started", figures=days)]
    return []


def _check_declaration(detail: Declaration) -> list[Violation]:
    violations = []
    figures = detail.figures
    needed: dict[str, dict[str, object]] = {
        "power": {"kwh": "kwh" in figures},
        "fuel": _list_fuel_needs(detail),
        "emission": {"emission": detail.emission, "co2_g": "co2_g" in figures},
        "line": {
            "line": detail.line, "metal": detail.metal, "capacity_g": "capacity_g" in figures, "level": detail.level,
        },
        STATISTIC: {"region": detail.region},
        "certificate": {"certificate": detail.certificate},
        "no_power": {},
        "no_fuel": {},
    }  # fmt: skip
    for name, stated in needed[detail.type].items():
        if not stated:
            violations.append(Violation("rule.field_missing", name, figures={"field": name}))
    for name, value in figures.items():
        if value < 0:
            violations.append(Violation("rule.mass_negative", name, figures={"mass_g": value}))
    if "fuel_g" in figures and "fuel_milli" in figures:
        violations.append(Violation("rule.fuel_twice", "fuel_milli"))
    if figures.get("renewable_kwh", 0) > figures.get("kwh", 0):
        violations.append(Violation("rule.renewable_exceeds_total", "renewable_kwh"))
    return violations


def _list_fuel_needs(detail: Declaration) -> dict[str, object]:
    """Return what a record of fuel must state: a mass, or an amount of a named fuel in its unit."""
    if "fuel_g" in detail.figures:
        return {}
    stated = "fuel_milli" in detail.figures
    return {"fuel": detail.fuel, "fuel_milli": stated, "fuel_unit": detail.fuel_unit}


def check_fuel(detail: Declaration, fuels: Sequence[FuelFactor]) -> list[Violation]:
    """Check that a fuel declared in its own unit has a factor in it.

    Without fuels in the reference data anything is taken as it is stated.
    """
    if not fuels or not detail.fuel or not detail.fuel_unit:
        return []
    units = [one.unit for one in fuels if one.fuel == detail.fuel]
    if detail.fuel_unit in units:
        return []
    code, path, known = "rule.fuel_unit", "fuel_unit", units
    if not units:
        code, path, known = "rule.unknown_fuel", "fuel", list(dict.fromkeys(one.fuel for one in fuels))
    figures: Figures = {"fuel": detail.fuel, "unit": detail.fuel_unit, "known": ", ".join(known)}
    return [Violation(code, path, figures=figures)]


def check_certificate(
    draft: Draft, stated: Declaration, kinds: Mapping[str, CertificateKind], base: str
) -> list[Violation]:
    """Check that a certificate is of a known kind, with what that kind needs; one without a kind is kept as
    it is. ``base`` is that which the site is in."""
    violations = []
    if stated.valid_from and stated.valid_until and stated.valid_until < stated.valid_from:
        figures: Figures = {"from": stated.valid_from, "until": stated.valid_until}
        violations.append(Violation("rule.validity_ends_before", "valid_until", figures=figures))
    if stated.type != "certificate" or not stated.certificate_kind or not kinds:
        return violations
    kind = kinds.get(stated.certificate_kind)
    if kind is None:
        figures = {"kind": stated.certificate_kind, "known": ", ".join(kinds)}
        return [*violations, Violation("rule.unknown_certificate_kind", "certificate_kind", figures=figures)]
    known = ", ".join(level.id for level in kind.levels)
    if kind.levels and kind.find_level(stated.certificate_level) is None:
        figures = {"level": stated.certificate_level, "known": known, "field": "certificate_level"}
        code = "rule.certificate_level" if stated.certificate_level else "rule.field_missing"
        violations.append(Violation(code, "certificate_level", figures=figures))
    elif stated.certificate_level and not kind.levels:
        violations.append(Violation("rule.certificate_without_levels", "certificate_level"))
    if (kind.holder == "base") != bool(stated.base):
        code = "rule.field_missing" if kind.holder == "base" else "rule.certificate_of_site"
        violations.append(Violation(code, "base", figures={"field": "base"}))
    elif stated.base and stated.base != base:
        figures = {"base": stated.base, "own": base or "–"}
        violations.append(Violation("rule.certificate_of_other_base", "base", figures=figures))
    if kind.needs_document and not any(document.sha256 for document in draft.documents):
        violations.append(Violation("rule.document_hash_missing", "documents"))
    return violations


def check_usual_mass(event: Event, masses: Sequence[int]) -> tuple[list[Violation], list[Violation]]:
    """Return (confirmable breaks, warnings) for masses of the outputs, as weighed, outside the
    usual range of their grade."""
    breaks, warnings = [], []
    factor = event.frozen.tolerances.grade_factor
    for number, (new, mass_g) in enumerate(zip(event.draft.outputs, masses, strict=True)):
        material = event.frozen.materials[new.material]
        if mass_g <= 0 or not material.high_g:
            continue
        far = mass_g * factor <= material.low_g or mass_g >= material.high_g * factor
        if not far and material.low_g <= mass_g <= material.high_g:
            continue
        figures: Figures = {
            "material": material.id, "mass_g": mass_g, "low_g": material.low_g, "high_g": material.high_g,
        }  # fmt: skip
        path = f"outputs.{number}.mass_g"
        if far:
            breaks.append(Violation("rule.mass_unusual", path, figures=figures, confirmable=True))
        else:
            warnings.append(Violation("warning.mass_unusual", path, figures=figures))
    return breaks, warnings


def check_alloy_limits(event: Event, lot: Lot) -> list[Violation]:
    """Return confirmable breaks for a composition outside the limits of the lot's alloy."""
    detail = event.draft.detail
    material = event.frozen.materials.get(lot.material)
    if not isinstance(detail, Assay) or material is None or lot.content_at(event.order).form != "product":
        return []
    assayed = {content.element: content for content in detail.composition}
    violations = []
    for limit in material.limits:
        content = assayed.get(limit.element)
        if content is not None and not content.is_within(limit.low_ppm, limit.high_ppm):
            figures: Figures = {
                "alloy": material.id, "element": limit.element, "ppm": content.ppm,
                "low_ppm": limit.low_ppm, "high_ppm": limit.high_ppm,
            }  # fmt: skip
            violations.append(
                Violation(
                    "rule.outside_alloy",
                    f"composition.{limit.element}",
                    (lot.id,),
                    (),
                    figures,
                    confirmable=True,
                )
            )
    return violations


def confirm(event: Event, breaks: list[Violation], approver_roles: tuple[str, ...]) -> list[Violation]:
    """Return the breaks that stay in the way: none if a supervisor of the site took responsibility
    with a reason."""
    approval = event.draft.approval
    if not breaks:
        return []
    if approval is None:
        return breaks
    if "supervisor" not in approver_roles:
        return [*breaks, Violation("rule.approver_not_supervisor", "approval.approver")]
    return []
