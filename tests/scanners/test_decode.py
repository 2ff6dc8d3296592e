"""The server reads the codes of photos as devices do, and says of everything else what is wrong with it."""

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from scanners.decode import read_picture
from tests.support.pictures import draw_codes

ADDRESS = "https://trace.example.cn/l/126B07K7Q3F7"


def store(picture: Image.Image, kind: str) -> io.BytesIO:
    file = io.BytesIO()
    picture.save(file, kind)
    file.seek(0)
    return file


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_label_is_read_once_however_often_it_carries_its_code(kind: str) -> None:
    reading = read_picture(store(draw_codes(ADDRESS, ADDRESS, "https://example.com/x"), kind))
    assert (sorted(reading.texts), reading.reason) == (sorted([ADDRESS, "https://example.com/x"]), None)


def test_a_large_photo_turned_and_a_picture_without_ground_are_read() -> None:
    large = draw_codes(ADDRESS).rotate(20, expand=True, fillcolor="white").resize((5_000, 5_000))
    assert read_picture(store(large, "JPEG")).texts == (ADDRESS,)
    code = draw_codes(ADDRESS).convert("L")
    bare = Image.merge("LA", (Image.new("L", code.size, 0), code.point(lambda value: 255 - value)))
    assert read_picture(store(bare, "PNG")).texts == (ADDRESS,)


def huge_png() -> bytes:
    """Return the head of a picture of 60,000 × 60,000 pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + head
        + struct.pack(">I", zlib.crc32(head))
        + b"\0\0\0\0IDAT"
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "scan_photo.no_picture"),
        (b"no picture", "scan_photo.no_picture"),
        (store(draw_codes(ADDRESS), "GIF").getvalue(), "scan_photo.no_picture"),
        (store(draw_codes(ADDRESS), "JPEG").getvalue()[:2_000], "scan_photo.no_picture"),
        (store(draw_codes(ADDRESS), "PNG").getvalue()[:300], "scan_photo.no_picture"),
        (huge_png(), "scan_photo.too_many_pixels"),
        (store(Image.new("L", (6_000, 6_000)), "PNG").getvalue(), "scan_photo.too_many_pixels"),
        (store(Image.new("RGB", (40, 30), "white"), "JPEG").getvalue(), "scan_photo.no_code"),
    ],
)
def test_what_cannot_be_read_has_its_reason(body: bytes, reason: str) -> None:
    reading = read_picture(io.BytesIO(body))
    assert (reading.texts, reading.reason) == ((), reason)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\x00\x00\x00WEBPVP8 "]),
)
def test_no_file_breaks_the_reader(body: bytes, head: bytes) -> None:
    assert read_picture(io.BytesIO(head + body)).reason
