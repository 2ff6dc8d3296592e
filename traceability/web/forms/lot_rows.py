"""The rows of a form's lists: which there are, buttons that add and remove them, and lots that are
scanned into one.
"""

import re
from collections.abc import Iterable, Mapping

from werkzeug.datastructures import MultiDict

from scanners.codes import normalise_code
from scanners.payload import read_payload
from traceability.domain.errors import BadQuantity
from traceability.domain.lot import Lot
from traceability.domain.quantity import MAX_MASS_G, parse_kg, plain_width
from traceability.services.tracing.lots import sum_listed

MOST_ROWS = 500
_ROW_ACTION = re.compile(r"(add|remove)-([a-z_]+)(?:-(\d{1,4}))?", re.ASCII)


class FormRows:
    """The rows of each list by their places, which are the numbers in the names of their inputs.

    ``least`` are the lists of the page with the number of rows that an unsent form shows.
    """

    def __init__(self, typed: MultiDict[str, str], least: Mapping[str, int], *, sent: bool) -> None:
        self.typed = typed
        self._places = {name: self._find_places(name, 0 if sent else rows) for name, rows in least.items()}

    def _find_places(self, name: str, least: int) -> list[int]:
        pattern = re.compile(rf"{re.escape(name)}-(\d{{1,4}})-")
        typed = {int(match[1]) for field in self.typed if (match := pattern.match(field))}
        return sorted(typed | set(range(least)))[:MOST_ROWS]

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def places(self, name: str) -> list[int]:
        """Return the places of a list's rows."""
        return self._places[name]

    def add(self, name: str) -> None:
        """Append a row, unless the list is full."""
        places = self._places[name]
        if len(places) < MOST_ROWS:
            places.append(max(places, default=-1) + 1)

    def change(self, action: str) -> None:
        """Do what a button ``add-<list>`` or ``remove-<list>-<place>`` says; nothing for any other."""
        change = _ROW_ACTION.fullmatch(action)
        if not change or change[2] not in self._places:
            return
        verb, name, place = change.groups()
        if verb == "add" and not place:
            self.add(name)
        elif verb == "remove" and place and int(place) in self._places[name]:
            self._places[name].remove(int(place))
            gone = f"{name}-{int(place)}-"
            for field in [field for field in self.typed if field.startswith(gone)]:
                del self.typed[field]


class LotRows:
    """The list that scans go into: each fills the first empty row, and one row stays empty."""

    def __init__(self, rows: FormRows, name: str, host: str) -> None:
        self.rows = rows
        self.typed = rows.typed
        self.name = name
        self.host = host

    def input_at(self, place: int) -> str:
        """Return the name of the input for a row's code."""
        return f"{self.name}-{place}-lot_code"

    def take_scan(self, scanned: str) -> str:
        """Put a scan into the list; return its code if it was there already, else ''."""
        code = self._code_in(scanned)
        if code and code in self.codes().values():
            return code
        self.keep_one_empty()
        self.typed[self.input_at(self._empty_places()[0])] = code or scanned
        return ""

    def add(self, codes: Iterable[str]) -> None:
        """Put lots into the list that are not in it yet."""
        known = set(self.codes().values())
        for code in codes:
            if normalise_code(code) not in known:
                self.take_scan(code)
        self.keep_one_empty()

    def codes(self) -> dict[int, str]:
        """Return the code of each row in which something is filled in; '' where that is no code."""
        typed = {place: self.typed.get(self.input_at(place), "") for place in self.rows.places(self.name)}
        return {place: self._code_in(text) for place, text in typed.items() if text.strip()}

    def sum_g(self, lots: Mapping[int, Lot]) -> int:
        """Return the mass of the lots by row, in grams: of each what was typed, else what remains of it."""
        return sum_listed((lot, self._typed_mass(place)) for place, lot in lots.items())

    def _typed_mass(self, place: int) -> int | None:
        typed = plain_width(self.typed.get(f"{self.name}-{place}-mass_kg", ""))
        try:
            return parse_kg(typed, MAX_MASS_G) if typed.strip() else None
        except BadQuantity:  # it is said beside the field once the form is sent
            return None

    def keep_one_empty(self) -> None:
        """Append an empty row where there is none."""
        if not self._empty_places():
            self.rows.add(self.name)

    def _empty_places(self) -> list[int]:
        return [place for place in self.rows.places(self.name) if not self.typed.get(self.input_at(place))]

    def _code_in(self, typed: str) -> str:
        payload = read_payload(typed, self.host)
        return payload.code or "" if payload.kind in ("lot", "code") else ""
