"""The weight field of pages: a plain field of kilograms, beside it what a scale sent for it."""

from flask import render_template_string

from tests.support.markup import attributes_of, find_one, hidden_fields_of, words_of
from tests.support.pages import SiteApp

PAGE = """<html>{% from "components/scale.html" import scale_assets, scale_input %}{{ scale_assets() }}
{{ scale_input('gross', 'Gross', '18200', 'too heavy', frame='=0018200.') }}</html>"""


def test_the_field_is_a_plain_one_that_keeps_the_frame_of_its_weight(site_app: SiteApp) -> None:
    with site_app.app.test_request_context("/"):
        page = render_template_string(PAGE)
    field = find_one(page, "#gross")
    assert (field.attributes["name"], field.attributes["value"]) == ("gross", "18200")
    assert field.attributes["aria-invalid"] == "true"
    assert words_of(find_one(page, "#gross-error")).endswith("too heavy")
    assert hidden_fields_of(page)["gross-frame"] == "=0018200."
    assert attributes_of(page, "script", "src")[0].endswith("/scales/weight_field.js")
