"""Limit what a request may send, by endpoint, before any of it is parsed.

| sent to | bytes | fields |
|---|---|---|
| sign-in, sign-out, choice of a site, one button (``SMALL_FORMS``) | 32 KiB | 100 |
| a form of a record | 1 MB: a melt of 500 inputs and 200 outputs has 0.2 MB | 10,000 |
| a form with photos, multipart, from somebody with a session | 60 MiB, of which 1 MB text | 10,000 |
| a photo of codes, which is read and not kept, from somebody with a session | 16 MiB | 100 |
| a spectrometer's file, which is read and not kept, from somebody with a session | 2 MB | 10,000 |
| events by machine | 10 MB, a batch of 200 | – |
| a photo of a device's queue, alone, from somebody with a session | 21 MB | – |
| everything else by machine | 32 KiB | – |

Fields are counted before they are parsed, for each takes some 90 bytes of memory, however short it is. Files of a
form are written to the disk as they arrive, unless whoever sends them may not record: then they are counted and
dropped, as they are where the disk is nearly full. Bodies without a Content-Length meet the same limits while they are read.
"""

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

from flask import Flask, Request, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from graph.blobs import MAX_BLOB_BYTES, Blobs
from traceability.domain.errors import StoreError
from traceability.services.directory.photos import BYTES_PER_MB, has_room
from traceability.web.shell import current
from traceability.web.shell.security import session_person
from traceability.wire import MAX_MESSAGE_BYTES

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
MOST_FORM_BYTES = 1_000_000
MOST_FORM_FIELDS = 10_000
MOST_PHOTO_BYTES = 60 * 1024 * 1024  # all photos of one sending, as phones take them
MOST_FILES = 100  # of one sending; each is an open file until it is kept
READ_PHOTOS = frozenset({"scans.read_photo"})
MOST_READ_BYTES = 16 * 1024 * 1024  # of a photo whose codes are read, as phones take them
READ_FILES = frozenset({"assay.form", "furnace_finish.finish", "spectrometer.show"})
MOST_FILE_BYTES = 2_000_000  # of a spectrometer's file with the form that it is in
PHOTO_FORMS = frozenset({"collect.form", "import.form", "correct.replace", "held.mend"})
SMALL_FORMS = frozenset(
    {
        "session.enter", "session.leave", "session.choose_site", "session.change_password", "jobs.cancel",
        "access.end", "access.enrol", "access.list_devices", "access.revoke_device", "access.list_tokens",
        "access.revoke_token",
    }
)  # fmt: skip
MESSAGES = frozenset({"api.record"})
PHOTO_OF_DEVICE = "yard.take_photo"
_PIECE = 1 << 16


class BodyLimit(NamedTuple):
    """The most bytes and fields that one body may have."""

    bytes: int
    fields: int


SMALL = BodyLimit(32 * 1024, 100)


def limit_of(sent: Request) -> BodyLimit:
    """Return the limit of a request's body; that of a form with photos is known to whoever has a session."""
    if sent.endpoint in MESSAGES:
        return BodyLimit(MAX_MESSAGE_BYTES + 100_000, SMALL.fields)  # the wire says what is too large for it
    if sent.endpoint == PHOTO_OF_DEVICE and session_person():
        return BodyLimit(MAX_BLOB_BYTES + 1, SMALL.fields)  # what takes it in says what is too large for it
    if sent.endpoint is None or sent.endpoint in SMALL_FORMS or sent.path.startswith("/api/"):
        return SMALL
    if reads_photo(sent):
        return BodyLimit(MOST_READ_BYTES, SMALL.fields)
    if reads_file(sent):
        return BodyLimit(MOST_FILE_BYTES, MOST_FORM_FIELDS)
    if takes_photos(sent):
        return BodyLimit(MOST_PHOTO_BYTES, MOST_FORM_FIELDS)
    return BodyLimit(MOST_FORM_BYTES, MOST_FORM_FIELDS)


def takes_photos(sent: Request) -> bool:
    """Return whether a request may bring photos: a form that has them, as browsers send it, from a session."""
    return sent.endpoint in PHOTO_FORMS and sent.mimetype == MULTIPART and bool(session_person())


def reads_photo(sent: Request) -> bool:
    """Return whether a request brings a photo whose codes are read, from a session."""
    return sent.endpoint in READ_PHOTOS and sent.mimetype == MULTIPART and bool(session_person())


def reads_file(sent: Request) -> bool:
    """Return whether a request brings a spectrometer's file, which is read, from a session."""
    return sent.endpoint in READ_FILES and sent.mimetype == MULTIPART and bool(session_person())


class DroppedFile(BytesIO):
    """A file of which nothing is kept."""

    def write(self, piece: Any, /) -> int:
        """Drop the bytes and return how many they were."""
        return len(piece)


class LimitedRequest(Request):
    """A request whose forms meet the limits of their endpoint while they are read."""

    folder: Path | None = None  # of files as they arrive; None drops them
    unwanted = False  # they are dropped because the disk is nearly full

    def make_form_data_parser(self) -> FormDataParser:
        """Return the parser of this request's form."""
        return _LimitedParser(self)


class _LimitedParser(FormDataParser):
    """Read a form, with a limit on all its text together and on the number of its files.

    Werkzeug's own limit is of each field, so that ten thousand of them may fill the memory.
    """

    def __init__(self, sent: LimitedRequest) -> None:
        super().__init__(
            stream_factory=self._open_file,
            max_form_memory_size=MOST_FORM_BYTES,
            max_content_length=sent.max_content_length,
            max_form_parts=limit_of(sent).fields,
            cls=sent.parameter_storage_class,
        )
        self._folder = sent.folder
        self._unwanted = sent.unwanted
        self._in_memory = reads_photo(sent) or reads_file(sent)
        self._text = 0
        self._files = 0

    def parse(self, stream: IO[bytes], mimetype: str, content_length: int | None, options: Any = None) -> Any:
        """Return (stream, form, files). Raises RequestEntityTooLarge."""
        if mimetype == MULTIPART:
            stream = _Metered(stream, self)  # type: ignore[assignment]
        return super().parse(stream, mimetype, content_length, options)

    def add_text(self, count: int) -> None:
        """Count bytes that arrived, and those that turned out to be of a file back again."""
        self._text += count
        if self._text > MOST_FORM_BYTES + 2 * _PIECE:  # up to two pieces are not told apart yet
            raise RequestEntityTooLarge

    def _open_file(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None,
        content_length: int | None = None,
    ) -> Any:
        self._files += 1
        if self._files > MOST_FILES:
            raise RequestEntityTooLarge
        if self._in_memory:
            return ArrivingFile(BytesIO(), self)
        if self._folder is None:
            return ArrivingFile(DroppedFile(), self, unwanted=self._unwanted)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return ArrivingFile(TemporaryFile(dir=self._folder), self)
        except OSError as error:
            return ArrivingFile(DroppedFile(), self, error)


class _Metered:
    """The stream of a form, which counts what is read of it."""

    def __init__(self, stream: IO[bytes], parser: _LimitedParser) -> None:
        self._stream = stream
        self._parser = parser

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes. Raises RequestEntityTooLarge."""
        piece = self._stream.read(size)
        self._parser.add_text(len(piece))
        return piece


class ArrivingFile:
    """A file that arrives, whose bytes do not count as text; ``fault`` is why it could not be written.

    ``unwanted`` says that it was dropped because the disk is nearly full.
    """

    def __init__(
        self, file: IO[bytes], parser: _LimitedParser, fault: OSError | None = None, *, unwanted: bool = False
    ) -> None:
        self._file = file
        self._parser = parser
        self.fault = fault
        self.unwanted = unwanted

    def write(self, piece: bytes) -> int:
        """Write the bytes; after a fault they are dropped."""
        self._parser.add_text(-len(piece))
        if self.fault is None:
            try:
                return self._file.write(piece)
            except OSError as error:
                self.fault = error
        return len(piece)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def may_send_photos() -> bool:
    """Return whether photos of this request are kept: of people who may record.

    Where the store does not tell, of everybody with a session: nobody's photos are lost with the store.
    """
    if not session_person():
        return False
    try:
        return bool(current.work_sites())
    except StoreError:
        return True


def install(app: Flask) -> None:
    """Limit every body, before its form is read for a token."""
    app.request_class = LimitedRequest

    @app.before_request
    def limit_body() -> None:
        """Refuse what is too large. Raises RequestEntityTooLarge."""
        limit = limit_of(request)
        request.max_content_length = limit.bytes
        if request.endpoint is None or request.method in ("GET", "HEAD", "OPTIONS"):
            return
        if takes_photos(request) and may_send_photos():
            assert isinstance(request, LimitedRequest)
            settings = current.settings()
            request.unwanted = not has_room(Blobs(settings.blobs), settings.least_free_mb * BYTES_PER_MB)
            request.folder = None if request.unwanted else settings.blobs
        if request.mimetype == URLENCODED:
            body = request.get_data()
            # Of a body without a length Werkzeug returns as much as the limit lets in, and no error.
            if len(body) >= limit.bytes or body.count(b"&") >= limit.fields:
                raise RequestEntityTooLarge
