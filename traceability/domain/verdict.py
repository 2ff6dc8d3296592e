"""Say how a figure stands to a target, as far as the book knows enough to say so.

A share of two firms is no share of their province. Every coverage that is known (``domain.coverage``)
must lie within the bounds; without a statistic there is no verdict, only what the firms of this
book reach.
"""

from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from traceability.domain.coverage import Coverage, CoverageLevel
from traceability.domain.target import ABOUT, AT_LEAST, PolicyTarget


class VerdictState(StrEnum):
    """Every way in which a figure can stand to a target; the words are those of files and the API.

    Verdicts are ``met`` and ``missed`` alone. ``not_reached``: recycled output has no statistic, and
    what the firms of this book made does not reach the target; others may have made more.
    ``under_covered``: the book covers too little, ``over_covered``: it holds more than the
    statistic. ``firms_above`` and ``firms_below``: no statistic; how the firms of this book stand.
    ``of_year``: tonnes of a year say nothing of other runs of months. ``about``: for people to
    judge. ``no_number``: a direction only. ``no_target``: none of the region's own.
    """

    MET = "met"
    MISSED = "missed"
    NOT_REACHED = "not_reached"
    UNDER_COVERED = "under_covered"
    OVER_COVERED = "over_covered"
    FIRMS_ABOVE = "firms_above"
    FIRMS_BELOW = "firms_below"
    NO_DATA = "no_data"
    OF_YEAR = "of_year"
    ABOUT = "about"
    NO_NUMBER = "no_number"
    NO_TARGET = "no_target"

    @property
    def is_verdict(self) -> bool:
        """Whether the target counts as met or missed."""
        return self in (VerdictState.MET, VerdictState.MISSED)

    @property
    def judges_value(self) -> bool:
        """Whether it compares a value with the target's number, with or without a verdict."""
        return self.is_verdict or self in (
            VerdictState.NOT_REACHED,
            VerdictState.FIRMS_ABOVE,
            VerdictState.FIRMS_BELOW,
        )


class Judgement(NamedTuple):
    """A state, and the coverage that kept a verdict from being given (None where none did)."""

    state: VerdictState
    coverage: Coverage | None = None


def judge_figure(
    target: PolicyTarget,
    value: Fraction | None,
    coverages: Sequence[Coverage] = (),
    *,
    book_value: Fraction | None = None,
    only_rises: bool = False,
) -> Judgement:
    """Return how an unrounded value, in the target's unit, stands to a target.

    ``coverages`` begin with that of the figure's whole; none at all: the figure is a statistic
    itself. Without a statistic the ``book_value`` is compared, that of the firms of this book.
    ``only_rises``: more records can only raise the value, so that "met" is certain even where the
    last coverage, that of recycled output, is not known, and "missed" is not.
    """
    if target.value is None:
        return Judgement(VerdictState.NO_NUMBER)
    if target.operator == ABOUT:
        known = value is not None or book_value is not None
        return Judgement(VerdictState.ABOUT if known else VerdictState.NO_DATA)
    if coverages and coverages[0].level is CoverageLevel.UNKNOWN:
        if book_value is None:
            return Judgement(VerdictState.NO_DATA)
        above = book_value >= target.value
        return Judgement(VerdictState.FIRMS_ABOVE if above else VerdictState.FIRMS_BELOW, coverages[0])
    if value is None:
        return Judgement(VerdictState.NO_DATA)
    for coverage in coverages:
        level = coverage.level
        if level is CoverageLevel.BELOW:
            return Judgement(VerdictState.UNDER_COVERED, coverage)
        if level is CoverageLevel.ABOVE:
            return Judgement(VerdictState.OVER_COVERED, coverage)
    met = bool(target.is_met(value))
    unknown = next((one for one in coverages if one.level is CoverageLevel.UNKNOWN), None)
    if only_rises and unknown is not None:
        return _judge_lower_bound(target, met, unknown)
    return Judgement(VerdictState.MET if met else VerdictState.MISSED)


def _judge_lower_bound(target: PolicyTarget, met: bool, unknown: Coverage) -> Judgement:
    """Return what a value that can only rise says: it stays above, it may not stay below."""
    if target.operator == AT_LEAST:
        return Judgement(VerdictState.MET) if met else Judgement(VerdictState.NOT_REACHED, unknown)
    return Judgement(VerdictState.FIRMS_BELOW, unknown) if met else Judgement(VerdictState.MISSED)
