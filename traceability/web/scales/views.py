"""Register scales, try what they send, and tell pages what each shows now."""

from collections.abc import Callable

from flask import Blueprint, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scanners.scales.address import BAUDS, BITS
from scanners.scales.formats import FORMATS, FrameFormat, FrameStream
from scanners.scales.pasting import read_pasted
from scanners.scales.pattern import compile_pattern
from scanners.scales.units import UNITS
from traceability.domain.errors import BadInput, BadQuantity, NotAllowed, NotFound, WriteConflict
from traceability.domain.quantity import format_kg as write_kg
from traceability.services.directory import scales
from traceability.services.directory.scales import Scale
from traceability.services.directory.sessions import RECORD
from traceability.services.recording.scale_readings import check_weight, keep_reading
from traceability.web.admin.office import name_problems
from traceability.web.scales.shown import encode_reading, show_reading
from traceability.web.shell import current
from traceability.web.shell.drafts import note_sent
from traceability.web.shell.security import csrf, from_our_page
from traceability.web.shell.session import SCOPE_OF
from traceability.web.shell.words import say, site_name, t
from traceability.web.yard.views import list_words

pages = Blueprint("scales", __name__, url_prefix="/scales")

SCOPE_OF |= {"scales.tell_all": RECORD, "scales.take_reading": RECORD}
LONGEST = 500  # characters of a field
LONGEST_SAMPLE = 4_000
NAMES = {
    "name": "scale.name", "site": "lot.site", "format": "scale.format", "unit": "scale.unit",
    "division": "scale.division", "pattern": "scale.pattern", "address": "scale.address", "baud": "scale.baud",
    "bits": "scale.bits", "sample": "scale.sample",
}  # fmt: skip
UNIT_WORDS = {"斤": "jin"}
BEGUN = {"format": "yaohua", "unit": "kg", "baud": "9600", "bits": "8N1"}


@pages.app_template_global()
def scale_words() -> dict[str, str | list[str]]:
    """Return what scripts say of a scale, for pages with a weight field."""
    return list_words(("scale_live.",))


@pages.get("")
def list_all() -> ResponseReturnValue:
    """List the scales of the sites where the person works, and of those that they may register."""
    managed = _managed()
    works_at = current.viewer().works_at
    if not works_at and not managed:
        raise NotAllowed("person.records_nothing")
    reader = current.reader()
    found = scales.list_scales(reader, {*works_at, *managed})
    here = [one for one in found if one.site in works_at]
    readings = scales.read_scales(reader, here, current.now_ms())
    shown = [
        {
            "scale": one,
            "shows": show_reading(readings.get(one.id), current.now_ms()),
            "may": one.site in managed,
        }
        for one in found
    ]
    return render_template("scales/scales.html", shown=shown, managed=managed)


@pages.route("/add", methods=["GET", "POST"])
def add() -> ResponseReturnValue:
    """Register a scale, or try what it sends first."""
    managed = _managed()
    if not managed:
        raise NotAllowed("scale.not_yours")
    at_hand = current.site()
    usual = at_hand.id if at_hand and at_hand.id in managed else managed[0]
    return _edit(managed, None, BEGUN | {"site": usual})


@pages.route("/<scale_id>", methods=["GET", "POST"])
def change(scale_id: str) -> ResponseReturnValue:
    """Change a scale, or try what it sends. Raises NotAllowed, NotFound."""
    managed = _managed()
    known = scales.find_scale(current.reader(), scale_id, {*managed, *current.viewer().works_at})
    if known.site not in managed:
        raise NotAllowed("scale.not_yours")
    return _edit([known.site], known, _fill(known))


@pages.post("/<scale_id>/remove")
def remove(scale_id: str) -> ResponseReturnValue:
    """Take a scale out. Raises NotAllowed."""
    seen = {*_managed(), *current.viewer().works_at}
    if scales.remove_scale(current.store(), current.actor(), scale_id, seen):
        flash(t("scale.removed"), "success")
    return redirect(url_for(".list_all"))


# --- what it shows now ---------------------------------------------------------------------------------------------


@pages.get("/<scale_id>/reading.json")
def tell_reading(scale_id: str) -> ResponseReturnValue:
    """Answer what a scale shows now, to those who work at its site. Raises NotFound."""
    scale = scales.find_scale(current.reader(), scale_id, current.viewer().works_at)
    found = scales.read_scales(current.reader(), [scale], current.now_ms()).get(scale.id)
    return jsonify(encode_reading(found, current.now_ms()))


@pages.get("/of/<site_id>.json")
def tell_all(site_id: str) -> ResponseReturnValue:
    """Answer the scales of a site and what they send, for pages and programs of who works there. Raises NotFound."""
    if site_id not in current.viewer().works_at:
        raise NotFound("report.unknown_site", id=site_id)
    found = scales.list_scales(current.reader(), [site_id])
    return jsonify(scales=[_encode(one) for one in found])


@pages.get("/here.json")
def tell_here() -> ResponseReturnValue:
    """Answer the scales of the site where the person works now, none where they chose none."""
    site = current.site()
    found = scales.list_scales(current.reader(), [site.id]) if site else []
    return jsonify(scales=[_encode(one) for one in found])


@pages.post("/<scale_id>/reading")
def take_reading(scale_id: str) -> ResponseReturnValue:
    """Keep what a program says that a scale shows. Raises BadInput, NotAllowed, NotFound."""
    if current.bearer_token() is None and not from_our_page(current.settings()):
        raise NotAllowed("http.foreign_origin")
    scale = scales.find_scale(current.reader(), scale_id, current.viewer().works_at)
    try:
        said = request.get_json(silent=True)
    except RecursionError:  # brackets in brackets
        said = None
    if not isinstance(said, dict):
        raise BadInput("scale.bad_reading")
    weight = check_weight(
        str(said.get("state")), said.get("mass_g"), str(said.get("raw", "")), said.get("dropped", 0)
    )
    kept = keep_reading(current.store(), scale.site, scale.id, weight, current.now_ms())
    return jsonify(id=kept.id), 201


csrf.exempt(take_reading)  # a program has no token of forms; its own, or our Origin, is asked for


def _encode(scale: Scale) -> dict[str, object]:
    pattern = compile_pattern(scale.pattern).browser if scale.pattern else ""
    told = scale._asdict()
    del told["pattern"], told["version"]
    return {**told, "pattern": pattern, "pattern_text": scale.pattern, "simulated": scale.is_simulated}


# --- the form ------------------------------------------------------------------------------------------------------


def _managed() -> list[str]:
    return scales.list_managed_sites(current.reader(), current.signed_in().id, current.now_ms())


def _fill(scale: Scale) -> dict[str, str]:
    return {
        "name": scale.name, "site": scale.site, "format": scale.format, "unit": scale.unit,
        "division": write_kg(scale.division_g), "pattern": scale.pattern, "address": scale.address,
        "baud": str(scale.baud), "bits": scale.bits, "version": str(scale.version),
    }  # fmt: skip


def _edit(managed: list[str], known: Scale | None, stored: dict[str, str]) -> ResponseReturnValue:
    """Answer the form; saved, it leads to the list, and a trial shows what the pasted frames say."""
    typed = {**stored, **{name: text[:LONGEST_SAMPLE] for name, text in request.form.items()}}
    faults: dict[str, str] = {}
    sample: dict[str, object] | None = None
    if request.method == "POST":
        scale = _read(typed, managed, known, faults)
        if request.form.get("action") == "try":
            faults = {name: fault for name, fault in faults.items() if name in ("format", "unit", "pattern")}
            sample = None if faults else _try(typed)
        elif scale is not None and _save(scale, faults):
            flash(t("admin.saved"), "success")
            return redirect(url_for(".list_all"))
    page = render_template(
        "scales/scale.html",
        known=known,
        sites=[(one, site_name(one)) for one in managed],
        formats=[(one, t(f"scale_format.{one}"), shape.example) for one, shape in FORMATS.items()],
        units=[(one, t(f"scale_unit.{UNIT_WORDS.get(one, one)}")) for one in UNITS],
        bauds=[(str(one), str(one)) for one in BAUDS],
        bits=[(one, one) for one in BITS],
        typed=typed,
        faults=faults,
        problems=name_problems(faults, NAMES | {"": "scale.name"}),
        sample=sample,
    )
    return make_response(page, 422 if faults else 200)


def _save(scale: Scale, faults: dict[str, str]) -> bool:
    """Store a scale; return whether it was taken, what stands against it is put beside its field."""
    try:
        scales.put_scale(current.store(), current.actor(), scale)
    except (BadInput, WriteConflict) as error:
        faults["name"] = say(error)
        return False
    note_sent()
    return True


def _read(
    typed: dict[str, str], managed: list[str], known: Scale | None, faults: dict[str, str]
) -> Scale | None:
    """Return the scale as typed; None where something is wrong with it, which is put beside its field."""
    short = {name: text.strip()[:LONGEST] for name, text in typed.items()}
    read: dict[str, object] = {}
    checks: dict[str, Callable[[str], object]] = {
        "name": scales.check_name,
        "division": scales.check_division,
        "pattern": lambda text: scales.check_pattern(text, short.get("format", "")),
        "address": scales.check_address,
    }
    for field, check in checks.items():
        try:
            read[field] = check(short.get(field, ""))
        except BadQuantity:
            faults[field] = t("scale.bad_division")
        except BadInput as error:
            faults[field] = say(error)
    choices = {
        "site": managed, "format": FORMATS, "unit": UNITS, "baud": [str(one) for one in BAUDS], "bits": BITS,
    }  # fmt: skip
    for field, offered in choices.items():
        if short.get(field) not in offered:
            faults[field] = t("printer.choose")
    if faults:
        return None
    version = short.get("version", "")
    return Scale(
        known.id if known else "", short["site"], str(read["name"]), short["format"], short["unit"],
        int(str(read["division"])), str(read["pattern"]), int(short["baud"]), short["bits"], str(read["address"]),
        int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0,
    )  # fmt: skip


def _try(typed: dict[str, str]) -> dict[str, object]:
    """Return what the pasted frames say in the format as typed."""
    stream = FrameStream(FrameFormat(typed["format"], typed["unit"], typed.get("pattern", "").strip()))
    readings = stream.feed(read_pasted(typed.get("sample", "")))
    return {"readings": readings[:20], "dropped": stream.dropped, "fault": stream.fault}
