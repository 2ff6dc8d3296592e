"""Keep how the spectrometer of a site writes its files: its supervisor tries it with a file and sets it up."""

from typing import NamedTuple

from graph.store import Document, Reader, Store, Writer
from traceability.domain.errors import BadInput, NotAllowed
from traceability.services.directory.audit import Actor, AuditAction, note
from traceability.services.directory.people import is_supervisor

KIND = "spectrometer"
AVERAGE, LAST, NAMED = ROWS = ("average", "last", "named")
PERCENT, IN_PPM, STATED = UNITS = ("percent", "ppm", "stated")
LONGEST = 60
MOST_SKIPPED = 100


class SpectrometerSetup(NamedTuple):
    """How files of a spectrometer are read.

    ``sample_column`` is the heading of the column with the names of samples, '' to look for the usual ones. ``rows`` says
    which row of a sample counts: its average (made of its burns where the file has none), its last, or the one called
    ``row_name``. ``skip_lines`` stand above the table. ``unit`` is that of numbers whose column states none.
    """

    sample_column: str = ""
    rows: str = AVERAGE
    row_name: str = ""
    skip_lines: int = 0
    unit: str = STATED


def check_setup(setup: SpectrometerSetup) -> SpectrometerSetup:
    """Return a set-up in its plain form. Raises BadInput with the name of the field that is wrong as ``field``."""
    column, name = setup.sample_column.strip(), setup.row_name.strip()
    if len(column) > LONGEST or len(name) > LONGEST:
        long = "sample_column" if len(column) > LONGEST else "row_name"
        raise BadInput("spectrometer.name_long", field=long, most=LONGEST)
    if setup.rows not in ROWS:
        raise BadInput("spectrometer.choose", field="rows")
    if setup.unit not in UNITS:
        raise BadInput("spectrometer.choose", field="unit")
    if setup.rows == NAMED and not name:
        raise BadInput("spectrometer.row_name_missing", field="row_name")
    if not 0 <= setup.skip_lines <= MOST_SKIPPED:
        raise BadInput("spectrometer.skip_lines", field="skip_lines", most=MOST_SKIPPED)
    return setup._replace(sample_column=column, row_name=name if setup.rows == NAMED else "")


def find_setup(reader: Reader, site: str) -> SpectrometerSetup:
    """Return how the files of a site are read; as most spectrometers write them where nobody has said so."""
    found = reader.find_documents(KIND, [site]).get(site)
    return _read(found) if found else SpectrometerSetup()


def put_setup(store: Store, actor: Actor, site: str, setup: SpectrometerSetup) -> SpectrometerSetup:
    """Keep how the files of a site are read. Raises BadInput, NotAllowed for who is no supervisor there."""
    checked = check_setup(setup)

    def work(writer: Writer) -> None:
        if not is_supervisor(writer, actor.person, site, actor.now_ms):
            raise NotAllowed("spectrometer.needs_supervisor")
        writer.put_document(KIND, site, checked._asdict(), group=site)
        note(writer, actor.entry(AuditAction.SPECTROMETER_CHANGE, KIND, site))

    store.write(work)
    return checked


def _read(document: Document) -> SpectrometerSetup:
    return SpectrometerSetup(**document.body)
