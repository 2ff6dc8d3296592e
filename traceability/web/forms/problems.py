"""The reasons against what was typed, each in words beside the input that it is about."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from traceability.domain.errors import FieldError, Violation
from traceability.web.forms.fields import WHICH, FormField
from traceability.web.forms.form_reader import FormReading
from traceability.web.shell import current
from traceability.web.shell.words import say, t

FormFault = FieldError | Violation
"""What stands against a draft: a field that cannot be read, or a rule that is broken."""

_ENVELOPE_TERMS = {
    "id": "field_name.id",
    "site": "term.site",
    "actor": "term.actor",
    "targets": "field_name.targets",
}
"""What the parts of a draft are called that no input of the form states."""


class Problem(NamedTuple):
    """A reason: the input it stands beside ('' for none), its words."""

    name: str
    text: str


class ProblemList:
    """The reasons against a form in the order of finding them, and the status of the answer.

    ``weight`` is the input that asks for the weight first, where that is not the mass of a row.
    """

    def __init__(self, weight: str = "") -> None:
        self.status = 200
        self.all: list[Problem] = []
        self._weight = weight
        self._beside: dict[Problem, str] = {}  # shorter words, where a label stands above them

    def add(self, name: str, text: str, term: str = "") -> None:
        """Add a reason. In the list of all reasons its words begin with the ``term`` of its field."""
        problem = Problem(name, t("form.of_field", name=term, text=text) if term else text)
        if problem not in self.all:
            self.all.append(problem)
            self._beside[problem] = text

    def beside(self, name: str) -> list[str]:
        """Return what is wrong with an input."""
        return [self._beside[problem] for problem in self.all if problem.name == name]

    def refuse(self, faults: Sequence[FormFault], reading: FormReading, known: Collection[str]) -> None:
        """Add faults of the body that was read, each beside its input among the ``known`` ones."""
        self.status = 422
        reference = current.reference()
        paths = {fault.path for fault in faults}
        for fault in faults:
            field = reading.find_field(fault.path)
            if field and fault.code == "field.required" and _sibling(fault.path, field.follows) in paths:
                continue
            if fault.code == "rule.mass_missing" and self._weight:
                self.add(self._weight, t("form.no_weight"))
                continue
            if fault.code == "rule.party_unclear":
                self.add(reading.find_input(fault.path, known) + WHICH, t("form.which_party"))
                continue
            name = reading.find_input(_path_of(fault, reading), known) if fault.path else ""
            # The words of a rule say what it is about; those of a field only what is wrong with it.
            text = say(_in_words_for_people(fault, field), reference)
            self.add(name, text[:1].upper() + text[1:], _term_of(fault, field))


def _sibling(path: str, name: str) -> str:
    """Return the path of another field of the same row or part; '' for none."""
    return f"{path.rpartition('.')[0]}.{name}".lstrip(".") if name else ""


def _path_of(fault: FormFault, reading: FormReading) -> str:
    """Return the path that a fault is shown at: one field, where a rule names a row as a whole."""
    if fault.code == "rule.weighing_mismatch":
        return f"{fault.path}.0.mass_g" if fault.path == "outputs" else f"{fault.path}.mass_g"
    if fault.code == "rule.metal_exceeds_mass":
        return f"{fault.path}.mass_g"
    if fault.path == "shipment":  # follows from the lot
        return "lots.0.lot_code"
    if fault.code == "rule.deductions_exceed_net" and fault.path == "weighing":
        weighing = reading.body.get("weighing", {})
        impure = "impurity_g" in weighing or "impurity_percent" in weighing
        return "weighing.impurity_g" if impure else "weighing.moisture_g"
    return fault.path


def _in_words_for_people(fault: FormFault, field: FormField | None) -> FormFault:
    """Return the fault with the code of words for people, which speak of no offsets and grams."""
    if isinstance(fault, FieldError):
        if fault.path == "shipment":
            return fault._replace(code="typed.no_shipment")
        stem = fault.code.replace("field.", "typed.", 1)
        suffix = field.suffix_of(fault.path.rpartition(".")[2]) if field else ""
        for code in dict.fromkeys((stem + suffix, stem)):
            if t(code) != code:
                return fault._replace(code=code)
    return fault


def _term_of(fault: FormFault, field: FormField | None) -> str:
    """Return what the field of a fault is called; '' for a rule, and where it has no name."""
    if isinstance(fault, Violation) or fault.path == "shipment":
        return ""
    key = fault.path.rpartition(".")[2]
    code = field.term_of(key) if field else _ENVELOPE_TERMS.get(fault.path, "")
    return t(code) if code else ""
