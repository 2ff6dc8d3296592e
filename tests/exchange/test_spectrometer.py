"""Files of spectrometers as makers write them: read exactly, or refused with line and column; any bytes are one or the other."""

import csv
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from traceability.domain.errors import BadInput
from traceability.exchange.spectrometer import MOST_SAMPLES, read_spectrometer
from traceability.services.directory.spectrometers import ROWS, UNITS, SpectrometerSetup, check_setup

AS_SHIPPED = SpectrometerSetup()
BURNS = """Instrument;ARL 3460
Program;ALGEN

Sample name;Burn;Si;Fe;Cu;Mg;Al
;;%;%;%;ppm;%
H-0117;1;9,81;0,915;2,10;3400;Bal.
;2;9,79;0,925;2,10;3420;Bal.
;Average;9,80;0,92;2,10;3410;Bal.
;RSD;0,1;0,2;0,0;0,1;
;Min;9,6;;1,5;;
H-0118;1;10,02;<0,001;2,2;12;Bal.
;2;10,04;<0,002;2,2;13;Bal.
"""


def read(text: str | bytes, setup: SpectrometerSetup = AS_SHIPPED) -> dict[str, dict[str, str]]:
    content = text if isinstance(text, bytes) else text.encode()
    return {one.sample: dict(one.contents) for one in read_spectrometer(content, setup).readings}


FIRST = {"Si": "9.8", "Fe": "0.92", "Cu": "2.1", "Mg": "0.341", "Al": "bal"}


def test_burns_with_an_average_and_without() -> None:
    assert read(BURNS) == {
        "H-0117": FIRST,
        "H-0118": {"Si": "10.03", "Fe": "<0.002", "Cu": "2.2", "Mg": "0.0013", "Al": "bal"},
    }
    last = read(BURNS, AS_SHIPPED._replace(rows="last"))
    assert last["H-0118"]["Si"] == "10.04"
    named = read(BURNS, AS_SHIPPED._replace(rows="named", row_name="2"))
    assert (named["H-0117"]["Si"], named["H-0118"]["Fe"]) == ("9.79", "<0.002")


def test_of_a_file_that_grew_the_newest_samples_are_read() -> None:
    rows = "".join(f"H-{number};{number}e-3;0.9\n" for number in range(MOST_SAMPLES + 5))
    assert list(read("Sample;Si;Fe\n" + rows)) == [f"H-{number}" for number in range(5, MOST_SAMPLES + 5)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators(encoding: str, separator: str) -> None:
    rows = [["样品名称", "类型", "Si", "Fe", "Al"], ["炉前 1", "平均值", "9.80", "0.92", "余量"]]
    out = StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    assert read(out.getvalue().encode(encoding)) == {"炉前 1": {"Si": "9.8", "Fe": "0.92", "Al": "bal"}}


@pytest.mark.parametrize(
    "text",
    [
        "Element;A;B\nSi;9,8;10\nFe;0,92;1,0\nCu;2,1;2,2\n",
        "Report\n\nElement,A,B\nSi %,9.8,10\nFe %,0.92,1.0\nCu %,2.1,2.2\n",
        "Sample  Si  Fe  Cu\nA  9.8  0.92  2.1\nB  10  1.0  2.2\n",
        "Sample\tSI (ppm)\tFE [ppm]\tCU\nA\t98000\t9200\t2.1\nB\t100000\t10000\t2.2\n",
    ],
)
def test_elements_across_and_down(text: str) -> None:
    assert read(text) == {
        "A": {"Si": "9.8", "Fe": "0.92", "Cu": "2.1"},
        "B": {"Si": "10", "Fe": "1", "Cu": "2.2"},
    }


def test_what_a_site_set_up() -> None:
    text = "junk,Si,Fe\nMelt,Name,Si,Fe\n7,ignored,98000,9200\n"
    setup = AS_SHIPPED._replace(skip_lines=1, sample_column="melt", unit="ppm")
    assert read(text, setup) == {"7": {"Si": "9.8", "Fe": "0.92"}}
    with pytest.raises(BadInput) as caught:
        read(text, setup._replace(sample_column="Heat"))
    assert caught.value.code == "spectrometer.no_column"
    assert caught.value.figures == {"name": "Heat", "known": "Melt, Name"}


def test_numbers_are_rounded_to_the_ppm_and_limits_up() -> None:
    text = "Sample,Si,Fe,Cu,Mg,Mn,Zn,Ni\nA,0.12345,<0.00001,1.5E-2,-0.0003,n.d.,0.35*,12 %\n"
    assert read(text)["A"] == {"Si": "0.1235", "Fe": "<0.0001", "Cu": "0.015", "Zn": "0.35", "Ni": "12"}


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("Id,Si,Fe\nA,x9,1\n", "spectrometer.not_a_number", 2, 2),
        ("Id,Si,Fe\nA,1,>>\n", "spectrometer.above_range", 2, 3),
        ("Id,Si,Fe\n\nA,9800,1\n", "spectrometer.above_whole", 3, 2),
        ("Element;A\nFe;1\nSi;9800\n", "spectrometer.above_whole", 3, 2),
        ("Id,Si\nA,1\n", "spectrometer.no_elements", None, None),
        ("Id,Si,Fe,Si\nA,1,1,1\n", "spectrometer.element_twice", 1, 4),
        ("", "spectrometer.no_elements", None, None),
        ("Id,Si,Fe\n", "spectrometer.no_samples", None, None),
        ("Id,Si,Fe\n" + "\n" * 5_001, "spectrometer.too_many_lines", None, None),
        ("Id,Si,Fe\nA,9,81,0,92\n", "spectrometer.more_cells", 2, None),  # not Si 9 and Fe 81
        ("Si  Fe\n" + "1 " * 501 + "\n", "spectrometer.too_many_columns", 2, None),
        ("Si  Fe\n0." + "1" * 400_000 + "  1\n", "spectrometer.bad_line", 2, None),
        ("x\nSi\nFe\n" + "1 " * 400 + "\ny" * 2_000, "spectrometer.too_many_cells", None, None),
        ("Si;Fe\n" + ";" * 400 + ("\n" + ";" * 400) * 600, "spectrometer.too_many_cells", None, None),
    ],
)
def test_faults_name_line_and_column(text: str, code: str, line: int | None, column: int | None) -> None:
    with pytest.raises(BadInput) as caught:
        read(text)
    assert caught.value.code == code
    assert (caught.value.figures.get("line"), caught.value.figures.get("column")) == (line, column)


def test_what_is_no_text_is_refused() -> None:
    for content in (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xff\xfe\x00", b"\0" * 50, b"x" * 1_000_001):
        with pytest.raises(BadInput):
            read_spectrometer(content, AS_SHIPPED)


setups = st.builds(
    SpectrometerSetup,
    st.sampled_from(["", "Sample"]),
    st.sampled_from(ROWS),
    st.just("1"),
    st.integers(0, 3),
    st.sampled_from(UNITS),
)
pieces = st.sampled_from(
    [b"Si", b"Fe", b"Al %", b"bal", b"<0,1", b"9.8", b"1e99", b"avg", b";", b",", b"\t", b"\n", b'"', b"\r", b"\xff", b"\xd6\xd0", b"  "]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.lists(pieces, max_size=40).map(b"".join), setups)
def test_any_bytes_are_read_or_refused(content: bytes, setup: SpectrometerSetup) -> None:
    try:
        found = read_spectrometer(content, setup)
    except BadInput:
        return
    assert found.readings
    assert all(one.contents for one in found.readings)


def test_a_set_up_is_checked() -> None:
    for wrong, field in (
        ({"rows": "first"}, "rows"),
        ({"unit": "g"}, "unit"),
        ({"rows": "named"}, "row_name"),
        ({"skip_lines": -1}, "skip_lines"),
        ({"sample_column": "x" * 61}, "sample_column"),
    ):
        with pytest.raises(BadInput) as caught:
            check_setup(AS_SHIPPED._replace(**wrong))
        assert caught.value.figures["field"] == field
    assert check_setup(AS_SHIPPED._replace(row_name="x")).row_name == "", "it counts for named rows alone"
