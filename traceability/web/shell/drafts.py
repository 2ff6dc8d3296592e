"""Tell the browser which forms were taken, so that it forgets what it kept of them.

Every form of entries is kept on the device while it is typed (``static/components/drafts.js``), under the person, the
address that it is sent to and the site that it is for. A form that was sent and answered by leading on was taken: its
draft is named on the next page that the browser shows, and where the form has an id once more on the page after it: the
first may be left before its script ran. Whoever leads on without having taken a form, as to a page that
must come first, says so with ``keep_draft``.
"""

import json

from flask import Flask, Response, g, request, session

from traceability.web.shell import current
from traceability.web.shell.session import OPEN, here

SENT = "sent"  # in the cookie of forms: of each form that was taken [address, site, id of its record or '', whether told before]
MOST_SENT = 4  # no more are taken before a page is shown
LONGEST_ID = 36
LONGEST_ADDRESS = 300  # the cookie holds 4 kB


def note_sent() -> None:
    """Have the browser forget the draft of the form of this request."""
    address, site = here(), request.form.get("site", "")
    if len(address) + len(site) <= LONGEST_ADDRESS:
        entry = [address, site, request.form.get("id", "")[:LONGEST_ID], False]
        session[SENT] = [*session.get(SENT, []), entry][-MOST_SENT:]


def name_sent() -> str:
    """Return as JSON the forms that were taken since the last page; '' for none."""
    sent = session.pop(SENT, [])
    again = [[address, site, id_, True] for address, site, id_, was_told in sent if id_ and not was_told]
    if again:
        session[SENT] = again
    return json.dumps(sent) if sent else ""


def _note_led_on(answer: Response) -> Response:
    taken = request.method == "POST" and 300 <= answer.status_code < 400 and not g.get("draft_kept")
    if taken and request.endpoint not in OPEN and current.known_person() is not None:
        note_sent()
    return answer


def install(app: Flask) -> None:
    """Note forms that led on, and give the layout their names."""
    app.after_request(_note_led_on)
    app.jinja_env.globals.update(name_sent=name_sent)
