"""Pages of labels to print: of one or many lots, or blank ones for a roll."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from scanners.codes import is_code, normalise_code
from scanners.labels.svg import draw_label
from traceability.services.recording.pending_book import new_code
from traceability.services.tracing.lots import find_lots
from traceability.web.shell import current
from traceability.web.shell.words import material_name

pages = Blueprint("labels", __name__)

MOST_LABELS = 60  # drawing one takes some 20 ms
ON_A_ROLL = 12


@pages.get("/labels")
def show() -> ResponseReturnValue:
    """Show labels of the lots named by ``code``, as often as given."""
    codes = [normalise_code(code) for code in request.args.getlist("code")[:MOST_LABELS]]
    lots = find_lots(current.reader(), current.viewer(), {code for code in codes if is_code(code)})
    labels = [_draw(lots[code].code, material_name(lots[code].material)) for code in codes if code in lots]
    return render_template("lots/labels.html", labels=labels, blank=False, count=len(labels))


@pages.get("/labels/blank")
def blank() -> ResponseReturnValue:
    """Show labels with new codes, to be bound at the first scan; every load draws other codes."""
    count = min(max(request.args.get("count", ON_A_ROLL, type=int), 1), MOST_LABELS)
    labels = [_draw(new_code(), "") for _ in range(count)] if "count" in request.args else []
    return render_template("lots/labels.html", labels=labels, blank=True, count=count)


def _draw(code: str, caption: str) -> str:
    return draw_label(current.settings().host, code, caption=caption)
