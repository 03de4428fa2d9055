"""The laws of the house: who may import whom, and what a page consists of."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
SOURCES = [path for place in ("optim", "ui", "pages") for path in sorted((ROOT / place).rglob("*.py"))]


parsed = cache(lambda path: ast.parse(path.read_text()))
walked = cache(lambda path: list(ast.walk(parsed(path))))


def imports(path: Path, whole: bool = True) -> Iterator[tuple[str, str]]:
    """(module, name) of every import, absolute, or of those at once; of ``import a.b`` the name is empty."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in walked(path) if whole else parsed(path).body:
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((module, alias.name) for alias in node.names)


def modules(path: Path, whole: bool = True) -> set[str]:
    """The project's own modules that a file imports, as paths with dots."""
    found: set[str] = set()
    for module, name in imports(path, whole):
        full = f"{module}.{name}" if name else module
        place = ROOT / full.replace(".", "/")
        found.add(full if place.with_suffix(".py").exists() or place.is_dir() else module)
    return {module for module in found if module.split(".")[0] in ("optim", "ui", "pages", "tests")}


@pytest.mark.slow
def test_a_file_imports_only_what_lies_below_it():
    for path in SOURCES:
        place, *rest = path.relative_to(ROOT).with_suffix("").parts
        for module in modules(path):
            other, *inner = module.split(".")
            known = ("optim",) if place == "optim" else ("optim", "ui")
            assert other in known, f"{path}: it knows nothing of {module}"
            if other == "ui" and inner and inner[0] in PAGES:
                assert inner[0] == rest[0], f"{path} uses {module}, another page's room"


def test_no_module_imports_itself_by_way_of_others():
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in SOURCES}
    TopologicalSorter({name: modules(path, whole=False) & names.keys() for name, path in names.items()}).prepare()


def test_libraries_stay_in_their_rooms():
    for path in SOURCES:
        outside = {module.split(".")[0] for module, _ in imports(path)}
        if path.is_relative_to(ROOT / "optim"):
            assert not outside & {"streamlit", "pandas", "altair", "pyarrow", "PIL", "scipy"}, path
        if "altair" in outside:
            assert path.name == "charts.py", f"{path}: Altair stays in files named charts.py"
        if path.name not in ("page.py", "controls.py", "lineup.py", "process.py", "player.py", "sight.py"):
            assert "session_state" not in path.read_text(), f"{path}: only page and controls know the session"


def test_private_names_stay_in_their_module():
    for path in SOURCES:
        taken = [name for _, name in imports(path) if name.startswith("_") and not name.startswith("__")]
        nodes = walked(path)
        own = {alias.asname or alias.name for node in nodes if isinstance(node, ast.ImportFrom | ast.Import)
               for alias in node.names}  # fmt: skip
        used = [f"{node.value.id}.{node.attr}" for node in nodes
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in own
                and node.attr.startswith("_") and not node.attr.startswith("__")]  # fmt: skip
        assert not taken + used, path


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_a_short_script_a_room_and_a_line_of_the_router(name):
    script = (ROOT / "pages" / f"{name}.py").read_text()
    assert len(script.splitlines()) <= 80
    assert script.rstrip().endswith("page.close()"), "a page that is not closed is drawn whole at every move"
    assert (ROOT / "ui" / name / "presets.py").exists()
    assert f'"pages/{name}.py"' in (ROOT / "app.py").read_text()


def test_every_mutant_that_is_left_out_is_one_of_the_module_as_it_stands():
    for reason in tomllib.loads((ROOT / "tests" / "mutants.toml").read_text())["reason"]:
        for module, mutants in reason["mutants"].items():
            lines = {line.strip() for line in (ROOT / "optim" / f"{module}.py").read_text().splitlines()}
            for before, after in mutants:
                assert lines.issuperset(before.split("\n")), f"{module}: {before}"
                assert before != after
