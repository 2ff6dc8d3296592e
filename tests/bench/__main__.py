"""Measure speed on this machine: ``python -m tests.bench`` fills books of several sizes and prints
a table for each.
"""

import os
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from graph import open_store
from tests.bench import pages
from tests.bench.chain import open_chain
from tests.bench.clock import pace
from tests.bench.measures import MEASURES as BOOK_MEASURES
from tests.bench.measures import Bench, Line, build
from tests.bench.nation import open_nation
from traceability.domain.calendar import SHANGHAI

PAGE_MEASURES: dict[str, Callable[[Bench], list[Line]]] = {
    "pages": pages.measure_pages,
    "files": pages.measure_files,
    "chart": pages.measure_first_chart,
    "many": pages.measure_many,
}
BOOKS = {"chain": open_chain, "nation": open_nation}
MEASURES = {
    "chain": BOOK_MEASURES,
    "nation": PAGE_MEASURES,
}  # by book
SIZES = {"sqlite": (20_000, 300_000, 1_000_000), "neo4j": (20_000, 300_000)}


@click.command()
@click.option("--engine", type=click.Choice([*SIZES]), multiple=True, help="Both unless given.")
@click.option(
    "--lots", type=int, multiple=True, help="Sizes of books; those of the table in README unless given."
)
@click.option(
    "--only",
    type=click.Choice([*BOOK_MEASURES, *PAGE_MEASURES]),
    multiple=True,
    help="Measures; all unless given.",
)
@click.option(
    "--keep", type=click.Path(path_type=Path), help="Folder in which SQLite books are kept for the next run."
)
def main(engine: tuple[str, ...], lots: tuple[int, ...], only: tuple[str, ...], keep: Path | None) -> None:
    """Measure, and print what was reached beside a floor and a target."""
    with TemporaryDirectory(prefix="bench-") as scratch:
        for name in engine or SIZES:
            for size in lots or SIZES[name]:
                for book, measures in MEASURES.items():
                    wanted = [measure for one, measure in measures.items() if not only or one in only]
                    if wanted:
                        with _open(name, book, size, Path(scratch), keep) as bench:
                            _report(bench, book, wanted)


def _report(bench: Bench, book: str, wanted: list[Callable[[Bench], list[Line]]]) -> None:
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    today = datetime.now(SHANGHAI).strftime("%Y-%m")
    print(f"\n### {bench.engine}, {book} of {bench.lots:,} lots\n")
    print(
        f"{today}, {os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}, load {load}\n"
    )
    print("| measure | ours | floor | ratio | target | met | pace, ms |\n|---|---|---|---|---|---|---|")
    for measure in wanted:
        before = pace()
        lines = measure(bench)
        _print(lines, f"{before:.0f}, {pace():.0f}")


def _print(lines: list[Line], paces: str) -> None:
    for line in lines:
        print("| " + " | ".join((*line, paces)) + " |", flush=True)


@contextmanager
def _open(engine: str, book: str, lots: int, scratch: Path, keep: Path | None) -> Iterator[Bench]:
    """A filled book: kept from an earlier run, or built now."""
    if engine == "neo4j":
        with _neo4j(scratch) as url:
            yield _fill(Bench(open_store(url), lots, scratch, url), book)
        return
    kept = (keep or scratch) / f"{book}-{lots}.db"
    if not kept.exists():
        part = kept.with_suffix(".part")
        part.unlink(missing_ok=True)
        bench = _fill(_on_sqlite(part, lots, scratch), book)
        bench.store.close()
        part.rename(kept)
    from tests.bench.floors import copy_book

    # What is measured adds to the book, so it is done to a copy.
    copy = copy_book(kept, scratch / f"bench-{lots}.db")
    bench = _on_sqlite(copy, lots, scratch)
    yield bench
    bench.store.close()
    for path in scratch.glob("*.db*"):
        path.unlink()


def _on_sqlite(path: Path, lots: int, scratch: Path) -> Bench:
    url = f"sqlite:///{path}"
    return Bench(open_store(url), lots, scratch, url, path)


def _fill(bench: Bench, book: str) -> Bench:
    chain = BOOKS[book](bench.store, bench.lots)

    def said(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done:,} of {bench.lots:,} lots", end="", file=sys.stderr)

    rate = build(bench.store, chain, bench.lots, said)
    print(f"\nbuilt {book} of {bench.lots:,} lots on {bench.engine} at {rate:.0f} events/s", file=sys.stderr)
    return bench


@contextmanager
def _neo4j(scratch: Path) -> Iterator[str]:
    from tests.support.neo4j_server import Neo4jServer
    from tests.support.parts import missing_parts

    if "neo4j" in missing_parts():
        raise click.ClickException(missing_parts()["neo4j"])
    server = Neo4jServer(scratch / "neo4j")
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


if __name__ == "__main__":
    main()
