"""The business whose reports are tested."""

import pytest

from graph.store import Store
from tests.support.business import Business, open_business


@pytest.fixture
def here(store: Store) -> Business:
    open_business(store)
    return Business(store)
