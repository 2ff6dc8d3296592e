"""What people type is read as they mean it, and every fault is shown at its field."""

import re

import pytest

from traceability.web.forms.event_fields import EVENT_FIELDS
from traceability.web.forms.fields import WholeField
from traceability.web.forms.form_reader import FormReading, read_form

CODE, OTHER = "126B07K7Q3F7", "C00000000017"
DISTANCE = WholeField("distance_km", counted="km")


def read(kind: str = "melt", **fields: str) -> FormReading:
    named = [(name.replace("__", "-"), value) for name, value in fields.items()]
    return read_form((*EVENT_FIELDS[kind], DISTANCE), named, "localhost")


def test_fields_say_how_they_are_read() -> None:
    entered = read(
        "collect",
        outputs__0__mass_kg="１，２５０．５ ", outputs__0__metal_amount="95%", outputs__0__metal_unit="percent",
        weighing__moisture_amount="2", weighing__moisture_unit="percent", weighing__impurity_amount="2",
    )  # fmt: skip
    assert entered.faults == []
    assert entered.body == {
        "outputs": [{"mass_g": 1_250_500, "metal_fraction": "0.95"}],
        "weighing": {"moisture_percent": "2", "impurity_g": 2000},
    }
    inspected = read("inspect", passed="no")
    assert inspected.body == {"passed": False}
    typed = read(
        distance_km="1,200",
        started="2025-01-06T08:00", event_time="2025-01-06", note=" a\r\nb ", furnace="  ",
    )  # fmt: skip
    assert typed.faults == []
    assert typed.body == {
        "distance_km": 1200,
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
    assert typed.body["inputs"][0] == {"lot_code": CODE}
    assert [(fault.path, fault.code) for fault in typed.faults] == [
        ("inputs.1.lot_code", "scan.check_character"),
        ("outputs.1.mass_kg", "quantity.not_a_number"),
    ]
    for path, name in {
        "outputs.0.mass_g": "outputs-3-mass_kg",
        "outputs.1.mass_g": "outputs-7-mass_kg",
        "outputs.1.material": "outputs-7-material",
        "inputs.0": "inputs-2-lot_code",
        "inputs.1.lot": "inputs-4-lot_code",
        "loss_g": "",
    }.items():
        assert typed.find_input(path, known) == name, path


def test_rows_that_must_be_there_count_although_empty() -> None:
    assert read("collect", outputs__0__form="scrap").body == {"outputs": [{"form": "scrap"}]}
    assert read(outputs__0__form="scrap").body == {}


@pytest.mark.parametrize(
    "name", ["a", "0", "outputs-", "-", "outputs-0", "outputs--x", "outputs-99999-x", "__proto__", "a-" * 50]
)
def test_odd_names_of_fields_do_no_harm(name: str) -> None:
    read_form(
        EVENT_FIELDS["melt"],
        [(name, "1"), (f"{name}-mass_kg", "1"), ("outputs-0-mass_kg", "1"), ("outputs", "1")],
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
    to_the_minute = re.fullmatch(r"[^T]+T\d\d:\d\d\+08:00", meant)
    precision = {"precision": "minute"} if to_the_minute else {}
    assert read(event_time=typed).body == {"event_time": meant, **precision}


@pytest.mark.parametrize(
    ("number", "code"),
    [("abc", "field.not_integer"), ("1.5", "field.not_integer"), ("1_000", "field.not_integer"),
     ("12,5", "field.not_integer"), ("", ""), ("9" * 30, "field.number_too_long"), ("9" * 5000, "field.number_too_long")],
)  # fmt: skip
def test_a_distance_is_a_whole_number(number: str, code: str) -> None:
    assert [fault.code for fault in read(distance_km=number).faults] == ([code] if code else [])


@pytest.mark.parametrize("typed", ["−1.5", "-1.5", "－1.5", "-1,5", "−1 200.5"])
def test_a_number_is_read_as_pages_write_it(typed: str) -> None:
    form = read("adjust", delta_kg=typed)
    meant = {"−1 200.5": -1_200_500}.get(typed, -1_500)
    if typed == "-1,5":
        assert [fault.code for fault in form.faults] == ["quantity.not_a_number"]
    else:
        assert form.body == {"delta_g": meant}
    assert read(distance_km="1 250").body == {"distance_km": 1_250}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("＜0.01", "<0.01"), ("< 0.01 %", "<0.01"), ("余量", "bal"), ("\ufeff10.5\u200b", "10.5"),
     ("1 0", "quantity.not_a_number"), ("10²", "quantity.not_a_number"), ("−1", "quantity.below_zero")],
)  # fmt: skip
def test_a_content_is_read_as_laboratories_write_it(typed: str, meant: str) -> None:
    """A slip of the keyboard joins no digits, and a sign is read whichever dash it is."""
    form = read("assay", composition__Si=typed)
    if meant.startswith("quantity."):
        assert [fault.code for fault in form.faults] == [meant]
    else:
        assert form.body == {"composition": {"Si": meant}}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("−14", "-14"), ("－14．5", "-14.5"), ("+3", "3"), (".5", "0.5"), ("1 200", "1200"), ("-0.50", "-0.50"),
     ("12,5", "12,5"), ("1e3", "1e3"), (".", "."), ("九", "九"), ("9" * 5000, "9" * 5000)],
)  # fmt: skip
def test_the_value_of_a_statistic_is_read_as_pages_write_it(typed: str, meant: str) -> None:
    """What is no number goes on as it was typed: the wire says why."""
    assert read("declare", value=typed).body == {"value": meant}


def test_periods_and_codes_are_read_in_any_width() -> None:
    assert read("declare", period="２０１８－０３").body == {"period": "2018-03"}
    assert read("import", country="ＣＬ", hs_code="７４０４．００００").body == {
        "country": "CL",
        "hs_code": "7404.0000",
    }


def test_sums_of_a_year_are_typed_in_tonnes() -> None:
    assert read("declare", output_t="40,000,000.5").body == {"output_g": 40_000_000_500_000}
    assert [fault.code for fault in read("declare", output_t="9" * 12).faults] == ["quantity.absurd"]
