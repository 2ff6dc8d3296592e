"""Hold the result of one part of a check, and add parts up to the whole."""

from dataclasses import dataclass, field

from traceability.domain.posting import Flows, Tallies
from traceability.services.upkeep.check.findings import CheckReport


@dataclass(slots=True)
class PartResult:
    """The report of a part, and what it adds to the sums that only the whole book can be compared with.

    ``fingerprint`` is the total of its rows' hashes, ``folded`` the number of lots that events of its range made,
    ``live`` the number of lots of the table that are not void. ``claimed`` is the total of the hashes of what live events
    claim for themselves, ``held`` that of the claims that are stored; ``sites`` are the sites and regions of postings,
    ``newest_ms`` is the newest time of recording, ``photos`` an event by the digest of each photo that events name, where
    photos are to be compared.
    """

    report: CheckReport = field(default_factory=CheckReport)
    tallies: Tallies = field(default_factory=dict)
    flows: Flows = field(default_factory=dict)
    fingerprint: int = 0
    folded: int = 0
    live: int = 0
    claimed: int = 0
    held: int = 0
    sites: set[tuple[str, str]] = field(default_factory=set)
    newest_ms: int = 0
    photos: dict[str, str] = field(default_factory=dict)

    def merge(self, other: "PartResult") -> None:
        """Add another part."""
        self.report.merge(other.report)
        self.fingerprint += other.fingerprint
        self.folded += other.folded
        self.live += other.live
        self.claimed += other.claimed
        self.held += other.held
        self.sites |= other.sites
        self.photos |= other.photos
        self.newest_ms = max(self.newest_ms, other.newest_ms)
        self.add_sums(other.tallies, other.flows)

    def add_sums(self, tallies: Tallies, flows: Flows) -> None:
        """Add tallies and flows to those of this part."""
        for key, sums in tallies.items():
            total = self.tallies.setdefault(key, {})
            for column, grams in sums.items():
                total[column] = total.get(column, 0) + grams
        for flow, grams in flows.items():
            self.flows[flow] = self.flows.get(flow, 0) + grams
