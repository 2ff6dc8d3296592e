"""Show the journal: what was recorded, newest first, by part, kind, place, person and times."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from traceability.domain.calendar import DAY_MS, time_of_day
from traceability.domain.errors import BadInput
from traceability.domain.kinds import KINDS
from traceability.services.auditing.journal import JournalFilter, JournalPart, list_journal
from traceability.web.shell import current
from traceability.web.shell.words import t
from traceability.wire.fields import Day

pages = Blueprint("journal", __name__, url_prefix="/audit/journal")

SHOWN = 50
WORDS = ("part", "kind", "site", "region", "person")
DAYS = ("from", "until", "recorded_from", "recorded_until")
LONGEST = 100  # characters of a condition
LAST_SEQ = 2**53


@pages.get("")
def show() -> ResponseReturnValue:
    """Show entries of the journal; a firm's people see what their own sites recorded."""
    asked = {name: request.args.get(name, "").strip()[:LONGEST] for name in (*WORDS, *DAYS)}
    after = request.args.get("after", 0, type=int)
    journal = list_journal(
        current.reader(), current.viewer(), _read_filter(asked), min(max(after, 0), LAST_SEQ), SHOWN
    )
    stated: dict[str, Any] = {name: value for name, value in asked.items() if value}
    shown: dict[str, Any] = {
        "journal": journal,
        "asked": asked,
        "parts": [(part.value, t(f"journal_part.{part}")) for part in JournalPart],
        "kinds": [(kind, t(f"kind.{kind}")) for kind in KINDS],
        "sites": sorted((site.id, site.name(current.language())) for site in current.sites_in_view()),
        "first": url_for("journal.show", **stated) if after else "",
        "next": url_for("journal.show", **stated, after=journal.after) if journal.after else "",
        "is_firm": current.viewer().is_firm,
    }
    return render_template("auditing/journal.html", **shown)


def _read_filter(asked: dict[str, str]) -> JournalFilter:
    """Return the conditions of the address. Raises BadInput."""
    part = next((word for word in JournalPart if word == (asked["part"] or JournalPart.ALL)), None)
    if part is None or asked["kind"] not in ("", *KINDS):
        raise BadInput("report.bad_filter", text=(asked["part"] if part is None else asked["kind"])[:40])
    if asked["region"] and not (asked["region"].isascii() and asked["region"].isdecimal()):
        raise BadInput("report.bad_filter", text=asked["region"][:40])
    times = {name: _read_day(asked[name], name.endswith("until")) for name in DAYS}
    region = asked["region"].rstrip("0")
    return JournalFilter(
        part, asked["kind"], asked["site"], region + "0" * (len(region) % 2), asked["person"],
        *times.values(),
    )  # fmt: skip


def _read_day(text: str, is_end: bool) -> int | None:
    """Return the start of a day, or the end of it, None where none is asked for. Raises BadInput."""
    if not text:
        return None
    try:
        Day().deserialize(text)
    except ValidationError as error:
        raise BadInput("audit.bad_days") from error
    if not "1970" < text < "2200":
        raise BadInput("audit.bad_days")
    return time_of_day(text) + (DAY_MS if is_end else 0)
