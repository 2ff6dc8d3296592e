"""Say what the nodes, bands and shares of flows are called."""

from collections.abc import Iterable

from traceability.locale.catalogues import load_catalogue
from traceability.services.reporting.flows.bands import FlowBand, FlowShare
from traceability.services.reporting.flows.legs import (
    ABROAD,
    BUYER_SITE,
    BUYER_UNKNOWN,
    FAMILY,
    METAL,
    PROVINCE,
    FlowNode,
)
from traceability.services.reporting.flows.postings import BUYER, BandAddress
from traceability.web.shell.words import country_name, customer_class_name, metal_name, region_name, t


def say_node(node: FlowNode) -> str:
    """Return what a node is called."""
    if node.what == PROVINCE:
        return region_name(node.code)
    if node.what == ABROAD:
        return t(f"flows.{node.stage}.abroad", country=country_name(node.code)[:40])
    if node.what == BUYER:
        return say_buyer(node.code)
    if node.stage == "site_kind":
        return say_known(f"site_kind.{node.what}", t("flows.other_kind"))
    if node.what == FAMILY:
        return say_family(node.code)
    if node.what == METAL:
        return t("flows.no_family", metal=metal_name(node.code))
    return say_known(f"flows.{node.stage}.{node.what}", node.what[:40])


def say_family(code: str) -> str:
    """Return the name of an alloy family: of one that an installation added the code itself."""
    return say_known(f"family.{code}", code[:40])


def say_buyer(code: str) -> str:
    """Return what customers of a class are called, or sites of the book."""
    if code in (BUYER_SITE, BUYER_UNKNOWN):
        return t(f"flows.buyer.{code}")
    return customer_class_name(code)[:40]


def say_share(share: FlowShare) -> str:
    """Return what a part of what came or went is called."""
    if share.group == "buyer":
        return say_buyer(share.part)
    if share.group == "channel":
        return t(f"channel.{share.part}")
    return t(f"flows.part.{share.group}.{share.part}")


def say_told(told: BandAddress | FlowBand) -> Iterable[str]:
    """Return what is told of a band beside its ends: metal, class, channel, form, buyer."""
    if told.metal:
        yield metal_name(told.metal)
    for code in (
        f"class.{told.source_class}" if told.source_class else "",
        f"channel.{told.channel}" if told.channel else "",
        f"form.{told.form}" if told.form else "",
    ):
        if code:
            yield say_known(code, code.partition(".")[2][:40])
    if told.buyer:
        yield say_buyer(told.buyer)


def say_known(code: str, otherwise: str) -> str:
    """Return the message of a code that an address may have made up, or what stands for it."""
    return t(code) if code in load_catalogue("en").messages else otherwise
