"""Sites declare power, fuel, lines and certificates, and close their months; some of them do not."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from traceability.domain.period import add_months
from traceability.exchange.demo.cast import (
    electrolyses,
    materials,
    primaries,
    read_rows,
    sites,
    smelters,
)
from traceability.exchange.demo.diary import MONTHS, TONNE, Diary, draw, scatter
from traceability.exchange.demo.plan import Plan, between

YARD_KWH = 6_400  # a month
YARD_KINDS = frozenset({"collection", "import_yard"})
ANODE_G_PER_T = 1_480_000  # CO2 that anodes set free for a tonne of aluminium
SEAL_DAY = 5
_PPM = 1_000_000


def keep_records(diary: Diary, plan: Plan) -> None:
    """Declare and seal everything of the two years."""
    tonnes = _tonnes_made(plan)
    for site in sites().values():
        if not site.firm:
            continue
        is_yard = set(site.kinds) <= YARD_KINDS
        if is_yard:
            diary.write(
                f"{site.id}/no-fuel", "declare", site.id, 0, 27, "17", type="no_fuel",
                period=diary.months.label(0),
            )  # fmt: skip
        for month in range(MONTHS):
            _declare_energy(diary, site.id, month, tonnes.get(site.id, {}), burns=not is_yard)
            if month < MONTHS - 1 and not is_missing(site.id, "seal", month):
                diary.write(
                    f"{site.id}/{month:02d}/seal", "seal", site.id, month + 1, SEAL_DAY, "08",
                    actor=f"{site.id}-supervisor", month=diary.months.label(month),
                )  # fmt: skip
    _declare_lines(diary)
    _declare_certificates(diary)


@cache
def _gaps() -> Mapping[tuple[str, str], tuple[int, int]]:
    return {
        (row["site"], row["what"]): (int(row["from"]), int(row["until"])) for row in read_rows("gaps.csv")
    }


def is_missing(site: str, what: str, month: int) -> bool:
    """Return whether a site leaves something out in a month: a seal, power or fuel."""
    first, last = _gaps().get((site, what), (MONTHS, MONTHS))
    return first <= month <= last


def _tonnes_made(plan: Plan) -> Mapping[str, Mapping[tuple[str, str], list[int]]]:
    """Return tonnes by site, (metal, route) and month."""
    made: dict[str, dict[tuple[str, str], list[int]]] = {}
    for smelter in smelters():
        key = (materials()[smelter.product].metal, "recycled")
        made.setdefault(smelter.site, {})[key] = [
            plan.recycled_of(smelter, month) // TONNE for month in range(MONTHS)
        ]
    for plant in electrolyses():
        made.setdefault(plant.site, {})["Al", "electrolysis"] = [plant.taps * plant.tap_t] * MONTHS
    for maker in primaries():
        key = (materials()[maker.product].metal, "ore")
        made.setdefault(maker.site, {})[key] = [maker.lots * maker.lot_t] * MONTHS
    return made


def _declare_energy(
    diary: Diary, site: str, month: int, made: Mapping[tuple[str, str], list[int]], *, burns: bool
) -> None:
    """Declare a month's power and fuel, and of electrolysis what its anodes set free."""
    period, name = diary.months.label(month), f"{site}/{month:02d}"
    uses = {(row["metal"], row["route"]): row for row in read_rows("consumers.csv")}
    potline = next((plant for plant in electrolyses() if plant.site == site), None)
    kwh = YARD_KWH + scatter(f"{name}/power", 900)
    renewable: dict[str, Any] = {}
    fuels: dict[tuple[str, str], int] = {}
    for key, tonnes in made.items():
        kwh += tonnes[month] * int(uses[key]["kwh_per_t"])
        burnt = (uses[key]["fuel"], uses[key]["unit"])
        fuels[burnt] = fuels.get(burnt, 0) + tonnes[month] * int(uses[key]["fuel_milli_per_t"])
    if potline:
        kwh += potline.taps * potline.tap_t * (potline.kwh_per_t - 2 * month)
        share_ppm = between(potline.renewable_first_ppm, potline.renewable_last_ppm, month)
        renewable = {"renewable_kwh": kwh * share_ppm // _PPM, "certificate": f"GEC-{site}-{month:02d}"}
        diary.write(
            f"{name}/anode", "declare", site, month, 28, "17", type="emission", period=period,
            emission="anode", co2_g=potline.taps * potline.tap_t * ANODE_G_PER_T,
        )  # fmt: skip
    if not is_missing(site, "power", month):
        diary.write(
            f"{name}/power",
            "declare",
            site,
            month,
            28,
            "18",
            type="power",
            period=period,
            kwh=kwh,
            **renewable,
        )
    if burns and not is_missing(site, "fuel", month):
        for number, ((fuel, unit), milli) in enumerate((fuels or {("diesel", "L"): 620_000}).items()):
            diary.write(
                f"{name}/fuel-{number}", "declare", site, month, 28, "18", type="fuel", period=period,
                fuel=fuel, fuel_unit=unit, fuel_milli=milli,
            )  # fmt: skip


def _declare_lines(diary: Diary) -> None:
    """Declare the lines of each calendar year in its first month, each year at its level."""
    for place, (year, months) in enumerate(diary.months.years.items()):
        for row in read_rows("lines.csv"):
            levels = row["levels"].split("|")
            diary.write(
                f"{row['site']}/{row['line']}/{place}", "declare", row["site"], months[0], 20, "16",
                actor=f"{row['site']}-supervisor", type="line", period=year, line=row["line"],
                metal=row["metal"], capacity_g=int(row["capacity_t"]) * TONNE, level=levels[place],
            )  # fmt: skip


def _declare_certificates(diary: Diary) -> None:
    """Declare certificates in the month in which they were given, and a yearly report of some sites."""
    for row in read_rows("certificates.csv"):
        month = int(row["month"])
        given = diary.months.label(month)
        diary.write(
            f"certificate/{row['number']}", "declare", row["site"], month, 22, "10",
            actor=f"{row['site']}-supervisor", type="certificate", period=given[:4],
            certificate=row["number"], certificate_kind=row["kind"], certificate_level=row["level"],
            base=row["base"], valid_from=f"{given}-15",
            valid_until=f"{add_months(given, 12 * int(row['valid_years']))}-14",
        )  # fmt: skip
    for year, months in list(diary.months.years.items())[:-1]:
        for plant in electrolyses()[:5]:
            number = f"GHG-{plant.site}-{len(months)}"
            diary.write(
                f"report/{number}", "declare", plant.site, months[-1] + 1, 15, "10",
                actor=f"{plant.site}-supervisor", type="certificate", period=year, certificate=number,
                certificate_kind="ghg_report",
                documents=[{"type": "report", "number": number, "sha256": draw(number).hex()}],
            )  # fmt: skip
