"""The name of a site, region or material follows the reader's language."""

from traceability.domain.names import choose_name


def test_a_name_is_chosen_by_language_and_falls_back_to_the_first_written() -> None:
    names = (("zh", "汨罗"), ("en", "Miluo"), ("pl", ""))
    assert [choose_name(names, language) for language in ("zh", "en", "pl", "fr")] == [
        "汨罗",
        "Miluo",
        "汨罗",
        "汨罗",
    ]
    assert (choose_name((("zh", ""), ("en", "Miluo")), "zh"), choose_name((), "zh")) == ("Miluo", "")
