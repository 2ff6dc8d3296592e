"""Offer the commands that check the book and derive it again."""

import re

import click

from traceability.cli.clock import print_standing
from traceability.cli.session import (
    Command,
    Session,
    json_option,
    now_ms,
    option,
    pass_session,
    store_option,
)
from traceability.domain.errors import BadInput

HASH = re.compile(r"[0-9a-f]{64}")
LONGEST_SEQ = 16  # digits


@click.command("check", cls=Command)
@option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="processes")
@option("--expect", metavar="SEQ:CHAIN", multiple=True, help="expect")
@store_option
@json_option
@pass_session
def check(session: Session, processes: int, expect: tuple[str, ...]) -> int:
    """Check that the book is sound, and that it continues heads that were written down."""
    heads = [_read_head(text) for text in expect]
    from traceability.services.recording.clock import read_clock
    from traceability.services.upkeep.check import check_book, collecting_damage, encode_report

    store = session.open(damaged=True)
    with store.read() as reader:
        head = reader.find_head()
    whole, done = head.seq, 0
    with session.progress("cli.checking") as advance:

        def step(what: str, more: int) -> None:
            nonlocal done
            if what == "events":
                done += more
                advance(done, whole)

        report = check_book(store, processes, step, heads)
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
    session.say("cli.rounding", lots=report.rounding_lots, most_g=report.rounding_g)
    session.say("cli.digest", digest=report.digest)
    session.say("cli.head", head=f"{head.seq}:{head.chain}")
    if report.moved:
        session.say("cli.book_moved")
    if standing is not None:
        print_standing(session, standing)
    if report.findings:
        session.say("cli.unsound", count=len(report.findings))
        return 1
    session.say("cli.sound")
    return 0


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


COMMANDS = {"check": check, "rebuild": rebuild}
