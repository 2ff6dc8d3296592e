"""Define the kinds of certificates that a site or base can hold, which are reference data."""

from typing import NamedTuple

from traceability.domain.names import NamesByLanguage, choose_name


class CertificateLevel(NamedTuple):
    """A level that certificates of one kind are given at: national, A, II …"""

    id: str
    names: NamesByLanguage

    def name(self, language: str) -> str:
        """Return the name in a language."""
        return choose_name(self.names, language)


class CertificateKind(NamedTuple):
    """A kind of certificate: green factory, clean-production level …

    ``holder`` is ``site`` or ``base``. ``levels`` stand in the order of the reference data; a kind
    without any is held or not. ``needs_document``: it is a report or statement, held by the SHA-256 of
    the document.
    """

    id: str
    holder: str
    names: NamesByLanguage
    levels: tuple[CertificateLevel, ...] = ()
    needs_document: bool = False

    def name(self, language: str) -> str:
        """Return the name in a language."""
        return choose_name(self.names, language)

    def find_level(self, level: str) -> CertificateLevel | None:
        """Return the level with this id, None where the kind has no such level."""
        return next((known for known in self.levels if known.id == level), None)
