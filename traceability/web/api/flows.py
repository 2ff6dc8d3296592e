"""Where the metal of a place comes from, through which sites and families it goes, and where it ends."""

from typing import Any

from traceability.services.reporting.exact import write_ratio
from traceability.services.reporting.flows.bands import FlowBand, FlowShare, sum_flows
from traceability.services.reporting.flows.legs import FlowQuery
from traceability.web.api.figures import AskedPlace
from traceability.web.api.query import PlaceSchema
from traceability.web.api.resource import Json, resource
from traceability.web.api.schemas import FlowsSchema
from traceability.web.shell import current


@resource(
    "/flows",
    group="flows",
    query=PlaceSchema,
    answer=FlowsSchema,
    example="/flows?level=province&code=430000",
)
def flows(**place: Any) -> Json:
    """Return the flows of metal of a place and period; to a firm those of its own sites."""
    asked = AskedPlace(**place)
    query = FlowQuery(asked.level, asked.code, asked.months, tuple(asked.metal), asked.view)
    found = sum_flows(current.reader(), current.viewer(), query)
    return {
        "level": found.place.level,
        "code": found.place.code,
        "period": str(query.period),
        "view": query.view,
        "seq": current.reader().find_head().seq,
        "only_own": found.only_own,
        "received_g": found.received_g,
        "sent_product_g": found.sent_product_g,
        "share_kept": write_ratio(found.share_kept),
        "shares": [_tell_share(share) for share in found.shares],
        "bands": [_tell_band(band) for band in found.bands],
    }


def _tell_band(band: FlowBand) -> Json:
    return {**band._asdict(), "source": band.source._asdict(), "target": band.target._asdict()}


def _tell_share(share: FlowShare) -> Json:
    return {**share._asdict(), "share": write_ratio(share.share)}
