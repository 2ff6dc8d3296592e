"""Pages of targets: what which document asks of a region, in which year."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from graph.store import Body
from traceability.domain.errors import FieldError, WriteConflict
from traceability.exchange.seed import NOTES, target_entry
from traceability.exchange.seed_folder import check_entry
from traceability.locale import describe_language, list_codes
from traceability.services.directory.master_data import find_master_data, list_master_data, put_master_data
from traceability.web.admin.office import EntryForm, administrator_of_all
from traceability.web.shell import current
from traceability.web.shell.session import needs_proof
from traceability.web.shell.words import t

pages = Blueprint("targets", __name__, url_prefix="/admin/targets")

SHOWN = 50
KEYS = ("region", "metal", "indicator", "year")
VALUES = ("method", "operator", "value", "document", "clause", *NOTES.values())
LABELS = {"region": "sites.region"} | {
    name: f"targets.{name}" for name in ("metal", "indicator", "year", *VALUES)
}
OPERATORS = ((">=", "≥"), ("<=", "≤"), ("~", "≈"))


@pages.get("")
def list_all() -> ResponseReturnValue:
    """List the targets, of one region or all."""
    administrator_of_all()
    region = request.args.get("region", "")[:20].strip()
    after = request.args.get("after", "")[:200]
    found = [
        one for one in list_master_data(current.reader(), "target") if region in ("", one.body["region"])
    ]
    rest = [one for one in found if one.id > after]
    following = rest[SHOWN - 1].id if len(rest) > SHOWN else ""
    return render_template(
        "admin/targets.html",
        found=rest[:SHOWN],
        count=len(found),
        region=region,
        first=url_for("targets.list_all", region=region) if after else "",
        next=url_for("targets.list_all", region=region, after=following) if following else "",
    )


@pages.route("/new", methods=["GET", "POST"])
@needs_proof
def add() -> ResponseReturnValue:
    """Add a target."""
    administrator_of_all()
    form = EntryForm({}, 0, LABELS)
    if form.sent:
        row = {name: form.text(name) for name in (*KEYS, *VALUES)} | {"note": ""}
        form.version = 0
        if _store(form, row):
            return redirect(url_for("targets.list_all"))
    return _page(form, "")


@pages.route("/<target_id>", methods=["GET", "POST"])
@needs_proof
def show(target_id: str) -> ResponseReturnValue:
    """Show a target, and change what is asked; region, metals, indicator and year say which target it is."""
    administrator_of_all()
    stored = find_master_data(current.reader(), "target", target_id)
    filled = _fill(stored.body)
    form = EntryForm(filled, stored.version, LABELS)
    if form.sent:
        row = {name: filled[name] for name in KEYS} | {name: form.text(name) for name in VALUES}
        row["note"] = stored.body["note"]
        if _store(form, row):
            return redirect(url_for("targets.list_all"))
    return _page(form, target_id)


def _store(form: EntryForm, row: dict[str, str]) -> bool:
    faults = check_entry("targets.csv", row, current.store())
    if not row["document"]:
        faults.append(FieldError("document", "field.required"))
    form.refuse(faults)
    if faults:
        return False
    entry = target_entry(row)
    try:
        put_master_data(current.store(), current.actor(), entry, form.version)
    except WriteConflict as error:
        if not form.version:
            form.refuse([FieldError("region", error.code, error.figures)])
            return False
        now = find_master_data(current.reader(), "target", entry.id)
        form.outdate(_fill(now.body), now.version)
        return False
    flash(t("admin.saved"), "success")
    return True


def _fill(body: Body) -> dict[str, Any]:
    return {
        **{name: str(body.get(name) or "") for name in ("region", "indicator", "year", *VALUES)},
        **{name: body.get("notes", {}).get(language, body["note"]) for language, name in NOTES.items()},
        "metal": "+".join(body["metals"]),
    }


def _page(form: EntryForm, target_id: str) -> ResponseReturnValue:
    codes = sorted(list_codes("indicator."))
    page = render_template(
        "admin/target.html",
        form=form,
        target_id=target_id,
        indicators=[(code.partition(".")[2], t(code)) for code in codes],
        operators=OPERATORS,
        notes=[(name, describe_language(language).name) for language, name in NOTES.items()],
    )
    return make_response(page, form.status)
