"""A form that is filled in again shows what its draft leaves to be understood."""

from traceability.domain.event import Draft, Heat, MovedLot, Shipment
from traceability.web.forms.correction import state_again


def test_what_is_understood_is_stated() -> None:
    shipment = Draft(
        "id", "ship", "yard", 0, 480, "wang", lots=(MovedLot("lot"),), detail=Shipment(to="plant")
    )
    assert state_again(shipment) == {
        "event_time": "1970-01-01T08:00:00+08:00",
        "lots": [{"lot": "lot"}],
        "to": "plant",
        "mode": "road",
    }
    by_rail = shipment._replace(detail=Shipment(to="plant", mode="rail"))
    assert state_again(by_rail)["mode"] == "rail"
    assert state_again(Draft("id", "melt", "plant", 0, 480, "liu", detail=Heat()))["model"] == "heat"
