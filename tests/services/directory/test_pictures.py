"""A photo is kept pixel for pixel without what identifies anybody; what is no whole picture is refused at once, and nothing
else happens to it.
"""

import random
import struct
import time
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.support.pictures import SECRETS, TAKEN, jpeg, png, png_part, take_photo, webp
from traceability.domain.errors import BadInput
from traceability.services.directory.pictures import clean_picture

REAL = [("JPEG", {}), ("JPEG", {"progressive": True}), ("JPEG", {"icc_profile": b"profile" * 20_000}), ("PNG", {}),
        ("WEBP", {}), ("WEBP", {"lossless": True})]  # fmt: skip


def clean(content: bytes, *, keeps_location: bool = False) -> bytes:
    return clean_picture(content, "x", keeps_location=keeps_location)


def refusal(content: bytes) -> str:
    with pytest.raises(BadInput) as refused:
        clean(content)
    return refused.value.code


@pytest.mark.parametrize(("kind", "settings"), REAL)
@pytest.mark.parametrize("keeps_location", [False, True])
def test_pixels_turn_and_time_stay_and_the_rest_goes(
    kind: str, settings: dict[str, Any], keeps_location: bool
) -> None:
    taken = take_photo(kind, **settings)
    assert all(secret in taken for secret in SECRETS)
    kept = clean(taken, keeps_location=keeps_location)
    assert not [secret for secret in SECRETS if secret in kept]
    before, after = Image.open(BytesIO(taken)), Image.open(BytesIO(kept))
    assert after.tobytes() == before.tobytes()
    assert after.info.get("icc_profile") == before.info.get("icc_profile")
    exif = after.getexif()
    assert (exif[0x0112], exif[0x0132], exif.get_ifd(0x8769)[0x9003]) == (6, TAKEN, TAKEN)
    place = exif.get_ifd(0x8825)
    assert place == ({1: "N", 2: (28.0, 12.0, 30.5), 3: "E", 4: (112.0, 58.0, 1.0)} if keeps_location else {})
    assert clean(kept, keeps_location=keeps_location) == kept


def test_what_shows_nothing_goes_from_each_format() -> None:
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>GPSLatitude"
    photo = jpeg()
    dressed = photo[:2] + b"".join(
        struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data
        for marker, data in ((0xE1, xmp), (0xED, b"Photoshop 3.0\0"), (0xE2, b"MPF\0"), (0xFE, b"<script>"))
    )
    assert clean(dressed + photo[2:] + b"PK\x03\x04 a film") == photo
    parts = (
        png_part(b"tEXt", b"Author\0Zhang San") + png_part(b"tIME", bytes(7)) + png_part(b"acTL", bytes(8))
    )
    bale = png()
    assert clean(bale[:33] + parts + bale[33:] + b"<html>") == bale
    ticket = webp()
    more = ticket[12:] + b"XMP " + struct.pack("<I", len(xmp)) + xmp + b"\0" * (len(xmp) % 2)
    assert clean(b"RIFF" + struct.pack("<I", len(more) + 4) + b"WEBP" + more + b"GIF89a") == ticket


@pytest.mark.parametrize("made", [jpeg, png, webp])
def test_a_picture_too_large_to_show_is_refused_by_its_header(made) -> None:  # type: ignore[no-untyped-def]
    assert clean(made(width=12_000, height=9_000))  # 108 million pixels, as phones take them
    if made is not webp:  # whose sides have 14 bits
        assert refusal(made(width=60_000, height=60_000)) == "photo.too_many_pixels"
        assert refusal(made(width=30_000, height=1)) == "photo.too_many_pixels"
    assert refusal(made(width=16_000, height=16_000)) == "photo.too_many_pixels"
    assert refusal(made(width=0)) == "photo.broken"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_cut_off_anywhere_is_refused(kind: str) -> None:
    taken = take_photo(kind)
    for length in range(len(taken)):
        assert refusal(taken[:length]) in ("photo.broken", "photo.not_a_photo"), length


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff", b"GIF89a" + jpeg(), b"<svg/>", b"%PDF-1.7\n" + jpeg(), b"BM" + bytes(60), b"II*\0" + bytes(20),
        b"\0\0\0\x18ftypheic",
    ],
)  # fmt: skip
def test_what_is_no_photo_is_refused(content: bytes) -> None:
    assert refusal(content) == "photo.not_a_photo"


HOSTILE = [
    b"\xff\xd8" + b"\xff" * 20_000_000,
    b"\xff\xd8" + b"\xff\xfe\0\x02" * 5_000_000,
    b"\xff\xd8\xff\xe0\0\x02" * 3_000_000,
    jpeg()[:-2] + b"\xff\0" * 10_000_000,
    jpeg()[:-2] + (jpeg()[2:]) * 400_000,
    b"\x89PNG\r\n\x1a\n" + png_part(b"tEXt", b"") * 1_500_000,
    png()[:33] + png_part(b"IDAT", b"") * 1_500_000,
    webp()[:4] + struct.pack("<I", 20_000_000) + b"WEBP" + b"junk\0\0\0\0" * 2_500_000,
    b"RIFF\xff\xff\xff\xffWEBPVP8X",
    jpeg()[:2] + b"\xff\xe1\0\x1aExif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(8) + b"\xff\xd9",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_no_file_takes_long(number: int) -> None:
    began = time.perf_counter()
    assert refusal(HOSTILE[number]) == "photo.broken"
    assert time.perf_counter() - began < 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damage_anywhere_is_refused_or_harmless(kind: str) -> None:
    chance = random.Random(f"damaged {kind}")
    taken = take_photo(kind)
    for _ in range(5_000):
        damaged = bytearray(taken)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(damaged))
            if chance.random() < 0.5:
                damaged[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
            else:
                damaged[at:at] = chance.randbytes(chance.randint(1, 9))
        try:
            kept = clean(bytes(damaged))
        except BadInput:
            continue
        assert clean(kept) == kept
        assert len(kept) <= len(damaged) + 20


def test_a_jpeg_of_more_passes_than_any_camera_makes_is_refused() -> None:
    taken = take_photo("JPEG", progressive=True)
    last = taken[taken.rindex(b"\xff\xda") : -2]
    assert refusal(taken[:-2] + 100 * last + taken[-2:]) == "photo.broken"
    assert clean(taken[:-2] + 50 * last + taken[-2:])
