"""Pages of accounts: the people of an administrator's scope, their roles, passwords and state."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from traceability.domain.administration import NO_END
from traceability.domain.errors import BadInput, FieldError, NotAllowed, WriteConflict
from traceability.domain.vocabulary import ROLES
from traceability.exchange.seed import read_roles
from traceability.exchange.seed_folder import check_entry
from traceability.locale import LANGUAGES, describe_languages
from traceability.services.directory import accounts
from traceability.services.directory.accounts import ManagedAccount, NewPassword
from traceability.web.admin.office import EntryForm, administrator, flatten
from traceability.web.shell import current
from traceability.web.shell.drafts import note_sent
from traceability.web.shell.session import flash_refusal, needs_proof
from traceability.web.shell.words import say, t

pages = Blueprint("people", __name__, url_prefix="/admin/people")

SHOWN = 50
ROLE_CELLS = ("role", "scope", "from", "until")
SPARE_ROWS = 1
FIRST_ROWS = 2  # of an account that is added
NAMES = {
    "id": "session.name", "name": "people.name", "language": "people.language", "roles": "people.roles",
    "roles.role": "people.role", "roles.scope": "people.scope", "roles.from": "people.from", "roles.until": "people.to",
}  # fmt: skip
CHANGES = {"disable": accounts.disable_account, "enable": accounts.enable_account}


@pages.get("")
def list_all() -> ResponseReturnValue:
    """List the accounts of the administrator's scope, with a search."""
    text, state, role = (request.args.get(name, "")[:200].strip() for name in ("q", "state", "role"))
    after = request.args.get("after", "")[:200]
    asking = administrator()
    found = accounts.list_accounts(current.reader(), asking, text, state, role)
    rest = [one for one in found if one.person.id > after]
    following = rest[SHOWN - 1].person.id if len(rest) > SHOWN else ""
    return render_template(
        "admin/people.html",
        found=rest[:SHOWN],
        count=len(found),
        text=text,
        state=state,
        role=role,
        states=accounts.STATES,
        roles=ROLES,
        first=url_for("people.list_all", q=text, state=state, role=role) if after else "",
        next=url_for("people.list_all", q=text, state=state, role=role, after=following) if following else "",
        day=asking.day,
        no_end=NO_END,
    )


@pages.route("/new", methods=["GET", "POST"])
@needs_proof
def add() -> ResponseReturnValue:
    """Add an account, and show its one-time password."""
    administrator()
    form = EntryForm({"language": current.language()}, 0, NAMES)
    if form.sent:
        row = _read(form, form.text("id"))
        faults = check_entry("people.toml", row, current.store())
        form.refuse(faults)
        if not faults:
            try:
                made = accounts.open_account(
                    current.store(), current.actor(), row["id"], row["name"], row["language"], read_roles(row)
                )
                return _tell(made)
            except WriteConflict as error:
                form.refuse([FieldError("id", error.code, error.figures)])
            except (BadInput, NotAllowed) as error:
                form.refuse_all(say(error))
    return _page(form, None)


@pages.route("/<person_id>", methods=["GET", "POST"])
@needs_proof
def show(person_id: str) -> ResponseReturnValue:
    """Show an account, and change its name, language and roles."""
    account = accounts.find_account_of(current.reader(), administrator(), person_id)
    form = EntryForm(_fill(account), account.person.version, NAMES)
    if form.sent:
        row = _read(form, person_id)
        if not account.managed:
            row |= {"name": account.person.name, "language": account.person.language}
        faults = check_entry("people.toml", row, current.store())
        form.refuse(faults)
        if not faults:
            try:
                accounts.change_account(
                    current.store(),
                    current.actor(),
                    person_id,
                    form.version,
                    row["name"],
                    row["language"],
                    read_roles(row),
                )
                flash(t("admin.saved"), "success")
                return redirect(url_for("people.show", person_id=person_id))
            except WriteConflict:
                account = accounts.find_account_of(current.reader(), administrator(), person_id)
                form.outdate(_fill(account), account.person.version)
            except (BadInput, NotAllowed) as error:
                form.refuse_all(say(error))
    return _page(form, account)


@pages.post("/<person_id>/<any(disable, enable):change>")
@needs_proof
def turn(person_id: str, change: str) -> ResponseReturnValue:
    """Disable or enable an account."""
    administrator()
    version = request.form.get("version", 0, type=int)
    try:
        CHANGES[change](current.store(), current.actor(), person_id, version)
    except (WriteConflict, NotAllowed) as error:
        flash_refusal(say(error))
    else:
        flash(t(f"people.{change}d", person=person_id), "success")
    return redirect(url_for("people.show", person_id=person_id))


@pages.post("/<person_id>/password")
@needs_proof
def reset(person_id: str) -> ResponseReturnValue:
    """Reset a password, and show the one-time password."""
    administrator()
    version = request.form.get("version", 0, type=int)
    try:
        return _tell(accounts.reset_password(current.store(), current.actor(), person_id, version))
    except (WriteConflict, NotAllowed) as error:
        flash_refusal(say(error))
    return redirect(url_for("people.show", person_id=person_id))


def _tell(made: NewPassword) -> ResponseReturnValue:
    note_sent()
    return render_template("admin/password.html", made=made)


def _read(form: EntryForm, person_id: str) -> dict[str, Any]:
    """Return what was typed as a table of people.toml."""
    row: dict[str, Any] = {"id": person_id}
    row |= {name: typed for name in ("name", "language") if (typed := form.text(name))}
    row["roles"] = form.rows("roles", ROLE_CELLS)
    row.setdefault("language", LANGUAGES[0])
    return row


def _fill(account: ManagedAccount) -> dict[str, Any]:
    person = account.person
    roles = [
        {
            "role": held.role,
            "scope": held.scope,
            "from": held.valid_from,
            "until": "" if held.valid_until == NO_END else held.valid_until,
        }
        for held in account.roles
    ]
    return {"name": person.name, "language": person.language, **flatten("roles", roles)}


def _page(form: EntryForm, account: ManagedAccount | None) -> ResponseReturnValue:
    used = form.count_rows("roles")
    known, asking = current.reference(), administrator()
    page = render_template(
        "admin/person.html",
        form=form,
        account=account,
        rows=range(used + SPARE_ROWS if account else max(used + SPARE_ROWS, FIRST_ROWS)),
        languages=[(one.code, one.name) for one in describe_languages()],
        roles=[(role, t(f"role.{role}")) for role in ROLES],
        scopes=[(id_, site.name(current.language())) for id_, site in sorted(known.sites.items())
                if asking.covers(id_)],
        day=asking.day,
    )  # fmt: skip
    return make_response(page, form.status)
