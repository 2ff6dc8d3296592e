"""Pages of labels to print: of one or many lots, or blank ones for a roll."""

import re

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from scanners.codes import is_code, normalise_code
from scanners.labels.svg import draw_label
from traceability.domain.quantity import clean_number
from traceability.services.auditing.facts import LABEL
from traceability.services.directory.audit import AuditAction
from traceability.services.recording.pending_book import new_code
from traceability.services.tracing.lots import find_lots
from traceability.web.shell import current
from traceability.web.shell.words import material_name, t

pages = Blueprint("labels", __name__)

MOST_LABELS = 200  # on one page; drawing one takes some 20 ms
ON_A_ROLL = 12
MOST_NAMED = 5  # codes that were not found
SHOWN = 30  # characters of a text that is repeated

_COUNT = re.compile(r"[+]?0*[1-9]\d{0,8}", re.ASCII)


@pages.get("/labels")
def show() -> ResponseReturnValue:
    """Show labels of the lots named by ``code``, as often as given."""
    written = request.args.getlist("code")
    problems = _too_many(len(written))
    codes = [normalise_code(text) for text in written[:MOST_LABELS]]
    lots = find_lots(current.reader(), current.viewer(), {code for code in codes if is_code(code)})
    missing = [text for text, code in zip(written, codes, strict=False) if code not in lots]
    if missing:
        named = ", ".join(text[:SHOWN] for text in missing[:MOST_NAMED])
        problems.append(t("label.unknown", codes=named, count=len(missing)))
    _note_prints({lots[code].code for code in codes if code in lots})
    labels = [_draw(lots[code].code, material_name(lots[code].material)) for code in codes if code in lots]
    return render_template(
        "lots/labels.html", labels=labels, blank=False, count=len(labels), problems=problems, most=MOST_LABELS
    )


@pages.get("/labels/blank")
def blank() -> ResponseReturnValue:
    """Show labels with new codes, to be bound at the first scan; every load draws other codes."""
    written = request.args.get("count")
    labels, problems = [], []
    if written is not None:
        count = clean_number(written)
        if count is None or not _COUNT.fullmatch(count):
            problems = [t("label.bad_count", text=written[:SHOWN], limit=MOST_LABELS)]
        else:
            problems = _too_many(int(count))
            labels = [] if problems else [_draw(new_code(), "") for _ in range(int(count))]
    shown = ON_A_ROLL if written is None else written
    return render_template(
        "lots/labels.html", labels=labels, blank=True, count=shown, problems=problems, most=MOST_LABELS
    )


def _note_prints(codes: set[str]) -> None:
    """Leave to the audit log that labels went to a printer: auditors are told of what is undone afterwards."""
    actor = current.actor()
    for code in sorted(codes):
        current.wiring().audit.add(actor.entry(AuditAction.PRINT, LABEL, code))


def _too_many(count: int) -> list[str]:
    """Return what is wrong with so many labels: a roll that ends early looks complete."""
    return [t("label.too_many", count=count, limit=MOST_LABELS)] if count > MOST_LABELS else []


def _draw(code: str, caption: str) -> str:
    return draw_label(current.settings().host, code, caption=caption)
