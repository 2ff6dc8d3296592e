"""A check finds what is damaged: each table of a good book is changed without the system."""

import sqlite3
from contextlib import closing
from pathlib import Path
from secrets import token_bytes
from shutil import copyfile
from typing import Any
from uuid import uuid4

import pytest

from graph import open_store
from graph.store import Store
from scanners.codes import draw_code
from tests.support.business import Business, open_business
from tests.support.golden import NOW_MS, Golden, load_golden
from tests.support.regions import end_region
from tests.support.stores import assert_equal_to_a_rebuild
from traceability.exchange.seed import golden_drafts
from traceability.services.recording.capture import capture_event
from traceability.services.recording.judge import Deliverer
from traceability.services.upkeep.check import check_book, compute_digest, scan
from traceability.services.upkeep.check import processes as processes_of_check
from traceability.services.upkeep.rebuild import rebuild
from traceability.wire import load_draft


@pytest.fixture(scope="module")
def good_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("check") / "book.db"
    store = open_store(f"sqlite:///{path}")
    store.migrate()
    load_golden(store)
    Golden(store).send(
        {
            "schema": 1,
            "id": "01970000-0000-7000-8000-00000000ffff",
            "kind": "seal",
            "site": "miluo",
            "actor": "golden-corrector",
            "event_time": "2025-04-02T09:00:00+08:00",
            "month": "2025-02",
        }
    )
    whole = path.with_name("whole.db")
    store.backup(whole)
    store.close()
    return whole


def tampered(good_book: Path, folder: Path, *statements: str) -> Store:
    path = folder / "book.db"
    copyfile(good_book, path)
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, f"nothing to change: {statement}"
        connection.commit()
    store = open_store(f"sqlite:///{path}")
    store.migrate()
    return store


ONE_INGOT_LOT = "(SELECT id FROM lots WHERE status = 'available' ORDER BY number DESC LIMIT 1)"
ONE_HEAT = "(SELECT seq FROM events WHERE kind = 'melt' ORDER BY seq LIMIT 1)"

DAMAGES = {
    "another deliverer": ("check.chain_broken", "UPDATE events SET deliverer = 'mallory' WHERE seq = 7"),
    "another text": ("check.text_changed", "UPDATE events SET text = replace(text, '2025', '2024') WHERE seq = 7"),
    "another link": ("check.chain_broken", "UPDATE events SET chain = digest WHERE seq = 20"),
    "an event is gone": ("check.seq_gap", "DELETE FROM events WHERE kind = 'seal' OR seq = (SELECT max(seq) - 1 FROM events)"),
    "more remains": ("check.lot_state", f"UPDATE lots SET remaining_g = remaining_g + 1 WHERE id = {ONE_INGOT_LOT}"),
    "another metal mass": ("check.lot_differs", f"UPDATE lots SET metal_g = metal_g + 1 WHERE made_seq = {ONE_HEAT}"),
    "a recycled share moved": ("check.lot_differs", "UPDATE lots SET vector = replace(vector, 'post/', 'pre/') WHERE form = 'product' AND vector LIKE '%post/%'"),
    "another holder": ("check.lot_state", "UPDATE lots SET site = 'elsewhere' WHERE custody = 'held' AND more <> '{}'"),
    "a lot is gone": ("check.lot_missing", "DELETE FROM lots WHERE id IN (SELECT lot FROM edges WHERE role = 'input')"),
    "a lot that nobody made": ("check.lot_unmade", "DELETE FROM edges WHERE role = 'output' AND event = 1"),
    "a void lot with a past": ("check.lot_state", "UPDATE lots SET more = '{\"void\":true}', status = 'void', remaining_g = 0 WHERE made_seq = 1"),
    "an input less": ("check.edges_differ", f"DELETE FROM edges WHERE role = 'input' AND number = 0 AND event = {ONE_HEAT}"),
    "an observation less": ("check.lot_missing", "DELETE FROM edges WHERE role = 'observed' AND number = 0"),
    "an edge to a stranger": ("check.edges_differ", "UPDATE edges SET number = number + 100 WHERE role = 'observed'"),
    "another posting": ("check.postings_differ", "UPDATE postings SET grams = grams + 1 WHERE account = 'recycled'"),
    "a posting less": ("check.postings_differ", f"DELETE FROM postings WHERE event = {ONE_HEAT} AND number = 0"),
    "another tally": ("check.tally_differs", "UPDATE tallies SET recycled = recycled + 1 WHERE place = 'nation:CN'"),
    "a part of a region": ("check.parts_differ", "UPDATE tallies SET recycled = recycled + 1 WHERE place LIKE 'prefecture:%'"),
    "a tally less": ("check.tally_missing", "DELETE FROM tallies WHERE place = 'nation:CN'"),
    "another flow": ("check.flow_differs", "UPDATE flows SET grams = grams + 1 WHERE account = 'recycled'"),
    "a flow less": ("check.flow_missing", "DELETE FROM flows WHERE account = 'recycled'"),
    "another stock": ("check.stock_differs", "UPDATE stock SET lots = lots + 1"),
    "a stock less": ("check.stock_differs", "DELETE FROM stock WHERE status = 'available'"),
    "another family": ("check.lot_differs", "UPDATE lots SET family = 'forged' WHERE form = 'product'"),
    "another label": ("check.code_lost", "UPDATE lots SET code = code || 'X' WHERE made_seq = 1"),
    "a label given away": ("check.code_lost", "DELETE FROM claims WHERE key LIKE 'code/%'"),
    "labels that cannot be read": ("check.unreadable", "UPDATE lots SET more = '{\"codes\":' WHERE made_seq = 1"),
    "another sealed month": ("check.seal_digest", "UPDATE postings SET grams = grams + 1 WHERE account = 'recycled' AND site = 'miluo'"),
    "another seal": ("check.seal_digest", "UPDATE events SET frozen = json_set(frozen, '$.month_digest', '00') WHERE kind = 'seal'"),
    "another month": ("check.event_differs", "UPDATE events SET month = '2024-12' WHERE seq = 7"),
    "text that is no JSON": ("check.unreadable", "UPDATE events SET text = '{' WHERE seq = 7"),
    "parameters of another kind": ("check.unreadable", "UPDATE events SET frozen = '{\"x\":1}' WHERE seq = 7"),
    "fewer masses": ("check.unreadable", "UPDATE events SET frozen = json_set(frozen, '$.masses', json('[]')) WHERE kind = 'ship'"),
    "a vector that is none": ("check.unreadable", "UPDATE lots SET vector = 'gold' WHERE made_seq = 1"),
    "a vector that is empty": ("check.vector_sum", "UPDATE lots SET vector = '' WHERE form = 'scrap'"),
    "vectors that are empty": ("check.vector_sum", "UPDATE lots SET vector = ''"),
    "a vector below nothing": ("check.lot_differs", "UPDATE lots SET vector = replace(vector, '=', '=-')"),
    "metal from nowhere": ("check.lot_differs", "UPDATE lots SET metal_g = 0"),
    "more metal than mass": ("check.lot_differs", "UPDATE lots SET metal_g = 2 * mass_g"),
    "a mass below nothing": ("check.lot_differs", "UPDATE lots SET mass_g = -mass_g"),
    "no mass": ("check.lot_differs", "UPDATE lots SET mass_g = 0"),
    "more than there was": ("check.lot_state", "UPDATE lots SET remaining_g = mass_g + 1 WHERE status = 'available'"),
    "an edge of other metal": ("check.edges_differ", f"UPDATE edges SET metal_g = metal_g + 1 WHERE event = {ONE_HEAT}"),
    "an output less": ("check.edges_differ", f"DELETE FROM edges WHERE role = 'output' AND event = {ONE_HEAT}"),
    "another place in the book": ("check.seq_gap", "UPDATE events SET seq = 1000 WHERE seq = 20"),
    "a label led elsewhere": ("check.code_lost", "UPDATE claims SET owner = (SELECT max(owner) FROM claims WHERE key LIKE 'code/%') WHERE key LIKE 'code/%'"),
    "text that breaks off": ("check.unreadable", "UPDATE events SET text = substr(text, 1, length(text) / 2) WHERE seq = 7"),
    "text that is a list": ("check.unreadable", "UPDATE events SET text = '[]' WHERE seq = 7"),
    "text nested without end": ("check.unreadable", f"UPDATE events SET text = '{'[' * 20_000}' WHERE seq = 7"),
    "text of a schema to come": ("check.unreadable", "UPDATE events SET text = json_set(text, '$.schema', 99) WHERE seq = 7"),
    "another kind's details": ("check.unreadable", "UPDATE events SET text = json_set(text, '$.kind', 'inspect') WHERE kind = 'ship'"),
    "lots that have no name": ("check.unreadable", "UPDATE events SET text = json_set(text, '$.lots[0].lot', json('[]')) WHERE kind = 'ship'"),
    "no parameters": ("check.unreadable", "UPDATE events SET frozen = '' WHERE seq = 7"),
    "parameters of nothing": ("check.unreadable", "UPDATE events SET frozen = '{}' WHERE seq = 7"),
    "masses below nothing": ("check.rule_broken", "UPDATE events SET frozen = json_replace(frozen, '$.masses[0]', -1) WHERE kind = 'ship'"),
    "a time beyond all calendars": ("check.unreadable", "UPDATE events SET frozen = json_set(frozen, '$.time_ms', 9e30) WHERE seq = 7"),
    "names of several kinds": ("check.unreadable", "UPDATE events SET frozen = replace(frozen, '\"family\":\"', '\"family\":5,\"name_en\":\"') WHERE kind = 'melt'"),
    "a version that nobody stated": ("check.version_differs", "UPDATE events SET current = replace(text, 'truck-1', 'truck-99') WHERE seq = 2"),
    "parameters behind the chain's": ("check.version_differs", "UPDATE events SET frozen = replace(frozen, '900000', '800000'), first = frozen WHERE seq = 2"),
    "a correction that is none": ("check.version_differs", "UPDATE events SET revisions = '[53]' WHERE seq = 2"),
    "a correction to come": ("check.version_differs", "UPDATE events SET revisions = '[1000]' WHERE seq = 2"),
    "corrections that are no numbers": ("check.unreadable", "UPDATE events SET revisions = '[[53]]' WHERE seq = 2"),
    "void by nobody": ("check.version_differs", "UPDATE events SET live = 0 WHERE kind = 'declare'"),
    "a seal's claim is gone": ("check.claim_lost", "DELETE FROM claims WHERE key LIKE 'seal/%'"),
    "a seal's claim given away": ("check.claim_lost", "UPDATE claims SET owner = (SELECT id FROM events WHERE seq = 2) WHERE key LIKE 'seal/%'"),
    "a seal's claim put later": ("check.claim_lost", "UPDATE claims SET seq = seq + 1 WHERE key LIKE 'seal/%'"),
    "an opening's claim is gone": ("check.claim_lost", "DELETE FROM claims WHERE key LIKE 'opening/%'"),
    "an opening's claim given away": ("check.claim_lost", "UPDATE claims SET owner = (SELECT id FROM events WHERE seq = 2) WHERE key LIKE 'opening/%'"),
    "an opening's claim put earlier": ("check.claim_lost", "UPDATE claims SET time_ms = 0 WHERE key LIKE 'opening/%'"),
    "a certificate's claim is gone": ("check.claim_lost", "DELETE FROM claims WHERE key LIKE 'certificate/%'"),
    "a certificate's claim given away": ("check.claim_lost", "UPDATE claims SET owner = (SELECT id FROM events WHERE seq = 2) WHERE key LIKE 'certificate/%'"),
    "a declaration's claim is gone": ("check.claim_lost", "DELETE FROM claims WHERE key LIKE 'declaration/%/2025-01'"),
    "a declaration's trace is gone": ("check.claim_lost", "DELETE FROM claims WHERE key LIKE 'declaration/%/2025-01/%'"),
    "a declaration's claim given away": ("check.claim_lost", "UPDATE claims SET owner = (SELECT max(id) FROM events) WHERE key LIKE 'declaration/%/2025-01'"),
    "a ticket's claim is gone": ("check.claim_lost", "DELETE FROM claims WHERE key = (SELECT min(key) FROM claims WHERE key LIKE 'ticket/%')"),
    "a ticket's claim given away": ("check.claim_stray", "UPDATE claims SET owner = (SELECT id FROM events WHERE kind = 'melt' LIMIT 1) WHERE key LIKE 'ticket/%'"),
    "a ticket's content forged": ("check.claim_differs", "UPDATE claims SET digest = '00' WHERE key = (SELECT min(key) FROM claims WHERE key LIKE 'ticket/%')"),
    "a ticket put later": ("check.claim_differs", "UPDATE claims SET seq = seq + 1 WHERE key = (SELECT min(key) FROM claims WHERE key LIKE 'ticket/%')"),
    "a ticket at another time": ("check.claim_differs", "UPDATE claims SET time_ms = time_ms + 1 WHERE key = (SELECT min(key) FROM claims WHERE key LIKE 'ticket/%')"),
    "a heat's content forged": ("check.claim_differs", "UPDATE claims SET digest = '' WHERE key LIKE 'heat/%'"),
    "a label with a content": ("check.claim_differs", "UPDATE claims SET digest = '00' WHERE key = (SELECT min(key) FROM claims WHERE key LIKE 'code/%')"),
    "an opening with a content": ("check.claim_differs", "UPDATE claims SET digest = '00' WHERE key LIKE 'opening/%'"),
    "a heat's claim is gone": ("check.claim_lost", "DELETE FROM claims WHERE key LIKE 'heat/%'"),
    "a month that nobody sealed": ("check.claim_stray", "INSERT INTO claims VALUES ('seal/miluo/2025-03', (SELECT id FROM events WHERE seq = 1), '', 1, 0)"),
    "a certificate of nobody": ("check.claim_stray", "INSERT INTO claims VALUES ('certificate/X', (SELECT id FROM events WHERE seq = 1), '', 1, 0)"),
    "another role": ("check.documents_differ", "UPDATE documents SET body = replace(body, 'operator', 'admin') WHERE kind = 'person'"),
    "another site's licence": ("check.documents_differ", "UPDATE documents SET version = version + 1 WHERE kind = 'site'"),
    "a person less": ("check.documents_differ", "DELETE FROM documents WHERE kind = 'person' AND id = (SELECT min(id) FROM documents WHERE kind = 'person')"),
    "another list": ("check.documents_differ", "UPDATE documents SET list = 'x' WHERE kind = 'person'"),
    "an earlier version altered": ("check.documents_differ", "UPDATE document_versions SET body = replace(body, '430', '431') WHERE kind = 'site'"),
    "a version less": ("check.documents_differ", "DELETE FROM document_versions WHERE kind = 'target'"),
    "a person slipped in": ("check.documents_differ", "INSERT INTO documents VALUES ('person', 'mallory', 1, '', '{}')"),
    "a log entry slipped in": ("check.documents_differ", "INSERT INTO log VALUES ('sign_in', 99, '{}')"),
    "a posting of no event": ("check.engine", "INSERT INTO postings SELECT 9999, 9999, number, book_month, account, site, region, metal, month, source_class, origin, material, family, waste_code, channel, via, other_site, grams, event_region FROM postings LIMIT 1"),
    "an edge of no event": ("check.engine", "INSERT INTO edges SELECT 9999, time_ms, lot, 'observed', 0, 0, 0 FROM edges LIMIT 1"),
    "a region that a site does not lead to": ("check.region_lost", "DELETE FROM posting_sites"),
    "stock in another county": ("check.stock_differs", "UPDATE stock SET region = '110101' WHERE site = 'miluo' AND status = 'available'"),
    "a newest record to come": ("check.head_differs", "UPDATE meta SET value = 9000000000000 WHERE key = 'newest_record_ms'"),
    "a lot in no language": ("check.unreadable", "UPDATE lots SET more = '[' WHERE made_seq = 1"),
}  # fmt: skip


def test_a_good_book_has_no_findings(good_book: Path, tmp_path: Path) -> None:
    store = tampered(good_book, tmp_path)
    report = check_book(store)
    assert report.findings == []
    assert (report.events, report.rounding_g <= 2) == (106, True)
    with store.read() as reader:
        assert report.digest == compute_digest(reader)
        assert report.lots == len(reader.scan_lots("", 1000))


def test_stock_of_a_prefecture_counts_the_counties_it_took_over(store: Store) -> None:
    open_business(store)
    end_region(store, "430600", "2025-01", "510100")
    here = Business(store)
    for site in ("chengdu", "plant"):
        here.collect("tutu", 1_000, site, at="2025-02-05T08:00:00")
    with store.read() as reader:
        assert {lot.region for lot in reader.scan_lots("", 10)} == {"510100", "510100.430681"}
    assert_equal_to_a_rebuild(store)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found(good_book: Path, tmp_path: Path, damage: str) -> None:
    code, statement = DAMAGES[damage]
    report = check_book(tampered(good_book, tmp_path, statement))
    assert code in {finding.code for finding in report.findings}


def test_the_lots_that_decisions_stumble_over_are_named(good_book: Path, tmp_path: Path) -> None:
    store = tampered(good_book, tmp_path, DAMAGES["a vector that is empty"][1])
    report = check_book(store)
    with store.read() as reader:
        empty = {lot.id: lot.metal_g for lot in reader.scan_lots("", 1000) if lot.form == "scrap"}
    named = {
        found.about: (found.stored, found.true)
        for found in report.findings
        if found.code == "check.vector_sum"
    }
    assert named
    assert named == {lot: ("0", str(empty[lot])) for lot in named}
    differing = {found.about for found in report.findings if found.code == "check.lot_differs"}
    assert {lot for lot, metal_g in empty.items() if metal_g} <= differing | set(named)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_check_in_parts_says_the_same(
    good_book: Path, tmp_path: Path, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = check_book(
        tampered(good_book, tmp_path, "UPDATE events SET deliverer = 'mallory' WHERE seq IN (11, 30)")
    )
    monkeypatch.setattr(scan, "CHUNK", 5)
    monkeypatch.setattr(processes_of_check, "SMALLEST_PART", 5)  # so that most lots reach beyond their part
    parts = check_book(open_store(f"sqlite:///{tmp_path}/book.db"), processes)
    assert [finding.about for finding in parts.findings] == [finding.about for finding in whole.findings]
    assert len(parts.findings) == 2
    assert (parts.digest, parts.lots, parts.rounding_g) == (whole.digest, whole.lots, whole.rounding_g)


@pytest.mark.parametrize("seq", range(1, 54))
def test_each_event_is_missed(
    good_book: Path, tmp_path: Path, seq: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "CHUNK", 5)
    monkeypatch.setattr(processes_of_check, "SMALLEST_PART", 5)
    report = check_book(tampered(good_book, tmp_path, f"DELETE FROM events WHERE seq = {seq}"))
    missed = {finding.code for finding in report.findings}
    assert missed
    assert "check.seq_gap" in missed or seq == 53, "only the newest leaves no gap"


def test_a_book_that_was_written_to_meanwhile_says_so(good_book: Path, tmp_path: Path) -> None:
    store = tampered(good_book, tmp_path)
    assert not check_book(store).moved

    def write_once(what: str, _: int) -> None:
        if what == "lots":
            body = next(draft for draft in golden_drafts() if draft["kind"] == "collect")
            fresh = [{**new, "lot": None, "code": None} for new in body["outputs"]]
            body = {**body, "id": str(uuid4()), "ticket": "T-meanwhile", "outputs": fresh}
            capture_event(store, load_draft(body), Deliverer("test"), NOW_MS)

    assert check_book(store, 1, write_once).moved


def test_the_digest_knows_every_lot(good_book: Path, tmp_path: Path) -> None:
    good = check_book(tampered(good_book, tmp_path)).digest
    assert (
        check_book(
            tampered(good_book, tmp_path, "UPDATE lots SET code = code || 'X' WHERE made_seq = 1")
        ).digest
        != good
    )


def test_a_former_label_still_leads_to_its_lot(good_book: Path, tmp_path: Path) -> None:
    store = tampered(good_book, tmp_path)
    with store.read() as reader:
        lot = next(lot for lot in reader.scan_lots("", 1000) if lot.status == "available")
    actor = next(draft["actor"] for draft in golden_drafts() if draft["site"] == lot.site)
    relabel = {
        "id": str(uuid4()), "kind": "relabel", "site": lot.site, "actor": actor, "code": draw_code(token_bytes),
        "event_time": "2025-04-19T08:00:00+08:00", "lots": [{"lot": lot.id}], "reason": "torn",
    }  # fmt: skip
    capture_event(store, load_draft(relabel), Deliverer("test"), NOW_MS)
    assert check_book(store).findings == []

    with closing(sqlite3.connect(tmp_path / "book.db")) as connection:
        for lost, code in enumerate((lot.code, relabel["code"]), start=1):
            connection.execute("DELETE FROM claims WHERE key = ?", (f"code/{code}",))
            connection.commit()
            findings = check_book(store).findings
            assert {finding.code for finding in findings} == {"check.code_lost"}
            assert f"code/{code}" in {finding.true for finding in findings}
            assert len(findings) == lost


@pytest.fixture
def corrected(tmp_path: Path) -> Business:
    """Lots, parts, openings and records that were replaced, voided, and brought back."""
    store = open_store(f"sqlite:///{tmp_path}/book.db")
    store.migrate()
    open_business(store)
    here = Business(store)
    output = {"form": "heel", "material": "heel", "metal": "Al", "mass_g": 5000}
    declared = {"content": [{"source_class": "primary", "metal_g": 5000}]}
    found: dict[str, Any] = {"reason": "stocktake", "documents": [{"type": "stocktake", "number": "1"}]}
    opening = here.draft("opening", "plant", outputs=[{**output, **declared}], **found)
    here.send(opening)
    power = here.draft("declare", "plant", type="power", period="2024-12", kwh=5, certificate="GEC-1")
    here.send(power)
    bodies: dict[str, Any] = {}
    for kg in (1000, 400):
        bodies["collect"] = here.draft(
            "collect", "yard", supplier="zhang", source_class="post", channel="offline", ticket=f"C{kg}",
            outputs=[{"form": "scrap", "material": "tense", "mass_g": kg * 1000}],
        )  # fmt: skip
        lot = here.send(bodies["collect"]).lots[0].id
    bodies["ship"] = here.draft(
        "ship", "yard", to="plant", mode="road", vehicle_class="diesel", lots=[{"lot": lot, "mass_g": 100_000}],
    )  # fmt: skip
    here.send(bodies["ship"])
    ship, collect = bodies["ship"], bodies["collect"]
    here.replace(ship["id"], {**ship, "lots": [{"lot": lot, "mass_g": 120_000}]})
    here.void(ship["id"])
    here.replace(ship["id"], {**ship, "lots": [{"lot": lot, "mass_g": 90_000}]})
    more = [*collect["outputs"], {"form": "scrap", "material": "tense", "mass_g": 7000}]
    here.replace_all({collect["id"]: {**collect, "outputs": more}, ship["id"]: ship})
    here.replace(collect["id"], {**collect, "ticket": "C401"})
    here.void(collect["id"], cascade=True)
    here.replace(power["id"], {**power, "period": "2024-11", "certificate": "GEC-2"}, "plant")
    here.send({**power, "id": str(uuid4())})
    here.void(power["id"], "plant")
    here.replace(opening["id"], {**opening, "event_time": "2025-01-05T08:00:00+08:00"}, "plant")
    unknown = {"content": [{"source_class": "unknown", "metal_g": 5000}]}
    here.do("opening", "yard", "2025-01-09T08:00", outputs=[{**output, **unknown}], **found)
    here.seal("2024-12", "plant")
    return here


def test_good_corrections_have_no_findings(corrected: Business) -> None:
    assert check_book(corrected.store).findings == []
    rebuild(corrected.store)
    assert check_book(corrected.store).findings == []


@pytest.mark.parametrize(
    "change",
    [
        "frozen = json_set(frozen, '$.region', '510100') WHERE kind = 'opening' AND current IS NOT NULL",
        "current = replace(current, '2025-01-05', '2025-01-04') WHERE kind = 'opening'",
        "current = NULL WHERE kind = 'opening' AND current IS NOT NULL",
        "live = 1 WHERE kind = 'declare' AND NOT live",
        "revisions = json_remove(revisions, '$[0]', '$[1]') WHERE kind = 'declare' AND revisions <> '[]'",
        "revisions = json_insert(revisions, '$[#]', (SELECT max(seq) FROM events)) WHERE kind = 'declare'",
    ],
)
def test_a_version_that_no_correction_stated_is_found(
    corrected: Business, tmp_path: Path, change: str
) -> None:
    with closing(sqlite3.connect(tmp_path / "book.db")) as connection:
        assert connection.execute(f"UPDATE events SET {change}").rowcount
        connection.commit()
    assert "check.version_differs" in {finding.code for finding in check_book(corrected.store).findings}
