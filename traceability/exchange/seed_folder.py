"""Read and check the folder that an installation brings itself, of files like those in
``seed/golden`` and ``seed/reference``.

Any of the files may be there. They are read and checked as a whole: every fault is reported at once with its file, row and
field, and nothing is stored while there is one, because a document that cannot be read would stop every page.
"""

import csv
import re
import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marshmallow import ValidationError, missing

from graph.store import Store
from traceability.domain.activities import ACTIVITIES
from traceability.domain.coverage import CoverageBounds
from traceability.domain.errors import BadDraft, BadInput, BadQuantity, FieldError
from traceability.domain.findings import Thresholds
from traceability.domain.identifier import normalise_identifier
from traceability.domain.indicators import INDICATORS, target_bounds
from traceability.domain.material import Tolerances
from traceability.domain.place import RegionEnd, make_gazetteer, next_month, prefecture_of, province_of
from traceability.domain.quantity import parse_kg, parse_percent_ppm, parse_ppm
from traceability.domain.vocabulary import (
    AUTHORITY,
    CERTIFICATE_HOLDERS,
    FORMS,
    MIXED,
    MODES,
    NATION,
    ROLES,
    SITE_KINDS,
    VEHICLE_CLASSES,
)
from traceability.exchange.seed import (
    NOTES,
    OPTIONAL,
    SETTINGS,
    folder_entries,
    is_blank_row,
    list_shipped,
    reference_entries,
    site_entry,
)
from traceability.locale import LANGUAGES, list_codes
from traceability.services.directory import parties
from traceability.services.directory.passwords import check_password
from traceability.services.directory.people import check_person, is_scope, tidy_scope
from traceability.services.directory.photos import PhotoLimits
from traceability.services.directory.reference import ReferenceDocument, list_all, read_regions, read_site
from traceability.wire.fields import (
    Boolean,
    Choice,
    Day,
    Identifier,
    Many,
    Shaped,
    Text,
    Whole,
    WireField,
    fault,
    show,
)
from traceability.wire.schemas import ELEMENTS, MONTH

MOST = 1_000  # entries of a list within a row


class BadFolder(BadDraft):
    """Files are at fault; every field is listed and nothing was stored."""

    def __init__(self, folder: Path, faults: list[FieldError]) -> None:
        BadInput.__init__(self, "seed.refused", count=len(faults), folder=str(folder))
        self.fields = faults


def read_folder(folder: Path, store: Store | None) -> list[ReferenceDocument]:
    """Return the folder's sites, people, parties, vehicles and reference data.

    Raises BadFolder.

    They may name what the folder holds, what ships with the system, and what is in the store, if there is one already.
    """
    check = _FolderCheck(folder)
    check.read_files()
    check.check_names(_KnownIds(check.defined, store))
    if store is not None:
        check.check_parties(store)
    if check.faults:
        raise BadFolder(folder, check.faults)
    entries = [*reference_entries(folder), *folder_entries(folder)]
    check.check_places(entries, store)
    if check.faults:
        raise BadFolder(folder, check.faults)
    return entries


def check_entry(file: str, row: Mapping[str, Any], store: Store) -> list[FieldError]:
    """Return the faults of one site, person or target, judged as an entry of that file; paths as on a form.

    A form names ``roles.0.scope`` what a file calls the scope of its first role.
    """
    check = _FolderCheck(Path())
    if file in TABLES:
        (table, form), *_ = TABLES[file].items()
        check.read_tables(file, table, [dict(row)], form)
        where = check.place_of(file, table, 1, row.get("id"))
    else:
        where = file
        filled = {column: value or None for column, value in row.items()}
        check.check_row(f"{where} ", filled, SHEETS[file])
        if not check.faults:
            check.check_row_sense(file, where, filled)
    check.check_names(_KnownIds(check.defined, store))
    if file == "sites.toml" and not check.faults:
        check.check_places([site_entry(row)], store)
    return [
        one._replace(path=".".join(_form_name(one.path.removeprefix(where).split()))) for one in check.faults
    ]


def _form_name(words: Iterable[str]) -> list[str]:
    return [str(int(word) - 1) if word.isdigit() else word for word in words]


# --- fields -------------------------------------------------------------------------------------------------------


class KnownId(Text):
    """A cell with the id of something that must exist: a site, a region, a material …"""

    def __init__(self, kind: str, *, required: bool = False) -> None:
        super().__init__(required=required)
        self.kind = kind


class MetalSymbol(WireField):
    """A cell with the symbol of an element or RE, as compositions state them, or ``mixed``."""

    def read(self, value: Any) -> str:
        """Return the symbol."""
        symbol = Text(required=True).read(value)
        if symbol not in ELEMENTS and symbol != MIXED:
            raise fault("not_element", value=show(symbol))
        return symbol


class WordList(WireField):
    """A cell with several words, as in ``Cu+Pb+Zn``."""

    def __init__(self, one: WireField, separator: str, *, required: bool = False) -> None:
        super().__init__(required=required)
        self.one = one
        self.separator = separator

    def read(self, value: Any) -> list[Any]:
        """Return the words."""
        words = Text(required=True).read(value).split(self.separator)
        if repeated := next((word for word in words if words.count(word) > 1), None):
            raise fault("repeated", value=show(repeated))
        return [self.one.read(word) for word in words]


class Amount(WireField):
    """A cell with a mass, share or percentage, as ``parse`` reads it."""

    def __init__(self, parse: Any, *, required: bool = False) -> None:
        super().__init__(required=required)
        self.parse = parse

    def read(self, value: Any) -> int:
        """Return the amount in the system's unit. Raises BadQuantity too."""
        amount: int = self.parse(Text(required=True).read(value))
        return amount


class Tables(WireField):
    """A value that is a list of tables: licences, roles."""

    def __init__(self, form: "Form", *, required: bool = False) -> None:
        super().__init__(required=required)
        self.form = form

    def read(self, value: Any) -> list[dict[str, Any]]:
        """Return the tables, each still to be checked."""
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise fault("not_list")
        if self.required and not value:
            raise fault("required")
        return value


Form = Mapping[str, WireField]


def format_decimal(value: Fraction) -> str:
    """Return a number of a file as it would be written there."""
    return format(Decimal(value.numerator) / value.denominator, "f")


def _parse_mass(text: str) -> int:
    mass_g = parse_kg(text)
    if mass_g < 0:
        raise fault("not_decimal", value=show(text))
    return mass_g


_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_DECIMAL = r"-?\d{1,15}(\.\d{1,9})?"
_POSITIVE = r"\d{1,15}(\.\d{1,9})?"
NAME, NOTE, YES = Text(required=True), Text(limit=2_000), Choice(("yes", "no"))
REGION = KnownId("region", required=True)
NAMED_IN = ("zh", "en")
FURTHER = tuple(language for language in LANGUAGES if language not in NAMED_IN)
"""Languages that a name may be given in too; a sheet may leave their columns out."""
NAMES: Form = {**dict.fromkeys(NAMED_IN, NAME), **dict.fromkeys(FURTHER, Text())}
LICENCE: Form = {
    "number": NAME,
    "waste_codes": Many(KnownId("waste_code", required=True), MOST),
    "from": Day(required=True),
    "until": Day(required=True),
}
ROLE: Form = {
    "role": Choice(ROLES, required=True),
    "scope": KnownId("scope", required=True),
    "from": Day(),
    "until": Day(),
}
LATER_KINDS: Form = {
    "from": Shaped(r"(?:19|20|21)\d\d-(?:0[1-9]|1[0-2])", "bad_month", required=True),
    "kinds": Many(Choice(SITE_KINDS), MOST),
}
SITE: Form = {
    # Digits alone would be a region where a role names its scope.
    "id": Shaped(rf"(?!\d+$){_ID}", "bad_seed_id", required=True),
    **NAMES,
    "kinds": Many(Choice(SITE_KINDS), MOST),
    "later_kinds": Tables(LATER_KINDS),
    "region": REGION,
    "firm": Shaped(_ID, "bad_seed_id"),  # an authority is none
    "base": KnownId("base"),
    "photo_location": YES,
    "licence": Tables(LICENCE),
    "move": Tables(
        {
            "from": Shaped(MONTH, "bad_month", required=True),
            "region": KnownId("region", required=True),
            "base": KnownId("base"),
        }
    ),
}
PERSON: Form = {
    "id": NAME,
    "name": NAME,
    "language": Choice(LANGUAGES),
    "password": Text(),
    "demo": Boolean(),
    "roles": Tables(ROLE, required=True),
}
PARTY: Form = {
    "id": Shaped(_ID, "bad_seed_id", required=True),
    "kind": Choice(("supplier", "customer", "carrier", "receiver", "driver"), required=True),
    "name": NAME,
    "region": Shaped(r"\d{6}", "bad_region"),  # they may be anywhere, also where no figures are asked for
    "country": Shaped("[A-Z]{2}", "bad_country"),
    "class": KnownId("customer_class"),
    "code": Identifier(),
    "licence": Tables(LICENCE),
}
VEHICLE: Form = {
    "id": Shaped(_ID, "bad_seed_id", required=True),
    "plate": NAME,
    "class": Choice(VEHICLE_CLASSES),
    "tare_kg": Amount(_parse_mass),
}
DECIMAL = Shaped(_DECIMAL, "not_decimal")
FACTORS: Form = {
    "version": NAME,
    "valid_from": Day(required=True),
    "note": NOTE,
    "metal": Tables(
        {
            "metal": KnownId("metal", required=True),
            **dict.fromkeys(("primary", "recycled"), Shaped(_DECIMAL, "not_decimal", required=True)),
            **dict.fromkeys(("primary_verified", "recycled_verified"), Boolean()),
            **dict.fromkeys(("primary_range", "recycled_range"), Many(DECIMAL, 2)),
        },
        required=True,
    ),
    "grid": Tables(
        {
            "region": REGION,
            "factor": Shaped(_DECIMAL, "not_decimal", required=True),
            "valid_from": Shaped(MONTH, "bad_month"),
            "verified": Boolean(),
        },
        required=True,
    ),
    "power_kgce": DECIMAL,
    "fuel": Tables(
        {
            "fuel": Shaped(_ID, "bad_seed_id", required=True),
            **NAMES,
            "unit": NAME,
            **dict.fromkeys(("kgce", "co2_kg"), Shaped(_POSITIVE, "not_decimal", required=True)),
            "verified": Boolean(),
        }
    ),
}

TABLES: dict[str, dict[str, Form]] = {
    "sites.toml": {"site": SITE},
    "people.toml": {"person": PERSON},
    "parties.toml": {"party": PARTY, "vehicle": VEHICLE},
    "factors.toml": {"set": FACTORS},
}
"""Files of tables -> the tables in them."""

SHEETS: dict[str, Form] = {
    "regions.csv": {
        "code": Shaped(rf"{NATION}|\d{{6}}", "bad_region", required=True),
        **NAMES,
        "parent": KnownId("region"),
        "from": Shaped(MONTH, "bad_month"),
        "until": Shaped(MONTH, "bad_month"),
        "successors": WordList(KnownId("region"), "|"),
    },
    "materials.csv": {
        "id": Shaped(_ID, "bad_seed_id", required=True),
        "forms": WordList(Choice(FORMS), "|", required=True),
        "metal": KnownId("metal_or_mixed"),
        "family": KnownId("family", required=True),
        "fraction": Amount(parse_ppm, required=True),
        "low_kg": Amount(_parse_mass, required=True),
        "high_kg": Amount(_parse_mass, required=True),
        "waste_code": KnownId("waste_code"),
        "refined": YES,
        "remelt_ingot": YES,
        "grades": WordList(KnownId("material"), "|"),
        **NAMES,
        "standard": Text(),
        "verified": YES,
        "note": NOTE,
    },
    "alloys.csv": {
        "alloy": KnownId("alloy", required=True),
        "element": Shaped("[A-Z][a-z]?", "not_element", required=True),
        "low": Amount(parse_percent_ppm),
        "high": Amount(parse_percent_ppm, required=True),
        "verified": YES,
    },
    "compositions.csv": {
        "material": KnownId("material", required=True),
        "element": Shaped("[A-Z][a-z]?", "not_element", required=True),
        "content": Amount(parse_percent_ppm, required=True),
        "verified": YES,
    },
    "targets.csv": {
        "region": REGION,
        "metal": WordList(KnownId("metal"), "+"),
        "indicator": Choice(
            tuple(code.partition(".")[2] for code in list_codes("indicator.")), required=True
        ),
        "method": Text(),
        "year": Shaped(r"(?:19|20|21)\d\d", "bad_year"),
        "operator": Choice((">=", "<=", "~")),
        "value": DECIMAL,
        "document": WordList(KnownId("document"), "+"),
        "clause": Text(),
        "note": NOTE,
        **dict.fromkeys(NOTES.values(), NOTE),
    },
    "metals.csv": {
        "symbol": MetalSymbol(required=True),
        **NAMES,
        "ten_metals": YES,
        "edition": Text(),
        "source": NOTE,
        "note": NOTE,
    },
    "families.csv": {"id": NAME, "metal": KnownId("metal"), **NAMES},
    "waste_codes.csv": {"code": NAME, **NAMES, "en": Text(), "wording_verified": YES, "note": NOTE},
    "countries.csv": {"code": Shaped("[A-Z]{2}", "bad_country", required=True), **NAMES},
    "benchmarks.csv": {
        "id": Shaped(_ID, "bad_seed_id", required=True),
        "indicator": Choice(tuple(INDICATORS), required=True),
        "metal": KnownId("metal", required=True),
        "unit": NAME,
        **dict.fromkeys(("benchmark", "baseline"), Shaped(_POSITIVE, "not_decimal", required=True)),
        **NAMES,
        "verified": YES,
        "note": NOTE,
    },
    "certificate_kinds.csv": {
        "id": Shaped(_ID, "bad_seed_id", required=True),
        "holder": Choice(CERTIFICATE_HOLDERS, required=True),
        **NAMES,
        "document": YES,
        "note": NOTE,
    },
    "certificate_levels.csv": {
        "kind": KnownId("certificate_kind", required=True),
        "id": Shaped(_ID, "bad_seed_id", required=True),
        **NAMES,
    },
    "customer_classes.csv": {"id": Shaped(_ID, "bad_seed_id", required=True), **NAMES, "note": NOTE},
    "documents.csv": {"id": NAME, **NAMES, "number": Text(), "note": NOTE},
    "bases.csv": {
        "id": Shaped(_ID, "bad_seed_id", required=True),
        "region": REGION,
        **NAMES,
        "document": KnownId("document"),
    },
    "activities.csv": {
        "site_kind": Choice(tuple(kind for kind in SITE_KINDS if kind != AUTHORITY), required=True),
        "event": Choice(tuple(sorted(ACTIVITIES)), required=True),
        "metals": WordList(KnownId("metal"), "+"),
        "except_metals": WordList(KnownId("metal"), "+"),
        "note": NOTE,
    },
    "statistics.csv": {
        "id": Shaped(_ID, "bad_seed_id", required=True),
        "unit": NAME,
        "of_metals": Choice(("yes", "no"), required=True),
        "signed": Choice(("yes", "no"), required=True),
        "adds": WordList(Choice(("months", "provinces")), "|"),
        **NAMES,
        "note": NOTE,
    },
}
"""Files of rows -> the columns in them."""

VALUES: dict[str, Form] = {
    "tolerances.toml": dict.fromkeys(Tolerances._fields, Whole(low=0)),
    "coverage.toml": dict.fromkeys(CoverageBounds._fields, Whole(low=0)),
    "findings.toml": dict.fromkeys(Thresholds._fields, Whole(low=0)),
    "photos.toml": dict.fromkeys(PhotoLimits._fields, Whole(low=0)),
    "transport.toml": {"clean": Many(Choice((*MODES, *(f"road/{name}" for name in VEHICLE_CLASSES))), MOST)},
    "waste.toml": {"storage_days": Whole(low=1)},
}
"""Files of single values -> their names."""

KEYS: dict[str, tuple[str, ...]] = {
    "materials.csv": ("id",),
    "alloys.csv": ("alloy", "element"),
    "targets.csv": ("region", "metal", "indicator", "year"),
    **{f"{name}.csv": columns for name, columns in SETTINGS.items()},
}
FILES = (*TABLES, *SHEETS, *VALUES)

DEFINED_IN = {
    "site": "sites.toml", "region": "regions.csv", "material": "materials.csv", "alloy": "materials.csv",
    "family": "families.csv", "waste_code": "waste_codes.csv", "document": "documents.csv",
    "certificate_kind": "certificate_kinds.csv", "base": "bases.csv", "customer_class": "customer_classes.csv",
    "metal": "metals.csv", "metal_or_mixed": "metals.csv",
}  # fmt: skip


_UNKNOWN = {
    "region": "seed.unknown_region", "scope": "seed.unknown_scope",
    "metal": "seed.unknown_metal", "metal_or_mixed": "seed.unknown_metal",
}  # fmt: skip


class _KnownIds:
    """The ids that a row may name, by kind."""

    def __init__(self, defined: Iterable[tuple[str, str]], store: Store | None) -> None:
        self.ids: dict[str, set[str]] = {kind: set() for kind in DEFINED_IN}
        for kind, id_ in defined:
            self.ids[kind].add(id_)
        for entry in list_shipped():
            self.add(entry.kind, entry.id, entry.body)
        # Limits are stored with their material, whose row must therefore be in a file.
        self.ids["alloy"] = set(self.ids["material"])
        if store is not None:
            with store.read() as reader:
                for kind in ("site", "region", "material", "setting"):
                    for held in list_all(reader, kind):
                        self.add(kind, held.id, held.body)

    def add(self, kind: str, id_: str, body: Mapping[str, Any]) -> None:
        """A document, of a list its rows."""
        if kind != "setting":
            self.ids.setdefault(kind, set()).add(id_)
            return
        for name, file in DEFINED_IN.items():
            if file == f"{id_}.csv":
                column = KEYS[file][0]
                self.ids[name].update(row[column] for row in body["rows"] if column in row)

    def list_metals(self, kind: str) -> dict[str, str]:
        """Return the figures that name every metal that a cell of the kind may name."""
        if DEFINED_IN.get(kind) != "metals.csv":
            return {}
        return {"known": ", ".join(sorted(id_ for id_ in self.ids[kind] if (kind, id_) in self))}

    def __contains__(self, named: tuple[str, str]) -> bool:
        kind, id_ = named
        if kind == "scope":
            return is_scope(tidy_scope(id_), self.ids["site"], self.ids["region"])
        return id_ in self.ids[kind] and (kind, id_) != ("metal", MIXED)


# --- the check ------------------------------------------------------------------------------------------------


class _FolderCheck:
    """Read a folder's files, and gather every fault and what the rows name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[FieldError] = []
        self.named: list[tuple[str, str, str]] = []  # (path, kind, id)
        self.first: dict[tuple[str, ...], str] = {}  # a key -> where it stands
        self.defined: list[tuple[str, str]] = []  # (kind, id) of the folder's own
        self.rows: dict[tuple[str, str], str] = {}  # where a site, or the end of a region, stands
        self.parties: list[tuple[str, str, str, str]] = []  # (path, kind, name, id), vehicles by their plates

    def note(self, path: str, code: str, **figures: Any) -> None:
        """Note a fault."""
        self.faults.append(FieldError(path, code, figures))

    def read_files(self) -> None:
        """Read every file, one that is none of ours included: its name may be a slip."""
        names = sorted(path.name for path in self.folder.iterdir() if path.suffix in (".toml", ".csv"))
        if not set(names) & set(FILES):
            self.note("", "seed.no_files", known=", ".join(FILES))
        for name in names:
            try:
                if name in SHEETS:
                    self.read_sheet(name)
                elif name in FILES:
                    self.read_toml(name)
                else:
                    self.note(name, "seed.unknown_file", known=", ".join(FILES))
            except UnicodeDecodeError:
                self.note(name, "seed.not_utf8")
            except csv.Error as error:
                self.note(name, "seed.malformed", reason=str(error))
            except OSError as error:  # a folder, a link that leads nowhere, a file of somebody else
                self.note(name, "seed.unreadable", reason=error.strerror or "")

    def check_names(self, known: _KnownIds) -> None:
        """Check that everything that rows name exists."""
        for path, kind, id_ in self.named:
            if (kind, id_) not in known:
                code = _UNKNOWN.get(kind, "seed.unknown_name")
                self.note(
                    path, code, value=show(id_), file=DEFINED_IN.get(kind, ""), **known.list_metals(kind)
                )

    def check_parties(self, store: Store) -> None:
        """Check that no name leads to somebody else in the store: whoever types it means them."""
        wanted = {parties.name_key(kind, name): (path, name, id_) for path, kind, name, id_ in self.parties}
        with store.read() as reader:
            owners = reader.find_documents("party_name", wanted)
        for key, (path, name, id_) in wanted.items():
            if key in owners and owners[key].body["id"] != id_:
                self.note(path, "seed.name_taken", value=show(name), id=owners[key].body["id"])

    def check_places(self, entries: Iterable[ReferenceDocument], store: Store | None) -> None:
        """Check that every site is somewhere in each month: also where its region was split.

        Of sites and regions that are both in the store already nothing is said here.
        """
        own = [(entry.kind, entry.id, entry.body) for entry in entries if entry.kind in ("site", "setting")]
        if not any(kind == "site" or id_ == "regions" for kind, id_, _ in own):
            return
        shipped = [(entry.kind, entry.id, entry.body) for entry in list_shipped()]
        stored: list[tuple[str, str, Mapping[str, Any]]] = []
        if store is not None:
            with store.read() as reader:
                stored = [
                    (kind, held.id, held.body)
                    for kind in ("site", "setting")
                    for held in list_all(reader, kind)
                ]
        sites: dict[str, Mapping[str, Any]] = {}
        rows: dict[tuple[str, str], Mapping[str, Any]] = {}
        for kind, id_, body in [*shipped, *stored, *own]:
            if kind == "site":
                sites[id_] = body
            elif id_ == "regions":
                rows |= {(row["code"], row.get("from", "")): row for row in body["rows"]}
        regions = read_regions(map(dict, rows.values()))
        gazetteer = make_gazetteer(regions, {id_: read_site(id_, dict(body)) for id_, body in sites.items()})
        for site in sorted(sites):
            for end in gazetteer.find_ends(site):
                self.note_end(site, end)

    def note_end(self, site: str, end: RegionEnd) -> None:
        """Note that nobody says where a site is after the end of a region."""
        path = self.rows.get(("site", site)) or self.rows.get(("region", end.region.code))
        if path is None:
            return
        successors = end.region.successors
        figures = {
            "site": site, "county": end.code, "region": end.region.code, "until": end.region.last_month,
            "from": next_month(end.region.last_month), "successors": ", ".join(successors),
        }  # fmt: skip
        split = "split" if successors else "ended"
        self.note(path, f"seed.region_{split}" if end.is_own else "seed.parent_ended", **figures)

    def read_sheet(self, name: str) -> None:
        """Read a file of rows."""
        form = SHEETS[name]
        with (self.folder / name).open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, restkey="", restval=None, strict=True)
            columns = list(rows.fieldnames or ())
            wanted = [column for column in form if column in columns or column not in (*FURTHER, *OPTIONAL)]
            if sorted(columns) != sorted(wanted):
                self.note(f"{name}:1", "seed.columns", columns=",".join(wanted))
                return
            for row in rows:
                where = f"{name}:{rows.line_num}"
                if is_blank_row(row):
                    continue
                if "" in row or None in row.values():
                    self.note(where, "seed.cells", count=len(wanted))
                    continue
                filled = {column: value or None for column, value in row.items()}
                self.check_row(where + " ", filled, form)
                self.check_unique(where, name, [row.get(column, "") for column in KEYS[name]])
                self.note_id(name, row[KEYS[name][0]])
                if name == "regions.csv" and filled.get("until"):
                    self.rows["region", str(filled["code"])] = f"{where} successors"
                self.check_row_sense(name, where, filled)

    def check_row_sense(self, name: str, where: str, row: dict[str, Any]) -> None:
        """Check what the cells of a row mean together."""
        if name == "regions.csv" and re.fullmatch(r"\d{6}", row["code"] or ""):
            self.named += [
                (f"{where} code", "region", wider(row["code"])) for wider in (province_of, prefecture_of)
            ]
        if name == "targets.csv" and (row["value"] is None) != (row["operator"] is None):
            self.note(f"{where} value", "seed.half_target")
        if name == "targets.csv" and re.fullmatch(_DECIMAL, row["value"] or ""):
            self.check_target(f"{where} value", row["indicator"] or "", Fraction(row["value"]))
        low, high = {"materials.csv": ("low_kg", "high_kg"), "alloys.csv": ("low", "high")}.get(
            name, ("", "")
        )
        try:
            if low and row[low] and row[high] and parse_kg(row[low]) > parse_kg(row[high]):
                self.note(f"{where} {low}", "seed.above", high=high)
        except BadQuantity:
            pass  # a fault already

    def check_target(self, path: str, indicator: str, value: Fraction) -> None:
        """Check that a share is one of 1: 24 typed for 24 % would never be reached, and nobody would see why."""
        bounds = target_bounds(indicator)
        if bounds is None or bounds[0] <= value <= bounds[1]:
            return
        low, high = bounds
        percent = value / 100
        if low <= percent <= high:
            share = format_decimal(percent)
            self.note(path, "seed.target_in_percent", value=format_decimal(value), share=share)
        else:
            self.note(path, "seed.target_no_share", value=format_decimal(value), low=str(low), high=str(high))

    def read_toml(self, name: str) -> None:
        """Read a file of tables or of values."""
        content = (self.folder / name).read_text(encoding="utf-8-sig")
        try:
            body = tomllib.loads(content)
        except (ValueError, RecursionError) as error:  # also a number too long, or nested too deep
            self.note(name, "seed.malformed", reason=str(error))
            return
        if name in VALUES:
            self.check_row(f"{name} ", body, VALUES[name])
            return
        if name == "people.toml":
            self.check_password(f"{name} password", body.pop("password", ""))
        for table, rows in body.items():
            form = TABLES[name].get(table)
            if form is None:
                self.note(
                    name,
                    "seed.unknown_table",
                    table=show(table),
                    known=", ".join(f"[[{one}]]" for one in TABLES[name]),
                )
            elif not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                self.note(name, "seed.not_tables", table=show(table))
            else:
                self.read_tables(name, table, rows, form)

    @staticmethod
    def place_of(name: str, table: str, number: int, id_: object) -> str:
        """Return how a fault names the place of a table."""
        return f"{name} [[{table}]] {number}" + (f" ({show(id_)})" if isinstance(id_, str) else "")

    def read_tables(self, name: str, table: str, rows: list[dict[str, Any]], form: Form) -> None:
        """Read the tables of one name."""
        for number, row in enumerate(rows, 1):
            id_ = row.get("id", row.get("version"))
            where = self.place_of(name, table, number, id_)
            if isinstance(id_, str):
                self.check_unique(where, table, [id_])
                self.note_id(name, id_)
            self.check_row(where + " ", row, form)
            if table == "person":
                self.check_password(f"{where} password", row.get("password", ""), row)
                if isinstance(id_, str) and isinstance(row.get("name"), str):
                    self.try_check(f"{where} id", lambda id_=id_, row=row: check_person(id_, row["name"]))
            if table == "site":
                if isinstance(id_, str):
                    self.rows["site", id_] = f"{where} region"
                self.check_kinds(where, row)
                self.check_site_sense(where, row)
            if table in ("party", "vehicle"):
                # A name leads to one of them only.
                kind = parties.VEHICLE if table == "vehicle" else row.get("kind")
                named = row.get("plate" if table == "vehicle" else "name")
                code = row.get("code", "")
                if isinstance(kind, str) and isinstance(named, str) and isinstance(code, str):
                    same = [parties.normalise_name(kind, named), normalise_identifier(code)]
                    self.check_unique(where, f"name of a {kind}", same)
                    if parties.is_credit_code(code) and not parties.check_credit_code(code):
                        self.note(f"{where} code", "seed.party_code", value=show(code))
                    if isinstance(id_, str) and not code:
                        self.parties.append((where, kind, named, id_))

    def check_kinds(self, where: str, row: Mapping[str, Any]) -> None:
        """Check that a site always has a kind, from each month one list of them, and an authority no other."""
        later = row.get("later_kinds")
        changes = [one for one in later if isinstance(one, dict)] if isinstance(later, list) else []
        numbered = [(f"{where} later_kinds {number} kinds", one) for number, one in enumerate(changes, 1)]
        is_authority = row.get("kinds") == [AUTHORITY]
        for path, dated in [(f"{where} kinds", row), *numbered]:
            kinds = dated.get("kinds")
            if not kinds:
                self.note(path, "field.required")
            elif is_authority != (kinds == [AUTHORITY]) or (AUTHORITY in kinds and len(kinds) > 1):
                self.note(path, "seed.authority_alone", value=AUTHORITY)
        months = [str(one.get("from")) for one in changes]
        for number, month in enumerate(months, 1):
            if month in months[: number - 1]:
                self.note(f"{where} later_kinds {number} from", "seed.twice", value=month, first=where)

    def check_site_sense(self, where: str, row: Mapping[str, Any]) -> None:
        """Check that an authority is no firm, and that every other site is a firm's in a region."""
        kinds = row.get("kinds")
        if not isinstance(kinds, list) or AUTHORITY not in kinds:
            if row.get("firm") is None:
                self.note(f"{where} firm", "field.required")
            if row.get("region") == NATION:  # its figures would be nobody's
                self.note(f"{where} region", "seed.unknown_region", value=NATION)
            return
        for field in ("firm", "licence"):
            if row.get(field):
                self.note(f"{where} {field}", "seed.authority_no_firm", value=AUTHORITY)

    def check_row(self, where: str, row: Mapping[str, Any], form: Form) -> None:
        """Check each field of a row by its form."""
        for name in row.keys() - form.keys():
            self.note(where + show(name), "seed.unknown_field", known=", ".join(form))
        for name, field in form.items():
            self.check_field(where + name, row.get(name), field)
        days = (row.get("from"), row.get("until"))
        if all(isinstance(day, str) for day in days) and days[0] > days[1]:  # type: ignore[operator]
            self.note(where + "from", "seed.above", high="until")

    def check_field(self, path: str, value: Any, field: WireField) -> None:
        """Check one field and its value."""
        try:
            read = field.deserialize(value)
        except ValidationError as error:
            self.note_field_faults(path, error.messages)
            return
        except BadQuantity as error:
            self.note(path, error.code, **error.figures)
            return
        if read is missing:
            return
        if isinstance(field, Tables):
            for number, row in enumerate(read, 1):
                self.check_row(f"{path} {number} ", row, field.form)
        inner = field.one if isinstance(field, WordList | Many) else field
        if isinstance(inner, KnownId):
            self.named += [(path, inner.kind, one) for one in (read if inner is not field else [read])]

    def note_field_faults(self, path: str, messages: Any) -> None:
        """Note the faults of a field; of a list those of its entries."""
        if isinstance(messages, dict):
            for number, inner in messages.items():
                self.note_field_faults(f"{path} {number + 1}", inner)
            return
        for one in messages:
            self.note(path, str(one), **getattr(one, "figures", {}))

    def note_id(self, file: str, id_: str) -> None:
        """Note an id that other rows may name."""
        self.defined += [(kind, id_) for kind, defined_in in DEFINED_IN.items() if defined_in == file]

    def check_unique(self, where: str, what: str, key: list[Any]) -> None:
        """Note a fault where something stands twice."""
        if not all(isinstance(part, str) for part in key) or not any(key):
            return
        first = self.first.setdefault((what, *key), where)
        if first != where:
            self.note(where, "seed.twice", value=" ".join(filter(None, key)), first=first)

    def check_password(
        self, path: str, password: object, row: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        """Check a password where there is one, for the person of a row."""
        if not isinstance(password, str):
            self.note(path, "field.not_text")
        elif password:
            own = [name for key in ("id", "name") if isinstance(name := row.get(key), str)]
            held = row.get("roles")
            roles = (
                {str(one.get("role")) for one in held if isinstance(one, dict)}
                if isinstance(held, list)
                else set()
            )
            self.try_check(path, lambda: check_password(password, own, roles))

    def try_check(self, path: str, check: Any) -> None:
        """Run a check of the system's own; what it refuses is a fault here."""
        try:
            check()
        except BadInput as error:
            self.note(path, error.code, **error.figures)
