"""A row gives back exactly what was written: events with their frozen parameters, lots, edges, postings, keys."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import records
from tests.graph.histories import make_event, make_lot
from traceability.domain.errors import BadInput, Violation
from traceability.domain.event import BALANCE, BELOW, ElementContent, Frozen
from traceability.domain.lot import Content, Lot, Shipped
from traceability.domain.material import Limit, Material, Tolerances
from traceability.domain.posting import LedgerRow, Posting
from traceability.domain.provenance import CLASSES

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
grams = st.integers(0, 2**53)
orders = st.tuples(st.integers(0, 2**45), st.integers(0, 2**40))
tuples_of_text = st.lists(texts, max_size=3).map(tuple)
keys = st.tuples(
    st.integers(0, len(CLASSES) - 1),
    st.sampled_from(["430000", "IMP-JP", "ADD", "OPEN"]),
    st.integers(0, 1),
)
vectors = st.dictionaries(keys, st.integers(1, 2**53), max_size=4)
contents = st.builds(Content, orders, texts, grams, grams, vectors, grams)
shipments = st.builds(Shipped, texts, texts, texts, texts, grams, grams, st.booleans())
compositions = st.lists(
    st.builds(ElementContent, texts, grams, st.sampled_from(["", BELOW, BALANCE])), max_size=2
).map(tuple)
lots = st.builds(
    Lot,
    **dict.fromkeys(("id", "code", "metal", "material", "family", "site", "region", "made_by"), texts),
    contents=st.lists(contents, min_size=1, max_size=3).map(tuple),
    remaining_g=grams, last=orders, moved_ms=grams, custody=st.sampled_from(["held", "in_transit", "delivered"]),
    **{name: st.just(False) | st.booleans() for name in
       ("quarantined", "void", "refined", "remelt_ingot", "hazardous", "to_other_firm", "reclassified")},
    **{name: st.just("") | texts for name in
       ("waste_code", "tapped_at", "tapped_region", "shipment", "shipper", "shipper_region", "to", "parent", "supplier")},
    composition=compositions, shipped_g=grams, returned_g=grams,
    failures=st.lists(st.tuples(texts, orders), max_size=2).map(tuple), born_failed=tuples_of_text, codes=tuples_of_text,
    born_failures=st.lists(st.tuples(texts, orders), max_size=2).map(tuple),
    born_composition=compositions,
    past=st.lists(shipments, max_size=2).map(tuple), born_past=st.lists(shipments, max_size=2).map(tuple),
)  # fmt: skip
names = st.dictionaries(st.sampled_from(["zh", "en", "pt_BR"]), texts).map(lambda names: tuple(names.items()))
materials = st.builds(
    Material, texts, tuples_of_text, texts, names, family=texts, fraction_ppm=grams, low_g=grams, high_g=grams,
    waste_code=texts, refined=st.booleans(), remelt_ingot=st.booleans(), grades=tuples_of_text, standard=texts,
    verified=st.booleans(), limits=st.lists(st.builds(Limit, texts, grams, grams), max_size=2).map(tuple),
)  # fmt: skip


def frozens(versions: st.SearchStrategy[Any]) -> st.SearchStrategy[Frozen]:
    return st.builds(
        Frozen, grams, texts, roles=tuples_of_text, approver_roles=tuples_of_text,
        masses=st.lists(grams, max_size=3).map(tuple), lots=tuples_of_text, codes=tuples_of_text,
        materials=st.dictionaries(texts, materials, max_size=2),
        tolerances=st.just(Tolerances()) | st.builds(Tolerances, *[grams] * len(Tolerances._fields)),
        tare_g=grams, licence=texts, late=st.booleans(), to_other_firm=st.booleans(), clean=st.booleans(), voided=tuples_of_text,
        month_digest=st.just("") | texts,
        tapped_regions=st.dictionaries(texts, texts, max_size=2), booked_regions=st.dictionaries(texts, texts, max_size=2),
        edition=st.integers(0, 9), versions=versions,
    )  # fmt: skip


violations = st.builds(
    Violation, texts, texts, tuples_of_text, tuples_of_text, st.dictionaries(texts, texts | grams | st.none(), max_size=2),
    st.booleans(),
)  # fmt: skip


@given(lots)
def test_lots(lot: Lot) -> None:
    row = records.encode_lot(lot)
    assert records.decode_lot(row) == lot
    assert {type(part) for part in row} <= {str, int}
    assert (row.status, row.form, row.destination) == (lot.status, lot.form, lot.to)


@given(frozens(st.dictionaries(texts, frozens(st.just({})), max_size=2)))
def test_frozen_parameters(frozen: Frozen) -> None:
    text = records.encode_frozen(frozen)
    assert records.decode_frozen(text) == frozen
    assert records.encode_frozen(records.decode_frozen(text)) == text


def test_what_only_seals_freeze_costs_others_nothing_and_may_be_missing() -> None:
    assert records.encode_frozen(Frozen(1, "430681")) == '{"time_ms":1,"region":"430681"}'


def test_a_frozen_material_keeps_each_name_under_its_language() -> None:
    names = (("zh", "铜"), ("en", "copper"))
    frozen = Frozen(1, "430681", materials={"cu": Material("cu", ("cathode",), "Cu", names, "cathode")})
    text = records.encode_frozen(frozen)
    assert text == (
        '{"time_ms":1,"region":"430681","materials":{"cu":{"id":"cu","forms":["cathode"],"metal":"Cu",'
        '"name_zh":"铜","name_en":"copper","family":"cathode"}}}'
    )
    assert records.decode_frozen(text) == frozen
    old = '{"time_ms":1,"region":"430681","roles":["supervisor"]}'
    assert records.decode_frozen(old) == Frozen(1, "430681", ("supervisor",))
    sealed = Frozen(1, "430681", month_digest="ab")
    assert records.decode_frozen(records.encode_frozen(sealed)) == sealed


@given(
    frozens(st.just({})),
    st.lists(violations, max_size=2).map(tuple),
    st.booleans(),
    st.lists(grams).map(tuple),
)
def test_events(
    frozen: Frozen, warnings: tuple[Violation, ...], live: bool, revisions: tuple[int, ...]
) -> None:
    event = make_event(3, "melt", note="x")
    event = replace(event, frozen=frozen._replace(time_ms=event.frozen.time_ms), warnings=warnings, live=live)
    event = replace(event, revisions=revisions)
    if revisions:
        event = replace(event, draft=event.draft._replace(note="a replacement"))
    row = records.encode_event(event)
    assert records.decode_event(row) == event
    assert (row.current is not None) == bool(revisions)
    assert {type(part) for part in row} <= {str, int, bool, type(None)}


def test_a_reset_event_is_its_first_version() -> None:
    first = make_event(3, "melt", note="first")
    moved = replace(
        first, draft=first.draft._replace(note="second", site="chengdu", actor="chen"), live=False, revisions=(9,),
        frozen=first.frozen._replace(time_ms=first.frozen.time_ms + 90 * 86_400_000, region="510100"),
    )  # fmt: skip
    row = records.encode_event(moved)._replace(first=records.encode_frozen(first.frozen))
    assert records.reset_event(row) == records.encode_event(first)


def test_defaults_take_no_room() -> None:
    event = make_event(1)
    assert records.encode_lot(make_lot(1, event)).more == "{}"
    assert set(json.loads(records.encode_frozen(event.frozen))) == {"time_ms", "region", "roles"}
    row = records.encode_event(event)
    assert (row.warnings, row.revisions, row.first, row.current) == ("[]", "[]", None, None)


def test_postings() -> None:
    posting = Posting(
        1, 2, 3, "2025-01", LedgerRow(*(f"t{number}" for number in range(len(LedgerRow._fields)))), -4
    )
    row = records.encode_posting(posting)
    assert dict(zip(records.POSTING_COLUMNS, row, strict=True))["grams"] == -4
    assert records.decode_posting(row) == posting


@given(st.lists(texts | st.integers(-(2**63) + 1, 2**63 - 1), max_size=4))
def test_keys_of_lists(parts: list[str | int]) -> None:
    key = records.format_key(*parts)
    assert records.parse_key(key, *(type(part) for part in parts)) == tuple(parts)
    with pytest.raises(BadInput):
        records.parse_key(key, *(type(part) for part in parts), int)


def test_numbers_that_no_engine_holds_are_refused() -> None:
    for text in (f"[{2**63}]", f"[{-(2**63) - 1}]", "[true]", "[1.0]", "[NaN]"):
        with pytest.raises(BadInput):
            records.parse_key(text, int)


def test_what_the_first_books_kept_of_firms_is_read() -> None:
    """A shipment kept its own firm, and region and firm of its destination."""
    kept = '{"time_ms":5,"region":"430681","firm":"miluo","sites":{"chengdu":["510100","%s"]},"masses":[7]}'
    assert records.decode_frozen(kept % "chengdu-alloy") == Frozen(
        5, "430681", masses=(7,), to_other_firm=True
    )
    assert records.decode_frozen(kept % "miluo") == Frozen(5, "430681", masses=(7,))
