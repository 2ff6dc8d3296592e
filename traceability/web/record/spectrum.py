"""Put what a spectrometer's file says into the fields of a composition, before anything is recorded.

The file is read by a button of the form, without scripts too, and is not kept: its name and SHA-256 become a document of the
event. Of several samples that of the name typed is taken, else the last; the others are carried in the page to choose from.
"""

import json
from typing import NamedTuple

from flask import request

from traceability.domain.errors import BadInput
from traceability.domain.identifier import normalise_identifier
from traceability.exchange.spectrometer import (
    MOST_BYTES,
    SampleReading,
    SpectrometerFile,
    read_spectrometer,
)
from traceability.services.directory.spectrometers import SpectrometerSetup, find_setup
from traceability.web.forms.event_fields import ASSAYED
from traceability.web.forms.form import SPECTRUM, SPECTRUM_READ, SPECTRUM_SAMPLE, EventForm
from traceability.web.shell import current
from traceability.web.shell.words import say, t
from traceability.wire.schemas import ELEMENTS

READ_FILE, CHOOSE_SAMPLE = SPECTRUM_ACTIONS = ("read-file", "choose-sample")
COMPOSITION = "composition-"
DOCUMENT = "documents-0-"
LONGEST_NAME = 100
MOST_CARRIED = 50  # samples of a file to choose from, the newest


class ReadFile(NamedTuple):
    """A file that was read: its name, and what it holds."""

    name: str
    file: SpectrometerFile


class Spectrum(NamedTuple):
    """A file in a form: its name and SHA-256, its samples to choose from, the one chosen, and the readings as carried."""

    name: str
    sha256: str
    samples: tuple[tuple[str, str], ...]
    chosen: str
    carried: str


def read_upload(setup: SpectrometerSetup) -> ReadFile:
    """Return the file that was sent with the request. Raises BadInput for none and for one that cannot be read."""
    upload = request.files.get(SPECTRUM)
    if upload is None or not upload.filename:
        raise BadInput("spectrometer.no_file")
    content = upload.stream.read(MOST_BYTES + 1)
    name = "".join(sign for sign in upload.filename if sign.isprintable())
    return ReadFile(name[-LONGEST_NAME:] or "–", read_spectrometer(content, setup))


def read_spectrum(form: EventForm) -> None:
    """Fill the composition of a form by the file that was sent, or by another sample of the one read before."""
    try:
        if form.action == READ_FILE:
            read = read_upload(find_setup(current.reader(), form.site))
        else:
            read = _read_carried(form)
    except BadInput as error:
        form.object_to(SPECTRUM, say(error))
        return
    readings = read.file.readings[-MOST_CARRIED:]
    _carry(form, ReadFile(read.name, read.file._replace(readings=readings)))
    chosen = _choose(form, readings)
    if chosen is None:
        names = ", ".join(one.sample for one in readings)[:200]
        form.object_to(SPECTRUM, t("spectrometer.other_samples", sample=form.typed["sample"], known=names))
        return
    form.typed[SPECTRUM_SAMPLE] = str(chosen)
    for name in [name for name in form.typed if name.startswith(COMPOSITION)]:
        form.typed.pop(name)
    for element, content in readings[chosen].contents.items():
        form.typed[COMPOSITION + element] = content
    form.typed["sample"] = readings[chosen].sample[:LONGEST_NAME] or form.typed.get("sample", "")
    form.typed[DOCUMENT + "type"] = t("spectrometer.document")
    form.typed[DOCUMENT + "number"] = read.name
    form.typed[DOCUMENT + "sha256"] = read.file.sha256


def list_elements(form: EventForm) -> tuple[str, ...]:
    """Return the elements that an assay asks for, and those that a file stated beside them."""
    stated = [name.removeprefix(COMPOSITION) for name in form.typed if name.startswith(COMPOSITION)]
    return (*ASSAYED, *(element for element in stated if element not in ASSAYED and element in ELEMENTS))


def find_spectrum(form: EventForm) -> Spectrum | None:
    """Return the file that a form was filled by, None for none."""
    try:
        read = _read_carried(form)
    except BadInput:
        return None
    samples = tuple(
        (str(number), one.sample or t("spectrometer.line", line=one.line))
        for number, one in enumerate(read.file.readings)
    )
    return Spectrum(
        read.name, read.file.sha256, samples, form.typed.get(SPECTRUM_SAMPLE, ""), form.typed[SPECTRUM_READ]
    )


def _choose(form: EventForm, readings: tuple[SampleReading, ...]) -> int | None:
    """Return the place of the sample that is meant; None where the name typed is none of several."""
    if form.action == CHOOSE_SAMPLE:
        typed = form.typed.get(SPECTRUM_SAMPLE, "")
        places = [number for number in range(len(readings)) if str(number) == typed]
        return places[0] if places else len(readings) - 1
    wanted = normalise_identifier(form.typed.get("sample", ""))
    same = [number for number, one in enumerate(readings) if normalise_identifier(one.sample) == wanted]
    if same:
        return same[-1]
    return len(readings) - 1 if not wanted or len(readings) == 1 else None


def _carry(form: EventForm, read: ReadFile) -> None:
    rows = [[one.sample, one.line, dict(one.contents)] for one in read.file.readings]
    form.typed[SPECTRUM_READ] = json.dumps([read.name, read.file.sha256, rows], ensure_ascii=False)


def _read_carried(form: EventForm) -> ReadFile:
    """Return the file as the page carries it. Raises BadInput where it carries none."""
    try:
        name, digest, rows = json.loads(form.typed.get(SPECTRUM_READ, ""))
        readings = tuple(
            SampleReading(
                str(sample),
                int(line),
                {str(key): str(text) for key, text in contents.items() if key in ELEMENTS},
            )
            for sample, line, contents in rows
        )
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        raise BadInput("spectrometer.no_file") from None
    if not readings:
        raise BadInput("spectrometer.no_file")
    return ReadFile(str(name), SpectrometerFile(readings[:MOST_CARRIED], str(digest)))
