"""Guard of the public surface: no name that scripts, files and command lines use may go while core/ is reorganised.

`tests/golden/public_surface.json` was made from the program before the reorganisation. It holds names, no results: it
guards against loss, and says nothing on whether a count is right. What it lists must still be there and be the same;
what is new is allowed and need not be listed.

Where a change of the surface is meant, make the file again, and read its difference before committing it:

    LAYERLEDGER_WRITE_SURFACE=1 .venv/bin/python -P -m pytest tests/core/test_public_surface.py

The tests go through `layerledger.core`, files and the command line. The only other modules are the imports below: where
one of them moves, its line here is all that changes.
"""

import argparse
import inspect
import io
import json
import os
import re
import tomllib
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from unittest.mock import patch

import pytest

import layerledger.core as core
from layerledger.__main__ import main  # the command line
from layerledger.core.base.params import params_of  # the declared parameters of such a class, by name
from layerledger.core.layers import LAYER_TYPES  # classes by the name that files use
from layerledger.core.reports.columns import COLUMNS  # by key, what `--columns` takes

ROOT = Path(__file__).parents[2]
PINNED = ROOT / "tests" / "golden" / "public_surface.json"
TEMPLATES = sorted((ROOT / "resources" / "templates").glob("*.layers"))
WRITE = "LAYERLEDGER_WRITE_SURFACE"

COMMANDS = ((), ("report",), ("conventions",), ("devices",))
SAMPLES = ("lesson", "resnet18", "fcn_resnet50", "gpt2", "llama-3-8b", "lstm_classifier", "swin_t", "t5-small")
EVERYTHING = (
    *("--count", "thop", "--device", "nvidia-t4", "--efficiency", "0.5", "--fused", "--batch", "2"),
    *("--train", "adamw", "--precision", "mixed", "--checkpointing", "blocks", "--context", "64"),
    *("--dtype", "float16", "--weights", "int4"),
)

NOT_FOR_SCRIPTS = {
    "Block": {"height", "once", "too_many", "unrolled"},
    "Layer": {"height", "unrolled"},
    "NodeResult": {
        *("aliases", "is_clean", "largest", "largest_child_output_bytes", "op", "origins", "partial", "produced"),
        *("read_inputs", "traffic", "uncounted_layers"),
    },
    "Result": {"cache", "schedule"},
    "Row": {"traffic"},
}
"""Attributes of public classes that only the analysis itself uses: they may change."""


# -- a network that uses all that a file can hold


def features():
    """Return a network that uses every key of a file, made by the public constructors."""
    limits = {"params": 1, "weight_bytes": 1, "peak_activation_bytes": 1, "macs": 1}
    time = frozen(device="nvidia-t4", at_most=0.005, efficiency=0.5, fused=True)
    return core.Network(
        name="features",
        inputs=(
            core.NetworkInput(name="left", shape=(1, 16), extra={"input_note": "kept"}),
            core.NetworkInput(name="right", shape=(1, 8), dtype="float32"),
        ),
        root=core.Block(name="", layers=(*blocks_of_features(), *layers_of_features()), outputs=("both", "again")),
        extra={
            "title": "All features",
            "description": "One of each",
            "dtypes": frozen(weights="int4", activations="float16"),
            "budgets": frozen(**limits, device_seconds=time),
            "network_note": "kept",
        },
    )


def blocks_of_features():
    """Return the layers up to the blocks: of several outputs, repeated with shared weights, and tied."""
    double = core.Block(
        name="double",
        layers=(
            core.Layer(name="fc", type="Linear", params={"out_features": 8}),
            core.Layer(name="act", type="ReLU", extra={"layer_note": "kept"}),
            core.Layer(name="sum", type="Add", inputs=("act", "input")),
        ),
        inputs=("halves:1",),
        outputs=("sum", "act"),
        repeat=1,
        extra={"block_note": "kept"},
    )
    again = core.Block(
        name="again",
        layers=(core.Layer(name="fc", type="Linear", params={"out_features": 8}),),
        inputs=("own",),
        repeat=3,
        share_weights=True,
    )
    own = {
        "output_shape": "N, C_out",
        "constants": "C_out = 8",
        "params": "C*C_out",
        "macs": "N*C*C_out",
        "label": "My",
    }
    return (
        core.Layer(name="halves", type="Chunk", params={"chunks": 2, "dim": 1}, inputs=("left",)),
        double,
        core.Layer(name="own", type="Custom", params=own, inputs=("double:1",)),
        again,
        core.Block(name="tied", layers=again.layers, tied_to="again", repeat=3, share_weights=True),
    )


def layers_of_features():
    """Return the layers after the blocks: with dtypes of their own, tied, of two inputs, and of an unknown type."""
    stored = {"dtypes": frozen(weights="int8", activations="float16")}
    return (
        core.Layer(name="small", type="Linear", params={"out_features": 8}, extra=stored),
        core.Layer(name="same", type="Linear", params={"out_features": 8}, tied_to="small"),
        core.Layer(name="both", type="Add", inputs=("same", "right")),
        core.Layer(name="unknown", type="Unknown8d", params={"anything": (1, 2)}),
    )


def frozen(**values):
    """Return an object of a file as a network holds it."""
    return MappingProxyType(values)


@pytest.fixture
def saved(tmp_path):
    """Return the file in which that network is saved."""
    core.save_network(features(), tmp_path / "features.layers")
    return tmp_path / "features.layers"


# -- the command line


class Ran(NamedTuple):
    """What came of a call."""

    status: int
    out: str
    err: str


def run(*arguments):
    """Return what a call of the command line does."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        status = main([str(argument) for argument in arguments])
    return Ran(status, out.getvalue(), err.getvalue())


def objects(*arguments):
    """Return the JSON objects that a call prints, one a line."""
    ran = run(*arguments, "--format", "json")
    assert ran.out, f"layerledger {' '.join(map(str, arguments))} prints nothing: {ran.err}"
    return [json.loads(line) for line in ran.out.splitlines()]


def parser_of(command):
    """Return the parser of a command, caught when it is asked to read; None where there is no such command."""
    caught = []

    def catch(parser, *args, **options):
        caught.append(parser)
        raise SystemExit(0)

    # With --help, so that a command line which does not ask any parser prints its help and opens no window.
    with patch.object(argparse.ArgumentParser, "parse_args", catch):
        run(*command, "--help")
    assert caught, "the command line asks no ArgumentParser to read; see parser_of in this test"
    parser = caught[-1]
    for name in command if parser.prog.split()[1:] != list(command) else ():
        below = [a.choices for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        if not below or name not in below[0]:
            return None
        parser = below[0][name]
    return parser


def options_of(parser):
    """Return the arguments of a parser: whether each takes a value, which choices it has, and what it starts with."""
    found = {}
    for action in parser._actions:
        told = {"takes": "nothing" if action.nargs == 0 else f"values ({action.nargs})" if action.nargs else "a value"}
        if action.choices is not None:
            told["choices"] = list(action.choices)
        if isinstance(action.default, str) and action.default != argparse.SUPPRESS:
            told["default"] = action.default
        found |= dict.fromkeys(action.option_strings or [action.metavar or action.dest], told)
    return found


# -- the parts of the surface


def in_core(saved):
    """Return the names of `layerledger.core`, the arguments of its functions, and the attributes of its values."""
    made = (
        "Block",
        "Cost",
        "Layer",
        "Network",
        "NetworkInput",
        "TensorSpec",
        "analyze",
        "open_network",
        "save_network",
    )
    return {
        "names": sorted(name for name in core.__all__ if hasattr(core, name)),
        "arguments": {name: arguments_of(getattr(core, name)) for name in made if hasattr(core, name)},
        "attributes": {type(value).__name__: attributes_of(value) for value in values(saved)},
        "errors": {"FormatError": [cls.__name__ for cls in core.FormatError.__mro__ if cls is not object]},
    }


def values(saved):
    """Return a value of each public class, as a script comes by it."""
    network = core.open_network(saved)
    result = core.analyze(network, batch=1, dtype="float32", weights="int8")
    row = next(result.rows(expand=False))
    layer, block = network.layers[:2]
    spec = network.inputs[0].spec
    of_network = (network, network.inputs[0], layer, block, spec)
    return (*of_network, result, result.totals, result.problems[0], row, row.result, row.cost)


def arguments_of(function):
    """Return the arguments of a function by name: how each is passed, and whether it must be."""
    given = inspect.signature(function).parameters.values()
    must = {p.name: "must be given" if p.default is p.empty else "may be left out" for p in given}
    return {p.name: f"{p.kind.description}, {must[p.name]}" for p in given}


def attributes_of(value):
    """Return the public attributes of a value that can be read, without those of a plain tuple or of the analysis."""
    left_out = {*dir(tuple), *NOT_FOR_SCRIPTS.get(type(value).__name__, ())}
    return [name for name in dir(value) if not name.startswith("_") and name not in left_out and hasattr(value, name)]


def in_commands(saved):
    """Return the arguments of every command."""
    parsers = {" ".join(("layerledger", *command)): parser_of(command) for command in COMMANDS}
    return {name: options_of(parser) for name, parser in parsers.items() if parser}


def in_reports(saved):
    """Return the keys of JSON, with the types of their values, and the headings of CSV and Markdown."""
    return {
        "json": typed(objects("report", *SAMPLES, saved)),
        "json of everything": typed(objects("report", *SAMPLES, saved, *EVERYTHING)),
        "json of conventions": typed(objects("conventions")),
        "json of devices": typed(objects("devices")),
        "csv": {
            "headings": headings("csv"),
            "headings of everything": headings("csv", "--columns", ",".join(COLUMNS), *EVERYTHING),
        },
        "markdown": {"headings": headings("markdown"), "headings of everything": headings("markdown", *EVERYTHING)},
    }


def headings(format, *options):
    """Return the headings of a report, and those of its columns."""
    lines = run("report", "gpt2", "--format", format, *options).out.splitlines()
    if format == "csv":
        return lines[0].split(",")
    tables = [above for above, below in pairwise(lines) if below.startswith("| ---")]
    columns = [cell.strip() for line in tables for cell in line.strip("|").split("|")]
    return [line for line in lines if line.startswith("#")] + [cell for cell in dict.fromkeys(columns) if cell]


def typed(values):
    """Return every key in JSON objects, lists merged, with the types of its values."""
    found = {}
    for value in values:
        for place, kind in places(value):
            found.setdefault(place, set()).add(kind)
    return {place: sorted(kinds) for place, kinds in sorted(found.items())}


def places(value, place=""):
    """Yield each key of a JSON value as `totals.macs` or `layers[].path`, with the type of what stands there."""
    kinds = {dict: "object", list: "array", str: "text", bool: "boolean", int: "integer", float: "number"}
    if place:
        yield place, kinds.get(type(value), "null")
    if isinstance(value, dict):
        for key, below in value.items():
            yield from places(below, f"{place}.{key}" if place else key)
    for item in value if isinstance(value, list) else ():
        yield from places(item, f"{place}[]")


def in_names(saved):
    """Return the names that options, files and settings use."""
    parser = parser_of(("report",))
    return {
        "report formats": options_of(parser)["--format"]["choices"],
        "columns": list(COLUMNS),
        "metrics": list(objects("report", "lesson")[0]["conventions"]),
        "conventions": [found["id"] for found in objects("conventions")],
        "devices": [found["id"] for found in objects("devices")],
        "templates": [file.stem for file in TEMPLATES],
    }


def in_files(saved):
    """Return the keys that saved files have: of the network, its inputs, its layers and its blocks."""
    found = {"network": set(), "input": set(), "layer": set(), "block": set()}
    resaved = saved.with_name("again.layers")
    for file in (saved, *TEMPLATES):
        core.save_network(core.open_network(file), resaved)
        top = json.loads(resaved.read_text("utf-8"))
        found["network"] |= keys(top)
        found["input"] |= {key for given in top["inputs"] for key in keys(given)}
        for node in nodes(top):
            found["block" if node["type"] == "Block" else "layer"] |= keys(node)
    return {of: sorted(found[of]) for of in found}


def keys(value):
    """Return the keys of an object in a file and of those in it, but for inputs, layers and parameters."""
    shown = {key: None if key in ("inputs", "layers", "params") else below for key, below in value.items()}
    return {place for place, _ in places(shown) if not place.endswith("]")}


def nodes(top):
    """Yield the layers and blocks of a file."""
    for node in top["layers"]:
        yield node
        yield from nodes(node) if "layers" in node else ()


def in_layers(saved):
    """Return every layer type with its parameters: what each takes, and what it is where it is not given."""
    return {name: {key: declared(info) for key, info in params_of(cls).items()} for name, cls in LAYER_TYPES.items()}


def declared(info):
    """Return what is declared of a parameter; choices as a list, so that a new one changes nothing else."""
    choices = [] if "such as" in info.kind.hint else re.findall(r'"([^"]+)"', info.kind.hint)
    kind = re.sub(r'"[^"]+"(, "[^"]+")*( or "[^"]+")?', "a choice", info.kind.hint) if choices else str(info.kind.hint)
    default = {"required": True} if info.required else {"default": json.loads(json.dumps(info.default))}
    return {"kind": kind, **({"choices": choices} if choices else {}), **default, "derived": info.derived}


SURFACE = {
    "core": in_core,
    "commands": in_commands,
    "reports": in_reports,
    "names": in_names,
    "files": in_files,
    "layers": in_layers,
}


# -- the file


def losses(pinned, found, place):
    """Yield a sentence on each name that is gone and each that says something else; what is new is no loss."""
    if isinstance(pinned, dict) and isinstance(found, dict):
        for key in pinned:
            if key in found:
                yield from losses(pinned[key], found[key], f"{place} > {key}")
            else:
                yield f"{place} > {key} is gone"
    elif isinstance(pinned, list) and isinstance(found, list) and place.rpartition(" > ")[2] != "default":
        yield from (f"{place} > {name} is gone" for name in pinned if name not in found)
    elif (type(pinned), pinned) != (type(found), found):
        yield f"{place} is {json.dumps(found, ensure_ascii=False)}, no more {json.dumps(pinned, ensure_ascii=False)}"


def dumped(value, indent=0, start=0):
    """Return JSON for people and for diff: on one line what fits there, else a line for each item."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or (indent and len(line) + start <= 118):
        return line
    pad = "  " * (indent + 1)
    if isinstance(value, list):
        items = [pad + dumped(item, indent + 1, len(pad)) for item in value]
    else:
        named = [(f"{pad}{json.dumps(key, ensure_ascii=False)}: ", below) for key, below in value.items()]
        items = [name + dumped(below, indent + 1, len(name)) for name, below in named]
    return (
        "{["[isinstance(value, list)] + "\n" + ",\n".join(items) + "\n" + "  " * indent + "}]"[isinstance(value, list)]
    )


def write(saved):
    """Make the pinned file from the program as it is."""
    PINNED.write_text(dumped({part: make(saved) for part, make in SURFACE.items()}) + "\n", "utf-8")


# -- the tests


@pytest.fixture(scope="module")
def pinned():
    """Return what the pinned file holds."""
    return json.loads(PINNED.read_text("utf-8"))


def test_pinned_file_has_every_part(saved):
    if WRITE in os.environ:
        write(saved)
    found = json.loads(PINNED.read_text("utf-8"))
    assert list(found) == list(SURFACE)
    assert all(found.values())


@pytest.mark.parametrize("part", SURFACE)
def test_nothing_is_gone(saved, pinned, part):
    lost = list(losses(pinned[part], SURFACE[part](saved), part))
    if lost:
        pytest.fail("gone or changed:\n" + "\n".join(lost), pytrace=False)


@pytest.mark.parametrize("part", ["arguments", "layers"])
def test_parameters_are_in_their_order(saved, pinned, part):
    """Check the order too: values without a keyword go by it, in Python and in quick insert."""
    before = pinned["core"][part] if part == "arguments" else pinned[part]
    now = in_core(saved)[part] if part == "arguments" else in_layers(saved)
    for name in before.keys() & now.keys():
        kept = [key for key in before[name] if key in now[name]]
        assert [key for key in now[name] if key in before[name]] == kept, f"{part} > {name} has another order"


def test_losses_are_told_by_name_and_additions_are_none():
    before = {"a": ["x", "y"], "b": {"takes": "a value", "default": [1, 2]}, "c": {}}
    after = {"a": ["new", "x"], "b": {"takes": "nothing", "default": [1, 2, 3]}, "new": {}}
    assert list(losses(before, before | {"new": 1}, "s")) == []
    assert list(losses(before, after, "s")) == [
        "s > a > y is gone",
        's > b > takes is "nothing", no more "a value"',
        "s > b > default is [1, 2, 3], no more [1, 2]",
        "s > c is gone",
    ]


def test_lines_for_python_in_the_readme_run(monkeypatch):
    monkeypatch.chdir(ROOT)
    blocks = re.findall(
        r"^```python\n(from layerledger\..*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.M | re.S
    )
    assert blocks
    for block in blocks:
        with redirect_stdout(io.StringIO()) as out:
            exec(block, {})
        assert out.getvalue()


def test_installed_command_is_that_of_the_module():
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]["layerledger"]
    module, _, name = stated.partition(":")
    assert getattr(import_module(module), name) is main


def test_command_line_takes_every_name(pinned, tmp_path):
    names = pinned["names"]
    calls = [("--format", name) for name in names["report formats"]]
    calls += [("--count", name) for name in names["conventions"]]
    calls += [("--device", name) for name in names["devices"]]
    columns = ("--device", names["devices"][0], "--columns", ",".join(names["columns"]))
    calls += [("--format", format, *columns) for format in ("table", "csv", "markdown")]
    calls += [("--output", tmp_path / "report.txt")]
    for call in calls:
        ran = run("report", "lesson", *call)
        assert (ran.status, ran.err) == (0, ""), call


def test_exit_status_tells_of_problems_and_of_files_that_cannot_be_read(saved):
    lesson = core.open_network(ROOT / "resources" / "templates" / "lesson.layers")
    assert run("report", "lesson").status == 0
    core.save_network(replace(lesson, extra={"budgets": frozen(params=1)}), saved.with_name("budget.layers"))
    core.save_network(replace(lesson, inputs=()), saved.with_name("error.layers"))
    assert run("report", "lesson", saved.with_name("budget.layers")).status == 1
    assert run("report", "lesson", saved.with_name("error.layers")).status == 1
    assert run("report", "lesson", saved.with_name("none.layers")).status == 2
    assert run("report", "lesson", "--no-such-option").status == 2


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_template_is_saved_as_it_is(file, tmp_path):
    core.save_network(core.open_network(file), tmp_path / file.name)
    assert (tmp_path / file.name).read_bytes() == file.read_bytes()


def test_file_with_every_feature_is_read_and_saved_as_it_is(saved):
    found = core.open_network(saved)
    core.save_network(found, saved.with_name("again.layers"))
    assert saved.with_name("again.layers").read_bytes() == saved.read_bytes()
    for now, made in zip(held(found), held(features()), strict=True):
        assert now == made, f"read as {now}, where {made} was saved"


def held(network):
    """Yield what each part of a network holds, with the keys of its file that are not known."""
    yield "network", {*network.extra}
    yield from ((given.name, given.shape, given.dtype, {*given.extra}) for given in network.inputs)
    waiting = [network.root]
    for node in waiting:
        told = {field: getattr(node, field) for field in ("name", "inputs", "tied_to")}
        if isinstance(node, core.Block):
            waiting += node.layers
            told |= {field: getattr(node, field) for field in ("outputs", "repeat", "share_weights")}
        else:
            told |= {"type": node.type, "params": dict(node.params)}
        yield told, {*node.extra}


def test_every_feature_of_a_file_is_understood(saved):
    result = core.analyze(core.open_network(saved))
    assert [(problem.path, problem.severity) for problem in result.problems] == [("unknown", "error")]
    # 8 × 8 and 8 of each Linear: fc, the shared passes of `again`, small; the tied ones count with those; and `own`.
    assert result.totals.params == 3 * (8 * 8 + 8) + 8 * 8
    stored = {row.path: row.result.weight_bytes for row in result.rows()}
    assert 0 < stored["double.fc"] < stored["small"], "int4 of the network, int8 of the layer"
    limits = objects("report", saved)[0]["budgets"]
    assert [limit["key"] for limit in limits] == list(features().budgets)
