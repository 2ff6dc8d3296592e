"""Read which labels are to be printed, and how, and lay them out: of lots, or of a roll of blank ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from flask import request
from PIL import Image

from scanners.codes import group_code, is_code, normalise_code
from scanners.digital_link import build_label_uri
from scanners.labels.dots import RESOLUTIONS, draw_dots
from scanners.labels.layout import DOTS_PER_MM, SIZES, Label, LabelLayout, LabelSize, lay_out
from scanners.labels.lettering import Lettering
from scanners.labels.pdf import roll_of, sheet_of, write_label_pdf
from scanners.labels.tspl import write_tspl
from scanners.labels.zpl import write_zpl
from traceability.domain.calendar import day_of
from traceability.domain.lot import Lot
from traceability.domain.quantity import clean_number
from traceability.locale import format_kg
from traceability.render.pdf import FONTS
from traceability.services.directory.label_rolls import LONGEST_ROLL, LabelRoll, find_roll
from traceability.services.tracing.label_facts import LabelFacts, find_label_facts
from traceability.services.tracing.lots import find_lots
from traceability.web.lots.lot_view import name_holder
from traceability.web.shell import current
from traceability.web.shell.words import material_name, t

MOST_LOTS = 200  # of one printing
MOST_COPIES = 20
MOST_PRINTED = MOST_LOTS * MOST_COPIES
"""Labels with their copies of one printing; a PDF has each on a page."""
MOST_NAMED = 5  # codes that were not found
SHOWN = 30  # characters of a text that is repeated
PAPERS = ("roll", "a4")
FONT = FONTS / "sans.otf"


@cache
def lettering() -> Lettering:
    """Return the font of labels, read once by each process."""
    return Lettering(FONT)


@dataclass(frozen=True, slots=True)
class LabelJob:
    """Labels to be printed. ``problems`` say what is wrong with the request, beside the labels that can be printed.

    ``first`` and ``last`` number the labels of a roll from 1.
    """

    labels: Sequence[Label]
    size: LabelSize
    copies: int
    paper: str
    dpi: int
    problems: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()  # of lots, as asked for
    roll: LabelRoll | None = None
    first: int = 1
    last: int = 0

    @property
    def query(self) -> dict[str, Any]:
        """Return what the address of this job says."""
        of_roll = (
            {"roll": self.roll.id, "from": self.first, "to": self.last} if self.roll else {"code": self.codes}
        )
        return {**of_roll, "size": self.size.id, "copies": self.copies, "paper": self.paper, "dpi": self.dpi}

    @property
    def count(self) -> int:
        """Return how many labels leave the printer."""
        return len(self.labels) * self.copies

    @property
    def missing(self) -> list[str]:
        """Return the characters that the font lacks; they are printed as 〓."""
        told = "".join(
            f"{label.grade}{label.mass}{label.hazard}{''.join(label.lines)}" for label in self.labels
        )
        return lettering().find_missing(told)

    def lay_out(self, dots_per_mm: float = DOTS_PER_MM, most: int | None = None) -> Iterator[LabelLayout]:
        """Yield the labels laid out for a resolution, the first ``most`` of them."""
        for label in islice(self.labels, most):
            yield lay_out(label, self.size, lettering(), dots_per_mm)

    def write(self, form: str) -> bytes:
        """Return the labels as a file: pdf, zpl or tspl."""
        if form == "pdf":
            layouts = [layout for layout in self.lay_out() for _ in range(self.copies)]
            paper = sheet_of(self.size) if self.paper == "a4" else roll_of(self.size)
            return write_label_pdf(layouts, paper, FONTS, t("label.title"), current.language())
        if form == "zpl":
            return write_zpl(self._draw(), self.copies)
        return write_tspl(self._draw(), self.size, self.copies)

    def _draw(self) -> Iterator[Image.Image]:
        dots_per_mm = RESOLUTIONS[self.dpi]
        for layout in self.lay_out(dots_per_mm):
            yield draw_dots(layout, lettering(), dots_per_mm)


def read_job() -> LabelJob:
    """Return what the request asks for. Raises NotFound for a roll that is none of the person's sites."""
    values = request.values
    problems: list[str] = []
    size = SIZES.get(values.get("size", ""))
    paper = values.get("paper", PAPERS[0])
    copies = _read_count("copies", 1, MOST_COPIES, problems)
    dpi = _read_count("dpi", min(RESOLUTIONS), max(RESOLUTIONS), problems)
    common = (
        copies, paper if paper in PAPERS else PAPERS[0], dpi if dpi in RESOLUTIONS else min(RESOLUTIONS),
    )  # fmt: skip
    if values.get("roll"):
        return _read_roll(values["roll"][:80], size, common, problems)
    written = values.getlist("code")
    if len(written) > MOST_LOTS:  # a roll that ends early looks complete
        problems.append(t("label.too_many", count=len(written), limit=MOST_LOTS))
    codes = [normalise_code(text) for text in written[:MOST_LOTS]]
    lots = find_lots(current.reader(), current.viewer(), {code for code in codes if is_code(code)})
    missing = [text for text, code in zip(written, codes, strict=False) if code not in lots]
    if missing:
        named = ", ".join(text[:SHOWN] for text in missing[:MOST_NAMED])
        problems.append(t("label.unknown", codes=named, count=len(missing)))
    void = [code for code in codes if code in lots and lots[code].void]
    if void:  # a label on the metal would say that there is such a lot
        named = ", ".join(group_code(code) for code in void[:MOST_NAMED])
        problems.append(t("label.void", codes=named, count=len(void)))
    known = [lots[code] for code in codes if code in lots and not lots[code].void]
    facts = find_label_facts(current.reader(), current.viewer(), known)
    labels = [describe_lot(lot, facts[lot.id]) for lot in known]
    found = tuple(lot.code for lot in known)
    return LabelJob(labels, size or SIZES["60x40"], *common, tuple(problems), found)


def _read_roll(
    roll_id: str, size: LabelSize | None, common: tuple[int, str, int], problems: list[str]
) -> LabelJob:
    roll = find_roll(current.reader(), current.viewer(), roll_id)
    end = len(roll.codes)
    first = _read_count("from", 1, end, problems)
    last = _read_count("to", end, end, problems)
    if first > last:
        problems.append(t("label.bad_range", first=first, last=last))
        first, last = 1, end
    labels = [describe_blank(code) for code in roll.codes[first - 1 : last]]
    copies, paper, dpi = common
    if len(labels) * copies > MOST_PRINTED:
        problems.append(t("label.too_many", count=len(labels) * copies, limit=MOST_PRINTED))
        copies = 1
    return LabelJob(
        labels,
        size or SIZES[roll.size],
        copies,
        paper,
        dpi,
        tuple(problems),
        roll=roll,
        first=first,
        last=last,
    )


def _read_count(name: str, usual: int, most: int, problems: list[str]) -> int:
    """Return a count of the request, the usual one where none is given or it is none."""
    written = request.values.get(name)
    if not written:
        return usual
    count = read_count(written, most)
    if count is None:
        problems.append(t("label.bad_count", text=written[:SHOWN], limit=most))
    return count or usual


def read_count(written: str, most: int = LONGEST_ROLL) -> int | None:
    """Return a number of labels as typed, None where it is none from 1 to ``most``."""
    plain = (clean_number(written) or "").removeprefix("+")
    if not (plain.isascii() and plain.isdecimal() and len(plain) <= 9):
        return None
    count = int(plain)
    return count if 1 <= count <= most else None


def describe_lot(lot: Lot, facts: LabelFacts) -> Label:
    """Return what the label of a lot tells, in the person's language."""
    made = day_of(facts.made_ms)
    heat = t("label.heat", heat=facts.heat_number) if facts.heat_number else ""
    grams = lot.remaining_g or lot.content.mass_g
    return Label(
        uri=build_label_uri(current.settings().address, lot.code),
        code=lot.code,
        grade=material_name(lot.material),
        mass=f"{format_kg(grams)} kg",
        hazard=t("label.hazard", code=lot.waste_code) if lot.waste_code else "",
        lines=tuple(line for line in (heat, f"{made} {name_holder(lot)}") if line),
    )


def describe_blank(code: str) -> Label:
    """Return a blank label: its code alone."""
    return Label(build_label_uri(current.settings().address, code), code)
