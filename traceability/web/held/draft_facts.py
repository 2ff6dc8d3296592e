"""Show what a held draft states: its fields in words, and its lots as rows of a table."""

from typing import NamedTuple

from flask import url_for

from graph.store import Reader
from traceability.domain.event import Draft, LotCode
from traceability.services.directory.names import find_party_names
from traceability.services.recording.held import HeldDraft
from traceability.services.tracing.events import PARTIES, leaf_of, list_facts
from traceability.services.tracing.lots import find_lots
from traceability.web.events.event_facts import show_stated
from traceability.web.shell import current
from traceability.web.shell.words import material_name


class DraftLot(NamedTuple):
    """A lot that a draft takes, moves or makes; ``mass_g`` None is all of it, ``href`` '' leads nowhere."""

    role: str
    code: str
    href: str
    material: str
    mass_g: int | None


def list_draft_facts(reader: Reader, held: HeldDraft) -> list[tuple[str, str]]:
    """Return the fields of a held draft but for its lots, as (name, value) in words."""
    facts = list_facts(held.body)
    parties = find_party_names(reader, {str(value) for path, value in facts if leaf_of(path) in PARTIES})
    return [(fact.name, fact.value) for fact in show_stated(held.kind, facts, [], parties)]


def list_draft_lots(reader: Reader, draft: Draft) -> list[DraftLot]:
    """Return the lots that a draft names, in its order; those in view lead to their pages."""
    taken = [("input", used.lot, used.mass_g) for used in draft.inputs]
    taken += [("observed", moved.lot, moved.mass_g) for moved in draft.lots]
    codes = [str(lot) for _, lot, _ in taken if isinstance(lot, LotCode)]
    known = find_lots(reader, current.viewer(), codes)
    by_id = {
        id_: lot
        for id_, lot in reader.find_lots({lot for _, lot, _ in taken if not isinstance(lot, LotCode)}).items()
        if current.viewer().shows_lot(lot)
    }
    rows = []
    for role, named, mass_g in taken:
        lot = known.get(named) or by_id.get(named)
        code = lot.code if lot else str(named) if isinstance(named, LotCode) else ""
        href = url_for("lots.show", code=code) if lot else ""
        rows.append(DraftLot(role, code, href, material_name(lot.material) if lot else "", mass_g))
    made = [
        DraftLot("output", new.code or "", "", material_name(new.material), new.mass_g)
        for new in draft.outputs
    ]
    return rows + made
