"""Let administrators in, and read the forms of what they keep: one stored thing, its version, the faults beside the fields."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import request

from graph.store import Body
from traceability.domain.administration import Administrator
from traceability.domain.errors import FieldError, NotAllowed
from traceability.services.directory.accounts import administrator_of
from traceability.web.shell import current
from traceability.web.shell.words import say, t

MOST_ROWS = 100
LONGEST = 2_000

REWORDED = {f"seed.unknown_{what}": f"admin.unknown_{what}" for what in ("region", "scope", "metal", "name")}
"""Faults that speak of files to whoever loads some, in words for whoever fills in a page."""

LICENCE_NAMES = {
    "licence": "sites.licences", "licence.number": "sites.licence_number", "licence.waste_codes": "sites.waste_codes",
    "licence.from": "people.from", "licence.until": "people.to",
}  # fmt: skip
"""Names of the fields of licences, of sites and of parties."""

Row = dict[str, Any]


def administrator() -> Administrator:
    """Return what the person signed in administers. Raises NotAllowed."""
    found = find_administrator()
    if not found.is_any:
        raise NotAllowed("people.no_administrator")
    return found


def find_administrator() -> Administrator:
    """Return what the person signed in administers, which may be nothing."""
    return administrator_of(current.reader(), current.person(), current.now_ms())


def administrator_of_all() -> Administrator:
    """Return what the person administers, where that is the whole system. Raises NotAllowed."""
    found = administrator()
    if not found.is_of_all:
        raise NotAllowed("people.not_of_all")
    return found


class EntryForm:
    """The form of one stored thing: what stands in its fields, what is wrong, and the version it was made from.

    Fields of rows are called ``roles.0.scope``, as in the faults of ``check_entry``.
    """

    def __init__(
        self, stored: Mapping[str, Any], version: int, names: Mapping[str, str] | None = None
    ) -> None:
        """``names`` are the messages that name the fields: ``roles`` its rows, ``roles.scope`` a cell of them."""
        self.names = names or {}
        self.stored = dict(stored)
        self.version = version
        self.sent = request.method == "POST"
        self.errors: dict[str, list[str]] = {}
        self.values: dict[str, Any] = dict(stored)
        if self.sent:
            self.version = request.form.get("version", 0, type=int)

    def text(self, name: str) -> str:
        """Return the text of a field, as typed, without blanks around it."""
        typed = request.form.get(name, "")[:LONGEST].strip()
        self.values[name] = typed
        return typed

    def texts(self, name: str) -> list[str]:
        """Return the chosen ones of several."""
        chosen = request.form.getlist(name)[:MOST_ROWS]
        self.values[name] = chosen
        return chosen

    def rows(self, name: str, columns: Sequence[str], several: Sequence[str] = ()) -> list[Row]:
        """Return the rows that hold something, blank cells left out; they are numbered anew."""
        pattern = re.compile(rf"{re.escape(name)}\.(\d{{1,3}})\.")
        numbers = sorted({int(found[1]) for key in request.form if (found := pattern.match(key))})[:MOST_ROWS]
        for key in [key for key in self.values if pattern.match(key)]:
            del self.values[key]
        kept: list[Row] = []
        for number in numbers:
            row: Row = {column: self.text(f"{name}.{number}.{column}") for column in columns}
            row |= {column: self.texts(f"{name}.{number}.{column}") for column in several}
            for column in row:
                self.values.pop(f"{name}.{number}.{column}")
            filled = {column: value for column, value in row.items() if value}
            if filled:
                self.values |= {f"{name}.{len(kept)}.{column}": value for column, value in row.items()}
                kept.append(filled)
        return kept

    def count_rows(self, name: str) -> int:
        """Return how many rows of a name hold something."""
        found = [re.match(rf"{re.escape(name)}\.(\d+)\.", key) for key in self.values]
        return max((int(match[1]) + 1 for match in found if match), default=0)

    def refuse(self, faults: Iterable[FieldError]) -> None:
        """Put each fault beside its field."""
        for fault in faults:
            told = fault._replace(code=REWORDED.get(fault.code, fault.code))
            self.errors.setdefault(fault.path, []).append(say(told, current.reference()))

    def refuse_all(self, text: str) -> None:
        """Put what is wrong with the whole above the form."""
        self.errors.setdefault("", []).append(text)

    def outdate(self, stored: Mapping[str, Any], version: int) -> None:
        """Tell what somebody else changed meanwhile: what is stored now stands beside what was typed."""
        self.version = version
        self.refuse_all(t("admin.stale"))
        for name in sorted({*stored, *self.values}):
            now, typed = _shown(stored.get(name)), _shown(self.values.get(name))
            if now != typed:
                self.errors.setdefault(name, []).append(t("admin.now_is", value=now or "–"))

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Return every fault for the summary, with the name of its field."""
        return [(name, self._name(name, text)) for name, texts in self.errors.items() for text in texts]

    def _name(self, path: str, text: str) -> str:
        """Return a fault with the name of its field, and of its row where it stands in one."""
        words = [word for word in path.split(".") if not word.isdigit()]
        numbers = [int(word) + 1 for word in path.split(".") if word.isdigit()]
        field = self.names.get(".".join(words), "")
        if not field:
            return text
        if len(words) == 1:
            return t("admin.problem_of", field=t(field), text=text)
        rows = t(self.names[words[0]])
        return t("admin.problem_in_row", rows=rows, number=str(numbers[0]), field=t(field), text=text)

    @property
    def status(self) -> int:
        """Return the status of the page."""
        return 422 if self.errors else 200


def name_problems(faults: Mapping[str, str], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the faults of a plain form for its summary, in the order of its fields."""
    return [
        (name, t("admin.problem_of", field=t(code), text=faults[name]))
        for name, code in names.items()
        if name in faults
    ]


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value or "")


def flatten(name: str, rows: Iterable[Body]) -> dict[str, Any]:
    """Return rows as the fields of a form."""
    return {
        f"{name}.{number}.{column}": value for number, row in enumerate(rows) for column, value in row.items()
    }
