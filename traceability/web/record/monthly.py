"""What a site states once a month or year, and the month closed: declarations and seals."""

from collections.abc import Sequence
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from traceability.domain.errors import FieldError
from traceability.domain.lot import Lot
from traceability.domain.next_steps import may_record
from traceability.domain.place import Site, lies_in, prefecture_of, province_of
from traceability.domain.vocabulary import DECLARATIONS, NATION
from traceability.web.forms.form import EventForm, EventPage, after
from traceability.web.record.event_page import begin, blueprint
from traceability.web.shell import current
from traceability.web.shell.words import region_name, t

STATISTIC = "statistic"  # what planners state of a region


def _types() -> list[str]:
    """What the person may declare."""
    plans, works = bool(current.planned_sites()), bool(current.work_sites())
    return [word for word in DECLARATIONS if (plans if word == STATISTIC else works)]


def _planned() -> list[str]:
    """The sites where the person may state the statistic that is asked for."""
    if request.values.get("type", "") == STATISTIC or not current.work_sites():
        return [site.id for site in current.planned_sites()]
    return []


def _regions() -> list[str]:
    """What the person may state a statistic of: provinces and prefectures of the sites planned for; the nation for all."""
    planned = current.planned_sites()
    found = {code for site in planned for code in (province_of(site.region), prefecture_of(site.region))}
    whole = [NATION] if planned and len(planned) == len(current.reference().sites) else []
    return whole + sorted(code for code in found if code in current.reference().regions)


def _check_region(form: EventForm) -> Sequence[FieldError]:
    """Refuse a region that the person plans nothing for; a correction may leave the one that was stated."""
    region = form.value("region").strip()
    if not region or region in (*_regions(), form.start.get("region")):
        return ()
    return (FieldError("region", "typed.not_one_of", {"value": region[:20]}),)


def _sites_in(region: str) -> list[Site]:
    """The sites planned for that lie in a region: its statistics are kept at the first of them."""
    return [site for site in current.planned_sites() if lies_in(site.region, region)]


def _declare(kind: str, page: EventPage) -> ResponseReturnValue:
    """Record a declaration; a statistic at a site of its region."""
    form = begin(kind, page)
    if form.value("type") == STATISTIC:
        sites = _sites_in(form.value("region"))
        if sites:
            form.site = sites[0].id
        if not form.sent:
            form.typed.setlist("metals", sorted(current.reference().ten_metals))
    receipt = form.record()
    return redirect(after(receipt)) if receipt else form.page()


def _declaring(form: EventForm) -> dict[str, Any]:
    return {
        "type": form.value("type"),
        "types": [(word, t(f"declaration.{word}")) for word in _types()],
        "regions": [
            (code, region_name(code) if code.endswith("0000") or code == NATION else _in_province(code))
            for code in dict.fromkeys([*_regions(), *filter(None, [form.value("region")])])
        ]
        if form.value("type") == STATISTIC
        else [],
    }


def _in_province(code: str) -> str:
    return t("monthly.of_province", province=region_name(province_of(code)), name=region_name(code))


def _declaring_start(kind: str, lot: Lot | None) -> dict[str, str]:
    asked = request.args.get("type", "")
    types = _types() or DECLARATIONS
    start = {"type": asked if asked in types else types[0]}
    return {**start, "site": _planned()[0]} if _planned() else start


def _sealing(form: EventForm) -> dict[str, Any]:
    return {"may": may_record("seal", current.roles(form.site))}


DECLARE = EventPage(
    "record/declare.html",
    _declaring,
    ("declare",),
    start=_declaring_start,
    open_at=_planned,
    check=_check_region,
)
SEAL = EventPage("record/seal.html", _sealing, ("seal",))

PAGES = {"declare": DECLARE}  # a seal is not corrected
AREAS = (blueprint("declare", "/declare", DECLARE, _declare), blueprint("seal", "/seal", SEAL))
