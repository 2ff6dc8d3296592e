"""What the pages of lists share: their filters in the address, one page of rows on the screen, all of them in files."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import request, url_for

from traceability.domain.errors import BadInput
from traceability.domain.identifier import normalise_identifier
from traceability.domain.names import is_called
from traceability.locale import format_day
from traceability.render.sheets import ReportDocument, Row, Sheet, SheetColumn, say_in_all
from traceability.services.searching.event_lists import MOST_READ, ListFilter, list_sites
from traceability.services.searching.known_parties import find_parties_like
from traceability.web.shell import current
from traceability.web.shell.query_days import read_day
from traceability.web.shell.report_pages import ReportPage
from traceability.web.shell.words import site_name, t

SHOWN = 50
MOST_SENT = 10_000  # rows of a file
MOST_READ_FOR_FILE = 60_000  # events that are looked at for it: some seconds
MOST_PARTIES = 200
LONGEST = 100  # characters of a condition


class FilterField(NamedTuple):
    """A filter of a list: its key in the address, its label, how it is asked for, and what may be chosen."""

    name: str
    label: str
    value: str
    type: str = "text"
    options: Sequence[tuple[str, str]] = ()


class ListReading(NamedTuple):
    """Which part of a list is asked for: the key to go on after, how many rows, how many events to look at for them."""

    after: str
    limit: int
    most: int


def read_texts(*names: str) -> dict[str, str]:
    """Return what the address says of these filters, '' for what it does not."""
    return {name: " ".join(request.args.get(name, "").split())[:LONGEST] for name in names}


def read_part() -> ListReading:
    """Return a page of the list, or for a file as much of it as a file holds."""
    if "form" in (request.view_args or {}):
        return ListReading("", MOST_SENT, MOST_READ_FOR_FILE)
    return ListReading(request.args.get("after", "")[:LONGEST], SHOWN, MOST_READ)


def read_choice(asked: Mapping[str, str], name: str, words: Sequence[str]) -> str:
    """Return a filter that must be one of some words. Raises BadInput."""
    if asked[name] not in ("", *words):
        raise BadInput("list.bad_filter", text=asked[name][:40])
    return asked[name]


def read_conditions(asked: Mapping[str, str]) -> ListFilter:
    """Return site, times, number and person of the filters. Raises BadInput."""
    from_ms, until_ms = read_day(asked["from"], False), read_day(asked["until"], True)
    if from_ms is not None and until_ms is not None and from_ms >= until_ms:
        raise BadInput("list.bad_days", first=asked["from"], last=asked["until"])
    return ListFilter(
        site=asked.get("site", ""),
        from_ms=from_ms,
        until_ms=until_ms,
        number=asked.get("number", ""),
        person=asked.get("person", ""),
    )


def find_party_ids(typed: str) -> frozenset[str] | None:
    """Return the ids of parties and vehicles that the viewer knows by a text, None where none is given."""
    if not typed:
        return None
    found = find_parties_like(current.reader(), current.viewer(), typed, MOST_PARTIES)
    return frozenset(party.id for party in found)


def find_site_ids(typed: str) -> frozenset[str] | None:
    """Return the ids of the sites that have a text in their name, None where none is given."""
    if not typed:
        return None
    sites = current.reference().sites.values()
    return frozenset(site.id for site in sites if is_called(normalise_identifier(typed), site.id, site.names))


def site_field(asked: Mapping[str, str], name: str, label: str) -> FilterField:
    """Return the choice among the sites in view."""
    sites = current.reference().sites
    listed = [
        (id_, sites[id_].name(current.language())) for id_ in list_sites(current.viewer()) if id_ in sites
    ]
    return FilterField(name, t(label), asked[name], "choice", listed)


def day_fields(asked: Mapping[str, str]) -> list[FilterField]:
    """Return the first and the last day."""
    return [FilterField(name, t(f"journal.{name}"), asked[name], "date") for name in ("from", "until")]


def make_list_page(
    name: str, columns: tuple[SheetColumn, ...], rows: list[Row], fields: list[FilterField], after: str,
    back_to_ms: int | None, context: Mapping[str, Any] | None = None,
) -> ReportPage:  # fmt: skip
    """Return the page of a list; its title says how much of it there is."""
    stated: dict[str, Any] = {field.name: field.value for field in fields if field.value}
    is_first = not request.args.get("after")
    code = "newest" if after and is_first else "older" if after or not is_first else "all"
    title = t(f"list_title.{name}.{code if rows else 'none'}", count=len(rows))
    sheet = Sheet(
        name, say_in_all(f"list_of.{name}"), columns, rows, empty=_say_empty(stated, after, back_to_ms)
    )
    head = current.reader().find_head()
    said = [(t("filter.as_of"), str(head.seq))]
    said += [(field.label, _say_value(field)) for field in fields if field.value]
    notes = (t("list.sent_to", count=len(rows)),) if after and "form" in (request.view_args or {}) else ()
    document = ReportDocument(f"{name}_{head.seq}", title, tuple(said), (sheet,), notes=notes)
    here = f"find.{name}"
    return ReportPage("find/list.html", document, {
        "fields": fields,
        "is_filtered": bool(stated),
        "unfiltered": url_for(here),
        "first": url_for(here, **stated) if not is_first else "",
        "next": url_for(here, **stated, after=after) if after else "",
        **(context or {}),
    })  # fmt: skip


def _say_empty(stated: Mapping[str, str], after: str, back_to_ms: int | None) -> str:
    """Say why there is nothing: not yet, nothing that fits, or nothing at all."""
    if after and back_to_ms is not None:
        return t("list.none_yet", day=format_day(back_to_ms))
    return t("list.none_fits" if stated else "list.none_at_all")


def _say_value(field: FilterField) -> str:
    said = dict(field.options).get(field.value)
    return said if said is not None else site_name(field.value) if field.type == "choice" else field.value
