"""Write a report's figure for every page, file and terminal: value, exact ratio, coverage, verdict, gap.

A value has as many digits as tell on which side of its target it lies: 23 960 of 100 000 against
24 % reads 23.96 %, missed.

``109 690 ÷ 426 730 = .257048``: whole kilograms where that is exact, more decimals where it is not,
six of the ratio.
"""

from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple

from traceability.domain.coverage import Coverage
from traceability.domain.indicators import INDICATORS, EnergyRecords, Indicator, target_unit
from traceability.domain.quantity import G_PER_T
from traceability.domain.target import PolicyTarget
from traceability.locale import format_count, format_share, format_t, join_words, text
from traceability.locale.formats import (
    NO_BREAK,
    NO_VALUE,
    count_decimals,
    format_t_exact,
    write_decimal,
)
from traceability.services.reporting.figures.report import Figure
from traceability.services.reporting.figures.targets import Verdict

RATIO_DECIMALS = 6
NO_UNIT = " "  # where each number has its own
KG = ("kg", 1_000)
TONNES = ("t", 1_000_000)
_BASES = {
    "g": KG,
    "g·km": ("t·km", 1_000_000),
    "kWh": ("kWh", 1),
    "g/a": ("t", 1_000_000),
    "site-months": ("", 1),
    "kgce": ("kgce", 1),
    "kg CO2e": ("t CO2e", 1_000),
}  # how a base unit is written: (unit, what one of it is in the base unit)


class WrittenFigure(NamedTuple):
    """A figure in words.

    "25.7", "%", "109 690 ÷ 426 730 = .257048" and the unit of those two numbers; ``over`` and
    ``under`` where each has its own.
    """

    value: str
    unit: str
    exact: str
    base: str
    numerator: str
    denominator: str
    over: str = ""
    under: str = ""


def write_figure(figure: Figure) -> WrittenFigure:
    """Return a figure as it stands on a page; no value is a dash, never 0."""
    indicator = INDICATORS.get(figure.indicator)
    if indicator is None and figure.value is not None:
        return _write_declared(figure)
    if indicator is None or figure.value is None or figure.numerator is None:
        return WrittenFigure(NO_VALUE, indicator.unit if indicator else "", "", "", "", "")
    if isinstance(indicator.source, EnergyRecords):
        return _write_energy(figure, indicator)
    base, scale = _BASES[indicator.base_unit]
    numerator = write_exact(Fraction(figure.numerator, scale))
    denominator = "" if figure.denominator is None else write_exact(Fraction(figure.denominator, scale))
    if indicator.kind == "share":
        value = format_share(figure.value, figure.limits).removesuffix(" %")
    elif indicator.kind == "mass":
        value = format_t(int(figure.numerator), figure.limits)
    else:
        value = write_decimal(figure.value, count_decimals(figure.value, figure.limits, 2))
    return WrittenFigure(
        value, indicator.unit, _write_ratio(numerator, denominator, figure.value, indicator.factor), base,
        numerator, denominator,
    )  # fmt: skip


def write_amounts(figure: Figure) -> tuple[str, str, str, str]:
    """Return a figure's numerator and denominator, and the unit of each; '' of a denominator that is none."""
    base, scale = _BASES[INDICATORS[figure.indicator].base_unit]
    energy = isinstance(INDICATORS[figure.indicator].source, EnergyRecords)
    under, divisor = ("t", G_PER_T) if energy else (base, scale)
    over = write_exact(Fraction(figure.numerator or 0, scale))
    if figure.denominator is None:
        return over, "", base, ""
    return over, write_exact(Fraction(figure.denominator, divisor)), base, under


def _write_declared(figure: Figure) -> WrittenFigure:
    """Return what an authority states of an indicator that no event can give: a share, or a number."""
    assert figure.value is not None
    if target_unit(figure.indicator) == "share":
        share = format_share(figure.value, figure.limits).removesuffix(" %")
        return WrittenFigure(share, "%", "", "", "", "")
    if figure.value.denominator == 1:  # factories are counted
        return WrittenFigure(format_count(int(figure.value)), "", "", "", "", "")
    value = write_decimal(figure.value, count_decimals(figure.value, figure.limits, 2))
    return WrittenFigure(value, "", "", "", "", "")


def write_coverage(coverage: Coverage) -> str:
    """Return a coverage as per cent, told from its bounds and from nothing; "" without a statistic."""
    if coverage.statistic is None:
        return ""
    limits = (Fraction(0), coverage.bounds.low, coverage.bounds.high)
    return format_share(coverage.value, limits)


def write_gap(figure: Figure) -> str:
    """Return what is missing for the target, exact, with its unit; "" where there is no gap to tell."""
    amount = figure.gap.amount if figure.gap else None
    return "" if amount is None else _write_amount(figure, amount)


def write_gap_roughly(figure: Figure) -> str:
    """Return what is missing for the target as a headline says it: rounded up, of 10 t and more to whole tonnes."""
    amount = figure.gap.amount if figure.gap else None
    if amount is None:
        return ""
    base = INDICATORS[figure.indicator].base_unit
    unit, scale = TONNES if base in ("g", "g/a") else _BASES[base]
    exact = Fraction(amount, scale)
    decimals = 0 if abs(exact) >= 10 else 1 if abs(exact) >= 1 else 3
    return f"{write_decimal(Fraction(ceil(exact * 10**decimals), 10**decimals), decimals)} {unit}".strip()


def write_points(difference: Fraction) -> str:
    """Return a difference of two shares in percentage points, with its sign: ``−1.1``, ``+0.04``, ``0.0``."""
    points = difference * 100
    written = write_decimal(points, count_decimals(points, (Fraction(0),), 1))
    return f"+{written}" if points > 0 else written


def write_growing_gap(figure: Figure) -> str:
    """Return what is missing where it enters the denominator too; "" where that is no second number."""
    gap = figure.gap
    if gap is None or gap.as_it_is is None or gap.growing is None:
        return ""
    return _write_amount(figure, gap.growing)


def _write_amount(figure: Figure, amount: int) -> str:
    base = INDICATORS[figure.indicator].base_unit
    if base in ("g", "g/a"):
        return f"{format_t_exact(amount)} t"
    unit, scale = _BASES[base]
    return f"{write_exact(Fraction(amount, scale))} {unit}".strip()


def write_target_number(target: PolicyTarget) -> str:
    """Return a target's number with its unit; "" of a direction without one."""
    if target.value is None:
        return ""
    unit = target_unit(target.indicator)
    if unit == "share":
        return format_share(target.value, (target.value,))
    number = format_count(int(target.value))
    return f"{number} t" if unit == "t" else number


def write_target_shortly(target: PolicyTarget) -> str:
    """Return a target's number as a headline says it: ``24 %`` where it is whole."""
    return write_target_number(target).replace(".0 %", " %")


def describe_verdict(verdict: Verdict, figure: Figure, language: str, prefix: str = "") -> str:
    """Return in words how a figure stands to its target.

    ``prefix`` names another set of the same messages, as the command line has shorter ones.
    """
    shown, coverage = verdict.shown, verdict.coverage
    values: dict[str, Any] = {
        "target": shown.value if shown else None,
        "number": write_target_number(shown) if shown else "",
        "year": shown.year if shown else None,
        "firms": verdict.firms,
    }
    if coverage is not None:
        values["coverage"] = write_coverage(coverage) or NO_VALUE
        values["what"] = text(f"covered.{coverage.indicator}", {}, language)
    if verdict.compared_by:
        values["by"] = text(f"compared_by.{verdict.compared_by}", {}, language)
        values["value"] = format_share(verdict.compared, figure.limits)
    return text(prefix + verdict.message, values, language)


def write_value(figure: Figure, value: Fraction | None) -> str:
    """Return another value of a figure with its unit: as it was sealed, or as it stands now."""
    indicator = INDICATORS[figure.indicator]
    if value is None:
        return NO_VALUE
    if indicator.kind == "share":
        return format_share(value, figure.limits)
    if isinstance(indicator.source, EnergyRecords):
        written = write_decimal(value, _energy_decimals(indicator))
    else:
        written = format_t(int(value)) if indicator.kind == "mass" else write_decimal(value, 2)
    return f"{written} {indicator.unit}"


def describe_since(figure: Figure, language: str) -> str:
    """Return in words what was booked or declared since the months were sealed; '' where nothing was.

    Beside a sealed figure stands the value now, beside a figure by event month the sealed one.
    A change and its unit stay on one line, in however narrow a column.
    """
    since = figure.since
    if since is None or since.sealed is since.now is None:
        return ""
    numerator, denominator, base = write_change(figure)
    unit = base or text("unit.site_months", {}, language)
    changes = []
    if numerator:
        code = "report.change" if since.denominator is None else "report.change_numerator"
        changes.append(_say_change(code, numerator, unit, language))
    if denominator:
        changes.append(_say_change("report.change_denominator", denominator, unit, language))
    by_event_month = figure.inputs.by_event_month
    other = since.sealed if by_event_month else since.now
    value = text("figure.no_data", {}, language) if other is None else write_value(figure, other)
    code = "report.since_seal_of_which" if by_event_month else "report.since_seal"
    parts = {
        "changes": join_words(changes, language),
        "value": value.replace(" ", NO_BREAK),
    }
    return text(code, parts, language)


def _say_change(code: str, amount: str, unit: str, language: str) -> str:
    """Return a change in words: amount and unit stay together, and a line may end before what changed."""
    whole = f"{amount} {unit}".strip().replace(" ", NO_BREAK)
    return text(code, {"amount": whole}, language)


def write_change(figure: Figure) -> tuple[str, str, str]:
    """Return what numerator and denominator changed by since the seals, and their unit.

    A part that stayed the same, and the denominator of a mass, is ''.
    """
    since, base_unit = figure.since, INDICATORS[figure.indicator].base_unit
    assert since is not None
    if isinstance(INDICATORS[figure.indicator].source, EnergyRecords):
        return _write_energy_change(figure)
    unit, scale = TONNES if base_unit == "g" else _BASES[base_unit]
    parts = (write_exact(Fraction(part, scale)) if part else "" for part in since[:2])
    numerator, denominator = (f"+{part}" if part and part[0] != "−" else part for part in parts)
    return numerator, denominator, unit


def _write_energy_change(figure: Figure) -> tuple[str, str, str]:
    """Return changes of kWh, kgce or t CO2e and of tonnes, each with its own unit."""
    assert figure.since is not None
    unit, scale = _BASES[INDICATORS[figure.indicator].base_unit]
    written = []
    for part, own, by in ((figure.since.numerator, unit, scale), (figure.since.denominator, "t", G_PER_T)):
        sign = "+" if part and part > 0 else ""
        written.append(f"{sign}{write_exact(Fraction(part, by))} {own}" if part else "")
    return written[0], written[1], NO_UNIT


def _energy_decimals(indicator: Indicator) -> int:
    """Return the decimals of an amount of energy or emissions, or of one per tonne."""
    assert isinstance(indicator.source, EnergyRecords)
    if not indicator.source.per_tonne:
        return 3
    return 4 if _BASES[indicator.base_unit][1] > 1 else 2


def _write_energy(figure: Figure, indicator: Indicator) -> WrittenFigure:
    """Return a figure above whose line stand kWh, kgce or t CO2e, and tonnes of metal below it."""
    assert figure.value is not None
    assert figure.numerator is not None
    base, scale = _BASES[indicator.base_unit]
    numerator = write_exact(Fraction(figure.numerator, scale))
    value = write_decimal(figure.value, _energy_decimals(indicator))
    if figure.denominator is None:
        return WrittenFigure(value, indicator.unit, "", base, numerator, "", base)
    denominator = write_exact(Fraction(figure.denominator, G_PER_T))
    exact = _write_ratio(numerator, denominator, figure.value, 1)
    return WrittenFigure(value, indicator.unit, exact, f"{base} ÷ t", numerator, denominator, base, "t")


def write_ratio(numerator: int, denominator: int) -> str:
    """Return two masses in grams and their ratio, nothing over 0.

    It is written ``109 690 ÷ 426 730 = .257048``, in kilograms.
    """
    if not denominator:
        return ""
    over, under = (write_exact(Fraction(grams, KG[1])) for grams in (numerator, denominator))
    return _write_ratio(over, under, Fraction(numerator, denominator), 1)


def _write_ratio(numerator: str, denominator: str, value: Fraction, factor: int) -> str:
    if not denominator:
        return ""
    times = "" if factor == 1 else f" × {write_exact(Fraction(factor))}"
    ratio = write_decimal(value, RATIO_DECIMALS)
    return f"{numerator} ÷ {denominator}{times} = {ratio.removeprefix('0') if abs(value) < 1 else ratio}"


def write_exact(number: Fraction) -> str:
    """Return a number with the decimals that it needs, at most six."""
    written = write_decimal(number, 6)
    return written.rstrip("0").rstrip(".")
