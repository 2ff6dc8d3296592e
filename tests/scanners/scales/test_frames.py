"""Whatever a scale sends is read exactly or not at all, and reading goes on with the next whole frame."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.scales.formats import FORMATS, PATTERN, FrameFormat, FrameStream
from scanners.scales.pasting import read_pasted
from scanners.scales.pattern import compile_pattern
from scanners.scales.reading import Reading, describe_bytes
from scanners.scales.stability import StabilityWatch
from scanners.scales.units import UNITS
from tests.support.scale_frames import ENCODERS
from traceability.domain.errors import BadInput
from traceability.domain.quantity import MAX_MASS_G

VECTORS = json.loads(Path(__file__).parents[1].joinpath("scale_vectors.json").read_text())
LINE = r"(?<stable>S)? *(?<weight>[+-]? *\d+\.?\d*) *(?<unit>[a-z]+)?"
ANY_FORMAT = st.builds(
    FrameFormat, st.sampled_from(sorted(FORMATS)), st.sampled_from(sorted(UNITS)), st.just(LINE)
)
TENTHS = st.integers(-9_999, 9_999).map(lambda steps: steps * 100)  # grams that every encoder has digits for


@pytest.mark.parametrize("vector", VECTORS["streams"], ids=lambda vector: vector["name"])
def test_a_stream_is_read_alike_on_server_and_in_browsers(vector: dict[str, Any]) -> None:
    """test_weight_field.py asks the browser for the same."""
    stream = FrameStream(FrameFormat(vector["format"], vector["unit"], vector.get("pattern", "")))
    readings = stream.feed(bytes.fromhex(vector["hex"]))
    assert [[one.raw, one.mass_g, one.state] for one in readings] == vector["readings"]
    assert (stream.dropped, stream.fault) == (vector["dropped"], vector["fault"])
    if "pattern" in vector:
        assert compile_pattern(vector["pattern"]).browser == vector["browser"]


@pytest.mark.parametrize("vector", VECTORS["weights"], ids=lambda vector: vector["name"])
def test_a_weight_stands_still_alike_on_server_and_in_browsers(vector: dict[str, Any]) -> None:
    watch = StabilityWatch(vector["division_g"])
    judged = [watch.judge(Reading("", mass_g, state), now_ms) for now_ms, state, mass_g, _ in vector["seen"]]
    assert judged == [wanted for *_, wanted in vector["seen"]]


@given(ANY_FORMAT, st.lists(st.binary(max_size=40), max_size=8))
def test_any_bytes_are_read_or_dropped(frames: FrameFormat, pieces: list[bytes]) -> None:
    stream = FrameStream(frames)
    for piece in pieces:
        for reading in stream.feed(piece):
            assert (reading.mass_g is None) == (reading.state in ("over", "under"))
            assert abs(reading.mass_g or 0) <= MAX_MASS_G
    assert bool(stream.dropped) == bool(stream.fault)


@given(
    st.sampled_from(sorted(ENCODERS)),
    st.lists(st.tuples(TENTHS, st.booleans()), min_size=1, max_size=6),
    st.data(),
)
def test_what_was_sent_is_read_whole_however_it_is_cut(
    format_: str, weighed: list[tuple[int, bool]], data: st.DataObject
) -> None:
    whole = [mass_g - mass_g % 1000 if format_ == "yaohua" else mass_g for mass_g, _ in weighed]
    sent = b"".join(
        ENCODERS[format_](mass_g, moves) for mass_g, (_, moves) in zip(whole, weighed, strict=True)
    )
    stream = FrameStream(FrameFormat(format_))
    readings: list[Reading] = []
    while sent:
        size = data.draw(st.integers(1, len(sent)))
        readings += stream.feed(sent[:size])
        sent = sent[size:]
    assert [one.mass_g for one in readings] == whole
    assert stream.dropped == 0
    if format_ in ("toledo", "toledo-checksum", "commas"):
        assert [one.state == "moving" for one in readings] == [moves for _, moves in weighed]


@given(st.sampled_from(["yaohua", "a12e", "toledo-checksum"]), TENTHS, st.data())
def test_a_frame_with_a_checksum_that_lost_a_bit_gives_no_weight(
    format_: str, mass_g: int, data: st.DataObject
) -> None:
    frame = bytearray(ENCODERS[format_](mass_g - mass_g % 1000, False))
    body = len(frame) - (
        2 if format_ == "a12e" else 0
    )  # without the end of the line, which is checked by nothing
    frame[data.draw(st.integers(0, body - 1))] ^= 1 << data.draw(st.integers(0, 6))
    good = ENCODERS[format_](5_000, False)
    readings = FrameStream(FrameFormat(format_)).feed(bytes(frame) + good)
    assert [one.mass_g for one in readings] == [5_000]


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_the_example_of_a_format_is_a_frame_of_it(format_: str) -> None:
    """The set-up page shows it, and its own test field reads it."""
    stream = FrameStream(FrameFormat(format_, pattern=LINE.replace("(?<stable>S)? *", "")))
    (reading,) = stream.feed(read_pasted(FORMATS[format_].example))
    assert reading.mass_g is not None
    assert reading.mass_g > 4_000


def test_what_is_pasted_is_bytes_again() -> None:
    frame = b"\x02+018200010\x03"
    assert read_pasted(describe_bytes(frame)) == frame + b"\r\n"
    assert read_pasted(frame.hex(" ")) == frame + b"\r\n"
    assert read_pasted("\x02+018200010\x03") == frame + b"\r\n"
    assert read_pasted(r"\\ \q 斤") == "\\ \\q 斤\r\n".encode()
    assert read_pasted("ST,GS,1 kg\n\nST,GS,2 kg") == b"ST,GS,1 kg\r\n\r\nST,GS,2 kg\r\n"


@given(st.binary(max_size=60))
def test_a_frame_as_it_is_written_down_is_the_same_bytes(frame: bytes) -> None:
    assert read_pasted(describe_bytes(frame) or "\\x00")[: len(frame)] == frame


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?<weight>(\d+)+)", r"(?<weight>\d+)*", r"(?<weight>\d+?)", r"(?<weight>\d++)", r"(?=(?<weight>\d))",
        r"(?<weight>\d+)\1", r"(?<weight>\d", r"(?<weight>[\d)", r"(?<weight>\d)(?<weight>\d)", r"(?<mass>\d+)",
        r"(?<weight>[9-0])", r"(?<weight>\d{3,1})", r"(?<weight>\d{65})", r"*(?<weight>\d)", r"(?<weight>\d)\b", "(?<weight>😀)",
        r"(?<weight>\d))", "(?i)(?<weight>x)", r"(?<weight>\p)", "(?<weight>x)" + "a?|" * 9, "(" * 400, "\\", "[",
    ],
)  # fmt: skip
def test_a_pattern_that_may_take_long_or_means_two_things_is_refused(pattern: str) -> None:
    with pytest.raises(BadInput):
        compile_pattern(pattern)


def test_a_pattern_has_a_weight() -> None:
    with pytest.raises(BadInput, match="no_weight"):
        compile_pattern(r"\d+")


@given(st.text("()[]{}?<>weightP:|*+\\d-^$.,9 ", max_size=40))
def test_any_pattern_is_compiled_or_refused(text: str) -> None:
    try:
        compile_pattern(text)
    except BadInput:
        return


def test_no_line_takes_long() -> None:
    """Repeats that overlap are what makes other expressions try every division of a line."""
    slow = compile_pattern(r".*.*.*.*.*.*.*.*.*.*(?<weight>\d)x")
    stream = FrameStream(FrameFormat(PATTERN, pattern=slow.text))
    assert stream.feed(b"1" * 64 + b"\n") == []
    nested = compile_pattern(r"(a|aa)?(a|aa)?(a|aa)?(a|aa)?(?<weight>\d)")
    assert nested.expression.search("a" * 64) is None
