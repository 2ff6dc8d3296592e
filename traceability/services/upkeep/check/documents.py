"""Compare documents, their versions and log entries with the sums that the writes of them kept."""

from graph.row_sums import NOTHING, RowSum
from graph.store import Reader
from traceability.services.upkeep.check.findings import CheckReport, join_key


def check_documents(reader: Reader, report: CheckReport) -> None:
    """Report each kind of document or log whose rows are not what was written: altered, lost, or added beside the system."""
    kept, true = reader.find_row_sums(), reader.add_up_rows()
    for key in sorted(kept.keys() | true.keys()):
        stored, written = true.get(key, NOTHING), kept.get(key, NOTHING)
        if stored != written:
            report.note("check.documents_differ", join_key(key), _tell(stored), _tell(written))


def _tell(total: RowSum) -> str:
    return f"{total.rows} rows, {total.a:x}.{total.b:x}"
