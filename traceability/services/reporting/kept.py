"""Keep what was worked out of the whole book until anything is recorded: many people look at the same figures meanwhile.

What is kept follows from the events and the reference data alone, whoever asks; who may see which of it is decided anew for
each person. It belongs to one end of a book's hash chain and to one state of the reference data, which a rebuild renews too.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

from graph.store import Reader
from traceability.services.directory.reference import find_reference_version
from traceability.services.recording.judge import REBUILDING

T = TypeVar("T")

MOST_KEPT = (
    24  # of a process, which 23 of them and all else that it keeps of a million lots bring from 126 to 256 MB
)

_kept: OrderedDict[Hashable, Any] = OrderedDict()  # the one used last at the end
_lock = Lock()


def keep_of_book(reader: Reader, key: Hashable, make: Callable[[], T]) -> T:
    """Return what ``make`` works out of the book as the reader has it, made once at this end of it.

    ``key`` names what it is and all that it follows from beside events and reference data. Nobody changes what is returned.
    """
    whole = (reader.book, reader.find_head(), find_reference_version(reader), key)
    with _lock:
        if whole in _kept:
            _kept.move_to_end(whole)
            return cast("T", _kept[whole])
    made = make()
    if may_be_kept(reader):
        with _lock:
            _kept[whole] = made
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return made


def may_be_kept(reader: Reader) -> bool:
    """Return whether what was just read is whole: not while the book is derived again."""
    return not reader.find_claims([REBUILDING])
