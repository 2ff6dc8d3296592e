"""Show where the metal of a place comes from and where it goes, and the lots behind each band."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final, NamedTuple

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import BadInput
from traceability.domain.provenance import IMPORT_PREFIX
from traceability.domain.rights import Viewer
from traceability.locale import format_share, format_t
from traceability.locale.catalogues import load_catalogue
from traceability.render.charts.sankey_svg import DrawnFlow, SankeyBand, SankeyNode, draw_sankey
from traceability.render.charts.svg import HATCHED, write_swatch
from traceability.render.sheets import (
    Cell,
    Chart,
    LegendEntry,
    ReportDocument,
    Series,
    Sheet,
    SheetColumn,
    say_in_all,
)
from traceability.services.reporting.drill_down import Contribution
from traceability.services.reporting.flow_postings import BandAddress, FlowLine, open_band
from traceability.services.reporting.flows import (
    ADDITIVE,
    FAMILY,
    IMPORT,
    LOSS,
    METAL,
    PROVINCE,
    STAGES,
    FlowBand,
    FlowNode,
    FlowQuery,
    Flows,
    Stage,
    sum_flows,
)
from traceability.web.reports.filter_bar import context_of
from traceability.web.reports.report_page_parts import read_page_filters, say_of
from traceability.web.reports.report_query import ReportFilters
from traceability.web.reports.report_view import join, say_period, show_posting
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import metal_name, region_name, t

pages = Blueprint("flows", __name__)

CLASS_INKS: Final = ("post", "pre", "unspecified", "primary", "unknown")
METAL_INKS: Final = {"Al": "metal-al", "Cu": "metal-cu", "Pb": "metal-pb", "Zn": "metal-zn"}
MOST_NAMED = 2  # origins that the title names
NOT_JOINED: Final = frozenset({"stock", "loss", "difference", "within"})


@report_page(pages, "/flows")
def show() -> ReportPage:
    """Show the flows of a place: a drawing, and the same numbers as tables."""
    filters = read_page_filters()
    flows = sum_flows(current.reader(), current.viewer(), _query(filters))
    place = flows.place.name(current.language())
    finding = _say_finding(flows, place)
    head = current.reader().find_head()
    sheet = _make_sheet(flows, filters)
    charts: tuple[Chart, ...] = ()
    drawn = _draw(flows, filters, finding)
    if drawn.drawing:
        series = (Series("mass", "post"),)
        chart = Chart("flows", "sankey", sheet.id, t("flows.drawing"), finding, "from", series, *drawn)
        charts = (replace(chart, legend=_list_inks(flows)),)
    document = ReportDocument(
        f"flows_{filters.code}_{filters.period}", finding,
        say_of(place, filters, head.seq, head.record_ms), (sheet,), charts,
        (t("flows.own_only" if flows.only_own else "flows.how"), t("flows.stock_what")),
    )  # fmt: skip
    return ReportPage("flows/flows.html", document, context_of(filters, place, flows=flows))


@pages.get("/flows/lots")
def lots() -> ResponseReturnValue:
    """Show the postings, events and lots behind a band."""
    filters = read_page_filters()
    address = _read_address()
    query = _query(filters)
    viewer, after = current.viewer(), request.args.get("after", "")
    opened = open_band(current.reader(), viewer, query, address, after)
    here = {**filters.to_place_query(), **_address_query(address)}
    return render_template(
        "flows/lots.html",
        filters=filters,
        opened=opened,
        title=t("flows.band_is", source=_say(address.source), target=_say(address.target)),
        said=join(filter(None, (say_period(filters.period), *_say_told(address)))),
        lines=[show_posting(_contribution(viewer, line)) for line in opened.lines],
        back=url_for("flows.show", **filters.to_place_query()),
        first=url_for("flows.lots", **here) if after else "",
        following=url_for("flows.lots", **here, after=opened.after) if opened.after else "",
    )


def _query(filters: ReportFilters) -> FlowQuery:
    return FlowQuery(filters.level, filters.code, filters.period, filters.metals, filters.view)


def _contribution(viewer: Viewer, line: FlowLine) -> Contribution:
    row = line.detail.posting.row
    return Contribution(line.detail, line.grams, 0, viewer.shows_stay(row.site, row.region))


# --- addresses ----------------------------------------------------------------------------------


def _read_address() -> BandAddress:
    """Return the band that this request opens. Raises BadInput."""
    source, target = _read_node("source"), _read_node("target")
    if STAGES.index(source.stage) >= STAGES.index(target.stage):
        raise BadInput("report.bad_filter", text=str(request.args.get("target", ""))[:40])
    told = {name: request.args.get(name) for name in ("of", "class", "channel", "form")}
    return BandAddress(source, target, told["of"], told["class"], told["channel"], told["form"])


def _read_node(name: str) -> FlowNode:
    text = request.args.get(name, "")
    parts = text.split(":", 2)
    stage = next((stage for stage in STAGES if stage == parts[0]), None)
    if stage is None or len(parts) != 3:
        raise BadInput("report.bad_filter", text=text[:40])
    return FlowNode(stage, parts[1], parts[2])


def _address_query(address: BandAddress) -> dict[str, Any]:
    told = {
        "of": address.metal,
        "class": address.source_class,
        "channel": address.channel,
        "form": address.form,
    }
    return {
        "source": ":".join(address.source),
        "target": ":".join(address.target),
        **{name: value for name, value in told.items() if value is not None},
    }


def _href(filters: ReportFilters, address: BandAddress) -> str:
    return url_for("flows.lots", **filters.to_place_query(), **_address_query(address))


# --- words --------------------------------------------------------------------------------------


def _say(node: FlowNode) -> str:
    """Return what a node is called."""
    if node.what == PROVINCE:
        return region_name(node.code)
    if node.what == IMPORT:
        return region_name(IMPORT_PREFIX + node.code)
    if node.stage == "site_kind":
        known = f"site_kind.{node.what}"
        return t(known) if _is_word(known) else t("flows.other_kind")
    if node.what == FAMILY:
        return t(f"family.{node.code}") if _is_word(f"family.{node.code}") else node.code[:40]
    if node.what == METAL:
        return metal_name(node.code)
    known = f"flows.{node.stage}.{node.what}"
    return t(known) if _is_word(known) else node.what[:40]


def _is_word(code: str) -> bool:
    return code in load_catalogue("en").messages


def _say_told(told: BandAddress | FlowBand) -> Iterable[str]:
    """Return what is told of a band beside its ends: metal, class, channel, form."""
    parts = (
        ("", told.metal),
        ("class", told.source_class),
        ("channel", told.channel),
        ("form", told.form),
    )
    for name, value in parts:
        if not value:
            continue
        code = f"{name}.{value}"
        yield metal_name(value) if not name else t(code) if _is_word(code) else value[:40]


def _say_finding(flows: Flows, place: str) -> str:
    """Return the sentence that the page begins with: where most metal comes from, and what stays."""
    period = say_period(flows.query.period)
    if not flows.received_g:
        return t("flows.finding_none", place=place, period=period)
    named = list(flows.by_origin.items())[:MOST_NAMED]
    origins = join(
        t("flows.finding_origin", origin=_say(node), share=format_share(Fraction(grams, flows.received_g)))
        for node, grams in named
    )
    finding = t("flows.finding", place=place, period=period, origins=origins)
    share = flows.share_kept
    if share is None:
        return finding
    stays = "flows.finding_stays" if flows.home else "flows.finding_stays_within"
    finding += t(stays, share=format_share(share))
    return finding + (
        t("flows.finding_sold", share=format_share(flows.share_sold)) if flows.share_sold else ""
    )


# --- table and drawing --------------------------------------------------------------------------


def _make_sheet(flows: Flows, filters: ReportFilters) -> Sheet:
    columns = (
        SheetColumn("stage", say_in_all("flows.stage")),
        SheetColumn("from", say_in_all("flows.from")),
        SheetColumn("to", say_in_all("flows.to")),
        SheetColumn("metal", say_in_all("term.metal")),
        SheetColumn("told", say_in_all("flows.told")),
        SheetColumn("mass", say_in_all("flows.mass"), "mass"),
        SheetColumn("share", say_in_all("flows.share"), "share"),
    )
    totals: dict[tuple[Stage, Stage], int] = {}
    for band in flows.bands:
        totals[_stages(band)] = totals.get(_stages(band), 0) + band.grams
    rows = [
        (
            Cell(t(f"flows.{band.source.stage}")), Cell(_say(band.source)), Cell(_say(band.target)),
            Cell(metal_name(band.metal)), Cell(join(list(_say_told(band))[1:])),
            Cell(band.grams, _href(filters, BandAddress(*band[:6]))),
            Cell(Fraction(band.grams, totals[_stages(band)])),
        )
        for band in flows.bands
    ]  # fmt: skip
    return Sheet("flows", say_in_all("flows.table"), columns, rows, empty=t("flows.empty"))


def _stages(band: FlowBand) -> tuple[Stage, Stage]:
    return band.source.stage, band.target.stage


def _draw(flows: Flows, filters: ReportFilters, finding: str) -> DrawnFlow:
    nodes = {node: _draw_node(node) for band in flows.bands for node in (band.source, band.target)}
    drawn = [_draw_band(band, filters) for band in _merge_by_ink(flows.bands)]
    stages = [t(f"flows.{stage}") for stage in STAGES]
    described = t("flows.described", count=len(drawn), total=format_t(flows.received_g))
    return draw_sankey(
        list(nodes.values()), drawn, stages, finding, described, current.language(), "#sheet-flows"
    )


def _list_inks(flows: Flows) -> tuple[LegendEntry, ...]:
    """Return what the colours of the bands mean: classes where metal comes in, metals further on."""
    words: dict[str, str] = {}
    for band in flows.bands:
        ink = _ink(band)
        if ink in (*CLASS_INKS, ADDITIVE):
            words[ink] = t(f"class.{ink}")
        elif ink in METAL_INKS.values():
            words[ink] = metal_name(band.metal)
        else:
            words[ink] = t("flows.ink_loss" if ink == "hairline" else "flows.ink_other_metal")
    order = [*CLASS_INKS, ADDITIVE, *METAL_INKS.values(), "metal-other", "hairline"]
    return tuple(
        LegendEntry(
            write_swatch("" if ink == HATCHED else ink, mark="hatch" if ink == HATCHED else ""), words[ink]
        )
        for ink in order
        if ink in words
    )


def _draw_node(node: FlowNode) -> SankeyNode:
    return SankeyNode(
        ":".join(node),
        STAGES.index(node.stage),
        _say(node),
        node.stage != "site_kind" and node.what not in NOT_JOINED,
    )


class _Drawn(NamedTuple):
    """What is drawn as one band: bands of the same ends and colour; what they do not share is not told apart."""

    address: BandAddress
    ink: str
    grams: int


def _merge_by_ink(bands: Iterable[FlowBand]) -> list[_Drawn]:
    merged: dict[tuple[FlowNode, FlowNode, str], _Drawn] = {}
    for band in bands:
        ink, address = _ink(band), BandAddress(*band[:6])
        held = merged.get((band.source, band.target, ink))
        if held is not None:
            address = BandAddress(
                band.source,
                band.target,
                *(
                    one if one == other else None
                    for one, other in zip(_list_told(held.address), _list_told(address), strict=True)
                ),
            )
        grams = band.grams + (held.grams if held else 0)
        merged[band.source, band.target, ink] = _Drawn(address, ink, grams)
    return list(merged.values())


def _list_told(address: BandAddress) -> tuple[str | None, ...]:
    return address.metal, address.source_class, address.channel, address.form


def _draw_band(drawn: _Drawn, filters: ReportFilters) -> SankeyBand:
    address = drawn.address
    ends = (":".join(address.source), ":".join(address.target))
    return SankeyBand(*ends, drawn.ink, drawn.grams, join(_say_told(address)), _href(filters, address))


def _ink(band: FlowBand) -> str:
    """Return the colour of a band: that of its class where it has one, else of its metal."""
    if band.source.what == ADDITIVE:
        return ADDITIVE
    if LOSS in (band.source.what, band.target.what):
        return "hairline"
    if band.source_class in CLASS_INKS:
        return band.source_class
    return METAL_INKS.get(band.metal, "metal-other")
