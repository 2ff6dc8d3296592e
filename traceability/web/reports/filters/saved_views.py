"""Save the view of a report page by name, list the saved ones, and forget them."""

from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from traceability.domain.errors import BadInput
from traceability.services.directory.saved_views import forget_view, list_views, save_view
from traceability.web.shell import current
from traceability.web.shell.words import t

pages = Blueprint("saved_views", __name__)


@pages.get("/views")
def list_own() -> ResponseReturnValue:
    """List the person's saved views."""
    return render_template(
        "reports/saved_views.html", views=list_views(current.reader(), current.signed_in().id)
    )


@pages.post("/views")
def save() -> ResponseReturnValue:
    """Save the view that the person looks at, and go back to it."""
    address = _check_address(request.form.get("address", ""))
    view = save_view(current.store(), current.signed_in().id, request.form.get("name", ""), address)
    flash(t("saved_view.saved", name=view.name), "success")
    return redirect(address)


@pages.post("/views/forget")
def forget() -> ResponseReturnValue:
    """Forget a saved view."""
    forget_view(current.store(), current.signed_in().id, request.form.get("view", ""))
    flash(t("saved_view.forgotten"), "success")
    return redirect(url_for("saved_views.list_own"))


def _check_address(address: str) -> str:
    """Return the address of a report page of this system. Raises BadInput: a link of ours leads nowhere else."""
    try:
        parts = urlsplit(address)
    except ValueError as error:  # "//[" is no address
        raise BadInput("saved_view.bad_address") from error
    if (
        parts.scheme
        or parts.netloc
        or not parts.path.startswith("/")
        or "\\" in address
        or not address.isprintable()
    ):
        raise BadInput("saved_view.bad_address")
    try:
        endpoint, _ = current_app.url_map.bind("localhost").match(parts.path)
    except HTTPException as error:
        raise BadInput("saved_view.bad_address") from error
    if f"{endpoint}_file" not in current_app.view_functions:
        raise BadInput("saved_view.bad_address")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
