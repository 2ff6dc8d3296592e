"""What people type is read as they mean it, and every fault is shown at its field."""

from collections.abc import Collection

import pytest

from traceability.web.forms.form_reader import Typed, read_typed

CODE, OTHER = "126B07K7Q3F7", "C00000000017"
LOT = "0194a000-0000-7000-8000-000000000001"


def find(codes: Collection[str]) -> dict[str, str]:
    return {CODE: LOT} if CODE in codes else {}


def read(*always: str, **fields: str) -> Typed:
    named = [(name.replace("__", "-"), value) for name, value in fields.items()]
    return read_typed(named, find, "localhost", always)


def test_endings_say_how_fields_are_read() -> None:
    typed = read(
        outputs__0__mass_kg="１，２５０．５ ", outputs__0__metal_percent="95%", distance_km="1,200", passed="no",
        weighing__moisture_amount="2", weighing__moisture_unit="percent", weighing__impurity_amount="2",
        started="2025-01-06T08:00", event_time="2025-01-06", note=" a\r\nb ", reason="  ",
    )  # fmt: skip
    assert typed.faults == []
    assert typed.body == {
        "outputs": [{"mass_g": 1_250_500, "metal_fraction": "0.95"}],
        "distance_km": 1200,
        "passed": False,
        "weighing": {"moisture_percent": "2", "impurity_g": 2000},
        "started": "2025-01-06T08:00+08:00",
        "event_time": "2025-01-06",
        "note": "a\nb",
    }


def test_empty_rows_are_left_out_and_faults_find_their_row() -> None:
    typed = read(
        outputs__0__form="scrap", outputs__0__mass_kg="", outputs__3__form="scrap", outputs__3__mass_kg="5",
        outputs__7__mass_kg="x", inputs__2__lot_code=CODE.lower(), inputs__4__lot_code=OTHER[:-1] + "8",
    )  # fmt: skip
    known = [
        "outputs-3-mass_kg",
        "outputs-7-mass_kg",
        "outputs-7-material",
        "inputs-2-lot_code",
        "inputs-4-lot_code",
    ]
    assert typed.body["outputs"] == [{"form": "scrap", "mass_g": 5000}, {}]
    assert typed.body["inputs"][0] == {"lot": LOT}
    assert [(fault.path, fault.code) for fault in typed.faults] == [
        ("outputs.1.mass_kg", "quantity.not_a_number"),
        ("inputs.1.lot", "scan.check_character"),
    ]
    for path, name in {
        "outputs.0.mass_g": "outputs-3-mass_kg",
        "outputs.1.mass_g": "outputs-7-mass_kg",
        "outputs.1.material": "outputs-7-material",
        "inputs.0": "inputs-2-lot_code",
        "inputs.1.lot": "inputs-4-lot_code",
        "loss_g": "",
    }.items():
        assert typed.find_name(path, known) == name, path


def test_rows_that_must_be_there_count_although_empty() -> None:
    assert read("outputs-0", outputs__0__form="scrap").body == {"outputs": [{"form": "scrap"}]}
    assert read(outputs__0__form="scrap").body == {}


def test_a_code_that_no_lot_has_is_said_where_it_was_typed() -> None:
    typed = read(lots__0__lot_code=OTHER)
    assert typed.faults[0].code in ("scan.unbound_input", "scan.not_a_code")
    assert typed.find_name(typed.faults[0].path, ["lots-0-lot_code"]) == "lots-0-lot_code"


@pytest.mark.parametrize(
    "name", ["a", "0", "outputs-", "-", "outputs-0", "outputs--x", "outputs-99999-x", "__proto__", "a-" * 50]
)
def test_odd_names_of_fields_do_no_harm(name: str) -> None:
    read_typed(
        [(name, "1"), (f"{name}-mass_kg", "1"), ("outputs-0-mass_kg", "1"), ("outputs", "1")],
        find,
        "localhost",
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2025-01-06T08:00:46", "2025-01-06T08:00:46+08:00"),
        ("2025-01-06T08:00:46.912", "2025-01-06T08:00:46.912+08:00"),
        ("2025-01-06T08:00:46.9", "2025-01-06T08:00:46.900+08:00"),  # how Chromium sends 46.900
        ("2025-01-06T08:00:46.9123", "2025-01-06T08:00:46.9123"),
        ("2025-01-06 8:00", "2025-01-06T08:00+08:00"),
        ("2025/1/6 08:00", "2025-01-06T08:00+08:00"),
        ("2025/1/6", "2025-01-06"),
        ("6.1.2025", "6.1.2025"),
    ],
)
def test_times_to_the_millisecond_are_in_china(typed: str, meant: str) -> None:
    assert read(event_time=typed).body == {"event_time": meant}


@pytest.mark.parametrize(
    ("number", "code"),
    [("abc", "field.not_integer"), ("1.5", "field.not_integer"), ("1_000", "field.not_integer"),
     ("12,5", "field.not_integer"), ("", ""), ("9" * 30, "field.number_too_long"), ("9" * 5000, "field.number_too_long")],
)  # fmt: skip
def test_a_distance_is_a_whole_number(number: str, code: str) -> None:
    assert [fault.code for fault in read(distance_km=number).faults] == ([code] if code else [])


def test_sums_of_a_year_are_typed_in_tonnes() -> None:
    assert read(output_t="40,000,000.5").body == {"output_g": 40_000_000_500_000}
    assert [fault.code for fault in read(output_t="9" * 12).faults] == ["quantity.absurd"]
