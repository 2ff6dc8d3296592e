"""Offer the filters of a report page in one row: place, period, method, metals, months, direct use, strict."""

from typing import Any, NamedTuple

from flask import current_app, request, url_for

from traceability.domain.period import Period
from traceability.domain.place import LAST_MONTH
from traceability.domain.vocabulary import NATION
from traceability.services.directory.saved_views import SavedView, list_views
from traceability.services.reporting.figures.disclosure import find_open
from traceability.services.reporting.periods import list_periods
from traceability.services.reporting.scope import (
    NATION_PLACE,
    REGION_LEVELS,
    Whereabouts,
    bases_within,
    find_whereabouts,
    name_place,
    split_place,
)
from traceability.web.reports.filters.query import METHODS, VIEWS, ReportFilters
from traceability.web.reports.filters.taken import FILTERS, find_taken, takes_period
from traceability.web.reports.report_view import join, say_period
from traceability.web.shell import current
from traceability.web.shell.navigation import REPORTS
from traceability.web.shell.words import metal_name, name_of, region_name, t


class PlaceChoice(NamedTuple):
    """A place that the row offers; ``key`` is level:code."""

    key: str
    name: str


class RelatedPage(NamedTuple):
    """Another report page of the same place, period and metals."""

    name: str
    href: str
    is_here: bool


class FilterBar(NamedTuple):
    """What the row offers, and what is chosen. Groups of places have a heading each.

    ``kept`` are further keys of the address that the form sends again; ``address`` is this page with its
    filters, ``saved`` the views kept; ``related`` are other pages with the same filters.
    """

    filters: ReportFilters
    action: str
    place: str
    places: list[tuple[str, list[PlaceChoice]]]
    chosen_place: str
    regions: list[tuple[str, str]]
    years: list[tuple[str, list[tuple[str, str]]]]
    period: str
    months: list[str]
    metals: list[tuple[str, str]]
    other_metals: list[tuple[str, str]]
    metals_said: str
    views: tuple[str, ...]
    methods: tuple[str, ...]
    kept: list[tuple[str, str]]
    address: str
    saved: list[SavedView]
    related: list[RelatedPage]
    takes: frozenset[str] = frozenset()
    ignored: str = ""


OF_NO_PLACE = frozenset({"report.show", "month_reports.show", "register.show", "api.docs"})
"""Report pages that a row of filters does not lead to by the place: the first is that of the nation."""
_FILTER_KEYS = frozenset(
    {"place", "member", "level", "code", "region", "period", "from", "to", "metal", "view", "method", "direct_use",
     "strict", "sort"}
)  # fmt: skip


def make_filter_bar(filters: ReportFilters, place: str) -> FilterBar:
    """Return the row of filters of this page; ``place`` is the name of the place that it is of."""
    takes = find_taken()
    ignored = [name for name in FILTERS if name not in takes and any(request.args.getlist(name))]
    query = request.query_string.decode("utf-8", "replace")
    address = f"{request.path}?{query}" if query else request.path
    reader, viewer, language = current.reader(), current.viewer(), current.language()
    periods = list_periods(reader)
    reference = current.reference()
    metals = reference.metals.values()
    return FilterBar(
        filters,
        request.path,
        place,
        _list_places(filters, language),
        f"{filters.level}:{filters.code}",
        _list_regions(filters),
        [
            (year, [(str(one), say_period(one)) for one in listed])
            for year, listed in _with(periods.years, filters.period)
        ],
        say_period(filters.period),
        periods.months,
        [(metal.symbol, metal_name(metal.symbol)) for metal in metals if metal.of_ten],
        [(metal.symbol, metal_name(metal.symbol)) for metal in metals if not metal.of_ten],
        join(map(metal_name, filters.metals)) or t("filter.all_metals"),
        VIEWS[:1] if viewer.is_firm else VIEWS,
        METHODS,
        [
            (key, value)
            for key, values in request.args.to_dict(flat=False).items()
            if key not in _FILTER_KEYS or key in ignored
            for value in values
        ],
        address,
        list_views(reader, current.signed_in().id),
        list_related(filters),
        takes,
        join(t(f"filter_name.{name}") for name in (*ignored, *_ignored_period())),
    )


def _ignored_period() -> tuple[str, ...]:
    """Return the period where the address names one and the page is of what stands now."""
    named = any(request.args.get(name) for name in ("period", "from", "to"))
    return ("period",) if named and not takes_period() else ()


def list_related(filters: ReportFilters) -> list[RelatedPage]:
    """Return the report pages of a place, each with these filters."""
    query = filters.to_place_query()
    if filters.level != "nation":
        region = url_for("report.region", **query)
    else:
        region = url_for("report.show", **filters.to_query())
    pages = [
        RelatedPage(t(entry.code), url_for(entry.endpoint, **query), request.endpoint == entry.endpoint)
        for entry in REPORTS
        if entry.endpoint not in OF_NO_PLACE and entry.endpoint in current_app.view_functions
    ]
    return [
        RelatedPage(t("menu.report"), region, request.endpoint in ("report.show", "report.region")),
        *pages,
    ]


def _with(years: list[tuple[str, list[Period]]], chosen: Period) -> list[tuple[str, list[Period]]]:
    """Return the years with a chosen period that is none of them at the top."""
    return years if any(chosen in listed for _, listed in years) else [("", [chosen]), *years]


def _list_places(filters: ReportFilters, language: str) -> list[tuple[str, list[PlaceChoice]]]:
    """Return the places that are open to the viewer: nation and provinces, what lies within the chosen one,
    its bases, and the sites in view."""
    whereabouts, viewer = find_whereabouts(current.reader()), current.viewer()
    is_open = find_open(whereabouts, viewer)
    reference, last = current.reference(), filters.period.last or LAST_MONTH

    def choices(keys: list[str]) -> list[PlaceChoice]:
        return [
            PlaceChoice(key, name_place(key, reference, last).name(language)) for key in keys if is_open(key)
        ]

    provinces = [f"province:{code}" for code in reference.gazetteer.list_below(NATION)]
    groups = [("regions", choices([NATION_PLACE, *provinces]))]
    chosen = f"{filters.level}:{filters.code}"
    if filters.level in REGION_LEVELS:
        groups.append(("within", choices(_list_inner(filters, whereabouts))))
        bases = bases_within(chosen, whereabouts, filters.period.first, filters.period.last)
        named = [PlaceChoice(f"base:{base.code}", base.name(language)) for base in bases]
        groups.append(("bases", [one for one in named if is_open(one.key)]))
    sites = sorted(current.sites_in_view(), key=lambda site: site.id)
    groups.append(
        ("sites", [PlaceChoice(f"site:{site.id}", name_of(site)) for site in sites if not site.is_authority])
    )
    if not any(chosen == choice.key for _, listed in groups for choice in listed):
        groups.insert(
            0, ("chosen", [PlaceChoice(chosen, name_place(chosen, reference, last).name(language))])
        )
    return [(heading, listed) for heading, listed in groups if listed]


def _list_inner(filters: ReportFilters, whereabouts: Whereabouts) -> list[str]:
    """Return the prefectures and counties of the province of a region, or of the nation, and those of a prefecture."""
    upper = filters.code[:2].ljust(6, "0") if filters.level != "nation" else ""
    first, last = filters.period.first, filters.period.last
    within = whereabouts.places_within(f"province:{upper}" if upper else NATION_PLACE, first, last)
    inner = [key for key in within if split_place(key)[0] in ("prefecture", "county")]
    if filters.level == "prefecture":
        below = whereabouts.places_within(f"{filters.level}:{filters.code}", first, last)
        inner += [key for key in below if split_place(key)[0] == "county"]
    return list(dict.fromkeys(inner))


def _list_regions(filters: ReportFilters) -> list[tuple[str, str]]:
    """Return the provinces that a group can be made of, and the regions that the address names."""
    if current.viewer().is_firm:
        return []
    codes = [*current.reference().gazetteer.list_below(NATION), *filters.regions]
    if filters.level == "group":
        codes += filters.code.split(",")
    return [(code, region_name(code)) for code in dict.fromkeys(codes)]


def context_of(filters: ReportFilters, place: str, **more: Any) -> dict[str, Any]:
    """Return what the template of a report page needs: its filters and the row that changes them."""
    return {"filters": filters, "filter_bar": make_filter_bar(filters, place), **more}
