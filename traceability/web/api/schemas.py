"""Define what the reading API answers: one marshmallow schema per object, written and described from the same fields.

They stand on this floor because nothing below answers in these shapes; drafts of events have theirs in ``wire``.
Every key is always there; null is "no data" or "does not apply", never 0.
"""

from typing import Any

from marshmallow import Schema
from marshmallow.fields import Boolean, Dict, Field, Integer, List, Nested, String

from traceability.domain.verdict import VerdictState
from traceability.services.reporting.flows.legs import STAGES


class Answer(Schema):
    """Base of everything that is answered; keys are described as always there."""

    class Meta:
        """Settings of marshmallow: its own registry is not needed."""

        register = False

    def on_bind_field(self, field_name: str, field_obj: Field[Any]) -> None:
        """Describe each key as required."""
        field_obj.required = True


class ExactAmount(Field[Any]):
    """An exact amount: a whole number, else its decimals or ratio as text; written by ``services.reporting.exact``."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value


class Open(Field[Any]):
    """A JSON object whose keys are described elsewhere."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value


def _text(description: str, **more: Any) -> String:
    return String(metadata={"description": description}, **more)


def _grams(description: str, **more: Any) -> Integer:
    return Integer(metadata={"description": description}, **more)


def _code_names() -> Dict:
    return Dict(keys=String(), values=String(), metadata={"description": "names by language"})


# --- the index, errors --------------------------------------------------------------------------------------------


class ResourceEntrySchema(Answer):
    """A resource of the index."""

    name = _text("its name")
    href = _text("its address; braces stand for a code or id")


class IndexSchema(Answer):
    """The resources, where they are described, and how far the book has come."""

    version = Integer()
    seq = _grams("number of the newest event")
    resources = List(Nested(ResourceEntrySchema))
    openapi = _text("the OpenAPI 3.1 document")
    docs = _text("the page that describes it to people")


class ReasonSchema(Schema):
    """One reason of an error: the parameter or field, a stable code, its words and figures."""

    class Meta:
        """Settings of marshmallow: its own registry is not needed."""

        register = False

    path = String(required=True)
    code = String(required=True)
    detail = String(required=True)
    figures = Open(required=True)
    lots = List(String())
    events = List(String())
    confirmable = Boolean()


class ProblemSchema(Schema):
    """An error as problem+json (RFC 9457)."""

    class Meta:
        """Settings of marshmallow: its own registry is not needed."""

        register = False

    type = String(required=True)
    title = String(required=True)
    status = Integer(required=True)
    code = String(required=True, metadata={"description": "stable; words change with the language"})
    detail = String(required=True)
    figures = Open()
    errors = List(Nested(ReasonSchema))


# --- figures ------------------------------------------------------------------------------------------------------


class TargetSchema(Answer):
    """One line of a policy document."""

    region = _text("region code, or CN")
    indicator = String()
    metals = List(String(), metadata={"description": "empty: the ten metals, or none in particular"})
    method = String()
    year = Integer(allow_none=True)
    operator = _text(">=, <=, ~ or empty")
    value = _text("a share of one, tonnes or a number, exact; null is a direction without a number", allow_none=True)  # fmt: skip
    document = String()
    clause = _text("where the documents say it, empty where nobody recorded it")
    note = _text("what else they say, in the language of the request")


class VerdictSchema(Answer):
    """How a figure stands to its target."""

    state = String(metadata={"enum": [str(state) for state in VerdictState]})
    interim = Boolean(metadata={"description": "the period is part of a year, or not over"})
    target = Nested(TargetSchema, allow_none=True)
    is_reference = Boolean(
        metadata={"description": "the target is the nation's, beside a region without one"}
    )
    firms = Integer(metadata={"description": "how many firms of this book it speaks of"})


class CoverageSchema(Answer):
    """How much of a statistic the book holds."""

    indicator = String()
    amount = ExactAmount()
    statistic = ExactAmount(metadata={"description": "null: none covers the period"})
    value = _text("rounded half up, six decimals or more", allow_none=True)
    level = String()


class GapSchema(Answer):
    """What is missing for the target, in the unit of the numerator; negative beyond it."""

    as_it_is = ExactAmount(metadata={"description": "leaving the denominator as it is"})
    growing = ExactAmount(metadata={"description": "where every gram added enters the denominator too"})


class SinceSealSchema(Answer):
    """What was booked or declared about sealed months after their seals."""

    numerator = ExactAmount()
    denominator = ExactAmount()
    sealed = String(allow_none=True)
    now = String(allow_none=True)


class FigureSchema(Answer):
    """One indicator's value, exact, with what it adds up and how it stands to its target."""

    indicator = String()
    metal = _text("empty: all that were chosen")
    metals = List(String())
    value = _text("rounded half up once; with as many decimals as its target needs", allow_none=True)
    exact = _text("the value as a ratio of whole numbers", allow_none=True)
    unit = _text("of value: 1 of a share, g of a mass, else its own")
    numerator = ExactAmount()
    denominator = ExactAmount()
    base_unit = _text("of numerator, denominator and gap")
    basis = _text("statistic or no_statistic of figures that rest on one, else empty")
    provinces = Integer(metadata={"description": "how many provinces' statistics make the nation's"})
    factors = _text("version of the factor set")
    missing = List(String(), metadata={"description": "fuels and regions without a factor"})
    withheld = _text("why a firm is not told the figure, else empty")
    coverage = List(Nested(CoverageSchema))
    verdict = Nested(VerdictSchema, allow_none=True)
    gap = Nested(GapSchema, allow_none=True)
    since = Nested(SinceSealSchema, allow_none=True)
    rows = _text("the postings behind it, as a file", allow_none=True)


class PlaceRowSchema(Answer):
    """A place with its figures."""

    level = String()
    code = String()
    names = _code_names()
    figures = List(Nested(FigureSchema))


class ReportHeadSchema(Answer):
    """What a report is of, and the state of the book that it shows."""

    period = String()
    metals = List(String())
    view = String()
    seq = _grams("the book up to this event")
    hidden = Integer(metadata={"description": "places within that are not open to who asks"})


class FiguresSchema(ReportHeadSchema):
    """Every indicator of a place, of its metals, and those that targets speak of."""

    place = Nested(PlaceRowSchema)
    targets = List(Nested(FigureSchema))


class ReportSchema(ReportHeadSchema):
    """The regional report: the provinces beside the nation, or the places within another place."""

    total = Nested(PlaceRowSchema)
    rows = List(Nested(PlaceRowSchema))
    groups = List(Nested(PlaceRowSchema))


class TargetsSchema(Answer):
    """Targets of policy documents."""

    targets = List(Nested(TargetSchema))


class PageOfAnswers(Answer):
    """A page of a list; ``next`` is the address of the following one, null at the end."""

    next = _text("address of the next page; null at the end", allow_none=True)


class TallySchema(Answer):
    """A monthly sum."""

    level = String()
    code = String()
    month = String()
    metal = String()
    account = String()
    amount = Integer()
    unit = _text("g, or g·km of transport")


class TalliesSchema(PageOfAnswers):
    """Monthly sums by month, place, metal and account."""

    tallies = List(Nested(TallySchema))


class FlowNodeSchema(Answer):
    """What a band begins or ends at: a province, country, kind of site, family or metal."""

    stage = String(metadata={"enum": list(STAGES)})
    what = String()
    code = String()


class FlowBandSchema(Answer):
    """Metal from one node to another."""

    source = Nested(FlowNodeSchema)
    target = Nested(FlowNodeSchema)
    metal = String()
    source_class = String()
    channel = _text("of a collection online or offline")
    form = String()
    buyer = _text("of what leaves: the class of the customer, unknown, or site for a site of the book")
    grams = Integer()


class FlowShareSchema(Answer):
    """A part of what came or went: by origin, channel, destination or buyer."""

    group = String(metadata={"enum": ["origin", "channel", "destination", "buyer"]})
    part = _text(
        "home, elsewhere, abroad, unknown, liquid, ore, additive; online, offline; a class of customers"
    )
    grams = Integer()
    total = Integer()
    share = _text("a ratio")


class FlowsSchema(Answer):
    """The bands of a place: what came to each stage left it, or went to stock."""

    level = String()
    code = String()
    period = String()
    view = String()
    seq = Integer()
    only_own = Boolean(
        metadata={"description": "of the sites of who asks alone, as firms are told no others'"}
    )
    received_g = _grams("metal that came to the place from outside")
    sent_product_g = _grams("metal of products that left its sites")
    share_kept = _text("the share of products that stays, a ratio", allow_none=True)
    shares = List(Nested(FlowShareSchema))
    bands = List(Nested(FlowBandSchema))


# --- lots and events ----------------------------------------------------------------------------------------------


class OriginSchema(Answer):
    """Grams of metal by class and origin."""

    source_class = String()
    origin = _text("province, IMP-country, ADD or OPEN")
    grams = Integer()


class LotSchema(Answer):
    """A lot as who asks may know it; of a lot out of view code, content and province."""

    id = String()
    code = String()
    codes = List(String(), metadata={"description": "further codes, by relabel"})
    status = String()
    site = _text("empty out of view")
    region = String()
    form = String()
    material = String()
    metal = String()
    mass_g = _grams("as it was made")
    remaining_g = Integer()
    metal_g = _grams("metal of what remains; of a lot used up, as it was made")
    classes = Dict(keys=String(), values=Integer())
    origins = List(Nested(OriginSchema))
    recycled = _text("recycled share of its metal, a ratio", allow_none=True)
    strict = _text("recycled share, strictly", allow_none=True)
    supplier = String()
    to = _text("destination site, or customer")
    parent = _text("id of the lot it was split off from")
    waste_code = String()
    made_by = _text("id of the event that made it")
    href = String()
    trace = String()


class LotsSchema(PageOfAnswers):
    """A page of lots."""

    lots = List(Nested(LotSchema))


class EventItemSchema(Answer):
    """An event in a list."""

    seq = Integer()
    id = String()
    kind = String()
    site = String()
    event_time = String()
    record_time = String()
    month = String()
    live = Boolean(metadata={"description": "false: voided by a correction"})
    href = String()


class EventsSchema(PageOfAnswers):
    """A page of events."""

    events = List(Nested(EventItemSchema))


class EpcisSchema(Answer):
    """The terms of EPCIS 2.0 and CBV 2.0; those that begin with tr: are our own."""

    type = String()
    action = String()
    biz_step = String()


class FrozenMaterialSchema(Answer):
    """A material as it was on the day of the event."""

    material = String()
    metal = String()
    family = String()
    fraction_ppm = Integer(allow_none=True)
    waste_code = String()


class ClockSchema(Answer):
    """What the clock of a device said, and the time that was recorded instead as it was wrong by ``shift_ms``."""

    device_time = _text("ISO 8601")
    corrected_time = _text("ISO 8601")
    shift_ms = Integer()


class FrozenSchema(Answer):
    """The parameters that an event keeps, whatever becomes of the reference data."""

    region = String()
    clock = Nested(ClockSchema, allow_none=True)
    roles = List(String())
    masses_g = List(Integer())
    lots = List(String())
    codes = List(String())
    materials = List(Nested(FrozenMaterialSchema))
    tare_g = Integer()
    licence = String()
    late = Boolean()
    clean = Boolean()
    to_other_firm = Boolean()
    month_digest = String()
    missing_records = List(String())


class PartSchema(Answer):
    """A lot's part in an event; null where the kind has no such amount."""

    role = String()
    lot = String()
    code = String()
    mass_g = Integer(allow_none=True)
    metal_g = Integer(allow_none=True)
    change_g = Integer(allow_none=True)


class PostingSchema(Answer):
    """What an event posted to the ledger, at sites in view."""

    account = String()
    site = String()
    region = String()
    metal = String()
    month = String()
    book_month = String()
    source_class = String()
    origin = String()
    amount = Integer()


class WarningSchema(Answer):
    """A warning that the event was recorded with."""

    code = String()
    path = String()
    figures = Open()
    unconfirmed = Boolean()


class EventRecordSchema(EventItemSchema):
    """An event: its draft in force, what it froze, its lots and postings. Of a site out of view only its lots in view."""

    draft = Open(allow_none=True)
    frozen = Nested(FrozenSchema, allow_none=True)
    epcis = Nested(EpcisSchema)
    revisions = List(Integer(), metadata={"description": "seqs of the corrections that addressed it"})
    parts = List(Nested(PartSchema))
    postings = List(Nested(PostingSchema))
    warnings = List(Nested(WarningSchema))


# --- traces -------------------------------------------------------------------------------------------------------


class TracedSchema(Answer):
    """A lot of a trace: grams of its metal that came from the traced lot, or are in it."""

    code = String()
    material = String()
    site = String()
    region = String()
    grams = Integer()


class SupplierSchema(Answer):
    """Grams by supplier, as far as who asks may know them."""

    supplier = _text("empty: without a supplier")
    name = String()
    grams = Integer()


class BackSchema(Answer):
    """Where the metal came from; the origins sum to the total."""

    total_g = Integer()
    lots = List(Nested(TracedSchema))
    origins = List(Nested(TracedSchema))
    by_origin = Dict(keys=String(), values=Integer())
    suppliers = List(Nested(SupplierSchema))
    unnamed_g = _grams("of suppliers that may not be named")


class ForwardSchema(Answer):
    """Where the metal went; what is held and what was lost sum to the total."""

    total_g = Integer()
    lots = List(Nested(TracedSchema))
    held = List(Nested(TracedSchema))
    remaining_g = Integer()
    lost_g = Integer()


class TraceSchema(Answer):
    """The lineage of a lot in both directions."""

    lot = Nested(LotSchema)
    back = Nested(BackSchema)
    forward = Nested(ForwardSchema)


# --- recording ----------------------------------------------------------------------------------------------------


class ReceiptSchema(Schema):
    """What became of one event."""

    class Meta:
        """Settings of marshmallow: its own registry is not needed."""

        register = False

    status = String(
        required=True,
        metadata={
            "enum": ["created", "duplicate", "conflict", "rejected", "held", "resolved", "dropped", "later"],
            "description": "held, resolved, dropped and later (not kept, send it again): of a queue alone",
        },
    )
    event = String()
    successor = _text("the event that was recorded for a held draft")
    reason = _text("why a held draft was dropped")
    seq = Integer()
    record_ms = Integer()
    lots = List(Open())
    head = _text("of a seal: the head of the book, SEQ:CHAIN")
    warnings = List(Open())
    error = Nested(ProblemSchema)


class ReceiptsSchema(Answer):
    """What became of each event of a batch, in its order."""

    results = List(Nested(ReceiptSchema))


class QueueReceiptsSchema(Answer):
    """What became of each draft of a queue, in its order, and what was added to their times."""

    received_at = _text("ISO 8601")
    clock_shift_ms = Integer()
    results = List(Nested(ReceiptSchema))


class JobSchema(Answer):
    """Long work: how far it has come, and its outcome."""

    job = String()
    state = String()
    href = String()
    page = String()
    done = Integer()
    total = Integer(allow_none=True)
    result = Open(allow_none=True)
    error = Open(allow_none=True)
