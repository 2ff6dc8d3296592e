"""Labels in the yard: seen from the side, out of focus, in bad light, or dirty. What is left of both codes is enough."""

import random
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from scanners.codes import draw_code
from scanners.decode import read_picture
from scanners.labels.dots import draw_dots
from scanners.labels.layout import SIZES, lay_out
from tests.support.labels import ADDRESS, lettering, make_label

LABELS = 16
DOTS = 8.0
BLOTCH_MM = (2.0, 4.0)  # radius of oil, or of a scratched place
Damage = Callable[[Image.Image, random.Random], Image.Image]


def darken(scene: Image.Image, rng: random.Random) -> Image.Image:
    """A fifth to a half of the light, and the noise of a cheap camera."""
    light = np.asarray(scene, np.float64) * rng.uniform(0.18, 0.5)
    noise = np.random.default_rng(rng.randrange(2**32)).normal(0, 4, light.shape)
    return Image.fromarray(np.clip(light + noise + 8, 0, 255).astype(np.uint8))


def blur(scene: Image.Image, rng: random.Random) -> Image.Image:
    """Out of focus by up to half a module."""
    return scene.filter(ImageFilter.GaussianBlur(rng.uniform(0.6, 1.8)))


def tilt(scene: Image.Image, rng: random.Random) -> Image.Image:
    """Seen from the side: one edge up to a quarter shorter, and turned."""
    width, height = scene.size
    near = rng.uniform(0, 0.12)
    corners = [(width * near, 0), (0, height), (width, height), (width * (1 - near), 0)]
    points = [side for corner in corners for side in corner]
    seen = scene.transform(scene.size, Image.Transform.QUAD, points, Image.Resampling.BICUBIC)
    return seen.rotate(rng.uniform(-25, 25), Image.Resampling.BICUBIC, fillcolor=120)


def soil(dirt: float) -> Damage:
    """Return what covers a share of the label with blotches, black or white."""

    def cover(scene: Image.Image, rng: random.Random) -> Image.Image:
        covered = Image.new("L", scene.size)
        pen, count = ImageDraw.Draw(scene), ImageDraw.Draw(covered)
        while covered.histogram()[-1] < dirt * scene.width * scene.height:
            radius = rng.uniform(*BLOTCH_MM) * DOTS
            x, y = rng.randrange(scene.width), rng.randrange(scene.height)
            blotch = (x - radius, y - radius, x + radius, y + radius)
            pen.ellipse(blotch, fill=rng.choice((0, 255)))
            count.ellipse(blotch, fill=255)
        return scene

    return cover


def count_read(damage: Damage) -> int:
    """Return how many labels, of both sizes in turn, the server reads."""
    rng = random.Random(1)
    read = 0
    for number in range(LABELS):
        code = draw_code(rng.randbytes)
        layout = lay_out(make_label(code=code), list(SIZES.values())[number % len(SIZES)], lettering())
        label = draw_dots(layout, lettering(), DOTS)
        scene = Image.new("L", (label.width + 160, label.height + 160), 120)
        scene.paste(label.convert("L"), (80, 80))
        file = BytesIO()
        damage(scene, rng).save(file, "PNG", compress_level=1)
        file.seek(0)
        texts = read_picture(file).texts
        assert texts in ((), (f"{ADDRESS}/l/{code}",)), "a label was read as another one"
        read += len(texts)
    return read


@pytest.mark.parametrize("damage", [darken, blur, tilt], ids=["dark", "blurred", "tilted"])
def test_labels_in_bad_light_out_of_focus_or_from_the_side_are_read(damage: Damage) -> None:
    assert count_read(damage) >= 0.95 * LABELS


@pytest.mark.parametrize("dirt", [0.06, 0.09])
def test_dirty_labels_are_read(dirt: float) -> None:
    assert count_read(soil(dirt)) >= 0.95 * LABELS
