"""What does a report's address ask for: period, metals, view and method, all of it in the query of the page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from flask import request

from traceability.domain.errors import BadInput
from traceability.domain.period import Period, parse_period
from traceability.domain.vocabulary import NATION
from traceability.services.reporting.figures import Address
from traceability.services.reporting.scope import Level, View, join_codes

LEVELS: tuple[Level, ...] = ("nation", "province", "prefecture", "site", "group")
VIEWS: tuple[View, ...] = ("book", "event")
Word = TypeVar("Word", bound=str)
Method = Literal["official", "supply"]
METHODS: tuple[Method, ...] = ("official", "supply")
SHARES = {
    ("official", True): "supply_share_official",
    ("official", False): "supply_share_official_refined",
    ("supply", True): "supply_share",
    ("supply", False): "supply_share_refined",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a page, as they stand in its address; ``regions`` are added up as a group of the report."""

    period: Period
    metals: tuple[str, ...] = ()
    view: View = "book"
    method: Method = "official"
    with_direct_use: bool = True
    regions: tuple[str, ...] = ()

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The group of the report, if any, by its code."""
        return {join_codes(self.regions): self.regions} if self.regions else {}

    @property
    def share(self) -> str:
        """The supply share that goes first."""
        return SHARES[self.method, self.with_direct_use]

    @property
    def other_share(self) -> str:
        """The share by the other method: the two stand beside one another everywhere."""
        return SHARES["supply" if self.method == "official" else "official", self.with_direct_use]

    def query(self) -> dict[str, Any]:
        """The filters as a query; what is usual is left out."""
        found: dict[str, Any] = {"period": str(self.period), "metal": list(self.metals)}
        if self.view != "book":
            found["view"] = self.view
        if self.method != "official":
            found["method"] = self.method
        if not self.with_direct_use:
            found["direct_use"] = "without"
        if self.regions:
            found["region"] = list(self.regions)
        return found


def read_asked(usual: Callable[[], Period]) -> Asked:
    """The filters of this request. Raises BadInput."""
    given = request.args
    period = _read_period() or usual()
    metals = tuple(dict.fromkeys(metal for metal in given.getlist("metal") if metal))
    view = _one_of(VIEWS, "view")
    method = _one_of(METHODS, "method")
    regions = tuple(dict.fromkeys(region for region in given.getlist("region") if region))
    if NATION in regions:
        raise BadInput("report.bad_group", text=NATION)
    return Asked(period, metals, view, method, given.get("direct_use") != "without", regions)


def _read_period() -> Period | None:
    """A run of months goes before a period chosen from the list; a month alone is that month. Raises BadInput."""
    given = request.args
    months = [given[name] for name in ("from", "to") if given.get(name)]
    if months:
        return parse_period(f"{months[0]}..{months[-1]}")
    return parse_period(given["period"]) if given.get("period") else None


def read_address(asked: Asked) -> Address:
    """The figure that this request opens. Raises BadInput."""
    given = request.args
    spoken = tuple(metal for metal in given.get("of", "").split("+") if metal)
    return Address(
        _one_of(LEVELS, "level"), given.get("code", "CN"), given.get("indicator", ""), asked.period, asked.metals,
        asked.view, given.get("line", ""), spoken,
    )  # fmt: skip


def query_of(address: Address) -> dict[str, Any]:
    """The query that opens a figure: what ``read_address`` and ``read_asked`` read."""
    found: dict[str, Any] = {
        "level": address.level, "code": address.code, "indicator": address.indicator,
        **Asked(address.period, address.metals, address.view).query(),
    }  # fmt: skip
    if address.metal:
        found["line"] = address.metal
    if address.spoken:
        found["of"] = "+".join(address.spoken)
    return found


def read_number(name: str) -> int:
    """A record's number in the address; 0 where there is none. Raises BadInput."""
    text = request.args.get(name, "0")
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise BadInput("report.bad_page", text=text[:40])
    return int(text)


def _one_of(words: tuple[Word, ...], name: str) -> Word:
    """The first word is the usual one. Raises BadInput for a word that is none of them."""
    given = request.args.get(name, "")
    for word in words:
        if given == word:
            return word
    if given:
        raise BadInput("report.bad_filter", text=given[:40])
    return words[0]
