"""List the engines a test may run on, for ``pytest`` parameters."""

import pytest

ENGINES = ("sqlite", pytest.param("neo4j", marks=pytest.mark.neo4j))
