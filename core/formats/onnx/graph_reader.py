"""Reading of a graph: nodes are folded, inlined, or become layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message, message_of
from layerledger.core.base.shapes import Shape
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.options import ImportOptions
from layerledger.core.formats.importing.tensor import DraftLayer, ModulePlace, Tensor, UnknownShapeError
from layerledger.core.formats.onnx import folding
from layerledger.core.formats.onnx.dtypes import Attribute, attributes_of, dtype_of
from layerledger.core.formats.onnx.exporters import has_lost_bias, is_normalized
from layerledger.core.formats.onnx.frames import Frame, taken_names, uses_of
from layerledger.core.formats.onnx.module_paths import has_own_name, is_placed, place_of, settle
from layerledger.core.formats.onnx.open_sizes import OpenSizes
from layerledger.core.formats.onnx.operation import OnnxContext, OnnxOperation
from layerledger.core.formats.onnx.operators.table import KEEP_SHAPE, STANDARD, handler_of
from layerledger.core.formats.onnx.order import in_order
from layerledger.core.formats.onnx.schema import OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, OnnxOperatorSet
from layerledger.core.formats.onnx.values import Initializers, StatedShapes, shown_name, stated_shapes, tensor_type

MAX_NODES = 200_000
"""Most nodes that are read."""

MAX_INLINED = 40_000
"""Most nodes of functions and branches, each counted as often as it is run: few of them can double without end."""

_PROGRESS_STEP = 1_000
_MAX_NESTED = 16
_LATEST = 23
_FunctionKey = tuple[str, str, str]


class GraphReader:
    """Reads the graph of a model into layers.

    Attributes:
        context: the layers, and what is known of weights and uses.
        initializers: the tensors of the file.
        sizes: the open sizes.
        opset: the version of the operators.
        normalized: the layers into which an exporter has folded a BatchNorm.
        unbiased: those of which it has dropped a bias of zeros.
        unplaced: the ids of layers of which the file does not say where they stand.
    """

    def __init__(self, model: OnnxModel, initializers: Initializers, options: ImportOptions) -> None:
        self.context = OnnxContext()
        self.initializers = initializers
        self.sizes = OpenSizes(options.sizes)
        self.opset = _opset(model.operator_sets)
        self.normalized: list[DraftLayer] = []
        self.unbiased: list[DraftLayer] = []
        self.unplaced: set[int] = set()
        self._model = model
        self._functions = {(each.domain, each.name, each.overload): each for each in model.functions}
        self._left, self._inlined_left = MAX_NODES, MAX_INLINED
        self._progress = options.progress

    def read(self, graph: OnnxGraph) -> None:
        """Read the graph of the model."""
        frame = Frame(stated=stated_shapes(graph, self.sizes), opset=self.opset)
        self._add_initializers(graph, frame)
        self._add_inputs(graph, frame)
        self._read_nodes(graph.nodes, [each.name for each in graph.outputs], frame)
        self._add_outputs(graph, frame)
        settle(self.context.graph.drafts, self.unplaced)

    # -- what goes in and out

    def _add_initializers(self, graph: OnnxGraph, frame: Frame) -> None:
        for tensor in graph.initializers:
            if tensor.name in frame.values:
                self.initializers.add_problem(
                    Message("The tensor {name} is in the file twice; the last is taken.", name=shown_name(tensor))
                )
            frame.values[tensor.name] = self.initializers.weight(tensor)
        for sparse in graph.sparse_initializers:
            if sparse.values is not None:
                tensor = sparse.values._replace(dims=sparse.dims, raw=None)
                frame.values[tensor.name] = self.initializers.weight(tensor)

    def _add_inputs(self, graph: OnnxGraph, frame: Frame) -> None:
        made = self.context.graph
        # Files of old versions list initializers as inputs too.
        inputs = [(info, tensor_type(info)) for info in graph.inputs if info.name not in frame.values]
        self.sizes.note_names([each.shape.dims for _, each in inputs if each is not None and each.shape is not None])
        for info, stated in inputs:
            if stated is not None and stated.shape is not None:
                shape = self.sizes.shape_of_input(info.name, stated.shape.dims)
                frame.values[info.name] = made.add_input(info.name, shape, dtype_of(stated.elem_type))
            else:
                made.place = ModulePlace((), info.name or "input")
                why = "the file states no shape of this input"
                frame.values[info.name] = made.opaque(Message("input {name}", name=info.name), [], why)[0]

    def _add_outputs(self, graph: OnnxGraph, frame: Frame) -> None:
        made = self.context.graph
        found = [frame.values.get(each.name) for each in graph.outputs]
        made.outputs = [x for x in found if x is not None and not x.constant]
        if not made.outputs:
            taken = {id(x) for draft in made.drafts for x in draft.inputs}
            made.outputs = [x for draft in made.drafts for x in draft.outputs if id(x) not in taken]

    # -- nodes

    def _read_nodes(self, nodes: Sequence[OnnxNode], outputs: Sequence[str], frame: Frame) -> None:
        if len(nodes) > MAX_NODES:
            raise FormatError(Message("the file has more than {most:,} nodes", most=MAX_NODES))
        uses = uses_of(nodes, outputs)

        def read(node: OnnxNode, in_circle: bool) -> None:
            self._count(frame)
            if self._left % _PROGRESS_STEP == 0:
                self._progress(Message("{count:,} nodes read", count=MAX_NODES - self._left))
            before = len(self.context.graph.drafts)
            made = self._made_by(node, frame, in_circle=in_circle)
            added = self.context.graph.drafts[before:]
            if added and not frame.around and not is_placed(node):
                self.unplaced.update(map(id, added))
            for name, x in zip(node.outputs, made, strict=False):
                if name:
                    self._bind(frame, name, x, uses.get(name, 0))

        in_order(nodes, frame, read)

    def _count(self, frame: Frame) -> None:
        self._left -= 1
        if self._left < 0:
            raise FormatError(Message("the file has more than {most:,} nodes", most=MAX_NODES))
        self._inlined_left -= frame.depth > 0
        if self._inlined_left < 0:
            raise FormatError(
                Message("functions and branches of the file make more than {most:,} nodes", most=MAX_INLINED)
            )

    def _bind(self, frame: Frame, name: str, x: Tensor, uses: int) -> None:
        frame.values[name] = x
        before = self.context.uses.get(x)
        # Another name of a tensor takes the place of the node that gave it.
        self.context.uses[x] = uses if before is None else before + uses - 1

    def _made_by(self, node: OnnxNode, frame: Frame, *, in_circle: bool) -> Sequence[Tensor]:
        """Return the outputs of a node."""
        key = (node.domain, node.op_type, node.overload)
        attributes = attributes_of(node.attributes, frame.attributes, frame.defaults)
        if not in_circle and key in self._functions and key not in frame.functions:
            return self._call(key, node, attributes, frame)
        if not in_circle and node.op_type == "If" and (branch := _chosen(node, attributes, frame)) is not None:
            return self._inline(branch, frame)
        return self._operation(node, attributes, frame, in_circle=in_circle)

    def _operation(
        self, node: OnnxNode, attributes: Mapping[str, Attribute], frame: Frame, *, in_circle: bool
    ) -> Sequence[Tensor]:
        inputs = [frame.find(name) if name else None for name in node.inputs]
        op = OnnxOperation(
            node.op_type,
            inputs,
            attributes,
            outputs=node.outputs,
            context=self.context,
            opset=frame.opset,
            stated=[frame.stated.shape(name) if name else None for name in node.outputs],
            quantized=self._quantized(node, frame),
        )
        try:
            return self._made_of(op, node, frame, in_circle=in_circle)
        except (Uncounted, UnknownShapeError) as error:
            reason: ValueError = error
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
            reason = Uncounted("its inputs or attributes are not as ONNX defines them")
        self.context.graph.place = place_of(node, inputs, frame.around)
        return self._opaque(node, frame, op.stated, reason)

    def _made_of(self, op: OnnxOperation, node: OnnxNode, frame: Frame, *, in_circle: bool) -> Sequence[Tensor]:
        missing = next((name for name, x in zip(node.inputs, op.inputs, strict=True) if name and x is None), None)
        if missing is not None and in_circle:
            raise Uncounted("it takes its own output")
        if missing is not None:
            raise Uncounted(Message("nothing makes its input {name}", name=missing))
        can_fold = node.domain in STANDARD or node.op_type in folding.CONVERSIONS
        if can_fold and (folded := folding.folded(op, self.initializers)) is not None:
            self.context.graph.folded += 1
            return folded
        handler = handler_of(node.domain, node.op_type)
        if handler is None:
            raise Uncounted("no layer type does this")
        self.context.graph.place = place = place_of(node, op.inputs, frame.around)
        if has_own_name(place, node):
            op.name = place.name
        made = handler(op)
        self._note_rules(node, made)
        return made

    def _quantized(self, node: OnnxNode, frame: Frame) -> dict[int, str]:
        """Note the dtypes of tensors that are converted, and return those of a node's inputs."""
        if node.op_type == "QuantizeLinear" and node.outputs:
            zero = frame.find(node.inputs[2]) if len(node.inputs) > 2 else None
            frame.quantized[node.outputs[0]] = zero.dtype if zero is not None else "uint8"
        elif node.op_type == "DequantizeLinear" and node.outputs and node.inputs[0] in frame.quantized:
            frame.quantized[node.outputs[0]] = frame.quantized[node.inputs[0]]
        if not frame.quantized:
            return {}
        return {i: frame.quantized[name] for i, name in enumerate(node.inputs) if name in frame.quantized}

    def _opaque(
        self, node: OnnxNode, frame: Frame, stated: Sequence[Shape | None], error: Exception
    ) -> Sequence[Tensor]:
        keeps = bool(stated) and stated[0] is None and node.op_type in KEEP_SHAPE and bool(node.inputs)
        if keeps and (first := frame.find(node.inputs[0])):
            stated = [first.shape]
        why = "the shape of its input is not known" if isinstance(error, UnknownShapeError) else message_of(error)
        given = {id(x): x for name in taken_names(node) if (x := frame.find(name)) is not None}
        usable = [x for x in given.values() if not x.constant or x.shape is not None]
        dtypes = [frame.stated.dtype(name) or "" for name in node.outputs]
        held = self.context.weights.held(self.context.graph, usable)
        return self.context.graph.opaque(node.op_type or "?", held, why, stated, dtypes if all(dtypes) else ())

    def _note_rules(self, node: OnnxNode, made: Sequence[Tensor]) -> None:
        """Note what an exporter has done to a layer with weights."""
        draft = made[0].maker if made else None
        if draft is None or not draft.weights:
            return
        if is_normalized(node):
            self.normalized.append(draft)
        elif has_lost_bias(node):
            self.unbiased.append(draft)

    # -- functions and branches

    def _call(
        self, key: _FunctionKey, node: OnnxNode, attributes: Mapping[str, Attribute], frame: Frame
    ) -> Sequence[Tensor]:
        function = self._functions[key]
        _check_depth(frame)
        inputs = [frame.find(name) if name else None for name in node.inputs]
        place = place_of(node, inputs, frame.around)
        name = node.name.rpartition("/")[2] or node.op_type
        inner = Frame(
            stated=StatedShapes(function.value_infos, self.sizes),
            opset=_opset(function.operator_sets) if function.operator_sets else frame.opset,
            around=(*place.path, name),
            attributes=attributes,
            defaults=attributes_of(function.attribute_defaults, {}, {}),
            functions=(*frame.functions, key),
        )
        uses = uses_of(function.nodes, function.outputs)
        for name, x in zip(function.inputs, inputs, strict=False):
            if x is not None:
                self._bind(inner, name, x, uses.get(name, 0))
        self._read_nodes(function.nodes, function.outputs, inner)
        return self._results(function.outputs, inner, function)

    def _inline(self, graph: OnnxGraph, frame: Frame) -> Sequence[Tensor]:
        _check_depth(frame)
        inner = Frame(
            stated=stated_shapes(graph, self.sizes),
            opset=frame.opset,
            outer=frame,
            around=frame.around,
            attributes=frame.attributes,
            defaults=frame.defaults,
            functions=frame.functions,
        )
        self._add_initializers(graph, inner)
        outputs = [each.name for each in graph.outputs]
        self._read_nodes(graph.nodes, outputs, inner)
        return self._results(outputs, inner, graph)

    def _results(self, names: Sequence[str], inner: Frame, where: OnnxGraph | OnnxFunction) -> list[Tensor]:
        found: list[Tensor] = []
        for name in names:
            x = inner.find(name)
            if x is None:
                why = Message("nothing in {where} makes its output {name}", where=where.name, name=name)
                x = self.context.graph.opaque(where.name or "?", [], why)[0]
            found.append(x)
        return found


def _check_depth(frame: Frame) -> None:
    if frame.depth >= _MAX_NESTED:
        raise FormatError(Message("functions and branches are more than {most} in one another", most=_MAX_NESTED))


def _chosen(node: OnnxNode, attributes: Mapping[str, Attribute], frame: Frame) -> OnnxGraph | None:
    """Return the branch that a constant condition chooses; None where it is computed."""
    condition = frame.find(node.inputs[0]) if node.inputs else None
    if condition is None or not condition.data:
        return None
    branch = attributes.get("then_branch" if condition.data[0] else "else_branch")
    return branch if isinstance(branch, OnnxGraph) else None


def _opset(sets: Sequence[OnnxOperatorSet]) -> int:
    return next((each.version for each in sets if each.domain in STANDARD), _LATEST)
