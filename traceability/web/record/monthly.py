"""Pages for what a site states once a month or year, and for closing a month: declarations and
seals.
"""

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
    """Return the types of declaration that the person may record."""
    plans, works = bool(current.planned_sites()), bool(current.work_sites())
    return [word for word in DECLARATIONS if (plans if word == STATISTIC else works)]


def _planned() -> list[str]:
    """Return the sites where the person may state a statistic; none where another type is wanted."""
    if request.values.get("type", "") == STATISTIC or not current.work_sites():
        return [site.id for site in current.planned_sites()]
    return []


def _regions() -> list[str]:
    """Return the regions that the person may state a statistic of.

    These are the provinces and prefectures of the sites that the person plans for; the nation for
    whoever plans for all.
    """
    planned = current.planned_sites()
    reference = current.reference()
    codes = {code for site in planned for code in (province_of(site.region), prefecture_of(site.region))}
    whole = [NATION] if planned and len(planned) == len(reference.sites) else []
    return whole + sorted(code for code in codes if code in reference.regions)


def _check_region(form: EventForm) -> Sequence[FieldError]:
    """Refuse a region that the person plans nothing for; a correction may keep the stated one."""
    region = form.value("region").strip()
    if not region or region in (*_regions(), form.start.get("region")):
        return ()
    return (FieldError("region", "typed.not_one_of", {"value": region[:20]}),)


def _sites_in(region: str) -> list[Site]:
    """Return the sites planned for in a region; its statistics are kept at the first of them."""
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
    is_statistic = form.value("type") == STATISTIC
    return {
        "type": form.value("type"),
        "types": [(word, t(f"declaration.{word}")) for word in _types()],
        "regions": _region_options(form.value("region")) if is_statistic else [],
    }


def _region_options(stated: str) -> list[tuple[str, str]]:
    """Return the regions to choose from with their names, and the stated one where it is no such."""
    codes = dict.fromkeys([*_regions(), *filter(None, [stated])])
    return [(code, _name_region(code)) for code in codes]


def _name_region(code: str) -> str:
    if code.endswith("0000") or code == NATION:
        return region_name(code)
    return t("monthly.of_province", province=region_name(province_of(code)), name=region_name(code))


def _declaring_start(kind: str, lot: Lot | None) -> dict[str, str]:
    wanted = request.args.get("type", "")
    types = _types() or DECLARATIONS
    start = {"type": wanted if wanted in types else types[0]}
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
