"""List every task of a job by its name, those that read and write files included."""

from collections.abc import Mapping
from pathlib import Path

from graph.store import Body, Store
from traceability.exchange.drafts import load_file
from traceability.exchange.event_log import export_log, import_log
from traceability.services.auditing.analysis import run_analysis
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.outcome import encode_receipt
from traceability.services.upkeep import jobs
from traceability.services.upkeep.jobs import Clock, Progress, Task

MOST_REFUSALS = 1_000  # that a job's result keeps; the counts are always complete


def run_load(store: Store, arguments: Body, progress: Progress, clock: Clock) -> Body:
    """Load the drafts of the file ``path`` through the front door; return the counts and the rows
    that were refused."""
    deliverer = Deliverer(arguments["deliverer"], arguments.get("person", ""))
    counts: dict[str, int] = {}
    refused: list[Body] = []
    for row, receipt in load_file(store, Path(arguments["path"]), deliverer, clock, progress):
        counts[receipt.status] = counts.get(receipt.status, 0) + 1
        if receipt.error is not None and len(refused) < MOST_REFUSALS:
            refused.append({"row": row, **encode_receipt(receipt)})
    return {"counts": counts, "refused": refused}


def run_export(store: Store, arguments: Body, progress: Progress, clock: Clock) -> Body:
    """Export the log into the file ``path``."""
    private = bool(arguments.get("private"))
    return export_log(store, Path(arguments["path"]), private=private, progress=progress)._asdict()


def run_import(store: Store, arguments: Body, progress: Progress, clock: Clock) -> Body:
    """Import the log of the file ``path``."""
    return import_log(store, Path(arguments["path"]), progress=progress)._asdict()


TASKS: Mapping[str, Task] = {
    **jobs.TASKS, "load": run_load, "export": run_export, "import": run_import, "analyse": run_analysis,
}  # fmt: skip
