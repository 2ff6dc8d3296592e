"""Plan how much each province and plant makes in a month: shares that grow, and a dip at the spring festival.

Statistics are invented to fit the book: output of the ten metals is planned so that the book covers as much of it as
``provinces.csv`` says, and recycled output is the planned share of that.
"""

from collections.abc import Mapping
from functools import cached_property

from traceability.exchange.demo.cast import (
    Electrolysis,
    Primary,
    Province,
    Smelter,
    electrolyses,
    materials,
    primaries,
    provinces,
    sites,
    smelters,
)
from traceability.exchange.demo.diary import MONTHS, TONNE, Months

SEASON_PPM = (
    900_000, 600_000, 1_030_000, 1_050_000, 1_050_000, 1_040_000,
    1_000_000, 1_000_000, 1_060_000, 1_060_000, 1_100_000, 1_110_000,
)  # fmt: skip
"""Recycled output by calendar month, of the year's mean: yards and smelters close around the spring festival."""

ORE_COPPER_T = 350
"""Copper that Guixi makes from concentrate in a month."""
COPPER_SMELTER = "guixi-cu"

WITHOUT_STATISTICS_T = (120, 150)
"""Recycled output a month, at the start and the end, of a province whose output no authority states."""
_PPM = 1_000_000


def between(first: int, last: int, month: int) -> int:
    """Return what lies between the value of the first month and that of the last."""
    return first + (last - first) * month // (MONTHS - 1)


CAST_PPM = 984_000
"""What a casthouse makes of the metal that it charges."""


def cold_charge_g(plant: Electrolysis, month: int) -> int:
    """Return the metal of the scrap that a casthouse charges in a month beside its liquid."""
    direct_ppm = between(plant.direct_first_ppm, plant.direct_last_ppm, month)
    direct_g = plant.taps * plant.tap_t * TONNE * direct_ppm // _PPM
    return direct_g * plant.scrap_ppm // _PPM


def scrap_at_g(plant: Primary) -> int:
    """Return the metal of the scrap that a plant melts in a month beside what it makes from ore."""
    return plant.lots * plant.lot_t * TONNE * plant.scrap_ppm // _PPM


class Plan:
    """What each province recycles and makes, in grams, by the number of the month."""

    def __init__(self, months: Months) -> None:
        self.months = months

    @cached_property
    def primary_g(self) -> Mapping[str, int]:
        """What a province makes from ore and power in a month."""
        made = dict.fromkeys(provinces(), 0)
        for plant in electrolyses():
            made[sites()[plant.site].province] += plant.taps * plant.tap_t * TONNE
        for maker in primaries():
            made[sites()[maker.site].province] += maker.lots * maker.lot_t * TONNE
        made[sites()[COPPER_SMELTER].province] += ORE_COPPER_T * TONNE
        return made

    @cached_property
    def refined_percent(self) -> Mapping[str, int]:
        """How much of its recycled output a province refines, and so counts among its ten metals."""
        refined = dict.fromkeys(provinces(), 0)
        for plant in smelters():
            if materials()[plant.product].refined:
                refined[sites()[plant.site].province] += plant.weight
        return refined

    def season_ppm(self, month: int) -> int:
        """Return the season of a month."""
        return SEASON_PPM[int(self.months.label(month)[5:]) - 1]

    def ten_metal_output_g(self, province: Province, month: int) -> int:
        """Return the output of the ten metals, before the season."""
        share_ppm = between(province.share_first_ppm, province.share_last_ppm, month)
        covered_ppm = province.coverage_ppm - share_ppm * self.refined_percent[province.region] // 100
        return self.primary_g[province.region] * _PPM // covered_ppm

    def recycled_g(self, province: Province, month: int) -> int:
        """Return what a province recycles in a month."""
        if not province.coverage_ppm:
            steady_g = between(*WITHOUT_STATISTICS_T, month) * TONNE
        else:
            share_ppm = between(province.share_first_ppm, province.share_last_ppm, month)
            steady_g = self.ten_metal_output_g(province, month) * share_ppm // _PPM
        return steady_g * self.season_ppm(month) // _PPM

    def recycled_of(self, plant: Smelter, month: int) -> int:
        """Return what a plant recycles in a month."""
        province = provinces()[sites()[plant.site].province]
        elsewhere = [(one.site, cold_charge_g(one, month)) for one in electrolyses()]
        elsewhere += [(one.site, scrap_at_g(one)) for one in primaries()]
        elsewhere_g = sum(
            grams * CAST_PPM // _PPM for site, grams in elsewhere if sites()[site].province == province.region
        )
        return (self.recycled_g(province, month) - elsewhere_g) * plant.weight // 100
