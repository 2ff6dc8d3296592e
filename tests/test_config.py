"""An installation starts only with settings that are safe, and keeps its secret to itself."""

import stat
from pathlib import Path

import pytest

from traceability.config import BadSetting, check_binding, make_secret, read_settings

KEY = {"TRACEABILITY_SECRET_KEY": "k" * 40}


def test_a_key_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    path = make_secret(tmp_path / "data")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    secret = path.read_text()
    assert make_secret(tmp_path / "data").read_text() == secret
    settings = read_settings({"TRACEABILITY_DATA": str(tmp_path / "data")})
    assert settings.secret_key == secret.strip()
    assert settings.secret_key not in repr(settings)
    assert settings.store == f"sqlite:///{tmp_path / 'data' / 'book.db'}"


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({}, "config.no_secret"),
        ({"TRACEABILITY_SECRET_KEY": "short"}, "config.no_secret"),
        ({"TRACEABILITY_SECRET_KEY_FILE": "/nowhere"}, "config.unreadable"),
        ({**KEY, "TRACEABILITY_PUBLIC_URL": "http://scrap.example"}, "config.plain_http"),
        ({**KEY, "TRACEABILITY_PUBLIC_URL": "scrap.example"}, "config.bad_public_url"),
        ({**KEY, "TRACEABILITY_PUBLIC_URL": "https://scrap.example/app"}, "config.bad_public_url"),
        ({**KEY, "TRACEABILITY_TLS": "yes"}, "config.tls_public_url"),
        ({**KEY, "TRACEABILITY_LANGUAGE": "fr"}, "config.bad_language"),
        ({**KEY, "TRACEABILITY_PROXIES": "many"}, "config.bad_count"),
    ],
)
def test_what_is_unsafe_or_senseless_is_refused(tmp_path: Path, environ: dict[str, str], code: str) -> None:
    with pytest.raises(BadSetting) as refused:
        read_settings({"TRACEABILITY_DATA": str(tmp_path), **environ})
    assert refused.value.code == code


def test_plain_http_is_said_aloud(tmp_path: Path) -> None:
    given = {**KEY, "TRACEABILITY_DATA": str(tmp_path), "TRACEABILITY_PUBLIC_URL": "http://10.0.0.5:8000"}
    settings = read_settings({**given, "TRACEABILITY_PLAIN_HTTP": "yes"})
    assert (settings.plain_http, settings.encrypted, settings.host) == (True, False, "10.0.0.5:8000")
    assert read_settings({**given, "TRACEABILITY_PUBLIC_URL": "https://scrap.example"}).encrypted
    assert read_settings({**given, "TRACEABILITY_PUBLIC_URL": "http://[::1]:8000"}).host == "[::1]:8000"


@pytest.mark.parametrize(
    ("public_url", "address", "is_local"),
    [
        ("http://192.168.1.5:8080", "http://192.168.1.5:8080", False),
        ("https://Scrap.example", "https://scrap.example", False),
        ("https://scrap.example:443", "https://scrap.example", False),
        ("https://scrap.example:8443/", "https://scrap.example:8443", False),
        ("http://localhost:8000", "http://localhost:8000", True),
        ("http://[::1]:80", "http://[::1]", True),
    ],
)
def test_labels_open_by_the_scheme_and_port_of_the_public_address(
    tmp_path: Path, public_url: str, address: str, is_local: bool
) -> None:
    given = {**KEY, "TRACEABILITY_DATA": str(tmp_path), "TRACEABILITY_PUBLIC_URL": public_url}
    settings = read_settings({**given, "TRACEABILITY_PLAIN_HTTP": "yes"})
    assert (settings.address, settings.opens_here_only) == (address, is_local)


@pytest.mark.parametrize(
    ("host", "more", "allowed"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("localhost", {}, True),
        ("0.0.0.0", {}, False),
        ("::", {}, False),
        ("10.0.0.5", {}, False),
        ("10.0.0.5", {"PUBLIC_URL": "https://scrap.example"}, False),
        ("0.0.0.0", {"PUBLIC_URL": "https://scrap.example", "PROXIES": "1"}, True),
        ("0.0.0.0", {"PROXIES": "1"}, False),
        ("0.0.0.0", {"PLAIN_HTTP": "yes"}, True),
        ("0.0.0.0", {"PUBLIC_URL": "https://10.0.0.5:8000", "TLS": "yes"}, True),
    ],
)
def test_other_machines_are_served_plainly_only_where_that_is_set(
    tmp_path: Path, host: str, more: dict[str, str], allowed: bool
) -> None:
    given = {**KEY, "TRACEABILITY_DATA": str(tmp_path)}
    settings = read_settings(given | {f"TRACEABILITY_{name}": text for name, text in more.items()})
    if allowed:
        check_binding(settings, host)
    else:
        with pytest.raises(BadSetting) as refused:
            check_binding(settings, host)
        assert refused.value.code == "config.bound_plain"
