"""Of two dirty codes one is made that is whole; on devices as on the server, and never a wrong one."""

import random
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Route

from scanners.codes import draw_code
from scanners.decode import read_picture
from scanners.digital_link import build_label_uri
from scanners.label_marks import find_dark, find_marks
from scanners.label_pose import draw_pattern, find_poses, list_forms
from scanners.labels.dots import draw_dots
from scanners.labels.layout import SIZES, lay_out
from scanners.labels.symbol import QUIET, make_matrix
from scanners.two_codes import Modules, draw_modules, merge, read_two_codes
from tests.scanners.labels.test_damage import DOTS, soil
from tests.support.labels import ADDRESS, LONG_ADDRESS, lettering, make_label, read_codes
from tests.support.parts import ROOT

MERGES = 120
ASK = """async ({ merges, pictures, sides }) => {
  const [{ merge, readTwoCodes }, pose, marks] = await Promise.all(
    ["two_codes", "label_pose", "label_marks"].map((name) => import(`/static/scanning/${name}.js`)));
  let last = null;
  const worker = new Worker("/static/scanning/decoder_worker.js", { type: "module" });
  const ask = (id, image, often) => new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data.texts ?? data.fault);
    worker.postMessage({ id, image, often });
  });
  const [seen, often] = [[], []];
  for (const [id, picture] of pictures.entries()) {
    const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const image = context.getImageData(0, 0, bitmap.width, bitmap.height);
    last = image;
    const dark = marks.findDark(image);
    const found = marks.findMarks(dark);
    const first = pose.findPoses(dark, found).next().value;
    seen.push({
      marks: found.map(({ x, y }) => [x, y]), form: first.form, places: [[0, 0], [40, 40]].map((place) => pose.place(first.pose, ...place)),
      texts: await ask(id, image), nothing: await readTwoCodes(image, async () => ["https://example.com/x", "126B07K7Q3F8"]),
    });
  }
  for (let id = 0; id < 12; id += 1) often.push((await ask(id, last, true)).length);
  worker.terminate();
  return { forms: pose.FORMS, patterns: sides.map((side) => pose.drawPattern(side).map((row) => [...row])), seen, often,
    merged: merges.map(([one, other]) => merge(one, other)) };
}"""


def modules_of(uri: str) -> Modules:
    return [list(map(int, row[QUIET:-QUIET])) for row in make_matrix(uri)[QUIET:-QUIET]]


def soil_modules(modules: Modules, rng: random.Random) -> Modules:
    """Up to six blotches, black or white, over a code."""
    side = len(modules)
    picture = Image.new("L", (side, side))
    picture.putdata([bit for row in modules for bit in row])
    pen = ImageDraw.Draw(picture)
    for _ in range(rng.randint(0, 6)):
        x, y, radius = rng.uniform(0, side), rng.uniform(0, side), rng.uniform(2, 8)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=rng.choice((0, 1)))
    dots = picture.tobytes()
    return [list(dots[start : start + side]) for start in range(0, side * side, side)]


def photograph(size: str, address: str, rng: random.Random, change: Callable[[Image.Image], Image.Image]) -> tuple[str, Image.Image]:  # fmt: skip
    """Return what a label says and a dirty picture of it, of which neither code is read by itself."""
    while True:
        code = draw_code(rng.randbytes)
        label = make_label(code=code, address=address)
        dots = draw_dots(lay_out(label, SIZES[size], lettering()), lettering(), DOTS)
        scene = Image.new("L", (dots.width + 160, dots.height + 160), 120)
        scene.paste(dots.convert("L"), (80, 80))
        seen = change(soil(0.09)(scene, rng))
        if not read_codes(seen):
            return build_label_uri(address, code), seen


def tilt_a_little(scene: Image.Image) -> Image.Image:
    width, height = scene.size
    corners = (width * 0.03, 0, 0, height, width, height, width * 0.97, height * 0.02)
    seen = scene.transform(scene.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)
    return seen.rotate(115, Image.Resampling.BICUBIC, expand=True, fillcolor=120)


@cache
def pictures() -> list[tuple[str, Image.Image]]:
    cases: list[tuple[str, str, Callable[[Image.Image], Image.Image]]] = [
        ("60x40", ADDRESS, lambda scene: scene),
        ("100x70", LONG_ADDRESS, lambda scene: scene.rotate(180)),
        ("60x40", LONG_ADDRESS, tilt_a_little),
        ("100x70", ADDRESS, tilt_a_little),
    ]
    return [photograph(*case[:2], random.Random(seed), case[2]) for seed, case in enumerate(cases)]


def test_a_label_of_two_codes_that_cannot_be_read_is_read_by_the_server() -> None:
    for uri, picture in pictures():
        file = BytesIO()
        picture.save(file, "PNG", compress_level=1)
        file.seek(0)
        assert read_picture(file).texts == (uri,)


def test_what_is_made_of_two_codes_is_one_of_them_or_nothing() -> None:
    rng, read = random.Random(5), 0
    for number in range(MERGES):
        uris = [f"{ADDRESS}/l/{draw_code(rng.randbytes)}" for _ in range(2)]
        if number % 2:  # the two codes of one label; the others are of two labels that lie side by side
            uris[1] = uris[0]
        one, other = (soil_modules(modules_of(uri), rng) for uri in uris)
        texts = read_codes(draw_modules(merge(one, other)))
        assert set(texts) <= set(uris)
        read += len(texts)
    assert read > MERGES / 3


def test_what_is_no_code_of_ours_is_nothing() -> None:
    _, picture = pictures()[0]
    asked: list[Any] = []

    def decode(clean: Any) -> list[str]:
        asked.append(clean)
        return ["https://example.com/x", "126B07K7Q3F8"]

    assert read_two_codes(picture, decode) is None
    assert len(asked) in range(3, 10)
    assert read_two_codes(Image.new("L", (300, 200), 90), decode) is None


def test_a_picture_full_of_marks_keeps_nobody_busy() -> None:
    mark = Image.new("L", (28, 28), 255)
    for inset, shade in ((3, 0), (6, 255), (9, 0)):
        mark.paste(shade, (inset, inset, 28 - inset, 28 - inset))
    picture = Image.new("L", (840, 840))
    for place in range(30 * 30):
        picture.paste(mark, (place % 30 * 28, place // 30 * 28))
    dark = find_dark(picture.tobytes(), *picture.size)
    assert len(find_marks(dark)) == 12
    assert len(list(find_poses(dark, find_marks(dark)))) <= 3


def serve(route: Route) -> None:
    path = route.request.url.removeprefix("https://labels.test/")
    if path.startswith("static/"):
        route.fulfill(path=ROOT / path)
    else:
        route.fulfill(body="<!doctype html><title>labels</title>", content_type="text/html")


@pytest.fixture
def answer(browser: Browser) -> Any:
    rng, files = random.Random(7), []
    for _, picture in pictures():
        file = BytesIO()
        picture.save(file, "PNG", compress_level=1)
        files.append(b64encode(file.getvalue()).decode())
    uri = f"{ADDRESS}/l/126B07K7Q3F7"
    merges = [[soil_modules(modules_of(uri), rng) for _ in range(2)] for _ in range(10)]
    with browser.new_context() as context:
        context.route("**/*", serve)
        page = context.new_page()
        page.goto("https://labels.test/")
        asked = {"merges": merges, "pictures": files, "sides": [33, 37, 41, 45, 49]}
        return asked, page.evaluate(ASK, asked)


def test_devices_make_of_two_codes_what_the_server_makes(answer: Any) -> None:
    asked, told = answer
    assert [tuple(form) for form in told["forms"]] == [(f.side, f.right, f.down) for f in list_forms()]
    assert told["patterns"] == [[list(row) for row in draw_pattern(side)] for side in asked["sides"]]
    assert told["merged"] == [merge(*codes) for codes in asked["merges"]]
    for (uri, picture), seen in zip(pictures(), told["seen"], strict=True):
        dark = find_dark(picture.tobytes(), *picture.size)
        marks = find_marks(dark)
        assert seen["marks"] == [pytest.approx((mark.x, mark.y)) for mark in marks]
        pose = next(find_poses(dark, marks))
        assert tuple(seen["form"]) == (pose.form.side, pose.form.right, pose.form.down)
        assert seen["places"] == [pytest.approx(pose.place(*place), abs=0.05) for place in ((0, 0), (40, 40))]
        assert seen["texts"] == [uri]
        assert seen["nothing"] is None
    assert 1 <= sum(told["often"]) < len(told["often"]), (
        "pictures of the camera get no rest from closer looks"
    )


def test_a_pattern_is_what_every_code_of_its_size_shows() -> None:
    rng = random.Random(3)
    for length in (20, 30, 44, 50, 70):
        code = modules_of("".join(rng.choice("abcdefgh") for _ in range(length)))
        pattern = draw_pattern(len(code))
        for drawn, row in zip(pattern, code, strict=True):
            assert all(mark in (-1, bit) for mark, bit in zip(drawn, row, strict=True))
