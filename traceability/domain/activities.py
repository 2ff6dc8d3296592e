"""Define what sites of each kind may record: the activities of collection, smelting, casting and so on.

The table is reference data (``seed/reference/activities.csv``); an installation whose data has none goes by the one
here. It names the kinds of event that bring metal in or make something of it; whatever moves, rearranges, observes or
declares is open to every site but an authority's, which declares statistics and corrects them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from traceability.domain.vocabulary import AUTHORITY, MAIN_KINDS, SITE_KINDS

OPEN_TO_AUTHORITIES = frozenset({"declare", "correct"})
ANY_METAL = "any"  # in the place of a metal, where no one metal is meant


class Activity(NamedTuple):
    """One row of the table: sites of a kind may record a kind of event.

    ``metals`` are those of the event's outputs to which it is limited, ``except_metals`` those that it leaves out; both
    empty for any metal.
    """

    site_kind: str
    event: str
    metals: tuple[str, ...] = ()
    except_metals: tuple[str, ...] = ()

    def covers(self, metal: str) -> bool:
        """Return whether it is allowed for a metal; of ``ANY_METAL`` whether it is for one at least."""
        if metal == ANY_METAL:
            return True
        return (not self.metals or metal in self.metals) and metal not in self.except_metals


@dataclass(frozen=True, slots=True)
class ActivityTable:
    """The activities of every kind of site."""

    rows: tuple[Activity, ...]
    _by_event: Mapping[str, Mapping[str, Activity]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_event: dict[str, dict[str, Activity]] = {}
        for row in self.rows:
            by_event.setdefault(row.event, {})[row.site_kind] = row
        object.__setattr__(self, "_by_event", by_event)

    def allows(self, site_kinds: Collection[str], event: str, metal: str = ANY_METAL) -> bool:
        """Return whether a site of these kinds may record a kind of event, with outputs of that metal."""
        rows = self._by_event.get(event)
        if rows is None:
            return AUTHORITY not in site_kinds or event in OPEN_TO_AUTHORITIES
        return any(kind in rows and rows[kind].covers(metal) for kind in site_kinds)

    def __contains__(self, event: str) -> bool:
        """Return whether a kind of event is open to some kinds of site alone."""
        return event in self._by_event

    def list_site_kinds(self, event: str, metal: str = ANY_METAL) -> tuple[str, ...]:
        """Return the kinds of site that may record a kind of event, in the order of the vocabulary."""
        return tuple(kind for kind in SITE_KINDS if self.allows((kind,), event, metal))


def find_main_kind(site_kinds: Collection[str]) -> str:
    """Return the kind by which a site of several kinds is known in flows, '' of none."""
    return next((kind for kind in MAIN_KINDS if kind in site_kinds), "")


def _rows_of(site_kind: str, *events: str) -> Iterable[Activity]:
    return (Activity(site_kind, event) for event in events)


DEFAULT_ACTIVITIES = ActivityTable(
    (
        *_rows_of("collection", "collect", "sort", "bale"),
        *_rows_of("preprocessing", "collect", "import", "sort", "shred", "bale"),
        *_rows_of("import_yard", "import", "sort", "bale"),
        *_rows_of("trading", "collect", "import"),
        Activity("electrolysis", "produce_primary", metals=("Al",)),
        *_rows_of("electrolysis", "cast_ingot", "supply"),
        Activity("primary_smelter", "produce_primary", except_metals=("Al",)),
        *_rows_of("primary_smelter", "collect", "import", "sort", "supply", "melt", "recover"),
        *_rows_of("smelter", "collect", "import", "sort", "shred", "bale", "supply", "melt", "recover"),
        *_rows_of("casthouse", "collect", "supply", "melt", "cast_ingot", "recover"),
        *_rows_of("direct_use", "collect", "import", "sort", "shred", "bale", "supply", "direct_use"),
        *_rows_of("fabricator", "collect", "supply", "melt", "fabricate"),
        *_rows_of("disposal", "collect", "melt", "recover"),
    )
)
"""The table as it ships."""
ACTIVITIES = frozenset(row.event for row in DEFAULT_ACTIVITIES.rows)
"""The kinds of event that are open to some kinds of site alone."""
