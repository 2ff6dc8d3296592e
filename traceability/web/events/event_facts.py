"""Write the fields of an event's draft and its frozen parameters in words.

A field without a name of its own keeps its path, so that nothing that was recorded is left out.
"""

from typing import Any, NamedTuple

from flask import url_for

from traceability.domain.device_clock import DeviceTime
from traceability.domain.event import Event
from traceability.domain.material import Material
from traceability.domain.names import choose_name
from traceability.domain.place import code_of
from traceability.locale import format_kg, format_ppm
from traceability.services.tracing.events import Fact
from traceability.web.forms.event_fields import EVENT_FIELDS
from traceability.web.forms.fields import find_field
from traceability.web.shell import current
from traceability.web.shell.words import metal_name, name_of, t

SHIPMENT = "shipment"
"""The field of a return that holds the id of the event that it reverses."""


class ShownFact(NamedTuple):
    """A field in words; ``old`` is what was first recorded, where a correction changed it. ``href`` opens an event."""

    name: str
    value: str
    old: str = ""
    href: str = ""


def show_stated(kind: str, facts: list[Fact], first: list[Fact], parties: dict[str, str]) -> list[ShownFact]:
    """Return every field of an event of a kind, with its first value where that was another.

    Fields that a correction took away come last. ``parties`` are names by id; a party that may not be
    known is ''.
    """
    before, now = dict(first), dict(facts)
    shown = []
    for path, value in facts:
        old = before.get(path, value) if first else value
        href = url_for("events.show", event_id=value) if path == SHIPMENT else ""
        was = "" if old == value else _write(kind, path, old, parties)
        shown.append(ShownFact(_name(path), _write(kind, path, value, parties), was, href))
    gone = [path for path in before if path not in now]
    return shown + [ShownFact(_name(path), "", _write(kind, path, before[path], parties)) for path in gone]


def _name(path: str) -> str:
    *above, leaf = path.split(".")
    if above == ["composition"]:
        name = metal_name(leaf)
        return t("stated.element", element=leaf if name == leaf else f"{name} {leaf}")
    if leaf.isdigit():
        leaf = above[-1]
    stem = leaf.removesuffix("_g")
    own = [f"entry.document_{leaf}"] if path.startswith("documents.") else []
    for code in (*own, f"field_name.{leaf}", f"term.{leaf}", f"term.{stem}", f"stated.{leaf}"):
        words = t(code)
        if words != code:
            return words
    return path


def _write(kind: str, path: str, value: Any, names: dict[str, str]) -> str:
    """Return a value as the field shows it that the form of the kind declares for it."""
    if path.startswith("confirmed."):
        return t(f"confirmed_{value}")
    if path == SHIPMENT:
        return names.get(value) or t("stated.see_shipment")
    if path.startswith("documents.") and (words := t(code := f"document_type.{value}")) != code:
        return words
    field = find_field(EVENT_FIELDS[kind], path)
    if field:
        return field.show(value, names)
    return t("stated.yes" if value else "stated.no") if isinstance(value, bool) else str(value)


def say_clock(times: DeviceTime | None) -> str:
    """Say what the clock of a device was wrong by, and how the time was corrected; '' where it was right."""
    if times is None:
        return ""
    number, unit = times.gap
    side = "behind" if times.shift_ms > 0 else "ahead"
    gap = t(f"clock.{unit}", count=number)
    return t(f"clock.{side}", gap=gap, device=times.stated_ms, corrected=times.corrected_ms)


class FrozenMaterial(NamedTuple):
    """A material as it was on the day of the event."""

    name: str
    family: str
    percent: str
    waste_code: str


def show_frozen(event: Event) -> list[tuple[str, str]]:
    """Return the parameters that the event keeps, whatever becomes of the reference data."""
    frozen = event.frozen
    reference = current.reference()
    region = reference.regions.get(code_of(frozen.region))
    parameters = [
        (
            t("term.region"),
            choose_name(region.names_at(event.month), current.language())
            if region
            else code_of(frozen.region),
        ),
        (t("stated.roles"), ", ".join(t(f"role.{role}") for role in frozen.roles)),
        (t("stated.usual_tare"), f"{format_kg(frozen.tare_g)} kg" if frozen.tare_g else ""),
        (t("term.licence"), frozen.licence),
        (t("stated.clean"), t("stated.yes") if frozen.clean else ""),
        (t("stated.late"), t("stated.yes") if frozen.late else ""),
        (t("stated.month_digest"), frozen.month_digest),
    ]
    return [(name, value) for name, value in parameters if value]


def show_materials(event: Event) -> list[FrozenMaterial]:
    """Return the materials that the event used, as they were."""
    return [_show_material(material) for _, material in sorted(event.frozen.materials.items())]


def _show_material(material: Material) -> FrozenMaterial:
    family = t(f"family.{material.family}") if material.family else ""
    return FrozenMaterial(name_of(material), family, format_ppm(material.fraction_ppm), material.waste_code)
