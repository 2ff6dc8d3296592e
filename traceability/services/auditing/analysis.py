"""Find what is unusual in a book: in a small one whenever somebody asks, in a large one ahead of it, by runs.

Reading a year of a million lots takes minutes. A run analyses each site by itself, so that it holds no more than one site's events, and keeps what it found in a document
for each site. The page then says up to which record it was made.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from graph.store import Body, Reader, Store, Writer
from traceability.domain.access import ANYWHERE, Assignment
from traceability.domain.calendar import day_of, month_of
from traceability.domain.errors import BadInput
from traceability.domain.findings import (
    DEFAULT_THRESHOLDS,
    Analysis,
    AuditFinding,
    Severity,
    Thresholds,
    find_heat_yields,
    find_night_entries,
    find_output_above_feed,
    find_reclassified,
    find_returned_metal,
    find_supplier_surges,
    find_tare_drift,
    find_undone_prints,
)
from traceability.domain.period import Period, add_months
from traceability.domain.place import place_key
from traceability.domain.rights import Viewer, find_viewer
from traceability.services.auditing.facts import read_facts
from traceability.services.auditing.soundness import begin_job, find_waiting
from traceability.services.directory.audit import Actor
from traceability.services.directory.people import Person
from traceability.services.directory.reference import reference_in, settings_in
from traceability.services.reporting.scope import find_whereabouts
from traceability.services.upkeep.jobs import Clock, Job, Progress

TASK = "analyse"
RUN, LAST, OF_SITE = "analysis", "last", "analysis_of_site"
MONTHS = 24
"""That a run looks at, up to the month in which it is made."""
READ_AT_ONCE = 20_000
"""Records of a book whose findings are found whenever somebody asks."""

_ANALYSES, _SEVERITIES = tuple(Analysis), tuple(Severity)


class AnalysisRun(NamedTuple):
    """A run: up to which record, when it ended, who began it ('' on the machine itself), its months and thresholds."""

    seq: int
    ended_ms: int
    person: str
    first: str
    last: str
    thresholds: Body

    def holds(self, period: Period) -> bool:
        """Return whether it holds the findings of a whole period."""
        return self.first <= period.first and period.last <= self.last


class ChangedThreshold(NamedTuple):
    """A threshold that a run went by, and what is in force now."""

    name: str
    then: int
    now: int


class FoundInBook(NamedTuple):
    """Findings, and the run that found them: None where they were found now, or were never looked for.

    ``is_analysed`` is False where a large book was never analysed; ``newer`` is how many records came since, and
    ``other_thresholds`` are those that it went by and that others replaced since.
    """

    findings: list[AuditFinding]
    run: AnalysisRun | None = None
    is_analysed: bool = True
    newer: int = 0
    other_thresholds: tuple[ChangedThreshold, ...] = ()


def find_thresholds(reader: Reader) -> Thresholds:
    """Return the thresholds in force."""
    stored = settings_in(reader).get("findings", {})
    return DEFAULT_THRESHOLDS._replace(
        **{name: value for name, value in stored.items() if name in Thresholds._fields}
    )


def find_all(
    reader: Reader, viewer: Viewer, place: str, period: Period, limits: Thresholds | None = None
) -> list[AuditFinding]:
    """Return the findings of a place and period at sites in view: alarms first, then the newest month.

    ``limits`` are by default the thresholds in force.
    """
    facts, limits = read_facts(reader, viewer, place, period), limits or find_thresholds(reader)
    found = [
        *find_tare_drift(facts.weighings, limits),
        *find_returned_metal(facts.returned, limits),
        *find_heat_yields(facts.heats, limits),
        *find_output_above_feed(facts.months, limits),
        *find_night_entries(facts.entries, limits),
        *find_reclassified(facts.charges, limits),
        *find_supplier_surges(facts.deliveries, limits),
        *find_undone_prints(facts.undone),
    ]
    return _sort(found)


def _sort(found: Iterable[AuditFinding]) -> list[AuditFinding]:
    """Return alarms first, then the newest month, then in the order of the analyses."""
    by_analysis = sorted(found, key=lambda one: (_ANALYSES.index(one.analysis), one.site, one.subject))
    by_analysis.sort(key=lambda one: one.month, reverse=True)
    return sorted(by_analysis, key=lambda one: _SEVERITIES.index(one.severity))


# --- as pages ask ---------------------------------------------------------------------------------------------------


def find_in_book(reader: Reader, viewer: Viewer, place: str, period: Period) -> FoundInBook:
    """Return the findings of a place and period at sites in view: found now in a small book, else by the last run."""
    head = reader.find_head().seq
    if head <= READ_AT_ONCE:
        return FoundInBook(find_all(reader, viewer, place, period))
    run = find_last_run(reader)
    if run is None:
        return FoundInBook([], is_analysed=False)
    if not run.holds(period):
        raise BadInput("finding.not_analysed_then", first=run.first, last=run.last)
    found = _find_stored(reader, viewer, place, period)
    return FoundInBook(found, run, True, head - run.seq, _list_changed(run, find_thresholds(reader)))


def _list_changed(run: AnalysisRun, in_force: Thresholds) -> tuple[ChangedThreshold, ...]:
    before = DEFAULT_THRESHOLDS._replace(
        **{name: value for name, value in run.thresholds.items() if name in Thresholds._fields}
    )
    return tuple(
        ChangedThreshold(name, then, now)
        for name, then, now in zip(Thresholds._fields, before, in_force, strict=True)
        if then != now
    )


def is_analysed(reader: Reader, period: Period) -> bool:
    """Return whether findings of a period can be told: of a small book always, else where the last run reached it."""
    if reader.find_head().seq <= READ_AT_ONCE:
        return True
    run = find_last_run(reader)
    return run is not None and run.holds(period)


def find_last_run(reader: Reader) -> AnalysisRun | None:
    """Return the last run, None where there was none."""
    document = reader.find_documents(RUN, [LAST]).get(LAST)
    return AnalysisRun(**document.body) if document else None


def _find_stored(reader: Reader, viewer: Viewer, place: str, period: Period) -> list[AuditFinding]:
    whereabouts, reference = find_whereabouts(reader), reference_in(reader)
    sites = whereabouts.sites_between([place], period.first, period.last)
    stored = reader.find_documents(OF_SITE, list(sites)) if sites else {}
    found = []
    for document in stored.values():
        for row in document.body["findings"]:
            one = _decode(row)
            region = reference.region_at(one.site, one.month)
            if (
                period.contains(one.month)
                and whereabouts.holds(place, one.site, region, one.month)
                and viewer.shows_stay(one.site, region)
            ):
                found.append(one)
    return _sort(found)


# --- runs -----------------------------------------------------------------------------------------------------------


def begin_analysis(store: Store, person: Person, actor: Actor) -> Job:
    """Queue a run, or return the one that waits or runs. Raises NotAllowed."""
    return begin_job(store, TASK, person, actor)


def find_waiting_run(reader: Reader) -> Job | None:
    """Return the run that waits or runs now, if any."""
    return find_waiting(reader, TASK)


def run_analysis(store: Store, arguments: Body, progress: Progress, clock: Clock) -> Body:
    """Analyse the whole book as a job."""
    run = analyse_book(store, clock(), arguments.get("person", ""), progress, progress.confirm)
    return {"seq": run.seq, "first": run.first, "last": run.last}


def analyse_book(
    store: Store,
    now_ms: int,
    person: str,
    progress: Callable[[int, int], None],
    confirm: Callable[[Writer], None] = lambda writer: None,
) -> AnalysisRun:
    """Find and keep what is unusual at each site in the last MONTHS months; return the run.

    It goes by the thresholds of its beginning, and all that it found is kept at once: a run that is stopped leaves the
    findings of the one before. ``confirm`` raises in the write that would keep them where it was stopped meanwhile.
    """
    with store.read() as reader:
        head, limits = reader.find_head().seq, find_thresholds(reader)
        sites = sorted(reference_in(reader).sites)
    last = month_of(now_ms)
    period = Period(add_months(last, 1 - MONTHS), last)
    found: dict[str, Body] = {}
    for number, site in enumerate(sites):
        found[site] = _analyse_site(store, site, period, limits, now_ms)
        progress(number + 1, len(sites))
    run = AnalysisRun(head, now_ms, person, period.first, period.last, limits._asdict())

    def keep(writer: Writer) -> None:
        confirm(writer)
        _keep(writer, run, found)

    store.write(keep)
    return run


def _analyse_site(store: Store, site: str, period: Period, limits: Thresholds, now_ms: int) -> Body:
    with store.read() as reader:
        everybody = find_viewer(
            [Assignment("auditor", ANYWHERE)], reference_in(reader).gazetteer, day_of(now_ms)
        )
        found = find_all(reader, everybody, place_key("site", site), period, limits)
    return {"findings": [_encode(one) for one in found]}


def _keep(writer: Writer, run: AnalysisRun, found: Mapping[str, Body]) -> None:
    kept = writer.find_documents(OF_SITE, list(found))
    for site, body in found.items():
        if site not in kept or kept[site].body != body:
            writer.put_document(OF_SITE, site, body)
    writer.put_document(RUN, LAST, run._asdict())


def _encode(one: AuditFinding) -> Body:
    return {**one._asdict(), "figures": dict(one.figures), "events": list(one.events), "lots": list(one.lots)}


def _decode(row: dict[str, Any]) -> AuditFinding:
    known = {**row, "analysis": Analysis(row["analysis"]), "severity": Severity(row["severity"])}
    return AuditFinding(**{**known, "events": tuple(row["events"]), "lots": tuple(row["lots"])})
