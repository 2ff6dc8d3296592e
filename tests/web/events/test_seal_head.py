"""The page and the receipt of a sealed month print the head of the book, and the newest signed one."""

from collections.abc import Callable
from pathlib import Path

from app import create_app
from tests.support.business import NOW_MS
from tests.support.markup import words_of
from tests.support.pages import HOST, SiteApp, Visitor
from traceability.config import Settings
from traceability.services.recording.outcome import encode_receipt
from traceability.services.upkeep.signed_heads import encode_head, make_key, sign_head

Visit = Callable[..., Visitor]


def test_a_seal_shows_its_head_and_the_newest_signed_one(
    site_app: SiteApp, visit: Visit, tmp_path: Path
) -> None:
    trade = site_app.business
    key, heads = tmp_path / "head.key", tmp_path / "heads"
    settings = Settings("", tmp_path, tmp_path / "blobs", "k" * 40, f"http://{HOST}", heads=heads)
    site_app.app = create_app(settings, site_app.store, lambda: site_app.now_ms)
    make_key(key, [])
    trade.collect("tense", 100, at="2025-02-20T08:00:00")
    older = sign_head(site_app.store, key, heads, [], NOW_MS)
    trade.seal("2025-02", at="2025-03-02T08:00:00")
    seal = trade.event(trade.last_event())
    own = f"{seal.seq}:{seal.chain}"
    assert trade.last is not None
    assert encode_receipt(trade.last)["head"] == own
    chen = visit("chen", "yard")

    def page() -> str:
        return words_of(chen.get(f"/e/{seal.id}").text)

    assert own in page()
    assert str(older) in page()
    assert "早于本次封账" in page()
    newer = sign_head(site_app.store, key, heads, [], NOW_MS + 1)
    assert str(newer) == own
    assert "已涵盖本次封账" in page()
    heads.write_text(encode_head(newer._replace(chain="0" * 64)) + "\n")
    assert (own in page(), "签名末端" in page()) == (True, False), "a head of no use is not shown"
    heads.unlink()
    assert (own in page(), "签名末端" in page()) == (True, False)
    trade.collect("tense", 100)
    assert "账本末端" not in words_of(chen.get(f"/e/{trade.last_event()}").text)
    assert "head" not in encode_receipt(trade.last)
