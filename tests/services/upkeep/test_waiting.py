"""What waits for an administrator is told of the things themselves, on both engines."""

from graph.store import Store
from tests.support.business import NOW_MS, open_business
from tests.support.reading import ask
from traceability.domain.administration import Administrator
from traceability.domain.calendar import DAY_MS, day_of
from traceability.services.directory.audit import Actor
from traceability.services.directory.devices import enrol, make_code, revoke_device
from traceability.services.directory.people import Person
from traceability.services.directory.sessions import DEVICE, begin_session
from traceability.services.upkeep.waiting import list_waiting


def test_a_device_is_silent_whether_or_not_somebody_is_signed_in_on_it(store: Store) -> None:
    open_business(store)
    person = Person("wang", "Wang", ())
    scale, gate = (
        enrol(store, make_code(store, label, "yard", Actor("admin", NOW_MS)), NOW_MS).device
        for label in ("scale", "gate")
    )
    for _ in range(2):  # two sessions are one device
        store.write(lambda writer: begin_session(writer, person, NOW_MS, DEVICE, device=scale.id))
    later_ms = NOW_MS + 8 * DAY_MS
    asking = Administrator(("*",), {}, day_of(later_ms))
    assert ask(store, list_waiting, asking, NOW_MS).devices == []
    assert sorted(one.label for one in ask(store, list_waiting, asking, later_ms).devices) == [
        "gate",
        "scale",
    ]
    revoke_device(store, gate.id, Actor("admin", later_ms))
    assert [one.label for one in ask(store, list_waiting, asking, later_ms).devices] == ["scale"]
