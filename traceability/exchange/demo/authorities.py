"""Authorities state their regions' output: invented to fit the book, and marked so in their documents."""

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from traceability.domain.indicators import RECYCLED_OUTPUT
from traceability.domain.period import add_months
from traceability.exchange.demo.cast import MATERIALS, Province, provinces, read_rows, sites
from traceability.exchange.demo.diary import MONTHS, TONNE, Diary
from traceability.exchange.demo.made_metal import MadeMetal

TEN = ("Al", "Cu", "Hg", "Mg", "Ni", "Pb", "Sb", "Sn", "Ti", "Zn")
NATION, NATIONAL_AUTHORITY, NATIONAL_PLANNER = "CN", "national-authority", "national-planner"
INVENTED = "虚构统计（演示数据）"
STATISTICS = MATERIALS.with_name("statistics.csv")
_PPM = 1_000_000
_LINES_PPM = 960_000
"""How much of the nation's capacity the book holds."""


def state_output(diary: Diary, made: MadeMetal) -> None:
    """State the output of each whole calendar year and of each month, of provinces and of the nation."""
    stating = [province for province in provinces().values() if province.authority]
    nation = Province(NATION, NATIONAL_AUTHORITY, NATIONAL_PLANNER, 0, 0, 0, 0)
    for year, months in diary.months.years.items():
        if len(months) == 12:
            for province in [*stating, nation]:
                _state(diary, made, province, months, year)
                _state_yearly(diary, province, months, year)
    for month in range(MONTHS):
        for province in [*stating, nation]:
            _state_monthly(diary, province, month)
            _state(diary, made, province, (month,), diary.months.label(month))


def _state(diary: Diary, made: MadeMetal, province: Province, months: tuple[int, ...], period: str) -> None:
    """State the output of a period: of the ten metals, of aluminium, and recycled of the ten."""
    amounts = {
        "": (TEN, _total_g(made, province, months, TEN)),
        "al": (("Al",), _total_g(made, province, months, ("Al",))),
        "recycled": (TEN, _recycled_g(made, province, months)),
    }
    for what, (metals, amount_g) in amounts.items():
        indicator = RECYCLED_OUTPUT if what == "recycled" else ""
        _declare(
            diary, province, months, period, what or "ten", metals=list(metals), indicator=indicator,
            output_g=amount_g,
        )  # fmt: skip


def _state_yearly(diary: Diary, province: Province, months: tuple[int, ...], year: str) -> None:
    """State of a whole year what no event can give, and the capacity of all lines of the region."""
    place = list(diary.months.years).index(year)
    for row in _rows_of(province, "year"):
        value = row["values"].split("|")[place]
        _declare_rate(diary, province, months, year, row, value)
    for row in _rows_of(province, "lines"):
        metals = row["metals"].split("+")
        held_t = sum(
            int(line["capacity_t"])
            for line in read_rows("lines.csv")
            if line["metal"] in metals and province.region in (NATION, sites()[line["site"]].province)
        )
        _declare(
            diary, province, months, year, f"{row['indicator']}-{row['metals']}", metals=metals,
            indicator=row["indicator"], output_g=held_t * _PPM // (province.coverage_ppm or _LINES_PPM) * TONNE,
        )  # fmt: skip


def _state_monthly(diary: Diary, province: Province, month: int) -> None:
    """State of a month what is counted by the month."""
    label = diary.months.label(month)
    for row in _rows_of(province, "month"):
        value = row["values"].split("|")[int(label[5:]) - 1]
        _declare_rate(diary, province, (month,), label, row, value)


def _rows_of(province: Province, by: str) -> list[Mapping[str, str]]:
    return [row for row in read_rows("statistics.csv") if (row["region"], row["by"]) == (province.region, by)]


def _declare_rate(
    diary: Diary, province: Province, months: tuple[int, ...], period: str, row: Mapping[str, str], value: str
) -> None:
    _declare(
        diary, province, months, period, f"{row['indicator']}{row['metals']}", metals=_metals_of(row),
        indicator=row["indicator"], value=value, unit=_units()[row["indicator"]],
    )  # fmt: skip


def _metals_of(row: Mapping[str, str]) -> list[str]:
    return row["metals"].split("+") if row["metals"] else []


@cache
def _units() -> Mapping[str, str]:
    with STATISTICS.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["unit"] for row in csv.DictReader(file)}


def _declare(
    diary: Diary, province: Province, months: tuple[int, ...], period: str, what: str, **stated: Any
) -> None:
    """Declare a statistic on the day after its period."""
    last = months[-1]
    day = f"{add_months(diary.months.label(last), 1)}-01"
    name = f"{province.authority}/{period_name(months)}/{what}"
    diary.write(
        name, "declare", province.authority, last, 28, actor=province.planner, recorded=day, type="statistic",
        period=period, region=province.region,
        documents=[{"type": "statistic", "number": f"{INVENTED} {province.region}-{period}"}],
        source=INVENTED, **stated,
    )  # fmt: skip
    diary.set_day(name, day)


def period_name(months: tuple[int, ...]) -> str:
    """Return how a name calls a period: by its last month, with a y if it is a year."""
    return f"{months[-1]:02d}" + ("y" if len(months) > 1 else "")


def _total_g(made: MadeMetal, province: Province, months: Iterable[int], metals: tuple[str, ...]) -> int:
    """Return output of metals, whole tonnes: what the book holds ÷ how much of it that is."""
    if province.region != NATION:
        held_g = sum(made.held_g[province.region, month, metal] for month in months for metal in metals)
        return held_g * _PPM // province.coverage_ppm // TONNE * TONNE
    months = tuple(months)
    stated_g = sum(_total_g(made, one, months, metals) for one in provinces().values() if one.coverage_ppm)
    unseen_t = sum(one.unseen_t for one in provinces().values()) if metals == TEN else 0
    return stated_g + unseen_t * TONNE * len(months)


def _recycled_g(made: MadeMetal, province: Province, months: Iterable[int]) -> int:
    """Return recycled output, whole tonnes; of a province a little more than the book holds."""
    if province.region == NATION:
        months = tuple(months)
        return sum(_recycled_g(made, one, months) for one in provinces().values())
    held_g = sum(made.recycled_g[province.region, month, metal] for month in months for metal in TEN)
    return held_g * _PPM // (province.coverage_ppm or 900_000) // TONNE * TONNE
