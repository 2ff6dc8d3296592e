"""A supervisor approves a break where it is, by their own password; the event of a heat states it hours later."""

import pytest
from argon2 import PasswordHasher

from graph.store import Store, Writer
from tests.support.business import NOW_MS, Business, grams, open_business, uuid7
from tests.support.viewing import owner_of
from traceability.domain.errors import BadInput, EventRejected, Violation
from traceability.domain.event import Approval, Draft
from traceability.services.directory.audit import Actor
from traceability.services.directory.people import find_people, hash_password, put_person
from traceability.services.directory.sign_in import AttemptPlace, TooManyAttempts
from traceability.services.operations.heats import (
    OpenHeat,
    approve_lots,
    charge_lot,
    close_heat,
    find_heat,
    open_heat,
    read_heat,
    state_approvals,
    take_off,
)
from traceability.services.recording.approvals import (
    LONGEST_REASON,
    ApprovalRequest,
    give_approval,
    join_approvals,
    list_supervisors,
)
from traceability.services.recording.capture import Receipt, capture_event
from traceability.services.recording.judge import Deliverer
from traceability.wire import load_draft

PASSWORD = "correct horse"
HEAT = uuid7(900_000)
DESK = AttemptPlace("192.0.2.1")
MELTER = owner_of("plant", works_at=("plant",))


@pytest.fixture
def here(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Business:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("traceability.services.directory.people._hasher", lambda: quick)
    open_business(sqlite_store)
    with sqlite_store.read() as reader:
        people = find_people(reader, ["wang", "chen", "liu"])
    for person in people.values():
        changed = person._replace(password=hash_password(PASSWORD))
        sqlite_store.write(lambda writer, one=changed: put_person(writer, one))  # type: ignore[misc]
    return Business(sqlite_store)


def close(here: Business, draft: Draft, deliverer: Deliverer, actor: Actor) -> Receipt:
    with here.store.read() as reader:
        version = find_heat(reader, MELTER, HEAT).version

    def end(writer: Writer, receipt: Receipt) -> None:
        close_heat(writer, MELTER, HEAT, actor, version)

    return capture_event(here.store, draft, deliverer, NOW_MS, then=end)


def ask(here: Business, **typed: str) -> Approval:
    request = ApprovalRequest("plant", "wang", "chen", PASSWORD, "checked")._replace(**typed)
    return give_approval(here.store, request, DESK, NOW_MS)


def test_only_a_supervisor_of_the_site_approves_by_their_own_password(here: Business) -> None:
    assert ask(here, approver="CHEN", reason=" looked \n at it ") == Approval("chen", "looked at it")
    for typed, code, field in (
        ({"approver": " "}, "approval.no_approver", "approver"),
        ({"reason": ""}, "approval.no_reason", "reason"),
        ({"reason": "x" * 501}, "approval.reason_long", "reason"),
        ({"reason": "clean\0"}, "approval.bad_reason", "reason"),
        ({"reason": "\u202eclean"}, "approval.bad_reason", "reason"),
        ({"password": "guessed"}, "person.wrong_password", "password"),
        ({"approver": "nobody"}, "person.wrong_password", "password"),
        ({"approver": "wang"}, "rule.approval_of_own", "approver"),
        ({"approver": "liu"}, "rule.approver_not_supervisor", "approver"),
        ({"person": "chen"}, "rule.approval_of_own", "approver"),
    ):
        with pytest.raises(BadInput) as caught:
            ask(here, **typed)
        assert (caught.value.code, caught.value.figures["field"]) == (code, field), typed
    with here.store.read() as reader:
        assert [one.id for one in list_supervisors(reader, "plant", NOW_MS)] == ["chen"]
        assert list_supervisors(reader, "plant", NOW_MS, "chen") == []
    refused = 0
    for _ in range(9):
        try:
            ask(here, password="guessed")
        except TooManyAttempts:
            refused += 1
        except BadInput:
            continue
    assert refused, "guesses at an approval wait as those at a sign-in do"


def test_an_approval_is_kept_with_the_heat_and_stated_by_its_event(here: Business) -> None:
    here.change_reference("material", "adc12", grades=["tense"])
    lots = [here.collect("tense", 1_000, site="plant"), here.collect("talc", 500, site="plant")]
    actor = Actor("wang", NOW_MS)
    open_heat(here.store, HEAT, "plant", OpenHeat("melt", "2", "adc12"), actor)
    for lot in lots:
        work = charge_lot(here.store, MELTER, HEAT, here.lot(lot), actor)
    body = here.draft(
        "melt", "plant", actor="wang", heat_number="2026-0001", inputs=[{"lot": lot} for lot in lots],
        outputs=[{"form": "product", "material": "adc12", "mass_g": grams(1_300)}],
    )  # fmt: skip
    draft = load_draft({**body, "id": HEAT})
    deliverer = Deliverer("desk", "wang")
    with pytest.raises(EventRejected) as caught:
        close(here, draft, deliverer, actor)
    breaks = caught.value.violations
    assert [(one.code, one.confirmable) for one in breaks] == [("rule.grade_not_allowed", True)]
    assert state_approvals(read_heat(work), draft, deliverer, breaks) == (draft, deliverer)
    code = here.lot(lots[1]).code
    approve_lots(here.store, MELTER, HEAT, [code], ask(here, reason="first"), NOW_MS)
    take_off(here.store, MELTER, HEAT, code, NOW_MS)
    work = charge_lot(here.store, MELTER, HEAT, here.lot(lots[1]), actor)
    assert read_heat(work).approvals == (), "what was taken off is asked about anew"
    work = approve_lots(here.store, MELTER, HEAT, [code], ask(here, reason="clean cans"), NOW_MS)
    heat = read_heat(work)
    unusual = Violation("rule.mass_unusual", "outputs.0.mass_g", confirmable=True)
    for others in ([], [unusual], [*breaks, unusual], [breaks[0]._replace(confirmable=False)]):
        assert state_approvals(heat, draft, deliverer, others) == (draft, deliverer), (
            "it is of that lot alone"
        )
    own = draft._replace(actor="chen")
    assert state_approvals(heat, own, deliverer, breaks)[0] == own, "nobody approves their own event"
    receipt = close(here, *state_approvals(heat, draft, deliverer, breaks), actor)
    assert receipt.status == "created"
    assert here.event(HEAT).draft.approval == Approval("chen", "clean cans")


def test_several_approvals_are_one(here: Business) -> None:
    assert join_approvals([]) is None
    several = [Approval("chen", "clean"), Approval("li", "small"), Approval("chen", "clean")]
    assert join_approvals(several) == Approval("chen", "clean; li: small")
    long = [Approval("chen", letter * LONGEST_REASON) for letter in "abc"]
    joined = join_approvals(long)
    assert joined is not None
    assert joined.reason.split("; ") == [one.reason for one in long], "each says why as a whole"
