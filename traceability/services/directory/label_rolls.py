"""Keep rolls of blank labels: codes that are drawn once, listed, and printed again under the number of their roll."""

from collections.abc import Callable
from typing import NamedTuple

from graph.store import Document, Reader, Store, Writer
from traceability.domain.claims import code_key
from traceability.domain.errors import NotFound
from traceability.domain.rights import Viewer
from traceability.services.directory.audit import Actor, AuditAction, note

ROLL_KIND, COUNTER_KIND = "label_roll", "label_roll_count"
LONGEST_ROLL = 1_000  # labels; rolls are sold so
NEWEST = 50


class LabelRoll(NamedTuple):
    """A roll of blank labels of a site: its number there, the size, and the codes in the order of printing.

    ``printed`` is how often it was, in part or whole, None where that was not counted from the beginning.
    """

    id: str
    site: str
    number: int
    size: str
    codes: tuple[str, ...]
    person: str
    made_ms: int
    printed: int | None = None


def make_roll(
    store: Store, actor: Actor, site: str, size: str, count: int, draw: Callable[[], str]
) -> LabelRoll:
    """Draw the codes of a new roll and keep them."""
    codes = tuple(draw() for _ in range(count))

    def work(writer: Writer) -> LabelRoll:
        counters = writer.find_documents(COUNTER_KIND, [site])
        number = counters[site].body["last"] + 1 if site in counters else 1
        writer.put_document(COUNTER_KIND, site, {"last": number}, group=site)
        roll = LabelRoll(f"{site}.{number:06d}", site, number, size, codes, actor.person, actor.now_ms, 0)
        body = {**roll._asdict(), "codes": list(codes)}
        del body["id"], body["site"]
        writer.put_document(ROLL_KIND, roll.id, body, group=site)
        note(writer, actor.entry(AuditAction.PRINT, ROLL_KIND, f"{roll.id} · {count}"))
        return roll

    return store.write(work)


def find_roll(reader: Reader, viewer: Viewer, roll_id: str) -> LabelRoll:
    """Return a roll of a site where the viewer works. Raises NotFound."""
    found = reader.find_documents(ROLL_KIND, [roll_id]).get(roll_id)
    if found is None or found.group not in viewer.works_at:
        raise NotFound("label.unknown_roll", roll=roll_id)
    return _read(found)


def count_printing(store: Store, roll_id: str) -> None:
    """Count a printing of a roll, or of a part of it. One that was drawn before printings were counted stays uncounted."""

    def work(writer: Writer) -> None:
        found = writer.find_documents(ROLL_KIND, [roll_id])[roll_id]
        if "printed" in found.body:
            body = {**found.body, "printed": found.body["printed"] + 1}
            writer.put_document(ROLL_KIND, roll_id, body, group=found.group)

    store.write(work)


def list_rolls(reader: Reader, site: str) -> list[LabelRoll]:
    """Return the newest rolls of a site, newest first."""
    counters = reader.find_documents(COUNTER_KIND, [site])
    last = counters[site].body["last"] if site in counters else 0
    ids = [f"{site}.{number:06d}" for number in range(last, max(0, last - NEWEST), -1)]
    found = reader.find_documents(ROLL_KIND, ids)
    return [_read(found[id_]) for id_ in ids if id_ in found]


def count_bound(reader: Reader, rolls: list[LabelRoll]) -> dict[str, int]:
    """Return how many labels of each roll are bound to lots, by the roll's id."""
    claims = reader.find_claims([code_key(code) for roll in rolls for code in roll.codes])
    return {roll.id: sum(code_key(code) in claims for code in roll.codes) for roll in rolls}


def _read(document: Document) -> LabelRoll:
    body = document.body
    return LabelRoll(
        document.id, document.group, body["number"], body["size"], tuple(body["codes"]), body["person"],
        body["made_ms"], body.get("printed"),
    )  # fmt: skip
