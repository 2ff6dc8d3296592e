"""Build a small world for tests in the words of the trade: a fixed cast of sites and people, and
what they do.

``yard.collect("tense", kg=1000)`` goes through the wire and the front door like everything else and returns the lot's
id. Times run forward by themselves, one minute an event, unless ``at`` says otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from graph.store import Store, Writer
from traceability.domain.access import Assignment
from traceability.domain.calendar import SHANGHAI
from traceability.domain.event import Event
from traceability.domain.lot import Lot
from traceability.exchange.seed import load_reference
from traceability.services.directory import people
from traceability.services.directory.reference import ReferenceDocument, put_reference
from traceability.services.recording.capture import Receipt, capture_event
from traceability.services.recording.judge import Deliverer
from traceability.wire import load_draft

NOW_MS = int(datetime(2026, 1, 1, tzinfo=SHANGHAI).timestamp() * 1000)

SITES = {
    "yard": ("430681", "miluo-recycling", ["collection", "preprocessing", "smelter"]),
    "plant": ("430681", "miluo-recycling", ["smelter", "direct_use", "fabricator"]),
    "chengdu": ("510100", "chengdu-alloy", ["smelter", "electrolysis"]),
    "guiyang": ("520100", "guiyang-aluminium", ["electrolysis", "casthouse"]),
}

AUTHORITIES = {
    "hunan-authority": "430000",
    "sichuan-authority": "510000",
    "guizhou-authority": "520000",
    "national-authority": "CN",
}
"""Authorities and the regions whose statistics are kept there."""

PEOPLE = {
    "wang": [("operator", site) for site in SITES],
    "chen": [("operator", site) for site in SITES] + [("supervisor", site) for site in SITES],
    "liu": [("planner", "*")],
    "zhao": [("auditor", "*")],
    "hunan-planner": [("planner", "43")],
    "sichuan-planner": [("planner", "51")],
    "guizhou-planner": [("planner", "52")],
}
PLANNERS = {"430000": "hunan-planner", "510000": "sichuan-planner", "520000": "guizhou-planner", "CN": "liu"}
"""Who declares the statistics of a region."""


def open_business(store: Store) -> None:
    """Store reference data and the cast of sites and people."""
    load_reference(store)
    sites = [
        ReferenceDocument("site", id_, {"zh": id_, "en": id_, "kinds": kinds, "region": region, "firm": firm, "licences": [
            {"number": "HW-1", "waste_codes": ["900-052-31", "321-026-48"], "from": "2020-01-01", "until": "2030-12-31"}
        ]})
        for id_, (region, firm, kinds) in SITES.items()
    ]  # fmt: skip
    sites += [authority(id_, region) for id_, region in AUTHORITIES.items()]
    store.write(lambda writer: put_reference(writer, sites))
    put_people(store, *(
        people.Person(id_, id_, tuple(Assignment(role, scope) for role, scope in roles)) for id_, roles in PEOPLE.items()
    ))  # fmt: skip


def put_people(store: Store, *them: people.Person) -> None:
    """Store accounts, all in one write."""

    def put(writer: Writer) -> None:
        for person in them:
            people.put_person(writer, person)

    store.write(put)


def authority(id_: str, region: str) -> ReferenceDocument:
    """Return an authority as it is stored."""
    body = {"zh": id_, "en": id_, "kinds": ["authority"], "region": region, "licences": []}
    return ReferenceDocument("site", id_, body)


def uuid7(number: int) -> str:
    """Return a fixed id that looks like a UUIDv7."""
    return f"0194a000-0000-7000-8000-{number:012x}"


@dataclass
class Business:
    """Record events on one store in the words of the trade."""

    store: Store
    clock: datetime = field(default_factory=lambda: datetime(2025, 1, 6, 8, 0, tzinfo=SHANGHAI))
    number: int = 0
    tickets: int = 0
    now_ms: int = NOW_MS
    last: Receipt | None = None

    # --- the general way -------------------------------------------------------------------------------------------

    def draft(self, kind: str, site: str, at: str = "", actor: str = "chen", **fields: Any) -> dict[str, Any]:
        """Return the wire body of an event."""
        self.number += 1
        if not at:
            self.clock += timedelta(minutes=1)
            at = self.clock.isoformat(timespec="seconds")
        elif "T" in at and "+" not in at:
            at += "+08:00"
        body = {
            "schema": 1, "id": uuid7(self.number), "kind": kind, "site": site, "event_time": at, "actor": actor,
        }  # fmt: skip
        return {**body, **{name: value for name, value in fields.items() if value is not None}}

    def send(self, body: dict[str, Any]) -> Receipt:
        """Send a draft through the wire and the front door. Raises what they raise."""
        self.last = capture_event(self.store, load_draft(body), Deliverer("test"), self.now_ms)
        return self.last

    def do(self, kind: str, site: str, at: str = "", **fields: Any) -> list[str]:
        """Record an event; return the ids of the lots it made."""
        return [lot.id for lot in self.send(self.draft(kind, site, at, **fields)).lots]

    # --- entries ---------------------------------------------------------------------------------------------------

    def collect(
        self, grade: str, kg: float, site: str = "yard", source: str = "post", origin: str | None = None, at: str = "",
        **fields: Any,
    ) -> str:  # fmt: skip
        """Collect scrap from a supplier; return the lot."""
        self.tickets += 1
        fields.setdefault("ticket", f"T{self.tickets:05d}")
        output = {"form": "scrap", "material": grade, "mass_g": grams(kg)}
        for name in ("metal_g", "metal_fraction", "code", "lot", "waste_code"):
            if name in fields:
                output[name] = fields.pop(name)
        return self.do(
            "collect", site, at, supplier="zhang", source_class=source, origin=origin, channel="offline",
            outputs=[output], **fields,
        )[0]  # fmt: skip

    def supply(
        self, material: str, kg: float, site: str = "plant", form: str = "additive", at: str = ""
    ) -> str:
        """Buy in additives, ore feed or product; return the lot."""
        output = {"form": form, "material": material, "mass_g": grams(kg)}
        return self.do("supply", site, at, supplier="zhang", outputs=[output])[0]

    def tap(self, kg: float, site: str = "guiyang", at: str = "") -> str:
        """Tap molten primary aluminium; return the lot."""
        output = {"form": "molten_primary", "material": "liquid-al", "mass_g": grams(kg)}
        return self.do("produce_primary", site, at, outputs=[output])[0]

    # --- transformations -------------------------------------------------------------------------------------------

    def transform(
        self, kind: str, inputs: Sequence[str | tuple[str, float]], outputs: Sequence[dict[str, Any]],
        site: str = "yard", at: str = "", **fields: Any,
    ) -> list[str]:  # fmt: skip
        """Transform inputs given as ids (all that remains) or (id, kg)."""
        used = [{"lot": i} if isinstance(i, str) else {"lot": i[0], "mass_g": grams(i[1])} for i in inputs]
        return self.do(kind, site, at, inputs=used, outputs=list(outputs), **fields)

    def melt(
        self, *inputs: str | tuple[str, float], into: float, alloy: str = "adc12", heel_kg: float = 0,
        dross_kg: float = 0, site: str = "plant", at: str = "", heat: str = "", **fields: Any,
    ) -> list[str]:  # fmt: skip
        """Melt a heat into one alloy lot, with heel and dross (half metal) as given; return [alloy,
        heel, dross], of which the last two may be missing."""
        outputs = [{"form": "product", "material": alloy, "mass_g": grams(into)}]
        if heel_kg:
            outputs.append({"form": "heel", "material": "heel", "mass_g": grams(heel_kg)})
        if dross_kg:
            outputs.append({"form": "residue", "material": "al-dross", "mass_g": grams(dross_kg)})
        return self.transform(
            "melt", inputs, outputs, site, at, heat_number=heat or f"H{self.number + 1:05d}", **fields
        )

    # --- movements and observations --------------------------------------------------------------------------------

    def ship(
        self, lot: str, to: str, kg: float | None = None, site: str = "yard", at: str = "", **fields: Any
    ) -> str:
        """Ship the lot (or a part, whose id is returned) to another site."""
        moved = {"lot": lot} if kg is None else {"lot": lot, "mass_g": grams(kg)}
        where = {"to": to} if to in SITES else {"customer": to}
        made = self.do("ship", site, at, lots=[moved], mode="road", vehicle_class="diesel", **where, **fields)
        return made[0] if made else lot

    def receive(self, lot: str, site: str, kg: float | None = None, at: str = "", **fields: Any) -> None:
        """Receive the lot, weighed again if ``kg`` says so."""
        moved = {"lot": lot} if kg is None else {"lot": lot, "mass_g": grams(kg)}
        self.do("receive", site, at, lots=[moved], **fields)

    def assay(self, lot: str, fraction: str, site: str = "yard", at: str = "") -> None:
        """Record a measured metal fraction."""
        self.do("assay", site, at, lots=[{"lot": lot}], metal_fraction=fraction)

    def adjust(self, lot: str, kg: float, site: str = "yard", at: str = "") -> None:
        """Record a stocktake difference."""
        self.do("adjust", site, at, lots=[{"lot": lot}], delta_g=grams(kg), reason="stocktake")

    def inspect(
        self, lot: str, passed: bool, site: str = "yard", at: str = "", subject: str = "radiation"
    ) -> None:
        """Record a check of radiation, or of quality."""
        self.do("inspect", site, at, lots=[{"lot": lot}], subject=subject, passed=passed)

    def seal(self, month: str, site: str = "yard", at: str = "") -> None:
        """Close a month."""
        self.do("seal", site, at, month=month)

    def statistic(self, region: str, period: str, **fields: Any) -> dict[str, Any]:
        """Return the wire body of a region's statistic, by its planner at its authority."""
        site = next(id_ for id_, of in AUTHORITIES.items() if of == region)
        stated = {
            "documents": [{"type": "statistic", "number": f"{region}-{period}"}],
            "metals": ["Al"],
            "at": "2026-01-01T00:00:00",
            "actor": PLANNERS[region],
            **fields,
        }
        return self.draft("declare", site, type="statistic", region=region, period=period, **stated)

    # --- corrections -----------------------------------------------------------------------------------------------

    def void(self, event: str, site: str = "yard", cascade: bool = False, *, actor: str = "chen") -> Receipt:
        """Void one event, or it and everything after it."""
        targets = [{"event": event}]
        return self.send(
            self.draft("correct", site, actor=actor, targets=targets, cascade=cascade, reason="mistake")
        )

    def replace(self, event: str, draft: dict[str, Any], site: str = "yard") -> Receipt:
        """Replace one event by another draft of its kind."""
        return self.replace_all({event: draft}, site)

    def replace_all(self, drafts: dict[str, dict[str, Any]], site: str = "yard") -> Receipt:
        """Replace several events at once."""
        targets = [
            {"event": event, "draft": {name: value for name, value in draft.items() if name != "id"}}
            for event, draft in drafts.items()
        ]
        return self.send(self.draft("correct", site, targets=targets, reason="mistake"))

    # --- reference data --------------------------------------------------------------------------------------------

    def change_reference(self, kind: str, id_: str, **changes: Any) -> None:
        """Store a document of reference data in another version, in force from now on."""
        with self.store.read() as reader:
            found = reader.find_documents(kind, [id_]).get(id_)
        body = {**(found.body if found else {}), **changes}
        self.store.write(lambda writer: put_reference(writer, [ReferenceDocument(kind, id_, body)]))

    # --- looking ---------------------------------------------------------------------------------------------------

    def lot(self, lot: str) -> Lot:
        """Return a lot's row."""
        with self.store.read() as reader:
            return reader.find_lots([lot])[lot]

    def event(self, event: str) -> Event:
        """Return an event's row."""
        with self.store.read() as reader:
            return reader.find_events([event])[event]

    def last_event(self) -> str:
        """Return the id of the event recorded last."""
        assert self.last is not None
        return self.last.event


def grams(kg: float) -> int:
    """Return the grams of kilograms as the tests write them."""
    return round(kg * 1000)
