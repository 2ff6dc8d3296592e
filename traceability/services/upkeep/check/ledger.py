"""Compare the stored tallies and flows with the sums of all postings, and each region with the sum of its parts."""

from collections.abc import Iterator, Mapping

from graph.store import Reader
from traceability.domain.place import place_key, prefecture_key, province_of
from traceability.domain.posting import BOOK_VIEW, EVENT_VIEW, Flows, Tallies, TallyKey, view_of
from traceability.domain.vocabulary import NATION
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
    parts = _Parts()
    for key, sums in scan_tallies(reader):
        report.tallies += 1
        parts.add(key, sums)
        fingerprint.add((*key, sorted(sums.items())))
        if true.pop(key, {}) != sums:
            report.note("check.tally_differs", join_key(key), sums, tallies.get(key))
    for key, sums in true.items():
        report.note("check.tally_missing", join_key(key), None, sums)
    for key, stored, added in parts.find_differences():
        report.note("check.parts_differ", join_key(key), stored, added)
    true_flows = {key: grams for key, grams in flows.items() if grams}
    for flow, grams in scan_flows(reader):
        fingerprint.add((*flow, grams))
        if true_flows.pop(flow, 0) != grams:
            report.note("check.flow_differs", join_key(flow), grams, flows.get(flow))
    for flow, grams in true_flows.items():
        report.note("check.flow_missing", join_key(flow), None, grams)
    result.fingerprint = fingerprint.total
    return result


Columns = dict[str, int]


class _Parts:
    """Compare stored tallies with each other: every region with the sum of its parts, in each view of months.

    A site is tallied within its region, so its row tells prefecture and province without any reference data.
    """

    def __init__(self) -> None:
        # By view ('' counts in both): of each region with a month, what its row says, and what those below add up to.
        self._rows: dict[str, dict[TallyKey, Columns]] = {"": {}, BOOK_VIEW: {}, EVENT_VIEW: {}}
        self._added: dict[str, dict[TallyKey, Columns]] = {"": {}, BOOK_VIEW: {}, EVENT_VIEW: {}}

    def add(self, key: TallyKey, sums: Mapping[str, int]) -> None:
        """Take in one stored tally."""
        place, view = view_of(key.place)
        level, _, code = place.partition(":")
        if level != "site":
            self._rows[view][key._replace(place=place)] = dict(sums)
        above = _place_above(level, code)
        if above:
            total = self._added[view].setdefault(key._replace(place=above), {})
            for column, grams in sums.items():
                total[column] = total.get(column, 0) + grams

    def find_differences(self) -> Iterator[tuple[TallyKey, Columns, Columns]]:
        """Yield (key with its view, what the region's row says, the sum of its parts) where the two differ."""
        for view in (BOOK_VIEW, EVENT_VIEW) if self._rows[BOOK_VIEW] or self._added[BOOK_VIEW] else ("",):
            rows, added = (self._merge(kept, view) for kept in (self._rows, self._added))
            for key in sorted(rows.keys() | added.keys()):
                row, total = rows.get(key, {}), added.get(key, {})
                if any(row.get(column, 0) != total.get(column, 0) for column in row.keys() | total.keys()):
                    yield key._replace(place=key.place + view), row, total

    @staticmethod
    def _merge(kept: Mapping[str, dict[TallyKey, Columns]], view: str) -> dict[TallyKey, Columns]:
        if not view or not kept[view]:
            return kept[""]
        merged = dict(kept[""])
        for key, sums in kept[view].items():
            both = merged.get(key, {})
            merged[key] = {
                column: both.get(column, 0) + sums.get(column, 0) for column in both.keys() | sums.keys()
            }
        return merged


def _place_above(level: str, code: str) -> str:
    """Return the tallied place that one is part of; '' of the nation."""
    if level == "site":
        return place_key("prefecture", prefecture_key(code.partition("/")[2]))
    if level == "prefecture":
        return place_key("province", province_of(code))
    return place_key("nation", NATION) if level == "province" else ""
