"""A scale is followed over silence, lost connections and bad lines, and told no more often than it is worth."""

import os

import pytest

from scanners.scales.address import ScaleAddress, read_address
from scanners.scales.formats import FrameFormat
from scanners.scales.link import open_link
from scanners.scales.live import PACE_MS, REPEAT_MS, SILENT_MS, LiveScale, LiveWeight
from tests.support.scale_frames import encode_yaohua
from traceability.domain.errors import BadInput

NOW_MS = 1_700_000_000_000
TRUCK = encode_yaohua(18_200_000)


def follow() -> LiveScale:
    return LiveScale(FrameFormat("yaohua"), 20_000)


def test_a_weight_is_handed_on_when_it_changed_and_now_and_then() -> None:
    live = follow()
    first = live.take_due(NOW_MS)
    assert first == LiveWeight("silent")
    handed = []
    for tick in range(1, 101):  # ten seconds of frames
        now_ms = NOW_MS + 100 * tick
        live.feed(encode_yaohua(18_000_000 + 20_000 * min(tick, 10)), now_ms)
        weight = live.take_due(now_ms)
        if weight is not None:
            handed.append((now_ms - NOW_MS, weight.state, weight.mass_g))
    assert handed[:3] == [
        (PACE_MS, "moving", 18_100_000),
        (2 * PACE_MS, "moving", 18_200_000),
        (2_900, "stable", 18_200_000),  # two seconds after it came within one division
    ]
    assert handed[3:] == [(2_900 + REPEAT_MS, "stable", 18_200_000)], "unchanged it is told again"


def test_a_scale_that_sends_nothing_shows_no_weight() -> None:
    live = follow()
    live.feed(b"\x02broken frames" + TRUCK, NOW_MS)
    assert (live.weight.mass_g, live.weight.dropped) == (18_200_000, 1)
    live.feed(b"", NOW_MS + SILENT_MS)
    assert live.weight.mass_g == 18_200_000
    live.feed(b"", NOW_MS + SILENT_MS + 1)
    assert live.weight == LiveWeight("silent", dropped=1)


def test_what_stood_still_before_a_lost_connection_does_not_count_after_it() -> None:
    live = follow()
    for tick in range(30):
        live.feed(TRUCK, NOW_MS + 100 * tick)
    before = live.weight.state
    live.feed(TRUCK[:7], NOW_MS + 3_000)
    live.lose()
    assert (before, live.weight.state) == ("stable", "silent")
    live.feed(TRUCK[7:] + TRUCK, NOW_MS + 3_100)
    assert (live.weight.state, live.weight.mass_g) == ("moving", 18_200_000)


def test_a_serial_port_is_read_with_its_settings() -> None:
    ours, theirs = os.openpty()
    try:
        address = read_address(f"serial:{os.ttyname(theirs)}?baud=4800&bits=7E1")
        assert (address.baud, address.bits) == (4800, "7E1")
        with open_link(ScaleAddress(serial=address.serial), 9600, "8N1") as link:
            assert link.read() == b""
            os.write(ours, TRUCK)
            live, sent = follow(), b""
            while len(sent) < len(TRUCK):
                sent += link.read()
            live.feed(sent, NOW_MS)
        assert live.weight.mass_g == 18_200_000
    finally:
        os.close(ours)
        os.close(theirs)
    with (
        pytest.raises(OSError, match="serial-port-that-is-none"),
        open_link(ScaleAddress(serial="/dev/serial-port-that-is-none"), 9600, "8N1"),
    ):
        pass


@pytest.mark.parametrize(
    "text",
    [
        "", "tcp://", "tcp://host", "tcp://host:0", "tcp://host:65536", "tcp://a b:1", "http://host:1", "serial:",
        "serial:x?baud=9601", "serial:x?bits=9N1", "serial:x?speed=1", "serial:x?baud=9600&baud=9600", "serial:x y",
        "tcp://host:1?x=1", "serial:" + "x" * 300, "tcp://host:٣",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_address(text)


def test_addresses() -> None:
    assert read_address(" tcp://192.168.1.50:4001 ") == ScaleAddress("192.168.1.50", 4001)
    assert read_address("tcp://[::1]:23") == ScaleAddress("::1", 23)
    assert read_address("serial:COM3") == ScaleAddress(serial="COM3")
