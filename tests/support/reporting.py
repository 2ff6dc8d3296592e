"""Record what reports add up, and find a figure of a report."""

from typing import Any

from tests.support.business import SITES, Business
from tests.support.viewing import owner_of
from traceability.domain.period import parse_period
from traceability.render.csv import write_value
from traceability.services.directory.reference import reference_in
from traceability.services.reporting.figures.report import Figure, RegionalReport, find_figure
from traceability.services.reporting.table import Table

GUIZHOU, SICHUAN, HUNAN = "520000", "510000", "430000"
Q1 = parse_period("2025-Q1")
YEAR = parse_period("2025")
SEES_ALL = owner_of(*SITES)


def figure(report: RegionalReport, code: str, indicator: str) -> Figure:
    return find_figure(report, code, indicator)


def written(table: Table) -> list[tuple[str, ...]]:
    """The header and the rows as they stand in a file."""
    return [table.columns, *(tuple(map(write_value, row)) for row in table.rows)]


def heat(
    here: Business, *, scrap_kg: float = 250, primary_kg: float = 750, at: str = "2025-02-10T10:00:00"
) -> str:
    """A heat at the Hunan plant of scrap and bought-in ore feed's worth of primary; its alloy lot."""
    lot = here.collect("tutu", scrap_kg, site="plant", at="2025-02-01T08:00:00", metal_fraction="1")
    feed = here.supply("mn-al", primary_kg, at="2025-02-02T08:00:00")
    return here.melt(lot, feed, into=scrap_kg + primary_kg, alloy="6063", at=at)[0]


def declare(
    here: Business, type_: str, period: str, site: str = "guiyang", actor: str = "chen", **fields: Any
) -> str:
    here.send(here.draft("declare", site, actor=actor, type=type_, period=period, **fields))
    return here.last_event()


def statistic(
    here: Business, region: str, period: str, grams: int, metals: list[str] | None = None, **fields: Any
) -> str:
    """Declare output of a region, of the ten metals unless others are named."""
    with here.store.read() as reader:
        ten = sorted(reference_in(reader).ten_metals)
    here.send(here.statistic(region, period, metals=metals or ten, output_g=grams, **fields))
    return here.last_event()


def metered(here: Business, period: str, kwh: int, renewable_kwh: int) -> dict[str, Any]:
    return here.draft("declare", "guiyang", type="power", period=period, kwh=kwh, renewable_kwh=renewable_kwh)
