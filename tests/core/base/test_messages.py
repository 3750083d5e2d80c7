"""Messages are str that keep template and values; core states each sentence as a literal template."""

import ast
import pickle
from gettext import NullTranslations
from pathlib import Path
from string import Formatter

import pytest

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message, message_of, plural, translated

CORE = Path(__file__).resolve().parents[3] / "core"
GERMAN = {
    "{name} is taken": "{name} ist vergeben",
    "{error}; rename {name}": "{name} umbenennen: {error}",
    "line 1": "Zeile 1",
}
PLURALS = {("{count:,} layer", "{count:,} layers"): ("{count:,} Schicht", "{count:,} Schichten")}


class Catalogue(NullTranslations):
    """A catalogue that holds the sentences above."""

    def gettext(self, message):
        return GERMAN.get(message, message)

    def ngettext(self, msgid1, msgid2, n):
        return PLURALS.get((msgid1, msgid2), (msgid1, msgid2))[n != 1]


TAKEN = Message("{name} is taken", name="conv1")
LAYERS = [plural(n, "{count:,} layer", "{count:,} layers") for n in (1, 2_000)]


# -- a message by itself


def test_a_message_is_its_text():
    assert TAKEN == "conv1 is taken"
    assert isinstance(TAKEN, str)
    assert f"{TAKEN}!" == "conv1 is taken!"
    assert (TAKEN.template, TAKEN.values) == ("{name} is taken", {"name": "conv1"})
    assert LAYERS == ["1 layer", "2,000 layers"]


@pytest.mark.parametrize("message", [TAKEN, *LAYERS, Message("nothing"), Message("{a}: {b}", a=TAKEN, b=LAYERS[1])])
def test_a_message_pickles_with_its_template_and_values(message):
    again = pickle.loads(pickle.dumps(message))
    assert (again, type(again)) == (message, type(message))
    assert (again.template, dict(again.values)) == (message.template, dict(message.values))
    assert translated(again, Catalogue()) == translated(message, Catalogue())


def test_a_message_is_translated_with_the_messages_in_it():
    assert translated(Message("{error}; rename {name}", error=TAKEN, name="it"), Catalogue()) == (
        "it umbenennen: conv1 ist vergeben"
    )
    assert [translated(each, Catalogue()) for each in LAYERS] == ["1 Schicht", "2,000 Schichten"]
    assert translated("line 1", Catalogue()) == "Zeile 1"
    assert translated("no template", Catalogue()) == "no template"


# -- the message of an error


@pytest.mark.parametrize("kind", [ValueError, FormatError, KeyError])
def test_an_error_keeps_its_message(kind):
    assert message_of(kind(TAKEN)) is TAKEN


def test_the_message_of_any_error_is_a_text():
    assert message_of(ValueError()) == ""
    assert message_of(ValueError(3)) == "3"


def test_an_error_of_a_file_is_on_one_line_and_keeps_its_template():
    error = FormatError(Message("{error}; rename {name}", error=TAKEN, name="a\nb\ud800"))
    assert str(error) == r"conv1 is taken; rename a\nb\ud800"
    assert translated(message_of(error), Catalogue()) == r"a\nb\ud800 umbenennen: conv1 ist vergeben"
    odd = FormatError(Message("{file} is taken", file=Path("a\nb")))
    assert str(odd) == r"a\nb is taken"


# -- how core states them


MODULES = sorted(CORE.rglob("*.py"))


def calls(tree, *names):
    """Yield the calls of functions of some names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in names:
            yield node


def fields_of(template):
    """Return the names in braces."""
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in Formatter().parse(template) if name is not None}


def named_texts(tree):
    """Yield the f-strings that a function names, then raises or makes a problem of."""
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        named = {
            node.targets[0].id: node
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.JoinedStr)
        }
        raised = [node.exc for node in ast.walk(function) if isinstance(node, ast.Raise)]
        for call in (*raised, *calls(function, "Problem", "ParamProblem")):
            for each in call.args if isinstance(call, ast.Call) else ():
                if isinstance(each, ast.Name) and each.id in named:
                    yield named[each.id]


def faults(tree):
    """Yield what is wrong with the messages of a module, a line each."""
    for call in calls(tree, "Message"):
        given = {keyword.arg for keyword in call.keywords}
        if not call.args or not isinstance(call.args[0], ast.Constant):
            yield f"{call.lineno}: the template must be a literal"
        elif None not in given and fields_of(call.args[0].value) != given:
            yield f"{call.lineno}: the template names {fields_of(call.args[0].value)}, but is given {given}"
    for call in calls(tree, "plural"):
        templates = call.args[1:]
        if len(templates) != 2 or not all(isinstance(each, ast.Constant) for each in templates):
            yield f"{call.lineno}: both forms of a plural must be literals"
        elif any(fields_of(each.value) - {"count"} for each in templates):
            yield f"{call.lineno}: a plural names only count"
    for call in calls(tree, "Problem", "ParamProblem"):
        if any(isinstance(each, ast.JoinedStr) for each in (*call.args, *(k.value for k in call.keywords))):
            yield f"{call.lineno}: the message of a problem must be a Message"
    for name in named_texts(tree):
        yield f"{name.lineno}: an error must be raised with a Message, not with an f-string under a name"
    for node in ast.walk(tree):
        raised = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(raised, ast.Call) and any(isinstance(each, ast.JoinedStr) for each in raised.args):
            yield f"{node.lineno}: an error must be raised with a Message"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(CORE)))
def test_sentences_are_literal_templates(module):
    if module.name != "messages.py":
        assert list(faults(ast.parse(module.read_text("utf-8")))) == []


@pytest.mark.parametrize(
    "source",
    [
        'Message(f"{x} is wrong")',
        "Message(text, x=1)",
        'Message("{x} is wrong", y=1)',
        'Message("{x} is wrong")',
        'Message("wrong", x=1)',
        'plural(n, "{count} layer", text)',
        'plural(n, "{count} layer", "{n} layers")',
        'Problem("error", f"{x} is wrong")',
        'ParamProblem(message=f"{x} is wrong")',
        'raise ValueError(f"{x} is wrong")',
        'def f():\n    message = f"{x} is wrong"\n    raise ValueError(message, 3)',
        'def f():\n    message = f"{x} is wrong"\n    return Problem("error", message)',
    ],
)
def test_each_rule_is_seen_to_be_broken(source):
    assert len(list(faults(ast.parse(source)))) == 1


def test_what_follows_the_rules_is_accepted():
    source = 'raise E(Message("{x:,} of {y.z} {{}}", x=1, y=2), place=f"{x}[0]")\nplural(n, "one", "{count} more")'
    assert list(faults(ast.parse(source))) == []
