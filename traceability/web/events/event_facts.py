"""Write the fields of an event's draft and its frozen parameters in words.

A field without a name of its own keeps its path, so that nothing that was recorded is left out.
"""

from datetime import datetime
from typing import Any, NamedTuple

from traceability.domain.event import Event
from traceability.domain.material import Material
from traceability.locale import format_count, format_day, format_kg, format_ppm, format_time
from traceability.services.tracing.events import PARTIES, Fact, leaf_of
from traceability.web.shell import current
from traceability.web.shell.words import name_of, region_name, site_name, t

_WORDS = {
    "source_class": "class.", "channel": "channel.", "radiation": "result.", "mode": "mode.", "model": "model.",
    "vehicle_class": "vehicle.", "level": "level.", "outcome": "outcome.", "subject": "subject.", "metal": "metal.",
    "type": "declaration.",
}  # fmt: skip
_REGIONS = frozenset({"origin", "region"})


class ShownFact(NamedTuple):
    """A field in words; ``old`` is what was first recorded, where a correction changed it."""

    name: str
    value: str
    old: str = ""


def show_stated(facts: list[Fact], first: list[Fact], parties: dict[str, str]) -> list[ShownFact]:
    """Return every field, with its first value where that was another.

    Fields that a correction took away come last. ``parties`` are names by id; a party that may not be
    known is ''.
    """
    before, now = dict(first), dict(facts)
    shown = []
    for path, value in facts:
        old = before.get(path, value) if first else value
        shown.append(
            ShownFact(
                _name(path), _write(path, value, parties), "" if old == value else _write(path, old, parties)
            )
        )
    gone = [path for path in before if path not in now]
    return shown + [ShownFact(_name(path), "", _write(path, before[path], parties)) for path in gone]


def _name(path: str) -> str:
    leaf = leaf_of(path)
    stem = leaf.removesuffix("_g")
    own = [f"entry.document_{leaf}"] if path.startswith("documents.") else []
    for code in (*own, f"field_name.{leaf}", f"term.{leaf}", f"term.{stem}", f"stated.{leaf}"):
        words = t(code)
        if words != code:
            return words
    return path


def _write(path: str, value: Any, names: dict[str, str]) -> str:
    leaf = leaf_of(path)
    if leaf == "passed":
        return t("result.passed") if value else t("result.failed")
    if isinstance(value, bool):
        return t("stated.yes") if value else t("stated.no")
    if leaf.endswith("_g") and isinstance(value, int):
        return f"{format_kg(value)} kg"
    if isinstance(value, int):
        unit = {"kwh": " kWh", "renewable_kwh": " kWh", "distance_km": " km"}.get(leaf, "")
        return format_count(value) + unit
    if leaf in _REGIONS:
        return region_name(str(value))
    if leaf == "to":
        return names.get(str(value)) or site_name(str(value))
    if leaf in PARTIES:
        return names.get(str(value), str(value)) if value else t("trace.other_firm")
    if leaf == "started":
        return format_time(datetime.fromisoformat(str(value)), current.language())
    if leaf == "valid_until":
        return format_day(str(value), current.language())
    code = _WORDS.get(leaf, "") + str(value)
    words = t(code)
    return str(value) if words == code else words


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
    region = reference.regions.get(frozen.region)
    parameters = [
        (t("term.region"), name_of(region) if region else frozen.region),
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
