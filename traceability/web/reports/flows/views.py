"""Show where the metal of a place comes from and where it goes, and the lots behind each band."""

from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import BadInput
from traceability.domain.rights import Viewer
from traceability.locale import format_share
from traceability.render.sheets import (
    Cell,
    Chart,
    ReportDocument,
    Row,
    Series,
    Sheet,
    SheetColumn,
    say_in_all,
)
from traceability.services.reporting.behind.drill_down import Contribution
from traceability.services.reporting.flows.bands import ELSEWHERE, HOME, Flows, FlowShare, sum_flows
from traceability.services.reporting.flows.legs import ABROAD, STAGES, FlowNode, FlowQuery, Stage
from traceability.services.reporting.flows.postings import (
    BUYER,
    BandAddress,
    FlowLine,
    JoinedBand,
    join_bands,
    open_band,
)
from traceability.web.reports.filters.bar import context_of
from traceability.web.reports.filters.page import read_page_filters, say_of
from traceability.web.reports.filters.query import ReportFilters
from traceability.web.reports.flows.drawing import draw_flows, list_inks
from traceability.web.reports.flows.words import say_buyer, say_node, say_share, say_told
from traceability.web.reports.report_view import join, say_period, show_posting
from traceability.web.shell import current
from traceability.web.shell.report_pages import ReportPage, report_page
from traceability.web.shell.words import metal_name, t

pages = Blueprint("flows", __name__)

MOST_NAMED: Final = 2  # origins that the title names
MOST_ROWS: Final = 120  # of the table; what is more is told apart by less
ENDS: Final = ("province", BUYER)
"""What the drawing ends at: provinces and countries, or classes of customers."""


@report_page(pages, "/flows")
def show() -> ReportPage:
    """Show the flows of a place: shares, a drawing, and the same numbers as a table."""
    filters = read_page_filters()
    ends = request.args.get("ends", ENDS[0])
    if ends not in ENDS:
        raise BadInput("report.bad_filter", text=ends[:40])
    flows = sum_flows(current.reader(), current.viewer(), _query(filters))
    place = flows.place.name(current.language())
    finding = say_flows(flows, place)
    head = current.reader().find_head()
    sheet, charts = make_flows_parts(flows, filters, finding, by_buyer=ends == BUYER)
    sheets = (_make_shares_sheet(flows), sheet)
    document = ReportDocument(
        f"flows_{filters.code}_{filters.period}", finding,
        say_of(place, filters, head.seq, head.record_ms), sheets, charts,
        (t("flows.own_only" if flows.only_own else "flows.how"), t("flows.stock_what"), t("flows.not_drawn")),
    )  # fmt: skip
    choices = [
        (t(f"flows.ends.{one}"), url_for("flows.show", **filters.to_place_query(), ends=one), one == ends)
        for one in ENDS
    ]
    return ReportPage(
        "flows/flows.html",
        document,
        context_of(filters, place, choices=choices, breakdown=_list_breakdown(flows)),
    )


def make_flows_parts(
    flows: Flows, filters: ReportFilters, finding: str, *, by_buyer: bool = False, most_rows: int = MOST_ROWS
) -> tuple[Sheet, tuple[Chart, ...]]:
    """Return the table of flows, and the drawing of it where anything flows."""
    sheet = _make_sheet(flows, filters, most_rows)
    drawn = draw_flows(flows, finding, lambda address: _href(filters, address), by_buyer=by_buyer)
    if not drawn.drawing:
        return sheet, ()
    series = (Series("mass", "post"),)
    chart = Chart("flows", "sankey", sheet.id, t("flows.drawing"), finding, "from", series, *drawn)
    return sheet, (replace(chart, x_beside="to", legend=list_inks(flows)),)


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
        title=t("flows.band_is", source=say_node(address.source), target=say_node(address.target)),
        said=join(filter(None, (say_period(filters.period), *say_told(address)))),
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

TOLD: Final = ("of", "class", "channel", "form", "buyer")


def _read_address() -> BandAddress:
    """Return the band that this request opens. Raises BadInput."""
    source, target = _read_node("source"), _read_node("target")
    stages = STAGES.index(source.stage), STAGES.index(target.stage)
    if stages[0] > stages[1] or (stages[0] == stages[1] and source.stage != "site_kind"):
        raise BadInput("report.bad_filter", text=str(request.args.get("target", ""))[:40])
    return BandAddress(source, target, *(request.args.get(name) for name in TOLD))


def _read_node(name: str) -> FlowNode:
    text = request.args.get(name, "")
    parts = text.split(":", 2)
    stage = next((stage for stage in STAGES if stage == parts[0]), None)
    if stage is None or len(parts) != 3:
        raise BadInput("report.bad_filter", text=text[:40])
    return FlowNode(stage, parts[1], parts[2])


def _address_query(address: BandAddress) -> dict[str, Any]:
    told = (address.metal, address.source_class, address.channel, address.form, address.buyer)
    return {
        "source": ":".join(address.source),
        "target": ":".join(address.target),
        **{name: value for name, value in zip(TOLD, told, strict=True) if value is not None},
    }


def _href(filters: ReportFilters, address: BandAddress) -> str:
    return url_for("flows.lots", **filters.to_place_query(), **_address_query(address))


# --- words --------------------------------------------------------------------------------------


def say_flows(flows: Flows, place: str) -> str:
    """Return the sentence that the page begins with: where most metal comes from, where products go."""
    period = say_period(flows.query.period)
    if not flows.received_g:
        return t("flows.finding_none", place=place, period=period)
    named = list(flows.by_origin)[:MOST_NAMED]
    origins = join(
        t("flows.finding_origin", origin=say_node(node), share=format_share(flows.share_received(node)))
        for node in named
    )
    finding = t("flows.finding", place=place, period=period, origins=origins)
    if not flows.sent_product_g:
        return finding + t("flows.finding_kept_all")
    parts = []
    if flows.home:
        parts.append(t("flows.finding_stays", share=format_share(flows.share_kept)))
    elif flows.query.level == "nation":
        parts.append(t("flows.finding_inland", share=format_share(flows.share_kept)))
    if farther := _find_farther(flows):
        share = format_share(Fraction(flows.by_destination[farther], flows.sent_product_g))
        said = "flows.finding_to" if flows.home else "flows.finding_most"
        parts.append(t(said, place=say_node(farther), share=share))
    if flows.share_lost_sight:
        parts.append(t("flows.finding_unknown", share=format_share(flows.share_lost_sight)))
    return finding + t("flows.finding_products", parts=join(parts))


def _list_breakdown(flows: Flows) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the shares as the page begins with them: (group, its parts with their shares)."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for share in flows.shares:
        said = (_say_part(flows, share), format_share(share.share))
        groups.setdefault(t(f"flows.group.{share.group}"), []).append(said)
    return list(groups.items())


def _find_farther(flows: Flows) -> FlowNode | None:
    """Return the largest destination of products outside the own province; of a nation the largest known one."""
    told = (ELSEWHERE, ABROAD) if flows.query.level != "nation" else (HOME, ABROAD)
    return next((node for node in flows.by_destination if flows.tell_apart(node) in told), None)


# --- tables -------------------------------------------------------------------------------------


def _make_shares_sheet(flows: Flows) -> Sheet:
    columns = (
        SheetColumn("group", say_in_all("flows.group")),
        SheetColumn("part", say_in_all("flows.part")),
        SheetColumn("mass", say_in_all("flows.mass"), "mass"),
        SheetColumn("share", say_in_all("flows.share"), "share", bar=True),
    )
    rows: list[Row] = [
        (
            Cell(t(f"flows.group.{share.group}")), Cell(_say_part(flows, share)),
            Cell(share.grams), Cell(share.share),
        )
        for share in flows.shares
    ]  # fmt: skip
    return Sheet("flow_shares", say_in_all("flows.shares"), columns, rows, empty=t("flows.empty"))


def _say_part(flows: Flows, share: FlowShare) -> str:
    """Return what a share is called; the own part of a nation is not a province."""
    inland = flows.query.level == "nation" and share.part == HOME
    return t("flows.inland") if inland else say_share(share)


def _make_sheet(flows: Flows, filters: ReportFilters, most_rows: int) -> Sheet:
    columns = (
        SheetColumn("stage", say_in_all("flows.stage")),
        SheetColumn("from", say_in_all("flows.from")),
        SheetColumn("to", say_in_all("flows.to")),
        SheetColumn("metal", say_in_all("term.metal")),
        SheetColumn("told", say_in_all("flows.told")),
        SheetColumn("channel", say_in_all("flows.channel")),
        SheetColumn("buyer", say_in_all("flows.buyer")),
        SheetColumn("mass", say_in_all("flows.mass"), "mass"),
        SheetColumn("share", say_in_all("flows.share"), "share"),
    )
    joined = join_bands(flows.bands, most_rows)
    totals: dict[tuple[Stage, Stage], int] = {}
    for one in joined:
        totals[_stages(one)] = totals.get(_stages(one), 0) + one.grams
    rows = [_make_row(one, totals[_stages(one)], filters) for one in joined]
    return Sheet("flows", say_in_all("flows.table"), columns, rows, empty=t("flows.empty"))


def _make_row(joined: JoinedBand, total: int, filters: ReportFilters) -> Row:
    address = joined.address
    mass, share = joined.grams, Fraction(joined.grams, total)
    stage = Cell(t(f"flows.{address.source.stage}"))
    if joined.rest:
        rest = Cell(t("flows.other_bands", count=joined.number))
        return (stage, rest, *[Cell("")] * 5, Cell(mass), Cell(share))
    told = join(say_told(replace(address, metal=None, channel=None, buyer=None)))
    return (
        stage, Cell(say_node(address.source)), Cell(say_node(address.target)),
        Cell(metal_name(address.metal) if address.metal else ""), Cell(told),
        Cell(t(f"channel.{address.channel}") if address.channel else ""),
        Cell(say_buyer(address.buyer) if address.buyer else ""),
        Cell(mass, _href(filters, address)), Cell(share),
    )  # fmt: skip


def _stages(joined: JoinedBand) -> tuple[Stage, Stage]:
    return joined.address.source.stage, joined.address.target.stage
