"""Define materials (scrap grades, alloys, residues …) and the reference data that an event freezes
of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from traceability.domain.activities import ANY_METAL, DEFAULT_ACTIVITIES, ActivityTable
from traceability.domain.carbon import FuelFactor
from traceability.domain.certificate import CertificateKind
from traceability.domain.coverage import DEFAULT_BOUNDS, CoverageBounds
from traceability.domain.metal import DEFAULT_METALS, Metal
from traceability.domain.names import NamesByLanguage, choose_name
from traceability.domain.place import Base, Gazetteer, Region, Site, make_gazetteer
from traceability.domain.statistic import DEFAULT_KINDS, StatisticKind
from traceability.domain.vocabulary import UNKNOWN_FAMILY


class Limit(NamedTuple):
    """An element's allowed content in an alloy, in ppm of mass (1 wt % = 10 000 ppm), both ends inclusive."""

    element: str
    low_ppm: int
    high_ppm: int


class Material(NamedTuple):
    """A scrap grade, alloy, ore feed, additive, residue or by-product, as a lot's ``material`` names it.

    ``metal`` is a base metal, ``mixed`` (Zorba, motors, cable) or Fe and the like, which stay outside the supply
    share. ``fraction_ppm`` is the default metal fraction. ``low_g``/``high_g`` are the usual mass of a lot (0: none).
    ``waste_code`` marks a hazardous waste. ``refined`` and ``remelt_ingot`` are what the indicators ask.
    ``grades`` lists the scrap materials allowed for an alloy (empty: any).
    """

    id: str
    forms: tuple[str, ...]
    metal: str
    names: NamesByLanguage
    family: str = UNKNOWN_FAMILY
    fraction_ppm: int = 1_000_000
    low_g: int = 0
    high_g: int = 0
    waste_code: str = ""
    refined: bool = False
    remelt_ingot: bool = False
    limits: tuple[Limit, ...] = ()
    grades: tuple[str, ...] = ()
    standard: str = ""
    verified: bool = False

    def name(self, language: str) -> str:
        """Return the name in a language."""
        return choose_name(self.names, language)


class Tolerances(NamedTuple):
    """Editable limits, frozen into every event that uses them; all in ppm unless the name says otherwise."""

    transit_ppm: int = 3_000
    transit_molten_ppm: int = 10_000
    gain_ppm: int = 20_000
    tare_ppm: int = 20_000
    melt_loss_low_ppm: int = 1_000
    melt_loss_high_ppm: int = 150_000
    assay_gain_ppm: int = 100_000
    grade_factor: int = 10  # times beyond a grade's usual range that need an approver
    undo_min: int = 15  # minutes in which the recorder of an event may undo it


DEFAULT_TOLERANCES = Tolerances()


@dataclass(frozen=True, slots=True)
class Reference:
    """The reference data in force, read once and kept by its version."""

    version: int
    sites: Mapping[str, Site]
    materials: Mapping[str, Material]
    regions: Mapping[str, Region]
    waste_codes: Mapping[str, NamesByLanguage] = field(default_factory=dict)
    clean_modes: frozenset[str] = frozenset()  # transport modes and vehicle classes that count as clean
    tolerances: Tolerances = DEFAULT_TOLERANCES
    certificate_kinds: Mapping[str, CertificateKind] = field(default_factory=dict)
    activities: ActivityTable = DEFAULT_ACTIVITIES
    coverage: CoverageBounds = DEFAULT_BOUNDS  # between which targets are judged
    fuels: tuple[FuelFactor, ...] = ()  # of the newest factor set: what may be declared, and in which units
    statistics: Mapping[str, StatisticKind] = field(default_factory=lambda: DEFAULT_KINDS)
    metals: Mapping[str, Metal] = field(default_factory=lambda: DEFAULT_METALS)  # in the order of their list
    bases: Mapping[str, Base] = field(default_factory=dict)
    countries: Mapping[str, NamesByLanguage] = field(default_factory=dict)
    customer_classes: Mapping[str, NamesByLanguage] = field(
        default_factory=dict
    )  # in the order of their list
    ten_metals: frozenset[str] = field(init=False, compare=False)  # those that enter the supply share
    gazetteer: Gazetteer = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Make what follows from the data: the gazetteer, the metals of the supply share."""
        ten_metals = frozenset(metal.symbol for metal in self.metals.values() if metal.of_ten)
        object.__setattr__(self, "ten_metals", ten_metals)
        object.__setattr__(self, "gazetteer", make_gazetteer(self.regions, self.sites))

    def region_at(self, site: str, month: str) -> str:
        """Return the key of a site's region in a month (see ``domain/place.py``), '' of an unknown site."""
        return self.gazetteer.region_at(site, month)

    def may_record(self, site: str, event: str, time_ms: int, metal: str = ANY_METAL) -> bool:
        """Return whether a site's kinds at a moment allow a kind of event; False of an unknown site."""
        known = self.sites.get(site)
        return known is not None and self.activities.allows(known.kinds_at(time_ms), event, metal)

    def firm_of(self, site: str) -> str:
        """Return the firm that a site belongs to, '' of an unknown site."""
        return self.sites[site].firm if site in self.sites else ""

    def sites_of(self, firm: str) -> list[str]:
        """Return the sites of a firm, by id; none of the firm ''."""
        return sorted(site.id for site in self.sites.values() if firm and site.firm == firm)
