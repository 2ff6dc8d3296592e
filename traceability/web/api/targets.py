"""The targets of policy documents."""

from traceability.services.directory.reference import targets_in
from traceability.web.api.figures import tell_target
from traceability.web.api.query import QuerySchema
from traceability.web.api.resource import Json, resource
from traceability.web.api.schemas import TargetsSchema
from traceability.web.shell import current
from traceability.wire.fields import Text


class TargetsQuery(QuerySchema):
    """Of which region, indicator or year."""

    region = Text()
    indicator = Text()


@resource("/targets", group="targets", query=TargetsQuery, answer=TargetsSchema, example="/targets?region=CN")
def targets(region: str = "", indicator: str = "") -> Json:
    """Return every numeric and directional target, of all regions and years."""
    found = [
        tell_target(target)
        for target in targets_in(current.reader())
        if region in ("", target.region) and indicator in ("", target.indicator)
    ]
    return {"targets": sorted(found, key=lambda told: (told["region"], told["indicator"], told["year"] or 0))}
