"""Define how each field of a form reads what people type, fills it in again and shows it.

    typed "1,250.5"  ──read──▶  1250500 in the draft  ──fill──▶  "1250.5" in the input
                                                      ──show──▶  "1 250.5 kg" on a page

A form is one list of these (``event_fields.py``). The name of an input is the path of its field
with hyphens (``outputs-0-mass_kg``); the key is the field's name on the wire (``mass_g``), where it
differs. Values on the wire are those of ``wire/schemas.py``, which validates them: a field only
translates, and what it cannot translate it refuses.
"""
# ruff: noqa: D102 (read, fill, show and the rest are described once, by FormField)

import re
from collections.abc import Collection, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from scanners.codes import group_code, is_code, normalise_code
from scanners.payload import read_payload
from traceability.domain.calendar import SHANGHAI
from traceability.domain.errors import BadInput, BadQuantity
from traceability.domain.event import MINUTE
from traceability.domain.names import choose_name
from traceability.domain.place import province_of
from traceability.domain.quantity import (
    MAX_MASS_G,
    MAX_SUM_G,
    clean_number,
    format_ppm,
    format_t,
    parse_kg,
    parse_percent_ppm,
    parse_ppm,
    parse_t,
    plain_width,
)
from traceability.domain.quantity import format_kg as write_kg
from traceability.domain.vocabulary import AUTHORITY
from traceability.locale import format_count, format_day, format_kg, format_month, format_time, join_words
from traceability.services.directory.parties import LONGEST_NAME
from traceability.web.shell import current
from traceability.web.shell.words import (
    country_name,
    metal_name,
    name_of,
    region_name,
    site_name,
    t,
    unit_name,
)

Names = Mapping[str, str]
"""What people call the things that events hold ids of: codes of lots, names of parties, plates."""

Options = list[tuple[str, str]]
"""What may be chosen: (value, words)."""

_LOCAL_TIME = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ] *(\d{1,2}):(\d\d)(:\d\d)?(\.\d{1,3})?)?", re.ASCII
)
_TO_THE_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d" + re.escape("+08:00"), re.ASCII)
_WHOLE_NUMBER = re.compile(r"[+-]?\d+", re.ASCII)
_MOST_DIGITS = 24
_CHINA = "+08:00"
_BALANCE = frozenset({"bal", "balance", "余量", "余", "rest"})
_YES, _NO = frozenset({"yes", "1", "true", "on"}), frozenset({"no", "0", "false"})


@dataclass(frozen=True)
class FormField:
    """An input of a form, by default a text.

    ``label`` stands above the input, ``term`` names it in a list of reasons (both codes of the
    catalogue). A field that people choose by buttons is not sent while nothing is chosen
    (``sent_when_empty``). A row of which only fields that do not ``fills_row`` are filled in counts
    as empty. What is missing in a field that ``follows`` another of its row is not said while that
    other has a fault.
    """

    name: str
    label: str = ""
    _: KW_ONLY
    term: str = ""
    hint: str = ""
    optional: bool = False
    key: str = ""
    follows: str = ""
    fills_row: bool = True

    widget: ClassVar[str] = "text"
    unit: ClassVar[str] = ""
    keyboard: ClassVar[str] = "decimal"  # that a phone brings up for a number
    fault_suffix: ClassVar[str] = ""  # of its messages, where the unit needs words of its own

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs."""
        return (self.name,)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys on the wire, of which one is stated."""
        return (self.key or self.name,)

    @property
    def sent_when_empty(self) -> bool:
        """Whether browsers send the input while nothing is filled in."""
        return self.widget not in ("tiles", "checks", "button")

    def read_inputs(self, typed: Mapping[str, list[str]], host: str) -> dict[str, Any]:
        """Return the value by its key; empty where nothing is filled in. Raises BadInput."""
        written = typed[self.name][-1].replace("\r\n", "\n").strip() if self.name in typed else ""
        return {self.keys[0]: self.read(written, host)} if written else {}

    def options(self, site: str, value: str) -> Options:
        """Return what may be chosen at a site, and what stands in the input already."""
        return []

    def fill_inputs(self, key: str, value: Any, names: Names) -> dict[str, list[str]]:
        """Return the texts of its inputs for the value of a key."""
        return {self.name: [self.fill(value, names)]}

    def read(self, written: str, host: str) -> Any:
        """Return the JSON value of a text; ``host`` is that of our own labels. Raises BadInput."""
        return written

    def fill(self, value: Any, names: Names) -> str:
        """Return the text that reads as a value."""
        return str(value)

    def show(self, value: Any, names: Names) -> str:
        """Return a value as pages show it."""
        return str(value)

    def term_of(self, key: str) -> str:
        """Return the code of what a key is called in a list of reasons."""
        return self.term or self.label

    def suffix_of(self, key: str) -> str:
        """Return how codes of messages about a key end where its unit has words of its own."""
        return self.fault_suffix


@dataclass(frozen=True)
class TextField(FormField):
    """A text on one line."""

    _: KW_ONLY
    longest: str = ""
    type: str = "text"  # of the input: text, date, month


@dataclass(frozen=True)
class PlainTextField(TextField):
    """A text of digits, Latin letters and points: a period, the code of a tariff or country, in any width."""

    def read(self, written: str, host: str) -> str:
        return plain_width(written).strip()


@dataclass(frozen=True)
class CountryField(PlainTextField):
    """The code of a country."""

    def show(self, value: Any, names: Names) -> str:
        return country_name(str(value))


@dataclass(frozen=True)
class PeriodField(PlainTextField):
    """A month or a year."""

    def show(self, value: Any, names: Names) -> str:
        return format_month(value, current.language()) if "-" in str(value) else str(value)


@dataclass(frozen=True)
class PersonField(TextField):
    """The account of a person."""

    def show(self, value: Any, names: Names) -> str:
        return names.get(str(value), str(value))


@dataclass(frozen=True)
class DecimalField(TextField):
    """A number with its sign, written as pages write it, on the wire a decimal."""

    def read(self, written: str, host: str) -> str:
        try:
            return f"{Decimal(clean_number(written) or ''):f}"
        except InvalidOperation:
            return written  # the wire says what it is not


@dataclass(frozen=True)
class NoteField(FormField):
    """A text of several lines."""

    _: KW_ONLY
    lines: int = 2
    widget: ClassVar[str] = "area"


@dataclass(frozen=True)
class DayField(TextField):
    """A day."""

    def show(self, value: Any, names: Names) -> str:
        return format_day(str(value), current.language())


@dataclass(frozen=True)
class MassField(FormField):
    """A mass typed in kilograms with at most 3 decimals, in grams on the wire."""

    _: KW_ONLY
    most_g: int = MAX_MASS_G
    widget: ClassVar[str] = "decimal"
    unit: ClassVar[str] = "kg"
    fault_suffix: ClassVar[str] = "_g"

    def read(self, written: str, host: str) -> int:
        return parse_kg(plain_width(written), self.most_g)

    def fill(self, value: Any, names: Names) -> str:
        return write_kg(value)

    def show(self, value: Any, names: Names) -> str:
        return f"{format_kg(value)} kg"


@dataclass(frozen=True)
class TonnesField(MassField):
    """A sum of a year typed in tonnes with at most 6 decimals, in grams on the wire."""

    most_g: int = MAX_SUM_G
    unit: ClassVar[str] = "t"
    fault_suffix: ClassVar[str] = "_t"

    def read(self, written: str, host: str) -> int:
        return parse_t(plain_width(written), self.most_g)

    def fill(self, value: Any, names: Names) -> str:
        return format_t(value)


@dataclass(frozen=True)
class ThousandthsField(MassField):
    """A number with at most 3 decimals in a unit stated beside it, in thousandths on the wire."""

    most_g: int = MAX_SUM_G
    unit: ClassVar[str] = ""
    fault_suffix: ClassVar[str] = ""

    def show(self, value: Any, names: Names) -> str:
        return format_kg(value)


@dataclass(frozen=True)
class ShareField(TextField):
    """A share typed in per cent, on the wire a fraction of 1."""

    unit: ClassVar[str] = "%"

    def read(self, written: str, host: str) -> str:
        return format_ppm(parse_percent_ppm(plain_width(written).removesuffix("%")))

    def fill(self, value: Any, names: Names) -> str:
        return format_ppm(100 * parse_ppm(value))

    def show(self, value: Any, names: Names) -> str:
        return f"{self.fill(value, names)} %"


@dataclass(frozen=True)
class PercentField(ShareField):
    """A share typed in per cent, which is per cent on the wire too."""

    def read(self, written: str, host: str) -> str:
        return format_ppm(100 * parse_percent_ppm(plain_width(written).removesuffix("%")))

    def fill(self, value: Any, names: Names) -> str:
        return str(value)


@dataclass(frozen=True)
class ElementField(FormField):
    """The content of an element in per cent, ``<0.01`` below the detection limit, ``bal`` the rest.

    Its input brings up the whole keyboard: a keypad for numbers has no ``<``.
    """

    widget: ClassVar[str] = "decimal"
    unit: ClassVar[str] = "%"
    keyboard: ClassVar[str] = "text"

    def read(self, written: str, host: str) -> str:
        plain = plain_width(written).strip()
        if plain.lower().rstrip(".") in _BALANCE:
            return "bal"
        below = plain.startswith("<")
        number = plain.removeprefix("<").removesuffix("%")
        return ("<" if below else "") + format_ppm(100 * parse_percent_ppm(number))

    def show(self, value: Any, names: Names) -> str:
        return t("stated.balance") if value == "bal" else f"{value} %"


@dataclass(frozen=True)
class AmountField(FormField):
    """A mass or a share, in one input with its unit beside it: moisture, impurity, metal."""

    _: KW_ONLY
    unit_input: str  # which says whether kilograms or per cent are meant
    mass: MassField
    share: ShareField
    widget: ClassVar[str] = "amount"

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.name, self.unit_input)

    @property
    def keys(self) -> tuple[str, ...]:
        return (*self.mass.keys, *self.share.keys)

    def read_inputs(self, typed: Mapping[str, list[str]], host: str) -> dict[str, Any]:
        in_percent = typed.get(self.unit_input, ["kg"])[-1] == "percent"
        field = self.share if in_percent else self.mass
        return field.read_inputs({field.name: typed[self.name]}, host) if self.name in typed else {}

    def fill_inputs(self, key: str, value: Any, names: Names) -> dict[str, list[str]]:
        if key in self.mass.keys:
            return {self.name: [self.mass.fill(value, names)]}
        return {self.name: [self.share.fill(value, names)], self.unit_input: ["percent"]}

    def show(self, value: Any, names: Names) -> str:
        return (self.mass if isinstance(value, int) else self.share).show(value, names)

    def term_of(self, key: str) -> str:
        return next((field.term for field in (self.mass, self.share) if key in field.keys), self.term)

    def unit_of(self, name: str) -> str:
        """Return the full name of the unit's input beside the input of a full name."""
        return "-".join([*name.split("-")[:-1], self.unit_input])

    def suffix_of(self, key: str) -> str:
        return self.mass.fault_suffix if key in self.mass.keys else ""


@dataclass(frozen=True)
class WholeField(FormField):
    """A whole number."""

    _: KW_ONLY
    counted: str
    widget: ClassVar[str] = "decimal"

    @property
    def unit(self) -> str:  # type: ignore[override]
        """What is counted: km, kWh."""
        return self.counted

    def read(self, written: str, host: str) -> int:
        plain = plain_width(written)
        number = clean_number(plain)
        if number is None or not _WHOLE_NUMBER.fullmatch(number):
            raise BadInput("field.not_integer", text=written[:_MOST_DIGITS])
        if len(number) > _MOST_DIGITS:
            raise BadQuantity("field.number_too_long", text=plain[:_MOST_DIGITS] + "…")
        return int(number)

    def show(self, value: Any, names: Names) -> str:
        return f"{format_count(value)} {self.counted}"


@dataclass(frozen=True)
class MomentField(FormField):
    """A time in China, which the wire states with its offset; or a day."""

    widget: ClassVar[str] = "moment"

    def read(self, written: str, host: str) -> str:
        # Browsers send 46.900 seconds as 46.9, people type 2025/3/31 8:05.
        plain = plain_width(written)
        local = _LOCAL_TIME.fullmatch(plain)
        if not local:
            return plain
        year, month, day, hour, minute, second, part = local.groups()
        date = f"{year}-{month:0>2}-{day:0>2}"
        if hour is None:
            return date
        return f"{date}T{hour:0>2}:{minute}{second or ''}{part.ljust(4, '0') if part else ''}{_CHINA}"

    def fill(self, value: Any, names: Names) -> str:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            return str(value)  # a day
        local = moment.astimezone(SHANGHAI).replace(tzinfo=None)
        exact = "milliseconds" if local.microsecond else "seconds" if local.second else "minutes"
        return local.isoformat(timespec=exact)

    def show(self, value: Any, names: Names) -> str:
        return format_time(datetime.fromisoformat(str(value)), current.language())


@dataclass(frozen=True)
class EventTimeField(MomentField):
    """When the event happened: typed to the minute it stands for the whole minute."""

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.name, "precision")

    def read_inputs(self, typed: Mapping[str, list[str]], host: str) -> dict[str, Any]:
        stated = super().read_inputs(typed, host)
        if _TO_THE_MINUTE.fullmatch(stated.get(self.name, "")):
            stated["precision"] = MINUTE
        return stated

    def fill_inputs(self, key: str, value: Any, names: Names) -> dict[str, list[str]]:
        return super().fill_inputs(key, value, names) if key == self.name else {}


@dataclass(frozen=True)
class LotCodeField(FormField):
    """A lot by the code of its label, scanned or typed; a recorded event holds the lot's id."""

    widget: ClassVar[str] = "code"

    @property
    def keys(self) -> tuple[str, ...]:
        return ("lot_code", "lot")

    def read(self, written: str, host: str) -> str:
        return _read_code(written, host)

    def fill(self, value: Any, names: Names) -> str:
        return _fill_code(names.get(value, str(value)))


@dataclass(frozen=True)
class LabelField(FormField):
    """The code of a label that a lot is to get."""

    widget: ClassVar[str] = "code"

    def read(self, written: str, host: str) -> str:
        return _read_code(written, host)

    def fill(self, value: Any, names: Names) -> str:
        return _fill_code(str(value))


WHICH = "_which"
"""How the input ends that says which of several of one name is meant."""


@dataclass(frozen=True)
class PartyField(FormField):
    """A party by its name or a vehicle by its plate; a recorded event holds the id.

    ``name_key`` is where the wire takes the name; without one a page only carries the id. Where several
    have the name that was typed, the page asks which of them is meant, in an input of its own.
    """

    _: KW_ONLY
    name_key: str = ""
    widget: ClassVar[str] = "suggest"

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.name, self.name + WHICH) if self.name_key else (self.name,)

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.name_key, self.name) if self.name_key else (self.name,)

    def read(self, written: str, host: str) -> str:
        if self.name_key and (len(written) > LONGEST_NAME or not written.isprintable()):
            raise BadInput("party.bad_name", longest=LONGEST_NAME)
        return written

    def fill(self, value: Any, names: Names) -> str:
        return names.get(value, str(value)) if self.name_key else str(value)

    def show(self, value: Any, names: Names) -> str:
        # Whom the viewer may not know has no id here.
        return names.get(str(value), str(value)) if value else t("trace.other_firm")


@dataclass(frozen=True)
class WasteCodeField(TextField):
    """The code of a hazardous waste, with those of the reference data to choose from."""

    widget: ClassVar[str] = "suggest"

    def options(self, site: str, value: str) -> Options:
        language = current.language()
        codes = current.reference().waste_codes
        return sorted((code, choose_name(names, language)) for code, names in codes.items())


@dataclass(frozen=True)
class SelectField(FormField):
    """A choice from a list; ``blank`` is what choosing nothing is called, '' offers no such."""

    _: KW_ONLY
    blank: str | None = None
    widget: ClassVar[str] = "select"

    def blank_words(self, site: str) -> str:
        """Return what choosing nothing means at a site."""
        return t(self.blank) if self.blank else ""


@dataclass(frozen=True)
class SiteField(SelectField):
    """Another site of this system."""

    def options(self, site: str, value: str) -> Options:
        sites, now_ms = current.reference().sites, current.now_ms()
        others = [
            other
            for id_, other in sites.items()
            if id_ == value or (id_ != site and AUTHORITY not in other.kinds_at(now_ms))
        ]
        return sorted(((other.id, name_of(other)) for other in others), key=lambda option: option[1])

    def show(self, value: Any, names: Names) -> str:
        return names.get(str(value)) or site_name(str(value))


@dataclass(frozen=True)
class CertificateKindField(SelectField):
    """A kind of certificate of the reference data."""

    def options(self, site: str, value: str) -> Options:
        kinds = current.reference().certificate_kinds
        return [(id_, self.show(id_, {})) for id_ in {**kinds, **({value: None} if value else {})}]

    def show(self, value: Any, names: Names) -> str:
        kind = current.reference().certificate_kinds.get(str(value))
        return kind.name(current.language()) if kind else str(value)


@dataclass(frozen=True)
class CertificateLevelField(SelectField):
    """A level that some kind of certificate is given at."""

    def options(self, site: str, value: str) -> Options:
        kinds = current.reference().certificate_kinds.values()
        levels = dict.fromkeys(level.id for kind in kinds for level in kind.levels)
        return [(id_, self.show(id_, {})) for id_ in {**levels, **({value: None} if value else {})}]

    def show(self, value: Any, names: Names) -> str:
        for kind in current.reference().certificate_kinds.values():
            if (level := kind.find_level(str(value))) is not None:
                return level.name(current.language())
        return str(value)


@dataclass(frozen=True)
class BaseField(SelectField):
    """The park or base that the site is in; one stated before is kept."""

    def options(self, site: str, value: str) -> Options:
        known = current.reference().sites.get(site)
        bases = dict.fromkeys(filter(None, (known.base if known else "", value)))
        return [(id_, self.show(id_, {})) for id_ in bases]

    def show(self, value: Any, names: Names) -> str:
        base = current.reference().bases.get(str(value))
        return name_of(base) if base else str(value)


@dataclass(frozen=True)
class FuelField(SelectField):
    """A fuel of the factor set in force; a fuel stated before is kept, whatever it is called."""

    def options(self, site: str, value: str) -> Options:
        fuels = {one.fuel: self.show(one.fuel, {}) for one in current.reference().fuels}
        return list({**fuels, **({value: self.show(value, {})} if value else {})}.items())

    def show(self, value: Any, names: Names) -> str:
        for one in current.reference().fuels:
            if one.fuel == value:
                return choose_name(one.names, current.language())
        return str(value)


@dataclass(frozen=True)
class FuelUnitField(SelectField):
    """A unit in which the factor set knows a fuel."""

    def options(self, site: str, value: str) -> Options:
        units = dict.fromkeys(one.unit for one in current.reference().fuels)
        return [(unit, self.show(unit, {})) for unit in {**units, **({value: None} if value else {})}]

    def show(self, value: Any, names: Names) -> str:
        return str(value).replace("m3", "m³")


@dataclass(frozen=True)
class RegionField(SelectField):
    """A region, or an origin from abroad."""

    def options(self, site: str, value: str) -> Options:
        regions = current.reference().regions
        provinces = [(code, region_name(code)) for code in regions if code.endswith("0000")]
        if value and value not in dict(provinces):
            provinces.append((value, region_name(value)))
        return provinces

    def blank_words(self, site: str) -> str:
        own = province_of(current.reference().sites[site].region)
        return t(self.blank, name=region_name(own)) if self.blank else ""

    def show(self, value: Any, names: Names) -> str:
        return region_name(str(value))


@dataclass(frozen=True)
class StatisticField(FormField):
    """What a statistic is of, one of the reference data; nothing is output of metals."""

    def show(self, value: Any, names: Names) -> str:
        kind = current.reference().statistics.get(str(value))
        return name_of(kind) if kind else str(value)


@dataclass(frozen=True)
class UnitField(FormField):
    """The unit of a statistic's value, which follows from what it is of."""

    def show(self, value: Any, names: Names) -> str:
        return unit_name(str(value))


@dataclass(frozen=True)
class ChoiceField(SelectField):
    """One word of a closed list; ``words`` is how the codes of their names begin."""

    choices: Collection[str] = ()
    words: str = ""
    _: KW_ONLY
    tiles: bool = False

    @property
    def widget(self) -> str:  # type: ignore[override]
        """Few choices are tiles, more are a list."""
        return "tiles" if self.tiles else "select"

    def options(self, site: str, value: str) -> Options:
        return [(word, self.show(word, {})) for word in self.choices]

    def show(self, value: Any, names: Names) -> str:
        code = self.words + str(value)
        words = t(code)
        return str(value) if words == code else words


@dataclass(frozen=True)
class MetalField(SelectField):
    """A metal of the reference data."""

    def options(self, site: str, value: str) -> Options:
        return [(metal, metal_name(metal)) for metal in current.reference().metals]

    def show(self, value: Any, names: Names) -> str:
        return metal_name(str(value))


@dataclass(frozen=True)
class YesNoField(FormField):
    """Yes or no; ``words`` are the codes of what they are called here."""

    _: KW_ONLY
    words: tuple[str, str] = ("stated.yes", "stated.no")
    by_button: bool = False

    @property
    def widget(self) -> str:  # type: ignore[override]
        """Two tiles, or the button that sends the form."""
        return "button" if self.by_button else "tiles"

    def options(self, site: str, value: str) -> Options:
        return [("yes", t(self.words[0])), ("no", t(self.words[1]))]

    def read(self, written: str, host: str) -> Any:
        plain = plain_width(written).lower()
        return plain in _YES if plain in _YES | _NO else written

    def fill(self, value: Any, names: Names) -> str:
        return "yes" if value else "no"

    def show(self, value: Any, names: Names) -> str:
        return t(self.words[0] if value else self.words[1])


@dataclass(frozen=True)
class ListField(FormField):
    """Several values of one name."""

    widget: ClassVar[str] = "checks"

    def read_inputs(self, typed: Mapping[str, list[str]], host: str) -> dict[str, Any]:
        values = [value.strip() for value in typed.get(self.name, ()) if value.strip()]
        return {self.keys[0]: values} if values else {}

    def fill_inputs(self, key: str, value: Any, names: Names) -> dict[str, list[str]]:
        return {self.name: [str(one) for one in value]}


@dataclass(frozen=True)
class MetalsField(ListField):
    """Metals of the reference data, each to be ticked."""

    def options(self, site: str, value: str) -> Options:
        return [(metal, metal_name(metal)) for metal in current.reference().metals]

    def show(self, value: Any, names: Names) -> str:
        metals = [value] if isinstance(value, str) else value
        return join_words([metal_name(str(metal)) for metal in metals], current.language())


@dataclass(frozen=True)
class PhotosField(ListField):
    """The photos of a record by their digests; ``photos.py`` takes in the files."""

    widget: ClassVar[str] = "photos"


@dataclass(frozen=True)
class FieldGroup:
    """Fields that are one object on the wire: a weighing, an approval."""

    name: str
    fields: tuple["FormItem", ...]


@dataclass(frozen=True)
class FieldRows:
    """Fields that repeat: lots, documents.

    The first row counts, although nothing is filled in, if it ``must_be``. An ``anchored`` list has
    a place on the page for what is wrong with it as a whole.
    """

    name: str
    fields: tuple["FormItem", ...]
    must_be: bool = False
    anchored: bool = False


FormItem = FormField | FieldGroup | FieldRows
FieldList = tuple[FormItem, ...]


def find_field(fields: FieldList, path: str) -> FormField | None:
    """Return the field at a path of keys or inputs, ``outputs.0.mass_g``; None for none."""
    for part in path.replace("-", ".").split("."):
        if part.isdigit():
            continue
        for item in fields:
            if isinstance(item, FormField):
                if part in item.keys or part in item.inputs:
                    return item
            elif item.name == part:
                fields = item.fields
                break
        else:
            return None
    return None


def _read_code(written: str, host: str) -> str:
    scanned = read_payload(written, host)
    if scanned.kind in ("lot", "code") and scanned.code:
        return scanned.code
    raise BadInput(scanned.reason or "scan.not_a_code")


def _fill_code(text: str) -> str:
    """Return a code as its label shows it; the id of a lot without one as it is."""
    return group_code(text) if is_code(normalise_code(text)) else text
