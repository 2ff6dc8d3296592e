"""The page of what auditors' analyses call unusual."""

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import WriteConflict
from traceability.domain.findings import Thresholds
from traceability.services.auditing.analysis import find_thresholds
from traceability.services.auditing.thresholds import find_setting, make_setting, write_threshold
from traceability.services.directory.master_data import put_master_data
from traceability.web.admin.office import EntryForm, administrator_of_all
from traceability.web.shell import current
from traceability.web.shell.session import needs_proof
from traceability.web.shell.words import t

pages = Blueprint("thresholds", __name__, url_prefix="/admin/thresholds")

LABELS = {name: f"threshold.{name}" for name in Thresholds._fields}


@pages.route("", methods=["GET", "POST"])
@needs_proof
def show() -> ResponseReturnValue:
    """Show the thresholds of the analyses, and change them."""
    administrator_of_all()
    stored, version = find_setting(current.reader())
    form = EntryForm(_fill(), version, LABELS)
    if form.sent:
        entry, faults = make_setting(stored, {name: form.text(name) for name in LABELS})
        form.refuse(faults)
        if not faults:
            try:
                put_master_data(current.store(), current.actor(), entry, form.version)
            except WriteConflict:
                form.outdate(_fill(), version)
            else:
                flash(t("admin.saved"), "success")
                return redirect(url_for("thresholds.show"))
    page = render_template("admin/thresholds.html", form=form, labels=LABELS)
    return make_response(page, form.status)


def _fill() -> dict[str, str]:
    limits = find_thresholds(current.reader())._asdict()
    return {name: write_threshold(name, value) for name, value in limits.items()}
