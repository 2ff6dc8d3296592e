"""Read what is typed at the weighbridge: a ticket that opens, a grade that was unloaded, a reading."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import request
from werkzeug.datastructures import MultiDict

from scanners.payload import read_payload
from traceability.domain.calendar import month_of
from traceability.domain.confirmation import fingerprint
from traceability.domain.errors import BadInput, Violation
from traceability.domain.identifier import normalise_identifier
from traceability.domain.provenance import SCRAP_CLASSES
from traceability.domain.quantity import parse_kg, parse_percent_ppm
from traceability.domain.ticket import Deduction, ReadBy, Ticket, TicketGrade, TicketReading
from traceability.domain.vocabulary import CHANNELS
from traceability.services.directory.parties import LONGEST_NAME
from traceability.services.directory.scales import confirms_weight
from traceability.services.operations.trucks import KnownTruck
from traceability.web.forms.form import AskedWarning
from traceability.web.shell import current
from traceability.web.shell.words import say, t

_MONTH = re.compile("20[0-9]{2}-(0[1-9]|1[0-2])")


def read_month() -> str:
    """Return the month that the address names, the present one where it names none. Raises BadInput."""
    named = request.args.get("month", "")
    if named and not _MONTH.fullmatch(named):
        raise BadInput("field.bad_month", value=named[:20])
    return named or month_of(current.now_ms())


@dataclass
class TypedTicket:
    """Inputs of a form, what is wrong with them by their names, and what is asked before anything is kept."""

    typed: Mapping[str, str] = field(default_factory=lambda: request.form)
    faults: dict[str, str] = field(default_factory=dict)
    asked: list[AskedWarning] = field(default_factory=list)
    site: str = ""  # whose scales may have sent a weight; of none named, that which is worked at

    def list_unsure(self, doubts: list[Violation]) -> list[AskedWarning]:
        """Return the doubts that the person was not shown yet, as the page asks them."""
        sure = (
            self.typed.getlist("sure")
            if isinstance(self.typed, MultiDict) and "confirm" in self.typed
            else []
        )
        reference = current.reference()
        return [
            AskedWarning(doubt.path, say(doubt, reference), fingerprint(doubt))
            for doubt in doubts
            if fingerprint(doubt) not in sure
        ]

    def read_opening(self) -> Ticket | None:
        """Return the ticket that opens, None with faults."""
        gross = self._read_weight("gross")
        vehicle, supplier = (
            self._read_text("vehicle"),
            self._read_text("supplier") or self._read_text("supplier_last"),
        )
        driver, origin = self._read_text("driver"), self._read_text("origin")
        source_class = self._choose("source_class", SCRAP_CLASSES)
        channel = self._choose("channel", CHANNELS)
        radiation = self._choose("radiation", ("passed",), needed=False)
        if not vehicle:
            self.faults.setdefault("vehicle", t("ticket.plate_needed"))
        if self.faults or gross is None:
            return None
        return Ticket(vehicle, gross, supplier, driver, source_class, origin, channel, radiation)

    def read_grade(self, truck: KnownTruck | None) -> TicketGrade | None:
        """Return the grade that was unloaded, with the reading after it or the truck's usual tare; None with faults."""
        materials = current.reference().materials
        material = self._choose_grade()
        if material not in materials or "scrap" not in materials[material].forms:
            self.faults["material"] = t("ticket.grade_needed")
        after = self._read_usual_tare(truck) if self.typed.get("tare") else self._read_weight("after")
        code = self._read_label()
        moisture, impurity = self._read_deduction("moisture"), self._read_deduction("impurity")
        source_class = self._choose("source_class", SCRAP_CLASSES, needed=False)
        if self.faults or after is None:
            return None
        return TicketGrade(
            0, material, after, code, moisture, impurity, source_class, self._read_text("origin")
        )

    def read_again(self) -> TicketReading | None:
        """Return a reading that was taken again; None with faults."""
        return self._read_weight("reading")

    def _read_weight(self, name: str) -> TicketReading | None:
        frame = self.typed.get(f"{name}-frame", "")
        if not self.typed.get(name, "").strip():
            self.faults[name] = t("ticket.weight_needed")
            return None
        try:
            mass_g = parse_kg(self.typed.get(name, ""))
        except BadInput as error:
            self.faults[name] = say(error)
            return None
        site = self.site or (here.id if (here := current.site()) else "")
        if frame and not confirms_weight(current.reader(), site, frame, mass_g):
            frame = ""  # no scale of the site says this weight by it
        by = ReadBy.SCALE if frame else ReadBy.HAND
        return TicketReading(mass_g, current.now_ms(), current.signed_in().id, by, frame)

    def _read_usual_tare(self, truck: KnownTruck | None) -> TicketReading | None:
        if truck is None or not truck.tare_g:
            self.faults["after"] = t("ticket.no_usual_tare")
            return None
        return TicketReading(truck.tare_g, current.now_ms(), current.signed_in().id, ReadBy.HISTORY)

    def _choose_grade(self) -> str:
        """Return the grade of the tile, or the one whose name was typed; a name of none is a fault, and so are two grades."""
        tile, name = self.typed.get("material", ""), self.typed.get("grade_name", "").strip()
        named = self._find_named(name)
        if name and (not named or tile not in ("", named)):
            self.faults["grade_name"] = t("ticket.two_grades" if named else "ticket.unknown_name")
        return named or tile

    def _find_named(self, typed: str) -> str:
        """Return the grade of an id or of a name in any language, '' of none."""
        wanted = normalise_identifier(typed)
        for one in current.reference().materials.values():
            if wanted and wanted in {one.id, *(normalise_identifier(name) for _, name in one.names)}:
                return one.id
        return ""

    def _read_text(self, name: str) -> str:
        written = self.typed.get(name, "").strip()
        if len(written) > LONGEST_NAME or not written.isprintable():
            self.faults[name] = say(BadInput("party.bad_name", longest=LONGEST_NAME))
            return ""
        return written.upper() if name == "vehicle" else written

    def _choose(self, name: str, choices: tuple[str, ...], *, needed: bool = True) -> str:
        chosen = self.typed.get(name, "")
        if chosen in choices or (not chosen and not needed):
            return chosen
        self.faults[name] = t("ticket.choose")
        return ""

    def _read_label(self) -> str:
        written = self.typed.get("code", "").strip()
        if not written:
            return ""
        payload = read_payload(written, current.settings().host)
        if payload.kind not in ("lot", "code") or not payload.code:
            self.faults["code"] = t(payload.reason or "scan.not_a_code", code=written[:40])
            return ""
        return payload.code

    def _read_deduction(self, name: str) -> Deduction:
        written = self.typed.get(f"{name}_amount", "").strip()
        if not written:
            return Deduction()
        try:
            if self.typed.get(f"{name}_unit") == "percent":
                return Deduction(ppm=parse_percent_ppm(written))
            return Deduction(grams=parse_kg(written))
        except BadInput as error:
            self.faults[f"{name}_amount"] = say(error)
            return Deduction()
