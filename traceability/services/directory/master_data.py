"""Let administrators of the whole system keep sites and targets, each change from the version they saw and in the audit log."""

from graph.store import Document, Reader, Store, Writer
from traceability.domain.errors import NotAllowed, NotFound, WriteConflict
from traceability.services.directory import audit
from traceability.services.directory.accounts import administrator_of
from traceability.services.directory.audit import Actor, AuditAction
from traceability.services.directory.people import find_person
from traceability.services.directory.reference import ReferenceDocument, list_all, put_reference

ACTIONS = {
    "site": (AuditAction.SITE_ADD, AuditAction.SITE_CHANGE),
    "target": (AuditAction.TARGET_CHANGE, AuditAction.TARGET_CHANGE),
    "setting": (AuditAction.THRESHOLDS_CHANGE, AuditAction.THRESHOLDS_CHANGE),
}


def put_master_data(store: Store, actor: Actor, entry: ReferenceDocument, version: int) -> None:
    """Store a site, target or the thresholds of findings as the next after a version, 0 for a new one. Raises NotAllowed, WriteConflict.

    What it states was judged as the same entry of a file would be.
    """

    def work(writer: Writer) -> None:
        if not administrator_of(writer, find_person(writer, actor.person), actor.now_ms).is_of_all:
            raise NotAllowed("people.not_of_all")
        stored = writer.find_documents(entry.kind, [entry.id]).get(entry.id)
        if (stored.version if stored else 0) != version:
            raise WriteConflict("admin.changed" if version else "admin.exists", id=entry.id)
        put_reference(writer, [entry._replace(expected_version=version)])
        added, changed = ACTIONS[entry.kind]
        audit.note(writer, actor.entry(changed if version else added, entry.kind, entry.id))

    store.write(work)


def find_master_data(reader: Reader, kind: str, id_: str) -> Document:
    """Return a site or target as it is stored. Raises NotFound."""
    found = reader.find_documents(kind, [id_]).get(id_)
    if found is None:
        raise NotFound("admin.unknown", id=id_)
    return found


def list_master_data(reader: Reader, kind: str) -> list[Document]:
    """Return all sites or targets, by id."""
    return list_all(reader, kind)
