"""Offer the commands that check the book, derive it again and analyse it."""

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from graph.blobs import Blobs
from traceability.cli.clock import print_standing
from traceability.cli.heads import read_signed
from traceability.cli.session import (
    Command,
    Session,
    json_option,
    now_ms,
    option,
    pass_session,
    store_option,
)
from traceability.domain.errors import BadInput, StoreError
from traceability.services.upkeep.signed_heads import SignedHead, find_newest_head, list_trusted_keys

HASH = re.compile(r"[0-9a-f]{64}")
LONGEST_SEQ = 16  # digits


@click.command("check", cls=Command)
@option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="processes")
@option("--skip-photos", is_flag=True, help="skip_photos")
@option("--expect", metavar="SEQ:CHAIN|FILE", multiple=True, help="expect")
@store_option
@json_option
@pass_session
def check(session: Session, processes: int, skip_photos: bool, expect: tuple[str, ...]) -> int:
    """Check that the book is sound, and that it continues heads that were written down."""
    heads, signed = _read_expected(expect)
    newest = find_newest_head(session.settings().heads)
    if newest is not None and newest not in signed:  # expected without being asked for
        signed.append(newest)
    # The first event tells books apart, and is a head like any other.
    heads += dict.fromkeys((1, head.book) for head in signed)
    heads += dict.fromkeys((head.seq, head.chain) for head in signed)
    from traceability.services.recording.clock import read_clock
    from traceability.services.upkeep.check import check_book, collecting_damage, encode_report
    from traceability.services.upkeep.check.signatures import check_signatures
    from traceability.services.upkeep.check_record import keep_check

    store = session.open(damaged=True)
    photos = None if skip_photos else Blobs(session.settings().blobs)
    with store.read() as reader:
        head = reader.find_head()
    whole, done = head.seq, 0
    with session.progress("cli.checking") as advance:

        def step(what: str, more: int) -> None:
            nonlocal done
            if what == "events":
                done += more
                advance(done, whole)

        report = check_book(store, processes, step, heads, photos.digest_stored if photos else None)
    check_signatures(signed, list_trusted_keys(session.settings().head_key), report)
    if not any(finding.code == "check.engine" for finding in report.findings):
        with suppress(StoreError):  # a book that takes nothing any more is checked all the same
            store.write(lambda writer: keep_check(writer, report, head.seq, "", now_ms()))
    standing = None
    with collecting_damage(report, "log"), store.read() as reader:
        standing = read_clock(reader, now_ms())
    if session.json:
        session.answer({"head": f"{head.seq}:{head.chain}", **encode_report(report)})
        return 1 if report.findings else 0
    for finding in report.findings:
        session.say("cli.finding", what=session.text(finding.code), **finding._asdict())
    for collision in report.collisions:
        owners = ", ".join(collision.owners)
        session.say(
            "cli.collision",
            what=session.text(collision.code),
            identifier=collision.identifier,
            owners=owners,
        )
    session.say(
        "cli.checked",
        events=report.events,
        lots=report.lots,
        postings=report.postings,
        tallies=report.tallies,
    )
    if report.photos:
        session.say("cli.photos_checked", photos=report.photos)
    session.say("cli.rounding", lots=report.rounding_lots, most_g=report.rounding_g)
    session.say("cli.digest", digest=report.digest)
    session.say("cli.head", head=f"{head.seq}:{head.chain}")
    if newest is not None:
        session.say("cli.newest_signed_head", head=str(newest), signed_ms=newest.signed_ms)
    if report.moved:
        session.say("cli.book_moved")
    if standing is not None:
        print_standing(session, standing)
    if report.findings:
        session.say("cli.unsound", count=len(report.findings))
        return 1
    session.say("cli.sound")
    return 0


def _read_expected(texts: Sequence[str]) -> tuple[list[tuple[int, str]], list[SignedHead]]:
    """Return the heads that the book must continue, and those of them that are signed: of files that were named.

    Raises BadInput, OSError.
    """
    heads: list[tuple[int, str]] = []
    signed: list[SignedHead] = []
    for text in texts:
        if ":" not in text and Path(text).is_file():
            signed += read_signed(Path(text)).heads
        else:
            heads.append(_read_head(text))
    return heads, signed


def _read_head(text: str) -> tuple[int, str]:
    """Return the (seq, chain) of a head as check prints it. Raises BadInput."""
    seq, _, chain = text.strip().partition(":")
    if not (seq.isascii() and seq.isdecimal() and len(seq) < LONGEST_SEQ and HASH.fullmatch(chain)):
        raise BadInput("cli.bad_head", text=text[:100])
    return int(seq), chain


@click.command("rebuild", cls=Command)
@store_option
@json_option
@pass_session
def rebuild(session: Session) -> None:
    """Derive everything again from the events."""
    from traceability.services.upkeep.rebuild import rebuild as derive

    store = session.open()
    with session.progress("cli.rebuilding") as advance:
        events = derive(store, advance)
    if session.json:
        session.answer({"events": events})
    session.say("cli.rebuilt", events=events)


@click.command("analyse", cls=Command)
@store_option
@json_option
@pass_session
def analyse(session: Session) -> None:
    """Find what is unusual at each site, for the page of findings of a large book."""
    from traceability.services.auditing.analysis import analyse_book

    store = session.open()
    with session.progress("cli.analysing") as advance:
        run = analyse_book(store, now_ms(), "", advance)
    if session.json:
        session.answer({"seq": run.seq, "first": run.first, "last": run.last})
    session.say("cli.analysed", seq=run.seq, first=run.first, last=run.last)


COMMANDS = {"check": check, "rebuild": rebuild, "analyse": analyse}
