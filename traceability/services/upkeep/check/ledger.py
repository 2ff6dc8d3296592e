"""Compare the stored tallies and flows with the sums of all postings."""

from graph.store import Reader
from traceability.domain.posting import Flows, Tallies
from traceability.services.upkeep.check.findings import join_key
from traceability.services.upkeep.check.fingerprint import Fingerprint
from traceability.services.upkeep.check.result import PartResult
from traceability.services.upkeep.check.scan import scan_flows, scan_tallies


def compare_tallies(reader: Reader, tallies: Tallies, flows: Flows) -> PartResult:
    """Return the findings, and the fingerprint of the stored rows. Columns that come to 0 are not stored."""
    result = PartResult()
    report, fingerprint = result.report, Fingerprint()
    true = {key: {c: g for c, g in sums.items() if g} for key, sums in tallies.items()}
    true = {key: sums for key, sums in true.items() if sums}
    for key, sums in scan_tallies(reader):
        report.tallies += 1
        fingerprint.add((*key, sorted(sums.items())))
        if true.pop(key, {}) != sums:
            report.note("check.tally_differs", join_key(key), sums, tallies.get(key))
    for key, sums in true.items():
        report.note("check.tally_missing", join_key(key), None, sums)
    true_flows = {key: grams for key, grams in flows.items() if grams}
    for flow, grams in scan_flows(reader):
        fingerprint.add((*flow, grams))
        if true_flows.pop(flow, 0) != grams:
            report.note("check.flow_differs", join_key(flow), grams, flows.get(flow))
    for flow, grams in true_flows.items():
        report.note("check.flow_missing", join_key(flow), None, grams)
    result.fingerprint = fingerprint.total
    return result
