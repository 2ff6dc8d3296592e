"""List the fields of each kind of event: the one statement of what its form asks for.

The page that records an event and the page that corrects it show inputs of this list. What the page
of a kind does not show (the driver of a load that came by file) is carried along when the event is
corrected, so every key that the wire knows of a kind stands here. Fields stand in the order of the
page, which is the order of the reasons against them.
"""

from traceability.domain.kinds import EVENT_KINDS, FORMS_OUT, SCRAP_ENTRIES, EventKind
from traceability.domain.provenance import CLASSES, SCRAP_CLASSES
from traceability.domain.quantity import MAX_SUM_G
from traceability.domain.vocabulary import (
    CHANNELS,
    EFFICIENCY_LEVELS,
    FORMS,
    HEAT_MODELS,
    MODES,
    OUTCOMES,
    PROCESS_EMISSIONS,
    SUBJECTS,
    VEHICLE_CLASSES,
)
from traceability.web.forms.fields import (
    AmountField,
    BaseField,
    CertificateKindField,
    CertificateLevelField,
    ChoiceField,
    CountryField,
    DayField,
    DecimalField,
    ElementField,
    EventTimeField,
    FieldGroup,
    FieldList,
    FieldRows,
    FuelField,
    FuelUnitField,
    LabelField,
    LotCodeField,
    MassField,
    MetalField,
    MetalsField,
    MomentField,
    NoteField,
    PartyField,
    PercentField,
    PeriodField,
    PersonField,
    PhotosField,
    PlainTextField,
    RegionField,
    ShareField,
    SiteField,
    StatisticField,
    TextField,
    ThousandthsField,
    TonnesField,
    UnitField,
    WasteCodeField,
    WholeField,
    YesNoField,
)
from traceability.wire.schemas import ELEMENTS

ASSAYED = ("Al", "Si", "Fe", "Cu", "Mn", "Mg", "Zn", "Pb", "Sn", "Ni", "Ti", "Sb", "Cr")
"""The elements that an assay asks for; others come by file."""

# --- what several forms ask for -----------------------------------------------------------------------------------

EVENT_TIME = EventTimeField(
    "event_time", "term.event_time", term="field_name.event_time", hint="form.time_hint", optional=True
)
NOTE = NoteField("note", "term.remark", term="field_name.note", optional=True)
DOCUMENTS = FieldRows(
    "documents",
    (
        TextField("type", "entry.document_type", term="field_name.type"),
        TextField("number", "entry.document_number", term="field_name.number"),
        TextField("sha256", "monthly.sha256", hint="monthly.sha256_hint", optional=True, longest="64"),
    ),
)
APPROVAL = FieldGroup(
    "approval",
    (
        PersonField("approver", "approval.approver", term="field_name.approver"),
        NoteField("reason", "term.reason", term="field_name.reason"),
    ),
)
OF_EVERY_EVENT: FieldList = (DOCUMENTS, EVENT_TIME, NOTE, APPROVAL)


def _amount(
    name: str, label: str, mass: MassField, share: ShareField, *, hint: str = "", term: str
) -> AmountField:
    return AmountField(
        f"{name}_amount",
        label,
        term=term,
        hint=hint,
        optional=True,
        unit_input=f"{name}_unit",
        mass=mass,
        share=share,
    )


def _deduction(name: str) -> AmountField:
    term = f"field_name.{name}_g"
    return _amount(
        name,
        f"term.{name}",
        MassField(f"{name}_amount", term=term, key=f"{name}_g"),
        PercentField(f"{name}_amount", term=term, key=f"{name}_percent"),
        term=term,
    )


def _weighing(*, optional: bool) -> FieldGroup:
    return FieldGroup(
        "weighing",
        (
            MassField("gross_kg", "term.gross", term="field_name.gross_g", key="gross_g", optional=optional),
            MassField("tare_kg", "term.tare", term="field_name.tare_g", key="tare_g", optional=optional),
            _deduction("moisture"),
            _deduction("impurity"),
        ),
    )


CONTENT = FieldRows(
    "content",
    (
        ChoiceField("source_class", "term.source_class", CLASSES, "class.", term="field_name.source_class"),
        MassField("metal_kg", "rows.metal", term="field_name.metal_g", key="metal_g"),
        RegionField("origin", "term.origin", term="field_name.origin"),
    ),
)


GRADE: FieldList = (
    _weighing(optional=True),
    ChoiceField("source_class", "term.source_class", SCRAP_CLASSES, "class.", term="field_name.source_class"),
    RegionField("origin", "term.origin", term="field_name.origin"),
)
"""What each grade of a load may state for itself."""


def _outputs(kind: str, *, must_be: bool = False) -> FieldRows:
    collect = kind == "collect"
    mass = MassField("mass_kg", "term.mass", term="field_name.mass_g", key="mass_g")
    settled = MassField(
        "mass_kg",
        "collect.settled",
        term="field_name.mass_g",
        key="mass_g",
        hint="collect.settled_hint",
        optional=True,
    )
    return FieldRows(
        "outputs",
        (
            ChoiceField("material", "term.material", term="field_name.material", tiles=collect),
            settled if collect else mass,
            _amount(
                "metal",
                "rows.metal",
                MassField("metal_amount", term="field_name.metal_g", key="metal_g"),
                ShareField("metal_amount", term="field_name.metal_fraction", key="metal_fraction"),
                hint="rows.metal_hint",
                term="field_name.metal_amount",
            ),
            LabelField(
                "code", "collect.label", term="field_name.code", hint="collect.label_hint", optional=True
            ),
            ChoiceField(
                "form",
                "term.form",
                FORMS_OUT.get(kind, FORMS),
                "form.",
                term="field_name.form",
                blank="rows.by_material",
                follows="material",
                fills_row=False,
            ),
            TextField("waste_code", "term.waste_code", term="field_name.waste_code", optional=True),
            CONTENT,
            TextField("lot", term="field_name.lot"),
            MetalField("metal", "term.metal"),
            TextField("fraction_source"),
            *(GRADE if kind in SCRAP_ENTRIES else ()),
        ),
        must_be=must_be,
        anchored=not collect,
    )


INPUTS = FieldRows(
    "inputs",
    (
        LotCodeField("lot_code", "rows.lot", term="field_name.lot"),
        MassField("mass_kg", "rows.taken", term="field_name.mass_g", key="mass_g"),
    ),
)


def _lots(mass_label: str = "term.mass") -> FieldRows:
    return FieldRows(
        "lots",
        (
            LotCodeField("lot_code", "rows.lot", term="field_name.lot"),
            MassField("mass_kg", mass_label, term="field_name.mass_g", key="mass_g"),
            LabelField("part_code", "rows.part_code", term="field_name.part_code", optional=True),
            TextField("part_lot"),
        ),
    )


def _reason(*, optional: bool, label: str = "term.reason", hint: str = "", lines: int = 2) -> NoteField:
    return NoteField("reason", label, term="field_name.reason", hint=hint, optional=optional, lines=lines)


LOSS = MassField(
    "loss_kg", "term.loss", term="field_name.loss_g", key="loss_g", hint="rows.loss_hint", optional=True
)
UPTAKE = MassField(
    "uptake_kg",
    "term.uptake",
    term="field_name.uptake_g",
    key="uptake_g",
    hint="heat.uptake_hint",
    optional=True,
)
DRIVER = PartyField("driver", term="field_name.driver")
CERTIFICATE = TextField("certificate", "term.certificate")


def _supplier(*, optional: bool) -> PartyField:
    return PartyField(
        "supplier",
        "term.supplier",
        term="field_name.supplier",
        optional=optional,
        name_key="supplier_name",
    )


VEHICLE = PartyField(
    "vehicle", "term.vehicle", term="field_name.vehicle", optional=True, name_key="vehicle_plate"
)


def _ticket(*, optional: bool, longest: str = "") -> TextField:
    return TextField("ticket", "term.ticket", term="field_name.ticket", optional=optional, longest=longest)


def _origin(blank: str = "entry.own_province") -> RegionField:
    return RegionField("origin", "term.origin", term="field_name.origin", blank=blank)


SOURCE_CLASS = ChoiceField(
    "source_class", "term.source_class", SCRAP_CLASSES, "class.", term="field_name.source_class", tiles=True
)
CHANNEL = ChoiceField("channel", "term.channel", CHANNELS, "channel.", term="field_name.channel", tiles=True)
RADIATION = ChoiceField(
    "radiation",
    "subject.radiation",
    ("passed", "failed"),
    "result.",
    term="field_name.radiation",
    tiles=True,
    blank="result.not_done",
)
MANIFEST = TextField("manifest", "term.manifest", term="field_name.manifest", optional=True)
PHOTOS = PhotosField("photos", "photo.title")

# --- one list per kind --------------------------------------------------------------------------------------------

COLLECT: FieldList = (
    _outputs("collect", must_be=True),
    _weighing(optional=False),
    _supplier(optional=False),
    SOURCE_CLASS,
    _origin("collect.own_province"),
    VEHICLE,
    _ticket(optional=False, longest="200"),
    CHANNEL,
    RADIATION,
    MANIFEST,
    PHOTOS,
    DRIVER,
)
IMPORT: FieldList = (
    _outputs("import", must_be=True),
    _weighing(optional=True),
    _supplier(optional=True),
    _ticket(optional=False),
    CountryField("country", "term.country", hint="entry.country_hint", longest="2"),
    TextField("declaration_no", "term.declaration_no"),
    PlainTextField("hs_code", "term.hs_code", optional=True),
    TextField("standard", "entry.standard", optional=True),
    VEHICLE,
    SOURCE_CLASS,
    CHANNEL,
    RADIATION,
    MANIFEST,
    PHOTOS,
    DRIVER,
    _origin(),
)
OPENING: FieldList = (_outputs("opening", must_be=True), _reason(optional=False))
PRODUCE_PRIMARY: FieldList = (_outputs("produce_primary", must_be=True),)
SUPPLY: FieldList = (
    _outputs("supply", must_be=True),
    _supplier(optional=True),
    _ticket(optional=True),
    _origin(),
    TextField("certificate", "term.certificate", optional=True),
)


def _heat(kind: EventKind) -> FieldList:
    return (
        TextField(
            "heat_number", "term.heat_number", term="field_name.heat_number", optional=kind.id != "melt"
        ),
        TextField("furnace", "heat.furnace", term="field_name.furnace", optional=True),
        ChoiceField(
            "model",
            "heat.model",
            HEAT_MODELS,
            "model.",
            term="field_name.model",
            hint="heat.model_hint",
            blank="",
        ),
        MomentField("started", "term.started", term="field_name.started", optional=True),
    )


def _transformation(kind: EventKind) -> FieldList:
    heat = _heat(kind) if kind.is_heat else ()
    return (*heat, INPUTS, _outputs(kind.id), LOSS, *((UPTAKE,) if kind.has_uptake else ()))


SHIP: FieldList = (
    _lots("move.part"),
    SiteField("to", "move.to_site", term="field_name.to"),
    PartyField(
        "customer",
        "party.customer",
        term="field_name.customer",
        hint="move.outside_hint",
        name_key="customer_name",
    ),
    ChoiceField("mode", "term.mode", MODES, "mode.", term="field_name.mode", tiles=True),
    ChoiceField(
        "vehicle_class",
        "move.vehicle_class",
        VEHICLE_CLASSES,
        "vehicle.",
        term="field_name.vehicle_class",
        optional=True,
        tiles=True,
    ),
    WholeField("distance_km", "term.distance_km", term="field_name.distance_km", optional=True, counted="km"),
    VEHICLE,
    DRIVER,
)
RECEIVE: FieldList = (
    _lots("move.received"),
    _reason(optional=True, label="move.difference", hint="move.difference_hint"),
)
SHIPMENT = TextField("shipment")
RETURN: FieldList = (_lots("act.part_return"), SHIPMENT, _reason(optional=True))
SAMPLE = TextField("sample", "act.sample", optional=True)
COMPOSITION = FieldGroup(
    "composition",
    tuple(ElementField(symbol, symbol) for symbol in (*ASSAYED, *sorted(ELEMENTS - set(ASSAYED)))),
)
ASSAY: FieldList = (
    _lots(),
    ShareField(
        "metal_percent",
        "act.metal_percent",
        term="field_name.metal_fraction",
        key="metal_fraction",
        optional=True,
    ),
    SAMPLE,
    TextField("method", "act.method", optional=True),
    COMPOSITION,
)
RELABEL: FieldList = (
    _lots(),
    LabelField("code", "act.new_label", term="field_name.code"),
    _reason(optional=True),
)
INSPECT: FieldList = (
    _lots(),
    ChoiceField("subject", "act.subject", SUBJECTS, "subject.", term="field_name.subject", tiles=True),
    YesNoField(
        "passed",
        "act.result",
        term="field_name.passed",
        hint="act.result_hint",
        words=("result.passed", "result.failed"),
    ),
    TextField("reading", "act.reading", optional=True),
)
ADJUST: FieldList = (
    _lots(),
    MassField("delta_kg", "act.delta", term="field_name.delta_g", key="delta_g", hint="act.delta_hint"),
    _reason(optional=False),
)
DISPOSE: FieldList = (
    _lots("act.part_dispose"),
    ChoiceField("outcome", "term.outcome", OUTCOMES, "outcome.", tiles=True),
    WasteCodeField("waste_code", "term.waste_code", term="field_name.waste_code"),
    TextField("manifest", "term.manifest", term="field_name.manifest"),
    PartyField("receiver", "term.receiver", name_key="receiver_name"),
    TextField("licence", "act.licence", term="term.licence"),
    VEHICLE,
)
DECLARE: FieldList = (
    ChoiceField("type", term="field_name.type", words="declaration."),
    PeriodField("period", "term.period", term="field_name.period", hint="monthly.period_hint"),
    WholeField("kwh", "term.kwh", term="field_name.kwh", counted="kWh"),
    WholeField(
        "renewable_kwh",
        "term.renewable_kwh",
        term="field_name.renewable_kwh",
        optional=True,
        counted="kWh",
    ),
    CERTIFICATE,
    FuelField("fuel", "monthly.fuel", term="term.fuel"),
    ThousandthsField("fuel_amount", "monthly.fuel_amount", term="field_name.fuel_milli", key="fuel_milli"),
    FuelUnitField(
        "fuel_unit", "monthly.fuel_unit", term="field_name.fuel_unit", hint="monthly.fuel_unit_hint"
    ),
    MassField("fuel_kg", "monthly.fuel_mass", term="field_name.fuel_g", key="fuel_g", most_g=MAX_SUM_G),
    ChoiceField("emission", "monthly.emission", PROCESS_EMISSIONS, "emission.", term="field_name.emission"),
    TonnesField("co2_t", "monthly.co2", term="field_name.co2_g", key="co2_g"),
    TextField("line", "term.line"),
    MetalField("metal", "term.metal"),
    TonnesField("capacity_t", "monthly.capacity", term="field_name.capacity_g", key="capacity_g"),
    ChoiceField("level", "term.level", EFFICIENCY_LEVELS, "level."),
    CertificateKindField("certificate_kind", "monthly.certificate_kind", blank="monthly.other_certificate"),
    CertificateLevelField(
        "certificate_level", "monthly.certificate_level", blank="monthly.no_level", optional=True
    ),
    DayField("valid_from", "monthly.valid_from", optional=True, type="date"),
    BaseField("base", "monthly.base", hint="monthly.base_hint", optional=True, blank="monthly.of_site"),
    DayField("valid_until", "monthly.valid_until", term="field_name.valid_until", optional=True, type="date"),
    RegionField("region", "term.region", term="field_name.region", hint="monthly.region_hint"),
    StatisticField("indicator", "monthly.indicator", term="field_name.indicator", optional=True),
    TonnesField("output_t", "monthly.output", term="field_name.output_g", key="output_g"),
    DecimalField("value", "monthly.value", term="field_name.value", longest="30"),
    UnitField("unit", "monthly.unit", term="field_name.unit", optional=True),
    TextField("source", "monthly.source", optional=True),
    MetalsField("metals", "term.metals", term="field_name.metals", hint="monthly.metals_hint"),
)
SEAL: FieldList = (
    PeriodField("month", "term.month", term="field_name.month", hint="monthly.seal_hint", type="month"),
)
CORRECT: FieldList = (
    FieldRows("targets", (TextField("event"), WholeField("version", counted="", fills_row=False))),
    NoteField("reason", "correct.reason", hint="correct.reason_hint", lines=3),
    YesNoField("cascade", by_button=True),
)

_OF_KINDS: dict[str, FieldList] = {
    "opening": OPENING,
    "collect": COLLECT,
    "import": IMPORT,
    "produce_primary": PRODUCE_PRIMARY,
    "supply": SUPPLY,
    "ship": SHIP,
    "receive": RECEIVE,
    "return": RETURN,
    "assay": ASSAY,
    "relabel": RELABEL,
    "inspect": INSPECT,
    "adjust": ADJUST,
    "dispose": DISPOSE,
    "declare": DECLARE,
    "seal": SEAL,
    "correct": CORRECT,
}
EVENT_FIELDS: dict[str, FieldList] = {
    kind.id: (*(_OF_KINDS.get(kind.id) or _transformation(kind)), *OF_EVERY_EVENT) for kind in EVENT_KINDS
}
"""The fields of each kind's form."""
