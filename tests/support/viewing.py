"""Viewers as tests need them."""

from traceability.domain.rights import Relation, Viewer


def owner_of(*sites: str, works_at: tuple[str, ...] = ()) -> Viewer:
    """Return somebody of the firm that has these sites."""
    return Viewer(works_at, dict.fromkeys(sites, Relation.OWN), regions=("*",))
