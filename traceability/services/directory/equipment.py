"""Keep what is registered at a site under a name of its own, a document each: its scales, its furnaces."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from graph.paging import read_all
from graph.store import Document, Reader, Writer
from traceability.domain.errors import BadInput, NotFound, WriteConflict
from traceability.services.directory.audit import Actor, AuditAction, note

MOST_AT_SITE = 50


class EquipmentRegister(NamedTuple):
    """The register of one kind of equipment: documents of ``kind``, grouped by site, whose body has a ``name``.

    Messages begin with the kind: unknown, name_taken, too_many. ``check_rights`` raises NotAllowed for who may change
    nothing at a site; ``action`` is how a change is noted.
    """

    kind: str
    action: AuditAction
    check_rights: Callable[[Reader, Actor, str], None]

    def list_at(self, reader: Reader, sites: Collection[str]) -> list[Document]:
        """Return what is registered at some sites, by site and name."""
        found = [
            one
            for site in sorted(set(sites))
            for one in read_all(lambda after, site=site: reader.list_documents(self.kind, site, after))  # type: ignore[misc]
        ]
        return sorted(found, key=lambda one: (one.group, one.body["name"]))

    def find(self, reader: Reader, id_: str, sites: Collection[str]) -> Document:
        """Return what is registered under an id at one of these sites. Raises NotFound."""
        found = reader.find_documents(self.kind, [id_]).get(id_)
        if found is None or found.group not in sites:
            raise NotFound(f"{self.kind}.unknown")
        return found

    def put(self, writer: Writer, actor: Actor, changed: Document) -> Document:
        """Add what has version 0, or change the version that it was made from; return it as it is kept.

        Raises BadInput, NotAllowed, NotFound, WriteConflict.
        """
        site, name = changed.group, changed.body["name"]
        self.check_rights(writer, actor, site)
        others = [one for one in self.list_at(writer, [site]) if one.id != changed.id]
        if any(one.body["name"] == name for one in others):
            raise BadInput(f"{self.kind}.name_taken", field="name")
        if len(others) >= MOST_AT_SITE:
            raise BadInput(f"{self.kind}.too_many", field="name", most=MOST_AT_SITE)
        known = writer.find_documents(self.kind, [changed.id]).get(changed.id)
        if changed.version and (known is None or known.group != site):
            raise NotFound(f"{self.kind}.unknown")
        if known is not None and known.version != changed.version:
            raise WriteConflict("admin.changed", id=name)
        kept = writer.put_document(self.kind, changed.id, changed.body, changed.version, site)
        self._note(writer, actor, kept)
        return kept

    def find_to_remove(
        self, reader: Reader, actor: Actor, id_: str, sites: Collection[str]
    ) -> Document | None:
        """Return what somebody who sees these sites may take out, None where it is not there. Raises NotAllowed.

        What is at another site is not there: nobody learns from a refusal what others have.
        """
        found = reader.find_documents(self.kind, [id_]).get(id_)
        if found is None or found.group not in sites:
            return None
        self.check_rights(reader, actor, found.group)
        return found

    def remove(self, writer: Writer, actor: Actor, found: Document) -> None:
        """Take out what ``find_to_remove`` found."""
        writer.erase_document(self.kind, found.id)
        self._note(writer, actor, found)

    def _note(self, writer: Writer, actor: Actor, changed: Document) -> None:
        note(writer, actor.entry(self.action, self.kind, f"{changed.group} · {changed.body['name']}"))
