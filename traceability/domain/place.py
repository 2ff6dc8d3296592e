"""Define sites, and the regions (GB/T 2260 codes) that their figures add up in."""

from dataclasses import dataclass
from typing import NamedTuple

from traceability.domain.calendar import month_of
from traceability.domain.names import NamesByLanguage, choose_name
from traceability.domain.vocabulary import NATION


@dataclass(frozen=True, slots=True)
class Region:
    """A county, prefecture or province: six digits of GB/T 2260, or CN for the nation."""

    code: str
    names: NamesByLanguage

    def name(self, language: str) -> str:
        """Return the name in a language."""
        return choose_name(self.names, language)


@dataclass(frozen=True, slots=True)
class Licence:
    """A dated permission to handle waste codes; dates are ISO days, both inclusive."""

    number: str
    waste_codes: tuple[str, ...]
    valid_from: str
    valid_until: str

    def covers(self, waste_code: str, day: str) -> bool:
        """Return whether the licence is in force on ``day`` for this waste code."""
        return waste_code in self.waste_codes and self.valid_from <= day <= self.valid_until


class DatedKinds(NamedTuple):
    """What kinds a site is of from the first of a month on, 00:00 in Asia/Shanghai."""

    from_month: str  # 2025-07
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """A place that holds lots: a yard, plant or warehouse of one firm in one region.

    ``kinds`` are those that it began with, ``later_kinds`` in the order of their months what it became.
    """

    id: str
    names: NamesByLanguage
    kinds: tuple[str, ...]
    region: str
    firm: str
    licences: tuple[Licence, ...] = ()
    later_kinds: tuple[DatedKinds, ...] = ()

    def kinds_at(self, time_ms: int) -> tuple[str, ...]:
        """Return the kinds in force at a moment."""
        kinds = self.kinds
        if self.later_kinds:
            month = month_of(time_ms)
            for later in self.later_kinds:
                if later.from_month <= month:
                    kinds = later.kinds
        return kinds

    def was_ever(self, kind: str) -> bool:
        """Return whether the site is, was or will be of a kind."""
        return kind in self.kinds or any(kind in later.kinds for later in self.later_kinds)

    def name(self, language: str) -> str:
        """Return the name in a language."""
        return choose_name(self.names, language)


def province_of(region: str) -> str:
    """Return the province of a region: 430681 -> 430000."""
    return region[:2] + "0000" if region != NATION else NATION


def prefecture_of(region: str) -> str:
    """Return the prefecture of a region: 430681 -> 430600."""
    return region[:4] + "00" if region != NATION else NATION


def lies_in(region: str, wider: str) -> bool:
    """Return whether a region is another one or a part of it: 430681 lies in 430600, 430000 and CN."""
    return wider in (region, prefecture_of(region), province_of(region), NATION)


def places_of(site: str, region: str) -> tuple[str, str, str, str]:
    """Return the places that a site's figures are tallied at, as keys of the tallies (see
    ``place_key``)."""
    return (
        place_key("site", site),
        place_key("prefecture", prefecture_of(region)),
        place_key("province", province_of(region)),
        place_key("nation", NATION),
    )


def place_key(level: str, code: str) -> str:
    """Return a place as one text, ``province:430000``: a prefecture and a province may share a
    code, and a site may too."""
    return f"{level}:{code}"
