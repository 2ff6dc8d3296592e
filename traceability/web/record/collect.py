"""Scrap enters: weighing, deductions, grade, source; the lot gets its label."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.material import Material
from traceability.domain.place import province_of
from traceability.domain.provenance import SCRAP_CLASSES
from traceability.domain.vocabulary import CHANNELS
from traceability.services.directory.parties import VEHICLE, list_names
from traceability.services.tracing.lots import list_scrap_grades
from traceability.web.forms.form import EventForm, after
from traceability.web.shell import current
from traceability.web.shell.session import needs_site
from traceability.web.shell.words import name_of, region_name, t

pages = Blueprint("collect", __name__)

NAMES = ("outputs-0-material", "source_class", "channel", "radiation")
USUAL = 6  # grades that stand on the page as tiles


@pages.route("/collect", methods=["GET", "POST"])
@needs_site
def form() -> ResponseReturnValue:
    """Register scrap from a supplier."""
    start = {"outputs-0-code": request.args.get("code", ""), "channel": "offline"}
    page = EventForm(
        "collect",
        rows={"outputs": 1},
        start=start,
        names=NAMES,
        parties=("supplier", VEHICLE),
        always=["outputs-0"],
        weight="weighing-gross_kg",
        photos=True,
    )
    receipt = page.record()
    if receipt:
        return redirect(after(receipt, url_for("collect.form") if page.value("again") else ""))
    usual, others = _grades(page)
    return page.page(
        "record/collect.html",
        usual=usual,
        others=others,
        classes=[(word, t(f"class.{word}")) for word in SCRAP_CLASSES],
        channels=[(word, t(f"channel.{word}")) for word in CHANNELS],
        provinces=[
            (code, region_name(code)) for code in current.reference().regions if code.endswith("0000")
        ],
        own_province=region_name(province_of(current.reference().sites[page.site].region)),
        suppliers=list_names(current.reader(), "supplier", page.site),
        vehicles=list_names(current.reader(), VEHICLE, page.site),
    )


def _grades(page: EventForm) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """(the grades last used at the site, all others), as tiles."""
    usual, others = list_scrap_grades(current.reader(), page.site, USUAL)

    def tiles(grades: list[Material]) -> list[tuple[str, str, str]]:
        return [(grade.id, name_of(grade), t(f"metal.{grade.metal}")) for grade in grades]

    return tiles(usual), tiles(others)
