"""No sum of figures shown to a firm, added or subtracted, tells what fewer than three others did."""

from fractions import Fraction
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from traceability.domain.disclosure import AmountsByFirm, Blocks, Cell, is_safe

PREFECTURE, REST = "430600", "430000 without 430600"
MONTHS = ("2025-01", "2025-02", "2025-03")


def cell(place: str, metal: str, month: str) -> Cell:
    return (month[:4], place, metal, month)


def one_place(by_month: list[AmountsByFirm], metal: str = "Al") -> dict[Cell, AmountsByFirm]:
    return {cell(PREFECTURE, metal, month): amounts for month, amounts in zip(MONTHS, by_month, strict=False)}


FOUR = {"a": 100, "b": 100, "c": 100, "d": 100}
TWO = {"a": 100, "b": 100}


def test_three_firms_of_whom_none_dominates_are_safe() -> None:
    assert is_safe([{"a": 40, "b": 30, "c": 30}])
    assert not is_safe([{"a": 50, "b": 50}])
    assert is_safe([{"a": 85, "b": 8, "c": 7}])
    assert not is_safe([{"a": 86, "b": 7, "c": 7}])
    assert is_safe([{"a": -40}, {"b": 30, "c": 30}]), "a correction counts by its size"
    assert not is_safe([{"a": 0, "b": 50, "c": 50}]), "who did nothing hides nobody"


def test_a_month_of_two_firms_hides_with_the_smallest_other_month() -> None:
    blocks = Blocks(one_place([FOUR, TWO, {"a": 50, "b": 50, "c": 50}]))
    first, second, third = (cell(PREFECTURE, "Al", month) for month in MONTHS)
    assert blocks.shows([first])
    assert not blocks.shows([second])
    assert not blocks.shows([third]), "else the two months together would give the second"
    assert blocks.shows([second, third])
    assert blocks.shows([first, second, third])


def test_two_firms_all_year_withhold_the_year() -> None:
    blocks = Blocks(one_place([TWO, TWO, TWO]))
    every = [cell(PREFECTURE, "Al", month) for month in MONTHS]
    assert not any(blocks.shows(asked) for count in (1, 2, 3) for asked in combinations(every, count))


def test_a_metal_of_two_firms_hides_among_the_metals() -> None:
    blocks = Blocks(one_place([FOUR, FOUR, FOUR]) | one_place([TWO], metal="Pb"))
    aluminium = [cell(PREFECTURE, "Al", month) for month in MONTHS]
    lead = [cell(PREFECTURE, "Pb", MONTHS[0])]
    assert not blocks.shows(lead)
    assert not blocks.shows(aluminium), "all metals less aluminium would be lead"
    assert blocks.shows([*aluminium, *lead])
    assert sum(blocks.shows([month]) for month in aluminium) == 2


def test_what_the_firm_did_alone_is_free() -> None:
    blocks = Blocks(one_place([{}, {"a": 0}, FOUR]))
    assert blocks.shows([cell(PREFECTURE, "Al", MONTHS[0])])
    assert blocks.shows([cell(PREFECTURE, "Al", MONTHS[1])])
    assert blocks.shows([cell(PREFECTURE, "Cu", MONTHS[1])]), "nobody melts copper"


amounts = st.dictionaries(st.sampled_from("abcde"), st.integers(-3, 60), max_size=5)
books = st.dictionaries(
    st.sampled_from(
        [
            cell(place, metal, month)
            for place in (PREFECTURE, REST)
            for metal in ("Al", "Pb")
            for month in MONTHS[:2]
        ]
    ),
    amounts,
    max_size=6,
)


@given(books)
def test_nothing_that_is_computed_from_shown_sums_isolates_a_firm(book: dict[Cell, AmountsByFirm]) -> None:
    """Every combination of shown sums that is one set of cells is free or safe: by elimination over all of them."""
    blocks = Blocks(book)
    cells = sorted(book)
    subsets = [set(asked) for count in range(1, len(cells) + 1) for asked in combinations(cells, count)]
    basis = reduce([[Fraction(one in asked) for one in cells] for asked in subsets if blocks.shows(asked)])
    for asked in subsets:
        if lies_in_span([Fraction(one in asked) for one in cells], basis):
            others = [book[one] for one in asked if any(book[one].values())]
            assert not others or is_safe(others), sorted(asked)


@given(books)
def test_every_cell_lies_in_one_block(book: dict[Cell, AmountsByFirm]) -> None:
    listed = [one for block in Blocks(book) for one in block.cells]
    assert sorted(listed) == sorted(one for one, by_firm in book.items() if any(by_firm.values()))


def reduce(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    """Return a basis of the rows' span, in reduced row echelon form."""
    basis: list[list[Fraction]] = []
    for row in rows:
        left = eliminate(row, basis)
        if any(left):
            pivot = next(index for index, value in enumerate(left) if value)
            left = [value / left[pivot] for value in left]
            basis = [
                [value - old[pivot] * new for value, new in zip(old, left, strict=True)] for old in basis
            ]
            basis.append(left)
    return basis


def eliminate(row: list[Fraction], basis: list[list[Fraction]]) -> list[Fraction]:
    for known in basis:
        pivot = next(index for index, value in enumerate(known) if value)
        row = [value - row[pivot] * base for value, base in zip(row, known, strict=True)]
    return row


def lies_in_span(row: list[Fraction], basis: list[list[Fraction]]) -> bool:
    return not any(eliminate(row, basis))
