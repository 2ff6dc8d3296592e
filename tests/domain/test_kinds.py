"""The record of event kinds: what is derived from it agrees with schemas, rules and words."""

import ast
import re
from pathlib import Path

import pytest

from traceability.domain.activities import ACTIVITIES
from traceability.domain.event import Draft
from traceability.domain.kinds import (
    ENTRIES,
    ENTRY,
    EVENT_KINDS,
    KINDS,
    MENU,
    MOVEMENTS,
    OBSERVATIONS,
    PREPARATION,
    PROCESS,
    RECORDS,
    TRANSFORMATIONS,
    EventKind,
)
from traceability.domain.vocabulary import FORMS
from traceability.locale import LANGUAGES, text
from traceability.wire.fields import attribute_of, wire_fields
from traceability.wire.schemas import FIGURES, SCHEMAS


def test_every_kind_belongs_to_one_group() -> None:
    groups = (ENTRIES, TRANSFORMATIONS, MOVEMENTS, OBSERVATIONS, RECORDS)
    assert sorted(kind for group in groups for kind in group) == sorted(KINDS)


def test_whatever_brings_metal_in_or_makes_something_of_it_is_open_to_some_kinds_of_site() -> None:
    made = {kind.id for kind in EVENT_KINDS if kind.group in (ENTRY, PREPARATION, PROCESS)}
    assert made - {"opening"} == ACTIVITIES


def test_every_kind_has_a_schema_and_no_schema_is_of_another() -> None:
    assert sorted(SCHEMAS) == sorted(KINDS)


@pytest.mark.parametrize("kind", EVENT_KINDS, ids=lambda kind: kind.id)
def test_the_record_agrees_with_schema_and_words(kind: EventKind) -> None:
    schema = SCHEMAS[kind.id]
    fields = [field for key, field in wire_fields(schema).items() if key not in schema.by_name]
    own = {attribute_of(field) for field in fields} - {*Draft._fields, "event_time"}
    own = (own - set(FIGURES)) | ({"figures"} if own & set(FIGURES) else set())
    assert own <= set(kind.detail._fields if kind.detail else ())
    assert bool(own) is (kind.detail is not None)
    assert set(kind.forms_in) | set(kind.forms_out) <= set(FORMS)
    assert ("inputs" in schema.load_fields) is bool(kind.forms_in)
    assert ("outputs" in schema.load_fields) is bool(kind.forms_out)
    assert ("uptake_g" in schema.load_fields) is kind.has_uptake
    assert ("heat_number" in schema.load_fields) is kind.is_heat
    for language in LANGUAGES:
        assert text(f"kind.{kind.id}", {}, language) != f"kind.{kind.id}"


NAMED_IN = {
    "traceability/domain/activities.py": "what sites of each kind may record, as it ships",
    # What a single kind does with metal, or must state: its rules, each beside those of its group.
    "traceability/domain/entry.py": "what entries state, and what they post",
    "traceability/domain/rules.py": "what a kind must and must not state",
    "traceability/domain/transformation.py": "what a transformation does with the metal of its inputs",
    "traceability/services/tracing/custody_model.py": "new scrap of fabrication begins a chain of its own",
    # What a client may send, kind by kind.
    "traceability/wire/schemas.py": "the schema of each kind",
    # The page of a kind, and what differs on it.
    "traceability/web/record/collect.py": "the page of collections",
    "traceability/web/record/entries.py": "the page of entries",
    "traceability/web/record/monthly.py": "the pages of declarations and seals",
    "traceability/web/record/moving.py": "the pages of shipments and receipts",
    "traceability/web/record/observations.py": "the page of observations, disposals and returns",
    "traceability/web/forms/form.py": "a seal asks for the password",
    "traceability/web/forms/event_fields.py": "the fields of the form of each kind",
    "traceability/web/forms/correction.py": "the draft of a correction",
    "traceability/web/corrections/views.py": "the page of corrections",
    "traceability/web/shell/current.py": "who may correct",
    "traceability/services/recording/capture.py": "the receipt of a seal names the head of the book",
    "traceability/web/events/views.py": "the page of a seal shows the head of the book",
    "traceability/services/recording/undo.py": "the correction that takes an event back",
    "traceability/services/recording/confirm.py": "the correction that confirms warnings",
    "traceability/web/home/views.py": "who may correct",
    "templates/home/home.html": "a seal lacks records, which are declared",
    "traceability/exchange/seed_folder.py": "a split region",
    "traceability/render/trace_layout.py": "a movement that split a lot is drawn as a split",
    "templates/record/entry.html": "the page of entries",
    "templates/record/observation.html": "the page of observations, disposals and returns",
    "templates/events/event.html": "the targets of a correction",
    "templates/reports/figure.html": "postings by correction",
    "traceability/services/auditing/facts.py": "what an opening found was in stock before",
    "traceability/services/auditing/journal.py": "what auditors look for: corrections, seals, declarations",
    # Other things of the same name.
    "templates/components/filters.html": "with or without direct use, a parameter of the address",
    "traceability/web/reports/filters/bar.py": "parameters of the address",
    "traceability/web/shell/report_pages.py": "the parameter that sorts a table",
    "traceability/services/reporting/flows/legs.py": "kinds of sites",
    "traceability/services/reporting/why/reasons.py": "a section of indicators",
    "traceability/services/reporting/why/parts.py": "a section of indicators",
    "traceability/render/why_sheets/gap.py": "a section of indicators",
    "traceability/render/why_sheets/months.py": "a section of indicators",
    "traceability/render/why_sheets/recycled.py": "an origin of metal",
    "traceability/render/why_sheets/split.py": "a section of indicators",
    "traceability/web/reports/filters/taken.py": "parameters of the address",
    "traceability/web/reports/filters/page.py": "parameters of the address",
    "traceability/web/home/planner.py": "parameters of the address",
    "templates/flows/lots.html": "postings by correction",
    "traceability/domain/posting.py": "accounts of the ledger, and the ways into supply",
    "traceability/domain/vocabulary.py": "accounts of the ledger, and kinds of sites",
    "traceability/services/reporting/declared/evidence.py": "parts of the evidence of a site",
    "traceability/web/reports/filters/query.py": "methods of a share, and a parameter of the address",
    "traceability/domain/indicators.py": "a group of indicators",
    "traceability/services/reporting/figures/report.py": "a group of indicators",
    "traceability/exchange/event_log.py": "the deliverer of an imported log",
    "traceability/services/directory/audit.py": "an action of the audit log",
    "traceability/exchange/job_tasks.py": "the task that imports a log",
    "traceability/cli/__init__.py": "the command that imports a log",
    "traceability/cli/transfer.py": "the command that imports a log",
    # A query whose plan must not depend on the kinds: held against the record below.
    "graph/sqlite/events.sql": "the kinds that happen to no lot",
}
"""Files that name a kind of event beside ``domain/kinds.py``, each with its reason."""

ROOT = Path(__file__).resolve().parents[2]
STORY = ROOT / "traceability" / "exchange" / "demo"
"""What the demo's people record: drafts of single kinds, as clients send them."""
NAME_OF_KIND = re.compile("[\"'](" + "|".join(KINDS) + ")[\"']")


def names_a_kind(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return bool(NAME_OF_KIND.search(text))
    constants = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
    return any(value in KINDS for value in constants if isinstance(value, str))


def test_only_the_record_lists_kinds() -> None:
    """A second table of kinds is forgotten when one is added: lists are derived from the fields of the record."""
    folders = ("traceability", "graph", "scanners", "templates")
    files = [
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".html", ".sql", ".cypher"}
    ]
    naming = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if STORY not in path.parents and names_a_kind(path)
    }
    assert naming - {"traceability/domain/kinds.py"} <= NAMED_IN.keys()
    assert NAMED_IN.keys() <= naming, "no longer needed in the list"


def test_what_queries_leave_out_are_the_records() -> None:
    text = (ROOT / "graph/sqlite/events.sql").read_text(encoding="utf-8")
    (listed,) = set(re.findall(r"kind NOT IN \((.*?)\)", text))
    assert tuple(re.findall(r"'(\w+)'", listed)) == RECORDS


def test_the_menu_offers_kinds_by_groups_in_a_fixed_order() -> None:
    assert MENU == {
        "take_in": ("collect", "import", "produce_primary", "supply", "receive"),
        "process": (
            "sort", "shred", "bale", "split", "blend", "melt", "cast_ingot", "direct_use", "fabricate", "recover",
        ),
        "send": ("ship",),
        "stock": ("opening", "declare", "seal"),
    }  # fmt: skip
    for language in LANGUAGES:
        for group, kinds in MENU.items():
            codes = [f"{words}.{kind}" for words in ("menu", "home.task") for kind in kinds]
            codes.append(f"menu.group.{group}")
            assert [code for code in codes if text(code, {}, language) == code] == []
