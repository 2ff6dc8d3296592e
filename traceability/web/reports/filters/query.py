"""Read a report's filters from the address of a page, and write them back.

Filters are period, metals, view and method.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import request

from traceability.domain.errors import BadInput
from traceability.domain.indicators import SUPPLY_SHARES, Method
from traceability.domain.period import Period, parse_period
from traceability.domain.vocabulary import NATION
from traceability.services.reporting.behind.drill_down import FigureAddress
from traceability.services.reporting.scope import Level, MonthView, join_codes

LEVELS: tuple[Level, ...] = (
    "nation", "province", "prefecture", "county", "base", "site", "group",
)  # fmt: skip
VIEWS: tuple[MonthView, ...] = ("book", "event")
Word = TypeVar("Word", bound=str)
METHODS: tuple[Method, ...] = ("official", "supply")


@dataclass(frozen=True, slots=True)
class ReportFilters:
    """Filters of a page, as they stand in its address; ``regions`` are added up as a group.

    ``level`` and ``code`` are the place, of pages that do not name it in their path. ``strict`` is a variant of
    recycled content: without metal won back in the process that made it (ISO 14021). ``at`` is the record at which
    the book is shown, 0 the newest; links to pages that show the newest leave it out.
    """

    period: Period
    metals: tuple[str, ...] = ()
    view: MonthView = "book"
    method: Method = "official"
    with_direct_use: bool = True
    regions: tuple[str, ...] = ()
    level: Level = "nation"
    code: str = NATION
    strict: bool = False
    at: int = 0

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The group of the report, if any, by its code."""
        return {join_codes(self.regions): self.regions} if self.regions else {}

    @property
    def share(self) -> str:
        """The supply share that goes first."""
        return SUPPLY_SHARES[self.method, self.with_direct_use]

    @property
    def other_method(self) -> Method:
        """The method that was not chosen."""
        return "supply" if self.method == "official" else "official"

    @property
    def other_share(self) -> str:
        """The supply share by the other method: the two stand beside one another everywhere."""
        return SUPPLY_SHARES[self.other_method, self.with_direct_use]

    def to_query(self) -> dict[str, Any]:
        """Return the filters as a query; what is usual is left out."""
        query: dict[str, Any] = {"period": str(self.period), "metal": list(self.metals)}
        if self.view != "book":
            query["view"] = self.view
        if self.method != "official":
            query["method"] = self.method
        if not self.with_direct_use:
            query["direct_use"] = "without"
        if self.regions:
            query["region"] = list(self.regions)
        if self.strict:
            query["strict"] = "yes"
        return query

    def to_place_query(self) -> dict[str, Any]:
        """Return the filters with the place, as pages that do not name it in their path have it."""
        return {"level": self.level, "code": self.code, **self.to_query()}


def read_filters(usual: Callable[[], Period], *, takes_record: bool = False) -> ReportFilters:
    """Return the filters of this request. Raises BadInput.

    ``takes_record``: of a page that shows the book as it stood at a record too.
    """
    query = request.args
    at = read_number("at")
    if at and not takes_record:
        raise BadInput("book.at_not_here")
    period = read_period() or usual()
    metals = tuple(dict.fromkeys(metal for metal in query.getlist("metal") if metal))
    view = _read_word(VIEWS, "view")
    method = _read_word(METHODS, "method")
    regions = tuple(dict.fromkeys(region for region in query.getlist("region") if region))
    if NATION in regions:
        raise BadInput("report.bad_group", text=NATION)
    level, code = _read_place()
    return ReportFilters(
        period, metals, view, method, query.get("direct_use") != "without", regions,
        level, code, query.get("strict") == "yes", at,
    )  # fmt: skip


def _read_place() -> tuple[Level, str]:
    """Return the place: the members ticked for a group, else ``place=level:code`` as the row of filters
    sends it, else ``level`` and ``code``. Raises BadInput."""
    query = request.args
    if members := [member for member in query.getlist("member") if member]:
        return "group", join_codes(members)
    if "place" in query:
        name, _, code = query["place"].partition(":")
        for level in LEVELS:
            if level == name and code:
                return level, code
        raise BadInput("report.bad_filter", text=query["place"][:40])
    return _read_word(LEVELS, "level"), query.get("code", NATION)


def read_period() -> Period | None:
    """Return a run of months, else the period chosen from the list; a month alone is that month.

    Raises BadInput.
    """
    query = request.args
    months = [query[name] for name in ("from", "to") if query.get(name)]
    if months:
        return parse_period(f"{months[0]}..{months[-1]}")
    return parse_period(query["period"]) if query.get("period") else None


def read_address(filters: ReportFilters) -> FigureAddress:
    """Return the figure that this request opens. Raises BadInput."""
    query = request.args
    spoken = tuple(metal for metal in query.get("of", "").split("+") if metal)
    return FigureAddress(
        _read_word(LEVELS, "level"), query.get("code", "CN"), query.get("indicator", ""), filters.period,
        filters.metals, filters.view, query.get("line", ""), spoken, filters.at,
    )  # fmt: skip


def address_query(address: FigureAddress) -> dict[str, Any]:
    """Return the query that opens a figure: what ``read_address`` and ``read_filters`` read."""
    query: dict[str, Any] = {
        "level": address.level, "code": address.code, "indicator": address.indicator,
        **ReportFilters(address.period, address.metals, address.view).to_query(),
    }  # fmt: skip
    if address.metal:
        query["line"] = address.metal
    if address.spoken:
        query["of"] = "+".join(address.spoken)
    if address.at:
        query["at"] = address.at
    return query


def list_pairs(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return a query as the hidden fields of a form: a key once for each of its values."""
    return [
        (key, str(one))
        for key, value in query.items()
        for one in (value if isinstance(value, list) else [value])
    ]


def read_number(name: str) -> int:
    """Return a record's number in the address; 0 where there is none. Raises BadInput."""
    text = request.args.get(name, "0")
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise BadInput("report.bad_page", text=text[:40])
    return int(text)


def _read_word(words: tuple[Word, ...], name: str) -> Word:
    """Return a filter that is one of some words, by default the first.

    Raises BadInput for any other.
    """
    text = request.args.get(name, "")
    for word in words:
        if text == word:
            return word
    if text:
        raise BadInput("report.bad_filter", text=text[:40])
    return words[0]
