"""Draw the codes by which somebody tries a scanner: two that are ours, one with a mistake, one of somebody else."""

from dataclasses import dataclass

from markupsafe import Markup

from scanners.codes import find_check_character, group_code
from scanners.digital_link import build_label_uri
from scanners.labels.svg import draw_path
from scanners.labels.symbol import make_matrix

_BODY = "TEST0000000"
TRIAL_CODE = _BODY + find_check_character(_BODY)  # no lot has it: codes are drawn from 2^55
FOREIGN = "https://example.com/not-ours"


@dataclass(frozen=True, slots=True)
class TrialCode:
    """A code to be scanned; ``id`` names what it tries, ``drawing`` is an SVG."""

    id: str
    text: str
    drawing: Markup


def draw_trial_codes(address: str) -> tuple[TrialCode, ...]:
    """Return the codes in the order in which they are tried."""
    wrong = TRIAL_CODE[:-1] + ("0" if TRIAL_CODE[-1] != "0" else "1")
    texts = {
        "address": build_label_uri(address, TRIAL_CODE),
        "code": group_code(TRIAL_CODE),
        "wrong": f"{address}/l/{wrong}",
        "foreign": FOREIGN,
    }
    return tuple(TrialCode(id_, text, _draw(text)) for id_, text in texts.items())


def _draw(text: str) -> Markup:
    matrix = make_matrix(text)
    size = len(matrix)
    return Markup(
        '<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" role="img" aria-label="{1}" '
        'shape-rendering="crispEdges"><rect width="{0}" height="{0}" fill="#fff"/><path d="{2}" fill="#000"/></svg>'
    ).format(size, text, draw_path(matrix))
