"""Pages of sites: names, dated kinds, moves between regions, and licences."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from graph.store import Body
from traceability.domain.calendar import DAY_MS, day_of
from traceability.domain.errors import BadInput, FieldError, NotFound, WriteConflict
from traceability.domain.identifier import normalise_identifier
from traceability.domain.vocabulary import SITE_KINDS
from traceability.exchange.seed import site_entry
from traceability.exchange.seed_folder import FURTHER, NAMED_IN, check_entry
from traceability.locale import describe_language
from traceability.services.directory.master_data import find_master_data, put_master_data
from traceability.services.directory.people import find_people
from traceability.services.operations.endings import cancel_for_site
from traceability.services.recording.open_work import list_lying_open, list_open_work
from traceability.web.admin.office import LICENCE_NAMES, EntryForm, administrator_of_all, flatten
from traceability.web.shell import current
from traceability.web.shell.session import flash_refusal, needs_proof
from traceability.web.shell.words import say, t

pages = Blueprint("sites", __name__, url_prefix="/admin/sites")

SHOWN = 50
LONG_MS = 2 * DAY_MS
"""A ticket or heat that is open for longer was forgotten: a truck stands for minutes, and no furnace is charged for two days."""
NAMES = (*NAMED_IN, *FURTHER)
LABELS = {
    "id": "sites.id", "zh": "sites.name", "en": "sites.name", "firm": "sites.firm", "region": "sites.region",
    "base": "sites.base", "kinds": "sites.kinds", "later_kinds": "sites.later_kinds",
    "later_kinds.from": "sites.from_month", "later_kinds.kinds": "sites.kinds",
    "move": "sites.moves", "move.from": "sites.from_month", "move.region": "sites.region", "move.base": "sites.base",
    "photo_location": "sites.photo_location",
} | LICENCE_NAMES  # fmt: skip
TEXTS = (*NAMES, "firm", "region", "base", "photo_location")


@pages.get("")
def list_all() -> ResponseReturnValue:
    """List the sites, with a search."""
    administrator_of_all()
    text = request.args.get("q", "")[:200].strip()
    after = request.args.get("after", "")[:200]
    wanted = normalise_identifier(text)
    found = [
        site
        for id_, site in sorted(current.reference().sites.items())
        if any(
            wanted in normalise_identifier(part)
            for part in (id_, site.firm, *(name for _, name in site.names))
        )
    ]
    rest = [site for site in found if site.id > after]
    following = rest[SHOWN - 1].id if len(rest) > SHOWN else ""
    return render_template(
        "admin/sites.html",
        found=rest[:SHOWN],
        count=len(found),
        text=text,
        first=url_for("sites.list_all", q=text) if after else "",
        next=url_for("sites.list_all", q=text, after=following) if following else "",
        month=day_of(current.now_ms())[:7],
        now_ms=current.now_ms(),
        region_at=current.reference().region_at,
        left_open=list_lying_open(current.reader(), current.now_ms() - LONG_MS),
    )


@pages.route("/new", methods=["GET", "POST"])
@needs_proof
def add() -> ResponseReturnValue:
    """Add a site."""
    administrator_of_all()
    form = EntryForm({}, 0, LABELS)
    if form.sent:
        row = _read(form, {"id": form.text("id")})
        form.version = 0
        if _store(form, row):
            return redirect(url_for("sites.show", site_id=row["id"]))
    return _page(form, "")


@pages.route("/<site_id>", methods=["GET", "POST"])
@needs_proof
def show(site_id: str) -> ResponseReturnValue:
    """Show a site, and change what is known of it."""
    administrator_of_all()
    stored = find_master_data(current.reader(), "site", site_id)
    form = EntryForm(_fill(stored.body), stored.version, LABELS)
    if form.sent:
        kept = {name: value for name, value in stored.body.items() if name not in ("licences", "moves")}
        row = _read(form, {**kept, "id": site_id})
        if _store(form, row):
            return redirect(url_for("sites.show", site_id=site_id))
    return _page(form, site_id)


@pages.post("/<site_id>/cancel-work")
@needs_proof
def cancel_work(site_id: str) -> ResponseReturnValue:
    """End a ticket or heat of a site without an event, with a reason."""
    administrator_of_all()
    viewer, actor, reason = current.viewer(), current.actor(), request.form.get("reason", "")
    try:
        work = cancel_for_site(current.store(), viewer, site_id, request.form.get("work", ""), actor, reason)
    except (BadInput, NotFound, WriteConflict) as error:
        flash_refusal(say(error))
    else:
        flash(t("sites.work_cancelled", work=str(work.kind), number=work.number), "success")
    return redirect(url_for(".show", site_id=site_id, _anchor="open-work"))


def _store(form: EntryForm, row: Body) -> bool:
    """Store what was typed where nothing is wrong with it; return whether it was."""
    faults = check_entry("sites.toml", row, current.store())
    form.refuse(faults)
    if faults:
        return False
    try:
        put_master_data(current.store(), current.actor(), site_entry(row), form.version)
    except WriteConflict as error:
        if not form.version:
            form.refuse([FieldError("id", error.code, error.figures)])
            return False
        now = find_master_data(current.reader(), "site", row["id"])
        form.outdate(_fill(now.body), now.version)
        return False
    flash(t("admin.saved"), "success")
    return True


def _read(form: EntryForm, kept: Body) -> Body:
    """Return what was typed as a table of sites.toml, upon what the form does not ask for."""
    row: dict[str, Any] = {name: value for name, value in kept.items() if name not in TEXTS}
    row |= {name: typed for name in TEXTS if (typed := form.text(name))}
    row["kinds"] = form.texts("kinds")
    row["later_kinds"] = form.rows("later_kinds", ("from",), ("kinds",))
    row["move"] = form.rows("move", ("from", "region", "base"))
    row["licence"] = form.rows("licence", ("number", "waste_codes", "from", "until"))
    for licence in row["licence"]:
        if "waste_codes" in licence:
            licence["waste_codes"] = licence["waste_codes"].replace(",", " ").replace("，", " ").split()
    for name in ("later_kinds", "move"):
        if not row[name]:
            del row[name]
    return row


def _fill(body: Body) -> dict[str, Any]:
    licences = [
        {**licence, "waste_codes": " ".join(licence["waste_codes"])} for licence in body.get("licences", ())
    ]
    return {
        **{name: body.get(name, "") for name in TEXTS},
        "kinds": list(body["kinds"]),
        **flatten("later_kinds", body.get("later_kinds", ())),
        **flatten("move", body.get("moves", ())),
        **flatten("licence", licences),
    }


def _page(form: EntryForm, site_id: str) -> ResponseReturnValue:
    works = list_open_work(current.reader(), [site_id]) if site_id else []
    page = render_template(
        "admin/site.html",
        form=form,
        site_id=site_id,
        in_work=works,
        work_choices=[(one.id, t("sites.work", work=str(one.kind), number=one.number)) for one in works],
        people=find_people(current.reader(), {work.opened_by for work in works}),
        names=[(name, describe_language(name).name) for name in NAMES],
        choices=[(one, t(f"stated.{one}")) for one in ("no", "yes")],
        kinds=[(kind, t(f"site_kind.{kind}")) for kind in SITE_KINDS],
        rows={name: range(form.count_rows(name) + 1) for name in ("later_kinds", "move", "licence")},
        bases=[
            (id_, base.name(current.language())) for id_, base in sorted(current.reference().bases.items())
        ],
    )
    return make_response(page, form.status)
