"""``traceability serve --tls`` serves phones of the local network by https, and tells them whom to trust."""

import ssl
import urllib.error
import urllib.request
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import zxingcpp
from PIL import Image

from tests.support.serving import serving
from traceability.cli import run
from traceability.cli.tls import EVERY_ADDRESS, THIS_MACHINE, list_addresses, usual_address
from traceability.config import make_secret, read_settings

UPPER, LOWER = "▀█", "▄█"  # half blocks that are light above, below


def read_code(printed: str) -> str:
    """Return what a camera reads of the QR code among printed lines."""
    rows = [line for line in printed.splitlines() if line and set(line) <= set(" ▀▄█\xa0")]
    pixels = [[block in half for block in row] for row in rows for half in (UPPER, LOWER)]
    picture = Image.new("L", (len(pixels[0]), len(pixels)))
    picture.putdata([255 * light for row in pixels for light in row])
    scale = 8
    (found,) = zxingcpp.read_barcodes(picture.resize((picture.width * scale, picture.height * scale), 0))
    return str(found.text)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_prints_a_code_for_phones_and_hands_on_where_it_is(
    tmp_path: Path, started: list[dict[str, str]], language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make_secret(tmp_path / "data")
    assert run(["serve", "--port", "0", "--language", language, "--tls", "--host", THIS_MACHINE]) == 0
    printed = capsys.readouterr().out
    worker, server = (read_settings(environ) for environ in started)
    assert worker == server
    assert (server.tls, server.encrypted) == (True, True)
    address = urlsplit(server.public_url)
    assert address.hostname == "localhost"
    assert read_code(printed) == f"http://localhost:{address.port}/trust"
    assert ("Android" in printed, "安卓" in printed) == (language == "en", language == "zh")


def test_a_second_start_needs_no_phone_to_trust_again(
    tmp_path: Path, started: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    make_secret(tmp_path / "data")
    begin = ["serve", "--port", "0", "--tls", "--language", "en"]
    assert run(begin) == 0
    first = (tmp_path / "data" / "tls" / "authority.pem").read_bytes()
    assert "has to trust it once" in capsys.readouterr().out
    assert run(begin) == 0
    assert "has to trust it once" not in capsys.readouterr().out
    assert (tmp_path / "data" / "tls" / "authority.pem").read_bytes() == first


def test_what_it_cannot_keep_is_told(
    tmp_path: Path, started: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    make_secret(tmp_path / "data")
    (tmp_path / "data" / "tls").write_text("a file in the place of a folder")
    assert run(["serve", "--port", "0", "--tls", "--language", "en"]) == 5
    assert f"File {tmp_path / 'data' / 'tls'} cannot be read or written" in capsys.readouterr().err
    assert not started


def test_the_usual_address_is_that_of_the_network() -> None:
    addresses = list_addresses()
    assert not [one for one in addresses if one.startswith("127.")]
    assert usual_address(THIS_MACHINE, 8000, tls=False) == "http://localhost:8000"
    assert usual_address(THIS_MACHINE, 443, tls=True) == "https://localhost"
    assert usual_address("::1", 8000, tls=True) == "https://localhost:8000"
    assert usual_address("fd00::7", 8000, tls=True) == "https://[fd00::7]:8000"
    expected = addresses[0] if addresses else "localhost"
    assert usual_address(EVERY_ADDRESS, 8000, tls=True) == f"https://{expected}:8000"


@pytest.mark.slow
def test_who_trusts_the_authority_is_served_and_others_learn_how(tmp_path: Path) -> None:
    with serving(tmp_path, "golden", "--tls", "--host", THIS_MACHINE) as service:
        port = urlsplit(service.address).port
        for host in ("localhost", THIS_MACHINE):
            with urllib.request.urlopen(
                f"https://{host}:{port}/sign-in", context=service.trusting()
            ) as answer:
                assert answer.status == 200
                assert "Strict-Transport-Security" not in answer.headers
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(f"{service.address}/sign-in", context=ssl.create_default_context())

        def ask(method: str, path: str) -> tuple[int, dict[str, str], bytes]:
            connection = HTTPConnection(THIS_MACHINE, port, timeout=10)
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, dict(answer.headers), answer.read()

        assert ask("GET", "/lots?q=1")[:2][1]["Location"] == f"https://{THIS_MACHINE}:{port}/lots?q=1"
        assert ask("GET", "/lots")[0] == 307
        assert ask("POST", "/sign-in")[0] == 403
        assert ask("GET", "/trust")[0] == 200
        status, headers, certificate = ask("GET", "/trust/authority.crt")
        assert (status, headers["Content-Type"]) == (200, "application/x-x509-ca-cert")
        assert certificate == service.authority.read_bytes()
        assert "Error" not in service.printed
        assert "Traceback" not in service.printed
