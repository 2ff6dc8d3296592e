"""What a firm pays for the grades of a weighbridge ticket: prices per kilogram, amounts, payment, invoice.

Prices are whole ten-thousandths of a yuan per kilogram, amounts whole fen. One rounding: the amount of each grade, price times
settled mass, half up to the fen; the amount of a purchase is the sum of its amounts.
"""

import re
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from traceability.domain.errors import BadInput
from traceability.domain.quantity import G_PER_KG, clean_number, round_half_up

PARTS = 10_000  # of a yuan, in which prices are counted
FEN = 100  # of a yuan, in which amounts are counted
MOST_YUAN_PER_KG = 100_000
LONGEST_NUMBER = 60
_PRICE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,4})?")


class Payment(StrEnum):
    """How the supplier is paid."""

    TRANSFER = "transfer"
    CASH = "cash"
    LATER = "later"  # on account


class InvoiceKind(StrEnum):
    """Who invoices."""

    NONE = "none"
    SUPPLIER = "supplier"
    REVERSE = "reverse"  # the buyer for a natural person, 反向开票


class BoughtGrade(NamedTuple):
    """A grade of a ticket with its settled mass and its price in ten-thousandths of a yuan per kilogram."""

    number: int
    material: str
    net_g: int
    mass_g: int
    price: int

    @property
    def amount_fen(self) -> int:
        """Return what is paid for it, half up to the fen."""
        return round_half_up(self.mass_g * self.price * FEN, G_PER_KG * PARTS)


class Purchase(NamedTuple):
    """What was paid for a ticket. ``id`` is that of the ticket and its event; it stands in no event itself.

    ``version`` is that of the event for which the prices were typed (``services/operations/loads.py``).
    """

    id: str
    site: str
    number: str
    time_ms: int
    supplier: str
    vehicle: str
    grades: tuple[BoughtGrade, ...]
    payment: str
    invoice_kind: str = InvoiceKind.NONE
    invoice_number: str = ""
    person: str = ""
    version: int = 0

    @property
    def mass_g(self) -> int:
        """Return the mass that is paid for."""
        return sum(grade.mass_g for grade in self.grades)

    @property
    def amount_fen(self) -> int:
        """Return what is paid."""
        return sum(grade.amount_fen for grade in self.grades)


def parse_price(text: str) -> int:
    """Return a price from yuan per kilogram with at most 4 decimals. Raises BadInput; more decimals are an error."""
    written = clean_number(text) or ""  # 17,5 is no 175
    if not _PRICE.fullmatch(written):
        raise BadInput("purchase.bad_price")
    price = int(Decimal(written) * PARTS)
    if not 0 < price <= MOST_YUAN_PER_KG * PARTS:
        raise BadInput("purchase.bad_price")
    return price


def yuan_of_price(price: int) -> Fraction:
    """Return a price in yuan per kilogram."""
    return Fraction(price, PARTS)


def yuan_of_amount(amount_fen: int) -> Fraction:
    """Return an amount in yuan."""
    return Fraction(amount_fen, FEN)


def write_purchase(purchase: Purchase) -> dict[str, Any]:
    """Return a purchase as JSON, without its id."""
    body = purchase._asdict() | {"grades": [grade._asdict() for grade in purchase.grades]}
    del body["id"]
    return body


def read_purchase(id_: str, body: dict[str, Any]) -> Purchase:
    """Return the purchase of ``write_purchase``."""
    return Purchase(id_, **{**body, "grades": tuple(BoughtGrade(**row) for row in body["grades"])})
