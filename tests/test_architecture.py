"""The layout of core/ and gui/: which package may import which, no cycles, short files, the map in ARCHITECTURE.md.

Imports inside functions and under TYPE_CHECKING count as all others: a lazy import hides a cycle but does not end it.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORE = (
    "base",
    "formula",
    "network",
    "layers",
    "analysis",
    "formats",
    "edits",
    "metrics",
    "studies",
    "reports",
    "library",
    "app",
)
GUI = ("theme", "document", "widgets", "stack", "inspector", "palette", "start", "charts", "dialogs", "window", "app")
ORDER = [*(f"core.{name}" for name in CORE), "core", *(f"gui.{name}" for name in GUI), "gui"]
LONGEST = 300
UPWARD = {("core.app.cli.window", "gui.app.application")}  # the command line opens the window, and imports Qt only then
NAMED_TWICE = {"core": {"Component", "Figure", "Parameter"}}  # still to be told apart: a list that shrinks


def modules() -> Iterator[str]:
    for top in ("core", "gui"):
        for path in sorted((ROOT / top).rglob("*.py")):
            yield name_of(path)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def path_of(module: str) -> Path:
    base = ROOT / module.replace(".", "/")
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(path_of(module).read_text("utf-8"))


@cache
def imports_of(module: str) -> frozenset[str]:
    """Return the modules of this project that `module` imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if exists(inner) else node.module)
    return frozenset(name.removeprefix("layerledger.") for name in found if exists(name)) - {module}


def exists(name: str) -> bool:
    return (
        name.startswith(("layerledger.core", "layerledger.gui"))
        and path_of(name.removeprefix("layerledger.")).is_file()
    )


def package_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


MODULES = list(modules())


@pytest.mark.parametrize(("top", "names"), [("core", CORE), ("gui", GUI)])
def test_top_folders_hold_the_listed_packages_and_no_loose_files(top: str, names: tuple[str, ...]):
    folder = ROOT / top
    assert {path.name for path in folder.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(names)
    assert {path.name for path in folder.glob("*.py")} == {"__init__.py"}


@pytest.mark.parametrize("module", MODULES)
def test_a_package_imports_only_packages_before_it(module: str):
    own = ORDER.index(package_of(module))
    later = {
        other for other in imports_of(module) if ORDER.index(package_of(other)) > own and (module, other) not in UPWARD
    }
    assert not later, f"{module} imports {sorted(later)}, which come after {package_of(module)}"


def test_widgets_know_no_document():
    """A widget may know parameter kinds and metrics, as values, but no network and no result."""
    allowed = {"core.base", "core.formula", "core.metrics", "gui.theme", "gui.widgets"}
    widgets = [module for module in MODULES if package_of(module) == "gui.widgets"]
    found = {(module, other) for module in widgets for other in imports_of(module) if package_of(other) not in allowed}
    assert not found


def cycles() -> list[list[str]]:
    """Return the strongly connected components of more than one module, by Tarjan's algorithm."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in imports_of(module):
            if (module, other) in UPWARD:
                continue
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            at = stack.index(module)
            if len(component := stack[at:]) > 1:
                found.append(sorted(component))
            del stack[at:]

    for module in MODULES:
        if module not in index:
            visit(module)
    return found


def test_no_cycle_of_imports():
    assert cycles() == []


@pytest.mark.parametrize("module", MODULES)
def test_a_file_is_short_or_says_why_not(module: str):
    lines = path_of(module).read_text("utf-8").count("\n")
    first_paragraph = (ast.get_docstring(tree_of(module)) or "").split("\n\n")[0]
    assert lines <= LONGEST or "One file because" in first_paragraph, f"{module} has {lines} lines"


@pytest.mark.parametrize("module", MODULES)
def test_private_names_stay_in_their_module(module: str):
    """Imports and attributes of another module alike: `from a import _b`, `import a._b`, `a._b`."""
    private: set[str] = set()
    modules_here: set[str] = set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            private.update(alias.name for alias in node.names if is_private(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            private.update(name for name in names if is_private(name))
            modules_here.update(
                alias.asname or alias.name for alias, name in zip(node.names, names, strict=True) if exists(name)
            )
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules_here:
            private.update({f"{node.value.id}.{node.attr}"} if is_private(node.attr) else ())
    assert not private, f"{module} uses private names of others: {sorted(private)}"


def is_private(name: str) -> bool:
    return any(part.startswith("_") and not part.startswith("__") for part in name.split("."))


@pytest.mark.parametrize("module", [name for name in MODULES if name.endswith("_model")])
def test_a_qt_model_knows_no_widgets(module: str):
    names = {
        name
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (*(alias.name for alias in node.names), getattr(node, "module", None) or "")
    }
    assert not {name for name in names if "QtWidgets" in name}


def classes_of(top: str) -> dict[str, set[str]]:
    """Return the public classes at the top of modules, with the modules that define them."""
    found: dict[str, set[str]] = {}
    for module in MODULES:
        if module.split(".")[0] == top:
            for node in tree_of(module).body:
                if isinstance(node, ast.ClassDef) and not is_private(node.name):
                    found.setdefault(node.name, set()).add(module)
    return found


@pytest.mark.parametrize("top", ["core", "gui"])
def test_a_public_class_has_a_name_of_its_own(top: str):
    shared = {name: sorted(where) for name, where in classes_of(top).items() if len(where) > 1}
    assert set(shared) == NAMED_TWICE.get(top, set()), shared


def folders() -> set[str]:
    """Return the folders of core and gui below the top, as ARCHITECTURE.md writes them."""
    inits = (path for top in ("core", "gui") for path in (ROOT / top).rglob("__init__.py"))
    return {path.parent.relative_to(ROOT).as_posix() for path in inits} - {"core", "gui"}


def test_every_folder_has_one_line_in_architecture():
    lines = (ROOT / "ARCHITECTURE.md").read_text("utf-8").splitlines()
    listed = [match[1] for line in lines if (match := re.fullmatch(r"\| `((?:core|gui)/[^`]+)` \| .+ \|", line))]
    assert len(listed) == len(set(listed))
    assert set(listed) == folders()


def test_the_map_stands_in_the_order_of_imports():
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    listed = [place.replace("/", ".") for place in re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)]
    packages = [place for place in listed if place.count(".") == 1]
    assert packages == [name for name in ORDER if "." in name]


def test_tests_stand_in_the_same_folders():
    places = {path.parent.relative_to(ROOT / "tests").as_posix() for path in (ROOT / "tests").glob("*/*/test_*.py")}
    assert {place for place in places if place.startswith(("core/", "gui/"))} <= folders()
