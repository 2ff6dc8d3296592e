"""Write the events of the demo down as drafts: named, dated, with lots that later events use.

Nothing is drawn at random: ids, label codes, minutes and what scatters around a plan are digests of the event's
name, so every start writes the same book, and a shift of the months changes dates alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from scanners.codes import draw_code
from traceability.domain.period import add_months

MONTHS = 24
KG, TONNE = 1_000, 1_000_000
_PPM = 1_000_000


def draw(name: str) -> bytes:
    """Return 32 bytes that belong to a name for ever."""
    return sha256(f"demo/{name}".encode()).digest()


def draw_id(name: str) -> str:
    """Return the id of the event or lot of a name, a UUID of version 8."""
    digits = draw(name).hex()
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"


def scatter(name: str, spread_ppm: int) -> int:
    """Return a number from -spread to +spread that belongs to a name."""
    return int.from_bytes(draw(f"{name}/scatter")[:6], "big") % (2 * spread_ppm + 1) - spread_ppm


def scale(amount: int, ppm: int) -> int:
    """Return so many millionths of an amount, rounded down."""
    return amount * ppm // _PPM


def divide(mass_g: int, count: int) -> list[int]:
    """Return the masses of so many lots that hold a mass: equal, in whole kilograms, but for the last."""
    each_g = mass_g // count // KG * KG
    return [each_g] * (count - 1) + [mass_g - each_g * (count - 1)]


@dataclass(frozen=True)
class Months:
    """The two years that the demo tells of, which end with the month ``last``; a month is its number from 0."""

    last: str

    def label(self, number: int) -> str:
        """Return the calendar month of a number: 2025-03."""
        return add_months(self.last, number - MONTHS + 1)

    @cached_property
    def years(self) -> Mapping[str, tuple[int, ...]]:
        """The numbers of the months of each calendar year."""
        years: dict[str, tuple[int, ...]] = {}
        for number in range(MONTHS):
            year = self.label(number)[:4]
            years[year] = (*years.get(year, ()), number)
        return years


@dataclass(frozen=True)
class DemoLot:
    """What the generator knows of a lot: mass and metal in grams, and how much of its metal is recycled and uncounted.

    ``ore_g`` is uncounted metal from ore.
    """

    id: str
    material: str
    mass_g: int
    metal_g: int
    recycled_g: int = 0
    ore_g: int = 0

    def part(self, mass_g: int) -> "DemoLot":
        """Return what a take of so much holds."""
        if mass_g == self.mass_g:
            return self
        return replace(
            self,
            mass_g=mass_g,
            metal_g=mass_g * self.metal_g // self.mass_g,
            recycled_g=mass_g * self.recycled_g // self.mass_g,
            ore_g=mass_g * self.ore_g // self.mass_g,
        )


class Pile:
    """The lots that a site has for one purpose, oldest first."""

    def __init__(self) -> None:
        self.lots: list[tuple[DemoLot, int]] = []  # with the mass that is left

    def add(self, *lots: DemoLot) -> None:
        """Put lots on the pile."""
        self.lots += [(lot, lot.mass_g) for lot in lots]

    @property
    def metal_g(self) -> int:
        """The metal on the pile."""
        return sum(lot.part(left_g).metal_g for lot, left_g in self.lots)

    def take_all(self) -> list[DemoLot]:
        """Take every lot whole. Only of piles that nothing was taken off in part."""
        lots = [lot for lot, _ in self.lots]
        self.lots = []
        return lots

    def take(self, metal_g: int) -> list[DemoLot]:
        """Take lots that hold so much metal, the last of them in part; fewer where there is less."""
        taken: list[DemoLot] = []
        wanted_g = metal_g
        while wanted_g > 0 and self.lots:
            lot, left_g = self.lots[0]
            rest = lot.part(left_g)
            if rest.metal_g <= wanted_g + 200 * KG:  # a scoop is not left behind
                taken.append(rest)
                wanted_g -= rest.metal_g
                self.lots.pop(0)
                continue
            mass_g = wanted_g * lot.mass_g // lot.metal_g // (10 * KG) * 10 * KG
            if mass_g <= 0:
                break
            taken.append(lot.part(mass_g))
            self.lots[0] = (lot, left_g - mass_g)
            break
        return taken


class Diary:
    """The drafts of the demo, in the order in which they are recorded."""

    def __init__(self, months: Months) -> None:
        self.months = months
        self._entries: list[tuple[str, int, dict[str, Any]]] = []

    def moment(self, month: int, day: int, clock: str) -> str:
        """Return a moment in Shanghai's time on the wire."""
        return f"{self.months.label(month)}-{day:02d}T{clock}:00+08:00"

    def write(
        self,
        name: str,
        kind: str,
        site: str,
        month: int,
        day: int,
        clock: str = "10",
        /,
        *,
        actor: str = "",
        recorded: str = "",
        **fields: Any,
    ) -> str:
        """Write down an event; return its id.

        ``clock`` is an hour, whose minute belongs to the name, or a time. ``recorded`` is the moment by which a late
        entry takes its place in the book, instead of the event's own.
        """
        if ":" not in clock:
            clock = f"{clock}:{draw(name)[0] % 60:02d}"
        moment = self.moment(month, day, clock)
        draft = {
            "id": draw_id(name),
            "kind": kind,
            "site": site,
            "event_time": moment,
            "actor": actor or f"{site}-operator",
            **{key: value for key, value in fields.items() if value not in (None, "", [])},
        }
        self._entries.append((recorded or moment, len(self._entries), draft))
        return str(draft["id"])

    def find(self, name: str) -> dict[str, Any]:
        """Return the draft of a name that was written down."""
        wanted = draw_id(name)
        return next(draft for _, _, draft in self._entries if draft["id"] == wanted)

    def set_day(self, name: str, day: str) -> None:
        """Date the newest event by a day alone, as papers are."""
        draft = self._entries[-1][2]
        assert draft["id"] == draw_id(name), "the newest event is another"
        draft["event_time"] = day

    def drafts(self) -> list[dict[str, Any]]:
        """Return all drafts in the order of recording."""
        return [draft for _, _, draft in sorted(self._entries, key=lambda entry: entry[:2])]


def new_lot(name: str, form: str, material: str, mass_g: int, **fields: Any) -> dict[str, Any]:
    """Return a new lot on the wire, with the id and code of its name."""
    code = draw_code(lambda count: draw(f"{name}/code")[:count])
    return {
        "form": form, "material": material, "mass_g": mass_g, "lot": draw_id(name), "code": code, **fields,
    }  # fmt: skip
