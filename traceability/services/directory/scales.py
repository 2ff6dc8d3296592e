"""Keep the scales of sites: supervisors and administrators say what each sends and where it is reached.

The server itself never connects to a scale: a page reads it at a port of its own computer, or the command
``traceability scale`` reads it and hands on what it shows.
"""

import secrets
from collections.abc import Collection
from typing import NamedTuple

from graph.store import Body, Document, Reader, Store, Writer
from scanners.scales import simulated
from scanners.scales.address import BAUDS, BITS, read_address
from scanners.scales.formats import FORMATS, PATTERN, FrameFormat, FrameStream
from scanners.scales.pasting import read_described
from scanners.scales.pattern import compile_pattern
from scanners.scales.units import UNITS
from traceability.domain.access import list_roles
from traceability.domain.calendar import day_of
from traceability.domain.errors import BadInput, NotAllowed, NotFound
from traceability.domain.quantity import G_PER_T, parse_kg
from traceability.services.directory.accounts import administrator_of
from traceability.services.directory.audit import Actor, AuditAction
from traceability.services.directory.devices import check_label
from traceability.services.directory.equipment import EquipmentRegister
from traceability.services.directory.people import find_person
from traceability.services.directory.reference import reference_in
from traceability.services.recording.scale_readings import (
    LONGEST_RAW,
    ScaleReading,
    erase_reading,
    find_readings,
)

KIND = "scale"
SUPERVISOR = "supervisor"


class Scale(NamedTuple):
    """A scale of a site: what it sends (``frames``), the smallest step of its display, the settings of its serial port,
    and where a program reaches it, '' where only pages read it."""

    id: str
    site: str
    name: str
    format: str
    unit: str
    division_g: int
    pattern: str = ""
    baud: int = 9600
    bits: str = "8N1"
    address: str = ""
    version: int = 0

    @property
    def is_simulated(self) -> bool:
        """Return whether it only plays a scale."""
        return self.address == simulated.ADDRESS

    @property
    def frames(self) -> FrameFormat:
        """Return what the scale sends."""
        return FrameFormat(self.format, self.unit, self.pattern)


def check_name(typed: str) -> str:
    """Return the name of a scale. Raises BadInput."""
    return check_label(typed)


def check_division(typed: str) -> int:
    """Return the division in grams of a text in kg. Raises BadInput."""
    division_g = parse_kg(typed)
    if not 0 < division_g <= G_PER_T:
        raise BadInput("scale.bad_division")
    return division_g


def check_pattern(typed: str, format_: str) -> str:
    """Return the pattern of a format that has one, '' of any other. Raises BadInput."""
    if format_ != PATTERN:
        return ""
    return compile_pattern(typed.strip()).text


def check_address(typed: str) -> str:
    """Return where a program reaches the scale, '' for nowhere. Raises BadInput."""
    if typed.strip():
        read_address(typed)
    return typed.strip()


def put_scale(store: Store, actor: Actor, scale: Scale) -> Scale:
    """Add a scale, or change the version that it was made from. Raises BadInput, NotAllowed, NotFound, WriteConflict."""
    _check(scale)
    return _put_scale(store, actor, scale)


def add_simulated_scale(store: Store, actor: Actor, site: str, name: str) -> Scale:
    """Add a scale that plays a truck by the clock, for people who try the system; no page offers this.

    Raises BadInput, NotAllowed.
    """
    frames = simulated.FRAMES
    scale = Scale("", site, name, frames.id, frames.unit, simulated.DIVISION_G, frames.pattern)
    _check(scale)
    return _put_scale(store, actor, scale._replace(address=simulated.ADDRESS))


def _put_scale(store: Store, actor: Actor, scale: Scale) -> Scale:
    id_ = scale.id or secrets.token_hex(8)

    def work(writer: Writer) -> Scale:
        kept = SCALES.put(writer, actor, Document(KIND, id_, scale.version, scale.site, _write(scale)))
        erase_reading(writer, id_)  # it was read as another scale
        return _read(kept)

    return store.write(work)


def remove_scale(store: Store, actor: Actor, scale_id: str, sites: Collection[str]) -> bool:
    """Take a scale out; return whether it was at one of these sites. Raises NotAllowed."""

    def work(writer: Writer) -> bool:
        found = SCALES.find_to_remove(writer, actor, scale_id, sites)
        if found is not None:
            SCALES.remove(writer, actor, found)
            erase_reading(writer, scale_id)
        return found is not None

    return store.write(work)


def list_scales(reader: Reader, sites: Collection[str]) -> list[Scale]:
    """Return the scales of some sites, by site and name."""
    return [_read(one) for one in SCALES.list_at(reader, sites)]


def find_scale(reader: Reader, scale_id: str, sites: Collection[str]) -> Scale:
    """Return a scale of one of these sites. Raises NotFound."""
    return _read(SCALES.find(reader, scale_id, sites))


def read_scales(reader: Reader, scales: Collection[Scale], now_ms: int) -> dict[str, ScaleReading]:
    """Return what each of these scales showed last, by id; of those from which nothing was heard nothing."""
    readings = find_readings(reader, [one.id for one in scales if not one.is_simulated])
    for one in scales:
        if one.is_simulated:
            weight = simulated.show_weight(now_ms)
            readings[one.id] = ScaleReading(
                f"{one.id}-{now_ms}", one.id, now_ms, weight.state, weight.mass_g, weight.raw
            )
    return readings


def confirms_weight(reader: Reader, site: str, raw: str, mass_g: int) -> bool:
    """Return whether a scale of a site says this weight by the frame that was sent with it: a form may claim anything."""
    if len(raw) > LONGEST_RAW or not raw.isprintable():
        return False
    sent = read_described(raw) + b"\r\n"
    return any(
        reading.mass_g == mass_g
        for scale in list_scales(reader, [site])
        for reading in FrameStream(scale.frames).feed(sent)
    )


def choose_scale(scales: Collection[Scale], site: str, name: str) -> Scale:
    """Return the scale of a name among those of a site, or the only one where none is named. Raises NotFound."""
    named = [one for one in scales if not name or one.name == name]
    if not scales:
        raise NotFound("scale.none_at_site", site=site)
    if len(named) != 1:
        raise NotFound("scale.which", names=", ".join(one.name for one in scales))
    return named[0]


def list_managed_sites(reader: Reader, person_id: str, now_ms: int) -> list[str]:
    """Return the sites whose scales a person may register: a supervisor's, and those that an administrator covers."""
    person, reference, day = find_person(reader, person_id), reference_in(reader), day_of(now_ms)
    if person is None or person.disabled:
        return []
    administrator = administrator_of(reader, person, now_ms)
    return sorted(
        site.id
        for site in reference.sites.values()
        if not site.is_authority
        and (
            administrator.covers(site.id)
            or SUPERVISOR in list_roles(person.roles, site.id, reference.region_at(site.id, day[:7]), day)
        )
    )


def _check_rights(reader: Reader, actor: Actor, site: str) -> None:
    if site not in list_managed_sites(reader, actor.person, actor.now_ms):
        raise NotAllowed("scale.not_yours")


SCALES = EquipmentRegister(KIND, AuditAction.SCALE_CHANGE, _check_rights)


def _check(scale: Scale) -> None:
    """Refuse what no page offers. Raises BadInput."""
    known = (scale.format in FORMATS, scale.unit in UNITS, scale.baud in BAUDS, scale.bits in BITS)
    if not all(known) or not 0 < scale.division_g <= G_PER_T:
        raise BadInput("scale.bad_setting")
    check_name(scale.name)
    check_pattern(scale.pattern, scale.format)
    check_address(scale.address)


def _write(scale: Scale) -> Body:
    body = scale._asdict()
    del body["id"], body["site"], body["version"]
    return body


def _read(document: Document) -> Scale:
    return Scale(id=document.id, site=document.group, version=document.version, **document.body)
