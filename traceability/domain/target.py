"""Hold the targets that policy documents set for a region's indicators.

They are data, never code.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from traceability.domain.names import NamesByLanguage, choose_name

AT_LEAST, AT_MOST, ABOUT = ">=", "<=", "~"


class PolicyDocument(NamedTuple):
    """A document that sets targets, by id: its titles and its number ('' where none is recorded)."""

    id: str
    titles: NamesByLanguage = ()
    number: str = ""

    def title(self, language: str) -> str:
        """Return the title in a language; of a document that nobody recorded its id."""
        return choose_name(self.titles, language) or self.id


@dataclass(frozen=True, slots=True)
class PolicyTarget:
    """One line of a policy document.

    ``metals`` are the base metals that it speaks of, taken together (empty: the ten metals, or none
    in particular). ``value`` is a share of one, or tonnes or a number where the indicator is one;
    None is a direction without a number. ``year`` None is a document that names no year. ``method``
    names the formula where there are several. ``clause`` is where its documents say it ('' not recorded),
    ``note`` what else they say, ``notes`` the same by language.
    """

    region: str
    indicator: str
    metals: tuple[str, ...] = ()
    method: str = ""
    year: int | None = None
    operator: str = ""
    value: Fraction | None = None
    document: str = ""
    note: str = ""
    notes: NamesByLanguage = ()
    clause: str = ""

    def note_in(self, language: str) -> str:
        """Return the note in a language, where there is none in any as it was recorded."""
        return choose_name(self.notes, language) or self.note

    @property
    def documents(self) -> tuple[str, ...]:
        """Return the ids of the documents that set it."""
        return tuple(id_ for id_ in self.document.split("+") if id_)

    def is_met(self, figure: Fraction | None) -> bool | None:
        """Return whether the unrounded figure reaches the target.

        None without a figure, or where no number was set.

        以上 and 以下 include the number itself (民法典 §1259). "About" (≈ 0) sets no exact number either.
        """
        if figure is None or self.value is None or self.operator not in (AT_LEAST, AT_MOST):
            return None
        return figure >= self.value if self.operator == AT_LEAST else figure <= self.value


def target_in_force(
    targets: Iterable[PolicyTarget], region: str, indicator: str, metals: tuple[str, ...] | None, year: int
) -> PolicyTarget | None:
    """Return the newest target of a region and indicator that is not later than a year.

    ``year`` is that in which the period ends. ``metals`` None takes any. A document without a year
    counts from the beginning.
    """
    earlier = [
        target
        for target in targets
        if target.region == region
        and target.indicator == indicator
        and (metals is None or target.metals == metals)
        and (target.year or 0) <= year
    ]
    return max(earlier, key=lambda target: target.year or 0, default=None)
