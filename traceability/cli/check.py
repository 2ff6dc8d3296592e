"""Offer the commands that check the book and derive it again."""

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


@click.command("check", cls=Command)
@option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="processes")
@store_option
@json_option
@pass_session
def check(session: Session, processes: int) -> int:
    """Check that the book is sound."""
    from traceability.services.recording.clock import read_clock
    from traceability.services.upkeep.check import check_book, encode_report

    store = session.open()
    with store.read() as reader:
        whole = reader.find_head().seq
    done = 0
    with session.progress("cli.checking") as advance:

        def step(what: str, more: int) -> None:
            nonlocal done
            if what == "events":
                done += more
                advance(done, whole)

        report = check_book(store, processes, step)
    if session.json:
        session.answer(encode_report(report))
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
    if report.moved:
        session.say("cli.book_moved")
    with store.read() as reader:
        print_standing(session, read_clock(reader, now_ms()))
    if report.findings:
        session.say("cli.unsound", count=len(report.findings))
        return 1
    session.say("cli.sound")
    return 0


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
