"""No firm makes recycled metal by turning its own new scrap round, whatever way it takes.

All metal of the firm is bought-in product, which has entered the supply figures already. Another firm receives some of
the new scrap and may look at it, use it up for its own or let it be taken back, but sends none of its own: what comes back
is what left.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from graph import open_store
from graph.store import TallyFilter
from tests.support.business import Business, open_business
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.domain.errors import EventRejected
from traceability.domain.lot import Lot

OWN, OTHER = ("yard", "plant"), "chengdu"
picks = st.integers(0, 10_000)
parts = st.sampled_from([1, 37, 50, 100, 100])


class OwnScrap(RuleBasedStateMachine):
    """A firm with a fabricator and a furnace, and one other firm."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = open_store(f"sqlite:///{self.folder}/book.db")
        self.store.migrate()
        open_business(self.store)
        self.here = Business(self.store)
        every = ["collection", "smelter", "casthouse", "fabricator", "direct_use"]
        for site in OWN:
            self.here.change_reference("site", site, kinds=every)
        self.lots: list[str] = []

    def teardown(self) -> None:
        try:
            assert_equal_to_a_rebuild(self.store)
        finally:
            self.store.close()
            shutil.rmtree(self.folder)

    def attempt(self, kind: str, site: str, **fields: Any) -> None:
        """Record the draft, or be refused."""
        try:
            self.lots += self.here.do(kind, site, **fields)
        except EventRejected:
            return

    def of_form(self, form: str) -> list[str]:
        return [lot for lot in self.lots if self.here.lot(lot).form == form]

    def some(self, pick: int, *forms: str) -> Lot:
        lots = [self.here.lot(lot) for lot in self.lots]
        fitting = [lot for lot in lots if lot.form in forms and lot.status == "available"] or lots
        recent = fitting[-4:]  # a round trip is long, and so more of them come to an end
        return recent[pick % len(recent)]

    @initialize(fraction=st.integers(0, 100))
    def begin(self, fraction: int) -> None:
        """The product is recycled in part: what is counted once must not be counted again."""
        share = {"source_class": "post", "origin": "430000", "metal_g": 500_000 * fraction}
        rest = {"source_class": "primary", "origin": "520000", "metal_g": 500_000 * (100 - fraction)}
        content = [one for one in (share, rest) if one["metal_g"]]
        output = {"form": "product", "material": "6063", "mass_g": 50_000_000, "content": content}
        self.attempt("supply", "plant", supplier="zhang", certificate="C1", outputs=[output])
        assert self.lots

    @rule(pick=picks, part=parts, cut=parts)
    def fabricate(self, pick: int, part: int, cut: int) -> None:
        lot = self.some(pick, "product")
        taken = max(lot.remaining_g * part // 100, 1)
        offcut = max(taken * cut // 100, 1)
        outputs = (
            [{"form": "product", "material": "al-profile", "mass_g": taken - offcut}]
            if taken > offcut
            else []
        )
        outputs.append({"form": "internal", "material": "internal", "mass_g": offcut})
        self.attempt("fabricate", lot.site, inputs=[{"lot": lot.id, "mass_g": taken}], outputs=outputs)

    @rule(pick=picks, part=parts, kind=st.sampled_from(["melt", "direct_use"]), dross=st.booleans())
    def make_again(self, pick: int, part: int, kind: str, dross: bool) -> None:
        lot = self.some(pick, "internal", "scrap")
        if lot.site == OTHER:
            return
        taken = max(lot.remaining_g * part // 100, 1)
        metal = lot.content.take(taken).metal_g
        outputs: list[dict[str, Any]] = [
            {"form": "product", "material": "6063", "mass_g": max(metal * 9 // 10, 1)}
        ]
        if dross:
            left = max(metal // 20, 1)
            outputs.append({"form": "residue", "material": "al-dross", "mass_g": left, "metal_g": left // 2})
        self.attempt(
            kind, lot.site, heat_number=f"H{self.here.number}", inputs=[{"lot": lot.id, "mass_g": taken}],
            outputs=outputs,
        )  # fmt: skip

    @precondition(
        lambda self: any(self.here.lot(lot).status == "available" for lot in self.of_form("residue"))
    )
    @rule(pick=picks)
    def recover(self, pick: int) -> None:
        lot = self.some(pick, "residue")
        metal = max(lot.remaining().metal_g // 2, 1)
        output = {"form": "internal", "material": "internal", "mass_g": metal}
        self.attempt("recover", lot.site, inputs=[{"lot": lot.id}], outputs=[output])

    @rule(pick=picks, kind=st.sampled_from(["split", "sort", "bale"]), part=parts)
    def rearrange(self, pick: int, kind: str, part: int) -> None:
        lot = self.some(pick, "internal", "scrap")
        mass = max(lot.remaining_g * part // 100, 1)
        output = {"form": lot.form, "material": lot.material, "mass_g": mass}
        self.attempt(kind, lot.site, inputs=[{"lot": lot.id, "mass_g": mass}], outputs=[output])

    @rule(
        pick=picks,
        part=parts,
        to=st.sampled_from([*OWN, OTHER, OTHER, OTHER]),
        back=st.sampled_from([0, 40, 100, 100]),
    )
    def send(self, pick: int, part: int, to: str, back: int) -> None:
        """Send a lot or a part; some of it is taken back when it has been received."""
        lot = self.some(pick, "internal")
        if lot.site == OTHER:
            return
        moved = {"lot": lot.id, "mass_g": max(lot.remaining_g * part // 100, 1)}
        before = len(self.lots)
        self.attempt("ship", lot.site, lots=[moved], mode="road", to=to)
        sent = self.here.lot(self.lots[before] if len(self.lots) > before else lot.id)
        if sent.status == "in_transit":
            self.attempt("receive", sent.to, lots=[{"lot": sent.id, "mass_g": sent.remaining_g}])
        if back and sent.shipment:
            self.take_back(self.here.lot(sent.id), back)

    @rule(pick=picks, part=parts)
    def take_some_back(self, pick: int, part: int) -> None:
        sent = [lot for lot in map(self.here.lot, self.lots) if lot.shipment and lot.remaining_g]
        if sent:
            self.take_back(sent[pick % len(sent)], part)

    def take_back(self, sent: Lot, part: int) -> None:
        moved = {"lot": sent.id, "mass_g": max(sent.remaining_g * part // 100, 1)}
        self.attempt("return", sent.shipper or sent.site, shipment=sent.shipment, lots=[moved])

    @rule(pick=picks, ppm=st.integers(800_000, 1_000_000))
    def assay(self, pick: int, ppm: int) -> None:
        lot = self.some(pick, "scrap", "internal")
        self.attempt("assay", lot.site, lots=[{"lot": lot.id}], metal_fraction=f"{ppm / 1e6:.6f}")

    @invariant()
    def nothing_is_counted_again(self) -> None:
        with self.store.read() as reader:
            total = reader.sum_tallies(TallyFilter(("site:yard", "site:plant")), by=("place",))
        assert [row.sums.get("recycled", 0) for row in total if row.sums.get("recycled", 0)] == []


OwnScrap.TestCase.settings = settings(stateful_step_count=30, suppress_health_check=list(HealthCheck))
TestOwnScrap = pytest.mark.slow(OwnScrap.TestCase)
