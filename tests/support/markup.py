"""Pages as a browser reads them: elements by CSS selector, what people read, what a form would send."""

from selectolax.lexbor import LexborHTMLParser, LexborNode
from werkzeug.test import TestResponse

Page = TestResponse | str
"""An answer, or HTML."""

UNTYPED = ("file", "submit", "button", "image", "reset")
"""Inputs that a form sends nothing for, unless a person presses them."""


def find_all(page: Page, selector: str) -> list[LexborNode]:
    """Return the elements of a page that a CSS selector matches, in their order."""
    return LexborHTMLParser(page if isinstance(page, str) else page.text).css(selector)


def find_one(page: Page, selector: str) -> LexborNode:
    """Return the only element that a selector matches."""
    (node,) = find_all(page, selector)
    return node


def attributes_of(page: Page, selector: str, name: str) -> list[str]:
    """Return an attribute of every element that a selector matches and that has it."""
    values = (node.attributes.get(name) for node in find_all(page, selector))
    return [value for value in values if value is not None]


def words_of(part: Page | LexborNode) -> str:
    """Return what people read of a page or an element, with single spaces."""
    if not isinstance(part, LexborNode):
        part = find_one(part, "html")
    return " ".join(part.text(separator=" ").split())


def fields_of(page: Page, form: str = "form.event") -> dict[str, str]:
    """Return what a browser would send of a form as it stands, without a button."""
    node = find_one(page, form)
    fields: dict[str, str] = {}
    for field in node.css("input[name], select[name], textarea[name]"):
        name, kind = field.attributes["name"] or "", field.attributes.get("type") or "text"
        if field.tag == "select":
            options = field.css("option")
            chosen = [option for option in options if "selected" in option.attributes]
            fields[name] = (chosen or options[:1])[0].attributes.get("value") or "" if options else ""
        elif field.tag == "textarea":
            fields[name] = field.text()
        elif kind in ("radio", "checkbox"):
            if "checked" in field.attributes:
                fields[name] = field.attributes.get("value") or ""
        elif kind not in UNTYPED:
            fields[name] = field.attributes.get("value") or ""
    return fields


def hidden_fields_of(page: Page) -> dict[str, str]:
    """Return what the hidden inputs of a page hold, by their names."""
    return {
        field.attributes["name"] or "": field.attributes.get("value") or ""
        for field in find_all(page, "input[type=hidden][name]")
    }
