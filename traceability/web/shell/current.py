"""Give views the context of the request: person, site, language, settings, and its one read view.

A request reads the book through one consistent view, which its first query opens:

- ``reader()`` is that view. Services take it, with ``viewer()``, and return complete values.
- ``end_reading()`` closes it and makes sure that its answers belong to one state of the book. It
  runs when a template begins to render, and before an answer without a template is sent. Nothing
  reads while a template renders.
- ``store()`` is for writing, and for files that are streamed from views of their own. It drops the
  view first, since a write decides on what it reads itself under its lock; what is read afterwards
  comes from a fresh view.
- Where a writer overtook the reads (Neo4j), the page is made once more, under the writer's lock
  (``shell/errors.py``).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import NamedTuple

from flask import Flask, before_render_template, current_app, g, request, session

from graph.store import Reader, Store
from traceability.config import Settings
from traceability.domain.access import list_roles, speaks_for
from traceability.domain.activities import ANY_METAL
from traceability.domain.authority import find_statistic, region_spoken_for
from traceability.domain.calendar import SHANGHAI, day_of, month_of
from traceability.domain.errors import StoreError, StoreUnavailable
from traceability.domain.event import Event
from traceability.domain.material import Reference
from traceability.domain.next_steps import may_record
from traceability.domain.place import Site
from traceability.domain.rights import Viewer, find_viewer
from traceability.locale import DEFAULT, LANGUAGES
from traceability.services.directory import sessions
from traceability.services.directory.audit import Actor, AuditQueue
from traceability.services.directory.people import Person
from traceability.services.directory.reference import reference_in
from traceability.services.directory.sessions import SignedIn
from traceability.services.directory.sign_in import AttemptPlace
from traceability.services.recording.judge import Deliverer
from traceability.services.upkeep.rebuild import is_settled

LANGUAGE_COOKIE = "language"
SESSION_COOKIE = "session"
DEVICE_COOKIE = "device"  # by which a browser is known where somebody signed in before
EXTENSION = "traceability"
WITHOUT_STORE = frozenset(
    {"static", "health.live", "yard.show_offline", "yard.tell_manifest", "yard.send_worker"}
)
"""Endpoints that answer whatever becomes of the store."""


@dataclass
class Wiring:
    """Store, settings and clock, which ``app.create_app`` hands to the pages."""

    store: Store
    settings: Settings
    clock: Callable[[], int]
    ready: bool = False  # the store's tables are up to date, and what they hold is derived in full
    preparing: Lock = field(default_factory=Lock)
    audit: AuditQueue = field(default_factory=AuditQueue)


def wiring(app: Flask | None = None) -> Wiring:
    """Return the wiring of the running application."""
    wired: Wiring = (app or current_app).extensions[EXTENSION]
    return wired


def prepare() -> None:
    """Refuse requests until the book is settled. Raises StoreUnavailable until then.

    Deriving a book again takes longer than any request may, so that is left to the command line.
    """
    if request.endpoint in WITHOUT_STORE:
        return
    wired = wiring()
    if wired.ready:
        return
    with wired.preparing:
        if not wired.ready:
            if not is_settled(wired.store):
                raise StoreUnavailable("store.not_settled")
            wired.ready = True


class _Dropped(Exception):
    """Thrown into a view that is not to be verified."""


class _OpenView(NamedTuple):
    """The read view of a request, and the reader that it gave."""

    view: AbstractContextManager[Reader]
    reader: Reader


def reader() -> Reader:
    """Return the request's read view of the book, opened by the first query. Raises StoreError."""
    assert "rendering" not in g, "a page renders from what was loaded before"
    opened: _OpenView | None = g.get("read_view")
    if opened is None:
        view = wiring().store.read()
        opened = g.read_view = _OpenView(view, view.__enter__())
    return opened.reader


def end_reading() -> None:
    """Close the read view. Raises StoreUnavailable where its answers do not belong together."""
    opened: _OpenView | None = g.pop("read_view", None)
    if opened is not None:
        opened.view.__exit__(None, None, None)


def drop_view() -> None:
    """Close the read view, whatever it answered; the next query opens a fresh one."""
    g.pop("rendering", None)
    opened: _OpenView | None = g.pop("read_view", None)
    if opened is not None:
        with suppress(_Dropped, StoreError):
            opened.view.__exit__(_Dropped, _Dropped(), None)


def read_afresh() -> None:
    """Drop the read view and what was kept of it, to make a page once more."""
    drop_view()
    for name in ("reference", "viewer"):
        g.pop(name, None)


def store() -> Store:
    """Return the store for writing or streaming; the read view is dropped."""
    drop_view()
    return wiring().store


def settings() -> Settings:
    """Return the settings."""
    return wiring().settings


def now_ms() -> int:
    """Return the moment of this request in ms, one for the whole of it."""
    if "now_ms" not in g:
        g.now_ms = wiring().clock()
    moment: int = g.now_ms
    return moment


def now() -> datetime:
    """Return the moment of this request on a clock in China."""
    return datetime.fromtimestamp(now_ms() // 1000, UTC).astimezone(SHANGHAI)


def reference() -> Reference:
    """Return the sites, materials and regions in force."""
    if "reference" not in g:
        g.reference = reference_in(reader())
    in_force: Reference = g.reference
    return in_force


def language() -> str:
    """Return the language of the cookie, else the browser's, else the installation's."""
    held = g._get_current_object()  # every word of a page asks: one look through the proxy, not four
    if "language" not in held:
        chosen = request.cookies.get(cookie_name(LANGUAGE_COOKIE), "")
        if chosen not in LANGUAGES:
            chosen = request.accept_languages.best_match(LANGUAGES) or _of_installation()
        held.language = chosen
    in_use: str = held.language
    return in_use


def use_language(code: str) -> None:
    """Answer this request in a language, whatever cookie and browser say."""
    g.language = code


def _of_installation() -> str:
    wanted = wiring().settings.language
    return wanted if wanted in LANGUAGES else DEFAULT


def cookie_name(name: str) -> str:
    """Return the name of a cookie: where people come by https one that no other host can set."""
    return f"__Host-{name}" if settings().encrypted else name


def sign_in_token() -> str:
    """Return the token of the session that the browser claims, '' for none."""
    return request.cookies.get(cookie_name(SESSION_COOKIE), "")


def bearer_token() -> str | None:
    """Return the token that a program sends, None where there is none: then the browser's cookie counts."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else None


def deliverer() -> Deliverer:
    """Return by what way the person signed in delivers events: a session, or a program's token."""
    found = signed_in_as()
    assert found is not None, "the view asks for a sign-in"
    way = (
        f"token:{found.session.id[:16]}"
        if found.session.kind == sessions.TOKEN
        else f"session:{found.person.id}"
    )
    return Deliverer(way, found.person.id)


def whereabouts() -> AttemptPlace:
    """Return where the request comes from, for the counting of wrong passwords."""
    return AttemptPlace(request.remote_addr or "", request.cookies.get(cookie_name(DEVICE_COOKIE), "")[:200])


def signed_in_as() -> SignedIn | None:
    """Return the session in force and its person, None for a stranger."""
    if "signed_in" not in g:
        g.sign_in_unread = True
        bearer = bearer_token()
        token = sign_in_token() if bearer is None else bearer
        by_program = bearer is not None
        g.signed_in = (
            sessions.find_session(reader(), token, now_ms(), of_program=by_program) if token else None
        )
        g.sign_in_unread = False
    found: SignedIn | None = g.signed_in
    return found


def person() -> Person | None:
    """Return the person signed in, None for a stranger."""
    found = signed_in_as()
    return found.person if found else None


def is_proved() -> bool:
    """Return whether the person typed their password in the last ten minutes."""
    found = signed_in_as()
    return found is not None and found.session.is_proved(now_ms())


def note_proof() -> None:
    """Keep that the person typed their password just now: their session goes on under another token."""
    found = signed_in_as()
    assert found is not None, "whoever types a password again is signed in"
    begun = store().write(lambda writer: sessions.renew_session(writer, found, now_ms()))
    if begun is not None:
        g.renewed = begun  # its cookie is set on the answer
    g.signed_in = found._replace(
        session=begun.session if begun else found.session._replace(proved_ms=now_ms())
    )


def known_person() -> Person | None:
    """Return the person signed in, None where the store is out of reach: for error pages."""
    if g.get("sign_in_unread"):  # it was out of reach already: nobody waits for it twice
        return None
    try:
        return person()
    except StoreError:
        return None


def signed_in() -> Person:
    """Return the person signed in, in a view that requires a sign-in."""
    who = person()
    assert who is not None, "the view asks for a sign-in"
    return who


def actor() -> Actor:
    """Return who changes something now, and from which address."""
    return Actor(signed_in().id, now_ms(), request.remote_addr or "")


def roles(site_id: str) -> tuple[str, ...]:
    """Return the roles that the person signed in has at a site today."""
    who = person()
    site = reference().sites.get(site_id)
    if who is None or site is None:
        return ()
    return list_roles(
        who.roles, site.id, reference().region_at(site.id, month_of(now_ms())), day_of(now_ms())
    )


def allows(site_id: str, kind: str, metal: str = ANY_METAL) -> bool:
    """Return whether the kinds of a site today let it record a kind of event, with outputs of a metal."""
    return reference().may_record(site_id, kind, now_ms(), metal)


def viewer() -> Viewer:
    """Return what the person signed in may see."""
    if "viewer" not in g:
        who = person()
        g.viewer = find_viewer(who.roles if who else (), reference().gazetteer, day_of(now_ms()))
    asking: Viewer = g.viewer
    return asking


def work_sites() -> list[Site]:
    """Return the sites where the person may record events, by id."""
    return [reference().sites[id_] for id_ in viewer().works_at]


def sites_in_view() -> list[Site]:
    """Return the sites whose lots the person sees, by id."""
    return [site for id_, site in sorted(reference().sites.items()) if viewer().shows_site(id_)]


def planned_sites() -> list[Site]:
    """Return the authorities whose statistics the person declares, by id: of exactly their scopes."""
    return list(spoken_regions().values())


def spoken_regions(month: str = "") -> dict[str, Site]:
    """Return the authorities whose statistics the person declares, by their region in a month.

    That is this month where none is given. Whose scope the region is exactly declares them.
    """
    who = person()
    if who is None:
        return {}
    today, known = day_of(now_ms()), reference()
    found = {}
    for site in sorted(known.sites.values(), key=lambda site: site.id):
        if site.is_authority:
            region = region_spoken_for(known, site.id, month or today[:7])
            if speaks_for(who.roles, region, today):
                found[region] = site
    return found


def may_correct(event: Event) -> bool:
    """Return whether the person is responsible for an event.

    That is as a supervisor of its site, of a statistic as a planner of exactly its region.
    """
    statistic, who = find_statistic(event.draft), person()
    if statistic is None:
        return may_record("correct", roles(event.draft.site))
    return who is not None and speaks_for(who.roles, statistic.region, day_of(now_ms()))


def site() -> Site | None:
    """Return the site that the person works at now: the chosen one, or the only one."""
    sites = work_sites()
    chosen = session.get("site")
    for candidate in sites:
        if candidate.id == chosen:
            return candidate
    return sites[0] if len(sites) == 1 else None


def install(app: Flask) -> None:
    """Close the read view of a request when its template begins to render, and at its end."""

    @before_render_template.connect_via(app)
    def render_from_what_was_loaded(sender: Flask, **rendered: object) -> None:
        end_reading()
        g.rendering = True

    @app.teardown_request
    def close_what_is_open(error: BaseException | None) -> None:
        drop_view()
