r"""Compile the regular expression of a scale: a subset in which no line takes long, and which browsers read alike.

    (?<stable>ST)?,.{2},(?<weight>[+-]? *\d+\.?\d*) *(?<unit>\w+)

Literals, classes, ``\d \s \w``, groups, alternatives and repeats of a single character are there. A repeat takes all that
it can and gives nothing back, so a match takes time proportional to the line; of groups only ``?`` repeats. Groups are
``weight``, ``unit`` and ``stable``; others do not count.
"""

import re
from dataclasses import dataclass

from traceability.domain.errors import BadInput

LONGEST = 200
GROUPS = ("weight", "unit", "stable")
_MOST_CHOICES = 8  # alternatives and optional groups: each may double the ways to match
_MOST_TIMES = 64
_CLASSES = {
    "d": "0-9", "w": "A-Za-z0-9_", "s": r" \t\r\n\f\v",
}  # fmt: skip
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_GROUP = re.compile(r"\?P?<([a-z]+)>|\?:|(?!\?)")
_TIMES = re.compile(r"[?*+]|\{(\d{1,2})(?:(,)(\d{0,2}))?\}", re.ASCII)
_HEX = re.compile(r"x([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class ScalePattern:
    """A pattern as written, compiled, and as browsers compile it."""

    text: str
    expression: re.Pattern[str]
    browser: str


def compile_pattern(text: str) -> ScalePattern:
    """Return the compiled pattern. Raises BadInput, which names the place where it makes no sense."""
    if len(text) > LONGEST:
        raise BadInput("scale.pattern_long", most=LONGEST)
    compiler = _Compiler(text)
    server, browser = compiler.read_choice(depth=0)
    if compiler.at < len(text):
        raise compiler.fault()
    if "weight" not in compiler.groups:
        raise BadInput("scale.pattern_no_weight")
    return ScalePattern(text, re.compile(server), browser)


class _Compiler:
    """Reads a pattern from left to right; each part is returned as Python and as browsers write it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.groups: set[str] = set()
        self.choices = 0
        self.repeats = 0

    def fault(self) -> BadInput:
        return BadInput("scale.pattern_wrong", position=self.at + 1)

    def _take(self, characters: str) -> str:
        """Return the next character if it is one of these, else ''."""
        if self.at < len(self.text) and self.text[self.at] in characters:
            self.at += 1
            return self.text[self.at - 1]
        return ""

    def _choose(self) -> None:
        self.choices += 1
        if self.choices > _MOST_CHOICES:
            raise BadInput("scale.pattern_choices", most=_MOST_CHOICES)

    def read_choice(self, depth: int) -> tuple[str, str]:
        if depth > _MOST_CHOICES:
            raise self.fault()
        server, browser = self._read_sequence(depth)
        while self._take("|"):
            self._choose()
            one, other = self._read_sequence(depth)
            server, browser = f"{server}|{one}", f"{browser}|{other}"
        return server, browser

    def _read_sequence(self, depth: int) -> tuple[str, str]:
        server = browser = ""
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            one, other = self._read_group(depth) if self._take("(") else self._read_single()
            server, browser = server + one, browser + other
        return server, browser

    def _read_group(self, depth: int) -> tuple[str, str]:
        opening = _GROUP.match(self.text, self.at)
        if opening is None:
            raise self.fault()
        name = opening[1]
        if name and (name not in GROUPS or name in self.groups):
            raise self.fault()
        self.at = opening.end()
        if name:
            self.groups.add(name)
        server, browser = self.read_choice(depth + 1)
        if not self._take(")"):
            raise self.fault()
        optional = self._take("?")
        if optional:
            self._choose()
        if self.at < len(self.text) and self.text[self.at] in "?*+{":
            raise self.fault()
        return (
            f"({f'?P<{name}>' if name else '?:'}{server}){optional}",
            f"({f'?<{name}>' if name else '?:'}{browser}){optional}",
        )

    def _read_single(self) -> tuple[str, str]:
        if anchor := self._take("^$"):
            return ("\\A", "^") if anchor == "^" else ("\\Z", "$")
        atom = self._read_atom()
        times = _TIMES.match(self.text, self.at)
        if times is None:
            if self.at < len(self.text) and self.text[self.at] in "?*+{":
                raise self.fault()
            return atom, atom
        least, most = int(times[1] or 0), int(times[3] or _MOST_TIMES)
        if max(least, most) > _MOST_TIMES or (times[2] and least > most):
            raise self.fault()
        self.at = times.end()
        if self.at < len(self.text) and self.text[self.at] in "?*+{":
            raise self.fault()
        repeated = atom + times[0]
        if times[1] and not times[2]:
            return repeated, repeated  # a fixed number has nothing to give back
        self.repeats += 1
        kept = (
            f"_{self.repeats}"  # browsers have no possessive repeats: what a lookahead found is taken whole
        )
        return f"{repeated}+", f"(?=(?<{kept}>{repeated}))\\k<{kept}>"

    def _read_atom(self) -> str:
        character = self._next()
        if character == "[":
            return self._read_class()
        if character == ".":
            return "[^\\r\\n]"
        if character == "\\":
            escaped = self._next()
            if escaped in _CLASSES:
                return f"[{_CLASSES[escaped]}]"
            if escaped.lower() in _CLASSES:
                return f"[^{_CLASSES[escaped.lower()]}]"
            return _write(self._read_escaped(escaped))
        if character in "*+?{})]":
            self.at -= 1
            raise self.fault()
        return _write(ord(character))

    def _read_class(self) -> str:
        inside = "^" if self._take("^") else ""
        first = True
        while first or not self._take("]"):
            first = False
            low = self._read_member()
            if isinstance(low, str):
                inside += low
                continue
            inside += _write(low)
            if self.text[self.at : self.at + 1] == "-" and self.text[self.at + 1 : self.at + 2] not in (
                "]",
                "",
            ):
                self.at += 1
                high = self._read_member()
                if isinstance(high, str) or high < low:
                    raise self.fault()
                inside += f"-{_write(high)}"
        return f"[{inside}]"

    def _read_member(self) -> int | str:
        """Return the next character of a class by its number, or a class of its own."""
        character = self._next()
        if character != "\\":
            return ord(character)
        escaped = self._next()
        return _CLASSES[escaped] if escaped in _CLASSES else self._read_escaped(escaped)

    def _read_escaped(self, escaped: str) -> int:
        if escaped in _CONTROLS:
            return _CONTROLS[escaped]
        if escaped == "x" and (digits := _HEX.match(self.text, self.at - 1)):
            self.at = digits.end()
            return int(digits[1], 16)
        if escaped.isalnum():
            raise self.fault()
        return ord(escaped)

    def _next(self) -> str:
        if self.at >= len(self.text):
            raise self.fault()
        self.at += 1
        character = self.text[self.at - 1]
        if ord(character) > 0xFFFF:  # two characters to browsers
            raise self.fault()
        return character


def _write(number: int) -> str:
    """Return a character as both write it: digits and Latin letters plainly, all else by number."""
    character = chr(number)
    return character if character.isascii() and character.isalnum() else f"\\u{number:04x}"
