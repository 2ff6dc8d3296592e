"""Read and check what an auditor's analyses call unusual, as an administrator types it."""

from collections.abc import Mapping

from graph.store import Body, Reader
from traceability.domain.errors import BadQuantity, FieldError
from traceability.domain.findings import Thresholds
from traceability.domain.quantity import PPM, parse_percent_ppm
from traceability.services.directory.reference import ReferenceDocument

SETTING = "findings"
MOST = 1_000  # days, months, entries: more is never reached
LAST_HOUR = 23


def find_setting(reader: Reader) -> tuple[Body, int]:
    """Return the thresholds as stored, and the version of their document, 0 where the defaults hold."""
    stored = reader.find_documents("setting", [SETTING]).get(SETTING)
    return (dict(stored.body), stored.version) if stored else ({}, 0)


def make_setting(stored: Body, typed: Mapping[str, str]) -> tuple[ReferenceDocument, list[FieldError]]:
    """Return the thresholds that somebody typed, shares in per cent, as a document, and what is wrong with them."""
    body, faults = dict(stored), []
    for name in Thresholds._fields:
        try:
            body[name] = _parse(name, typed[name])
        except ValueError:
            faults.append(
                FieldError(name, "field.out_of_range", {"low": _lowest(name), "high": _highest(name)})
            )
    return ReferenceDocument("setting", SETTING, body), faults


def is_share(name: str) -> bool:
    """Return whether a threshold is a share, which people read in per cent."""
    return name.endswith("_ppm")


def _parse(name: str, text: str) -> int:
    """Return a threshold in its unit. Raises ValueError."""
    if is_share(name):
        try:
            return parse_percent_ppm(text)
        except BadQuantity as error:
            raise ValueError(text) from error
    if not (text.isascii() and text.isdecimal() and len(text) <= 5):
        raise ValueError(text)
    number = int(text)
    if not _lowest(name) <= number <= _highest(name):
        raise ValueError(text)
    return number


def _lowest(name: str) -> int:
    return 0 if is_share(name) or name.endswith("_hour") else 1


def _highest(name: str) -> int:
    return 100 if is_share(name) else LAST_HOUR if name.endswith("_hour") else MOST


def write_threshold(name: str, value: int) -> str:
    """Return a threshold as it is typed: shares in per cent, without zeros at the end."""
    if not is_share(name):
        return str(value)
    whole, rest = divmod(value, PPM // 100)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")
