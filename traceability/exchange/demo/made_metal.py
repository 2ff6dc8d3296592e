"""Add up what the demo's plants make, from which its statistics are invented."""

from collections import Counter


class MadeMetal:
    """Grams made by province, month and metal: R, P, and of the ten metals' output what the book holds."""

    def __init__(self) -> None:
        self.recycled_g: Counter[tuple[str, int, str]] = Counter()
        self.held_g: Counter[tuple[str, int, str]] = Counter()

    def add(
        self, province: str, month: int, metal: str, *, primary_g: int = 0, recycled_g: int = 0,
        refined: bool = False,
    ) -> None:  # fmt: skip
        """Add what one event makes."""
        self.recycled_g[province, month, metal] += recycled_g
        self.held_g[province, month, metal] += primary_g + (recycled_g if refined else 0)
