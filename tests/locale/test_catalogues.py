"""Every language has the same messages with the same values as the default one, and what they show is exact."""

import ast
import re
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from traceability.domain import errors, kinds, vocabulary
from traceability.domain.metal import DEFAULT_METALS
from traceability.domain.period import parse_period
from traceability.locale import (
    DEFAULT,
    LANGUAGES,
    describe_languages,
    format_count,
    format_day,
    format_kg,
    format_month,
    format_period,
    format_ppm,
    format_share,
    format_share_ppm,
    format_t,
    format_time,
    join_words,
    list_codes,
    match_language,
    text,
)
from traceability.locale.catalogues import Catalogue, Message, load_catalogue
from traceability.locale.formats import FORMATS
from traceability.locale.messages import PLACEHOLDER

ROOT = Path(__file__).parents[2]
ERRORS = {"BadSetting", "Violation"} | {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.TraceabilityError)
}
ZH = load_catalogue(DEFAULT).messages
MESSAGE_AREAS = (
    "backup", "check", "config", "correct", "document", "draft", "event", "field", "head", "json", "list", "load", "log", "lot", "person",
    "quantity", "rule", "scan", "seed", "store", "warning",
)  # fmt: skip
CODE = re.compile(r"[a-z_]+\.[a-z_]*[a-z]")


def placeholders(message: str) -> Counter[tuple[str, str]]:
    return Counter(PLACEHOLDER.findall(message))


def list_flaws(catalogue: Catalogue) -> list[str]:
    """Return what a catalogue lacks beside the default one: codes, placeholders, plural forms."""
    messages = catalogue.messages
    flaws = [f"{code}: missing" for code in ZH if code not in messages]
    flaws += [f"{code}: unknown" for code in messages if code not in ZH]
    many = [catalogue.choose_form(number) for number in range(1000)]
    for code, message in messages.items():
        flaws += [f"{code}: empty" for form in message.forms if not form]
        names = {name for name, _ in placeholders(message.forms[-1])}
        if message.counted:
            if message.counted not in names:
                flaws.append(f"{code}: nothing is called {message.counted}")
            if len(message.forms) != max(many) + 1:
                flaws.append(f"{code}: {len(message.forms)} plural forms")
        wanted = placeholders(ZH[code].forms[-1]) if code in ZH else None
        flaws += [
            f"{code}: other values" for form in message.forms if wanted and placeholders(form) != wanted
        ]
    return flaws


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_messages_with_the_same_values(language: str) -> None:
    assert list_flaws(load_catalogue(language)) == []


def test_a_catalogue_that_lacks_something_is_found() -> None:
    chinese = load_catalogue(DEFAULT)
    messages = {
        **chinese.messages,
        "rule.unknown_site": Message(("Site {site:kind}?",)),
        "list.all": Message(("",)),
        "list.alll": Message(("All",)),
        "list.show": Message(("one", "many"), "count"),
    }
    del messages["list.next"]
    assert sorted(list_flaws(chinese._replace(messages=messages))) == [
        "list.all: empty",
        "list.alll: unknown",
        "list.next: missing",
        "list.show: 2 plural forms",
        "list.show: nothing is called count",
        "rule.unknown_site: other values",
    ]


def test_languages_are_the_folders_with_catalogues() -> None:
    assert LANGUAGES[0] == DEFAULT
    assert set(LANGUAGES) == {
        path.parent.name for path in (ROOT / "traceability" / "locale").glob("*/web.po")
    }
    offered = [tuple(language) for language in describe_languages()]
    assert [language[0] for language in offered] == list(LANGUAGES)
    assert {("zh", "zh-CN", "中文"), ("en", "en", "English")} <= set(offered)


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("zh", "zh"),
        ("zh_CN.UTF-8", "zh"),
        ("zh-Hans-CN", "zh"),
        ("EN_gb@euro", "en"),
        ("C", ""),
        ("fr", ""),
        ("", ""),
    ],
)
def test_a_language_is_matched_by_the_tag_of_a_region_too(wanted: str, language: str) -> None:
    assert match_language(wanted) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_are_formatted_and_their_unit_is_said(language: str) -> None:
    catalogue = load_catalogue(language).messages
    for code, message in ((code, form) for code, said in catalogue.items() for form in said.forms):
        assert re.sub(r"\{\w+(:\w+)?\}", "", message).count("{") == 0, code
        for name, how in placeholders(message):
            assert how in FORMATS or how == "" or list_codes(f"{how}.") or f"counted.{how}" in catalogue, (
                f"{code}: unknown format {how}"
            )
            assert not name.endswith("_g") or how in ("kg", "t"), f"{code}: {name} are grams"
            assert not name.endswith("ppm") or how == "ppm", f"{code}: {name} are ppm"
        for unit in ("kg", "t"):
            for found in re.finditer(rf":{unit}}}", message):
                assert re.match(rf"}}(–\{{\w+:{unit}}})? {unit}\b", message[found.end() - 1 :]), (
                    f"{code}: {unit} is not said"
                )


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_templates_use_messages_that_exist(path: Path) -> None:
    used = re.findall(r"""\bt\(\s*['"]([\w.-]+)['"]\s*[,)]""", path.read_text())
    assert [code for code in used if code not in ZH] == []
    prefixes = re.findall(r"""\bt\(\s*['"]([\w-]+\.)['"]\s*~""", path.read_text())
    assert [prefix for prefix in prefixes if not list_codes(prefix)] == []


def test_every_code_raised_has_a_message() -> None:
    """What looks like a code of these areas, and whatever an error is made with: an area that nobody thought of, too."""
    found = set()
    for folder in ("traceability", "graph", "scanners"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    if CODE.fullmatch(node.value) and node.value.partition(".")[0] in MESSAGE_AREAS:
                        found.add(node.value)
                elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                    made, told = node.func.id, node.args[0]
                    if made in ERRORS and isinstance(told, ast.Constant):
                        found.add(str(told.value))
    assert {"document.changed", "cli.which_store", "config.no_secret"} <= found
    assert found - set(ZH) == set()


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("form", vocabulary.FORMS),
        ("kind", kinds.KINDS),
        ("status", vocabulary.STATUSES),
        ("class", ("post", "pre", "unspecified", "primary", "unknown")),
        ("metal", (*DEFAULT_METALS, vocabulary.MIXED)),
        ("account", vocabulary.COLUMNS),
        ("role", vocabulary.ROLES),
        ("mode", vocabulary.MODES),
        ("vehicle", vocabulary.VEHICLE_CLASSES),
        ("channel", vocabulary.CHANNELS),
        ("outcome", vocabulary.OUTCOMES),
        ("subject", vocabulary.SUBJECTS),
        ("model", vocabulary.HEAT_MODELS),
        ("declaration", vocabulary.DECLARATIONS),
        ("level", vocabulary.EFFICIENCY_LEVELS),
        ("site_kind", vocabulary.SITE_KINDS),
    ],
)
def test_every_word_of_the_vocabulary_has_a_name(prefix: str, words: tuple[str, ...]) -> None:
    assert [word for word in words if f"{prefix}.{word}" not in ZH] == []


def test_a_refusal_says_what_where_figures_and_remedy() -> None:
    figures = {"site": "汨罗 S-3", "excess_g": 12_400, "inputs_g": 940_000, "outputs_g": 952_400}
    assert text("rule.outputs_exceed_inputs", figures, "en") == (
        "汨罗 S-3: outputs exceed inputs by 12.4 kg (inputs 940 kg, outputs 952.4 kg). Weigh again or add the missing input."
    )
    assert "产出比投入多 12.4 kg" in text("rule.outputs_exceed_inputs", figures)


def test_words_of_a_list_are_translated_one_by_one() -> None:
    figures = {"kind": "melt", "metals": "Al, Cu"}
    assert text("rule.one_base_metal", figures) == "“熔炼”只能有一种主金属，现有：铝、铜。"
    assert (
        text("rule.one_base_metal", figures, "en")
        == '"melt" has one base metal; there are: aluminium, copper.'
    )


def test_words_follow_the_number_as_the_language_has_them() -> None:
    def said(code: str, language: str, **values: object) -> str:
        return text(code, {"code": "EC7HK0K0SBHQ", **values}, language)

    assert said("rule.output_used", "en", takers=1).startswith(
        "Lot EC7H-K0K0-SBHQ is used by 1 later record and"
    )
    assert said("rule.output_used", "en", takers=2).startswith(
        "Lot EC7H-K0K0-SBHQ is used by 2 later records and"
    )
    assert "已被后续 1 条登记使用" in said("rule.output_used", "zh", takers=1)
    assert [said("report.lots_made", "en", count=count) for count in (0, 1, 1_000)] == [
        "0 lots made",
        "1 lot made",
        "1\u00a0000 lots made",
    ]
    assert said("report.lots_made", "en") == "– lots made"


def test_words_are_joined_as_the_language_does() -> None:
    assert [join_words(["铝", "铜", "铅"], language) for language in ("zh", "en")] == [
        "铝、铜、铅",
        "铝, 铜, 铅",
    ]


def test_words_never_make_a_page_fail() -> None:
    assert text("no.such.code") == "no.such.code"
    assert "–" in text("rule.overdrawn", {})
    assert "many" in text("rule.overdrawn", {"asked_g": "many"})
    assert text("rule.unknown_site", {"site": "{kind:kind}"}, "fr").count("{kind:kind}") == 1


def test_masses_are_written_to_the_gram() -> None:
    assert [format_kg(grams) for grams in (0, 1, 12_400, 1_000_000, -500, 10**13)] == [
        "0", "0.001", "12.4", "1\u00a0000", "−0.5", "10\u00a0000\u00a0000\u00a0000",
    ]  # fmt: skip
    assert [format_t(grams) for grams in (0, 499, 500, 1_234_567_499, -500)] == [
        "0.000", "0.000", "0.001", "1\u00a0234.567", "−0.001",
    ]  # fmt: skip
    assert format_kg(None) == format_t(None) == format_count(None) == "–"
    assert (format_count(1_234), format_ppm(3_500), format_ppm(None)) == ("1\u00a0234", "0.35", "–")


def test_shares_are_rounded_once_and_no_data_is_not_zero() -> None:
    assert format_share(Fraction(109_690, 426_730)) == "25.7 %"
    assert format_share((1, 8)) == "12.5 %"
    assert format_share((2_995, 10_000)) == "30.0 %"
    assert format_share((0, 5)) == "0.0 %"
    assert format_share((0, 0)) == format_share(None) == "–"


def test_a_share_in_parts_per_million_has_the_digits_that_its_limit_needs() -> None:
    assert [format_share_ppm(ppm) for ppm in (0, 123_456, 1_000_000)] == ["0.0 %", "12.3 %", "100.0 %"]
    assert format_share_ppm(200_100, (200_000,)) == "20.01 %"


def test_a_site_has_one_name_in_chinese() -> None:
    said = {
        code: form
        for code, message in load_catalogue("zh").messages.items()
        for form in message.forms
        if "场所" in form
    }
    assert said == {}, f"a site is {text('term.site', language='zh')}"


def test_times_are_of_shanghai() -> None:
    late = 1_743_436_200_000  # 2025-03-31T15:50Z
    assert format_time(late) == "2025-03-31 23:50"
    assert format_time(late, "zh") == "2025年3月31日 23:50"
    assert format_time(late, "en") == "31 Mar 2025, 23:50"
    assert format_day(late + 1_200_000) == "2025-04-01"
    assert format_day("2025-04-01", "zh") == "2025年4月1日"
    assert (format_month("2025-04", "zh"), format_month(202504, "en"), format_month(202504)) == (
        "2025年4月", "Apr 2025", "2025-04",
    )  # fmt: skip
    assert format_time(None) == format_day(None) == format_month(None) == "–"


@pytest.mark.parametrize(
    ("period", "zh", "en"),
    [
        ("2025", "2025年", "2025"),
        ("2024..2025", "2024–2025年", "2024–2025"),
        ("2025-Q1", "2025年第1季度", "Q1 2025"),
        ("2026-10", "2026年10月", "Oct 2026"),
        ("2026-01..2026-10", "2026年1–10月", "Jan–Oct 2026"),
        ("2026-11..2026-12", "2026年11–12月", "Nov–Dec 2026"),
        ("2024-11..2026-10", "2024年11月–2026年10月", "Nov 2024–Oct 2026"),
        ("2024-10..2025-10", "2024年10月–2025年10月", "Oct 2024–Oct 2025"),
    ],
)
def test_a_period_is_said_short(period: str, zh: str, en: str) -> None:
    assert (format_period(parse_period(period), "zh"), format_period(parse_period(period), "en")) == (zh, en)
