"""Spread what is typed of a heat's products, heel, dross and internal scrap over the outputs of its event.

Several identical bundles are one line: so many of one mass, or their masses one below the other. Their labels are the next of
the roll that the first one is from, or are drawn when the heat is recorded.
"""

import re
from typing import NamedTuple

from scanners.payload import read_payload
from traceability.domain.errors import BadInput, FieldError
from traceability.domain.quantity import format_kg as write_kg
from traceability.domain.quantity import parse_kg, plain_width
from traceability.services.directory.label_rolls import list_rolls
from traceability.web.forms.fields import FieldGroup, NoteField, TextField
from traceability.web.forms.form import EventForm
from traceability.web.shell import current

MOST_BUNDLES = 200
COUNT, EACH, MASSES, LABEL = "made-count", "made-each", "made-masses", "made-label"
WASTE_CODE = "made-waste_code"
_LINES = re.compile(r"[\s;；]+")


class OutputLine(NamedTuple):
    """What a heat may leave: the form of its lots, and the names of the inputs for their material and mass."""

    name: str
    form: str

    @property
    def material(self) -> str:
        """Return the input of the material."""
        return f"made-{self.name}"

    @property
    def mass(self) -> str:
        """Return the input of the mass."""
        return f"made-{self.name}_kg"


BUNDLES = (
    OutputLine("product", "product"),
    OutputLine("heel", "heel"),
    OutputLine("dross", "residue"),
    OutputLine("internal", "internal"),
)


MADE = FieldGroup(
    "made",
    (
        TextField("count", "heat.bundle_count"),
        TextField("each", "heat.bundle_mass"),
        NoteField("masses", "heat.bundle_masses"),
        TextField("label", "heat.bundle_label"),
        TextField("waste_code", "term.waste_code"),
        *(TextField(line.name, "term.material") for line in BUNDLES),
        *(TextField(f"{line.name}_kg", f"form.{line.form}") for line in BUNDLES),
    ),
)
"""What the page asks for; it states nothing of the event by itself."""


def _path(name: str) -> str:
    return name.replace("-", ".", 1)


def spread_outputs(form: EventForm) -> list[FieldError]:
    """Put the outputs into the form, in place of those that stood there; return what is wrong with what was typed."""
    for name in [name for name in form.typed if name.startswith("outputs-")]:
        form.typed.pop(name)
    faults: list[FieldError] = []
    masses = _read_bundles(form, faults)
    labels = _list_labels(form, len(masses), faults)
    rows = [
        {"form": "product", "material": form.typed.get(BUNDLES[0].material, ""), "mass_kg": write_kg(mass_g), "code": label}
        for mass_g, label in zip(masses, labels, strict=True)
    ]  # fmt: skip
    for line in BUNDLES[1:]:
        mass = form.typed.get(line.mass, "").strip()
        if mass:
            row = {"form": line.form, "material": form.typed.get(line.material, ""), "mass_kg": mass}
            if line.form == "residue":
                row["waste_code"] = form.typed.get(WASTE_CODE, "")
            rows.append(row)
    for number, row in enumerate(rows):
        for name, value in row.items():
            if value:
                form.typed[f"outputs-{number}-{name}"] = value
    if not rows and not faults:
        faults.append(FieldError(_path(EACH), "heat.no_products"))
    return faults


def _read_bundles(form: EventForm, faults: list[FieldError]) -> list[int]:
    """Return the mass of each bundle in grams."""
    listed = [one for one in _LINES.split(form.typed.get(MASSES, "").strip()) if one]
    try:
        if listed:
            masses = [parse_kg(one) for one in listed[: MOST_BUNDLES + 1]]
        else:
            each = form.typed.get(EACH, "").strip()
            masses = [parse_kg(each)] * _read_count(form) if each else []
    except BadInput as error:
        beside = MASSES if listed else COUNT if error.code == "heat.bad_count" else EACH
        faults.append(FieldError(_path(beside), error.code, error.figures))
        return []
    if len(masses) > MOST_BUNDLES:
        faults.append(
            FieldError(_path(MASSES if listed else COUNT), "heat.too_many_bundles", {"most": MOST_BUNDLES})
        )
        return []
    if any(mass_g <= 0 for mass_g in masses):
        faults.append(FieldError(_path(MASSES if listed else EACH), "heat.no_mass"))
        return []
    return masses


def _read_count(form: EventForm) -> int:
    """Return how many bundles there are, one where nothing is typed. Raises BadInput."""
    typed = plain_width(form.typed.get(COUNT, "")).strip() or "1"
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 6 and int(typed)):
        raise BadInput("heat.bad_count", most=MOST_BUNDLES)
    return int(typed)


def _list_labels(form: EventForm, count: int, faults: list[FieldError]) -> list[str]:
    """Return the labels of the bundles: the next of the roll of the first one, '' for ones that are drawn."""
    typed = form.typed.get(LABEL, "").strip()
    payload = read_payload(typed, current.settings().host)
    if not typed or not count:
        return [""] * count
    if payload.kind not in ("lot", "code") or not payload.code:
        faults.append(FieldError(_path(LABEL), payload.reason or "scan.not_a_code", {"code": typed[:40]}))
        return [""] * count
    if count == 1:
        return [payload.code]
    for roll in list_rolls(current.reader(), form.site):
        if payload.code in roll.codes:
            first = roll.codes.index(payload.code)
            labels = list(roll.codes[first : first + count])
            if len(labels) < count:
                faults.append(FieldError(_path(LABEL), "heat.roll_ends", {"left": len(labels)}))
            return labels + [""] * (count - len(labels))
    faults.append(FieldError(_path(LABEL), "heat.no_roll"))
    return [""] * count
