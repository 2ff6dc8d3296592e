"""Read the settings of an installation from the environment, each ``TRACEABILITY_…``, read once at the start.

| variable | meaning | default |
|---|---|---|
| STORE | ``sqlite:///book.db``, ``bolt://…``, ``neo4j://…`` | ``book.db`` in the data folder |
| STORE_USER, STORE_PASSWORD or STORE_PASSWORD_FILE | credentials of Neo4j | – |
| DATA | folder of the book, photos and the key | ``data`` |
| BLOBS | folder of photos and files | ``blobs`` in the data folder |
| SECRET_KEY or SECRET_KEY_FILE | signs sessions | ``secret-key`` in the data folder, if it is there |
| PUBLIC_URL | the address people type; labels open it, by http or https as it says | ``http://localhost:8000`` |
| PLAIN_HTTP | ``yes``: serve without encryption elsewhere than on localhost, under a banner | ``no`` |
| TLS | ``yes``: serve by https with a certificate of the system's own authority (``serve --tls``) | ``no`` |
| PROXIES | how many reverse proxies stand in front | 0 |
| HEAD_KEY_FILE | the key that signs heads of the book, outside the data folder | –: nothing is signed |
| HEADS | file that signed heads are kept in, outside the data folder | ``signed-heads.jsonl`` beside that key |
| LEAST_FREE_MB | photos are refused where the disk of BLOBS has less room left, so that records still find some | 500 |
| LANGUAGE | one of ``locale.LANGUAGES``, where neither the person nor the browser says | ``zh`` |
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from traceability.domain.errors import BadInput
from traceability.locale import DEFAULT, LANGUAGES

PREFIX = "TRACEABILITY_"
KEY_FILE = "secret-key"
TLS_FOLDER = "tls"
HEADS_FILE = "signed-heads.jsonl"
SHORTEST_KEY = 32


class BadSetting(BadInput):
    """A setting is missing or makes no sense; the system does not start."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one installation."""

    store: str
    data: Path
    blobs: Path
    secret_key: str = field(repr=False)
    public_url: str = "http://localhost:8000"
    plain_http: bool = False
    tls: bool = False
    proxies: int = 0
    language: str = DEFAULT
    store_user: str = ""
    store_password: str = field(default="", repr=False)
    head_key: Path | None = None
    heads: Path | None = None
    least_free_mb: int = 500

    @property
    def host(self) -> str:
        """Return what is printed on labels: the host, and the port where it is not the usual one."""
        return urlsplit(self.public_url).netloc.lower()

    @property
    def tls_folder(self) -> Path:
        """Return where the system's own authority and certificate are kept."""
        return self.data / TLS_FOLDER

    @property
    def address(self) -> str:
        """Return how every address printed on labels begins: as phones open it, so by http where no TLS is."""
        scheme = urlsplit(self.public_url).scheme
        usual = ":443" if scheme == "https" else ":80"
        return f"{scheme}://{self.host.removesuffix(usual)}"

    @property
    def opens_here_only(self) -> bool:
        """Return whether the public address leads only this machine to itself, so that no phone opens a label."""
        return is_local(urlsplit(self.public_url).hostname or "")

    @property
    def encrypted(self) -> bool:
        """Return whether people reach the system by https."""
        return self.public_url.startswith("https://")


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this process. Raises BadSetting."""
    variables = os.environ if environ is None else environ

    def read(name: str, default: str = "") -> str:
        return variables.get(PREFIX + name, "").strip() or default

    data = Path(read("DATA", "data")).absolute()
    head_key = Path(read("HEAD_KEY_FILE")).absolute() if read("HEAD_KEY_FILE") else None
    beside = str(head_key.with_name(HEADS_FILE)) if head_key else ""
    heads = read("HEADS", beside)
    settings = Settings(
        store=read("STORE", f"sqlite:///{data / 'book.db'}"),
        data=data,
        blobs=Path(read("BLOBS", str(data / "blobs"))).absolute(),
        secret_key=_read_secret(variables, "SECRET_KEY", data / KEY_FILE),
        public_url=read("PUBLIC_URL", "http://localhost:8000").rstrip("/"),
        plain_http=_is_yes(read("PLAIN_HTTP")),
        tls=wants_tls(variables),
        proxies=_read_count(read("PROXIES", "0")),
        language=read("LANGUAGE", DEFAULT),
        store_user=read("STORE_USER"),
        store_password=_read_secret(variables, "STORE_PASSWORD", None),
        head_key=head_key,
        heads=Path(heads).absolute() if heads else None,
        least_free_mb=_read_count(read("LEAST_FREE_MB", "500"), 9),
    )
    check_settings(settings)
    return settings


def wants_tls(environ: Mapping[str, str]) -> bool:
    """Return whether the system is to encrypt by itself."""
    return _is_yes(environ.get(PREFIX + "TLS", "").strip())


def check_settings(settings: Settings) -> None:
    """Refuse settings that would be unsafe or senseless. Raises BadSetting."""
    if len(settings.secret_key) < SHORTEST_KEY:
        raise BadSetting("config.no_secret", shortest=SHORTEST_KEY, folder=str(settings.data))
    parts = urlsplit(settings.public_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise BadSetting("config.bad_public_url", url=settings.public_url)
    if not (settings.encrypted or settings.plain_http or is_local(parts.hostname)):
        raise BadSetting("config.plain_http", url=settings.public_url)
    if settings.tls and not settings.encrypted:
        raise BadSetting("config.tls_public_url", url=settings.public_url)
    if settings.language not in LANGUAGES:
        raise BadSetting("config.bad_language", language=settings.language, known=", ".join(LANGUAGES))


def check_binding(settings: Settings, host: str) -> None:
    """Refuse to serve other machines without encryption, whatever the public address says. Raises BadSetting.

    Behind a proxy that encrypts, the address to bind is that of this machine, or of its network of containers
    (PROXIES says how many there are).
    """
    behind_a_front = settings.proxies and settings.encrypted
    if not (is_local(host) or settings.plain_http or settings.tls or behind_a_front):
        raise BadSetting("config.bound_plain", host=host)


def make_secret(data: Path) -> Path:
    """Return the key file of the data folder, made with mode 0600 where there is none yet."""
    path = data / KEY_FILE
    data.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
    return path


def _read_secret(given: Mapping[str, str], name: str, default: Path | None) -> str:
    if given.get(PREFIX + name):
        return given[PREFIX + name].strip()
    named = given.get(f"{PREFIX}{name}_FILE")
    path = Path(named) if named else default
    if path is None or not (named or path.exists()):
        return ""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSetting("config.unreadable", path=str(path), reason=error.strerror or "") from error


def _read_count(text: str, most_digits: int = 2) -> int:
    if not text.isdecimal() or len(text) > most_digits:
        raise BadSetting("config.bad_count", text=text)
    return int(text)


def _is_yes(text: str) -> bool:
    return text.lower() in ("yes", "true", "1")


def is_local(host: str) -> bool:
    """Return whether a host or address is this machine alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
