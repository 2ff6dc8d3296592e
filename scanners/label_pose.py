"""Say how a label of ours lies in a picture, from the corner marks of its two codes that are still whole: two are enough, as
the layout of labels is known.

``static/scanning/label_pose.js`` does the same in the browser.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import hypot

from scanners.label_marks import DarkPicture, Mark
from scanners.labels.layout import SIZES, place_symbols
from scanners.labels.symbol import QUIET

_VERSIONS = range(4, 9)  # of 34 to 84 characters at level H
_RESOLUTIONS = (8.0, 300 / 25.4)  # dots per mm
_ALIKE = (0.6, 1.6)  # by how much marks of one label differ in size, seen from the side
_CHORD = (0.8, 1.25)  # by how much a mark may differ from the module that the distance of two marks gives
_NEAR = 3  # modules between a mark and the place where a form expects one
_ROUGH = 400  # poses that are compared at every third place
_FINE = 20  # of those, at every place
_BEST = 3  # of those, fitted closely
_RANGE = 1.5  # modules around its expected place in which a pattern is looked for
_STEPS = (0.5, 0.25)  # modules
_MATCH = {7: 0.9, 5: 0.96}  # share of a pattern's modules that must agree

Place = tuple[float, float]
Pairs = list[tuple[int, Mark]]


@dataclass(frozen=True, slots=True)
class Form:
    """A label by the modules of a code's side, and how far the second code lies from the first, in modules."""

    side: int
    right: float
    down: float

    @property
    def corners(self) -> list[Place]:
        """Return the middles of the six corner marks."""
        one = [(3.5, 3.5), (self.side - 3.5, 3.5), (3.5, self.side - 3.5)]
        return one + [(x + self.right, y + self.down) for x, y in one]


@dataclass(frozen=True, slots=True)
class Pose:
    """How places of a label, in modules from the corner of its first code, lie in a picture: eight numbers of a perspective."""

    form: Form
    numbers: tuple[float, ...]

    def place(self, right: float, down: float) -> Place:
        """Return where a place lies, in pixels."""
        a, b, c, d, e, f, g, h = self.numbers
        depth = g * right + h * down + 1
        return (a * right + b * down + c) / depth, (d * right + e * down + f) / depth

    def is_dark(self, picture: DarkPicture, right: float, down: float) -> int:
        """Return 1 where the picture is dark there, else 0; beyond its edge it is light."""
        x, y = self.place(right, down)
        return picture.rows[int(y)][int(x)] if 0 <= x < picture.width and 0 <= y < picture.height else 0


@dataclass(frozen=True, slots=True)
class _Guess:
    pose: Pose
    pairs: Pairs

    def fit(self) -> Pose:
        """Return the pose brought closer by all the marks that it explains."""
        corners = self.pose.form.corners
        if len(self.pairs) < 3:
            return self.pose
        return _fit(self.pose.form, [(corners[at], (mark.x, mark.y)) for at, mark in self.pairs]) or self.pose


@cache
def list_forms() -> tuple[Form, ...]:
    """Return the forms of all labels that are printed, of both sizes, at 203 and 300 dpi."""
    forms: dict[Form, None] = {}
    for size in SIZES.values():
        for dots_per_mm in _RESOLUTIONS:
            for version in _VERSIONS:
                side = 17 + 4 * version
                module, (_, (left, top)) = place_symbols(size, side + 2 * QUIET, dots_per_mm)
                forms[Form(side, round(left / module, 3), round(top / module, 3))] = None
    return tuple(forms)


@cache
def draw_pattern(side: int) -> tuple[tuple[int, ...], ...]:
    """Return the modules that are the same in every code of a side: rows of 0 and 1, and -1 for all others."""
    rows = [[-1] * side for _ in range(side)]

    def put(row: int, column: int, reach: int, light: tuple[int, ...]) -> None:
        for y in range(max(-reach, -row), min(reach, side - 1 - row) + 1):
            for x in range(max(-reach, -column), min(reach, side - 1 - column) + 1):
                rows[row + y][column + x] = int(max(abs(x), abs(y)) not in light)

    for at in range(8, side - 8):
        rows[6][at] = rows[at][6] = 1 - at % 2
    for row, column in ((3, 3), (3, side - 4), (side - 4, 3)):
        put(row, column, 4, (2, 4))
    last = side - 7
    places = (6, last) if side < 45 else (6, (side - 1) // 2, last)
    for row in places:
        for column in places:
            if (row, column) not in ((6, 6), (6, last), (last, 6)):  # corner marks stand there
                put(row, column, 2, (1,))
    rows[side - 8][8] = 1
    return tuple(map(tuple, rows))


def find_poses(picture: DarkPicture, marks: list[Mark]) -> Iterator[Pose]:
    """Yield the likeliest poses, best first."""
    guesses = [guess.fit() for guess in _guess_poses(marks)[:_ROUGH]]
    ranked = _rank(picture, _rank(picture, guesses, 3)[:_FINE], 1)
    for pose in ranked[:_BEST]:
        yield _refine(picture, pose)


def _rank(picture: DarkPicture, poses: list[Pose], every: int) -> list[Pose]:
    """Return poses by how many modules that are the same in every code stand where they expect them."""

    def count(pose: Pose) -> int:
        return sum(pose.is_dark(picture, x, y) == bit for x, y, bit in _list_probes(pose.form)[::every])

    return sorted(poses, key=lambda pose: -count(pose) / len(_list_probes(pose.form)))


@cache
def _list_probes(form: Form) -> tuple[tuple[float, float, int], ...]:
    """Return those modules of both codes: right, down, 0 or 1."""
    return tuple(
        (x + 0.5 + code * form.right, y + 0.5 + code * form.down, bit)
        for code in (0, 1)
        for y, row in enumerate(draw_pattern(form.side))
        for x, bit in enumerate(row)
        if bit >= 0
    )


def _guess_poses(marks: list[Mark]) -> list[_Guess]:
    """Return poses in which two marks stand at corners of a form, those first that explain most marks."""
    guesses: dict[object, _Guess] = {}
    for at, one in enumerate(marks):
        for other in marks[at + 1 :]:
            if _is_within(one.chord / other.chord, _ALIKE):
                for form in list_forms():
                    for guess in _guess_form(marks, one, other, form):
                        key = (form, *((corner, marks.index(mark)) for corner, mark in guess.pairs))
                        guesses.setdefault(key, guess)
    return sorted(guesses.values(), key=lambda guess: -len(guess.pairs))


def _guess_form(marks: list[Mark], one: Mark, other: Mark, form: Form) -> Iterator[_Guess]:
    """Yield the poses of a form in which two marks are two of its corners, as large as the marks are."""
    chord = (one.chord + other.chord) / 2
    x, y = other.x - one.x, other.y - one.y
    for first, (from_x, from_y) in enumerate(form.corners):
        for second, (to_x, to_y) in enumerate(form.corners):
            if first == second:
                continue
            right, down = to_x - from_x, to_y - from_y
            square = right * right + down * down
            cos, sin = (x * right + y * down) / square, (y * right - x * down) / square
            if _is_within(chord * max(abs(cos), abs(sin)) / (cos * cos + sin * sin), _CHORD):
                left, top = one.x - cos * from_x + sin * from_y, one.y - sin * from_x - cos * from_y
                pose = Pose(form, (cos, -sin, left, sin, cos, top, 0, 0))
                yield _Guess(pose, _pair_marks(marks, pose, _NEAR * hypot(cos, sin)))


def _is_within(ratio: float, limits: tuple[float, float]) -> bool:
    return limits[0] < ratio < limits[1]


def _pair_marks(marks: list[Mark], pose: Pose, reach: float) -> Pairs:
    """Return corners with the marks that stand nearest to them."""
    pairs = []
    for corner, place in enumerate(pose.form.corners):
        x, y = pose.place(*place)
        away, at = min((hypot(mark.x - x, mark.y - y), at) for at, mark in enumerate(marks))
        if away < reach:
            pairs.append((corner, marks[at]))
    return pairs


def _fit(form: Form, pairs: list[tuple[Place, Place]]) -> Pose | None:
    """Return the pose that brings places of the label to places of the picture: of three to five an affine one, of more one
    in perspective.
    """
    perspective = len(pairs) > 5
    rows: list[list[float]] = []
    for (right, down), (x, y) in pairs:
        rows.append([right, down, 1, 0, 0, 0, *([-right * x, -down * x] if perspective else []), x])
        rows.append([0, 0, 0, right, down, 1, *([-right * y, -down * y] if perspective else []), y])
    solved = _solve(rows)
    if solved is None:
        return None
    return Pose(form, tuple(solved if perspective else [*solved, 0, 0]))


def _solve(rows: list[list[float]]) -> list[float] | None:
    """Return the least squares of equations, each its coefficients and then its value; None where they leave something open."""
    count = len(rows[0]) - 1
    size = [max(abs(row[at]) for row in rows) or 1 for at in range(count)] + [1]
    scaled = [[value / by for value, by in zip(row, size, strict=True)] for row in rows]
    sums = [[sum(row[y] * row[x] for row in scaled) for x in range(count + 1)] for y in range(count)]
    for at in range(count):
        best = max(range(at, count), key=lambda y: abs(sums[y][at]))
        sums[at], sums[best] = sums[best], sums[at]
        if abs(sums[at][at]) < 1e-9:
            return None
        for y in range(count):
            share = 0 if y == at else sums[y][at] / sums[at][at]
            if share:
                sums[y] = [value - share * less for value, less in zip(sums[y], sums[at], strict=True)]
    return [row[count] / row[at] / size[at] for at, row in enumerate(sums)]


def _refine(picture: DarkPicture, pose: Pose) -> Pose:
    """Return a pose brought closer, by the corner marks and the last alignment marks of both codes, also those that are
    partly covered.
    """
    form, last = pose.form, pose.form.side - 6.5
    targets = [(corner, 7) for corner in form.corners]
    targets += [((last, last), 5), ((last + form.right, last + form.down), 5)]
    found = [(target, _match_mark(picture, pose, target, size)) for target, size in targets]
    pairs = [(target, pose.place(*place)) for target, place in found if place]
    return (_fit(form, pairs) if len(pairs) > 2 else None) or pose


def _match_mark(picture: DarkPicture, pose: Pose, target: Place, size: int) -> Place | None:
    """Return where a mark of so many modules stands, looked for around a place; None where it agrees nowhere."""
    middle, best = target, -1.0
    for step in _STEPS:
        reach = round((_RANGE if step == _STEPS[0] else step) / step)
        right, down = middle
        for y in range(-reach, reach + 1):
            for x in range(-reach, reach + 1):
                place = right + x * step, down + y * step
                closer = hypot(place[0] - target[0], place[1] - target[1]) / 1000  # of equal ones the nearest
                agreeing = _count_agreeing(picture, pose, *place, size) - closer
                if agreeing > best:
                    middle, best = place, agreeing
    return middle if best >= _MATCH[size] * size * size - 0.01 else None


def _count_agreeing(picture: DarkPicture, pose: Pose, right: float, down: float, size: int) -> int:
    reach = size // 2
    return sum(
        pose.is_dark(picture, right + x, down + y) == (max(abs(x), abs(y)) != reach - 1)
        for y in range(-reach, reach + 1)
        for x in range(-reach, reach + 1)
    )
