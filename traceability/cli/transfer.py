"""Offer the commands that bring a book in or out: drafts, the log, archives, seed data."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from traceability.cli.session import (
    FILE_IN,
    FILE_OUT,
    FOLDER_IN,
    Command,
    Session,
    console_actor,
    json_option,
    list_reasons,
    now_ms,
    option,
    pass_session,
    store_option,
)
from traceability.domain.errors import BadInput, TraceabilityError, WriteConflict
from traceability.services.recording.capture import Receipt
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.outcome import encode_receipt

if TYPE_CHECKING:
    from traceability.services.upkeep.backup import Archive
    from traceability.services.upkeep.check import Finding

SHOWN = 20  # refused rows on the screen; --results has them all


@click.command("load", cls=Command)
@click.argument("file", type=FILE_IN)
@option("--results", type=FILE_OUT, help="results")
@option("--processes", type=click.IntRange(1, 2), default=2, show_default=True, help="readers")
@store_option
@json_option
@pass_session
def load(session: Session, file: Path, results: Path | None, processes: int) -> int:
    """Load drafts through the front door."""
    from traceability.exchange.drafts import load_file

    if results and results.exists() and results.samefile(file):
        raise BadInput("cli.file_exists", file=str(results))
    store = session.open()
    counts = dict.fromkeys(("created", "duplicate", "conflict", "rejected"), 0)
    refused: list[dict[str, object]] = []
    shown, sealed = 0, ""
    # Flushed line by line: after a power cut the file holds what was recorded.
    written = results.open("w", encoding="utf-8", buffering=1) if results else None
    try:
        with session.progress("cli.loading") as advance:
            for row, receipt in load_file(store, file, Deliverer("load"), now_ms, advance, processes):
                counts[receipt.status] += 1
                sealed = receipt.head or sealed
                if written:
                    body = {"row": row, **encode_receipt(receipt)}
                    written.write(json.dumps(body, ensure_ascii=False) + "\n")
                if receipt.error is None:
                    continue
                shown += 1
                if session.json and len(refused) < SHOWN:
                    refused.append({"row": row, **encode_receipt(receipt)})
                elif not session.json and shown <= SHOWN:
                    _show_refusal(session, row, receipt)
    except (TraceabilityError, OSError, KeyboardInterrupt):
        if any(counts.values()) and not session.json:
            click.echo(session.text("cli.loaded_so_far", counts), err=True)
        raise
    finally:
        if written:
            written.close()
    if session.json:
        session.answer({"counts": counts, "refused": refused})
    else:
        if shown > SHOWN:
            click.echo(session.text("cli.more_refused", {"count": shown - SHOWN}), err=True)
        session.say("cli.loaded", **counts)
        if sealed:
            session.say("cli.sealed_head", head=sealed)
    return 1 if counts["rejected"] or counts["conflict"] else 0


def _show_refusal(session: Session, row: int, receipt: Receipt) -> None:
    assert receipt.error is not None
    why = list_reasons(session, receipt.error) or [session.text(receipt.error.code, receipt.error.figures)]
    click.echo(session.text("cli.row", {"row": row, "reasons": "\n  ".join(why)}), err=True)


@click.command("export", cls=Command)
@click.argument("file", type=FILE_OUT)
@option("--private", is_flag=True, help="private")
@store_option
@json_option
@pass_session
def export(session: Session, file: Path, private: bool) -> None:
    """Export the log into a file."""
    from traceability.exchange.event_log import export_log

    with session.progress("cli.exporting") as advance:
        done = export_log(session.open(), file, private=private, progress=advance)
    if session.json:
        session.answer(done._asdict())
    session.say("cli.exported", file=file, **done._asdict())


@click.command("import", cls=Command)
@click.argument("file", type=FILE_IN)
@store_option
@json_option
@pass_session
def import_(session: Session, file: Path) -> None:
    """Import the log of a file."""
    from traceability.exchange.event_log import check_log, import_log

    check_log(file)  # before a store is made for it
    with session.progress("cli.importing") as advance:
        done = import_log(session.open(new=True), file, progress=advance)
    if session.json:
        session.answer(done._asdict())
    session.say("cli.imported", file=file, **done._asdict())


@click.command("backup", cls=Command)
@click.argument("file", type=FILE_OUT)
@option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="backup_processes")
@option("--damaged", is_flag=True, help="damaged_backup")
@store_option
@json_option
@pass_session
def backup(session: Session, file: Path, processes: int, damaged: bool) -> int:
    """Check everything, and back it up into one archive."""
    from graph.store import Store
    from traceability.exchange.event_log import export_log
    from traceability.services.upkeep.backup import UnsoundBook, back_up
    from traceability.services.upkeep.signed_heads import list_kept_heads

    settings = session.settings()
    store = session.open(damaged=True)
    heads = list_kept_heads(settings.heads)

    def write_log(store: Store, path: Path) -> object:
        return export_log(store, path, private=True)

    if file.exists():
        raise WriteConflict("cli.file_exists", file=str(file))
    try:
        with session.progress("cli.backing_up") as advance:
            archive = back_up(
                store,
                file,
                settings.blobs,
                write_log,
                advance,
                heads=heads,
                damaged=damaged,
                processes=processes,
            )
    except UnsoundBook as error:
        if session.json:
            session.answer({"findings": [finding._asdict() for finding in error.findings]})
        else:
            _print_findings(session, error.findings)
        raise
    _tell_archive(session, "cli.backed_up", file, archive)
    return 1 if archive.findings and damaged else 0


def _tell_archive(session: Session, code: str, file: Path, archive: "Archive") -> None:
    """Say what is in an archive, with what is wrong with it."""
    if session.json:
        findings = [finding._asdict() for finding in archive.findings]
        session.answer({**archive._asdict(), "findings": findings})
        return
    _print_findings(session, archive.findings)
    session.say(code, file=file, seq=archive.seq, blobs=archive.blobs)
    session.say("cli.head", head=f"{archive.seq}:{archive.chain}")
    if archive.signed:
        session.say("cli.archived_head", head=archive.signed)


def _print_findings(session: Session, findings: Iterable["Finding"]) -> None:
    for finding in findings:
        words = {"what": session.text(finding.code), **finding._asdict()}
        click.echo(session.text("cli.finding", words), err=True)


@click.command("restore", cls=Command)
@click.argument("file", type=FILE_IN)
@option("--damaged", is_flag=True, help="damaged_restore")
@store_option
@json_option
@pass_session
def restore(session: Session, file: Path, damaged: bool) -> None:
    """Restore an archive into a new store."""
    from graph import open_store
    from graph.store import Store
    from traceability.exchange.event_log import export_log, import_log
    from traceability.services.upkeep.backup import RestoreTerms
    from traceability.services.upkeep.backup import restore as bring_back
    from traceability.services.upkeep.signed_heads import list_kept_heads, list_trusted_keys

    settings = session.settings()
    kept = list_kept_heads(settings.heads)
    terms = RestoreTerms(now_ms(), kept, list_trusted_keys(settings.head_key), damaged)
    store = open_store(settings.store, user=settings.store_user, password=settings.store_password)

    def write_log(store: Store, path: Path) -> object:
        return export_log(store, path, private=True)

    with session.progress("cli.restoring") as advance:
        archive = bring_back(store, file, settings.blobs, write_log, import_log, advance, terms)
    _tell_archive(session, "cli.restored", file, archive)
    newer = [head for head in kept if head.seq > archive.seq]
    if newer:
        session.say("cli.restored_older", head=str(newer[-1]), signed_ms=newer[-1].signed_ms)
    session.say("cli.all_signed_out")


@click.command("seed", cls=Command)
@option("--from", "folder", type=FOLDER_IN, help="from")
@option("--scenario", help="scenario")
@store_option
@json_option
@pass_session
def seed(session: Session, folder: Path | None, scenario: str | None) -> None:
    """Load reference data; with them an installation's own sites and people, or a scenario's."""
    from traceability.cli.scenarios import check_scenario, load_all

    if folder and scenario:
        raise BadInput("cli.folder_or_scenario")
    if folder:
        from traceability.exchange.seed import load_own
        from traceability.exchange.seed_folder import read_folder

        entries = read_folder(folder, session.find())
        counts = {"documents": load_own(session.open(new=True), entries, actor=console_actor()), "events": 0}
    else:
        if scenario:
            check_scenario(scenario)
        counts = load_all(session, session.open(new=True), scenario)
    if session.json:
        session.answer(counts)
    session.say("cli.seeded", **counts)


COMMANDS = {
    "load": load,
    "export": export,
    "import": import_,
    "backup": backup,
    "restore": restore,
    "seed": seed,
}
