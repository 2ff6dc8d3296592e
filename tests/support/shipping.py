"""Let a test change what ships in ``seed/reference``."""

from collections.abc import Iterable

import pytest

from traceability.exchange import seed
from traceability.services.directory.reference import ReferenceDocument


def ship(monkeypatch: pytest.MonkeyPatch, entries: Iterable[ReferenceDocument]) -> None:
    """Let these documents be what ships, as a newer version of the system would bring them."""
    changed = tuple(entries)
    monkeypatch.setattr(seed, "list_shipped", lambda: changed)
    monkeypatch.setattr(seed, "_digests_of_shipped", seed._digests_of_shipped.__wrapped__)
