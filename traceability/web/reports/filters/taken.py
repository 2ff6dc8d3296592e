"""Say which filters each report page takes: it offers these, and says of others in its address that they do not apply."""

from collections.abc import Mapping

from flask import request

FILTERS = ("metal", "view", "method", "direct_use", "strict")
"""Filters beside place and period, which every page takes."""
_OF_LEDGER = frozenset({"metal", "view"})
_OF_SHARES = frozenset({*_OF_LEDGER, "method", "direct_use"})
TAKES: Mapping[str, frozenset[str]] = {
    "home.plan": _OF_SHARES,
    "trend.show": _OF_SHARES,
    "map.show": _OF_SHARES,
    "why.show": frozenset({*_OF_LEDGER, "method"}),
    "what_if.show": frozenset({"view", "method"}),
    "flows.show": _OF_LEDGER,
    "place_figures.show": _OF_LEDGER,
    "pivot.show": _OF_LEDGER,
    "registers.residues": _OF_LEDGER,
    "target_overview.show": frozenset({"view"}),
    "registers.disposals": frozenset(),
    "registers.on_hand": frozenset(),
    "registers.evidence": frozenset(),
    "registers.statistics": frozenset(),
    "findings.show": frozenset(),
    "book.at": _OF_LEDGER,
    "report.show": _OF_SHARES,
    "report.region": _OF_SHARES,
    "report.products": frozenset({*_OF_LEDGER, "strict"}),
    "report.element": frozenset(),
}
"""What each report page takes, by endpoint. ``strict`` is a variant of recycled content, which products alone have."""
OF_TODAY = frozenset({"registers.on_hand"})
"""Pages of what stands now, whatever the period."""


def takes_period() -> bool:
    """Return whether the page of this request is of a period; else of what stands now."""
    return str(request.endpoint).removesuffix("_file") not in OF_TODAY


def find_taken() -> frozenset[str]:
    """Return the filters that the page of this request takes; a page that is no report page those of shares."""
    return TAKES.get(str(request.endpoint).removesuffix("_file"), _OF_SHARES)
