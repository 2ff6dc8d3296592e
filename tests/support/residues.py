"""Hand residue of the golden scenario over, for tests of registers."""

from graph.store import Store
from tests.support.golden import Golden

H01_DROSS = "0194eedf-5000-7002-8000-000000000038"
MANIFEST, LICENCE = "43-2025-000117", "湘环危字第2024-0600号"


def hand_over_dross(store: Store) -> None:
    """Miluo hands its dross of heat H01 over to a licensed works."""
    receipt = Golden(store).send({
        "schema": 1, "id": "01970000-0000-7000-8000-0000000000d1", "kind": "dispose", "site": "miluo",
        "event_time": "2025-03-20T09:00:00+08:00", "actor": "golden-corrector", "lots": [{"lot": H01_DROSS}],
        "outcome": "utilised", "waste_code": "321-026-48", "manifest": MANIFEST, "receiver": "yueyang-dross",
        "licence": LICENCE,
    })  # fmt: skip
    assert receipt.error is None
