"""core imports nothing of the window, of Qt or of numpy, wherever in its files an import stands."""

import ast
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "core"
FILES = sorted(CORE.rglob("*.py"))
BANNED = ("PySide6", "shiboken6", "numpy", "pyqtgraph", "torch", "layerledger.gui")
OPENS_THE_WINDOW = CORE / "app/cli/window.py"  # only inside the function that does


def imports(tree):
    """Yield (module, statement) of every import, also those written as calls."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name, node) for alias in names)
            case ast.ImportFrom(module=module, level=level, names=names):
                assert level == 0, "imports are written in full"
                yield from ((f"{module}.{alias.name}", node) for alias in names)
            case ast.Call(func=ast.Name(id="__import__"), args=[ast.Constant(value=str(name)), *_]):
                yield name, node
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(name)), *_]):
                yield name, node


def banned(module):
    return any(module == name or module.startswith(f"{name}.") for name in BANNED)


def test_there_is_something_to_look_at():
    assert len(FILES) > 30
    tree = ast.parse("def f():\n import numpy\n from layerledger import gui\n __import__('PySide6.QtCore')")
    assert [banned(module) for module, _ in imports(tree)] == [True, True, True]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(CORE)))
def test_core_knows_nothing_of_the_window(file):
    tree = ast.parse(file.read_text("utf-8"))
    found = [(module, node.lineno) for module, node in imports(tree) if banned(module)]
    if file == OPENS_THE_WINDOW:
        top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        found = [(module, line) for module, line in found if line in {node.lineno for node in top}]
    assert found == []
