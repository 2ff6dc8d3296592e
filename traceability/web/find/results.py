"""Show what was found as lists of hits, each with its page, and each list with the page of all of them."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeVar

from flask import url_for

from scanners.codes import group_code
from traceability.domain.event import Event, Shipment
from traceability.domain.lot import Lot
from traceability.domain.material import Material
from traceability.domain.place import Site
from traceability.locale import format_kg, format_time
from traceability.services.operations.furnaces import list_furnaces
from traceability.services.recording.open_work import OpenWork, WorkKind
from traceability.services.searching.known_parties import FoundParty
from traceability.services.searching.search import Hits, SearchResult
from traceability.services.tracing.status_causes import StatusCause
from traceability.web.find.event_words import number_of, say_made
from traceability.web.lots.status_view import StatusSaid, show_cause
from traceability.web.shell import current
from traceability.web.shell.navigation import work_href
from traceability.web.shell.words import material_name, name_of, site_name, t

T = TypeVar("T")


class ShownHit(NamedTuple):
    """One hit: its name and page, what is said of it, and why a lot is in its state."""

    name: str
    href: str
    said: tuple[str, ...] = ()
    status: str = ""
    cause: StatusSaid | None = None
    is_code: bool = False


class HitList(NamedTuple):
    """The hits of one kind; ``more`` says that there are others, ``all_href`` is where they are listed."""

    kind: str
    hits: list[ShownHit]
    more: bool
    all_href: str = ""


def show_result(typed: str, result: SearchResult, causes: Mapping[str, StatusCause]) -> list[HitList]:
    """Return the lists that have something in them, in the order in which they are shown."""
    events, heats = url_for("find.events", number=typed), url_for("find.heats", number=typed)
    lists = [
        _list("lots", result.lots, lambda lot: _show_lot(lot, causes.get(lot.id))),
        _list("in_work", result.in_work, _show_in_work),
        _list("tickets", result.tickets, _show_event, events),
        _list("heats", result.heats, _show_event, heats),
        _list("shipments", result.shipments, _show_event),
        _list("events", result.events, _show_event, events),
        _list("vehicles", result.vehicles, _show_party),
        _list("parties", result.parties, _show_party),
        _list("sites", result.sites, _show_site),
        _list("materials", result.materials, _show_material),
    ]
    return [one for one in lists if one.hits]


def _list(kind: str, hits: Hits[T], show: Callable[[T], ShownHit], all_href: str = "") -> HitList:
    return HitList(kind, [show(hit) for hit in hits.shown], hits.more, all_href)


def _show_lot(lot: Lot, cause: StatusCause | None) -> ShownHit:
    mass = "" if lot.void else f"{format_kg(lot.remaining_g)} kg"
    said = (material_name(lot.material), site_name(lot.site), mass)
    href = url_for("lots.show", code=lot.code)
    return ShownHit(group_code(lot.code), href, _some(said), lot.status, show_cause(cause), is_code=True)


def _show_in_work(work: OpenWork) -> ShownHit:
    href = work_href(work)
    stated = [str(work.content.get(field, "")) for field in ("vehicle", "supplier")]
    known = list_furnaces(current.reader(), [work.site]) if work.kind is WorkKind.HEAT else ()
    stated += [one.name for one in known if one.code == work.content["furnace"]]
    said = (t(f"work_in_hand.{work.kind}"), site_name(work.site), format_time(work.opened_ms), *stated)
    return ShownHit(work.number or t(f"work_in_hand.{work.kind}"), href, _some(said))


def _show_event(event: Event) -> ShownHit:
    draft = event.draft
    kind, number = t(f"kind.{draft.kind}"), number_of(event)
    detail = draft.detail
    to = site_name(detail.to) if isinstance(detail, Shipment) and detail.to else ""
    where = t("find.from_to", site=site_name(draft.site), to=to) if to else site_name(draft.site)
    state = "" if event.live else t("event.voided")
    said = (kind if number else "", where, format_time(event.frozen.time_ms), say_made(event), state)
    return ShownHit(number or kind, url_for("events.show", event_id=event.id), _some(said))


def _show_party(party: FoundParty) -> ShownHit:
    sites = current.reference().sites
    known = ", ".join(name_of(sites[site]) for site in party.sites[:3] if site in sites)
    if party.kind == "customer":
        href = url_for("find.shipments", customer=party.name)
    else:
        href = url_for("find.events", party=party.name)
    return ShownHit(party.name, href, _some((t(f"party_kind.{party.kind}"), party.code, known)))


def _show_site(site: Site) -> ShownHit:
    return ShownHit(name_of(site), url_for("lots.list_all", site=site.id), (site.id,))


def _show_material(material: Material) -> ShownHit:
    return ShownHit(name_of(material), url_for("lots.list_all", material=material.id), (material.id,))


def _some(said: Iterable[str]) -> tuple[str, ...]:
    return tuple(filter(None, said))
