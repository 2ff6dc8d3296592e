"""No body, however it is made, takes more memory and time than its endpoint's limit is worth."""

import json
import resource
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.support.pages import SiteApp, Visitor
from tests.support.parts import ROOT
from traceability.web.shell.limits import MOST_FORM_BYTES

MB = 1 << 20
MOST_MORE_MB = 40  # beyond the idle application; without limits by endpoint it was up to 1.5 GB
MOST_CPU_S = 2.0

PROBE = r"""
import json, sys, time
from pathlib import Path
from app import create_app
from graph import open_store
from traceability.config import Settings

folder = Path(sys.argv[1])
store = open_store(f"sqlite:///{folder / 'book.db'}")
store.migrate()
app = create_app(Settings("", folder, folder / "blobs", "k" * 40, "http://localhost"), store)
client = app.test_client()
from tests.support.business import open_business
from traceability.services.directory.people import set_password
open_business(store)
set_password(store, "wang", "correct horse")
page = client.get("/sign-in").text
token = page.split('name="csrf_token" value="')[1].split('"')[0]
typed = {"csrf_token": token, "person": "wang", "password": "correct horse"}
assert client.post("/sign-in", data=typed).status_code == 302

class Repeated:  # a body that is made while it is read

    def __init__(self, piece, times, end=b"", start=b""):
        self.piece, self.left, self.end = piece * (65536 // len(piece)), len(piece) * times, end
        self.start = start
        self.length = len(start) + self.left + len(end)

    def read(self, size=65536):
        if self.start:
            start, self.start = self.start, b""
            return start
        if self.left:
            piece = self.piece[: min(size // len(self.piece) * len(self.piece) or size, self.left)]
            self.left -= len(piece)
            return piece
        end, self.end = self.end, b""
        return end

FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
END = b"--b--\r\n"
PART = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n%s\r\n'
SENT = PART.replace(b'"a"', b'"photo"; filename="a"')
BODIES = [
    ("sign-in", "/sign-in", FORM, Repeated(b"a&", 5_000_000)),
    ("a form", "/melt", FORM, Repeated(b"a&", 450_000)),
    ("photos as fields", "/collect", FORM, Repeated(b"a&", 30_000_000)),
    ("parts", "/collect", PARTS, Repeated(PART % b"", 900_000, END)),
    ("text in parts", "/collect", PARTS, Repeated(PART % (b"x" * 30_000), 1800, END)),
    ("files", "/collect", PARTS, Repeated(SENT % b"x", 700_000, END)),
    ("a file", "/collect", PARTS, Repeated(b"x", 50_000_000, b"\r\n" + END, (SENT % b"")[:-2])),
]
def memory(name):
    return int(Path("/proc/self/status").read_text().split(name + ":")[1].split()[0])

found = {}
for name, path, kind, body in BODIES:
    Path("/proc/self/clear_refs").write_text("5")  # the peak of memory is counted anew
    held_kb, cpu_s = memory("VmRSS"), time.process_time()
    answer = client.post(path, environ_overrides={"CONTENT_TYPE": kind,
        "wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_LENGTH": str(body.length)})
    found[name] = (answer.status_code, body.length, held_kb, memory("VmHWM"), time.process_time() - cpu_s)
    answer.close()
print(json.dumps(found))
"""


@pytest.mark.slow
def test_large_bodies_take_little_memory_and_time(tmp_path: Path) -> None:
    limit = 400 * MB
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=250,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    for name, (status, size, before_kb, after_kb, cpu_s) in found.items():
        more_mb = (after_kb - before_kb) / 1024
        print(f"{name}: {status}, {size / 1e6:.0f} MB sent, {more_mb:.0f} MB more, {cpu_s:.2f} s")
        expected = 400 if name == "a file" else 413  # the file is read to its end, and has no token
        assert status == expected, name
        assert more_mb < MOST_MORE_MB, name
        assert cpu_s < MOST_CPU_S, name


def _form(path: str, visitor: Visitor, body: bytes, kind: str = "application/x-www-form-urlencoded") -> int:
    return visitor.client.post(path, data=body, content_type=kind).status_code


def test_each_endpoint_has_its_limit_and_says_it(site_app: SiteApp) -> None:
    stranger = Visitor(site_app.app.test_client())
    for language, said in (("zh", "没有记录任何内容"), ("en", "Nothing was recorded")):
        stranger.get(f"/language/{language}")
        for path, body in (
            ("/sign-in", b"person=" + b"x" * 40_000),
            ("/sign-in", b"a&" * 200),
            ("/sign-out", b"x=" + b"x" * 40_000),
            ("/melt", b"note=" + b"x" * MOST_FORM_BYTES),
            ("/melt", b"a&" * 10_001),
        ):
            answer = stranger.client.post(path, data=body, content_type="application/x-www-form-urlencoded")
            assert answer.status_code == 413, path
            assert said in answer.text, path


def test_a_body_without_a_length_meets_the_same_limit(site_app: SiteApp) -> None:
    class Endless:
        taken = 0

        def read(self, size: int = -1) -> bytes:
            piece = b"a" * (1 << 16 if size < 0 else min(size, 1 << 16))
            self.taken += len(piece)
            return piece

        def readline(self, size: int = -1) -> bytes:
            return self.read(size)

    client = site_app.app.test_client()
    for path, most in (("/sign-in", 200_000), ("/melt", MOST_FORM_BYTES + 200_000)):
        endless = Endless()
        answer = client.post(
            path,
            content_type="application/x-www-form-urlencoded",
            environ_overrides={
                "wsgi.input": endless, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked",
                "CONTENT_LENGTH": "",
            },
        )  # fmt: skip
        assert answer.status_code == 413, path
        assert endless.taken < most, path


def test_the_largest_legitimate_form_is_read(site_app: SiteApp) -> None:
    visitor = Visitor(site_app.app.test_client())
    assert visitor.sign_in("chen").status_code == 302
    visitor.get("/")
    visitor.work_at("yard")
    typed = {"csrf_token": visitor.token, "site": "yard", "note": "熔" * 2000}
    for row in range(500):
        typed |= {
            f"inputs-{row}-{name}": "L26B-07K7-Q3FD 熔" for name in ("lot", "mass_kg", "grade", "taken")
        }
    for row in range(200):
        names = ("material", "form", "mass_kg", "heat", "grade", "code", "metal", "note")
        typed |= {f"outputs-{row}-{name}": "再生铝合金锭 ADC12" for name in names}
        typed |= {f"outputs-{row}-composition-{place}-share": "12.5" for place in range(10)}
    body = urlencode(typed).encode()
    print(f"{len(body)} bytes, {len(typed)} fields")
    answer = visitor.client.post("/melt", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422


def test_only_who_may_record_fills_the_folder(site_app: SiteApp) -> None:
    folder = site_app.app.extensions["traceability"].settings.blobs
    part = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n\xff\xd8\xff%s\r\n--b--\r\n'
    for person in ("", "liu"):
        visitor = Visitor(site_app.app.test_client())
        visitor.get("/sign-in")
        if person:
            assert visitor.sign_in(person).status_code == 302
            visitor.get("/")
        form = (
            b'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n%s\r\n' % visitor.token.encode()
        )
        body = form + part % b"x"
        assert _form("/collect", visitor, body, "multipart/form-data; boundary=b") in (401, 403)
        assert not folder.exists() or not list(folder.iterdir())
        large = _form(
            "/collect", visitor, form + part % (b"x" * 2_000_000), "multipart/form-data; boundary=b"
        )
        assert large == (403 if person else 413)
