"""The graph of a file as layers: each operation gets its outputs from the shape rule of its layer type.

A shape that the file states is compared with what the rule says. What cannot be mapped or evaluated becomes an Opaque
layer with the shape that the file states; it is never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape, shape_text
from layerledger.core.base.values import MAX_RANK, MAX_SIZE, Value
from layerledger.core.formats.importing.batch import batch_after, reshaped_batch
from layerledger.core.formats.importing.tensor import (
    NO_PARAMS,
    Batch,
    DraftLayer,
    ModulePlace,
    Tensor,
    UnknownShapeError,
)
from layerledger.core.layers import LAYER_TYPES, bind, evaluate
from layerledger.core.layers.layer_type import ParamProblem
from layerledger.core.network.nodes import MAX_LAYERS

Stated: TypeAlias = Sequence[Shape | None]
"""The shapes of outputs as a file states them; None, or a missing one, where it does not."""

OPAQUE = "Opaque"


class Uncounted(ValueError):  # noqa: N818  (not an error of the program: the operation becomes an Opaque layer)
    """An operation that has no layer type; the sentence says why."""


class Difference:
    """An output whose shape by the rule is not the one that the file states."""

    __slots__ = ("draft", "ours", "stated")

    def __init__(self, draft: DraftLayer, ours: Shape, stated: Shape) -> None:
        self.draft, self.ours, self.stated = draft, ours, stated


class Graph:
    """Layers in the order of the file.

    Attributes:
        drafts: the layers.
        inputs: the inputs of the network.
        outputs: its outputs.
        place: where the operation that is being mapped stands; a reader sets it.
        trainable: whether training changes its weights; a reader sets it.
        checked: how many shapes agree with what the file states.
        differences: the outputs whose shapes do not.
        uncounted: the Opaque layers, each with the reason.
        folded: how many operations on shapes and constants are gone.
        merged: how many operations are part of another layer, such as a bias.
    """

    def __init__(self) -> None:
        self.drafts: list[DraftLayer] = []
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.place = ModulePlace()
        self.trainable = True
        self.checked = 0
        self.differences: list[Difference] = []
        self.uncounted: dict[str, list[DraftLayer]] = {}
        self.folded = 0
        self.merged = 0
        self._held: dict[object, Tensor] = {}

    def add_input(self, name: str, shape: Shape, dtype: str) -> Tensor:
        """Add an input of the network; its first dimension is the batch."""
        tensor = Tensor(name, shape, dtype, batch=Batch(0) if shape else None)
        self.inputs.append(tensor)
        return tensor

    def emit(
        self,
        type_name: str,
        inputs: Sequence[Tensor],
        params: Mapping[str, Value] = NO_PARAMS,
        *,
        name: str = "",
        weights: tuple[str, ...] = (),
        stated: Stated = (),
        dtypes: Value = None,
    ) -> list[Tensor]:
        """Add a layer and return its outputs.

        Args:
            type_name: the layer type.
            inputs: the tensors that it takes; a constant becomes a layer of its own.
            params: its parameters.
            name: its name, where that is not the operation's.
            weights: the names of the weights that it holds, the main one first.
            stated: the shapes of its outputs as the file states them.
            dtypes: the dtypes in which it stores numbers.

        Where the shape of an input is not known, those of the outputs are not either: the layer waits for it.

        Raises:
            Uncounted: the layer type cannot be these parameters or does not take these inputs.
            UnknownShapeError: nothing makes one of the inputs.
        """
        given = [self.held(x) for x in inputs]
        if unknown := next((x for x in given if not self._is_known(x)), None):
            raise UnknownShapeError(unknown.name)
        place = ModulePlace(self.place.path, name or self.place.name)
        draft = DraftLayer(type_name, params, given, place, weights, dtypes, trainable=self.trainable)
        if any(x.shape is None for x in given):
            ports = range(max(len(stated), 1))
            draft.outputs = [Tensor(f"{place.name}:{port}", None, maker=draft, port=port) for port in ports]
            self._add(draft)
            return draft.outputs
        for port, (shape, dtype) in enumerate(self.outputs_of(type_name, given, params)):
            batch = batch_after(type_name, params, given, shape)
            tensor = Tensor(f"{place.name}:{port}", shape, dtype, batch=batch, maker=draft, port=port)
            self._compare(draft, tensor, stated[port] if port < len(stated) else None)
            draft.outputs.append(tensor)
        self._add(draft)
        return draft.outputs

    def outputs_of(
        self, type_name: str, inputs: Sequence[Tensor], params: Mapping[str, Value]
    ) -> list[tuple[Shape, str]]:
        """Return the shapes and dtypes of a layer's outputs, without adding it.

        Raises:
            Uncounted: see `emit`.
        """
        if type_name not in LAYER_TYPES:
            raise Uncounted("no layer type does this")
        bound = bind(type_name, params)
        if bound.op is None:
            raise Uncounted("; ".join(problem.message for problem in bound.problems))
        found = evaluate(bound.op, tuple([x.spec for x in inputs]))
        if isinstance(found, ParamProblem):
            raise Uncounted(found.message)
        return [(each.shape, each.dtype) for each in found[0]]

    def opaque(
        self, operator: str, inputs: Sequence[Tensor], why: str, stated: Stated = (), dtypes: Sequence[str] = ()
    ) -> list[Tensor]:
        """Add a layer that is not counted, with the outputs that the file states; those without stay unknown."""
        given = [self.held(x) for x in inputs if self._is_known(x)]
        shapes = [shape if shape is not None and is_possible(shape) else None for shape in stated] or [None]
        params: dict[str, Value] = {"operator": operator[:MAX_OPERATOR] or "?", "why": why[:MAX_WHY]}
        batch = given[0].batch if given else None
        if None not in shapes:
            params["output_shape"] = "; ".join(_written(shape, given, batch) for shape in shapes if shape is not None)
        dtype = dtypes[0] if dtypes else given[0].dtype if given else "float32"
        if not given or dtype != given[0].dtype:
            params["dtype"] = dtype
        draft = DraftLayer(OPAQUE, params, given, self.place)
        for port, shape in enumerate(shapes):
            follows = shape is not None and bool(given) and _keeps_batch(shape, given[0], batch)
            draft.outputs.append(
                Tensor(
                    f"{self.place.name}:{port}",
                    shape if None not in shapes else None,
                    dtypes[port] if port < len(dtypes) else dtype,
                    batch=batch if follows else None,
                    maker=draft,
                    port=port,
                )
            )
        self.uncounted.setdefault(operator, []).append(draft)
        self._add(draft)
        return draft.outputs

    def _is_known(self, x: Tensor) -> bool:
        """Return whether a layer can take a tensor: something makes it, or it is a constant whose shape is known."""
        if x.constant:
            return x.shape is not None
        return x.maker is not None or any(x is each for each in self.inputs)

    def held(self, x: Tensor) -> Tensor:
        """Return a tensor that a layer can take: a constant becomes a Parameter or a Constant, once."""
        if not x.constant:
            return x
        key = x.weight or ((x.name, x.shape) if x.stored else x)
        if key not in self._held:
            params: dict[str, Value] = {"shape": x.sizes}
            if not x.weight:
                params["dtype"] = x.dtype
                if not x.stored:
                    params["stored"] = False
            name = (x.weight or (x.name if x.stored else "")).rpartition(".")[2] or "constant"
            kind, weights = ("Parameter", (x.weight,)) if x.weight else ("Constant", ())
            (self._held[key],) = self.emit(kind, (), params, name=name, weights=weights)
        return self._held[key]

    def reshape(self, x: Tensor, shape: Shape, *, name: str = "", stated: Stated = ()) -> list[Tensor]:
        """Add a reshape to `shape`, with −1 where the batch is, so that another batch fits."""
        x = self.held(x)
        if tuple(shape) == x.shape:
            return [x]
        if x.batch is not None and -1 not in shape:
            axis = reshaped_batch(x.sizes, x.batch, shape).axis
            if x.batch == Batch(0) and axis == 0 and len(shape) == 2 and x.rank > 2 and shape[0] == x.sizes[0]:
                return self.emit("Flatten", [x], name=name, stated=stated)
            shape = (*shape[:axis], -1, *shape[axis + 1 :])
        return self.emit("Reshape", [x], {"shape": shape}, name=name, stated=stated)

    def concat(self, parts: Sequence[Tensor], dim: int, *, stated: Stated = ()) -> list[Tensor]:
        """Add a concatenation; a part without a batch, such as a class token, is repeated for each of the batch."""
        parts = [self.held(x) for x in parts]
        leader = next((x for x in parts if x.batch is not None), None)
        if leader is not None and leader.batch is not None:
            axis = leader.batch.axis
            parts = [
                self.emit("Expand", [x, leader], {"size": (-1,) * x.rank}, name="expand")[0]
                if _lacks_batch(x, leader, axis, dim)
                else x
                for x in parts
            ]
        return self.emit("Concat", parts, {"dim": dim}, stated=stated)

    def _compare(self, draft: DraftLayer, tensor: Tensor, stated: Shape | None) -> None:
        if stated is None:
            return
        if stated == tensor.shape:
            self.checked += 1
        else:
            self.differences.append(Difference(draft, tensor.sizes, stated))

    def _add(self, draft: DraftLayer) -> None:
        if len(self.drafts) >= MAX_LAYERS:
            raise FormatError(
                Message("the file makes more than {max_layers:,} layers, the most that fit", max_layers=MAX_LAYERS)
            )
        self.drafts.append(draft)


MAX_OPERATOR = 60
MAX_WHY = 200


def is_possible(shape: Shape) -> bool:
    """Return whether a tensor can have a shape that a file states."""
    return len(shape) <= MAX_RANK and all(0 <= size <= MAX_SIZE for size in shape)


def _written(shape: Shape, given: Sequence[Tensor], batch: Batch | None) -> str:
    """Return a shape as formulas, with the batch of the first input where the shape follows it."""
    sizes = list(map(str, shape))
    if given and batch is not None and _keeps_batch(shape, given[0], batch):
        sizes[batch.axis] = f"D{batch.axis}"
    return ", ".join(sizes)


def _keeps_batch(shape: Shape, first: Tensor, batch: Batch | None) -> bool:
    known = batch is not None and first.shape is not None and batch.axis < len(shape)
    return known and shape[batch.axis] == first.sizes[batch.axis] if known and batch else False


def _lacks_batch(x: Tensor, leader: Tensor, axis: int, dim: int) -> bool:
    """Return whether a part of a concatenation has no batch where the others have it."""
    if x.batch is not None or x.rank != leader.rank or axis == dim % x.rank:
        return False
    return x.sizes[axis] == leader.sizes[axis] == 1 or x.sizes[axis] == leader.sizes[axis]


def difference_text(difference: Difference) -> str:
    """Return `the rule gives 1×64×56×56, the file states 1×64×57×57`."""
    return Message(
        "the rule gives {ours}, the file states {stated}",
        ours=shape_text(difference.ours),
        stated=shape_text(difference.stated),
    )
