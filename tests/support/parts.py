"""Find the parts beside Python that this machine has: Chromium, and what a Neo4j server needs."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEO4J_JARS = ROOT / ".cache" / "neo4j-5.26.12" / "lib"
HOW_TO_GET = "see what `make test` prints first"


def everything_required() -> bool:
    """Return whether a test that cannot run is a failure, as on CI, and not a skip."""
    return os.environ.get("CI") == "true" or os.environ.get("REQUIRE_ALL") == "1"


@cache
def find_chromium() -> str | None:
    """Return the path of Debian's Chromium; playwright's own browsers are never downloaded."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@cache
def find_headless_chromium() -> str | None:
    """Return the path of Debian's Chromium without its windows, else of Chromium: the same pages for a fifth of the work."""
    return shutil.which("chromium-headless-shell") or find_chromium()


@cache
def find_java() -> str | None:
    """Return the path of a Java that Neo4j 5.26 runs on."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(f"{home}/bin/java" if home else "java")
    if java is None:
        return None
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    return java if re.search(r'version "(17|21)[."]', said) else None


@cache
def missing_parts() -> dict[str, str]:
    """Return marker → why its tests cannot run here; empty on a complete machine."""
    missing = {}
    if find_chromium() is None:
        missing["browser"] = "Chromium is not installed"
    if find_java() is None:
        missing["neo4j"] = "Java 17 or 21 is not installed"
    elif not NEO4J_JARS.is_dir():
        missing["neo4j"] = "the Neo4j server was not fetched (Maven)"
    return missing
