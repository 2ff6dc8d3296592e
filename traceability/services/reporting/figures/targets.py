"""Judge a region's figures by the targets in force for it, by their own method.

A figure is judged on its unrounded value. Where a region has no number of its own, the nation's is
shown for reference and never taken for the region's.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from graph.store import Reader
from traceability.domain.coverage import Coverage
from traceability.domain.indicators import target_scale, target_unit
from traceability.domain.period import Period
from traceability.domain.target import PolicyTarget, target_in_force
from traceability.domain.verdict import VerdictState, judge_figure
from traceability.domain.vocabulary import NATION
from traceability.services.directory.reference import targets_in


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a figure stands to its target.

    ``target`` is the region's own, ``reference`` the nation's where the region's has no number.
    ``interim``: the period is part of a year, or not over yet. ``coverage`` is the one that kept a
    verdict from being given. ``compared`` is the value that was held against the number, which is
    that of ``compared_by``, another indicator, where no statistic gives the figure one of its own;
    ``firms`` how many firms of this book it speaks of.
    """

    state: VerdictState
    target: PolicyTarget | None
    reference: PolicyTarget | None
    interim: bool
    coverage: Coverage | None = None
    compared: Fraction | None = None
    compared_by: str = ""
    firms: int = 0

    @property
    def message(self) -> str:
        """Code of the text that says it; its parameter ``target`` is the value of ``shown``."""
        if self.state is VerdictState.NO_TARGET:
            directed = self.reference is not None and self.reference.value is None
            return "verdict.no_target_direction" if directed else "verdict.no_target"
        suffix = "_reference" if self.reference else "_by" if self.compared_by else ""
        return f"verdict.{self.state}{suffix}"

    @property
    def shown(self) -> PolicyTarget | None:
        """The target whose number and year stand beside the figure."""
        return self.reference or self.target


@dataclass(frozen=True, slots=True)
class BookEvidence:
    """What the book knows of a figure that is judged, beside its value.

    ``book_value`` is what the firms of this book reach by ``book_indicator`` ('' the figure's own)
    where no statistic covers the period; ``firms`` their number.
    """

    coverages: Sequence[Coverage] = ()
    book_value: Fraction | None = None
    book_indicator: str = ""
    firms: int = 0
    only_rises: bool = False


class TargetsInForce:
    """All targets, found by region, indicator and metals; built once a report."""

    def __init__(self, targets: Iterable[PolicyTarget]) -> None:
        self._targets: dict[tuple[str, str, frozenset[str]], list[PolicyTarget]] = {}
        for target in targets:
            key = (target.region, target.indicator, frozenset(target.metals))
            self._targets.setdefault(key, []).append(target)
        self._subjects: dict[str, list[tuple[str, frozenset[str]]]] = {}
        for region, indicator, metals in self._targets:
            self._subjects.setdefault(region, []).append((indicator, metals))
        self._indicators = {indicator for _, indicator, _ in self._targets}
        self._found: dict[tuple[str, str, tuple[str, ...], int], PolicyTarget | None] = {}
        self._concerning: dict[tuple[str, int], list[tuple[str, tuple[str, ...]]]] = {}

    def speak_of(self, indicator: str) -> bool:
        """Return whether any region has a target of this indicator."""
        return indicator in self._indicators

    def in_force(
        self, region: str, indicator: str, metals: Collection[str], period: Period
    ) -> PolicyTarget | None:
        """Return the newest target whose year is not later than the period's end."""
        if indicator not in self._indicators:
            return None
        key = (region, indicator, tuple(metals), period.year)
        if key not in self._found:
            targets = self._targets.get((region, indicator, frozenset(metals)), ())
            found = target_in_force(targets, region, indicator, None, period.year) if targets else None
            self._found[key] = found
        return self._found[key]

    def concerning(self, region: str, period: Period) -> list[tuple[str, tuple[str, ...]]]:
        """Return (indicator, metals) that a target in force speaks of.

        The region's own, or the nation's as a reference.
        """
        asked = (region, period.year)
        if asked not in self._concerning:
            self._concerning[asked] = self._list_concerning(region, period)
        return self._concerning[asked]

    def _list_concerning(self, region: str, period: Period) -> list[tuple[str, tuple[str, ...]]]:
        concerned = {
            (indicator, tuple(sorted(metals)))
            for owner in (region, NATION)
            for indicator, metals in self._subjects.get(owner, ())
            if (owner == region or target_unit(indicator) != "t")
            and self.in_force(owner, indicator, metals, period)
        }
        return sorted(concerned, key=lambda pair: (pair[0], len(pair[1]), pair[1]))

    def judge(
        self, region: str, indicator: str, metals: Collection[str], value: Fraction | None, period: Period,
        *, ended: bool = True, evidence: BookEvidence | None = None,
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
            return Verdict(VerdictState.NO_TARGET, None, national, interim)
        if own.value is None:
            reference = national if region != NATION and national and national.value is not None else None
            return Verdict(VerdictState.NO_NUMBER, own, reference, interim)
        verdict = _judge(own, value, interim, evidence or BookEvidence())
        of_one_year = period.is_year and not interim
        if target_unit(indicator) == "t" and not of_one_year and verdict.state is not VerdictState.NO_DATA:
            return replace(verdict, state=VerdictState.OF_YEAR, coverage=None)
        return verdict


def _judge(own: PolicyTarget, value: Fraction | None, interim: bool, evidence: BookEvidence) -> Verdict:
    scale = target_scale(own.indicator)
    judgement = judge_figure(
        own,
        None if value is None else value / scale,
        evidence.coverages,
        book_value=None if evidence.book_value is None else evidence.book_value / scale,
        only_rises=evidence.only_rises,
    )
    by_book = judgement.state in (VerdictState.FIRMS_ABOVE, VerdictState.FIRMS_BELOW) and value is None
    return Verdict(
        judgement.state,
        own,
        None,
        interim,
        judgement.coverage,
        evidence.book_value if by_book else value,
        evidence.book_indicator if by_book else "",
        evidence.firms,
    )


def read_targets(reader: Reader) -> TargetsInForce:
    """Return the targets as they are known now."""
    return TargetsInForce(targets_in(reader))
