"""The words that the scripts of a list need: they stand in the page, since scripts hold none."""

from traceability.domain.vocabulary import FORMS
from traceability.web.shell.words import t


def list_words() -> dict[str, object]:
    """Return the words of a list by name; ``{code}``, ``{place}`` and ``{site}`` in them are filled in by the script."""
    return {
        "asked": t("lists.asked"),
        "fine": t("lists.fine"),
        "unchecked": t("lists.unchecked"),
        "kept": t("lists.kept", code="{code}"),
        "already": t("lists.already", code="{code}", place="{place}"),
        "one": t("lists.one"),
        "removed": t("lists.removed"),
        "undo": t("lists.undo"),
        "remove": t("form.remove_row"),
        "taken_back": t("lists.taken_back", code="{code}"),
        "nothing_to_undo": t("lists.nothing_to_undo"),
        "leave_asks": t("lists.leave_asks"),
        "left": t("lists.left"),
        "finishing": t("lists.finishing"),
        "no_lot": t("lists.no_lot"),
        "in_field": t("lists.in_field", code="{code}"),
        "at": t("lists.at", site="{site}"),
        "added": t("lists.added", place="{place}", code="{code}"),
        "ticked": t("receive.count", done="{done}", of="{of}"),
        "note_opened": t("receive.note_opened", code="{code}"),
        "forms": {form: t(f"form.{form}") for form in FORMS},
    }
