"""Authorities state their regions' output: invented to fit the book, and marked so in their documents."""

from collections.abc import Iterable

from traceability.domain.indicators import RECYCLED_OUTPUT
from traceability.domain.period import add_months
from traceability.exchange.demo.cast import Province, provinces
from traceability.exchange.demo.diary import MONTHS, TONNE, Diary
from traceability.exchange.demo.made_metal import MadeMetal

TEN = ("Al", "Cu", "Hg", "Mg", "Ni", "Pb", "Sb", "Sn", "Ti", "Zn")
NATION, NATIONAL_AUTHORITY, NATIONAL_PLANNER = "CN", "national-authority", "national-planner"
INVENTED = "虚构统计（演示数据）"
_PPM = 1_000_000


def state_output(diary: Diary, made: MadeMetal) -> None:
    """State the output of each whole calendar year and of each month, of provinces and of the nation."""
    stating = [province for province in provinces().values() if province.authority]
    nation = Province(NATION, NATIONAL_AUTHORITY, NATIONAL_PLANNER, 0, 0, 0, 0)
    for year, months in diary.months.years.items():
        if len(months) == 12:
            for province in [*stating, nation]:
                _state(diary, made, province, months, year)
    for month in range(MONTHS):
        for province in [*stating, nation]:
            _state(diary, made, province, (month,), diary.months.label(month))


def _state(diary: Diary, made: MadeMetal, province: Province, months: tuple[int, ...], period: str) -> None:
    """State the output of a period: of the ten metals, of aluminium, and recycled of the ten."""
    last = months[-1]
    amounts = {
        "": (TEN, _total_g(made, province, months, TEN)),
        "al": (("Al",), _total_g(made, province, months, ("Al",))),
        "recycled": (TEN, _recycled_g(made, province, months)),
    }
    day = f"{add_months(diary.months.label(last), 1)}-01"
    for what, (metals, amount_g) in amounts.items():
        name = f"{province.authority}/{period_name(months)}/{what or 'ten'}"
        diary.write(
            name, "declare", province.authority, last, 28, actor=province.planner, recorded=day,
            type="statistic", period=period, region=province.region, metals=list(metals),
            indicator=RECYCLED_OUTPUT if what == "recycled" else "", output_g=amount_g,
            documents=[{"type": "statistic", "number": f"{INVENTED} {province.region}-{period}"}],
            source=INVENTED,
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
