"""Pictures that keep a decoder busy cost their sender the answer, and the server no more than it gives to any picture."""

import io

import pytest
from PIL import Image

from scanners import decode_apart
from scanners.decode import PictureReading
from scanners.decode_apart import read_picture_apart
from tests.support.pictures import draw_codes

ADDRESS = "https://trace.example.cn/l/126B07K7Q3F7"


def corner_marks(side: int) -> io.BytesIO:
    """Return a picture of nothing but corner marks of QR codes: any three of them could be one code."""
    mark = Image.new("L", (9, 9), 255)
    for x in range(7):
        for y in range(7):
            if max(abs(x - 3), abs(y - 3)) != 2:
                mark.putpixel((x + 1, y + 1), 0)
    picture = Image.new("L", (side, side), 255)
    for x in range(0, side, 9):
        for y in range(0, side, 9):
            picture.paste(mark, (x, y))
    file = io.BytesIO()
    picture.save(file, "PNG")
    file.seek(0)
    return file


def test_a_small_file_that_takes_minutes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_apart, "MOST_CPU_S", 1)
    hard = corner_marks(3_000)
    assert len(hard.getvalue()) < 30_000
    assert read_picture_apart(hard) == PictureReading((), "scan_photo.too_hard")
    file = io.BytesIO()
    draw_codes(ADDRESS).save(file, "JPEG")
    file.seek(0)
    assert read_picture_apart(file).texts == (ADDRESS,)


def test_more_pictures_than_there_is_room_for_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_apart, "QUEUE_S", 0.01)
    with decode_apart._room, decode_apart._room:
        assert read_picture_apart(io.BytesIO(b"x")).reason == "scan_photo.busy"
