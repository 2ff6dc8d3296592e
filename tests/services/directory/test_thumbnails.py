"""Small versions of photos are small, upright and made once, and a picture that swells is not decoded for one."""

from io import BytesIO
from pathlib import Path

from PIL import Image

from graph.blobs import Blobs
from traceability.services.directory.thumbnails import LONGEST_SIDE, find_thumbnail, make_thumbnail

TURNED = 6  # of EXIF: the camera was held upright


def draw(width: int, height: int, kind: str = "JPEG", orientation: int = 1, mode: str = "RGB") -> bytes:
    """Return a picture whose upper left corner is red."""
    picture = Image.effect_noise((width, height), 80).convert(mode)
    picture.paste("red", (0, 0, width // 4, height // 4))
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = BytesIO()
    picture.save(file, kind, exif=exif)
    return file.getvalue()


def test_a_photo_of_a_phone_becomes_a_hundredth() -> None:
    photo = draw(4000, 3000, orientation=TURNED)
    small = make_thumbnail(photo)
    assert small is not None
    assert len(small) * 50 < len(photo)
    shown = Image.open(BytesIO(small))
    assert (shown.format, max(shown.size)) == ("JPEG", LONGEST_SIDE)
    assert shown.height > shown.width  # as it was held
    red, green, _ = shown.getpixel((shown.width - 20, 20))  # type: ignore[misc]
    assert red > 200 > green


def test_every_format_is_shown_and_a_small_picture_stays_its_size() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        small = make_thumbnail(draw(300, 200, kind))
        assert small is not None
        assert Image.open(BytesIO(small)).size == (300, 200)
    clear = make_thumbnail(draw(300, 200, "PNG", mode="RGBA"))
    assert clear is not None


def test_what_swells_or_is_broken_has_none() -> None:
    file = BytesIO()
    Image.new("1", (8000, 8000)).save(file, "PNG")
    assert len(file.getvalue()) < 20_000
    assert make_thumbnail(file.getvalue()) is None
    assert make_thumbnail(draw(300, 200)[:-2000]) is None
    assert make_thumbnail(b"GIF89a") is None


def test_it_is_made_once_and_goes_with_its_photo(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    photo = draw(2000, 1000)
    digest = blobs.put(photo)
    made = find_thumbnail(blobs, digest, photo)
    assert made is not None
    assert find_thumbnail(blobs, digest, b"") == made
    assert list(blobs.scan()) == [digest]
    blobs.remove(digest)
    assert find_thumbnail(blobs, digest, b"") is None


def test_a_large_picture_of_many_passes_is_not_decoded() -> None:
    """libjpeg would keep every pixel of it, however small the version that is wanted."""
    file = BytesIO()
    large = Image.new("L", (5_000, 5_000), "white")
    large.save(file, "JPEG", progressive=True)
    assert make_thumbnail(file.getvalue()) is None
    file = BytesIO()
    large.save(file, "JPEG")
    assert make_thumbnail(file.getvalue())
    file = BytesIO()
    large.resize((2_000, 2_000)).save(file, "JPEG", progressive=True)
    assert make_thumbnail(file.getvalue())
