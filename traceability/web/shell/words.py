"""Which words and figures do the pages show? Filters and globals of the templates, in the language of the request."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from markupsafe import Markup

from traceability.domain.errors import FieldError, Figure, TraceabilityError, Violation
from traceability.domain.material import Material, Reference
from traceability.domain.place import Region, Site
from traceability.locale import (
    describe_language,
    describe_languages,
    format_count,
    format_day,
    format_kg,
    format_month,
    format_ppm,
    format_share,
    format_t,
    format_time,
    group_code,
    join_words,
    text,
)
from traceability.web.shell import current

_SITES = frozenset({"site", "to", "holder", "sites"})
_MATERIALS = frozenset({"material", "alloy", "grade", "wanted"})


def t(code: str, /, **figures: object) -> str:
    """The message of a code."""
    return text(code, figures, current.language())


def name_of(thing: Site | Material | Region) -> str:
    """A site's, material's or region's name."""
    return thing.name(current.language())


def site_name(site_id: str) -> str:
    """The name of a site; of somebody unknown what was given."""
    site = current.reference().sites.get(site_id)
    return name_of(site) if site else site_id


def material_name(material_id: str) -> str:
    """The name of a material."""
    material = current.reference().materials.get(material_id)
    return name_of(material) if material else material_id


def region_name(code: str) -> str:
    """The name of a region, or of an origin: IMP-JP, ADD and OPEN have names of their own."""
    region = current.reference().regions.get(code)
    if region:
        return name_of(region)
    if code.startswith("IMP-"):
        return t("origin.imported", country=code[4:])
    return t(f"origin.{code}") if code in ("ADD", "OPEN") else code


def say(fault: Violation | FieldError | TraceabilityError, reference: Reference | None = None) -> str:
    """A fault in words, with names for the ids among its figures. Without reference data ids stay ids."""
    return text(fault.code, _named(fault.figures, reference), current.language())


def _named(figures: Mapping[str, Figure], reference: Reference | None) -> dict[str, object]:
    named: dict[str, object] = dict(figures)
    if reference is None:
        return named
    for key, value in figures.items():
        if not isinstance(value, str):
            continue
        if key in _SITES:
            names = [
                name_of(reference.sites[id_]) if id_ in reference.sites else id_ for id_ in value.split(", ")
            ]
            named[key] = join_words(names, current.language())
        elif key in _MATERIALS and value in reference.materials:
            named[key] = name_of(reference.materials[value])
    return named


def nowrap(words: str) -> Markup:
    """Words that stay on one line."""
    return Markup('<span class="number">{}</span>').format(words)


def install(app: Flask) -> None:
    """Put filters and globals into the templates."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        kg=format_kg,
        t_mass=format_t,
        percent=format_share,
        ppm=format_ppm,
        count=format_count,
        code=group_code,
        time_cn=lambda moment: format_time(moment, current.language()),
        time=format_time,
        day=format_day,
        day_cn=lambda day: format_day(day, current.language()),
        month_cn=lambda month: format_month(month, current.language()),
        site_name=site_name,
        material_name=material_name,
        region_name=region_name,
        say=lambda fault: say(fault, current.reference()),
    )
    app.jinja_env.globals.update(t=t)

    @app.context_processor
    def offer() -> dict[str, Any]:
        language = describe_language(current.language())
        others = [other for other in describe_languages() if other != language]
        return {"language": language.code, "language_tag": language.tag, "other_languages": others}
