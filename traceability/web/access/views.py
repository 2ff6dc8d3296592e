"""Show and end one's own sessions; let administrators enrol yard devices and make tokens, and revoke both."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.errors import BadInput, NotFound
from traceability.services.directory import devices, sessions
from traceability.services.directory.people import find_people, list_people
from traceability.services.directory.sessions import NewSession
from traceability.web.admin.office import administrator_of_all, find_administrator, name_problems
from traceability.web.shell import current
from traceability.web.shell.drafts import note_sent
from traceability.web.shell.session import DEVICE_SECONDS, needs_proof, set_own_cookie
from traceability.web.shell.words import say, t

pages = Blueprint("access", __name__)

DAYS = "90"  # of a token, where nothing else is typed
LONGEST_NUMBER = 4
TOKEN_FIELDS = {"access.bad_label": "label", "token.bad_scopes": "scope", "token.bad_days": "days"}
"""Where on the page a fault of a token is told."""
TOKEN_NAMES = {
    "label": "access.label",
    "person": "token.person",
    "scope": "token.scopes",
    "days": "token.days",
}
DEVICE_NAMES = {"label": "access.label", "site": "lot.site"}
LONGEST_CODE = 40


# --- one's own -----------------------------------------------------------------------------------------------------


@pages.get("/account")
def show() -> ResponseReturnValue:
    """Show the person's sessions and tokens."""
    found = current.signed_in_as()
    assert found is not None, "the view asks for a sign-in"
    reader, now_ms = current.reader(), current.now_ms()
    return render_template(
        "access/account.html",
        here_now=found.session.id,
        sessions=sorted(
            sessions.list_sessions(reader, found.person, now_ms), key=lambda one: one.id != found.session.id
        ),
        tokens=sessions.list_tokens(reader, now_ms, found.person.id),
        gives_access=find_administrator().is_of_all,
    )


@pages.post("/account/end")
@needs_proof
def end() -> ResponseReturnValue:
    """End one of the person's sessions or tokens, or every session but this one.

    Whoever found the desk unattended does not sign its owner out elsewhere: the password is asked for.
    """
    found = current.signed_in_as()
    assert found is not None, "the view asks for a sign-in"
    wanted = request.form.get("session", "")
    if wanted:
        sessions.revoke_session(current.store(), wanted, current.actor(), owner=found.person.id)
    else:
        sessions.end_others(current.store(), found, current.actor())
    flash(t("access.ended"), "success")
    return redirect(url_for("access.show"))


# --- yard devices --------------------------------------------------------------------------------------------------


@pages.route("/admin/devices", methods=["GET", "POST"])
@needs_proof
def list_devices() -> ResponseReturnValue:
    """List the enrolled devices, and make the code that enrols another one."""
    administrator_of_all()
    faults: dict[str, str] = {}
    code = ""
    sites = sorted(site.id for site in current.reference().sites.values() if not site.is_authority)
    if request.method == "POST":
        site = request.form.get("site", "")
        if site not in sites:
            faults["site"] = t("access.no_site")
        try:
            label = devices.check_label(request.form.get("label", ""))
        except BadInput as error:
            faults["label"] = say(error)
        if not faults:
            code = devices.make_code(current.store(), label, site, current.actor())
            note_sent()
    listed = devices.list_devices(current.reader(), current.now_ms())
    people = find_people(current.reader(), {device.made_by for device in listed})
    page = render_template(
        "access/devices.html",
        devices=listed,
        names={id_: person.name for id_, person in people.items()},
        sites=sites,
        faults=faults,
        problems=name_problems(faults, DEVICE_NAMES),
        code=code,
        typed={} if code else request.form,
        address=current.settings().public_url + url_for("access.enrol"),
    )
    return make_response(page, 422 if faults else 200)


@pages.post("/admin/devices/revoke")
def revoke_device() -> ResponseReturnValue:
    """Take a device out; whoever is signed in there is so no more."""
    administrator_of_all()
    if devices.revoke_device(current.store(), request.form.get("device", ""), current.actor()):
        flash(t("device.revoked"), "success")
    return redirect(url_for("access.list_devices"))


@pages.route("/enrol", methods=["GET", "POST"])
def enrol() -> ResponseReturnValue:
    """Make this browser a yard device by a code that an administrator made; nobody need be signed in."""
    fault = ""
    if request.method == "POST":
        try:
            typed = request.form.get("code", "")[:LONGEST_CODE]
            made = devices.enrol(current.store(), typed, current.now_ms(), request.remote_addr or "")
        except NotFound as error:
            fault = say(error)
        else:
            flash(t("device.enrolled", name=made.device.label), "success")
            answer = make_response(redirect(url_for("session.enter")))
            set_own_cookie(answer, current.DEVICE_COOKIE, made.token, DEVICE_SECONDS)
            return answer
    return make_response(render_template("access/enrol.html", fault=fault), 422 if fault else 200)


# --- tokens of programs --------------------------------------------------------------------------------------------


@pages.route("/admin/tokens", methods=["GET", "POST"])
@needs_proof
def list_tokens() -> ResponseReturnValue:
    """List the tokens, and make another one, which is shown once."""
    administrator_of_all()
    faults: dict[str, str] = {}
    made = None
    if request.method == "POST":
        made = _make_token(faults)
        if made:
            note_sent()
    listed = sessions.list_tokens(current.reader(), current.now_ms())
    people = list_people(current.reader())
    page = render_template(
        "access/tokens.html",
        tokens=listed,
        names={person.id: person.name for person in people},
        people=[(person.id, f"{person.name} ({person.id})") for person in people if not person.disabled],
        scopes=sessions.SCOPES,
        faults=faults,
        problems=name_problems(faults, TOKEN_NAMES),
        made=made,
        typed={"days": DAYS} if made or request.method == "GET" else request.form,
        chosen=[] if made else request.form.getlist("scope"),
        most_days=sessions.MOST_DAYS,
    )
    return make_response(page, 422 if faults else 200)


def _make_token(faults: dict[str, str]) -> NewSession | None:
    """Make the token that was asked for; None with what is wrong, by input, where something is."""
    typed = request.form.get("days", "").strip()
    days = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= LONGEST_NUMBER else 0
    label, scopes = request.form.get("label", ""), request.form.getlist("scope")
    person = request.form.get("person", "").strip()
    for fault in sessions.list_token_faults(label, scopes, days):
        faults[TOKEN_FIELDS[fault.code]] = say(fault)
    if not person:
        faults["person"] = t("field.required")
    if faults:
        return None
    try:
        return sessions.make_token(current.store(), person, label, scopes, days, current.actor())
    except (BadInput, NotFound) as error:
        faults["person"] = say(error)
        return None


@pages.post("/admin/tokens/revoke")
def revoke_token() -> ResponseReturnValue:
    """Revoke a token; the program's next request is refused."""
    administrator_of_all()
    if sessions.revoke_session(current.store(), request.form.get("token", ""), current.actor()):
        flash(t("token.revoked"), "success")
    return redirect(url_for("access.list_tokens"))
