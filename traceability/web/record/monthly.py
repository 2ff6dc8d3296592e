"""Pages for what a site states once a month or year, and for closing a month: declarations and
seals.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from traceability.domain.authority import STATISTIC
from traceability.domain.errors import FieldError
from traceability.domain.lot import Lot
from traceability.domain.next_steps import may_record
from traceability.domain.period import last_month
from traceability.domain.place import province_of
from traceability.domain.statistic import OUTPUT, TEN_METAL_OUTPUT
from traceability.domain.vocabulary import DECLARATIONS, NATION
from traceability.web.forms.form import EventForm, EventPage, after
from traceability.web.record.event_page import begin, blueprint
from traceability.web.shell import current
from traceability.web.shell.words import name_of, region_name, t, unit_name
from traceability.wire.schemas import PERIOD


def _types() -> list[str]:
    """Return the types of declaration that the person may record."""
    plans, works = bool(current.planned_sites()), bool(current.work_sites())
    return [word for word in DECLARATIONS if (plans if word == STATISTIC else works)]


def _planned() -> list[str]:
    """Return the authorities whose statistics the person states; none where another type is wanted."""
    if request.values.get("type", "") == STATISTIC or not current.work_sites():
        return [site.id for site in current.planned_sites()]
    return []


def _by_region(period: str = "") -> dict[str, str]:
    """Return the authorities whose statistics the person states, by the region that they speak for.

    That is their region at the end of the period, where one is stated already.
    """
    month = last_month(period) if re.fullmatch(PERIOD, period) else ""
    return {region: site.id for region, site in current.spoken_regions(month).items()}


def _check_region(form: EventForm) -> Sequence[FieldError]:
    """Refuse a region whose statistics are others'; a correction may keep the stated one."""
    region = form.value("region").strip()
    spoken = _by_region(form.value("period").strip())
    if not region or region in (*spoken, form.start.get("region")):
        return ()
    return (FieldError("region", "typed.not_one_of", {"value": region[:20]}),)


def _declare(kind: str, page: EventPage) -> ResponseReturnValue:
    """Record a declaration; a statistic at the authority of its region."""
    form = begin(kind, page)
    if form.value("type") == STATISTIC:
        form.site = _by_region(form.value("period").strip()).get(form.value("region"), form.site)
        if not form.sent:
            form.typed.setlist("metals", sorted(current.reference().ten_metals))
    receipt = form.record()
    return redirect(after(receipt)) if receipt else form.page()


def _declaring(form: EventForm) -> dict[str, Any]:
    is_statistic = form.value("type") == STATISTIC
    kinds = current.reference().statistics
    subject = kinds.get(form.value("indicator") or TEN_METAL_OUTPUT) if is_statistic else None
    return {
        "type": form.value("type"),
        "types": [(word, t(f"declaration.{word}")) for word in _types()],
        "regions": _region_options(form.value("region")) if is_statistic else [],
        "subject": subject,
        "subjects": [(_stated_as(id_), name_of(one)) for id_, one in kinds.items()] if is_statistic else [],
        "unit": unit_name(subject.unit) if subject else "",
    }


def _stated_as(subject: str) -> str:
    """Return what a statistic states as its indicator: of output nothing."""
    return "" if subject == TEN_METAL_OUTPUT else subject


def _region_options(stated: str) -> list[tuple[str, str]]:
    """Return the regions to choose from with their names, and the stated one where it is no such."""
    codes = dict.fromkeys([*sorted(_by_region()), *filter(None, [stated])])
    return [(code, _name_region(code)) for code in codes]


def _name_region(code: str) -> str:
    if code.endswith("0000") or code == NATION:
        return region_name(code)
    return t("monthly.of_province", province=region_name(province_of(code)), name=region_name(code))


def _declaring_start(kind: str, lot: Lot | None) -> Mapping[str, str]:
    wanted = request.args.get("type", "")
    types = _types() or DECLARATIONS
    type_ = wanted if wanted in types else types[0]
    if type_ != STATISTIC:
        return {"type": type_}
    return _statistic_start()


def _statistic_start() -> Mapping[str, str]:
    """Return what the form of a statistic begins with: the person's first region, and the unit."""
    by_region = sorted(_by_region().items())
    reference = current.reference()
    wanted = request.args.get("indicator", "")
    subject = reference.statistics.get(wanted or TEN_METAL_OUTPUT, OUTPUT)
    start = {"type": STATISTIC, "indicator": _stated_as(subject.id)}
    if by_region:
        start |= {"region": by_region[0][0], "site": by_region[0][1]}
    if not subject.is_mass:
        start["unit"] = subject.unit
    return start


def _sealing(form: EventForm) -> dict[str, Any]:
    return {"may": may_record("seal", current.roles(form.site))}


DECLARE = EventPage(
    "record/declare.html",
    _declaring,
    ("declare",),
    rows={"documents": 1},
    start=_declaring_start,
    open_at=_planned,
    check=_check_region,
)
SEAL = EventPage("record/seal.html", _sealing, ("seal",))

PAGES = {"declare": DECLARE}  # a seal is not corrected
AREAS = (blueprint("declare", "/declare", DECLARE, _declare), blueprint("seal", "/seal", SEAL))
