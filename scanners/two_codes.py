"""Read a dirty label of ours, which carries one code twice: each code fills in what the other has lost.

The corner marks that are still whole say how the label lies in the picture. Both codes are sampled there, whatever became of
their other marks; of each module the code is taken that is not under a blotch there; and the marks, which are the same on
every code, are drawn anew. What comes out goes to the decoder, whose error correction alone says whether it is a code.
``static/scanning/two_codes.js`` does the same in the browser; a test holds both to the same results.
"""

from collections.abc import Callable, Iterable
from typing import Any

from scanners.label_marks import DarkPicture, find_dark, find_marks
from scanners.label_pose import Pose, draw_pattern, find_poses
from scanners.labels.symbol import QUIET
from scanners.payload import OURS, read_payload

MOST_SIDE = 1_600  # pixels; more is read no better and takes longer
_SCALE = 3  # pixels of a module of the clean picture
_SPREAD = (-0.22, 0.0, 0.22)  # modules between the nine places at which one is looked at
# Modules around one that tell whether it lies in a plain area: the code itself is never plain over so many.
_AROUND = [(y, x) for y in range(-2, 3) for x in range(-2, 3) if abs(x) + abs(y) < 4]

Modules = list[list[int]]
"""Rows of 0 and 1; 1 is dark."""


def read_two_codes(picture: Any, decode: Callable[[Any], Iterable[str]]) -> str | None:
    """Return the text of a label in a grey picture of Pillow, None where there is none. ``decode`` returns the texts of one."""
    picture = picture.copy()
    picture.thumbnail((MOST_SIDE, MOST_SIDE))
    dark = find_dark(picture.tobytes(), picture.width, picture.height)
    for pose in find_poses(dark, find_marks(dark)):
        one, other = _sample(dark, pose, 0), _sample(dark, pose, 1)
        for modules in (merge(one, other), one, other):
            for text in decode(draw_modules(modules)):
                if read_payload(text, "").kind in OURS:  # its check character is right, too
                    return text
    return None


def _sample(picture: DarkPicture, pose: Pose, code: int) -> Modules:
    """Return the modules of the first or second code."""
    form = pose.form
    return [
        [
            int(
                sum(
                    pose.is_dark(
                        picture, x + 0.5 + code * form.right + right, y + 0.5 + code * form.down + down
                    )
                    for down in _SPREAD
                    for right in _SPREAD
                )
                > 4
            )
            for x in range(form.side)
        ]
        for y in range(form.side)
    ]


def merge(one: Modules, other: Modules) -> Modules:
    """Return one code made of two: where they differ, that counts whose surroundings are less plain, as blotches are."""
    return [
        [
            bit if bit == other[y][x] or _plainness(one, y, x) <= _plainness(other, y, x) else other[y][x]
            for x, bit in enumerate(row)
        ]
        for y, row in enumerate(one)
    ]


def _plainness(modules: Modules, y: int, x: int) -> float:
    """Return the share of the modules around one that are as it is."""
    side = range(len(modules))
    near = [modules[y + down][x + right] for down, right in _AROUND if y + down in side and x + right in side]
    return near.count(modules[y][x]) / len(near)


def draw_modules(modules: Modules) -> Any:
    """Return a clean picture of a code, with its marks drawn anew."""
    from PIL import Image

    pattern, side = draw_pattern(len(modules)), len(modules)
    dots = bytes(
        255 * (1 - (bit if drawn < 0 else drawn))
        for row, marks in zip(modules, pattern, strict=True)
        for bit, drawn in zip(row, marks, strict=True)
    )
    code = Image.frombytes("L", (side, side), dots).resize((side * _SCALE,) * 2, Image.Resampling.NEAREST)
    clean = Image.new("L", ((side + 2 * QUIET) * _SCALE,) * 2, 255)
    clean.paste(code, (QUIET * _SCALE,) * 2)
    return clean
