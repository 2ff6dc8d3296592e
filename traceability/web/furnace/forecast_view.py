"""Show the forecast of a charge as plain values with words, which ``furnace/forecast.html`` draws."""

from collections.abc import Sequence
from typing import Any

from traceability.domain.charge import ElementForecast, Forecast
from traceability.domain.material import Limit
from traceability.domain.quantity import PPM
from traceability.locale import format_kg, format_ppm, format_share, join_words
from traceability.render.content_bars import lay_out_bar, write_content
from traceability.services.recording.charge_forecast import ChargeForecast, Proposal
from traceability.web.shell import current
from traceability.web.shell.words import name_of, t


def show_forecast(told: ChargeForecast) -> dict[str, Any]:
    """Return a forecast as ``furnace/forecast.html`` draws it."""
    forecast = told.forecast
    return {
        "alloy": name_of(told.alloy) if told.alloy else "",
        "state": forecast.state,
        "totals": _show_totals(forecast),
        "basis": _say_basis(forecast),
        "elements": [
            show_element(one, forecast.metal_g, forecast.assayed_g + forecast.typical_g)
            for one in forecast.elements
        ],
        "verdict": _say_verdict(told),
        "over_capacity": t("forecast.over_capacity", over_g=forecast.over_capacity_g)
        if forecast.over_capacity_g
        else "",
        "proposals": [_show_proposal(told, proposal) for proposal in told.proposals],
        "assumes_rest": t("forecast.assumes_rest") if told.assumes_rest and told.proposals else "",
        "blocking": t("forecast.blocking", elements=join_words(told.blocking, current.language()))
        if told.blocking and not forecast.over_capacity_g
        else "",
    }


def _show_totals(forecast: Forecast) -> list[dict[str, str]]:
    used = format_share(forecast.used).removesuffix(" %") if forecast.capacity_g else ""
    recycled = format_share(forecast.recycled)
    totals = [
        ("charged", format_kg(forecast.mass_g), "kg"),
        ("metal", format_kg(forecast.metal_g), "kg"),
        ("recycled", "" if forecast.recycled is None else recycled.removesuffix(" %"), "%"),
        ("capacity", used, "%"),
    ]
    return [
        {"id": id_, "name": t(f"forecast.total_{id_}"), "value": value, "unit": unit}
        for id_, value, unit in totals
        if value or id_ != "capacity"
    ]


def _say_basis(forecast: Forecast) -> str:
    """Return by what the composition is known, and of how much of the metal."""
    if not forecast.metal_g:
        return ""
    if forecast.assayed_g == forecast.metal_g:
        return t("forecast.by_assay")
    shares = {"assayed": format_share(forecast.assayed), "typical": format_share(forecast.typical)}
    parts = [t("forecast.by_shares", **shares)]
    if forecast.unknown:
        parts.append(t("forecast.not_known", unknown=format_share(forecast.unknown)))
    return " ".join(parts)


def show_element(one: ElementForecast, metal_g: int, stated_g: int) -> dict[str, Any]:
    """Return an element against its limit; ``stated_g`` is of how much of ``metal_g`` any composition is known."""
    likely = one.state if one.state != "unknown" else one.likely
    certain = one.state == likely
    word = f"forecast.{'is' if certain else 'maybe'}_{likely}"
    bar = lay_out_bar(one)
    note = ""
    if one.state == "unknown" or one.known_g < metal_g:
        low, high = (write_content(ppm, one.limit) for ppm in (one.low_ppm, one.high_ppm))
        note = t("forecast.range", low=low, high=high)
        if one.known_g != stated_g:
            note += " " + t("forecast.known", known=format_share((one.known_g, metal_g)))
    recovery = one.recovery
    return {
        "element": one.element,
        "state": one.state,
        "likely": likely,
        "outside": likely in ("above", "below"),
        "value": "" if one.ppm is None else write_content(one.ppm, one.limit),
        "limit": _write_limit(one.limit),
        "words": t(word),
        "note": note,
        "recovery": t("forecast.recovery", heats=recovery.heats, won=format_share(recovery.share))
        if recovery
        else "",
        "bar": {"allowed": bar.allowed, "mark": bar.mark, "span": bar.span},
    }  # fmt: skip


def _write_limit(limit: Limit) -> str:
    if not limit.low_ppm:
        return f"≤ {format_ppm(limit.high_ppm)}"
    if limit.high_ppm >= PPM:
        return f"≥ {format_ppm(limit.low_ppm)}"
    return f"{format_ppm(limit.low_ppm)}–{format_ppm(limit.high_ppm)}"


def _say_verdict(told: ChargeForecast) -> str:
    """Return the finding in one sentence, '' where nothing is charged or nothing is known to be wrong."""
    forecast = told.forecast
    if not told.alloy or not forecast.metal_g or not forecast.elements:
        return ""
    if forecast.outside:
        return _list_breaks(forecast.outside)
    alloy = name_of(told.alloy)
    return t("forecast.within" if forecast.state == "within" else "forecast.unknown", alloy=alloy)


def _list_breaks(outside: Sequence[ElementForecast]) -> str:
    return " ".join(
        t(
            f"forecast.breaks_{one.state if one.state != 'unknown' else one.likely}",
            element=one.element,
            value="–" if one.ppm is None else write_content(one.ppm, one.limit),
            limit=_write_limit(one.limit),
        )
        for one in outside
    )


def _show_proposal(told: ChargeForecast, proposal: Proposal) -> dict[str, Any]:
    """Return what to charge as well, and what the elements that are outside become."""
    broken = {one.element for one in told.forecast.outside}
    becomes = [
        f"{one.element} {write_content(one.ppm, one.limit)} %"
        for one in proposal.after.elements
        if one.element in broken and one.ppm is not None
    ]
    lots = [
        {"material": name_of(material), "code": code, "mass_g": mass_g, "mass_kg": format_kg(mass_g)}
        for material, code, mass_g in proposal.additions
    ]
    said = " + ".join(
        t("forecast.add_lot", material=name_of(material), code=code, mass_g=mass_g)
        for material, code, mass_g in proposal.additions
    )
    span = {"least_g": proposal.least_g, "most_g": proposal.most_g}
    return {
        "lots": lots,
        "words": t("forecast.add", lots=said),
        "becomes": join_words(becomes, current.language()),
        "interval": t("forecast.interval", **span)
        if len(lots) == 1 and proposal.least_g < proposal.most_g
        else "",
    }
