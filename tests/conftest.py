"""Load the fixtures of tests/support for every test, and report at the end what could not run."""

import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest

from tests.support.parts import HOW_TO_GET, everything_required, missing_parts
from tests.support.templates import keep_addresses, keep_templates

SUPPORT = Path(__file__).with_name("support")

# Every module in tests/support that makes fixtures is a plugin, so a new one is found without an entry here.
pytest_plugins = [
    f"tests.support.{module.stem}"
    for module in sorted(SUPPORT.glob("*.py"))
    if "@pytest.fixture" in module.read_text(encoding="utf-8")
]

# Time says nothing on a shared machine. On CI examples are fixed (hypothesis does so by itself); `make soak` searches long.
hypothesis.settings.register_profile("quick", deadline=None)
hypothesis.settings.register_profile("ci", parent=hypothesis.settings.get_profile("ci"), deadline=None)
hypothesis.settings.register_profile("soak", deadline=None, max_examples=5_000, stateful_step_count=100)
hypothesis.settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "quick")
)

keep_addresses()
keep_templates()

MEMORY = Path("/dev/shm")
ROOM = 4 << 30  # bytes; the folders of a whole run have held 1 GB at once
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM:
    # A book waits for its disk at each event, and no test can cut the power: folders of tests are in memory.
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None  # found again

MARKER_OF_FIXTURE = {
    "_worker_neo4j_server": "neo4j",
    "own_neo4j_server": "neo4j",
    "browser": "browser",
}


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a part by the fixtures it uses; skip it, with the reason, where the part is missing.

    Tests that share a fixture of their module stay together, or each worker would make it.
    """
    for item in items:
        for fixture, marker in MARKER_OF_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)
        for marker, reason in missing_parts().items():
            if item.get_closest_marker(marker) and not everything_required():
                item.add_marker(pytest.mark.skip(reason=reason))
        if isinstance(item, pytest.Function) and _shares_within_its_module(item):
            engine = "-neo4j" if item.get_closest_marker("neo4j") else ""
            item.add_marker(pytest.mark.xdist_group(f"{item.path.parent.name}-{item.path.stem}{engine}"))


def _shares_within_its_module(test: pytest.Function) -> bool:
    fixtures = test._fixtureinfo.name2fixturedefs.values()
    return any(made.scope == "module" for makers in fixtures for made in makers)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Where everything is required, a missing part is a failure and never hides in skips."""
    for marker, reason in missing_parts().items():
        if item.get_closest_marker(marker) and everything_required():
            pytest.fail(f"{reason}, and CI or REQUIRE_ALL asks for every test; {HOW_TO_GET}.", pytrace=False)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last lines of a run name what was left out."""
    if not hasattr(config, "workerinput"):
        for marker, reason in missing_parts().items():
            print(f"Left out: the tests marked {marker}, because {reason}; {HOW_TO_GET}.")
