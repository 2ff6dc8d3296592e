"""List what must be told of a figure's cells before a firm may see it: its columns, and what they leave over.

A figure tells more than itself. A share and its whole tell the rest; a whole and one of its parts tell
the other parts. So whatever follows from a figure by subtraction is held to the same rule as the figure.
"""

from traceability.domain.indicators import Indicator, LedgerTerms, Terms

_DIVISIONS: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    ("recycled", (("recycled_refined",), ("recycled_direct_use",))),
    ("recycled", (("recycled_import",), ("recycled_local",), ("recycled_open",))),
    ("recycled", (("recycled_post",), ("recycled_pre",))),
    ("primary", (("primary_first",),)),
    ("collected", (("collected_online",),)),
    ("charged_scrap", (("charged_wrought",),)),
    ("charged_scrap", (("preserved",),)),
    ("preserved", (("preserved_wrought",),)),
    ("charged_wrought", (("preserved_wrought",),)),
    ("residue_generated", (("residue_melt",),)),
    ("residue_generated", (("residue_utilised",),)),
    ("molten_tapped", (("molten_direct",),)),
    ("molten_tapped", (("molten_local",),)),
    ("transport", (("transport_clean",),)),
)
"""Columns that are divided into others: what is in none of these is a part too."""


def list_measures(indicator: Indicator) -> tuple[Terms, ...]:
    """Return the sums of columns that a figure tells, each once; none of one that no postings are behind."""
    over, under = indicator.numerator, indicator.denominator
    measures = {Terms((column,)): None for column in indicator.columns}
    measures |= {terms: None for terms in (over, under) if terms is not None and terms.columns}
    if indicator.kind == "share" and isinstance(indicator.source, LedgerTerms) and over and under:
        measures[subtract(under, over)] = None
    for whole, parts in _DIVISIONS:
        told = [column for part in parts for column in part]
        if set(told) & set(indicator.columns):
            measures[Terms((whole,))] = None
            measures |= {Terms(part): None for part in parts}
            measures[Terms((whole,), tuple(told))] = None
    return tuple(terms for terms in measures if terms.columns)


def subtract(whole: Terms, part: Terms) -> Terms:
    """Return what is left of a sum of columns; columns in both cancel out."""
    plus = [*whole.plus, *part.minus]
    minus = [*whole.minus, *part.plus]
    for column in [column for column in plus if column in minus]:
        plus.remove(column)
        minus.remove(column)
    return Terms(tuple(sorted(plus)), tuple(sorted(minus)))
