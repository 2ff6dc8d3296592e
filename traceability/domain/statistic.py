"""Define what statistics can be of: output, capacity, and what no event can give.

They are data (``statistics.csv``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from traceability.domain.names import NamesByLanguage, choose_name

TEN_METAL_OUTPUT = "ten_metal_output"
"""The statistic that a declaration without ``indicator`` is of: output of metals, T10 of the ten."""

Span = Literal["months", "provinces"]
MASS_UNITS = ("t", "t/a")
PERCENT, NUMBER = "%", "number"


@dataclass(frozen=True, slots=True)
class StatisticKind:
    """What a statistic can be of: its unit, and what its values add up over.

    Masses (t, t/a) are stated in grams as ``output_g``, everything else as ``value``, a decimal text
    in the unit. ``adds`` tells whether the values of months make a year's and those of provinces the
    nation's.
    """

    id: str
    unit: str
    metals: bool
    signed: bool
    adds: tuple[Span, ...]
    names: NamesByLanguage = ()

    @property
    def is_mass(self) -> bool:
        """Return whether it is stated in grams."""
        return self.unit in MASS_UNITS

    @property
    def bounds(self) -> tuple[Fraction | None, Fraction | None]:
        """Return the smallest and largest value, in its unit."""
        low = None if self.signed else Fraction(0)
        if self.unit != PERCENT:
            return low, None
        return (Fraction(-100) if self.signed else low), Fraction(100)

    def name(self, language: str) -> str:
        """Return the name in a language."""
        return choose_name(self.names, language)


OUTPUT = StatisticKind(
    TEN_METAL_OUTPUT, "t", metals=True, signed=False, adds=("months", "provinces"),
    names=(("zh", "十种有色金属产量"), ("en", "output of the ten metals")),
)  # fmt: skip
DEFAULT_KINDS: Mapping[str, StatisticKind] = {TEN_METAL_OUTPUT: OUTPUT}
"""What an installation knows whose reference data list no statistics yet."""
