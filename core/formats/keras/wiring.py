"""The wiring of a functional model: which call of a layer a reference means, and the tensors that calls take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.formats.importing.channels_last import Laid
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.keras.calls import Mapped
from layerledger.core.formats.keras.config import Arguments, Held, Json, LayerConfig, Reference, references_in
from layerledger.core.formats.keras.inputs import held_dtype

Made: TypeAlias = "dict[tuple[str, int], Mapped]"
"""The outputs of each call of a layer."""


def is_input(layer: LayerConfig) -> bool:
    """Return whether a layer is an input of its model."""
    return layer.class_name == "InputLayer"


def is_functional(layer: LayerConfig) -> bool:
    """Return whether a layer is a functional model."""
    return "input_layers" in layer.config


def is_model(layer: LayerConfig) -> bool:
    """Return whether a layer is a model whose layers are in the file."""
    return layer.class_name in ("Sequential", "Pipeline") or (is_functional(layer) and "layers" in layer.config)


class Numbers:
    """The calls that references mean, and the outputs as the calls that take them state them.

    The calls of a nested functional model count from 1, but in the calls of Keras 3; those of others from 0.
    """

    def __init__(self, layers: Sequence[LayerConfig], config: Json) -> None:
        taken = [each for layer in layers for call in layer.calls for each in call.references()]
        outputs = references_in(config.get("output_layers"))
        is_new = any(each.numbered_from_0 for each in taken)
        old = {each.layer for each in (*taken, *outputs) if not each.numbered_from_0 and each.call == 0}
        self._from_1 = {
            each.name for each in layers if is_model(each) and (is_functional(each) if is_new else each.name not in old)
        }
        self.stated = {(each.layer, each.call, each.output): each for each in taken if each.shape is not None}

    def key(self, reference: Reference) -> tuple[str, int]:
        """Return the layer and its call, from 0."""
        from_1 = not reference.numbered_from_0 and reference.layer in self._from_1
        return reference.layer, reference.call - from_1


def missing(layer: LayerConfig, call: Arguments, made: Made, numbers: Numbers) -> FormatError:
    """Return the error of a call that takes what no call before it gives."""
    reference = next(each for each in call.references() if numbers.key(each) not in made)
    return FormatError(
        Message(
            "layer {layer} takes an output of {missing}, which no call before it gives",
            layer=layer.name[:80],
            missing=reference.layer[:80],
        )
    )


def made_by(made: Made, numbers: Numbers, reference: Reference) -> Laid:
    """Return the tensor that a reference means.

    Raises:
        FormatError: there is none.
    """
    outputs = made.get(numbers.key(reference), ())
    if not 0 <= reference.output < len(outputs):
        raise FormatError(
            Message(
                "the model has no output {output} of call {call} of layer {layer}",
                output=reference.output,
                call=reference.call,
                layer=reference.layer[:80],
            )
        )
    return outputs[reference.output]


def _bound(value: object, made: Made, numbers: Numbers) -> object:
    """Return an argument with tensors in place of references."""
    if isinstance(value, Reference):
        return made_by(made, numbers, value)
    if isinstance(value, Held):
        return Laid(Tensor("constant", value.shape, held_dtype(value.dtype), constant=True))
    if isinstance(value, Mapping):
        return bound_keywords(cast("Mapping[str, object]", value), made, numbers)
    return bound_all(cast("tuple[object, ...]", value), made, numbers) if type(value) is tuple else value


def bound_all(values: tuple[object, ...], made: Made, numbers: Numbers) -> tuple[object, ...]:
    """Return positional arguments with tensors in place of references."""
    return tuple([_bound(value, made, numbers) for value in values])


def bound_keywords(values: Mapping[str, object], made: Made, numbers: Numbers) -> Mapping[str, object]:
    """Return keywords with tensors in place of references."""
    return {key: _bound(value, made, numbers) for key, value in values.items()}
