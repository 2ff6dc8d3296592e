"""The house rules that a machine can hold, each with its reason. Import directions are held by import-linter."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from traceability.cli import traceability
from traceability.config import check_binding, read_settings

ROOT = Path(__file__).resolve().parents[1]
CODE = ("app.py", "traceability", "graph", "scanners")
TOP_LEVEL = {
    *{
        "app.py",
        "pyproject.toml",
        "traceability",
        "graph",
        "scanners",
        "templates",
        "static",
        "seed",
        "tests",
    },
    *{"README.md", "ARCHITECTURE.md", "DECISIONS.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE"},
    *{"Makefile", "compose.yaml", "requirements.lock", "requirements-test.lock", ".ci", ".gitignore"},
    *{".gitattributes", "docs"},
}
FLOORS = {
    "traceability": {
        *{"__init__.py", "domain", "wire", "services", "exchange", "render", "web", "locale"},
        *{"cli", "config.py"},
    },
    "graph": {
        "__init__.py",
        "store.py",
        "records.py",
        "residue_sums.py",
        "row_sums.py",
        "blobs.py",
        "paging.py",
        "query_blocks.py",
        "sqlite",
        "neo4j",
    },
}
VAGUE_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "misc",
    "common",
    "factory",
    "strategy",
    "impl",
}
NAMED_FOLDERS = (
    "traceability",
    "graph",
    "scanners",
    "tests",
    "templates",
    "static",
    "docs",
    "seed",
    "cli",
    "web",
)
CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "monotonic"}
STANDARD_LIBRARY = sys.stdlib_module_names


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that is committed or about to be: what git knows and does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    names = sorted({name for name in listed.stdout.split("\0") if name})
    return tuple(path for name in names if (path := ROOT / name).is_file())


def modules(*parts: str) -> list[Path]:
    """Python files of these folders or files, by their path from the top."""
    folders = [ROOT / part for part in parts]
    return [
        path
        for path in project_files()
        if path.suffix == ".py" and any(path == folder or folder in path.parents for folder in folders)
    ]


def faults(paths: list[Path], find: object) -> list[str]:
    """`file:line what` for everything that find(tree) yields."""
    assert callable(find)
    return [
        f"{path.relative_to(ROOT)}:{line} {what}"
        for path in paths
        for line, what in find(ast.parse(path.read_text(encoding="utf-8")))
    ]


def test_no_link_is_committed() -> None:
    """A link leads to where it led on one machine: elsewhere nowhere, or to something else."""
    listed = subprocess.run(
        ["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert [line for line in listed.stdout.splitlines() if line.startswith("120000 ")] == []


def test_the_top_level_is_the_fixed_set() -> None:
    """Somebody who opens the tree sees the house, not its scaffolding; a new entry is a decision."""
    assert {path.relative_to(ROOT).parts[0] for path in project_files()} <= TOP_LEVEL


@pytest.mark.parametrize("package", sorted(FLOORS))
def test_packages_hold_the_planned_rooms_only(package: str) -> None:
    """Every module has a floor; one laid beside them would escape the import rules."""
    rooms = {path.relative_to(ROOT).parts[1] for path in project_files() if ROOT / package in path.parents}
    assert rooms <= FLOORS[package]


def test_names_say_what_is_inside() -> None:
    """A module called utils collects whatever nobody found a place for."""
    assert not [path for path in modules(*CODE, "tests") if VAGUE_NAMES & set(path.stem.lower().split("_"))]


def test_every_module_opens_with_a_sentence_on_what_it_answers() -> None:
    """The reader decides by it whether to read on."""
    silent = [
        path
        for path in modules(*CODE, "tests")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_no_docstring_asks() -> None:
    """A question leaves its reader to find out the answer; the first sentence states what is there."""

    def questions(tree: ast.AST) -> Iterator[tuple[int, str]]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                first = re.match(r".*?[.?!](?=\s|$)", ast.get_docstring(node) or "", re.DOTALL)
                if first and first[0].endswith("?"):
                    yield getattr(node, "lineno", 1), first[0]

    assert not faults(modules(*CODE, "tests"), questions)


def test_public_class_names_exist_once() -> None:
    """Two classes of one name are told apart by their module only, which no reader of a call sees."""
    homes: dict[str, list[str]] = {}
    for path in modules(*CODE):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(path.relative_to(ROOT).as_posix())
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


def test_no_binary_float_in_the_domain() -> None:
    """Grams are integers and shares are ratios of integers: 0.1 + 0.2 must not decide whether a target is met."""

    def floats(tree: ast.AST) -> Iterator[tuple[int, str]]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, float):
                yield node.lineno, repr(node.value)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
                yield node.lineno, "float()"

    assert not faults(modules("traceability/domain"), floats)


def test_the_domain_stands_on_the_standard_library_alone() -> None:
    """Its rules outlive every library, and are tested without any."""

    def strangers(tree: ast.AST) -> Iterator[tuple[int, str]]:
        for line, name in imports(tree):
            if name.split(".")[0] not in STANDARD_LIBRARY and not name.startswith("traceability.domain"):
                yield line, name

    assert not faults(modules("traceability/domain"), strangers)


def test_the_domain_and_the_services_have_no_clock() -> None:
    """Time is handed in: one clock, so that tests and rebuilds decide as the day itself did."""

    def clocks(tree: ast.AST) -> Iterator[tuple[int, str]]:
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in CLOCKS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"time", "datetime", "date"}
            ):
                yield node.lineno, f"{node.func.value.id}.{node.func.attr}()"

    # A worker's lease and its progress are about this machine's own time, not the book's.
    paths = [path for path in modules("traceability/domain", "traceability/services") if path.stem != "jobs"]
    assert not faults(paths, clocks)


def test_services_know_no_web() -> None:
    """The same use cases serve pages, files, the command line and jobs; a request or session would tie them to one."""

    def web(tree: ast.AST) -> Iterator[tuple[int, str]]:
        for line, name in imports(tree):
            if name.split(".")[0] in {"flask", "werkzeug", "flask_wtf"}:
                yield line, name

    assert not faults(modules("traceability/services"), web)


def test_compose_builds_what_is_there_and_starts_what_the_command_line_knows() -> None:
    """No test starts containers, so a name that is moved would break them unseen."""
    text = (ROOT / "compose.yaml").read_text()
    copied = [name for line in re.findall(r"COPY (.+) \S+$", text, re.MULTILINE) for name in line.split()]
    assert len(copied) > 8
    assert [name for name in copied if not (ROOT / name).exists()] == []
    program, name, *options = json.loads(re.findall(r"CMD (\[.+\])", text)[-1])
    command = traceability.get_command(click.Context(traceability), name)
    assert (program, command is not None) == ("traceability", True)
    assert command
    command.make_context(name, list(options))
    settings = read_settings(
        {
            name: re.sub(
                r"\$\{\w+(:-(.*)|:\?.*)?\}",
                lambda found: found[2] or ("https://x.example" if "https" in found[0] else "x" * 40),
                value,
            )
            for name, value in re.findall(r"^      (TRACEABILITY_\w+): (.+)$", text, re.MULTILINE)
        }
    )
    assert settings.store == "bolt://neo4j:7687"
    check_binding(settings, options[options.index("--host") + 1])


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_what_docs_name_exists(page: Path) -> None:
    """A document that names a file or test as its witness is believed; one that was moved or renamed is none."""
    text = page.read_text(encoding="utf-8")
    named = re.findall(rf"`((?:{'|'.join(NAMED_FOLDERS)})(?:/[\w./-]+)?)(?:::(\w+))?`", text)
    named += [(f"{name}", "") for name in re.findall(r"`([\w-]+\.(?:yaml|lock|md|toml|py))`", text)]
    named += [(f"docs/{link}", "") for link in re.findall(r"\]\(((?!\w+:)[\w./-]+)", text)]
    missing = []
    for name, test in named:
        path = next((path for path in (ROOT / name, ROOT / "traceability" / name) if path.exists()), None)
        if path is None or (test and not re.search(rf"^def {test}\(", path.read_text(), re.MULTILINE)):
            missing.append(f"{name}::{test}" if test else name)
    # A module named beside another is found in the same folder.
    assert [name for name in missing if not list(ROOT.glob(f"traceability/**/{name}"))] == []


def test_queries_live_in_the_engines() -> None:
    """One place for every query, the same names on both engines; a query elsewhere works on one of them only."""

    def queries(tree: ast.AST) -> Iterator[tuple[int, str]]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and QUERY.match(node.value):
                yield node.lineno, node.value.strip()[:60]

    assert not faults(modules("app.py", "traceability", "scanners"), queries)


def test_no_query_is_built_from_values() -> None:
    """Values travel as parameters: text from a form inside a query is an injection, and a new plan for each value."""

    def built(tree: ast.AST) -> Iterator[tuple[int, str]]:
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                if QUERY.match(str(node.values[0].value)):
                    yield node.lineno, "f-string"
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
                if isinstance(node.left, ast.Constant) and QUERY.match(str(node.left.value)):
                    yield node.lineno, "% or +"
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "format"
            ):
                text = node.func.value
                if isinstance(text, ast.Constant) and QUERY.match(str(text.value)):
                    yield node.lineno, "format()"

    # queries.py joins named fragments of a closed table; everything else runs named blocks as they are.
    assert not faults([path for path in modules(*CODE) if path.name != "queries.py"], built)


def test_only_the_command_line_prints() -> None:
    """A web worker's output is the log; what a person should read is a page or an answer."""

    def prints(tree: ast.AST) -> Iterator[tuple[int, str]]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                yield node.lineno, "print()"

    command_line = modules("traceability/cli")
    assert not faults([path for path in modules(*CODE) if path not in command_line], prints)


def test_nothing_is_left_for_later_in_comments() -> None:
    """What is not done is an issue, where it is seen; a note in the code is where it is forgotten."""
    notes = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]) + r")\b")
    assert not mentions(
        notes, {".py", ".sql", ".cypher", ".js", ".css", ".html", ".toml", ".yaml", ".sh", ".md"}
    )


def test_no_path_of_somebodys_machine() -> None:
    """The project works wherever it is cloned."""
    paths = re.compile(r"(?<![\w.])/(work|home|Users|root)/\w")
    assert not mentions(
        paths, {".py", ".sql", ".cypher", ".js", ".html", ".toml", ".yaml", ".sh", ".md", ".lock", ""}
    )


def test_scripts_import_their_own_feature_and_what_all_share() -> None:
    """Whoever changes a feature's script then needs to look at no other feature; what two need stands in what all share, of
    which the later may use the earlier."""
    shared = ("vendor", "components", "scanning", "scales")
    static = ROOT / "static"
    strays = []
    for path in project_files():
        if path.suffix != ".js" or static not in path.parents or static / "vendor" in path.parents:
            continue
        feature = path.relative_to(static).parts[0]
        for named in re.findall(r'(?:from|import|import\()\s*"(\.[^"]+)"', path.read_text(encoding="utf-8")):
            other = (path.parent / named).resolve().relative_to(static).parts[0]
            allowed = shared[: shared.index(feature)] if feature in shared else shared
            if other != feature and other not in allowed:
                strays.append(f"{path.relative_to(ROOT)} imports {named}")
    assert strays == []


def test_lines_of_templates_end_at_100_columns() -> None:
    """A change of a word shows as a change of that line, not of a row of 1,000 characters."""
    assert not mentions(re.compile(r"^.{101}"), {".html"}, under="templates")


def test_templates_hold_no_scripts_or_styles() -> None:
    """The content security policy forbids them without exception, so that text typed by anybody can never run."""
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']application/(ld\+)?json)|<style\b|\bstyle\s*=\s*[\"'{]|\son[a-z]+\s*=\s*[\"']|javascript:",
        re.IGNORECASE,
    )
    assert not mentions(inline, {".html"}, under="templates")


def test_locks_are_complete_and_name_no_registry() -> None:
    """Every package has hashes, and installs from whichever registry a place uses."""
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        packages = re.split(
            r"^(?=\w)", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE), flags=re.MULTILINE
        )[1:]
        assert packages
        assert not [package.split()[0] for package in packages if "--hash=sha256:" not in package]


def test_the_test_lock_holds_the_runtime_versions() -> None:
    """Tests speak for what runs."""
    pins = [set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
            for name in ("requirements.lock", "requirements-test.lock")]  # fmt: skip
    assert pins[0] <= pins[1]


@pytest.mark.parametrize("store", ["sqlite:///book.db", "bolt://localhost:1"])
def test_a_web_worker_starts_without_heavy_libraries(store: str) -> None:
    """pandas takes some 60 MB in every worker, and most never draw a report; the Neo4j driver loads it where it can.

    cryptography takes 11 MB, and only commands about signed heads need it.
    """
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys, app, graph; graph.open_store({store!r}); print({{'pandas', 'cryptography'}} & {{*sys.modules}})",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (loaded.stdout.strip(), loaded.stderr) == ("set()", "")


QUERY = re.compile(
    r"\s*(SELECT\s.+\bFROM\b|INSERT INTO\s|UPDATE\s+\w+\s+SET\b|DELETE FROM\s|CREATE (TABLE|INDEX|CONSTRAINT)\b"
    r"|(OPTIONAL )?MATCH\s*\(|MERGE\s*\(|UNWIND\s+\$|DETACH DELETE\b)",
    re.DOTALL,
)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of every absolute import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or "."


def mentions(pattern: re.Pattern[str], suffixes: set[str], under: str = "") -> list[str]:
    """`file:line text` for every line of our own text files that the pattern is found in."""
    return [
        f"{path.relative_to(ROOT)}:{number} {line.strip()[:80]}"
        for path in project_files()
        if path.suffix in suffixes
        and path.relative_to(ROOT).as_posix().startswith(under)
        and "vendor" not in path.parts
        and path.name != "LICENSE"
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]
