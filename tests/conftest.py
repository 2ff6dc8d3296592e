"""What every test may use: the fixtures of tests/support, and a word at the end about what could not run."""

import os
from pathlib import Path

import pytest

from tests.support.parts import HOW_TO_GET, everything_required, missing_parts

SUPPORT = Path(__file__).with_name("support")

# Every module in tests/support that makes fixtures is a plugin, so a new one is found without an entry here.
pytest_plugins = [
    f"tests.support.{module.stem}"
    for module in sorted(SUPPORT.glob("*.py"))
    if "@pytest.fixture" in module.read_text(encoding="utf-8")
]

MARKER_OF_FIXTURE = {
    "_worker_neo4j_server": "neo4j",
    "own_neo4j_server": "neo4j",
    "browser": "browser",
}


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a part by the fixtures it uses; skip it, with the reason, where the part is missing."""
    for item in items:
        for fixture, marker in MARKER_OF_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)
        for marker, reason in missing_parts().items():
            if item.get_closest_marker(marker) and not everything_required():
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(trylast=True)  # selection has happened
def pytest_collection_finish(session: pytest.Session) -> None:
    """Where everything is required, a missing part fails the run at once instead of hiding in skips."""
    if not everything_required():
        return
    for marker, reason in missing_parts().items():
        if any(item.get_closest_marker(marker) for item in session.items):
            raise pytest.UsageError(f"{reason}, and CI or REQUIRE_ALL asks for every test; {HOW_TO_GET}.")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was left out."""
    if missing_parts() and "PYTEST_XDIST_WORKER" not in os.environ:
        terminalreporter.section("left out", sep="-")
        for marker, reason in missing_parts().items():
            terminalreporter.line(f"Tests marked {marker} did not run: {reason}; {HOW_TO_GET}.")
