"""A folder of one's own files is stored whole or not at all, and every fault names its file and
line.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from graph import open_store
from graph.store import Store
from tests.support.shipping import ship
from traceability.cli import run
from traceability.domain.calendar import time_of_day
from traceability.domain.errors import FieldError
from traceability.exchange import seed
from traceability.exchange.event_log import export_log
from traceability.exchange.seed import SEED, load_own, load_reference
from traceability.exchange.seed_folder import FILES, BadFolder, read_folder
from traceability.locale import LANGUAGES, text
from traceability.services.directory.audit import (
    CONSOLE,
    Actor,
    AuditAction,
    AuditEntry,
    AuditFilter,
    list_entries,
)
from traceability.services.directory.people import find_person, set_password, verify_password
from traceability.services.directory.reference import ReferenceDocument, reference_in, settings_in, targets_in

SITE = '[[site]]\nid = "yard"\nzh = "货场"\nen = "Yard"\nkinds = ["collection"]\nregion = "430681"\nfirm = "ours"\n'
PERSON = '[[person]]\nid = "zhao"\nname = "赵敏"\nroles = [{ role = "operator", scope = "yard" }]\n'
TARGET = "region,metal,indicator,method,year,operator,value,document,note\n"
MATERIAL = (SEED / "reference" / "materials.csv").read_text().splitlines()[0] + "\n"
METAL = "symbol,zh,en,ten_metals,note\n"
OWN_MATERIAL = "ours,scrap,Al,3xxx,0.9,20,60000,,,,,自有,Ours,,,\n"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = open_store(f"sqlite:///{tmp_path}/book.db")
    store.migrate()
    return store


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Put files into a folder: ``sites`` is sites.toml, ``targets_csv`` targets.csv."""

    def put(**files: str) -> Path:
        folder = tmp_path / "own"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            name = name.replace("_csv", ".csv") if name.endswith("_csv") else f"{name}.toml"
            (folder / name).write_text(content)
        return folder

    return put


def faults_of(folder: Path, store: Store | None = None) -> list[FieldError]:
    with pytest.raises(BadFolder) as refused:
        read_folder(folder, store)
    for language in LANGUAGES:
        for fault in refused.value.fields:
            said = text(fault.code, fault.figures, language)
            assert said != fault.code
            assert "–" not in said, f"{said}: a figure is missing"
    return refused.value.fields


def load(store: Store, folder: Path) -> int:
    return load_own(store, read_folder(folder, store), lambda password: f"hash of {password}")


@pytest.mark.parametrize("name", ["golden", "reference", "template"])
def test_what_ships_is_of_the_form_that_is_asked(name: str) -> None:
    entries = read_folder(SEED / name, None)
    assert {path.name for path in (SEED / name).glob("*.[tc]*")} <= set(FILES)
    assert [entry.kind for entry in entries if entry.kind == "site"] or name == "reference"


def test_the_template_is_a_beginning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path}/book.db"
    words = ["seed", "--from", str(SEED / "template"), "--store", url, "--language", "en"]
    assert run([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["documents"] > 140
    assert run([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"documents": 0, "events": 0}
    assert run([*words, "--scenario", "golden"]) == 2
    store = open_store(url)
    with store.read() as reader:
        known = reference_in(reader)
        assert known.sites["smelter"].licences[0].covers("321-026-48", "2025-06-01")
        assert any(target.region == "430600" for target in targets_in(reader))
        person = find_person(reader, "north-operator")
        assert person
        assert (person.password, verify_password(person, "")) == ("", False)
        assert len(known.materials) > 50
        assert len(settings_in(reader)["documents"]["rows"]) > 4
    assert load_reference(store) == 0
    (file,) = [tmp_path / "book.log"]
    export_log(store, file)
    # A log that is shared names nobody, not even in what it says of the files.
    assert "north-operator" not in file.read_text()
    assert "truck-1" not in file.read_text()


def test_it_may_be_repeated_and_says_what_changed(store: Store, write: Callable[..., Path]) -> None:
    folder = write(sites=SITE, people='password = "first words"\n' + PERSON)
    assert load(store, folder) > 140
    assert load(store, folder) == 0
    set_password(store, "zhao", "chosen by herself")
    write(people='password = "other words"\n' + PERSON.replace("operator", "supervisor"))
    assert load(store, folder) == 1
    with store.read() as reader:
        person = find_person(reader, "zhao")
        assert person
        assert person.roles[0].role == "supervisor"
        assert verify_password(person, "chosen by herself"), "a password in a file is the first one only"
    write(sites=SITE.replace("Yard", "Old yard"))
    assert load(store, folder) == 1
    assert load(store, folder) == 0


def test_a_second_folder_leaves_the_first(store: Store, tmp_path: Path, write: Callable[..., Path]) -> None:
    load(store, write(sites=SITE))
    other = tmp_path / "other"
    other.mkdir()
    (other / "people.toml").write_text(PERSON)
    (other / "sites.toml").write_text(SITE.replace('"yard"', '"yard-2"'))
    assert load(store, other) == 2
    assert load(store, tmp_path / "own") == 0
    with store.read() as reader:
        assert set(reference_in(reader).sites) == {"yard", "yard-2"}


def test_own_rows_stand_beside_and_above_what_ships(
    store: Store, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(
        targets_csv=TARGET + "430000,,supply_share_official,official,2025,>=,0.30,P3,\n",
        documents_csv="id,zh,en,number,note\nOURS,市方案,City plan,,\n",
        materials_csv=MATERIAL + OWN_MATERIAL,
        alloys_csv="alloy,element,low,high,verified\nadc12,Si,,13,no\nours,Fe,,1,no\n",
        tolerances="transit_ppm = 5_000\n",
    )
    load(store, folder)
    assert load_reference(store) == 0
    entries = [
        entry._replace(body={**entry.body, "note": "a newer version"}) if entry.kind == "target" else entry
        for entry in seed.reference_entries()
    ]
    ship(monkeypatch, entries)
    assert load_reference(store) == sum(entry.kind == "target" for entry in entries) - 1
    with store.read() as reader:
        known = reference_in(reader)
        assert {row["id"] for row in settings_in(reader)["documents"]["rows"]} >= {"P0", "P3", "OURS"}
        assert known.tolerances.transit_ppm == 5_000
        assert known.tolerances.transit_molten_ppm == 10_000
        (limit,) = known.materials["adc12"].limits
        assert (limit.element, limit.high_ppm) == ("Si", 130_000)
        assert known.materials["ours"].limits
        hunan = [
            target
            for target in targets_in(reader)
            if (target.region, target.indicator) == ("430000", "supply_share_official")
        ]
        assert [str(target.value) for target in hunan] == ["3/10"]


@pytest.mark.parametrize(
    ("files", "place", "code"),
    [
        ({"sites": SITE.replace("430681", "430699")}, "sites.toml [[site]] 1 (yard) region", "seed.unknown_region"),
        ({"sites": SITE.replace("430681", "CN")}, "sites.toml [[site]] 1 (yard) region", "seed.unknown_region"),
        ({"sites": SITE.replace("collection", "magic")}, "sites.toml [[site]] 1 (yard) kinds 1", "field.not_one_of"),
        ({"sites": SITE.replace('["collection"]', "[]")}, "sites.toml [[site]] 1 (yard) kinds", "field.required"),
        (
            {"sites": SITE.replace('["collection"]', '["collection", "authority"]')},
            "sites.toml [[site]] 1 (yard) kinds", "seed.authority_alone",
        ),
        (
            {"sites": SITE + '[[site.later_kinds]]\nfrom = "2025-07-01"\nkinds = ["smelter"]\n'},
            "sites.toml [[site]] 1 (yard) later_kinds 1 from", "field.bad_month",
        ),
        (
            {"sites": SITE + '[[site.later_kinds]]\nfrom = "2025-07"\n'},
            "sites.toml [[site]] 1 (yard) later_kinds 1 kinds", "field.required",
        ),
        (
            {"sites": SITE + 2 * '[[site.later_kinds]]\nfrom = "2025-07"\nkinds = ["smelter"]\n'},
            "sites.toml [[site]] 1 (yard) later_kinds 2 from", "seed.twice",
        ),
        ({"sites": SITE + "later_kinds = 7\n"}, "sites.toml [[site]] 1 (yard) later_kinds", "field.not_list"),
        (
            {"activities_csv": "site_kind,event,metals,except_metals,note\ntrading,ship,,,\n"},
            "activities.csv:2 event", "field.not_one_of",
        ),
        (
            {"activities_csv": "site_kind,event,metals,except_metals,note\nauthority,collect,,,\n"},
            "activities.csv:2 site_kind", "field.not_one_of",
        ),
        ({"sites": SITE.replace("firm", "form")}, "sites.toml [[site]] 1 (yard) form", "seed.unknown_field"),
        ({"sites": SITE.replace('"yard"', '"43"')}, "sites.toml [[site]] 1 (43) id", "field.bad_seed_id"),
        ({"sites": SITE.replace('"yard"', "43")}, "sites.toml [[site]] 1 id", "field.not_text"),
        ({"sites": SITE + SITE}, "sites.toml [[site]] 2 (yard)", "seed.twice"),
        ({"sites": SITE.replace("[[site]]", "[[sites]]")}, "sites.toml", "seed.unknown_table"),
        ({"sites": SITE.replace("[[site]]", "[site]")}, "sites.toml", "seed.not_tables"),
        ({"sites": "[[site]\n"}, "sites.toml", "seed.malformed"),
        ({"sites": f"x = {'9' * 5_000}\n"}, "sites.toml", "seed.malformed"),
        ({"sites": f"x = {'[' * 5_000}\n"}, "sites.toml", "seed.malformed"),
        ({"tolerances": f"x = {'{a=' * 3_000}\n"}, "tolerances.toml", "seed.malformed"),
        ({"site": SITE}, "site.toml", "seed.unknown_file"),
        ({}, "", "seed.no_files"),
        (
            {"sites": SITE + '[[site.licence]]\nnumber = "1"\nwaste_codes = ["1-2"]\nfrom = "2025-01-01"\nuntil = "2024-01-01"\n'},
            "sites.toml [[site]] 1 (yard) licence 1 from", "seed.above",
        ),
        ({"sites": SITE + "[[site.licence]]\n"}, "sites.toml [[site]] 1 (yard) licence 1 number", "field.required"),
        ({"people": PERSON}, "people.toml [[person]] 1 (zhao) roles 1 scope", "seed.unknown_scope"),
        ({"sites": SITE, "people": PERSON.replace("operator", "king")}, "people.toml [[person]] 1 (zhao) roles 1 role", "field.not_one_of"),
        ({"sites": SITE, "people": PERSON + 'password = "short"\n'}, "people.toml [[person]] 1 (zhao) password", "person.password_short"),
        ({"sites": SITE, "people": PERSON.replace('"zhao"', '"zhao min"')}, "people.toml [[person]] 1 (zhao min) id", "person.bad_id"),
        (
            {"parties": '[[vehicle]]\nid = "one"\nplate = "湘F1"\n[[vehicle]]\nid = "two"\nplate = "湘F1"\n'},
            "parties.toml [[vehicle]] 2 (two)", "seed.twice",
        ),
        ({"parties": '[[vehicle]]\nid = "one"\nplate = "湘F1"\ntare_kg = "12,5"\n'}, "parties.toml [[vehicle]] 1 (one) tare_kg", "quantity.not_a_number"),
        ({"targets_csv": TARGET + "430699,,direct_alloying,,2025,>=,0.9,P1,\n"}, "targets.csv:2 region", "seed.unknown_region"),
        ({"targets_csv": TARGET + "430000,,nonsense,,2025,>=,0.9,P1,\n"}, "targets.csv:2 indicator", "field.not_one_of"),
        ({"targets_csv": TARGET + "430000,,direct_alloying,,2025,>=,1/0,P1,\n"}, "targets.csv:2 value", "field.not_decimal"),
        ({"targets_csv": TARGET + "430000,,direct_alloying,,2025,>=,,P1,\n"}, "targets.csv:2 value", "seed.half_target"),
        ({"targets_csv": TARGET + "430000,,supply_share_official,official,2025,>=,24,P3,\n"}, "targets.csv:2 value", "seed.target_in_percent"),
        ({"targets_csv": TARGET + "430000,Al,direct_alloying,,2025,>=,90,P1,\n"}, "targets.csv:2 value", "seed.target_in_percent"),
        ({"targets_csv": TARGET + "430000,Al,direct_alloying,,2025,>=,1.01,P1,\n"}, "targets.csv:2 value", "seed.target_in_percent"),
        ({"targets_csv": TARGET + "430000,Al,direct_alloying,,2025,>=,-0.1,P1,\n"}, "targets.csv:2 value", "seed.target_no_share"),
        ({"targets_csv": TARGET + "430000,Al,direct_alloying,,2025,>=,150,P1,\n"}, "targets.csv:2 value", "seed.target_no_share"),
        ({"targets_csv": TARGET + "430000,,energy_per_value_added,,2025,<=,-14,P3,\n"}, "targets.csv:2 value", "seed.target_in_percent"),
        ({"sites": SITE.replace('["collection"]', '["authority", "collection"]')}, "sites.toml [[site]] 1 (yard) kinds", "seed.authority_alone"),
        ({"sites": SITE.replace('["collection"]', '["authority"]')}, "sites.toml [[site]] 1 (yard) firm", "seed.authority_no_firm"),
        ({"sites": SITE.replace('firm = "ours"', "")}, "sites.toml [[site]] 1 (yard) firm", "field.required"),
        ({"targets_csv": TARGET + "430000,,direct_alloying,,25,>=,1,P1,\n"}, "targets.csv:2 year", "field.bad_year"),
        ({"targets_csv": TARGET + "430000,,direct_alloying,,2025,>=,1,P99,\n"}, "targets.csv:2 document", "seed.unknown_name"),
        ({"targets_csv": TARGET + "430000\n"}, "targets.csv:2", "seed.cells"),
        ({"targets_csv": "region,value\n"}, "targets.csv:1", "seed.columns"),
        ({"targets_csv": TARGET.replace("note", "note,value")}, "targets.csv:1", "seed.columns"),
        ({"regions_csv": "code,zh,en\n430602,岳阳楼区,Yueyanglou\n990102,某区,Some\n"}, "regions.csv:3 code", "seed.unknown_region"),
        ({"materials_csv": MATERIAL + OWN_MATERIAL.replace("3xxx", "9999")}, "materials.csv:2 family", "seed.unknown_name"),
        ({"materials_csv": MATERIAL + OWN_MATERIAL.replace("0.9", "90")}, "materials.csv:2 fraction", "quantity.above_one"),
        ({"materials_csv": MATERIAL + OWN_MATERIAL.replace("Al", "Ga")}, "materials.csv:2 metal", "seed.unknown_metal"),
        ({"targets_csv": TARGET + "430000,Al+mixed,direct_alloying,,2025,>=,0.9,P1,\n"}, "targets.csv:2 metal", "seed.unknown_metal"),
        ({"metals_csv": METAL + "Xx,某,some,no,\n"}, "metals.csv:2 symbol", "field.not_element"),
        ({"metals_csv": METAL + "Ga,镓,gallium,maybe,\n"}, "metals.csv:2 ten_metals", "field.not_one_of"),
        ({"alloys_csv": "alloy,element,low,high,verified\nunobtainium,Si,,13,no\n"}, "alloys.csv:2 alloy", "seed.unknown_name"),
        ({"tolerances": "transit = 5\n"}, "tolerances.toml transit", "seed.unknown_field"),
        ({"transport": 'clean = ["horse"]\n'}, "transport.toml clean 1", "field.not_one_of"),
        ({"factors": '[[set]]\nversion = "1"\nvalid_from = "2025-01-01"\ngrid = []\nmetal = []\n'}, "factors.toml [[set]] 1 (1) metal", "field.required"),
    ],
)  # fmt: skip
def test_every_fault_says_file_row_and_field(
    write: Callable[..., Path], files: dict[str, str], place: str, code: str
) -> None:
    assert (place, code) in [fault[:2] for fault in faults_of(write(**files))]


REGIONS = "code,zh,en,from,until,parent,successors\n"
SPLIT = "430681,汨罗市,Miluo,,2025-06,,430602|430603\n"


def move(month: str, region: str) -> str:
    return f'[[site.move]]\nfrom = "{month}"\nregion = "{region}"\n'


def test_a_site_in_a_region_that_was_split_says_where_it_is(store: Store, write: Callable[..., Path]) -> None:
    (fault,) = faults_of(write(sites=SITE, regions_csv=REGIONS + SPLIT))
    assert fault[:2] == ("sites.toml [[site]] 1 (yard) region", "seed.region_split")
    figures = fault.figures
    assert (figures["site"], figures["from"]) == ("yard", "2025-07")
    assert figures["successors"] == "430602, 430603"
    late = faults_of(write(sites=SITE + move("2025-08", "430602")))
    assert [one.code for one in late] == ["seed.region_split"], "it was nowhere in July"
    load(store, write(sites=SITE + move("2025-07", "430602")))
    with store.read() as reader:
        gazetteer = reference_in(reader).gazetteer
    assert [gazetteer.region_at("yard", month) for month in ("2025-06", "2025-07")] == ["430681", "430602"]


def test_a_split_names_the_sites_of_the_store_that_it_leaves_behind(
    store: Store, write: Callable[..., Path]
) -> None:
    other = SITE.replace('"yard"', '"yard-2"')
    load(store, write(sites=SITE + other))
    (write() / "sites.toml").unlink()
    faults = faults_of(write(regions_csv=REGIONS + "430602,岳阳楼区,Yueyanglou,,,,\n" + SPLIT), store)
    assert [(one.path, one.code, one.figures["site"]) for one in faults] == [
        ("regions.csv:3 successors", "seed.region_split", "yard"),
        ("regions.csv:3 successors", "seed.region_split", "yard-2"),
    ]
    moves = move("2025-07", "430602")
    load(store, write(sites=SITE + moves + other + moves))
    write(regions_csv=REGIONS + SPLIT)
    load(store, write(sites=SITE + moves))


def test_what_became_one_region_needs_no_word_of_its_sites(store: Store, write: Callable[..., Path]) -> None:
    merged = "430681,汨罗市,Miluo,,2025-06,,430602\n430602,岳阳楼区,Yueyanglou,,2025-09,,430603|430611\n"
    (fault,) = faults_of(
        write(
            sites=SITE,
            regions_csv=REGIONS + merged.replace("|430611", "").replace("2025-09,,430603", "2025-09,,"),
        )
    )
    assert (fault.code, fault.figures["region"], fault.figures["from"]) == (
        "seed.region_ended",
        "430602",
        "2025-10",
    )
    (fault,) = faults_of(write(regions_csv=REGIONS + merged))
    assert (fault.code, fault.figures["region"]) == ("seed.region_split", "430602")
    load(store, write(regions_csv=REGIONS + merged.replace("|430611", "")))


def test_a_county_of_a_prefecture_that_was_split_needs_a_parent(
    store: Store, write: Callable[..., Path]
) -> None:
    split = "430600,岳阳市,Yueyang,,2025-06,,430100|430900\n"
    (fault,) = faults_of(write(sites=SITE, regions_csv=REGIONS + split))
    assert (fault.code, fault.figures["county"], fault.figures["region"]) == (
        "seed.parent_ended",
        "430681",
        "430600",
    )
    county = "430681,汨罗市,Miluo,,2025-06,,\n430681,汨罗市,Miluo,2025-07,,430900,\n"
    load(store, write(regions_csv=REGIONS + split + county))


def test_a_limit_needs_its_material_in_a_file(store: Store, write: Callable[..., Path]) -> None:
    load(store, write(materials_csv=MATERIAL + OWN_MATERIAL))
    (write() / "materials.csv").unlink()
    folder = write(alloys_csv="alloy,element,low,high,verified\nours,Fe,,1,no\n")
    assert [fault[:2] for fault in faults_of(folder, store)] == [("alloys.csv:2 alloy", "seed.unknown_name")]


def test_what_the_store_holds_may_be_named(store: Store, write: Callable[..., Path]) -> None:
    load(store, write(sites=SITE))
    (write() / "sites.toml").unlink()
    assert load(store, write(people=PERSON)) == 1


def test_a_name_leads_to_one_party_also_across_folders(store: Store, write: Callable[..., Path]) -> None:
    party = '[[party]]\nid = "one"\nkind = "supplier"\nname = "洪源"\n'
    vehicle = '[[vehicle]]\nid = "truck"\nplate = "湘F1"\n'
    load(store, write(parties=party + vehicle))
    assert load(store, write(parties=party + vehicle)) == 0
    assert load(store, write(parties=party.replace('"one"', '"two"').replace("supplier", "carrier")))
    folder = write(parties=(party + vehicle).replace('"one"', '"two"').replace('"truck"', '"lorry"'))
    assert [fault[:2] for fault in faults_of(folder, store)] == [
        ("parties.toml [[party]] 1 (two)", "seed.name_taken"),
        ("parties.toml [[vehicle]] 1 (lorry)", "seed.name_taken"),
    ]


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "regions.csv").write_text("code,zh,en,en\n430000,湖南,Hunan,Henan\n")
    with pytest.raises(ValueError, match="twice"):
        list(seed.reference_entries(tmp_path))


@pytest.mark.parametrize("blank", ["", ",,,,,,,,", " , ,,", ",,,,,,,,,,,,,,"])
def test_rows_that_a_spreadsheet_left_blank_are_skipped(
    store: Store, write: Callable[..., Path], blank: str
) -> None:
    folder = write()
    row = "430000,Al,direct_alloying,,2025,>=,0.9,P5,"
    assert TARGET.count(",") == row.count(","), TARGET
    (folder / "targets.csv").write_text(f"{TARGET}{blank}\r\n{row}\r\n{blank}\r\n{blank}\r\n")
    assert [entry.body["region"] for entry in read_folder(folder, store)] == ["430000"]


def test_a_spreadsheet_in_another_encoding_is_named(write: Callable[..., Path]) -> None:
    folder = write()
    (folder / "targets.csv").write_bytes((TARGET + "430000,,x,,,,,,湖南\n").encode("gbk"))
    (folder / "sites.toml").write_text(SITE, encoding="utf-8-sig")
    assert [fault[:2] for fault in faults_of(folder)] == [("targets.csv", "seed.not_utf8")]
    (folder / "targets.csv").unlink()
    assert [entry.id for entry in read_folder(folder, None)] == ["yard"]


def test_the_audit_log_tells_what_files_were_loaded_and_what_they_changed(
    store: Store, write: Callable[..., Path]
) -> None:
    def told_by(sites: str) -> list[tuple[str, str]]:
        before = len(told())
        load_own(store, read_folder(write(sites=sites), store), actor=Actor("", 1_000, CONSOLE))
        return [(one.kind, one.id) for one in reversed(told()[: len(told()) - before])]

    def told() -> list[AuditEntry]:
        with store.read() as reader:
            return list_entries(reader, AuditFilter(action=AuditAction.REFERENCE_LOAD)).entries

    assert told_by(SITE) == [("files", "own"), ("files", "reference")]
    assert told_by(SITE) == []
    assert told_by(SITE.replace("Yard", "The yard")) == [("files", "own"), ("site", "yard")]
    assert {one.address for one in told()} == {"console"}


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "customer_classes.csv").mkdir()
    (tmp_path / "parties.toml").symlink_to(tmp_path / "nowhere.toml")
    assert [fault[:2] for fault in faults_of(tmp_path)] == [
        ("customer_classes.csv", "seed.unreadable"),
        ("parties.toml", "seed.unreadable"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("id,zh,en,note\nx,汽车,b,\n".encode("gbk"), "seed.not_utf8"),
        ("id,zh,en,note\nx,汽车,b,\n".encode("utf-16"), "seed.not_utf8"),
        (b'id,zh,en,note\nx,"a,b,\n', "seed.malformed"),
        (b"id,zh,en,note\nx," + b"a" * 200_000 + b",b,\n", "seed.malformed"),
        (b"id,name\nx,a\n", "seed.columns"),
        (b"id,zh,en,note\nx,a\x1bb,c,\n", "field.bad_character"),
        (b"id,zh,en,note\nx\x00,a,c,\n", "field.bad_seed_id"),
        (b"id,zh,en,note\nx,a,b,\nx,c,d,\n", "seed.twice"),
        (b"id,zh,en,note\nx\n", "seed.cells"),
    ],
)
def test_broken_customer_classes_are_refused_by_row_and_reason(
    tmp_path: Path, content: bytes, code: str
) -> None:
    (tmp_path / "customer_classes.csv").write_bytes(content)
    assert [fault.code for fault in faults_of(tmp_path)] == [code]


def test_nothing_is_half_stored(store: Store, write: Callable[..., Path]) -> None:
    entries: list[ReferenceDocument] = read_folder(write(sites=SITE, people=PERSON), None)
    broken = next(entry for entry in entries if entry.kind == "person")
    broken.body["roles"] = [["king", "*"]]
    with pytest.raises(Exception, match="unknown_role"):
        load_own(store, entries)
    with store.read() as reader:
        known = reference_in(reader)
    assert (dict(known.sites), dict(known.regions)) == ({}, {})


def test_kinds_may_change_and_activities_be_added(write: Callable[..., Path], store: Store) -> None:
    later = '[[site.later_kinds]]\nfrom = "2025-07"\nkinds = ["trading"]\n'
    more = "site_kind,event,metals,except_metals,note\ntrading,bale,Al+Cu,,ours\n"
    load_own(store, read_folder(write(sites=SITE + later, activities_csv=more), store))
    with store.read() as reader:
        known = reference_in(reader)
    june, july = (time_of_day(day) for day in ("2025-06-30", "2025-07-01"))
    assert [known.sites["yard"].kinds_at(at) for at in (june, july)] == [("collection",), ("trading",)]
    assert [known.may_record("yard", "sort", at) for at in (june, july)] == [True, False]
    assert [known.may_record("yard", "bale", july, metal) for metal in ("Cu", "Pb")] == [True, False]
    assert known.may_record("yard", "import", july), "rows that ship stay"
