"""The layers of a Keras model in the order in which they run: sequential, functional, nested and shared ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import ELEMENT_BYTES, Shape
from layerledger.core.formats.importing.channels_last import Laid, Layouts
from layerledger.core.formats.importing.graph import Difference, Graph, Uncounted
from layerledger.core.formats.importing.options import ImportOptions
from layerledger.core.formats.importing.tensor import ModulePlace, Tensor, UnknownShapeError
from layerledger.core.formats.keras.calls import LayerCall, Mapped, Remarks
from layerledger.core.formats.keras.config import (
    Arguments,
    Json,
    LayerConfig,
    OpenShape,
    Reference,
    as_json,
    layer_config,
    open_shape,
    references_in,
    text,
)
from layerledger.core.formats.keras.inputs import Inputs, stated_shape
from layerledger.core.formats.keras.layers import mapper_of
from layerledger.core.formats.keras.wiring import (
    Made,
    Numbers,
    bound_all,
    bound_keywords,
    is_input,
    is_model,
    made_by,
    missing,
)
from layerledger.core.network.nodes import MAX_LAYERS

_MAX_DEPTH = 24
"""Most models inside one another."""

_MAX_OUTPUTS = 8
"""Most outputs of a call that are compared with what the file states."""


class ModelReader:
    """Adds the layers of a model to a graph.

    Attributes:
        graph: the graph.
        inputs: the inputs of the network.
        layouts: the changes of layout.
        remarks: what is to be said about single layers.
    """

    def __init__(self, model: Json, options: ImportOptions) -> None:
        self.graph = Graph()
        self.inputs = Inputs(self.graph, options, as_json(model.get("config")))
        self.remarks = Remarks()
        self.layouts = Layouts(self.graph)
        self._progress = options.progress
        self._calls = 0
        self._model = model

    def read(self) -> None:
        """Add all layers, inputs and outputs.

        Raises:
            FormatError: it is no model that can be read.
        """
        kind = text(self._model, "class_name").rpartition(">")[2]
        config = as_json(self._model.get("config"))
        if config.get("layers") == []:
            return  # a model to which nothing was added yet
        outputs = self._model_outputs(kind, config, None, (), "")
        self.graph.place = ModulePlace()
        self.graph.outputs = [
            self.layouts.last(x) if x.tensor.shape is not None and x.rank == 3 else x.tensor for x in outputs
        ]
        if not self.graph.inputs:
            raise FormatError("the model has no input: call or build it once before it is saved")

    # -- models

    def _model_outputs(
        self, kind: str, config: Json, given: Sequence[Laid] | None, path: tuple[str, ...], weight: str
    ) -> Mapped:
        """Add the layers of a model and return its outputs; without `given` its inputs are the network's."""
        if len(path) > _MAX_DEPTH:
            raise FormatError(Message("models are nested more than {most} deep", most=_MAX_DEPTH))
        layers = config.get("layers")
        if not isinstance(layers, list) or not layers:
            raise FormatError("the model has no layers: call or build it once before it is saved")
        read = [layer_config(each) for each in cast("list[object]", layers)]
        if "input_layers" not in config:
            return self._sequential(read, config, given, path, weight)
        return self._functional(read, config, given, path, weight)

    def _sequential(
        self,
        layers: Sequence[LayerConfig],
        config: Json,
        given: Sequence[Laid] | None,
        path: tuple[str, ...],
        weight: str,
    ) -> Mapped:
        found: Mapped | None = None if given is None else list(given)
        for layer in layers:
            if is_input(layer):
                if found is None:
                    found = [self.inputs.add(layer.name, stated_shape(layer), layer.config.get("dtype"))]
                continue
            if found is None:
                shape = stated_shape(layer) or layer.inputs or open_shape(config.get("build_input_shape"))
                found = [self.inputs.add("input_1", shape, layer.config.get("dtype"))]
            found = self._called(layer, Arguments(tuple(found), {}), 0, path, weight)
        return found or []

    def _functional(
        self,
        layers: Sequence[LayerConfig],
        config: Json,
        given: Sequence[Laid] | None,
        path: tuple[str, ...],
        weight: str,
    ) -> Mapped:
        numbers = Numbers(layers, config)
        made: Made = {}
        starts = [each.layer for each in references_in(config.get("input_layers"))]
        fed = dict(zip(starts, given or (), strict=False))
        places = {name: i for i, name in enumerate(starts)}
        for layer in sorted(filter(is_input, layers), key=lambda each: places.get(each.name, len(places))):
            taken = fed.get(layer.name)
            if taken is None:
                taken = self.inputs.add(layer.name, stated_shape(layer), layer.config.get("dtype"))
            made[layer.name, 0] = [taken]
        self._run_calls(layers, made, numbers, path, weight)
        outputs = references_in(config.get("output_layers"))
        if not outputs:
            raise FormatError("the model has no outputs")
        return [made_by(made, numbers, each) for each in outputs]

    def _run_calls(
        self,
        layers: Sequence[LayerConfig],
        made: Made,
        numbers: Numbers,
        path: tuple[str, ...],
        weight: str,
    ) -> None:
        """Add the calls of all layers, each as soon as what it takes is there: a shared layer's may stand too early."""
        stated = numbers.stated
        pending = [(layer, i) for layer in layers if not is_input(layer) for i in range(len(layer.calls))]
        while pending:
            waiting: list[tuple[LayerConfig, int]] = []
            for layer, i in pending:
                call = layer.calls[i]
                if any(numbers.key(reference) not in made for reference in call.references()):
                    waiting.append((layer, i))
                    continue
                bound = Arguments(bound_all(call.args, made, numbers), bound_keywords(call.kwargs, made, numbers))
                found = [stated[key] for port in range(_MAX_OUTPUTS) if (key := (layer.name, i, port)) in stated]
                made[layer.name, i] = self._called(layer, bound, i, path, weight, found)
            if len(waiting) == len(pending):
                layer, i = waiting[0]
                raise missing(layer, layer.calls[i], made, numbers)
            pending = waiting

    # -- layers

    def _called(
        self,
        layer: LayerConfig,
        call: Arguments,
        number: int,
        path: tuple[str, ...],
        weight: str,
        stated: Sequence[Reference] = (),
    ) -> Mapped:
        """Add the layers of one call and return its outputs.

        Args:
            layer: the layer.
            call: what it takes.
            number: which of its calls this is.
            path: the blocks around it.
            weight: the name of the weights of these blocks.
            stated: its outputs, as the calls that take them state them.
        """
        self._calls += 1
        if self._calls > MAX_LAYERS:
            raise FormatError(Message("the model calls layers more than {most:,} times", most=MAX_LAYERS))
        if self._calls % 512 == 0:
            self._progress(Message("{count:,} layers", count=self._calls))
        name = layer.name if number == 0 else f"{layer.name}_{number + 1}"
        own = f"{weight}.{layer.name}" if weight else layer.name
        if layer.shared is not None:
            own = f"shared {layer.shared}"
        self.graph.place = ModulePlace(path, name)
        trainable = self.graph.trainable
        self.graph.trainable = trainable and layer.config.get("trainable") is not False
        found = self._mapped(layer, call, (*path, name), own, stated)
        self.graph.trainable = trainable
        for x, reference in zip(found, stated, strict=False):
            self._compare(x, reference.shape)
        return found

    def _mapped(
        self, layer: LayerConfig, call: Arguments, path: tuple[str, ...], weight: str, stated: Sequence[Reference]
    ) -> Mapped:
        def run(inner: LayerConfig, inputs: Sequence[Laid]) -> Mapped:
            return self._called(inner, Arguments(tuple(inputs), {}), 0, self.graph.place.path, weight)

        one = LayerCall(self.graph, self.layouts, layer, call.args, call.kwargs, weight, self.remarks, run)
        one.stated_dtype = stated[0].dtype if stated else ""
        if is_model(layer):
            return self._model_outputs(layer.class_name, layer.config, one.inputs, path, weight)
        place = self.graph.place
        try:
            if one.inputs:
                self._compare(one.inputs[0], layer.inputs)
            mapper = mapper_of(layer)
            if mapper is None:
                raise Uncounted("this class has no layer type; its code is not run")
            return mapper(one)
        except FormatError:
            raise
        except (Uncounted, UnknownShapeError, KeyError, IndexError, TypeError, ValueError, ArithmeticError) as error:
            # What was added before is used by nothing, so it falls away.
            self.graph.place = place
            return self._opaque(layer, one, reason(error), stated)

    def _opaque(self, layer: LayerConfig, call: LayerCall, why: str, stated: Sequence[Reference]) -> Mapped:
        inputs = [x.tensor if x.tensor.shape is None else self.layouts.last(x) for x in call.inputs]
        shapes = [_known(each.shape, inputs) for each in stated]
        dtypes = [dtype if (dtype := each.dtype) in ELEMENT_BYTES else "float32" for each in stated]
        return [Laid(x) for x in self.graph.opaque(layer.class_name, inputs, why, shapes, dtypes)]

    def _compare(self, x: Laid, stated: OpenShape | None) -> None:
        """Compare a tensor with the shape that the file states."""
        if stated is None or x.tensor.shape is None:
            return
        shape = x.shape
        if len(shape) == len(stated) and all(s is None or s == n for s, n in zip(stated, shape, strict=True)):
            self.graph.checked += 1
        elif x.tensor.maker is not None and 0 not in map(len, (shape, stated)):
            known = tuple([shape[min(i, len(shape) - 1)] if s is None else s for i, s in enumerate(stated)])
            self.graph.differences.append(Difference(x.tensor.maker, shape, known))


def _known(shape: OpenShape | None, inputs: Sequence[Tensor]) -> Shape | None:
    """Return a stated shape with the batch of the first input; None where another size is open."""
    if shape is None:
        return None
    batch = inputs[0].shape[0] if inputs and inputs[0].shape else None
    sizes = [batch if i == 0 and size is None else size for i, size in enumerate(shape)]
    return None if None in sizes else tuple([size for size in sizes if size is not None])


def reason(error: Exception) -> str:
    """Return why a call has no layer type, as a sentence."""
    if isinstance(error, Uncounted):
        return str(error)
    if isinstance(error, UnknownShapeError):
        return "the shape of its input is not known"
    return "its configuration cannot be read"
