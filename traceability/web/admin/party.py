"""The page of one party, for supervisors of the firm that deals with it and for administrators, and the list of a firm's own."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from graph.store import Body
from traceability.domain.errors import BadInput, FieldError, NotAllowed, WriteConflict
from traceability.domain.names import choose_name
from traceability.exchange.seed_folder import check_entry
from traceability.services.directory.parties import check_credit_code, is_credit_code
from traceability.services.directory.party_changes import (
    PartyEntry,
    change_party,
    find_party_of,
    list_parties_of,
)
from traceability.web.admin.office import LICENCE_NAMES, EntryForm, find_administrator, flatten
from traceability.web.shell import current
from traceability.web.shell.session import needs_proof
from traceability.web.shell.words import t

pages = Blueprint("party", __name__, url_prefix="/parties")

LABELS = {
    "name": "sites.name", "code": "parties.code", "region": "party.region", "country": "party.country",
    "class": "flows.buyer",
} | LICENCE_NAMES  # fmt: skip
CUSTOMER = "customer"
LICENCE_CELLS = ("number", "waste_codes", "from", "until")


@pages.get("")
def list_own() -> ResponseReturnValue:
    """List the parties of a supervisor's firms."""
    if not current.work_sites():
        raise NotAllowed("person.records_nothing")
    found = list_parties_of(current.reader(), current.signed_in().id, current.now_ms())
    return render_template("admin/own_parties.html", found=found)


@pages.route("/<party_id>", methods=["GET", "POST"])
@needs_proof
def show(party_id: str) -> ResponseReturnValue:
    """Show a party, and change its name, code and licences."""
    care = find_party_of(current.reader(), current.signed_in().id, party_id, current.now_ms())
    body = care.document.body
    form = EntryForm(_fill(body), care.document.version, LABELS)
    if form.sent:
        row = _read(form, {**body, "id": party_id})
        faults = check_entry("parties.toml", row, current.store())
        code = row.get("code", "")
        if is_credit_code(code) and not check_credit_code(code):
            faults.append(FieldError("code", "party.bad_code"))
        faults += _check_place(row)
        form.refuse(faults)
        if not faults:
            try:
                change_party(current.store(), current.actor(), party_id, form.version, _make_entry(row))
            except WriteConflict:
                now = find_party_of(
                    current.reader(), current.signed_in().id, party_id, current.now_ms()
                ).document
                form.outdate(_fill(now.body), now.version)
            except BadInput as error:
                form.refuse([FieldError("name", error.code, error.figures)])
            else:
                flash(t("admin.saved"), "success")
                return redirect(url_for("party.show", party_id=party_id))
    page = render_template(
        "admin/party.html",
        form=form,
        kind=body["kind"],
        classes=[
            (id_, choose_name(names, current.language()))
            for id_, names in current.reference().customer_classes.items()
        ],
        rows=range(form.count_rows("licence") + 1),
        of_all=find_administrator().is_of_all,
    )
    return make_response(page, form.status)


def _read(form: EntryForm, stored: Body) -> Body:
    """Return what was typed as a table of parties.toml, upon what the form does not ask for."""
    row: dict[str, Any] = {name: stored[name] for name in ("id", "kind", "class") if stored.get(name)}
    told = ("name", "code", "region", "country", *(("class",) if stored["kind"] == CUSTOMER else ()))
    row |= {name: typed for name in told if (typed := form.text(name))}
    row["licence"] = form.rows("licence", LICENCE_CELLS)
    for licence in row["licence"]:
        if "waste_codes" in licence:
            licence["waste_codes"] = licence["waste_codes"].replace(",", " ").replace("，", " ").split()
    return row


def _check_place(row: dict[str, Any]) -> list[FieldError]:
    """Return what is wrong with where a party is: one place, and a region of the list."""
    region = row.get("region", "")
    if region and row.get("country"):
        return [FieldError("country", "party.place_twice")]
    if region and region not in current.reference().regions:
        return [FieldError("region", "party.unknown_region", {"code": region[:40]})]
    return []


def _make_entry(row: dict[str, Any]) -> PartyEntry:
    told = (row.get(name, "") for name in ("region", "country", "class"))
    return PartyEntry(row["name"], row.get("code", ""), row["licence"], *told)


def _fill(body: Body) -> dict[str, Any]:
    licences = [
        {**licence, "waste_codes": " ".join(licence["waste_codes"])} for licence in body.get("licences", ())
    ]
    told = {name: body.get(name, "") for name in ("code", "region", "country", "class")}
    return {"name": body["name"], **told, **flatten("licence", licences)}
