"""Name what the tables of a share say, and say in a sentence what is found."""

from fractions import Fraction

from traceability.domain.indicators import INDICATORS
from traceability.domain.material import Reference
from traceability.domain.names import NamesByLanguage, choose_name
from traceability.locale import format_share, format_t, text
from traceability.render.figure_text import write_gap
from traceability.services.reporting.figures.report import Figure
from traceability.services.reporting.scope import name_place
from traceability.services.reporting.why.reasons import Why

LIMITS_OF_GAP = (Fraction(0),)
"""A gap has as many decimals as tell that something is missing, in sentences and in the table alike."""


class WhyWords:
    """Names things in a language, and says which page opens them: none in a file that stands for itself."""

    def __init__(self, reference: Reference, language: str) -> None:
        self.reference = reference
        self.language = language

    def t(self, code: str, /, **values: object) -> str:
        """Return a message."""
        return text(code, values, self.language)

    def indicator(self, id_: str) -> str:
        """Return the name of an indicator."""
        return self.t(INDICATORS[id_].name)

    def metal(self, symbol: str) -> str:
        """Return the name of a metal, of one that an installation added that of its list."""
        known = self.reference.metals.get(symbol)
        return self._choose(f"metal.{symbol}", known.names if known else (), symbol)

    def family(self, code: str) -> str:
        """Return the name of an alloy family, or its code (6xxx) where that says it."""
        return self._choose(f"family.{code}", (), code)

    def site(self, id_: str) -> str:
        """Return the name of a site."""
        known = self.reference.sites.get(id_)
        return choose_name(known.names, self.language) if known else id_

    def material(self, id_: str) -> str:
        """Return the name of a material."""
        known = self.reference.materials.get(id_)
        return choose_name(known.names, self.language) if known else id_

    def _choose(self, code: str, names: NamesByLanguage, otherwise: str) -> str:
        words = self.t(code)
        if words != code:
            return words
        return choose_name(names, self.language) if names else otherwise

    def open_figure(self, _figure: Figure, _metal: str = "") -> str:
        """Return the page of what is behind a figure of the place."""
        return ""

    def open_site(self, _site: str) -> str:
        """Return the page of a site, '' of one out of view."""
        return ""

    def open_site_figure(self, _site: str, _indicator: str) -> str:
        """Return the page of what is behind a figure of a site, '' of one out of view."""
        return ""

    def region(self, place: str) -> str:
        """Return the name of a region by its place key."""
        return name_place(place, self.reference).name(self.language)

    def open_region(self, _place: str) -> str:
        """Return the page that explains the share of a region within, by its place key."""
        return ""

    def open_region_figure(self, _place: str, _indicator: str) -> str:
        """Return the page of what is behind a figure of a region within."""
        return ""

    def open_month(self, _month: str) -> str:
        """Return the page that explains the share in a month."""
        return ""


def say_why(why: Why, place: str, period: str, say: WhyWords, target: str = "") -> str:
    """Return what is found in a sentence: the share, what is missing for its target, and of which metal.

    ``target`` is how the target is named, by default by its number.
    """
    figure = why.figure
    words = {"place": place, "period": period, "indicator": say.indicator(figure.indicator)}
    if figure.value is None:
        return say.t("why.finding_none", **words)
    words["value"] = format_share(figure.value, figure.limits)
    amount = figure.gap.amount if figure.gap else None
    if figure.gap is None or amount is None:
        return say.t("why.finding_value", **words)
    words["target"] = target or say.t("why.target", value=format_share(figure.gap.target))
    if amount <= 0:
        return say.t("why.finding_reached", **words)
    in_grams = INDICATORS[figure.indicator].base_unit == "g"
    words["gap"] = f"{format_t(amount, LIMITS_OF_GAP)} t" if in_grams else write_gap(figure)
    split = why.split
    share = split.share_of_gap(split.metals[0]) if split and split.metals else None
    if split is None or share is None:
        return say.t("why.finding_missing", **words)
    by_sites = "why.finding_where" if split.indicator == figure.indicator else "why.finding_where_by_supply"
    return say.t(by_sites, **words, metal=say.metal(split.metals[0].metal), share=format_share(share))
