"""Turn inputs into outputs: check the mass and metal balance, mix what every output gets, and post
what a process posts.

All masses are those of the draft (as weighed); metal of outputs is entered, or follows from a fraction. Vectors come
from ``provenance.mix_over``: every output gets the same mix, the loss takes the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from traceability.domain.errors import Figures, Violation
from traceability.domain.event import Event, Frozen, NewLot
from traceability.domain.kinds import HEATS, PREPARATIONS, PROCESSES, REARRANGEMENTS, WITH_UPTAKE
from traceability.domain.lot import HELD, Content, Lot, Take, list_inherited
from traceability.domain.place import province_of
from traceability.domain.posting import LedgerRows
from traceability.domain.provenance import (
    CLASSES,
    RECYCLED,
    Key,
    Vector,
    add_into,
    counted,
    mix_over,
    mix_strict,
    split_in_order,
)
from traceability.domain.quantity import PPM, round_half_up
from traceability.domain.vocabulary import FORMS, MIXED, UNKNOWN_FAMILY


class Input(NamedTuple):
    """An input as used: the lot at that moment and what was taken of it."""

    lot: Lot
    form: str
    taken: Take


class Output(NamedTuple):
    """An output with its masses, before it has a vector."""

    new: NewLot
    metal: str
    mass_g: int
    metal_g: int


class TransformationResult(NamedTuple):
    """The result of a transformation or entry: new lots in listed order, violations and warnings."""

    lots: list[Lot]
    violations: list[Violation]
    warnings: list[Violation]


def makes_parts(event: Event) -> bool:
    """Return whether the outputs are parts of one lot, which are whatever it is when they are split off."""
    return event.draft.kind == "split" and bool(event.frozen.edition)


def takes_rest(event: Event) -> set[str]:
    """Return the lots of which the event takes all that remains, whatever that is corrected to."""
    if not event.frozen.edition:
        return set()
    return {use.lot for use in event.draft.inputs if use.mass_g is None}


def keep_rest(frozen: Frozen, event: Event) -> Frozen:
    """Return parameters of the event with the masses that it has by now of lots of which it takes all that remains."""
    wanted = takes_rest(event)
    if not wanted or len(frozen.masses) != len(event.draft.inputs):
        return frozen
    masses = tuple(
        now_g if use.lot in wanted else then_g
        for use, then_g, now_g in zip(event.draft.inputs, frozen.masses, event.frozen.masses, strict=True)
    )
    return frozen._replace(masses=masses)


def fill_rest(event: Event, lots: Mapping[str, Lot]) -> Event:
    """Return the event with all that remains of those of these lots, as they stand at its place, that it takes whole.

    Where nothing is left its mass stands, so that the take is refused with what it asked for.
    """
    wanted = takes_rest(event)
    if not any(lot in lots for lot in wanted):
        return event
    masses = tuple(
        (lots[use.lot].remaining_g or mass_g) if use.lot in wanted and use.lot in lots else mass_g
        for use, mass_g in zip(event.draft.inputs, event.frozen.masses, strict=True)
    )
    if masses == event.frozen.masses:
        return event
    return replace(event, frozen=event.frozen._replace(masses=masses))


def list_charge(event: Event, lots: Mapping[str, Lot]) -> list[Input]:
    """Return the event's takes in listed order, by the content in force at its position in book
    order.

    Internal metal brings no strict grams into a melt.
    """
    inputs = []
    order = event.order
    melted = event.draft.kind == "melt"
    for use, mass_g in zip(event.draft.inputs, event.frozen.masses, strict=True):
        lot = lots[use.lot]
        content = lot.content_at(order)
        taken = content.take(mass_g)
        if melted and content.form == "internal":
            taken = taken._replace(strict_g=0)
        inputs.append(Input(lot, content.form, taken))
    return inputs


def _has_valid_masses(inputs: list[Input], outputs: list[Output]) -> bool:
    """Return whether all masses are possible; grams below 0 cannot be shared out."""
    return all(used.taken.mass_g > 0 for used in inputs) and all(
        output.mass_g >= 0 and output.metal_g >= 0 for output in outputs
    )


def transform(event: Event, inputs: list[Input], book: LedgerRows) -> TransformationResult:
    """Return the outputs of a transformation with their vectors, violations and warnings; post what
    it posts."""
    if not inputs:
        return TransformationResult([], [], [])  # ``rules`` has its violation
    kind = event.draft.kind
    metal, violations = _common_metal(event, inputs)
    loss_g, outputs, balance = _balance(event, inputs, metal)
    violations += balance
    if violations:
        return TransformationResult([], violations, [])

    if not _has_valid_masses(inputs, outputs):
        return TransformationResult([], [], [])  # ``rules`` has its violation

    metal_in = sum(used.taken.metal_g for used in inputs)
    metal_out = sum(output.metal_g for output in outputs)
    if metal_out and not metal_in:
        return TransformationResult(
            [], [Violation("rule.metal_from_none", "outputs", figures={"metal_g": metal_out})], []
        )
    family = _common_family(inputs) if kind in REARRANGEMENTS else None
    first = inputs[0].lot
    liquid = first if first.form == "molten_primary" and kind in REARRANGEMENTS else None
    made = [
        _lot(event, number, output, content, family, liquid, inputs)
        for number, (output, content) in enumerate(
            zip(outputs, _mix_out(event, inputs, outputs, book), strict=True)
        )
    ]
    warnings = _post_process(event, inputs, outputs, metal, metal_in, book)
    if liquid and loss_g:
        at = liquid.tapped_at
        region = event.frozen.tapped_region(at, liquid.tapped_region)
        book.post("molten_other", at, region, liquid.metal, loss_g, other_site=event.draft.site)
    return TransformationResult(made, [], warnings)


def mix_again(event: Event, inputs: list[Input], made: Sequence[Lot], book: LedgerRows) -> list[Content]:
    """Return the first contents of the outputs ``made``, where the inputs hold other metal of the
    same mass than they did.

    That is all that can differ: masses, metal, edges, warnings and every row but those of SUPPLY stay as they are.
    """
    outputs = []
    for new, lot in zip(event.draft.outputs, made, strict=True):
        first = lot.contents[0]
        outputs.append(Output(new, lot.metal, first.mass_g, first.metal_g))
    return _mix_out(event, inputs, outputs, book)


def _mix_out(event: Event, inputs: list[Input], outputs: list[Output], book: LedgerRows) -> list[Content]:
    """Return what every output holds: its share of the mix.

    What becomes a product here is posted as supplied.
    """
    kind, order = event.draft.kind, event.order
    mix: dict[Key, int] = {}
    for used in inputs:
        add_into(mix, used.taken.vector)
    metals_out = [output.metal_g for output in outputs]
    vectors, _ = mix_over(mix, metals_out)
    stricts = mix_strict(sum(used.taken.strict_g for used in inputs), sum(mix.values()), metals_out)
    contents = []
    supplied: dict[tuple[str, str], dict[Key, int]] = {}  # by metal and material of the products
    for output, mixed, strict_g in zip(outputs, vectors, stricts, strict=True):
        vector: Vector = mixed
        if kind in PROCESSES and output.new.form == "product":
            add_into(supplied.setdefault((output.metal, output.new.material), {}), vector)
            vector = counted(vector)
        elif kind == "fabricate" and output.new.form == "scrap":
            # In older books new scrap became scrap at once: pre-consumer (ISO 14021), to be counted again. Such
            # outputs are not accepted any more, and are derived as they were.
            vector = {(1, province_of(event.frozen.region), 0): output.metal_g} if output.metal_g else {}
            strict_g = output.metal_g
        contents.append(Content(order, output.new.form, output.mass_g, output.metal_g, vector, strict_g))
    for (metal, material), vector in supplied.items():
        _post_supply(event, metal, material, vector, book)
    return contents


def _lot(
    event: Event, number: int, output: Output, content: Content, family: str | None, liquid: Lot | None,
    inputs: list[Input],
) -> Lot:  # fmt: skip
    frozen, new = event.frozen, output.new
    material = frozen.materials[new.material]
    waste_code = new.waste_code or material.waste_code
    if event.draft.kind == "blend" and frozen.edition and not new.waste_code:
        waste_code = _common_waste_code(inputs) or waste_code
    lot = Lot(
        frozen.lots[number], frozen.codes[number], output.metal, material.id,
        material.family if family is None else family, event.draft.site, frozen.region, (content,), output.mass_g,
        event.draft.id, content.order, frozen.time_ms, HELD, False, (), False, waste_code,
        material.refined, material.remelt_ingot,
    )  # fmt: skip
    if liquid is not None:
        lot = lot.changed(tapped_at=liquid.tapped_at, tapped_region=liquid.tapped_region)
    whole = inputs[0].lot
    if not makes_parts(event):
        return lot.changed(parent=whole.id) if event.draft.kind == "split" else lot
    part = lot.changed(
        material=whole.material, family=whole.family, waste_code=whole.waste_code, refined=whole.refined,
        remelt_ingot=whole.remelt_ingot, supplier=whole.supplier, **list_inherited(whole),
    )  # fmt: skip
    return part.as_born(part.site, part.region, event.order, frozen.time_ms)


def _common_metal(event: Event, inputs: list[Input]) -> tuple[str, list[Violation]]:
    """Return (the metal that outputs inherit, violations by metals that the process does not allow
    together)."""
    kind = event.draft.kind
    if kind in PREPARATIONS or kind in REARRANGEMENTS:
        every = {used.lot.metal for used in inputs}
        return (every.pop() if len(every) == 1 else MIXED), []
    metals = sorted({used.lot.metal for used in inputs if used.form != "additive"})
    figures: Figures = {"metals": ", ".join(metals), "kind": kind}
    if MIXED in metals:
        return MIXED, [Violation("rule.mixed_not_processed", "inputs", figures=figures)]
    if len(metals) != 1:
        return "", [Violation("rule.one_base_metal", "inputs", figures=figures)]
    return metals[0], []


def _allowed_metals(event: Event, inputs: list[Input], metal: str) -> set[str] | None:
    """Return the metals that an output with metal may have; None is any, also where the charge
    itself is refused."""
    if event.draft.kind in PROCESSES and metal in ("", MIXED):
        return None
    if (
        metal == MIXED
        and event.draft.kind in ("sort", "shred")
        and {used.lot.metal for used in inputs} == {MIXED}
    ):
        return None
    return {metal}


def _balance(event: Event, inputs: list[Input], metal: str) -> tuple[int, list[Output], list[Violation]]:
    """Return (loss, outputs with masses, violations) of the mass and metal balance."""
    draft, kind = event.draft, event.draft.kind
    violations: list[Violation] = []
    mass_in = sum(used.taken.mass_g for used in inputs)
    metal_in = sum(used.taken.metal_g for used in inputs)
    masses = [new.mass_g or 0 for new in draft.outputs]
    mass_out = sum(masses)
    uptake_g = draft.uptake_g
    loss_g = mass_in + uptake_g - mass_out if draft.loss_g is None else draft.loss_g
    if loss_g < 0 or mass_in + uptake_g != mass_out + loss_g:
        violations.append(_off_balance(draft.site, mass_in + uptake_g, mass_out, loss_g))
    allowed = _allowed_metals(event, inputs, metal)
    metals = _metals_out(event, masses, max(loss_g, 0), metal_in)
    outputs = []
    for number, (new, mass_g, metal_g) in enumerate(zip(draft.outputs, masses, metals, strict=True)):
        path = f"outputs.{number}"
        material = event.frozen.materials[new.material]
        own = new.metal or material.metal or metal
        if makes_parts(event):
            own = metal  # of its lot, whatever that was corrected to
        if new.form == "by_product":
            metal_g = 0
        elif (
            allowed is not None and own not in allowed and (new.form != "residue" or kind not in PREPARATIONS)
        ):
            wanted = ", ".join(sorted(allowed))
            violations.append(
                Violation("rule.metal_not_allowed", path, figures={"metal": own, "allowed": wanted})
            )
        if metal_g > mass_g:
            violations.append(
                Violation("rule.metal_exceeds_mass", path, figures={"metal_g": metal_g, "mass_g": mass_g})
            )
        outputs.append(Output(new, own, mass_g, metal_g))
    violations += _check_uptake(event, outputs)
    metal_out = sum(output.metal_g for output in outputs)
    if kind in PROCESSES and metal_out > metal_in:
        excess: Figures = {"metal_in_g": metal_in, "metal_out_g": metal_out, "excess_g": metal_out - metal_in}
        violations.append(Violation("rule.metal_gain", "outputs", figures=excess))
    return loss_g, outputs, violations


def _off_balance(site: str, inputs_g: int, outputs_g: int, loss_g: int) -> Violation:
    figures: Figures = {"site": site, "inputs_g": inputs_g, "outputs_g": outputs_g}
    if loss_g < 0:
        return Violation("rule.outputs_exceed_inputs", "outputs", figures={**figures, "excess_g": -loss_g})
    figures = {**figures, "loss_g": loss_g, "difference_g": inputs_g - outputs_g - loss_g}
    return Violation("rule.mass_balance", "loss_g", figures=figures)


def _check_uptake(event: Event, outputs: list[Output]) -> list[Violation]:
    uptake_g = event.draft.uptake_g
    if not uptake_g:
        return []
    if event.draft.kind not in WITH_UPTAKE:
        return [Violation("rule.no_uptake", "uptake_g", figures={"kind": event.draft.kind})]
    room_g = sum(output.mass_g - output.metal_g for output in outputs if output.new.form == "residue")
    if uptake_g > room_g:
        return [
            Violation("rule.uptake_too_large", "uptake_g", figures={"uptake_g": uptake_g, "room_g": room_g})
        ]
    return []


def _metals_out(event: Event, masses: list[int], loss_g: int, metal_in: int) -> list[int]:
    """Return the metal of every output: as entered, by fraction or default; in ``split`` and ``blend`` those where
    none is entered share what is left by mass."""
    outputs = event.draft.outputs
    entered = [new.metal_g is not None or new.fraction_ppm is not None for new in outputs]
    if event.draft.kind not in REARRANGEMENTS or (any(entered) and not event.frozen.edition):
        return [metal_of(event, new, mass_g) for new, mass_g in zip(outputs, masses, strict=True)]
    if not any(masses) or min(masses) < 0 or metal_in < 0:
        return [0] * len(masses)
    metals = [
        metal_of(event, new, mass_g) if stated else 0
        for new, mass_g, stated in zip(outputs, masses, entered, strict=True)
    ]
    weights = [0 if stated else mass_g for mass_g, stated in zip(masses, entered, strict=True)]
    shares = split_in_order(max(metal_in - sum(metals), 0), [*weights, loss_g])
    return [metal_g + share_g for metal_g, share_g in zip(metals, shares, strict=False)]


def metal_of(event: Event, new: NewLot, mass_g: int) -> int:
    """Return the metal of a new lot: grams as entered, else mass × fraction, half up to the gram."""
    if new.form == "by_product":
        return 0
    if new.metal_g is not None:
        return new.metal_g
    fraction_ppm = new.fraction_ppm
    if fraction_ppm is None:
        fraction_ppm = event.frozen.materials[new.material].fraction_ppm
    return round_half_up(mass_g * fraction_ppm, PPM)


def _common_family(inputs: list[Input]) -> str:
    families = {used.lot.family for used in inputs}
    return families.pop() if len(families) == 1 else UNKNOWN_FAMILY


def _common_waste_code(inputs: list[Input]) -> str:
    codes = {used.lot.waste_code for used in inputs}
    return codes.pop() if len(codes) == 1 else ""


def _post_supply(event: Event, metal: str, material_id: str, vector: Vector, book: LedgerRows) -> None:
    """Post R and P: the uncounted grams that become a product here enter the supply figures, once."""
    material = event.frozen.materials[material_id]
    kind = event.draft.kind
    via = "refined" if kind == "melt" and material.refined else kind
    for (rank, origin, is_counted), grams in vector.items():
        if not is_counted:
            account = "recycled" if rank in RECYCLED else "primary"
            book.post(
                account, event.draft.site, event.frozen.region, metal, grams,
                source_class=CLASSES[rank], origin=origin, material=material.id, family=material.family, via=via,
            )  # fmt: skip


def _post_process(
    event: Event, inputs: list[Input], outputs: list[Output], metal: str, metal_in: int, book: LedgerRows
) -> list[Violation]:
    """Post everything but R and P of a transformation; return warnings of a melt's metal loss, and
    of metal found by sorting."""
    kind, site, region = event.draft.kind, event.draft.site, event.frozen.region
    metal_out = sum(output.metal_g for output in outputs)
    loss_g = metal_in - metal_out
    warnings: list[Violation] = []

    # What was residue before it was split or blended has been generated once; what is recovered was utilised first.
    is_generating = kind not in REARRANGEMENTS or not event.frozen.edition
    for output in outputs:
        if output.new.form == "residue" and is_generating:
            waste_code = output.new.waste_code or event.frozen.materials[output.new.material].waste_code
            book.post(
                "residue_generated", site, region, output.metal, output.mass_g,
                waste_code=waste_code, material=output.new.material, via=kind,
            )  # fmt: skip
    if kind in PREPARATIONS:
        _post_sums("prep_in", event, ((used.lot.metal, used.taken.mass_g) for used in inputs), book)
        scrap = ((output.metal, output.mass_g) for output in outputs if output.new.form == "scrap")
        _post_sums("prep_out", event, scrap, book)
    if kind in PREPARATIONS or kind in REARRANGEMENTS:
        metals = [(used.lot.metal, -used.taken.metal_g) for used in inputs]
        _post_sums(
            "assay_diff", event, [*metals, *((output.metal, output.metal_g) for output in outputs)], book
        )
        if -loss_g * PPM > metal_in * event.frozen.tolerances.assay_gain_ppm:
            violations: Figures = {"metal_in_g": metal_in, "metal_out_g": metal_out, "gain_g": -loss_g}
            warnings.append(Violation("warning.metal_found", "outputs", figures=violations))
    elif kind in HEATS:
        warnings = _post_melt(event, inputs, outputs, metal, metal_in, loss_g, book)
    else:
        book.post("process_loss", site, region, metal, loss_g)
    if kind == "recover":
        for used in inputs:
            book.post(
                "residue_utilised", site, region, used.lot.metal, used.taken.mass_g,
                waste_code=used.lot.waste_code, material=used.lot.material, via=kind,
            )  # fmt: skip
    if kind in ("melt", "cast_ingot"):
        _post_molten(event, inputs, outputs, book)
    return warnings


def _post_sums(account: str, event: Event, amounts: Iterable[tuple[str, int]], book: LedgerRows) -> None:
    """Post one row a metal."""
    sums: dict[str, int] = {}
    for metal, grams in amounts:
        sums[metal] = sums.get(metal, 0) + grams
    for metal, grams in sums.items():
        book.post(account, event.draft.site, event.frozen.region, metal, grams)


def _post_melt(
    event: Event,
    inputs: list[Input],
    outputs: list[Output],
    metal: str,
    metal_in: int,
    loss_g: int,
    book: LedgerRows,
) -> list[Violation]:
    site, region = event.draft.site, event.frozen.region

    def post(account: str, grams: int, family: str = "") -> None:
        book.post(account, site, region, metal, grams, family=family)

    out = dict.fromkeys(FORMS, 0)  # also those that no melt may make: the rules report these
    product_families: dict[str, int] = {}
    for output in outputs:
        out[output.new.form] += output.metal_g
        if output.new.form == "product":
            family = event.frozen.materials[output.new.material].family
            product_families[family] = product_families.get(family, 0) + output.metal_g
    post("melt_in", metal_in)
    post("melt_product", out["product"])
    post("melt_internal", out["internal"])
    post("melt_heel_in", sum(used.taken.metal_g for used in inputs if used.form == "heel"))
    post("melt_heel_out", out["heel"])
    post("melt_dross_metal", out["residue"])
    post("melt_loss", loss_g)

    charged: dict[str, int] = {}
    for used in inputs:
        if used.form == "scrap":
            charged[used.lot.family] = charged.get(used.lot.family, 0) + used.taken.metal_g
    for family, grams in charged.items():
        post("charged_scrap", grams, family)
        if family != UNKNOWN_FAMILY and out["product"]:
            kept = round_half_up(grams * product_families.get(family, 0), out["product"])
            post("preserved", kept, family)

    if event.draft.kind == "melt" and metal_in:
        tolerances = event.frozen.tolerances
        figures: Figures = {"loss_g": loss_g, "metal_in_g": metal_in}
        if loss_g * PPM < metal_in * tolerances.melt_loss_low_ppm:
            return [Violation("warning.melt_loss_low", "outputs", figures=figures)]
        if loss_g * PPM > metal_in * tolerances.melt_loss_high_ppm:
            return [Violation("warning.melt_loss_high", "outputs", figures=figures)]
    return []


def _post_molten(event: Event, inputs: list[Input], outputs: list[Output], book: LedgerRows) -> None:
    """Post direct alloying: liquid charged counts as direct by the mass of its products that are
    not remelt ingot."""
    liquids: dict[tuple[str, str, str], int] = {}
    for used in inputs:
        if used.form == "molten_primary":
            region = event.frozen.tapped_region(used.lot.tapped_at, used.lot.tapped_region)
            key = (used.lot.tapped_at, region, used.lot.metal)
            liquids[key] = liquids.get(key, 0) + used.taken.mass_g
    if not liquids:
        return
    products_g = direct_products_g = 0
    for output in outputs:
        if output.new.form == "product":
            products_g += output.mass_g
            if not event.frozen.materials[output.new.material].remelt_ingot:
                direct_products_g += output.mass_g
    for (tapped_at, tapped_region, metal), quantity_g in liquids.items():
        direct_g = 0
        if event.draft.kind == "melt":
            direct_g = round_half_up(quantity_g * direct_products_g, products_g) if products_g else quantity_g
        other = {"other_site": event.draft.site}
        book.post("molten_direct", tapped_at, tapped_region, metal, direct_g, **other)
        if province_of(tapped_region) == province_of(event.frozen.region):
            book.post("molten_local", tapped_at, tapped_region, metal, direct_g, **other)
        book.post("molten_ingot", tapped_at, tapped_region, metal, quantity_g - direct_g, **other)


def check_composition_of_charge(event: Event, inputs: list[Input]) -> list[Violation]:
    """Return confirmable breaks for scrap grades that the alloy's standard does not allow."""
    violations = []
    for new in event.draft.outputs:
        grades = event.frozen.materials[new.material].grades if new.form == "product" else ()
        if not grades:
            continue
        for number, used in enumerate(inputs):
            lot = used.lot
            if used.form == "scrap" and lot.material not in grades:
                figures: Figures = {"code": lot.code, "grade": lot.material, "alloy": new.material}
                violations.append(
                    Violation(
                        "rule.grade_not_allowed", f"inputs.{number}", (lot.id,), (), figures, confirmable=True
                    )
                )
    return violations
