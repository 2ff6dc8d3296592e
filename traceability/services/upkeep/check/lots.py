"""Check the table of lots: void lots are untouched, the others add up to the stock, and each holds its codes."""

from graph.records import LotRow, decode_lot
from graph.store import LotFilter, Reader
from traceability.domain.claims import CODES, code_key
from traceability.domain.decision import OUTPUT
from traceability.domain.lot import Lot
from traceability.services.upkeep.check.claims import check_empty_digests, hash_held
from traceability.services.upkeep.check.findings import DAMAGE_ERRORS, CheckReport, join_key
from traceability.services.upkeep.check.fingerprint import Fingerprint
from traceability.services.upkeep.check.result import PartResult
from traceability.services.upkeep.check.scan import scan_claims, scan_lots, scan_touches

StockKey = tuple[str, str, str, str, str]
"""(site, metal, form, material, status)"""


def check_lot_table(reader: Reader) -> PartResult:
    """Check every lot of the table.

    Void lots are in nobody's timeline; the others add up to the stock by site; each holds the codes of its labels.
    """
    result = PartResult()
    fingerprint = Fingerprint()
    stock: dict[StockKey, tuple[int, int]] = {}
    void: list[str] = []
    regions: dict[str, tuple[int, int]] = {}
    labels = 0
    for chunk in scan_lots(reader):
        result.report.lots += len(chunk)
        for lot in chunk:
            fingerprint.add(lot)
            try:
                for code in _codes_of(lot):
                    labels += hash((code_key(code), lot.id))
                if lot.status == "void":
                    void.append(lot.id)
                    continue
                result.live += 1
                key = (lot.site, lot.metal, lot.form, lot.material, lot.status)
                lots, remaining_g = stock.get(key, (0, 0))
                stock[key] = (lots + 1, remaining_g + lot.remaining_g)
                lots, remaining_g = regions.get(lot.region, (0, 0))
                regions[lot.region] = (lots + 1, remaining_g + lot.remaining_g)
            except DAMAGE_ERRORS as error:  # a server keeps no types
                result.report.note("check.unreadable", lot.id, repr(error), "")
    for edge in scan_touches(reader, void):
        result.report.note("check.lot_state", edge.lot, edge, "void")
    _compare_stock(reader, stock, result.report)
    _compare_regions(reader, regions, result.report)
    # The order of the labels' claims is not that of the lots, so sums of hashes are compared first.
    for claim in scan_claims(reader):
        check_empty_digests([claim], result.report)
        if claim.key.startswith(CODES):
            labels -= hash((claim.key, claim.owner))
        else:
            result.held += hash_held([claim])
    if labels:
        _find_lost_codes(reader, result.report)
    result.fingerprint = fingerprint.total
    return result


def _compare_stock(reader: Reader, stock: dict[StockKey, tuple[int, int]], report: CheckReport) -> None:
    """Compare the sums that the store keeps with (lots, remaining_g) added up by key."""
    for row in reader.sum_stock(LotFilter(), ("site", "metal", "form", "material", "status")):
        key = (row.site, row.metal, row.form, row.material, row.status)
        stored, true = (row.lots, row.remaining_g), stock.pop(key, (0, 0))
        if stored != true:
            report.note("check.stock_differs", join_key(key), stored, true)
    for key, sums in stock.items():
        report.note("check.stock_differs", join_key(key), None, sums)


def _compare_regions(reader: Reader, regions: dict[str, tuple[int, int]], report: CheckReport) -> None:
    """Compare the stock that the store finds by region with (lots, remaining_g) added up by region key.

    The store finds by prefix: the stock of 510100 is that of 510100.430681 too.
    """
    for region in filter(None, regions):
        within = [sums for key, sums in regions.items() if key.startswith(region)]
        true = (sum(lots for lots, _ in within), sum(remaining_g for _, remaining_g in within))
        for row in reader.sum_stock(LotFilter(region=region)):
            if (row.lots, row.remaining_g) != true:
                report.note("check.stock_differs", region, (row.lots, row.remaining_g), true)


def _codes_of(lot: LotRow) -> tuple[str, ...]:
    if '"codes"' not in lot.more:
        return (lot.code,)
    try:
        return (*decode_lot(lot).codes, lot.code)
    except DAMAGE_ERRORS:  # reported where the lot was made
        return (lot.code,)


def _find_lost_codes(reader: Reader, report: CheckReport) -> None:
    """Report each label code that does not lead to its lot.

    A label leads to its lot for ever, also to a void one, and after its relabelling was voided: so there may be more
    codes than lots have. Asked lot by lot only where the two do not come out the same, as codes lie at random.
    """
    for chunk in scan_lots(reader):
        owners = {code_key(code): lot.id for lot in chunk for code in _codes_of(lot)}
        claims = reader.find_claims(list(owners))
        for key, lot in owners.items():
            claim = claims.get(key)
            if claim is None or claim.owner != lot:
                report.note("check.code_lost", lot, claim.owner if claim else None, key)


def find_unmade(reader: Reader, report: CheckReport) -> None:
    """Report the lots that no event made: called only where their number does not come out."""
    for chunk in scan_lots(reader):
        made = {edge.lot for edge in reader.list_touches([lot.id for lot in chunk]) if edge.role == OUTPUT}
        for lot in chunk:
            if lot.id not in made and lot.status != "void":
                report.note("check.lot_unmade", lot.id, lot.status, "void")


def check_vectors(lot: Lot, report: CheckReport) -> None:
    """Check that the classes of each content add up to its metal."""
    for content in lot.contents:
        metal_g = sum(content.vector.values())
        if metal_g != content.metal_g:
            report.note("check.vector_sum", lot.id, metal_g, content.metal_g)
