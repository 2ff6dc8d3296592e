"""Make the lots of an entry: stock declared at the start, scrap collected or imported, metal
tapped, supplies bought in."""

from collections.abc import Sequence

from traceability.domain.activities import find_main_kind
from traceability.domain.errors import Figures, Violation
from traceability.domain.event import Acquisition, Draft, Event, NewLot, Weighing
from traceability.domain.kinds import SCRAP_ENTRIES
from traceability.domain.lot import Content, Lot
from traceability.domain.place import Licence, province_of
from traceability.domain.posting import LedgerRows
from traceability.domain.provenance import (
    CLASSES,
    IMPORT_PREFIX,
    ORIGIN_ADDITIVE,
    ORIGIN_OPENING,
    RECYCLED,
    Vector,
    key_of,
    recycled_g,
)
from traceability.domain.quantity import PPM, round_half_up
from traceability.domain.transformation import TransformationResult, metal_of
from traceability.domain.vocabulary import TURNOVER_IN


def compute_settled_mass(weighing: Weighing) -> tuple[int, int]:
    """Return (net, settled mass): net = gross − tare; moisture and impurity in grams, or in ppm of
    net half up to the gram."""
    net_g = weighing.gross_g - weighing.tare_g
    deductions_g = 0
    for grams, ppm in (
        (weighing.moisture_g, weighing.moisture_ppm),
        (weighing.impurity_g, weighing.impurity_ppm),
    ):
        if grams is not None:
            deductions_g += grams
        elif ppm is not None:
            deductions_g += round_half_up(max(net_g, 0) * ppm, PPM)
    return net_g, net_g - deductions_g


def find_weighing(draft: Draft, number: int) -> Weighing | None:
    """Return the readings of an output: those of its grade, else those of the whole load."""
    detail = draft.detail
    if not isinstance(detail, Acquisition):
        return None
    return draft.outputs[number].weighing or detail.weighing


def find_tare(draft: Draft) -> int | None:
    """Return the reading of the empty vehicle, which of several grades is the last; None without readings."""
    weighing = find_weighing(draft, -1) if draft.outputs else None
    return weighing.tare_g if weighing else None


def may_declare(kind: str, form: str) -> bool:
    """Return whether an output may state its classes: opening stock, and bought-in product by its
    certificate."""
    return kind == "opening" or (kind == "supply" and form == "product")


def enter(event: Event, book: LedgerRows) -> TransformationResult:
    """Return the new lots of an entry with their vectors, violations and warnings; post what it
    brings."""
    detail = event.draft.detail
    acquisition = detail if isinstance(detail, Acquisition) else Acquisition()
    violations: list[Violation] = []
    warnings: list[Violation] = []
    masses = [new.mass_g for new in event.draft.outputs]
    if acquisition.weighing is not None:
        violations += _weigh(acquisition.weighing, masses, "weighing", "outputs")
    for number, new in enumerate(event.draft.outputs):
        if new.weighing is not None:
            path, own = f"outputs.{number}", masses[number : number + 1]
            violations += _weigh(new.weighing, own, f"{path}.weighing", path)
            masses[number] = own[0]
    warnings += _compare_tare(event)
    unweighed = bool(
        violations
    )  # the readings have their violation; what depends on a mass would only repeat it
    made = []
    for number, (new, mass_g) in enumerate(zip(event.draft.outputs, masses, strict=True)):
        path = f"outputs.{number}"
        if mass_g is None:
            if not unweighed:
                violations.append(Violation("rule.mass_missing", f"{path}.mass_g"))
            continue
        if mass_g <= 0:
            violations.append(
                Violation("rule.mass_not_positive", f"{path}.mass_g", figures={"mass_g": mass_g})
            )
            continue
        metal_g = metal_of(event, new, mass_g)
        if metal_g > mass_g:
            figures: Figures = {"metal_g": metal_g, "mass_g": mass_g}
            violations.append(Violation("rule.metal_exceeds_mass", path, figures=figures))
            continue
        if metal_g and not (new.metal or event.frozen.materials[new.material].metal):
            figures = {"material": new.material}
            violations.append(Violation("rule.metal_missing", f"{path}.metal", figures=figures))
            continue
        of_grade = acquisition
        if new.source_class or new.origin:
            of_grade = acquisition._replace(
                source_class=new.source_class or acquisition.source_class,
                origin=new.origin or acquisition.origin,
            )
        vector, wrong = _vector(event, new, metal_g, of_grade, path)
        violations += wrong
        lot = _lot(event, number, mass_g, metal_g, vector, acquisition.supplier)
        made.append(lot)
        _post(event, lot, of_grade, book)
    if event.frozen.repeats:
        figures = {"ticket": event.frozen.repeated_ticket, "mass_g": sum(mass_g or 0 for mass_g in masses)}
        again = Violation("warning.load_repeated", "ticket", (), (event.frozen.repeats,), figures)
        warnings.append(again)
    return TransformationResult([] if violations else made, violations, warnings)


def list_load(draft: Draft) -> tuple[tuple[str, int], ...]:
    """Return the grades and masses of a load, in the order of the grades, by which equal loads are known."""
    grades = []
    for number, new in enumerate(draft.outputs):
        weighing = find_weighing(draft, number) if new.weighing or len(draft.outputs) == 1 else None
        weighed_g = compute_settled_mass(weighing)[1] if weighing else 0
        grades.append((new.material, weighed_g if new.mass_g is None else new.mass_g))
    return tuple(sorted(grades))


def _weigh(weighing: Weighing, masses: list[int | None], path: str, outputs: str) -> list[Violation]:
    """Check the readings at ``path`` and fill in the one mass that they imply; ``outputs`` is the path of the masses."""
    net_g, settled_g = compute_settled_mass(weighing)
    figures: Figures = {"gross_g": weighing.gross_g, "tare_g": weighing.tare_g}
    if net_g <= 0:
        return [Violation("rule.tare_not_below_gross", f"{path}.tare_g", figures=figures)]
    if settled_g <= 0:
        return [Violation("rule.deductions_exceed_net", path, figures={**figures, "net_g": net_g})]
    if masses == [None]:
        masses[0] = settled_g
    known_g = sum(mass_g or 0 for mass_g in masses)
    if known_g != settled_g and all(mass_g is None or mass_g > 0 for mass_g in masses):
        sums: Figures = {"settled_g": settled_g, "outputs_g": known_g}
        return [Violation("rule.weighing_mismatch", outputs, figures=sums)]
    return []


def _compare_tare(event: Event) -> list[Violation]:
    """Return a warning where the vehicle came out far from what it usually weighs empty."""
    draft, usual_g = event.draft, event.frozen.tare_g
    weighing = find_weighing(draft, -1) if usual_g and draft.outputs else None
    if weighing is None or weighing.tare_g >= weighing.gross_g:
        return []
    if abs(weighing.tare_g - usual_g) * PPM <= usual_g * event.frozen.tolerances.tare_ppm:
        return []
    path = f"outputs.{len(draft.outputs) - 1}.weighing" if draft.outputs[-1].weighing else "weighing"
    figures: Figures = {"gross_g": weighing.gross_g, "tare_g": weighing.tare_g, "usual_g": usual_g}
    return [Violation("warning.tare_off_history", f"{path}.tare_g", figures=figures)]


def _vector(
    event: Event, new: NewLot, metal_g: int, acquisition: Acquisition, path: str
) -> tuple[Vector, list[Violation]]:
    kind = event.draft.kind
    here = province_of(event.frozen.region)
    if may_declare(kind, new.form) and (kind == "opening" or new.content):
        declared: dict[tuple[int, str, int], int] = {}
        for share in new.content:
            origin = ORIGIN_OPENING if kind == "opening" else share.origin or acquisition.origin or here
            key = key_of(share.source_class, origin, _is_counted(new.form, share.source_class))
            declared[key] = declared.get(key, 0) + share.metal_g
        if sum(declared.values()) != metal_g:
            figures: Figures = {"metal_g": metal_g, "content_g": sum(declared.values())}
            return {}, [Violation("rule.content_differs", f"{path}.content", figures=figures)]
        return {key: grams for key, grams in declared.items() if grams}, []
    if not metal_g:
        return {}, []
    if kind in SCRAP_ENTRIES:
        if not acquisition.source_class:
            return {}, []  # ``rules`` has its violation
        return {key_of(acquisition.source_class, _origin_of_scrap(event, acquisition), False): metal_g}, []
    if kind == "produce_primary":
        return {key_of("primary", here, True): metal_g}, []
    if new.form == "additive":
        return {key_of("primary", ORIGIN_ADDITIVE, True): metal_g}, []
    if new.form == "ore_feed":
        return {key_of("primary", acquisition.origin or here, False): metal_g}, []
    return {key_of("unknown", acquisition.origin or here, True): metal_g}, []


def _origin_of_scrap(event: Event, acquisition: Acquisition) -> str:
    """Return where scrap comes from: as stated, else the country of an import, the site's province of a collection."""
    if acquisition.origin:
        return acquisition.origin
    if event.draft.kind == "import":
        return IMPORT_PREFIX + acquisition.country
    return province_of(event.frozen.region)


def _is_counted(form: str, source_class: str) -> bool:
    """Return whether declared metal entered the supply figures before: product did, ore feed did
    not, else what is not recycled."""
    if form in ("product", "ore_feed"):
        return form == "product"
    return CLASSES.index(source_class) not in RECYCLED


def _lot(event: Event, number: int, mass_g: int, metal_g: int, vector: Vector, supplier: str) -> Lot:
    new = event.draft.outputs[number]
    material = event.frozen.materials[new.material]
    liquid = new.form == "molten_primary"
    return Lot(
        id=event.frozen.lots[number],
        code=event.frozen.codes[number],
        metal=new.metal or material.metal,
        material=material.id,
        family=material.family,
        site=event.draft.site,
        region=event.frozen.region,
        contents=(Content(event.order, new.form, mass_g, metal_g, vector, recycled_g(vector)),),
        remaining_g=mass_g,
        made_by=event.id,
        last=event.order,
        moved_ms=event.frozen.time_ms,
        waste_code=new.waste_code or material.waste_code,
        refined=material.refined,
        remelt_ingot=material.remelt_ingot,
        tapped_at=event.draft.site if liquid else "",
        tapped_region=event.frozen.region if liquid else "",
        supplier=supplier,
    )


def _post(event: Event, lot: Lot, acquisition: Acquisition, book: LedgerRows) -> None:
    kind = event.draft.kind
    site, region = event.draft.site, event.frozen.region
    content = lot.content
    if kind in SCRAP_ENTRIES:
        is_known = (
            bool(content.vector) or event.frozen.edition
        )  # of scrap without metal the first books posted none
        origin = _origin_of_scrap(event, acquisition) if is_known else acquisition.origin
        book.post(
            "collected" if kind == "collect" else "imported", site, region, lot.metal, content.mass_g,
            source_class=acquisition.source_class, origin=origin, material=lot.material, family=lot.family,
            channel=acquisition.channel,
        )  # fmt: skip
    elif kind == "opening":
        for (rank, origin, _), grams in content.vector.items():
            book.post(
                "opening", site, region, lot.metal, grams,
                source_class=CLASSES[rank], origin=origin, material=lot.material,
            )  # fmt: skip
    elif kind == "produce_primary":
        via = "tapped" if content.form == "molten_primary" else "first"
        for (rank, origin, _), grams in content.vector.items():
            book.post(
                "primary", site, region, lot.metal, grams,
                source_class=CLASSES[rank], origin=origin, material=lot.material, family=lot.family, via=via,
            )  # fmt: skip
        if content.form == "molten_primary":
            book.post("molten_tapped", site, region, lot.metal, content.mass_g)
    if kind != "opening":
        site_kind = find_main_kind(event.frozen.site_kinds)
        for (rank, origin, _), grams in content.vector.items():
            book.post(
                TURNOVER_IN, site, region, lot.metal, grams, source_class=CLASSES[rank], origin=origin,
                material=site_kind, family=lot.family, channel=acquisition.channel, via=content.form,
            )  # fmt: skip


def check_hazardous(event: Event) -> list[Violation]:
    """Check that hazardous scrap has its waste code and a manifest; licences are checked where the
    site is known."""
    violations = []
    detail = event.draft.detail
    if not isinstance(detail, Acquisition) or event.draft.kind not in SCRAP_ENTRIES:
        return []
    for new in event.draft.outputs:
        material = event.frozen.materials.get(new.material)
        code = new.waste_code or (material.waste_code if material else "")
        if not code:
            continue
        if not detail.manifest:
            figures: Figures = {"waste_code": code, "site": event.draft.site}
            violations.append(Violation("rule.manifest_missing", "manifest", figures=figures))
    return violations


def find_licences(
    draft: Draft, waste_codes: Sequence[str], licences: Sequence[Licence], day: str
) -> tuple[str, list[Violation]]:
    """Return (numbers of the licences that together cover the outputs, '' if they do not;
    violations of hazardous scrap without one).

    One that covers all goes before several.
    """
    codes = dict.fromkeys(code for code in waste_codes if code)
    if not codes:
        return "", []
    widest = sorted(licences, key=lambda licence: -sum(licence.covers(code, day) for code in codes))
    covered = {
        code: next((licence.number for licence in widest if licence.covers(code, day)), None)
        for code in codes
    }
    if None not in covered.values():
        return ", ".join(dict.fromkeys(filter(None, covered.values()))), []
    if draft.kind not in SCRAP_ENTRIES:
        return "", []
    violations = []
    for number, code in enumerate(waste_codes):
        if code and covered[code] is None:
            figures: Figures = {"waste_code": code, "site": draft.site, "day": day}
            violations.append(Violation("rule.licence_missing", f"outputs.{number}", figures=figures))
    return "", violations
