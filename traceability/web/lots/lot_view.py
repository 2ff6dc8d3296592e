"""Show lots as templates take them: values with names in the person's language."""

from fractions import Fraction
from typing import NamedTuple

from flask import url_for

from traceability.domain.event import Weighing
from traceability.domain.lot import Lot
from traceability.locale import format_kg, format_ppm
from traceability.services.tracing.lots import make_up
from traceability.web.shell.words import material_name, region_name, site_name, t


class ShownLot(NamedTuple):
    """A lot as ``components/lot.html`` takes it; ``site`` names the holder, or the province of another firm."""

    code: str
    href: str
    material: str
    site: str
    form: str
    mass_g: int
    of_g: int
    status: str
    provenance: dict[str, int]
    recycled: Fraction | None
    strict: Fraction | None
    metal_g: int
    origins: dict[tuple[str, str], int]


def name_holder(lot: Lot) -> str:
    """Return the site of a lot as services give it to the viewer, or the province of another firm's."""
    if lot.site:
        return site_name(lot.site)
    return t("trace.other_firm_in", province=region_name(lot.region)) if lot.region else t("trace.other_firm")


def show_lot(lot: Lot) -> ShownLot:
    """Return a lot, as services give it to the viewer, with names."""
    makeup = make_up(lot)
    return ShownLot(
        code=lot.code,
        href=url_for("lots.show", code=lot.code),
        material=material_name(lot.material),
        site=name_holder(lot),
        form=lot.form,
        mass_g=0 if lot.void else lot.remaining_g,
        of_g=0 if lot.void else lot.contents[0].mass_g,
        status=lot.status,
        provenance=makeup.classes,
        recycled=makeup.recycled,
        strict=makeup.strict,
        metal_g=makeup.metal_g,
        origins=makeup.origins,
    )


def show_weighing(weighing: Weighing | None) -> list[tuple[str, str]]:
    """Return weighbridge readings as (name, value)."""
    if weighing is None:
        return []
    readings = [
        ("gross", weighing.gross_g, None),
        ("tare", weighing.tare_g, None),
        ("moisture", weighing.moisture_g, weighing.moisture_ppm),
        ("impurity", weighing.impurity_g, weighing.impurity_ppm),
    ]
    shown = [
        (t(f"term.{name}"), f"{format_kg(grams)} kg" if grams is not None else f"{format_ppm(ppm)} %")
        for name, grams, ppm in readings
        if grams is not None or ppm is not None
    ]
    frames = [("gross_frame", weighing.gross_frame), ("tare_frame", weighing.tare_frame)]
    return shown + [(t(f"field_name.{name}"), frame) for name, frame in frames if frame]
