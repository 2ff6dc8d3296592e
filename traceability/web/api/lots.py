"""Lots: a list of those in view, one by its code, and its trace in both directions."""

from flask import url_for

from graph.store import LotFilter
from scanners.codes import is_code, normalise_code
from traceability.domain.errors import NotFound
from traceability.domain.lot import Lot
from traceability.domain.place import code_of
from traceability.domain.vocabulary import FORMS, STATUSES
from traceability.services.reporting.exact import write_ratio
from traceability.services.tracing.lineage import Lineage, Trace
from traceability.services.tracing.lot_dossier import LotDossier, find_lot_dossier
from traceability.services.tracing.lots import list_lots_in_view, make_up
from traceability.web.api.query import USUAL_ROWS, PageSchema
from traceability.web.api.resource import Json, next_page, resource
from traceability.web.api.schemas import LotSchema, LotsSchema, TraceSchema
from traceability.web.shell import current
from traceability.wire.fields import Choice, Code, Text


class LotsQuery(PageSchema):
    """Where the lots are, and what they are; '' leaves a condition out."""

    site = Text()
    status = Choice(STATUSES)
    form = Choice(FORMS)
    metal = Text()
    material = Text()


@resource("/lots", group="lots", query=LotsQuery, answer=LotsSchema, example="/lots?status=available")
def lots(limit: int = USUAL_ROWS, after: str = "", **wanted: str) -> Json:
    """Return the lots of the sites in view, site by site, those of a site newest first."""
    found, onward = list_lots_in_view(current.reader(), current.viewer(), LotFilter(**wanted), after, limit)
    return {"lots": [tell_lot(lot) for lot in found], "next": next_page(onward)}


@resource("/lots/<code>", group="lots", answer=LotSchema, path={"code": Code()})
def lot(code: str) -> Json:
    """Return the lot that a code on a label is bound to."""
    return tell_lot(_find(code).lot)


@resource("/trace/<code>", group="trace", answer=TraceSchema, path={"code": Code()})
def trace(code: str) -> Json:
    """Return where a lot's metal came from and where it went, in grams."""
    dossier = _find(code)
    return {
        "lot": tell_lot(dossier.lot),
        "back": _tell_back(dossier.lineage),
        "forward": _tell_forward(dossier.lineage.forward),
    }


def _find(code: str) -> LotDossier:
    plain = normalise_code(code)
    dossier = find_lot_dossier(current.reader(), current.viewer(), plain) if is_code(plain) else None
    if dossier is None:
        raise NotFound("lot.unknown", id=code[:40])
    return dossier


def tell_lot(lot: Lot) -> Json:
    """Return a lot, as services give it to the viewer, as ``LotSchema`` has it."""
    makeup = make_up(lot)
    return {
        "id": lot.id, "code": lot.code, "codes": lot.codes, "status": lot.status, "site": lot.site,
        "region": code_of(lot.region), "form": lot.form, "material": lot.material, "metal": lot.metal,
        "mass_g": lot.contents[0].mass_g, "remaining_g": 0 if lot.void else lot.remaining_g,
        "metal_g": makeup.metal_g, "classes": makeup.classes,
        "origins": [
            {"source_class": source_class, "origin": origin, "grams": grams}
            for (source_class, origin), grams in makeup.origins.items()
        ],
        "recycled": write_ratio(makeup.recycled), "strict": write_ratio(makeup.strict),
        "supplier": lot.supplier, "to": lot.to, "parent": lot.parent, "waste_code": lot.waste_code,
        "made_by": lot.made_by,
        "href": url_for("api.lot", code=lot.code), "trace": url_for("api.trace", code=lot.code),
    }  # fmt: skip


def _tell_back(lineage: Lineage) -> Json:
    back = lineage.back
    return {
        "total_g": back.total_g,
        "lots": _tell_lots(back),
        "origins": [_tell_traced(origin.lot, origin.grams) for origin in back.origins],
        "by_origin": back.by_origin(),
        "suppliers": [
            {"supplier": supplier, "name": lineage.parties.get(supplier, ""), "grams": grams}
            for supplier, grams in lineage.suppliers.items()
        ],
        "unnamed_g": lineage.unnamed_g,
    }


def _tell_forward(forward: Trace) -> Json:
    return {
        "total_g": forward.total_g,
        "lots": _tell_lots(forward),
        "held": [_tell_traced(holding.lot, holding.grams) for holding in forward.held()],
        "remaining_g": forward.remaining_g,
        "lost_g": forward.lost_g,
    }


def _tell_lots(trace: Trace) -> list[Json]:
    return [_tell_traced(trace.lots[id_], grams) for id_, grams in trace.flow.lots.items()]


def _tell_traced(lot: Lot, grams: int) -> Json:
    return {
        "code": lot.code,
        "material": lot.material,
        "site": lot.site,
        "region": code_of(lot.region),
        "grams": grams,
    }
