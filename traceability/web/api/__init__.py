"""The JSON API, version 1; one module a resource, each registered by one declaration (``resource``)."""

from traceability.web.api import events, figures, flows, index, lots, tallies, targets
from traceability.web.api.resource import pages

__all__ = ["events", "figures", "flows", "index", "lots", "pages", "tallies", "targets"]
