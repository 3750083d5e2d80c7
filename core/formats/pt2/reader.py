"""Reader of .pt2 archives: the zip of torch 2.8 and later, and the flat layout before it."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message, plural
from layerledger.core.base.shapes import Shape
from layerledger.core.formats.aten.call import Call
from layerledger.core.formats.aten.mapping import outputs_of
from layerledger.core.formats.importing.assembly import assemble
from layerledger.core.formats.importing.graph import Graph, Uncounted
from layerledger.core.formats.importing.graph_notes import graph_notes, listed
from layerledger.core.formats.importing.notes import Imported, ImportNote, OpenSize, sorted_notes
from layerledger.core.formats.importing.options import BATCH, DEFAULT_BATCH, DEFAULT_OPTIONS, ImportOptions
from layerledger.core.formats.importing.tensor import ModulePlace, Tensor, UnknownShapeError
from layerledger.core.formats.pt2.archive_json import read_program
from layerledger.core.formats.pt2.attention import AttentionRun, run_of
from layerledger.core.formats.pt2.expressions import solved
from layerledger.core.formats.pt2.module_path import call_name, modules_of, relative_path
from layerledger.core.formats.pt2.program import Json, OpenDim, Program, tensor_names
from layerledger.core.network.nodes import Network

TITLE = "PyTorch export"
_LONGEST_EXPRESSION = 60


def read(path: Path, options: ImportOptions = DEFAULT_OPTIONS) -> Network:
    """Return the network of a .pt2 archive.

    Raises:
        FormatError: the file is not one that can be read; the sentence says why.
    """
    program, others = read_program(path)
    importer = _Importer(Program(program), options)
    importer.run()
    network = assemble(importer.graph, path.stem, options)
    notes = [*graph_notes(importer.graph, network, importer.sizes), *_further(others), *importer.unused()]
    imported = Imported(
        file=path.name,
        format=TITLE,
        made_by=importer.program.made_by,
        notes=sorted_notes(notes),
        sizes=tuple(importer.sizes),
    )
    return replace(network, imported=imported.stored())


def _further(others: Sequence[str]) -> Iterator[ImportNote]:
    if others:
        yield ImportNote(
            "counted as held",
            plural(
                len(others),
                "The archive holds {count:,} more program; the first is opened.",
                "The archive holds {count:,} more programs; the first is opened.",
            ),
        )


class _Importer:
    """Maps the nodes of a program in order."""

    def __init__(self, program: Program, options: ImportOptions) -> None:
        self.program, self._options = program, options
        self.graph = Graph()
        self.sizes: list[OpenSize] = []
        self._known: dict[str, Tensor] = {}
        self._held: list[Tensor] = []
        self._frozen: set[str] = set()

    def run(self) -> None:
        """Fill the graph."""
        self._take_inputs()
        nodes, i = self.program.nodes, 0
        while i < len(nodes):
            self._options.report_operators(i)
            end = run_of(nodes, i)
            if end > i and self._attention(nodes[i:end]):
                i = end
                continue
            self._call(nodes[i])
            i += 1
        found = [self._known.get(name) for name in self.program.outputs]
        self.graph.outputs = [x for x in found if x is not None and not x.constant]

    def unused(self) -> Iterator[ImportNote]:
        """Yield a note on the parameters in the file on which no output depends."""
        used = {name for draft in self.graph.drafts for name in draft.weights}
        unused = [x for x in self._held if x.weight and x.weight not in used]
        count = sum(x.elements for x in unused if x.shape is not None)
        if count:
            modules = dict.fromkeys(x.weight.partition(".")[0] for x in unused)
            yield ImportNote(
                "counted as held",
                Message(
                    "{parameters} of {modules} in the file are left out: no output depends on them.",
                    parameters=plural(count, "{count:,} parameter", "{count:,} parameters"),
                    modules=listed(modules),
                ),
            )

    def _take_inputs(self) -> None:
        kinds = self.program.kinds()
        names = [name for name in self.program.inputs if name not in kinds or kinds[name].kind == "user_input"]
        self._choose_sizes(names)
        for name in self.program.inputs:
            shape, dtype = self.program.shape(name), self.program.dtype(name)
            if name in names and shape is not None:
                self._known[name] = self.graph.add_input(name, shape, dtype)
                continue
            held = kinds.get(name)
            weight = held.name if held is not None and held.kind == "parameter" else ""
            label = held.name if held is not None and held.name else name
            stored = held is not None and held.kind == "buffer"
            x = Tensor(label, shape, dtype, constant=True, stored=stored, weight=weight)
            if weight and not self.program.is_trained(name):
                self._frozen.add(weight)
            self._known[name] = x
            self._held.append(x)

    def _choose_sizes(self, names: Sequence[str]) -> None:
        """Give each open size a value: the user's, 1 for the batch, else the one with which it was exported."""
        found: dict[str, OpenSize] = {}
        for name in names:
            for dim, size in self.program.open_dims(name).items():
                if (known := found.get(size.symbol)) is not None:
                    found[size.symbol] = known._replace(inputs=tuple(dict.fromkeys((*known.inputs, name))))
                    continue
                title = BATCH if dim == 0 else f"{name}[{dim}]"
                value, symbol = self._chosen(title, size, DEFAULT_BATCH if dim == 0 else size.traced)
                self.program.symbols[size.symbol] = symbol
                found[size.symbol] = OpenSize(title, value, (name,))
        self.sizes = list(found.values())

    def _chosen(self, title: str, size: OpenDim, default: int) -> tuple[int, int]:
        """Return the value of an open size, and that of its symbol.

        Raises:
            FormatError: the size that the user has chosen is none that the file allows.
        """
        wanted = self._options.sizes.get(title)
        for value in (default, size.traced) if wanted is None else (wanted,):
            symbol = solved(size.written, size.symbol, value)
            if symbol is not None and symbol > 0:
                return value, symbol
        if wanted is None:
            return size.traced, 1
        raise FormatError(
            Message(
                "{title} cannot be {value}: the file states it as {written}, where {symbol} is a whole number ≥ 1",
                title=title,
                value=wanted,
                written=size.written[:_LONGEST_EXPRESSION],
                symbol=size.symbol,
            )
        )

    def _attention(self, nodes: Sequence[Json]) -> bool:
        """Add the run of an attention as one layer; return whether it is one."""
        try:
            run = AttentionRun(nodes, self._known, self.program.shape)
            with self._frozen_where(run.weights):
                made = run.emit(self.graph)
        except (Uncounted, UnknownShapeError, KeyError, IndexError, TypeError, ValueError, AttributeError):
            return False
        self._known[run.output] = made[0]
        self.graph.merged += len(nodes) - 1
        return True

    def _call(self, node: Json) -> None:
        target = node.get("target")
        parts = target.split(".") if isinstance(target, str) else []
        name, overload = (parts[-2], parts[-1]) if parts[:2] == ["torch", "ops"] else (parts[-1] if parts else "", "")
        outputs = [each for output in _array(node.get("outputs")) for each in tensor_names(output)]
        if not name or not any(outputs):
            return  # it makes a size, whose value the file states
        modules = modules_of(node)
        self.graph.place = ModulePlace(relative_path(modules), call_name(node, name))
        call = Call(
            self.graph,
            name,
            overload,
            self._arguments(node),
            [self._stated(each) for each in outputs],
            [self.program.dtype(each) for each in outputs],
            modules[-1].kind if modules else "",
        )
        with self._frozen_where(call.tensors()):
            made = outputs_of(call, outputs)
        self._known.update((each, x) for each, x in zip(outputs, made, strict=False) if each)

    @contextmanager
    def _frozen_where(self, given: Iterable[Tensor]) -> Generator[None]:
        """Make layers that training does not change where all weights among the tensors are frozen."""
        weights = {x.weight for x in given if x.weight}
        self.graph.trainable = not (weights and weights <= self._frozen)
        yield
        self.graph.trainable = True

    def _stated(self, name: str) -> Shape | None:
        return self.program.shape(name) if name else None

    def _arguments(self, node: Json) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for i, each in enumerate(_array(node.get("inputs"))):
            if isinstance(each, dict):
                given = cast(Json, each)
                name = given.get("name")
                try:
                    value = self._argument(given.get("arg"))
                except (AttributeError, KeyError, TypeError):
                    value = None  # it is not as PyTorch writes it
                found[name if isinstance(name, str) and name else f"argument {i}"] = value
        return found

    def _argument(self, argument: Any) -> Any:
        """Return the value of an argument; None for one that is not given."""
        if not isinstance(argument, dict) or len(cast(Json, argument)) != 1:
            return None
        ((kind, value),) = cast(Json, argument).items()
        if kind == "as_tensor":
            return self._tensor(value.get("name"))
        if kind == "as_tensors":
            return [self._tensor(each.get("name")) for each in value]
        if kind == "as_optional_tensors":
            return [self._tensor(each["as_tensor"]["name"]) if "as_tensor" in each else None for each in value]
        if kind == "as_sym_int":
            return self.program.size(value)
        if kind == "as_sym_ints":
            return [self.program.size(each) for each in value]
        return None if kind == "as_none" else value

    def _tensor(self, name: object) -> Tensor:
        """Return a tensor that an argument names; an unknown one has no shape, so that its user is not counted."""
        found = self._known.get(name) if isinstance(name, str) else None
        return found if found is not None else Tensor(str(name), None)


def _array(value: object) -> Sequence[Any]:
    return cast("Sequence[Any]", value) if isinstance(value, list) else ()
