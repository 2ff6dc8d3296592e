"""Measure and set words in the one font that labels are printed with.

The font comes with us, so that a label has the same lines on every machine, and it is known beforehand which characters
it lacks: those are printed as 〓, the mark that printers put for a missing type, and told to whoever prints.
"""

from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ASCENT, DESCENT = 0.88, 0.22  # em, of every character that may stand in a line
CAPITALS = 0.733  # em, height of capitals and digits
MISSING = "〓"
_MEASURED = 200  # pixels of an em: fine enough for a tenth of a dot
_COMPARED = 32  # pixels of an em: no two characters look alike


class Lettering:
    """A font: how wide words are, what it lacks, and words as dots."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._measured = ImageFont.truetype(str(path), _MEASURED)
        self._compared = ImageFont.truetype(str(path), _COMPARED)
        self._unknown = self._draw_one("\uffff")  # drawn as the font's sign for a missing character
        self.measure = lru_cache(maxsize=5_000)(self._measure)
        self.has = lru_cache(maxsize=20_000)(self._has)

    def _measure(self, words: str) -> float:
        """Return the width of words in em."""
        return float(self._measured.getlength(words)) / _MEASURED

    def _has(self, character: str) -> bool:
        """Return whether the font draws this character; of blanks there is nothing to draw."""
        return character.isspace() or self._draw_one(character) != self._unknown

    def find_missing(self, words: str) -> list[str]:
        """Return the characters that the font lacks, each once."""
        return [one for one in dict.fromkeys(words) if not self.has(one)]

    def replace_missing(self, words: str) -> str:
        """Return the words with 〓 for what the font lacks: nothing is ever left blank."""
        return "".join(one if self.has(one) else MISSING for one in words)

    def _draw_one(self, character: str) -> bytes:
        return bytes(self._compared.getmask(character))

    def draw(self, words: str, em: float, width: int) -> tuple[Image.Image, int]:
        """Return words as grey dots, black on white, squeezed to a width; and the row of the baseline.

        They are drawn four times as large and brought down, so that thin strokes keep their weight.
        """
        font = ImageFont.truetype(str(self.path), max(1, round(em * 4)))
        _, top, right, bottom = font.getbbox(words, anchor="ls")
        natural = max(round(font.getlength(words)), round(right), 1)
        above, below = max(0, -int(top)) // 4 + 2, max(0, int(bottom)) // 4 + 2
        large = Image.new("L", (natural, (above + below) * 4), 255)
        ImageDraw.Draw(large).text((0, above * 4), words, font=font, fill=0, anchor="ls")
        return large.resize((max(width, 1), above + below), Image.Resampling.BOX), above
