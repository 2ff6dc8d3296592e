"""Every page is readable, without inline style or script, with colours from the tokens only."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOKENS = (ROOT / "static" / "shell" / "tokens.css").read_text()
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SHEETS = sorted((ROOT / "static").rglob("*.css"))

LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", part))
    for part in TOKENS.split("@media print")[0].split("@media (prefers-color-scheme: dark)")
)
TEXTS = [
    (text, sheet)
    for text in ("ink", "ink-soft", "accent", "warn", "refuse", "done")
    for sheet in ("paper", "sheet")
] + [("on-accent", "accent"), ("warn", "warn-sheet"), ("refuse", "refuse-sheet"), ("done", "done-sheet")]
TEXTS += [(text, "camera") for text in ("on-camera", "on-camera-done", "on-camera-warn", "on-camera-refuse")]
MARKS = ["edge", "warn-mark", "post", "pre", "metal-al", "metal-cu", "metal-pb", "metal-zn", "unknown-hatch"]
DARK_TO_LIGHT = ["post", "pre", "primary", "unspecified"]

DENSITIES = {"yard", "desk"}
"""Classes of the whole page: every sheet says what they change."""


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_in_sunlight_and_marks_be_seen(tokens: dict[str, str]) -> None:
    tokens = {**LIGHT, **tokens}  # some are the same by day and night
    assert {(text, sheet) for text, sheet in TEXTS if contrast(tokens[text], tokens[sheet]) < 7} == set()
    assert {mark for mark in MARKS if contrast(tokens[mark], tokens["paper"]) < 3} == set()


def test_classes_stay_apart_without_colour() -> None:
    steps = [luminance(LIGHT[token]) for token in DARK_TO_LIGHT]
    assert steps == sorted(steps)
    assert all(later - earlier > 0.1 for earlier, later in pairwise(steps))


def test_what_is_used_with_gloves_is_large() -> None:
    yard = dict(re.findall(r"--([\w-]+):\s*([\d.]+)rem;", TOKENS.split(".yard {")[1].split("}")[0]))
    assert {name for name in ("t-small", "t-body", "t-large") if float(yard[name]) * 16 < 18} == set()
    assert float(yard["target"]) * 16 >= 72
    assert float(yard["row"]) * 16 >= 56
    for area in ("collect", "sort", "ship", "receive", "melt"):
        page = (ROOT / "templates" / "record" / f"{area}.html").read_text()
        if '{% extends "record/list_form.html" %}' in page:
            assert "set density" not in page, area
            page = (ROOT / "templates" / "record" / "list_form.html").read_text()
        assert re.search(
            r"{% set density = (?:density or \(?)?(?:'desk' if form.replacing else )?'yard", page
        ), area


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_pages_need_no_inline_style_or_script(path: Path) -> None:
    source = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    assert (
        re.findall(
            r"<style|\sstyle\s*=|\son\w+\s*=\s*[\"']|javascript:|<script(?![^>]*\s(?:src=|type=\"application/json\"))",
            source,
        )
        == []
    )
    assert re.findall(r"#[0-9a-fA-F]{6}\b|rgba?\(", source) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_pages_hold_no_words_of_their_own(path: Path) -> None:
    source = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(), flags=re.DOTALL)
    words = re.sub(r"<[^>]*>|[\w-]+=\"[^\"]*\"", " ", source)  # macros may write attributes outside any tag
    assert re.findall(r"[\u4e00-\u9fff]+|[A-Za-z]{3,}", words) == []


def test_an_error_of_a_field_is_written_by_one_macro() -> None:
    """A copy drifts: one had lost what a screen reader says before the text."""
    homes = [path.name for path in TEMPLATES if 'class="wrong"' in path.read_text()]
    assert homes == ["fields.html"]


def test_a_table_is_drawn_by_one_macro() -> None:
    """Every table is reached by keyboard, named, and a list of cards on a phone: by hand, one of them forgot."""
    assert [path.name for path in TEMPLATES if "<table" in path.read_text()] == ["table.html"]


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_colours_are_decided_in_one_file(path: Path) -> None:
    if path.name != "tokens.css":
        source = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*;)|rgba?\(|hsla?\(", source) == []
        tokens = set(re.findall(r"--([\w-]+):", TOKENS))
        assert set(re.findall(r"var\(--([\w-]+)\)", source)) - tokens == set()


def test_a_class_is_styled_in_one_sheet() -> None:
    """Who changes what a class looks like finds all of it in one place; only paper and densities reach across."""
    homes: dict[str, set[str]] = {}
    for path in SHEETS:
        if path.name not in ("tokens.css", "print.css"):
            for selector in selectors(path.read_text()):
                for name in styled_classes(selector):
                    homes.setdefault(name, set()).add(path.name)
    assert len(homes) > 100
    assert {name: sheets for name, sheets in homes.items() if len(sheets) > 1} == {}


def selectors(sheet: str) -> Iterator[str]:
    """Yield each selector of a sheet, those within @media too."""
    source = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    for prelude in re.findall(r"([^{};]+)\{", source):
        if not prelude.strip().startswith("@"):
            yield from re.split(r",(?![^(]*\))", prelude)


def styled_classes(selector: str) -> set[str]:
    """Return the classes of the element that a selector styles, or else of the nearest one around it."""
    plain = re.sub(r":(?:not|has|is)\((?:[^()]|\([^()]*\))*\)", "", selector)
    for part in reversed(re.split(r"[\s>+~]+", plain.strip())):
        if names := set(re.findall(r"\.([a-zA-Z][\w-]*)", part)) - DENSITIES:
            return names
    return set()
