"""Define the metals of a book: data, of which ten make up the supply share.

They are listed in ``metals.csv``; an installation adds others by rows of its own.
"""

from collections.abc import Mapping
from typing import NamedTuple

from traceability.domain.names import NamesByLanguage, choose_name


class Metal(NamedTuple):
    """A metal that lots may be of.

    ``of_ten`` tells whether it is one of the ten common nonferrous metals, which alone enter the
    supply share. ``edition`` and ``source`` say which list has it so.
    """

    symbol: str
    names: NamesByLanguage = ()
    of_ten: bool = False
    edition: str = ""
    source: str = ""

    def name(self, language: str) -> str:
        """Return the name in a language, the symbol without any."""
        return choose_name(self.names, language) or self.symbol


TEN_COMMON = ("Al", "Cu", "Pb", "Zn", "Ni", "Sn", "Sb", "Mg", "Ti", "Hg")
OTHERS = (
    "Si", "W", "Mo", "Co", "Mn", "Cr", "RE", "Au", "Ag", "Pt", "Bi", "In", "Ge", "Be", "Li", "V", "Fe",
)  # fmt: skip
DEFAULT_METALS: Mapping[str, Metal] = {
    symbol: Metal(symbol, of_ten=symbol in TEN_COMMON) for symbol in (*TEN_COMMON, *OTHERS)
}
"""What an installation knows whose reference data list no metals; the catalogues name them."""


def complete_metals(listed: Mapping[str, Metal]) -> Mapping[str, Metal]:
    """Return the metals of a list, and behind them those that it lacks, so that an older list refuses nothing.

    Which are of the ten a list says alone.
    """
    if not listed:
        return DEFAULT_METALS
    missing = {symbol: Metal(symbol) for symbol in DEFAULT_METALS if symbol not in listed}
    return {**listed, **missing}
