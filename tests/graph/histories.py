"""Generate a history of events, lots, edges and postings, and compute plainly what a store must
answer about it.

Nothing here is a possible trade: only the shapes matter, so that every filter finds some and leaves some out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from graph.store import EventFilter, LotFilter, PostingFilter, Store
from traceability.domain.calendar import month_of
from traceability.domain.claims import Claim
from traceability.domain.confirmation import list_unconfirmed
from traceability.domain.decision import INPUT, OBSERVED, OUTPUT, Changes, Edge
from traceability.domain.errors import Violation
from traceability.domain.event import (
    Acquisition,
    Detail,
    Draft,
    Event,
    Frozen,
    Heat,
    LotUse,
    NewLot,
    Seal,
    Shipment,
)
from traceability.domain.lot import Content, Lot
from traceability.domain.posting import LedgerRow, Posting
from traceability.domain.vocabulary import ACCOUNTS as EVERY_ACCOUNT
from traceability.wire import draft_text

T = TypeVar("T")

DAY_MS = 24 * 3600 * 1000
START_MS = 1_735_660_800_000  # 2025-01-01 in Asia/Shanghai
SITES = {
    "miluo-a": "430681", "miluo-b": "430681", "yueyang": "430602", "changsha": "430100", "chengdu": "510100",
    "guiyang": "520100", "beijing": "110101",
}  # fmt: skip
FORMS = ("scrap", "product", "residue", "heel")
METALS = ("Al", "Cu", "mixed")
MATERIALS = ("tense", "adc12", "al-dross")
ACCOUNTS = (
    "recycled", "primary", "collected", "melt_loss", "residue_generated", "molten_tapped", "turnover_in",
    "turnover_out",
)  # fmt: skip
DETAILS: dict[str, Detail] = {
    "collect": Acquisition(ticket="T1", supplier="party-1", source_class="post", channel="online"),
    "melt": Heat(heat_number="H1", furnace="F1"),
    "ship": Shipment(to="chengdu", vehicle="truck-1", distance_km=12),
    "seal": Seal("2025-01"),
}


def name(number: int) -> str:
    """A fixed id."""
    return str(UUID(int=number))


def make_event(
    seq: int, kind: str = "collect", site: str = "miluo-a", time_ms: int = 0, **fields: Any
) -> Event:
    """A recorded event; fields of the draft may be given."""
    time_ms = time_ms or START_MS + seq * 60_000
    fields = {"detail": DETAILS[kind], "actor": "chen", **fields}
    draft = Draft(name(seq), kind, site, time_ms, 480, **fields)
    frozen = Frozen(time_ms=time_ms, region=SITES[site], roles=("operator",))
    text = draft_text(draft)
    return Event(seq, draft, frozen, time_ms + 5, "session:chen", text, f"digest-{seq}", f"chain-{seq}")


def make_lot(number: int, event: Event, **fields: Any) -> Lot:
    """A lot that the event made, of half metal."""
    mass_g = fields.pop("mass_g", 1000 + number)
    form = fields.pop("form", "scrap")
    vector = {(0, "430000", 0): mass_g // 2}
    content = Content(event.order, form, mass_g, mass_g // 2, vector, mass_g // 4)
    plain: dict[str, Any] = {
        "id": name(1_000_000 + number), "code": f"CODE{number}", "metal": "Al", "material": "tense",
        "family": "unknown", "site": event.draft.site, "region": event.frozen.region, "contents": (content,),
        "remaining_g": mass_g, "made_by": event.id, "last": event.order, "moved_ms": event.frozen.time_ms,
    }  # fmt: skip
    return Lot(**{**plain, **fields})


@dataclass
class History:
    """Everything that was stored, as the last write of it says."""

    events: dict[int, Event] = field(default_factory=dict)
    lots: dict[str, Lot] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    claims: dict[str, Claim] = field(default_factory=dict)
    postings: list[Posting] = field(default_factory=list)

    def add(self, changes: Changes) -> None:
        """What ``apply`` means."""
        self.events.update({event.seq: event for event in changes.events})
        self.events.update(changes.revised)
        self.lots.update(changes.lots)
        self.edges = [edge for edge in self.edges if edge.event not in changes.revised] + changes.edges
        for key, claim in changes.claims.items():
            self.claims.pop(key, None)
            if claim is not None:
                self.claims[key] = claim
        self.postings += changes.postings

    # --- what a store must answer ----------------------------------------------------------------------------------

    def list_lots(self, asked: LotFilter) -> list[Lot]:
        """Newest first."""
        found = [
            lot
            for lot in self.lots.values()
            if lot.region.startswith(asked.region)
            and all(
                not wanted or wanted == held
                for wanted, held in (
                    (asked.site, lot.site),
                    (asked.status, lot.status),
                    (asked.form, lot.form),
                    (asked.metal, lot.metal),
                    (asked.material, lot.material),
                    (asked.to, lot.to),
                )
            )
        ]
        return sorted(found, key=lambda lot: (*lot.made, lot.id), reverse=True)

    def list_events(self, asked: EventFilter) -> list[Event]:
        """In book order."""
        if asked.unconfirmed_at:
            open_ = [event for event in self.events.values() if event.warnings and event.live]
            found = [
                event
                for event in open_
                if event.draft.site in asked.unconfirmed_at and list_unconfirmed(event.draft, event.warnings)
            ]
            return sorted(found, key=lambda event: event.order)
        found = [
            event
            for event in self.events.values()
            if asked.site in ("", event.draft.site)
            and event.frozen.region.startswith(asked.region)
            and (not asked.kinds or event.draft.kind in asked.kinds)
            and (asked.from_ms is None or event.frozen.time_ms >= asked.from_ms)
            and (asked.until_ms is None or event.frozen.time_ms < asked.until_ms)
            and (event.live or not asked.live_only)
        ]
        return sorted(found, key=lambda event: event.order)

    def list_postings(self, asked: PostingFilter) -> list[tuple[Posting, str]]:
        """With the ids of their events."""
        if asked.event:
            found = [posting for posting in self.postings if posting.event == asked.event]
            found.sort(key=lambda posting: (posting.cause, posting.number))
        else:
            found = [
                posting
                for posting in self.postings
                if posting.row.account in (asked.accounts or EVERY_ACCOUNT)
                and posting.row.region.startswith(asked.region)
                and asked.site in ("", posting.row.site)
                and (not asked.metals or posting.row.metal in asked.metals)
                and asked.from_month <= posting.book_month <= asked.until_month
            ]
            found.sort(key=lambda p: (p.book_month, p.row.region, p.event, p.cause, p.number))
        return [(posting, self.events[posting.event].id) for posting in found]

    def reach(self, lots: Iterable[str], start: str, end: str) -> set[str]:
        """Every lot connected through events, from role ``start`` to role ``end``."""
        known = set(lots)
        wave = set(known)
        while wave:
            events = {edge.event for edge in self.edges if edge.lot in wave and edge.role == start}
            wave = {edge.lot for edge in self.edges if edge.event in events and edge.role == end} - known
            known |= wave
        return known - set(lots)


def make_history(seed: int = 1, count: int = 150) -> list[Changes]:
    """Writes of a few events each, the later ones with voided and replaced events among them."""
    random = Random(seed)
    history = History()
    writes = []
    seq = 0
    while seq < count:
        changes = Changes()
        for _ in range(random.randint(1, 8)):
            seq += 1
            _add_event(random, history, changes, seq)
        if random.random() < 0.5 and history.events:
            _revise(random, history, changes, seq)
        history.add(changes)
        writes.append(changes)
    return writes


def _add_event(random: Random, history: History, changes: Changes, seq: int) -> None:
    kind = random.choice(tuple(DETAILS))
    site = random.choice(tuple(SITES))
    # Few distinct times, so that ties of book order are common
    time_ms = START_MS + random.randint(0, 110) * DAY_MS
    known = list({**history.lots, **changes.lots}.values())
    taken = random.sample(known, min(len(known), random.randint(0, 3))) if kind == "melt" else []
    event = make_event(seq, kind, site, time_ms, inputs=tuple(LotUse(lot.id, 1 + seq) for lot in taken))
    if kind == "collect":
        event = make_event(seq, kind, site, time_ms, outputs=(NewLot("scrap", "tense", 1000),))
    event.warnings = (
        (Violation("warning.x", "note", ("a",), (), {"x": 1, "y": None}),)
        if seq % 7 == 0
        else (Violation("warning.mass_unusual", "outputs.0"),)
        if seq % 3 == 0
        else ()
    )
    changes.events.append(event)
    at = (seq, time_ms)
    for number, lot in enumerate(taken):
        changes.edges.append(Edge(*at, lot.id, INPUT, number, 10, 5))
        changes.lots[lot.id] = lot._replace(
            remaining_g=random.choice((0, lot.remaining_g)),
            last=event.order,
            custody=random.choice(("held", "held", "in_transit", "delivered")),
            to=random.choice(("", "chengdu", "guiyang")),
            void=random.random() < 0.1,
            quarantined=random.random() < 0.2,
        )
    for number in range(random.randint(1, 3) if kind != "seal" else 0):
        lot = make_lot(
            10 * seq + number, event, form=random.choice(FORMS), metal=random.choice(METALS),
            material=random.choice(MATERIALS),
        )  # fmt: skip
        changes.lots[lot.id] = lot
        changes.edges.append(Edge(*at, lot.id, OUTPUT, number, 20, 10))
        changes.claims[f"code/{lot.code}"] = Claim(f"code/{lot.code}", lot.id, "", *reversed(event.order))
    if known and kind == "ship":
        changes.edges.append(Edge(*at, random.choice(known).id, OBSERVED, 0, 0, 0))
    changes.postings += _make_postings(random, event, event.seq)


def _make_postings(random: Random, event: Event, cause: int) -> list[Posting]:
    postings = []
    for number in range(random.randint(0, 4)):
        site = random.choice(tuple(SITES))
        row = LedgerRow(
            random.choice(ACCOUNTS), site, SITES[site], random.choice(METALS), event.month,
            random.choice(("post", "primary")), random.choice(("430000", "IMP-JP", "OPEN")), "tense", "6xxx", "321-026-48",
            "online", "melt",
        )  # fmt: skip
        book_month = random.choice((event.month, month_of(event.frozen.time_ms + 31 * DAY_MS)))
        postings.append(Posting(event.seq, cause, number, book_month, row, random.randint(-500, 1000)))
    return postings


def _revise(random: Random, history: History, changes: Changes, cause: int) -> None:
    """Void one event of before, move another in time."""
    chosen = random.sample(list(history.events.values()), min(2, len(history.events)))
    void, moved = chosen[0], chosen[-1]
    changes.revised[void.seq] = replace(void, live=False, revisions=(*void.revisions, cause))
    changes.claims.update({key: None for key, claim in history.claims.items() if claim.seq == void.seq})
    changes.postings += [
        posting._replace(cause=cause, number=posting.number, grams=-posting.grams)
        for posting in history.postings
        if posting.event == void.seq and posting.cause == void.seq
    ]
    if moved is not void and moved.live:
        time_ms = moved.frozen.time_ms + 3 * DAY_MS
        draft = moved.draft._replace(time_ms=time_ms, note="moved")
        frozen = moved.frozen._replace(time_ms=time_ms)
        changes.revised[moved.seq] = replace(
            moved,
            draft=draft,
            frozen=frozen,
            revisions=(*moved.revisions, cause),
            first=moved.first or moved.frozen,
        )
        edges = [edge for edge in history.edges if edge.event == moved.seq]
        changes.edges += [edge._replace(time_ms=time_ms) for edge in edges]


def store_history(store: Store, writes: Iterable[Changes]) -> History:
    """Store it, write by write."""
    history = History()
    for changes in writes:
        store.write(lambda writer, changes=changes: writer.apply(changes))  # type: ignore[misc]
        history.add(changes)
    return history


def read_all(page: Callable[[str], tuple[list[T], str]]) -> list[T]:
    """Every row of a list, page by page."""
    found, after = page("")
    while after:
        rows, after = page(after)
        assert rows, "a page that promises more is followed by an empty one"
        found += rows
    return found
