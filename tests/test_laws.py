"""The laws of the house: who may import whom, and what a page consists of."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
SOURCES = [path for place in ("optim", "ui", "pages") for path in sorted((ROOT / place).rglob("*.py"))]


def imports(path: Path, whole: bool = True) -> Iterator[tuple[str, str]]:
    """(module, name) of every import, absolute, or of those at once; of ``import a.b`` the name is empty."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree) if whole else tree.body:
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


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_lies_below_it(path):
    place, *rest = path.relative_to(ROOT).parts
    room = rest[0] if len(rest) > 1 else None
    for module in modules(path):
        other, *inner = module.split(".")
        if place == "optim":
            assert other == "optim", f"{path.name}: optim knows nothing of {module}"
        elif place == "ui":
            assert other in ("optim", "ui")
            foreign = other == "ui" and inner and inner[0] in PAGES and inner[0] != room
            assert not foreign, f"{path.name} uses {module}, another page's room"
        else:
            assert other in ("optim", "ui")
            foreign = other == "ui" and inner and inner[0] in PAGES and inner[0] != path.stem
            assert not foreign, f"{path.name} uses {module}, another page's room"


def test_no_module_imports_itself_by_way_of_others():
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in SOURCES}
    TopologicalSorter({name: modules(path, whole=False) & names.keys() for name, path in names.items()}).prepare()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_libraries_stay_in_their_rooms(path):
    place = path.relative_to(ROOT).parts[0]
    outside = {module.split(".")[0] for module, _ in imports(path)}
    if place == "optim":
        assert not outside & {"streamlit", "pandas", "altair", "pyarrow", "PIL", "scipy"}
    if "altair" in outside:
        assert path.name == "charts.py", "Altair stays in files named charts.py"
    if path.name not in ("page.py", "controls.py", "lineup.py", "process.py", "player.py", "sight.py"):
        assert "session_state" not in path.read_text(), "only page and controls know the session"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_private_names_stay_in_their_module(path):
    tree = ast.parse(path.read_text())
    taken = [name for _, name in imports(path) if name.startswith("_") and not name.startswith("__")]
    own = {alias.asname or alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom | ast.Import)
           for alias in node.names}  # fmt: skip
    used = [f"{node.value.id}.{node.attr}" for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in own
            and node.attr.startswith("_") and not node.attr.startswith("__")]  # fmt: skip
    assert not taken + used


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_a_short_script_a_room_and_a_line_of_the_router(name):
    script = (ROOT / "pages" / f"{name}.py").read_text()
    assert len(script.splitlines()) <= 80
    assert script.rstrip().endswith("page.close()"), "a page that is not closed is drawn whole at every move"
    assert (ROOT / "ui" / name / "presets.py").exists()
    assert f'"pages/{name}.py"' in (ROOT / "app.py").read_text()
