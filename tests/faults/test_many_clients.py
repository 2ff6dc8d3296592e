"""Sixteen clients at four gunicorn workers take from the same lots: nothing is taken twice, and nobody sees a 500."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest

from graph.store import Store
from tests.faults.serving import Answer, Client, Served
from tests.support.business import Business
from traceability.services.upkeep.check import check_book

SEED = 20_251_121
CLIENTS = 16
TAKES_EACH = 10
LOT_KG = 3_000  # a third of what is asked for


@pytest.mark.slow
def test_nothing_is_taken_twice_and_nobody_sees_a_fault(book: Store, served: Served) -> None:
    print(f"seed {SEED}")
    yard = Business(book)
    lots = [yard.collect("tense", kg=LOT_KG) for _ in range(2)]
    cookie = served.sign_in()
    with ThreadPoolExecutor(CLIENTS) as pool:
        asked = [
            pair
            for pairs in pool.map(lambda number: _take(book, served, cookie, lots, number), range(CLIENTS))
            for pair in pairs
        ]
    print(Counter(answer.status for _, answer in asked))
    accepted = dict.fromkeys(lots, 0)
    for body, answer in asked:
        if answer.status == 201:
            accepted[body["inputs"][0]["lot"]] += body["inputs"][0]["mass_g"]
        else:
            assert answer.status == 422, (answer, served.said())
            codes = {error["code"] for error in answer.body["errors"]}
            assert codes - {"lot.went_by"} == {"rule.overdrawn"}  # once nothing is left, where it went
            assert answer.type == "application/problem+json"
    assert {answer.status for _, answer in asked} == {201, 422}, "the lots did not run out"
    for lot in lots:
        assert accepted[lot] == LOT_KG * 1000 - yard.lot(lot).remaining_g
    report = check_book(book)
    assert report.findings == []
    assert report.events == 2 + sum(answer.status == 201 for _, answer in asked)


def _take(
    book: Store, served: Served, cookie: str, lots: list[str], number: int
) -> list[tuple[dict[str, Any], Answer]]:
    """What one client asks for and is answered; times run backwards as often as forwards."""
    rng = Random(f"{SEED}-{number}")
    here = Business(book, number=(number + 1) * 1000)
    client = Client(served, cookie)
    found = []
    for _ in range(TAKES_EACH):
        mass_g = rng.randint(20_000, 100_000)
        body = here.draft(
            "sort", "yard", f"2025-02-{rng.randint(1, 28):02d}T{rng.randint(0, 23):02d}:00:00",
            inputs=[{"lot": rng.choice(lots), "mass_g": mass_g}],
            outputs=[{"form": "scrap", "material": "tense", "mass_g": mass_g}],
        )  # fmt: skip
        found.append((body, client.post(body)))
    client.close()
    return found
