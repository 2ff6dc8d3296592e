"""Cache the reference data in force as domain values, by the stamp of their newest change.

Every change of sites, materials, regions, targets, factors and settings goes through
``put_reference``. It chains a stamp over all changes; a reader compares one document with what this
process knows, so a capture pays one look-up.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from typing import NamedTuple

from graph.paging import read_all
from graph.store import Body, Document, Reader, Writer
from traceability.domain.activities import DEFAULT_ACTIVITIES, Activity, ActivityTable
from traceability.domain.carbon import KGCE_PER_KWH, FactorSet, FuelFactor, GridFactor, MetalFactors
from traceability.domain.certificate import CertificateKind, CertificateLevel
from traceability.domain.coverage import DEFAULT_BOUNDS, CoverageBounds
from traceability.domain.energy import Benchmark
from traceability.domain.event import Composition, ElementContent
from traceability.domain.material import DEFAULT_TOLERANCES, Limit, Material, Reference, Tolerances
from traceability.domain.metal import Metal, complete_metals
from traceability.domain.names import NamesByLanguage
from traceability.domain.place import (
    FIRST_MONTH,
    LAST_MONTH,
    Base,
    DatedKinds,
    Licence,
    Region,
    RegionVersion,
    Site,
    SiteMove,
    month_before,
)
from traceability.domain.quantity import parse_percent_ppm
from traceability.domain.statistic import DEFAULT_KINDS, StatisticKind
from traceability.domain.target import PolicyDocument, PolicyTarget
from traceability.domain.vocabulary import MIXED
from traceability.locale import LANGUAGES
from traceability.wire import canonical

KINDS = ("site", "material", "region", "target", "factors", "setting")
STAMP = "reference"  # the setting that changes with every other document of these kinds
KEPT = 4  # states of reference data that a process keeps: one, but for tests and a moment of change


class ReferenceDocument(NamedTuple):
    """A reference document to store."""

    kind: str
    id: str
    body: Body
    group: str = ""
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class ReferenceState:
    """All reference data of one stamp."""

    reference: Reference
    targets: tuple[PolicyTarget, ...] = ()
    factors: tuple[FactorSet, ...] = ()
    benchmarks: tuple[Benchmark, ...] = ()
    compositions: Mapping[str, Composition] = field(default_factory=dict)
    settings: Mapping[str, Body] = field(default_factory=dict)


_NOTHING = ReferenceState(Reference(0, {}, {}, {}))
_kept: dict[str, ReferenceState] = {}


def reference_in(reader: Reader) -> Reference:
    """Return what rules and events use of the reference data; empty before anything was loaded."""
    return _state_in(reader).reference


def targets_in(reader: Reader) -> tuple[PolicyTarget, ...]:
    """Return every target, of all regions and years."""
    return _state_in(reader).targets


def factor_sets_in(reader: Reader) -> tuple[FactorSet, ...]:
    """Return the carbon factor sets, oldest first."""
    return _state_in(reader).factors


def benchmarks_in(reader: Reader) -> tuple[Benchmark, ...]:
    """Return the benchmark and baseline levels of energy consumption."""
    return _state_in(reader).benchmarks


def compositions_in(reader: Reader) -> Mapping[str, Composition]:
    """Return what materials typically consist of, by material; of many nothing is known."""
    return _state_in(reader).compositions


def documents_in(reader: Reader) -> dict[str, PolicyDocument]:
    """Return the policy documents that targets name, by id."""
    return {
        row["id"]: PolicyDocument(row["id"], _read_names(row), row.get("number", ""))
        for row in _rows(settings_in(reader), "documents")
    }


def settings_in(reader: Reader) -> Mapping[str, Body]:
    """Return the settings as stored, by name: metals, families, waste_codes, tolerances …"""
    return _state_in(reader).settings


def put_reference(writer: Writer, entries: Iterable[ReferenceDocument]) -> int:
    """Store documents of reference data, renew the stamp, return their number. Raises WriteConflict."""
    stamped = writer.find_documents("setting", [STAMP]).get(STAMP)
    stamp = str(stamped.body["stamp"]) if stamped else ""
    stored = 0
    for entry in entries:
        assert entry.kind in KINDS, entry.kind
        assert entry.id != STAMP, "the stamp is written here only"
        writer.put_document(entry.kind, entry.id, entry.body, entry.expected_version, entry.group)
        # The same chain of changes is the same data, in this store or in another.
        change = "\n".join((stamp, entry.kind, entry.id, canonical(entry.body)))
        stamp = sha256(change.encode()).hexdigest()
        stored += 1
    if stored:
        writer.put_document("setting", STAMP, {"stamp": stamp}, stamped.version if stamped else 0)
    return stored


def _state_in(reader: Reader) -> ReferenceState:
    document = reader.find_documents("setting", [STAMP]).get(STAMP)
    if document is None:
        return _NOTHING
    stamp = str(document.body["stamp"])
    state = _kept.get(stamp)
    if state is None:
        state = _read(reader, document.version)
        # A server shows what others committed meanwhile: what was read half before and half after is not of this stamp.
        if reader.find_documents("setting", [STAMP]).get(STAMP) == document:
            while len(_kept) >= KEPT:
                _kept.pop(next(iter(_kept)), None)
            _kept[stamp] = state
    return state


def find_reference_version(reader: Reader) -> int:
    """Return a number that changes with every change of reference data, and with a rebuild of the book."""
    document = reader.find_documents("setting", [STAMP]).get(STAMP)
    return document.version if document else 0


def renew_reference_version(writer: Writer) -> None:
    """Let every process read again what it keeps of the book, although the reference data are as they were."""
    stamped = writer.find_documents("setting", [STAMP]).get(STAMP)
    if stamped:
        writer.put_document("setting", STAMP, stamped.body, stamped.version)


def list_all(reader: Reader, kind: str) -> list[Document]:
    """Return every document of a kind, by id."""
    return list(read_all(lambda after: reader.list_documents(kind, after=after)))


def _read(reader: Reader, version: int) -> ReferenceState:
    documents = {kind: list_all(reader, kind) for kind in KINDS}
    settings = {document.id: document.body for document in documents["setting"]}
    factors = sorted(
        (_read_factors(document) for document in documents["factors"]),
        key=lambda factors: (factors.valid_from, factors.version),
    )
    reference = Reference(
        version=version,
        sites={document.id: read_site(document.id, document.body) for document in documents["site"]},
        materials={document.id: _read_material(document) for document in documents["material"]},
        regions=read_regions(_rows(settings, "regions"), documents["region"]),
        waste_codes={row["code"]: _read_names(row) for row in _rows(settings, "waste_codes")},
        metals=_read_metals(_rows(settings, "metals")),
        clean_modes=frozenset(settings.get("transport", {}).get("clean", ())),
        fuels=factors[-1].fuels if factors else (),
        tolerances=_read_tolerances(settings.get("tolerances", {})),
        certificate_kinds=_read_certificate_kinds(settings),
        activities=_read_activities(_rows(settings, "activities")),
        coverage=_read_bounds(settings.get("coverage", {})),
        bases={
            row["id"]: Base(row["id"], row["region"], _read_names(row))
            for row in _rows(settings, "bases")
            if "id" in row  # the first books knew no bases as places
        },
        countries={row["code"]: _read_names(row) for row in _rows(settings, "countries")},
        customer_classes={row["id"]: _read_names(row) for row in _rows(settings, "customer_classes")},
        statistics={**DEFAULT_KINDS, **read_statistic_kinds(_rows(settings, "statistics"))},
    )
    targets = tuple(_read_target(document.body) for document in documents["target"])
    benchmarks = tuple(_read_benchmark(row) for row in _rows(settings, "benchmarks"))
    compositions = _read_compositions(_rows(settings, "compositions"))
    return ReferenceState(reference, targets, tuple(factors), benchmarks, compositions, settings)


def _read_compositions(rows: list[Body]) -> dict[str, Composition]:
    contents: dict[str, list[ElementContent]] = {}
    for row in rows:
        content = ElementContent(row["element"], parse_percent_ppm(row["content"]))
        contents.setdefault(row["material"], []).append(content)
    return {material: tuple(sorted(listed)) for material, listed in contents.items()}


def _rows(settings: Mapping[str, Body], name: str) -> list[Body]:
    rows: list[Body] = settings.get(name, {}).get("rows", [])
    return rows


def _read_names(body: Body) -> NamesByLanguage:
    return tuple((language, body[language]) for language in LANGUAGES if language in body)


def _read_metals(rows: list[Body]) -> Mapping[str, Metal]:
    """Return the metals of the list by symbol; ``mixed`` is listed for its name and is none."""
    listed = {
        row["symbol"]: Metal(
            row["symbol"], _read_names(row), row["ten_metals"], row.get("edition", ""), row.get("source", "")
        )
        for row in rows
        if row["symbol"] != MIXED
    }
    return complete_metals(listed)


def read_regions(rows: Iterable[Body], documents: Iterable[Document] = ()) -> dict[str, Region]:
    """Return the regions of the list, and those that older books keep as documents of their own."""
    by_code: dict[str, list[Body]] = {}
    for row in rows:
        by_code.setdefault(row["code"], []).append(row)
    regions = {code: _read_region(code, versions) for code, versions in by_code.items()}
    for document in documents:
        if document.id not in regions:
            regions[document.id] = Region(document.id, _read_names(document.body))
    return dict(sorted(regions.items()))


def _read_region(code: str, rows: list[Body]) -> Region:
    dated = "from", "until", "parent", "successors"
    if len(rows) == 1 and not any(rows[0].get(name) for name in dated):
        return Region(code, _read_names(rows[0]))
    rows = sorted(rows, key=lambda row: str(row.get("from", FIRST_MONTH)))
    versions = []
    for row, following in zip(rows, [*rows[1:], {}], strict=True):
        # What begins ends what was there before, where its row does not say so itself.
        begins = following.get("from", FIRST_MONTH)
        until = row.get("until") or (month_before(begins) if begins else LAST_MONTH)
        successors = tuple(filter(None, row.get("successors", "").split("|")))
        parent = row.get("parent", "")
        versions.append(RegionVersion(_read_names(row), row.get("from", ""), until, parent, successors))
    return Region(code, versions[-1].names, tuple(versions))


def read_site(id_: str, body: Body) -> Site:
    """Return a site as it is stored."""
    licences = tuple(
        Licence(licence["number"], tuple(licence["waste_codes"]), licence["from"], licence["until"])
        for licence in body.get("licences", ())
    )
    first = SiteMove(FIRST_MONTH, body["region"], body.get("base", ""))
    moves = tuple(
        SiteMove(move["from"], move["region"], move.get("base", "")) for move in body.get("moves", ())
    )
    moves = tuple(sorted((first, *moves))) if moves else ()
    newest = moves[-1] if moves else first
    later = (DatedKinds(row["from"], tuple(row["kinds"])) for row in body.get("later_kinds", ()))
    return Site(
        id_, _read_names(body), tuple(body["kinds"]), newest.region, body.get("firm", ""), licences,
        tuple(sorted(later)), newest.base, moves, body.get("photo_location") == "yes",
    )  # fmt: skip


def _read_activities(rows: list[Body]) -> ActivityTable:
    if not rows:
        return DEFAULT_ACTIVITIES
    return ActivityTable(
        tuple(
            Activity(row["site_kind"], row["event"], tuple(row["metals"]), tuple(row["except_metals"]))
            for row in rows
        )
    )


def _read_material(document: Document) -> Material:
    body = document.body
    return Material(
        id=document.id,
        forms=tuple(body["forms"]),
        metal=body["metal"],
        names=_read_names(body),
        family=body["family"],
        fraction_ppm=body["fraction_ppm"],
        low_g=body["low_g"],
        high_g=body["high_g"],
        waste_code=body["waste_code"],
        refined=body["refined"],
        remelt_ingot=body["remelt_ingot"],
        limits=tuple(Limit(*limit) for limit in body["limits"]),
        grades=tuple(body["grades"]),
        standard=body["standard"],
        verified=body["verified"],
    )


def read_statistic_kinds(rows: Iterable[Body]) -> dict[str, StatisticKind]:
    """Return what statistics can be of, by id."""
    return {row["id"]: _read_statistic(row) for row in rows}


def _read_statistic(row: Body) -> StatisticKind:
    return StatisticKind(
        row["id"], row["unit"], row["of_metals"], row["signed"],
        tuple(span for span in ("months", "provinces") if span in row["adds"].split("|")), _read_names(row),
    )  # fmt: skip


def _read_tolerances(body: Body) -> Tolerances:
    stated = {name: value for name, value in body.items() if name in Tolerances._fields}
    return DEFAULT_TOLERANCES._replace(**stated)


def _read_certificate_kinds(settings: Mapping[str, Body]) -> dict[str, CertificateKind]:
    levels: dict[str, tuple[CertificateLevel, ...]] = {}
    for row in _rows(settings, "certificate_levels"):
        levels[row["kind"]] = (
            *levels.get(row["kind"], ()),
            CertificateLevel(row["id"], _read_names(row)),
        )
    return {
        row["id"]: CertificateKind(
            row["id"],
            row["holder"],
            _read_names(row),
            levels.get(row["id"], ()),
            row.get("document") == "yes",
        )
        for row in _rows(settings, "certificate_kinds")
    }


def _read_benchmark(row: Body) -> Benchmark:
    return Benchmark(
        row["indicator"], row["metal"], row["unit"], Fraction(row["benchmark"]), Fraction(row["baseline"]),
        _read_names(row), row["verified"] == "yes",
    )  # fmt: skip


def _read_bounds(body: Body) -> CoverageBounds:
    stated = {name: value for name, value in body.items() if name in CoverageBounds._fields}
    return DEFAULT_BOUNDS._replace(**stated)


def _read_target(body: Body) -> PolicyTarget:
    return PolicyTarget(
        region=body["region"],
        indicator=body["indicator"],
        metals=tuple(body["metals"]),
        method=body["method"],
        year=body["year"],
        operator=body["operator"],
        value=None if body["value"] is None else Fraction(body["value"]),
        document=body["document"],
        note=body["note"],
        notes=_read_names(body.get("notes", {})),
        clause=body.get("clause", ""),
    )


def _read_factors(document: Document) -> FactorSet:
    body = document.body
    metals = {
        row["metal"]: MetalFactors(
            Fraction(row["primary"]),
            Fraction(row["recycled"]),
            tuple(route for route in ("primary", "recycled") if row.get(f"{route}_verified")),
        )
        for row in body["metal"]
    }
    grid = tuple(
        GridFactor(
            row["region"], Fraction(row["factor"]), row.get("valid_from", ""), bool(row.get("verified"))
        )
        for row in body["grid"]
    )
    fuels = tuple(
        FuelFactor(
            row["fuel"], row["unit"], Fraction(row["kgce"]), Fraction(row["co2_kg"]), _read_names(row),
            bool(row.get("verified")),
        )
        for row in body.get("fuel", ())
    )  # fmt: skip
    power_kgce = Fraction(body.get("power_kgce", KGCE_PER_KWH))
    return FactorSet(document.id, body["valid_from"], metals, grid, body.get("note", ""), fuels, power_kgce)
