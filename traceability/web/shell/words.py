"""Write words, names, numbers and times in the language of the request; the filters and globals of the templates."""

from collections.abc import Mapping
from typing import Any

from flask import Flask

from scanners.codes import group_code
from traceability.domain.access import ANYWHERE
from traceability.domain.errors import FieldError, Figure, TraceabilityError, Violation
from traceability.domain.event import BALANCE, ElementContent
from traceability.domain.material import Material, Reference
from traceability.domain.metal import Metal
from traceability.domain.names import choose_name
from traceability.domain.place import Base, Region, Site
from traceability.domain.statistic import StatisticKind
from traceability.locale import (
    describe_language,
    describe_languages,
    format_content,
    format_count,
    format_day,
    format_kg,
    format_ppm,
    format_share,
    format_t,
    format_time,
    join_words,
    text,
)
from traceability.web.shell import current

# The values of errors that hold ids, by their names; a list of sites is joined by commas.
_SITES = frozenset({"site", "to", "holder", "sites"})
_MATERIALS = frozenset({"material", "alloy", "grade", "wanted"})
_REGIONS = ("region", "own")
_METALS = ("metal", "metals")


def t(code: str, /, **values: object) -> str:
    """Return the message of a code."""
    return text(code, values, current.language())


def name_of(thing: Site | Material | Region | Base | StatisticKind | Metal) -> str:
    """Return the name of a site, material, region, base, statistic or metal."""
    return thing.name(current.language())


def metal_name(symbol: str) -> str:
    """Return the name of a metal: of one that an installation added that of its list, else its symbol."""
    code = f"metal.{symbol}"
    if (words := t(code)) != code:
        return words
    metal = current.reference().metals.get(symbol)
    return name_of(metal) if metal else symbol


def site_name(site_id: str) -> str:
    """Return the name of a site, or the id itself where no site has it."""
    site = current.reference().sites.get(site_id)
    return name_of(site) if site else site_id


def material_name(material_id: str) -> str:
    """Return the name of a material, or the id itself where none has it."""
    material = current.reference().materials.get(material_id)
    return name_of(material) if material else material_id


def region_name(code: str) -> str:
    """Return the name of a region or origin; the origins IMP-JP, ADD and OPEN are named by the catalogue."""
    region = current.reference().regions.get(code)
    if region:
        return name_of(region)
    if code.startswith("IMP-"):
        return t("origin.imported", country=code[4:])
    return t(f"origin.{code}") if code in ("ADD", "OPEN") else code


def country_name(code: str) -> str:
    """Return the name of a country, or the code itself where the list has it not."""
    return choose_name(current.reference().countries.get(code, ()), current.language()) or code


def customer_class_name(id_: str) -> str:
    """Return the name of a class of customers, or the id itself where the list has it not."""
    return choose_name(current.reference().customer_classes.get(id_, ()), current.language()) or id_


def scope_name(scope: str) -> str:
    """Return the name of what a role is for: everywhere, a site, or a region by the digits of its code."""
    if scope == ANYWHERE:
        return t("people.anywhere")
    return region_name(scope.ljust(6, "0")) if scope.isdigit() else site_name(scope)


def write_content(content: ElementContent) -> str:
    """Return an element's content in per cent; of the one that makes up the rest, that it does."""
    written = format_content(content)
    return t("stated.balance_of", percent=written) if content.sign == BALANCE else written


def unit_name(unit: str) -> str:
    """Return the unit of a statistic in words: a number of things has none of its own."""
    words = t(f"statistic_unit.{unit}")
    return unit if words.startswith("statistic_unit.") else words


def say(fault: Violation | FieldError | TraceabilityError, reference: Reference | None = None) -> str:
    """Return an error as text, with names for the ids among its values; without reference data ids stay."""
    return text(fault.code, _name_ids(fault.figures, reference), current.language())


def _name_ids(figures: Mapping[str, Figure], reference: Reference | None) -> dict[str, object]:
    values: dict[str, object] = dict(figures)
    if reference is None:
        return values
    sites, materials = reference.sites, reference.materials
    for key, value in figures.items():
        if not isinstance(value, str):
            continue
        if key in _SITES:
            names = [name_of(sites[id_]) if id_ in sites else id_ for id_ in value.split(", ")]
            values[key] = join_words(names, current.language())
        elif key in _MATERIALS and value in materials:
            values[key] = name_of(materials[value])
        elif key in _REGIONS and value in reference.regions:
            values[key] = name_of(reference.regions[value])
        elif key == "indicator" and value in reference.statistics:
            values[key] = name_of(reference.statistics[value])
        elif key == "unit":
            values[key] = unit_name(value)
        elif key in _METALS:
            values[key] = ", ".join(_added_name(symbol, reference) for symbol in value.split(", "))
    return values


def _added_name(symbol: str, reference: Reference) -> str:
    """Return the name of a metal that the catalogues do not name; the symbol of any other, which they do."""
    metal = reference.metals.get(symbol)
    if metal is None or t(f"metal.{symbol}") != f"metal.{symbol}":
        return symbol
    return name_of(metal)


def install(app: Flask) -> None:
    """Put filters and globals into the templates."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        kg=format_kg,
        t_mass=format_t,
        percent=format_share,
        ppm=format_ppm,
        content=write_content,
        count=format_count,
        code=group_code,
        time=format_time,
        long_time=lambda moment: format_time(moment, current.language()),
        day=format_day,
        site_name=site_name,
        material_name=material_name,
        region_name=region_name,
        scope_name=scope_name,
        metal_name=metal_name,
        thing_name=name_of,
        say=lambda fault: say(fault, current.reference()),
    )
    app.jinja_env.globals.update(t=t)

    @app.context_processor
    def offer() -> dict[str, Any]:
        language = describe_language(current.language())
        others = [other for other in describe_languages() if other != language]
        return {"language": language.code, "language_tag": language.tag, "other_languages": others}
