"""Print the targets of scanning, offline work and labels beside what this machine reaches: ``make bench-scan``."""

import os
import platform
from collections.abc import Callable
from datetime import datetime
from logging import getLogger

import click

from tests.bench.clock import pace
from tests.bench.scan import camera, labels, pages, queue, wedge
from tests.bench.scan.measured import Measured
from traceability.domain.calendar import SHANGHAI

MEASURES: dict[str, Callable[[], list[Measured]]] = {
    "camera": camera.measure,
    "wedge": wedge.measure,
    "queue": queue.measure,
    "labels": labels.measure,
    "pages": pages.measure,
}


@click.command()
@click.option("--only", type=click.Choice([*MEASURES]), multiple=True, help="Measures; all unless given.")
def main(only: tuple[str, ...]) -> None:
    """Measure in real Chromium, and print a table."""
    getLogger("werkzeug").setLevel("ERROR")
    today = datetime.now(SHANGHAI).strftime("%Y-%m-%d")
    print(
        f"\n{today}, {os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}, pace {pace():.0f} ms\n"
    )
    print("| measure | target | reached | met |\n|---|---|---|---|")
    for name in only or MEASURES:
        for line in MEASURES[name]():
            print(f"| {' | '.join(line)} |", flush=True)


if __name__ == "__main__":
    main()
