"""Plain standard English in core/ and gui/: first lines of docstrings, and sentences that users see.

The patterns are openings and idioms that a reader whose English is a second language has to decode.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent

OPENINGS = re.compile(r"(What|Which|How|So many|Whether it|Returns|Yields)\b")
"""A docstring opens with a noun phrase or an imperative; Returns and Yields say what the signature says already."""

IDIOMS = re.compile(
    r"\b((?<!there )is none|(?<!there )are none|would do|so many|in sight|lays? out anew|stands? for"
    r"|(is|are|was|were|be|been|being) (fed|told|asked))\b",
    re.IGNORECASE,
)

SEEN_BY_USERS = re.compile(
    r"_?tr\w*|translate|Message|plural|set(Text|Title|ToolTip|StatusTip|WhatsThis|PlaceholderText"
    r"|AccessibleName|AccessibleDescription|InformativeText|WindowTitle|LabelText)"
)
"""Callables whose literal arguments are sentences on the screen or in a report."""

TEXT_KEYWORDS = frozenset({"tip", "hint", "help", "message", "title", "note"})
"""Keyword arguments that are sentences for users, whatever is called."""


class Violation(NamedTuple):
    package: str
    place: str
    words: str
    text: str


def packages() -> list[str]:
    return [
        f"{top}.{path.name}"
        for top in ("core", "gui")
        for path in sorted((ROOT / top).iterdir())
        if path.is_dir() and path.name != "__pycache__"
    ]


def violations(package: str) -> Iterator[Violation]:
    for path in sorted((ROOT / package.replace(".", "/")).rglob("*.py")):
        place = str(path.relative_to(ROOT))
        yield from violations_in(ast.parse(path.read_text("utf-8")), package, place)


def violations_in(tree: ast.Module, package: str, place: str) -> Iterator[Violation]:
    for line, text in docstrings(tree):
        first = text.partition("\n")[0]
        for found in filter(None, (OPENINGS.match(first), IDIOMS.search(first))):
            yield Violation(package, f"{place}:{line}", found.group(), first)
    for line, text in sentences(tree):
        if found := IDIOMS.search(text):
            yield Violation(package, f"{place}:{line}", found.group(), text)


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and text of the docstrings of modules, classes, functions and, below an assignment, of names."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for previous, statement in zip([None, *body], body, strict=False):
            starts = previous is None and documented
            if isinstance(statement, ast.Expr) and (starts or isinstance(previous, ast.Assign | ast.AnnAssign)):
                text = literal(statement.value)
                if text:
                    yield statement.lineno, text.strip()


def sentences(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and text of the literals in arguments of SEEN_BY_USERS, and of TEXT_KEYWORDS anywhere."""
    found: set[tuple[int, str]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            found.update((n.lineno, text) for a in node.exc.args for n in ast.walk(a) if (text := literal(n)))
        if isinstance(node, ast.Call):
            seen = SEEN_BY_USERS.fullmatch(name_of(node.func))
            named = (keyword.value for keyword in node.keywords if seen or keyword.arg in TEXT_KEYWORDS)
            arguments = (*(node.args if seen else ()), *named)
            found.update((n.lineno, text) for a in arguments for n in ast.walk(a) if (text := literal(n)))
    yield from sorted(found)


def name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def literal(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@pytest.mark.parametrize("package", packages())
def test_plain_words(package: str):
    found = list(violations(package))
    lines = "\n".join(f"{each.place}: “{each.words}” in “{each.text}”" for each in found)
    assert not found, f"{len(found)} sentences of {package} need plain words:\n{lines}"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('"""What is fed."""', ["What", "is fed"]),
        ('def f():\n    """Returns the sum."""', ["Returns"]),
        ('class A:\n    """Rows.\n\n    What follows is free: it is told below the first line."""', []),
        ('X = 1\n"""How many would do."""', ["How", "would do"]),
        ('tr("A shape of no axes is none")', ["is none"]),
        ('self.tr("Nothing is written; conv 64 would do")', ["would do"]),
        ('raise E(Message("{name} stands for so many", name=name))', ["stands for"]),
        ('label.setToolTip("What is counted")', []),
        ('log("it is told")', []),
        ('raise ValueError("one would do")', ["would do"]),
        ('"""A noun phrase."""\ndef f():\n    """Return the sum."""', []),
    ],
)
def test_patterns(source: str, words: list[str]):
    assert [each.words for each in violations_in(ast.parse(source), "core.x", "x.py")] == words
