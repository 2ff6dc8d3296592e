"""Move sites, and merge, rename and split regions, as an administrator would; check that all figures add up."""

from typing import Any, cast

from graph.store import Store
from tests.support.reporting import SEES_ALL
from traceability.domain.period import parse_period
from traceability.services.directory.reference import ReferenceDocument, put_reference, settings_in
from traceability.services.reporting.behind.drill_down import FigureAddress, open_figure
from traceability.services.reporting.figures.report import report_for
from traceability.services.reporting.scope import Level, MonthView


def move_site(store: Store, site: str, *moves: tuple[str, str] | tuple[str, str, str]) -> None:
    """Let a site be in other regions (and bases) from months on: (month, region, base)."""
    with store.read() as reader:
        body = dict(reader.find_documents("site", [site])[site].body)
    body["moves"] = [
        {"from": month, "region": region, "base": base[0] if base else ""} for month, region, *base in moves
    ]
    store.write(lambda writer: put_reference(writer, [ReferenceDocument("site", site, body)]))


def put_regions(store: Store, *rows: dict[str, Any]) -> None:
    """Put rows of regions over those of the same code and first month."""
    with store.read() as reader:
        known = settings_in(reader)["regions"]["rows"]
    merged = {(row["code"], row.get("from", "")): row for row in [*known, *rows]}
    entry = ReferenceDocument("setting", "regions", {"rows": list(merged.values())})
    store.write(lambda writer: put_reference(writer, [entry]))


def end_region(store: Store, code: str, until: str, *successors: str) -> None:
    """Let a region end with a month, and become (part of) others."""
    row = {"code": code, "zh": code, "en": code, "until": until, "successors": "|".join(successors)}
    put_regions(store, row)


MASSES = ("recycled_output", "primary_output", "collected", "open_liquid_start", "open_liquid_end")
OPENED = ("recycled_output", "open_liquid_end")


def check_parts(store: Store, period: str) -> None:
    """Check that every report adds up exactly what its rows show, and opens to postings that do."""
    places: list[tuple[Level, str]] = [("nation", "CN"), ("base", "miluo-park")]
    months = parse_period(period)
    views: tuple[MonthView, ...] = ("book", "event")
    now_ms = newest_ms(store)
    with store.read() as reader:
        while places:
            level, code = places.pop()
            for view in views:
                report = report_for(reader, level, code, months, view=view)
                for id_ in MASSES:
                    where = (level, code, period, id_, view)
                    total = report.total.figures[id_].numerator or 0
                    if level != "site":
                        assert sum(row.figures[id_].numerator or 0 for row in report.rows) == total, where
                    if id_ in OPENED:
                        address = FigureAddress(level, code, id_, months, view=view)
                        opened = open_figure(reader, SEES_ALL, address, now_ms, limit=1000)
                        assert sum(line.numerator for line in opened.lines) == total, where
                if view == "book" and level != "base":
                    places += [(cast("Level", row.level), row.code) for row in report.rows]


def newest_ms(store: Store) -> int:
    """Return the time of the newest record."""
    with store.read() as reader:
        newest = reader.find_events_by_seq([reader.find_head().seq])
    return next(iter(newest.values())).record_ms
