"""Sum where the metal of a place comes from, through which sites and alloy families it goes, and where it ends.

A band leads from an origin to a kind of site, from one kind of site to another, or from a kind of site through an
alloy family to a destination. What is left over went to, or came from, stock or the road, and is a band of its own:
so every kind of site and every family closes exactly, and nothing is forced.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from graph.store import Reader
from traceability.domain.indicators import ratio
from traceability.domain.rights import Viewer
from traceability.domain.vocabulary import CHANNELS
from traceability.services.reporting.flows.legs import (
    BUYER_UNKNOWN,
    CUSTOMER,
    DIFFERENCE,
    DISPOSAL,
    LOSS,
    PROVINCE,
    STAGES,
    STEPS,
    STOCK,
    TRANSIT,
    FlowLeg,
    FlowNode,
    FlowQuery,
    FlowScope,
    Stage,
    read_legs,
    sum_left,
)
from traceability.services.reporting.scope import NamedPlace, name_place

NOT_RECEIVED = (STOCK, TRANSIT, DIFFERENCE, LOSS, CUSTOMER, DISPOSAL)
"""Origins of metal that the place had before: its stock, and what came back."""

HOME, ELSEWHERE, UNKNOWN = "home", "elsewhere", "unknown"
"""Parts of what came and what went: in the own region (of a nation: within it), in others, of no known place."""


class FlowBand(NamedTuple):
    """Metal from one node to another, in grams, above 0.

    Of what enters from outside the system ``source_class`` is its class, ``channel`` of a collection online or
    offline; of what leaves through a family ``buyer`` is the class of the customer, or that it is a site; all are ''
    of all else. ``form`` is that of the lots, '' of losses, differences and stock.
    """

    source: FlowNode
    target: FlowNode
    metal: str
    source_class: str
    channel: str
    form: str
    buyer: str
    grams: int

    @property
    def is_transfer(self) -> bool:
        """Whether both ends are kinds of site of the place."""
        return self.source.stage == self.target.stage

    @property
    def leads_on(self) -> bool:
        """Whether it leads down the chain: no transfer among sites of one step, or back to an earlier one."""
        return not self.is_transfer or STEPS[self.source.what] < STEPS[self.target.what]


class FlowShare(NamedTuple):
    """A part of what came or went, in grams of a total: of the ``group`` origin, channel, destination or buyer."""

    group: str
    part: str
    grams: int
    total: int

    @property
    def share(self) -> Fraction:
        """The share of the part in its total."""
        return Fraction(self.grams, self.total)


@dataclass(frozen=True)
class Flows:
    """The flows of a place: its bands, the largest first within each stage.

    ``home`` is the province of the place, '' of the nation and of groups of several. ``only_own`` is whether
    they are those of the viewer's own sites alone, as firms are told no others'.
    """

    query: FlowQuery
    place: NamedPlace
    home: str
    bands: tuple[FlowBand, ...]
    only_own: bool = False

    def between(self, source: Stage, target: Stage) -> tuple[FlowBand, ...]:
        """Return the bands from one stage to another."""
        return tuple(
            band for band in self.bands if band.source.stage == source and band.target.stage == target
        )

    @cached_property
    def received_g(self) -> int:
        """Metal that came to the place from outside: no transfers between its own sites, no stock."""
        return sum(self.by_origin.values())

    @cached_property
    def by_origin(self) -> Mapping[FlowNode, int]:
        """Metal received by origin, the largest first."""
        return _add_up((band.source, band) for band in self.bands if _is_received(band))

    @cached_property
    def sent_product_g(self) -> int:
        """Metal of products that left the place: no transfers between its own sites."""
        return sum(self.by_destination.values())

    @cached_property
    def by_destination(self) -> Mapping[FlowNode, int]:
        """Metal of products by destination, the largest first."""
        return _add_up((band.target, band) for band in self._sold)

    @property
    def _sold(self) -> tuple[FlowBand, ...]:
        return tuple(band for band in self.between("family", "destination") if band.form == "product")

    def share_received(self, node: FlowNode) -> Fraction | None:
        """Return the share of an origin in what was received; None where nothing was."""
        return ratio(self.by_origin.get(node, 0), self.received_g)

    @property
    def share_kept(self) -> Fraction | None:
        """The share of products sent that stays in the province, or of a nation within it; None where none was sent."""
        return self._share_of(HOME)

    @property
    def share_lost_sight(self) -> Fraction | None:
        """The share of products whose customer's place is not recorded; None where none was sent."""
        return self._share_of(UNKNOWN)

    def _share_of(self, part: str) -> Fraction | None:
        grams = sum(amount for node, amount in self.by_destination.items() if self.tell_apart(node) == part)
        return ratio(grams, self.sent_product_g)

    def tell_apart(self, node: FlowNode) -> str:
        """Return which part an origin or destination belongs to: of provinces home or elsewhere, else what it is."""
        if node.what == PROVINCE:
            if not node.code.isdigit():
                return UNKNOWN  # stock of the beginning, received as something else
            return HOME if node.code == self.home or self.query.level == "nation" else ELSEWHERE
        return UNKNOWN if node.what == CUSTOMER else node.what

    @cached_property
    def shares(self) -> tuple[FlowShare, ...]:
        """What came by where it came from and by channel, products that went by where to and by whom had them."""
        collected = [(band.channel, band.grams) for band in self.bands if band.channel in CHANNELS]
        groups = {
            "origin": [(self.tell_apart(node), grams) for node, grams in self.by_origin.items()],
            "channel": collected,
            "destination": [(self.tell_apart(node), grams) for node, grams in self.by_destination.items()],
            "buyer": [
                (band.buyer, band.grams) for band in self._sold if band.buyer
            ],  # none of what is disposed of
        }
        return tuple(share for group, parts in groups.items() for share in _share_out(group, parts))


def _share_out(group: str, parts: Iterable[tuple[str, int]]) -> list[FlowShare]:
    sums: dict[str, int] = {}
    for part, grams in parts:
        sums[part] = sums.get(part, 0) + grams
    total = sum(sums.values())
    order = sorted(sums.items(), key=lambda item: (item[0] in (UNKNOWN, BUYER_UNKNOWN), -item[1], item[0]))
    return [FlowShare(group, part, grams, total) for part, grams in order]


def _add_up(parts: Iterable[tuple[FlowNode, FlowBand]]) -> dict[FlowNode, int]:
    sums: dict[FlowNode, int] = {}
    for node, band in parts:
        sums[node] = sums.get(node, 0) + band.grams
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


def _is_received(band: FlowBand) -> bool:
    return band.source.stage == "origin" and band.source.what not in NOT_RECEIVED and not band.buyer


def sum_flows(reader: Reader, viewer: Viewer, query: FlowQuery) -> Flows:
    """Return the flows of a place in a period, from the narrow tallies of its sites, or of the nation.

    A firm is told those of its own sites only. Raises BadInput, NotAllowed, NotFound.
    """
    scope = FlowScope.read(reader, viewer, query)
    place = name_place(query.place, scope.whereabouts.reference, query.period.last)
    bands = list_all_bands(read_legs(reader, scope).by_leg())
    return Flows(query, place, scope.home, bands, viewer.is_firm)


# --- bands --------------------------------------------------------------------------------------


def list_bands(leg: FlowLeg, grams: int) -> tuple[FlowBand, ...]:
    """Return the bands of a leg with the metal that it has in all; none of what is sent, which its receipt tells.

    Where more came back than went (returns of earlier months) the metal goes the other way: from what is otherwise
    a destination, or to what is otherwise an origin.
    """
    if leg.way == "sent":
        return ()
    kind, amount = FlowNode("site_kind", leg.kind), abs(grams)
    came = (leg.gains > 0) == (grams > 0)
    if leg.way == "moved":
        other = FlowNode("site_kind", leg.end[1])
        return (_join(leg, other if came else kind, kind if came else other, amount),)
    end = FlowNode("origin" if came else "destination", *leg.end)
    if came:
        return (_join(leg, end, kind, amount),)
    if leg.family is None:
        return (_join(leg, kind, end, amount),)
    to_family = leg._replace(buyer="")
    return (_join(to_family, kind, leg.family, amount), _join(leg, leg.family, end, amount))


def _join(leg: FlowLeg, source: FlowNode, target: FlowNode, grams: int) -> FlowBand:
    return FlowBand(source, target, leg.metal, leg.source_class, leg.channel, leg.form, leg.buyer, grams)


def list_all_bands(legs: Mapping[FlowLeg, int]) -> tuple[FlowBand, ...]:
    """Return the bands of legs, equal ones as one, with what went to stock and the road or came from there."""
    sums: dict[FlowBand, int] = {}
    for part in (legs, sum_left(legs)):
        for leg, grams in part.items():
            for band in list_bands(leg, grams):
                key = band._replace(grams=0)
                sums[key] = sums.get(key, 0) + band.grams
    return tuple(sorted((band._replace(grams=grams) for band, grams in sums.items()), key=_rank))


def _rank(band: FlowBand) -> tuple[object, ...]:
    stages = (STAGES.index(band.source.stage), STAGES.index(band.target.stage))
    return (*stages, -band.grams, band)
