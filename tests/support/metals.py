"""Add a metal by the files of an installation, as an administrator would."""

from pathlib import Path

from graph.store import Store
from traceability.exchange.seed import load_own
from traceability.exchange.seed_folder import read_folder

GALLIUM = ("镓", "gallium", "2025", "https://example.org/list")
METALS = f"symbol,zh,en,ten_metals,edition,source,note\nGa,{GALLIUM[0]},{GALLIUM[1]},no,{GALLIUM[2]},{GALLIUM[3]},\n"
MATERIALS = (
    "id,forms,metal,family,fraction,low_kg,high_kg,waste_code,refined,remelt_ingot,grades,zh,en,standard,verified,note\n"
    "ga-scrap,scrap,Ga,unknown,1,0.1,60000,,,,,废镓,Gallium scrap,,,\n"
    "gallium,product,Ga,unknown,1,0.1,60000,,yes,,,精镓,Refined gallium,,,\n"
)


def add_gallium(store: Store, folder: Path) -> None:
    """Bring gallium, a scrap of it and its refined metal into a store."""
    own = folder / "own"
    own.mkdir(exist_ok=True)
    (own / "metals.csv").write_text(METALS)
    (own / "materials.csv").write_text(MATERIALS)
    load_own(store, read_folder(own, store))
