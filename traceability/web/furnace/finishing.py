"""Finish a heat: what was made of its charge is stated, shown before it is recorded, and ends the heat."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from graph.store import Writer
from scanners.codes import group_code
from traceability.domain.errors import BadDraft, EventConflict, FieldError
from traceability.domain.event import Draft
from traceability.domain.kinds import WITH_UPTAKE
from traceability.domain.material import Material
from traceability.domain.quantity import format_kg as write_kg
from traceability.locale import join_words
from traceability.services.operations import charging
from traceability.services.operations.charging import HeatCharge
from traceability.services.operations.heat_assay import ASSAYING, list_assays, record_assays
from traceability.services.operations.heats import close_heat, read_heat, state_approvals
from traceability.services.recording.capture import Receipt
from traceability.services.recording.judge import Deliverer
from traceability.services.recording.open_work import WorkState
from traceability.services.recording.preview import preview_event
from traceability.web.forms.closed_meanwhile import lead_to_closed
from traceability.web.forms.event_fields import COMPOSITION, DOCUMENTS, SAMPLE
from traceability.web.forms.fields import FieldList
from traceability.web.forms.form import SPECTRUM, EventForm, EventPage, tell
from traceability.web.forms.purpose import ClosingWork
from traceability.web.furnace.bundles import BUNDLES, MADE, spread_outputs
from traceability.web.record.processing import preview_of
from traceability.web.record.spectrum import SPECTRUM_ACTIONS, find_spectrum, list_elements, read_spectrum
from traceability.web.shell import current
from traceability.web.shell.words import name_of, say, t
from traceability.wire import load_draft

READ_OF_SAMPLE = (SAMPLE.name, f"{COMPOSITION.name}-", SPECTRUM)  # what inputs of a sample begin with
OF_SAMPLE = (SAMPLE.name, COMPOSITION.name, DOCUMENTS.name)
pages = Blueprint("furnace_finish", __name__, url_prefix="/furnace")


class ClosingHeat(ClosingWork):
    """Ends a heat that is as it was when the form was compared with it."""

    fields: FieldList = (MADE, SAMPLE, COMPOSITION)
    sample: Draft | None = None  # what was found of the products, None where nothing is stated
    sample_faults: Sequence[FieldError] = ()
    assays: Sequence[Draft] = ()
    deliverer: Deliverer | None = None

    def wrap(self, envelope: dict[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
        """Return the envelope with what is stated; what was made stands among the outputs, a sample in assays of these."""
        self._read_sample(envelope, {name: stated[name] for name in OF_SAMPLE if name in stated})
        left_out = {MADE.name, *OF_SAMPLE}
        return super().wrap(envelope, {name: value for name, value in stated.items() if name not in left_out})

    def _read_sample(self, envelope: dict[str, Any], found: dict[str, Any]) -> None:
        self.sample, self.sample_faults = None, ()
        if not found.keys() & {SAMPLE.name, COMPOSITION.name}:
            return
        try:
            self.sample = load_draft({**envelope, "kind": ASSAYING, "lots": [{"lot": self.id}], **found})
        except BadDraft as error:
            self.sample_faults = error.fields

    def list_assays(self, draft: Draft) -> list[Draft]:
        """Return the assays that are recorded with the heat's draft."""
        return list_assays(draft, self.sample) if self.sample else []

    def hand_in(self, draft: Draft, deliverer: Deliverer) -> tuple[Draft, Deliverer]:
        """Return both with what supervisors approved while the heat was charged. Raises EventConflict."""
        self.assays, self.deliverer = self.list_assays(draft), deliverer
        if draft.approval and self.assays:
            draft = self._leave_approval_to_assays(draft)
        preview = preview_event(current.reader(), draft, current.now_ms())
        return state_approvals(read_heat(self._work), draft, deliverer, preview.violations)

    def _leave_approval_to_assays(self, draft: Draft) -> Draft:
        """Return the draft without an approval that nothing of the heat itself asks for."""
        alone = draft._replace(approval=None)
        try:
            preview = preview_event(current.reader(), alone, current.now_ms())
        except EventConflict:  # it was recorded with the approval
            return draft
        return draft if preview.violations else alone

    def then(self, writer: Writer, receipt: Receipt) -> None:
        """Record the assays of the products and close the heat.

        Raises what refuses an assay, WriteConflict where the heat was cancelled, or charged by another device, meanwhile.
        """
        if self.deliverer is not None:
            record_assays(writer, self.assays, self.deliverer, self._actor.now_ms)
        close_heat(writer, self._viewer, self.id, self._actor, self._work.version)


@pages.route("/<uuid:heat_id>/finish", methods=["GET", "POST"])
def finish(heat_id: UUID) -> ResponseReturnValue:
    """Show what the heat becomes, and record it."""
    charge = charging.show_charge(current.reader(), current.viewer(), str(heat_id))
    if charge.work.state is WorkState.CANCELLED or not charge.rows:
        flash(t("heat.nothing_charged") if charge.work.state is WorkState.OPEN else t("work_state.cancelled"), "warning")  # fmt: skip
        return redirect(url_for("furnace.show", heat_id=heat_id))
    # What is sent again is told what it was.
    if charge.work.state is WorkState.CLOSED and request.method != "POST":
        return redirect(url_for("furnace.show", heat_id=heat_id))
    purpose = ClosingHeat(charge.work, current.viewer(), current.actor())
    form = EventForm(charge.heat.kind, _page(charge, purpose), _start(charge), purpose)
    if form.action in SPECTRUM_ACTIONS:
        read_spectrum(form)
    changed = form.sent and charge.work.state is WorkState.OPEN and _bring_up_to_date(form, charge)
    receipt, heat_page = None if changed else form.record(), url_for("furnace.show", heat_id=heat_id)
    if receipt:
        tell(receipt, receipt.event)
        if purpose.assays:
            flash(t("heat.assayed", count=len(purpose.assays)), "success")
        for warning in receipt.warnings:
            flash(say(warning, current.reference()), "warning")
        return redirect(heat_page)
    if closed := lead_to_closed(charge.work, heat_page):
        return closed
    wants_preview = form.action == "preview" and not changed
    return form.page(preview=preview_of(form, purpose.list_assays) if wants_preview else None)


def _page(charge: HeatCharge, purpose: ClosingHeat) -> EventPage:
    def context(form: EventForm) -> dict[str, Any]:
        return {
            "charge": charge,
            "furnace_name": charge.furnace.name if charge.furnace else charge.heat.furnace,
            "charged_g": charge.forecast.forecast.mass_g,
            "metal_g": charge.forecast.forecast.metal_g,
            "choices": {one.name: _list_materials(charge, one.form) for one in BUNDLES},
            "elements": list_elements(form),
            "spectrum": find_spectrum(form),
            "sampled": any(form.typed.get(name) for name in form.typed if name.startswith(READ_OF_SAMPLE)),
            "has_uptake": charge.heat.kind in WITH_UPTAKE,
            "bundle_problems": [words for name, words in form.problems if name.startswith("outputs")],
        }

    faults: list[FieldError] = []

    def settle(form: EventForm) -> None:
        faults[:] = spread_outputs(form)

    return EventPage(
        "furnace/finish.html", context, settle=settle, check=lambda form: (*faults, *purpose.sample_faults)
    )


def _list_materials(charge: HeatCharge, form: str) -> list[tuple[str, str]]:
    """Return the materials of a form that a heat of the alloy can leave, (id, name)."""
    materials = current.reference().materials
    alloy = materials.get(charge.heat.alloy)

    def fits(one: Material) -> bool:
        return form in one.forms and (alloy is None or one.metal in ("", alloy.metal))

    listed = [one for one in materials.values() if fits(one)]
    listed.sort(key=lambda one: one.id != charge.heat.alloy)
    return [(one.id, name_of(one)) for one in listed]


def _start(charge: HeatCharge) -> dict[str, str]:
    start = {
        "heat_number": charge.work.number,
        "furnace": charge.furnace.name if charge.furnace else charge.heat.furnace,
        "model": "heat",
        BUNDLES[0].material: charge.heat.alloy,
        **_list_inputs(charge),
    }
    for one in BUNDLES[1:]:
        known = [id_ for id_, _ in _list_materials(charge, one.form)]
        left = charging.list_left_materials(current.reader(), charge.work.site, one.form, known)
        start[one.material] = (left or [""])[0]
    return start


def _list_inputs(charge: HeatCharge) -> dict[str, str]:
    inputs: dict[str, str] = {}
    for number, one in enumerate(charge.rows):
        inputs[f"inputs-{number}-lot_code"] = one.row.code
        if one.row.mass_g is not None:
            inputs[f"inputs-{number}-mass_kg"] = write_kg(one.row.mass_g)
    return inputs


def _bring_up_to_date(form: EventForm, charge: HeatCharge) -> bool:
    """Put in what is charged now, and tell what that changed since the page was shown; return whether it did."""
    now = _list_inputs(charge)
    then = {name: value for name, value in form.typed.items() if name.startswith("inputs-") and value}
    if now == then:
        return False
    for name in [name for name in form.typed if name.startswith("inputs-")]:
        form.typed.pop(name)
    for name, value in now.items():
        form.typed[name] = value
    codes = [
        {group_code(value) for name, value in one.items() if name.endswith("-lot_code")}
        for one in (now, then)
    ]
    added, gone = sorted(codes[0] - codes[1]), sorted(codes[1] - codes[0])
    language = current.language()
    words = [t("heat.charged_meanwhile", codes=join_words(added, language))] if added else []
    words += [t("heat.removed_meanwhile", codes=join_words(gone, language))] if gone else []
    form.object_to("", " ".join(words) or t("heat.changed_meanwhile", number=charge.work.number))
    return True
