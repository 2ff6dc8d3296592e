"""Lay what explains a share out as tables: its parts, the sites and metals of its gap, liquid, months, origins, grades."""

from traceability.render.sheets import Sheet
from traceability.render.why_sheets.beside import make_figures
from traceability.render.why_sheets.declared import make_declared, make_declared_months
from traceability.render.why_sheets.gap import make_gaps, make_parts
from traceability.render.why_sheets.liquid import make_liquid, make_takers
from traceability.render.why_sheets.months import make_months
from traceability.render.why_sheets.recycled import make_families, make_grades, make_origins
from traceability.render.why_sheets.split import make_metals, make_regions, make_sites
from traceability.render.why_sheets.words import WhyWords
from traceability.services.reporting.why.reasons import Why


def list_why_sheets(why: Why, say: WhyWords) -> tuple[Sheet, ...]:
    """Return the tables that have anything to tell, what matters most first."""
    sheets = [
        make_gaps(why, say),
        make_parts(why, say),
        make_regions(why, say),
        make_sites(why, say),
        make_metals(why, say),
        make_liquid(why, say),
        make_takers(why, say),
        make_declared(why, say),
        make_months(why, say),
        make_declared_months(why, say),
        make_origins(why, say),
        make_families(why, say),
        make_grades(why, say),
        make_figures(why, say),
    ]
    return tuple(sheet for sheet in sheets if sheet.rows)
