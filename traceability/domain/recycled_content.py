"""Compute recycled content: the metal of a lot by source class, total and strict (ISO 14021)."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from traceability.domain.provenance import CLASSES, SCRAP_CLASSES, Vector, by_class


@dataclass(frozen=True, slots=True)
class RecycledContent:
    """Metal by source class in grams.

    Recycled is post + pre + unspecified; unknown is never claimed (EN 45557). ``strict_g`` leaves
    out what was reclaimed in the process that made it (ISO 14021); the denominator stays.
    """

    metal_g: int
    classes: tuple[int, ...]  # in the order of provenance.CLASSES
    strict_g: int

    @property
    def recycled_g(self) -> int:
        """Post-consumer, pre-consumer and unspecified."""
        return sum(self.classes[: len(SCRAP_CLASSES)])

    @property
    def share(self) -> Fraction | None:
        """Recycled ÷ total."""
        return Fraction(self.recycled_g, self.metal_g) if self.metal_g else None

    @property
    def strict_share(self) -> Fraction | None:
        """Recycled without metal reclaimed in the same process ÷ total."""
        return Fraction(self.strict_g, self.metal_g) if self.metal_g else None

    def share_of(self, source_class: str) -> Fraction | None:
        """Return the share of one class of ``provenance.CLASSES``."""
        grams = self.classes[CLASSES.index(source_class)]
        return Fraction(grams, self.metal_g) if self.metal_g else None

    def plus(self, other: "RecycledContent") -> "RecycledContent":
        """Return both together."""
        classes = tuple(left + right for left, right in zip(self.classes, other.classes, strict=True))
        return RecycledContent(self.metal_g + other.metal_g, classes, self.strict_g + other.strict_g)


NO_CONTENT = RecycledContent(0, (0,) * len(CLASSES), 0)


def add_contents(contents: Iterable[RecycledContent]) -> RecycledContent:
    """Return the content of several lots together."""
    return reduce(RecycledContent.plus, contents, NO_CONTENT)


def recycled_content(vector: Vector, strict_g: int) -> RecycledContent:
    """Return the content of a vector: of a lot as created, in force, or of what remains of it.

    ``strict_g`` is the lot's own; it is not in the vector.
    """
    classes = tuple(by_class(vector).values())
    return RecycledContent(sum(classes), classes, strict_g)
