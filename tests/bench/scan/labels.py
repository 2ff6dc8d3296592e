"""Labels as printers burn them, read from sheets; and from photos, dirty or dark, blurred and tilted, by the reader of phones."""

import random
from base64 import b64encode
from io import BytesIO

import playwright.sync_api as playwright
import pypdfium2
from PIL import Image

from scanners.codes import draw_code
from scanners.labels.dots import draw_dots
from scanners.labels.layout import SIZES, lay_out
from scanners.labels.pdf import sheet_of, write_label_pdf
from tests.bench.scan.measured import Measured, line, percentile
from tests.scanners.labels.test_damage import DOTS, blur, darken, soil, tilt
from tests.scanners.labels.test_printed_labels import lay_out_many
from tests.support.browser import open_chromium
from tests.support.labels import ADDRESS, lettering, make_label, read_codes
from tests.support.parts import ROOT
from traceability.render.pdf import FONTS

LABELS = 50  # of each size and share of dirt
TARGETS = {0.0: 0, 0.06: 95, 0.09: 70}  # per cent read
DPI = 203
WHERE = "https://labels.test/"
READ = """async (pictures) => {
  const worker = new Worker("/static/scanning/decoder_worker.js", { type: "module" });
  const read = (id, image) => new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data.texts ?? []);
    worker.postMessage({ id, image }, [image.data.buffer]);
  });
  const found = [];
  for (const [id, picture] of pictures.entries()) {
    const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const begun = performance.now();
    const texts = await read(id, context.getImageData(0, 0, bitmap.width, bitmap.height));
    found.push([texts, performance.now() - begun]);
  }
  worker.terminate();
  return found;
}"""


def measure() -> list[Measured]:
    """Return the shares read, and how long a picture takes."""
    lines, durations = [], []
    with open_chromium() as browser:
        page = browser.new_page()
        page.route("**/*", _serve)
        page.goto(WHERE)
        for dirt, least in TARGETS.items():
            for size in SIZES:
                expected, pictures = _photograph(size, dirt)
                found = page.evaluate(READ, pictures)
                read = sum(uri in texts for uri, (texts, _) in zip(expected, found, strict=True))
                durations += [ms for _, ms in found]
                share = 100 * read // LABELS
                damage = (
                    f"{dirt:.0%} dirt in blotches".replace("%", " %") if dirt else "dark, blurred and tilted"
                )
                measure = f"label {size} in a photo, {damage}"
                lines.append(
                    line(
                        measure,
                        f"≥ {least} %" if least else "–",
                        f"{share} % of {LABELS}",
                        met=share >= least if least else None,
                    )
                )
    lines.append(line("reading one photo in the worker, p95", "–", f"{percentile(durations, 95):.0f} ms"))
    return [*lines, *_measure_sheets()]


def _serve(route: playwright.Route) -> None:
    path = route.request.url.removeprefix(WHERE)
    if path.startswith("static/"):
        route.fulfill(path=ROOT / path)
    else:
        route.fulfill(body="<!doctype html><title>labels</title>", content_type="text/html")


def _photograph(size: str, dirt: float) -> tuple[list[str], list[str]]:
    """Return what stands on the labels, and pictures of them, encoded."""
    rng, uris, pictures = random.Random(20261130), [], []
    for _ in range(LABELS):
        code = draw_code(rng.randbytes)
        label = draw_dots(lay_out(make_label(code=code), SIZES[size], lettering()), lettering(), DOTS)
        picture = BytesIO()
        scene = Image.new("L", (label.width + 160, label.height + 160), 120)
        scene.paste(label.convert("L"), (80, 80))
        seen = soil(dirt)(scene, rng) if dirt else darken(blur(tilt(scene, rng), rng), rng)
        seen.save(picture, "PNG", compress_level=1)
        uris.append(f"{ADDRESS}/l/{code}")
        pictures.append(b64encode(picture.getvalue()).decode())
    return uris, pictures


def _measure_sheets() -> list[Measured]:
    lines = []
    for size in SIZES.values():
        paper = sheet_of(size)
        layouts = lay_out_many(size.id, paper.count)
        (sheet,) = pypdfium2.PdfDocument(write_label_pdf(layouts, paper, FONTS, "标签", "zh"))
        image = sheet.render(scale=DPI / 72).to_pil().convert("L")
        boxes = [(left, top, left + size.width, top + size.height) for left, top in paper.corners(size)]
        read = sum(_holds(image, box, layout.code) for box, layout in zip(boxes, layouts, strict=True))
        measure = f"A4 sheet of labels {size.id} at {DPI} dpi"
        lines.append(line(measure, "100 %", f"{read} of {paper.count}", met=read == paper.count))
    return lines


def _holds(sheet: Image.Image, box: tuple[float, ...], code: str) -> bool:
    left, top, right, bottom = (round(side * DPI / 25.4) for side in box)
    return set(read_codes(sheet.crop((left, top, right, bottom)))) == {f"{ADDRESS}/l/{code}"}
