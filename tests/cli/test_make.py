"""`make run` serves where it is told to."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("given", "served"),
    [
        ([], "serve --data demo"),
        (["DATA=golden", "PORT=8101"], "serve --data golden --port 8101"),
        (["PORT=8101", "TLS=1"], "serve --data demo --port 8101 --tls"),
        (["PORT=8101", "HOST=0.0.0.0"], "serve --data demo --port 8101 --host 0.0.0.0"),
    ],
)
def test_port_and_host_reach_the_server(given: list[str], served: str) -> None:
    told = subprocess.run(["make", "-n", "run", *given], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip().splitlines()[-1].split("traceability ")[-1].split() == served.split()
