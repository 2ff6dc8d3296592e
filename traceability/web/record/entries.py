"""How metal enters beside the yard's scales: imports, first production, what is supplied, stock at the start."""

from typing import Any

from traceability.domain.kinds import BOUGHT, ENTRIES, FORMS_OUT, SCRAP_ENTRIES
from traceability.domain.lot import Lot
from traceability.domain.provenance import CLASSES, SCRAP_CLASSES
from traceability.domain.vocabulary import CHANNELS
from traceability.services.directory.parties import VEHICLE, list_names
from traceability.web.record.event_page import EventPage, RowForm, blueprint, material_groups
from traceability.web.shell import current
from traceability.web.shell.words import region_name, t


def _context(form: RowForm) -> dict[str, Any]:
    provinces = [(code, region_name(code)) for code in current.reference().regions if code.endswith("0000")]
    origin = form.value("origin")
    if origin and origin not in dict(provinces):
        provinces.append((origin, region_name(origin)))
    return {
        "groups": material_groups(form.kind),
        "forms": [(form_, t(f"form.{form_}")) for form_ in FORMS_OUT[form.kind]],
        "classes": [(word, t(f"class.{word}")) for word in SCRAP_CLASSES],
        "declared": [(word, t(f"class.{word}")) for word in CLASSES],
        "channels": [(word, t(f"channel.{word}")) for word in CHANNELS],
        "provinces": provinces,
        "bought": form.kind in BOUGHT,
        "suppliers": list_names(current.reader(), "supplier", form.site),
        "vehicles": list_names(current.reader(), VEHICLE, form.site),
    }


def _start(kind: str, lot: Lot | None) -> dict[str, str]:
    return {"channel": "offline"} if kind in SCRAP_ENTRIES else {}


def _page(kind: str) -> EventPage:
    scrap = kind in SCRAP_ENTRIES
    names = ("source_class", "channel", "radiation") if scrap else ()
    parties = ("supplier", VEHICLE) if kind in BOUGHT else ()
    rows = {"outputs": 1, **({"documents": 1} if kind == "opening" else {})}
    return EventPage(
        "record/entry.html",
        _context,
        (kind,),
        rows=rows,
        names=names,
        parties=parties,
        start=_start,
        always=("outputs-0",),
        photos=scrap,
    )


PAGES = {kind: _page(kind) for kind in ENTRIES}
AREAS = tuple(
    blueprint(kind, "/" + kind.replace("_", "-"), page) for kind, page in PAGES.items() if kind != "collect"
)
