"""Judge a region's figures by the targets in force for it, by their own method.

A figure is judged on its unrounded value. Where a region has no number of its own, the nation's is
shown for reference and never taken for the region's.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction

from graph.store import Reader
from traceability.domain.indicators import target_scale, target_unit
from traceability.domain.period import Period
from traceability.domain.target import ABOUT, PolicyTarget, target_in_force
from traceability.domain.vocabulary import NATION
from traceability.services.directory.reference import targets_in

MET, MISSED, NO_DATA, NOT_EXACT, NO_NUMBER, NO_TARGET = (
    "met", "missed", "no_data", "about", "no_number", "no_target",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a figure stands to its target.

    ``state``: met or missed; no_data; about (≈, judged by people); no_number (a direction only);
    no_target. ``target`` is the region's own, ``reference`` the nation's where the region's has no
    number. ``interim``: the period is part of a year, or not over yet.
    """

    state: str
    target: PolicyTarget | None
    reference: PolicyTarget | None
    interim: bool

    @property
    def message(self) -> str:
        """Code of the text that says it; its parameter ``target`` is the value of ``shown``."""
        if self.state == NO_TARGET:
            return "report.no_target"
        return f"verdict.{self.state}_reference" if self.reference else f"verdict.{self.state}"

    @property
    def shown(self) -> PolicyTarget | None:
        """The target whose number and year stand beside the figure."""
        return self.reference or self.target


class TargetsInForce:
    """All targets, found by region, indicator and metals; built once a report."""

    def __init__(self, targets: Iterable[PolicyTarget]) -> None:
        self._targets: dict[tuple[str, str, frozenset[str]], list[PolicyTarget]] = {}
        for target in targets:
            key = (target.region, target.indicator, frozenset(target.metals))
            self._targets.setdefault(key, []).append(target)
        self._indicators = {indicator for _, indicator, _ in self._targets}

    def in_force(
        self, region: str, indicator: str, metals: Collection[str], period: Period
    ) -> PolicyTarget | None:
        """Return the newest target whose year is not later than the period's end."""
        targets = self._targets.get((region, indicator, frozenset(metals)))
        return target_in_force(targets, region, indicator, None, period.year) if targets else None

    def concerning(self, region: str, period: Period) -> list[tuple[str, tuple[str, ...]]]:
        """Return (indicator, metals) that a target in force speaks of.

        The region's own, or the nation's as a reference.
        """
        concerned = {
            (indicator, tuple(sorted(metals)))
            for owner, indicator, metals in self._targets
            if (owner == region or (owner == NATION and target_unit(indicator) != "t"))
            and self.in_force(owner, indicator, metals, period)
        }
        return sorted(concerned, key=lambda pair: (pair[0], len(pair[1]), pair[1]))

    def judge(
        self, region: str, indicator: str, metals: Collection[str], value: Fraction | None, period: Period,
        *, ended: bool = True,
    ) -> Verdict | None:  # fmt: skip
        """Return the verdict on an unrounded value.

        None where neither the region nor the nation has such a target.

        ``metals`` is () for the ten metals. ``region`` '' is a group, which has no target of its
        own.
        """
        if indicator not in self._indicators:
            return None
        own = self.in_force(region, indicator, metals, period)
        national = self.in_force(NATION, indicator, metals, period)
        if own is None and national is None:
            return None
        interim = not period.whole_years or not ended
        if own is None:
            if target_unit(indicator) == "t":
                return None  # the nation's tonnes are no measure of a region
            return Verdict(NO_TARGET, None, national, interim)
        if own.value is None:
            reference = national if region != NATION and national and national.value is not None else None
            return Verdict(NO_NUMBER, own, reference, interim)
        if value is None:
            return Verdict(NO_DATA, own, None, interim)
        if own.operator == ABOUT:
            return Verdict(NOT_EXACT, own, None, interim)
        return Verdict(MET if own.is_met(value / target_scale(indicator)) else MISSED, own, None, interim)


def read_targets(reader: Reader) -> TargetsInForce:
    """Return the targets as they are known now."""
    return TargetsInForce(targets_in(reader))
