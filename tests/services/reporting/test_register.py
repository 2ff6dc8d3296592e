"""A register says who holds which certificates, how they stand on a day, and names only what may be seen."""

from typing import Any

import pytest

from tests.support.business import Business
from tests.support.reading import ask
from tests.support.reporting import GUIZHOU, HUNAN, declare, written
from tests.support.viewing import owner_of
from traceability.domain.errors import EventRejected
from traceability.domain.period import parse_period
from traceability.domain.vocabulary import NATION as CN
from traceability.services.reporting.registers.certificates import (
    REGISTERED,
    Register,
    count_new_certificates,
    read_register,
    register_table,
)
from traceability.services.reporting.scope import Level

HASH = "ab" * 32
DAY = "2026-01-15"


def certify(here: Business, number: str, site: str = "plant", **fields: Any) -> str:
    fields.setdefault("certificate_kind", "green_factory")
    if fields["certificate_kind"] == "green_factory":
        fields.setdefault("certificate_level", "national")
    return declare(here, "certificate", "2025", site, certificate=number, **fields)


def register_of(here: Business, code: str = HUNAN, day: str = DAY, **seen: Any) -> Register:
    level: Level = "nation" if code == CN else "province"
    return ask(here.store, read_register, level, code, day, **seen)


def refused(here: Business, **fields: Any) -> list[tuple[str, str]]:
    with pytest.raises(EventRejected) as error:
        certify(here, "X-1", **fields)
    return [(one.code, one.path) for one in error.value.violations]


def test_a_register_tells_how_each_certificate_stands(here: Business) -> None:
    certify(here, "G-3", valid_from="2023-01-01", valid_until="2025-12-31")
    certify(here, "G-1", valid_from="2025-03-01", valid_until="2028-02-29")
    certify(here, "G-2", "yard", certificate_level="provincial", valid_until="2026-03-31")
    certify(here, "G-4", "guiyang", valid_from="2026-02-01")
    declare(here, "certificate", "2025", "plant", certificate="old", valid_until="2026-12-31")
    assert [(one.number, one.standing) for one in register_of(here).certificates] == [
        ("G-1", "valid"), ("G-3", "expired"), ("G-2", "expiring"), ("old", "valid"),
    ]  # fmt: skip
    counted = [
        (kind.id, level and level.id, count) for kind, level, count in register_of(here).count_in_force()
    ]
    assert counted == [("green_factory", "national", 1), ("green_factory", "provincial", 1)]
    assert [one.number for one in register_of(here, GUIZHOU).certificates] == ["G-4"]
    assert register_of(here, GUIZHOU).certificates[0].standing == "not_yet"
    assert len(register_of(here, CN).certificates) == 5
    some = register_of(here, CN, viewer=owner_of("yard"))
    assert ([one.number for one in some.certificates], some.hidden) == (["G-2"], 4)


def test_new_certificates_are_counted_beside_what_an_authority_states(here: Business) -> None:
    certify(here, "G-1", valid_from="2025-03-01")
    certify(here, "G-2", valid_from="2025-06-01")  # of the same plant: one factory
    certify(here, "G-3", "yard")  # nobody says from when: of the year that it was declared of
    certify(here, "G-4", "guiyang", valid_from="2024-12-31")
    certify(here, "G-5", "chengdu", certificate_level="provincial", valid_from="2025-01-01")

    def count(code: str, period: str) -> int:
        level: Level = "nation" if code == CN else "province"
        held = REGISTERED["green_factories"]
        return ask(here.store, count_new_certificates, level, code, parse_period(period), *held)

    assert [count(HUNAN, period) for period in ("2025", "2025-Q1", "2024")] == [2, 2, 0]
    assert [count(GUIZHOU, period) for period in ("2025", "2024")] == [0, 1]
    assert count(CN, "2025") == 2


def test_a_voided_certificate_leaves_the_register_and_frees_its_number(here: Business) -> None:
    event = certify(here, "G-1")
    with pytest.raises(EventRejected):
        certify(here, "G-1", "yard")
    here.void(event, "plant")
    assert register_of(here).certificates == ()
    certify(here, "G-1", "yard")
    assert [one.site for one in register_of(here).certificates] == ["yard"]


def test_a_kind_says_what_its_certificates_need(here: Business) -> None:
    assert refused(here, certificate_kind="best_factory") == [
        ("rule.unknown_certificate_kind", "certificate_kind")
    ]
    assert refused(here, certificate_level="galactic") == [("rule.certificate_level", "certificate_level")]
    assert refused(here, certificate_level="") == [("rule.field_missing", "certificate_level")]
    assert refused(here, base="park") == [("rule.certificate_of_site", "base")]
    assert refused(here, certificate_kind="green_park", certificate_level="national") == [
        ("rule.field_missing", "base")
    ]
    assert refused(here, certificate_kind="ghg_report") == [("rule.document_hash_missing", "documents")]
    assert refused(here, certificate_kind="ghg_report", certificate_level="A", documents=[
        {"type": "report", "number": "1", "sha256": HASH}
    ]) == [("rule.certificate_without_levels", "certificate_level")]  # fmt: skip
    assert refused(here, valid_from="2026-01-01", valid_until="2025-01-01") == [
        ("rule.validity_ends_before", "valid_until")
    ]


def test_a_yearly_report_and_its_verification_are_known_by_their_documents(here: Business) -> None:
    for kind in ("ghg_report", "ghg_verification"):
        papers = [{"type": "PDF", "number": kind, "sha256": HASH}]
        certify(here, f"2025-{kind}", certificate_kind=kind, documents=papers)
    header, *rows = written(register_table(register_of(here)))
    table = [dict(zip(header, row, strict=True)) for row in rows]
    assert [(row["kind"], row["period"], row["sha256"]) for row in table] == [
        ("ghg_report", "2025", HASH), ("ghg_verification", "2025", HASH),
    ]  # fmt: skip
