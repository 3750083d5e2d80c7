"""One call of a layer while it is mapped: its arguments, its configuration, and the layers that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias, cast

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import MAX_SIZE, Value
from layerledger.core.formats.importing.channels_last import Laid, Layouts
from layerledger.core.formats.importing.graph import Graph, Uncounted
from layerledger.core.formats.importing.notes import NoteKind
from layerledger.core.formats.importing.tensor import ModulePlace, Tensor
from layerledger.core.formats.keras.config import Json, LayerConfig, as_items, as_json

Mapped: TypeAlias = "list[Laid]"
"""The outputs of a call."""

Run: TypeAlias = "Callable[[LayerConfig, Sequence[Laid]], Mapped]"

CHANNELS_LAST, CHANNELS_FIRST = "channels_last", "channels_first"


class Remarks:
    """Sentences about layers, with the layers."""

    def __init__(self) -> None:
        self.found: dict[tuple[NoteKind, str], list[int]] = {}

    def add(self, kind: NoteKind, sentence: str, draft: int) -> None:
        """Add a sentence about the layer with a number."""
        self.found.setdefault((kind, sentence), []).append(draft)


class LayerCall:
    """A call of a layer.

    Attributes:
        graph: where its layers go.
        layouts: the changes of layout.
        layer: its configuration.
        config: the arguments of its constructor.
        inputs: the tensors that it takes, in order.
        args: its positional arguments, with tensors in place of references.
        kwargs: its keywords, likewise.
        weight: the name of its weights, the same for each of its calls.
        remarks: what is to be said about its layers.
        run: adds the layers of a wrapped layer or model, in the block that is open.
        stated_dtype: the dtype of its first output, as the file states it; empty where it does not.
    """

    def __init__(
        self,
        graph: Graph,
        layouts: Layouts,
        layer: LayerConfig,
        args: tuple[object, ...],
        kwargs: Mapping[str, object],
        weight: str,
        remarks: Remarks,
        run: Run,
    ) -> None:
        self.graph, self.layouts, self.layer, self.config = graph, layouts, layer, layer.config
        self.args, self.kwargs, self.weight, self.remarks, self.run = args, kwargs, weight, remarks, run
        self.stated_dtype = ""
        self.inputs = [*tensors_of(args), *tensors_of(tuple(kwargs.values()))]

    @property
    def x(self) -> Laid:
        """The first input.

        Raises:
            Uncounted: there is none.
        """
        if not self.inputs:
            raise Uncounted(Message("{layer} takes no tensor", layer=self.layer.class_name))
        return self.inputs[0]

    def with_layer(self, layer: LayerConfig, inputs: Sequence[Laid], suffix: str) -> LayerCall:
        """Return the call of a layer inside this one, such as the one that Bidirectional wraps."""
        weight = f"{self.weight}.{suffix}"
        return LayerCall(self.graph, self.layouts, layer, tuple(inputs), {}, weight, self.remarks, self.run)

    # -- layers

    def emit(
        self,
        type_name: str,
        inputs: Sequence[Tensor],
        params: Mapping[str, Value] | None = None,
        *,
        part: str = "",
        weight: str | None = None,
    ) -> Tensor:
        """Add a layer of one output and return it.

        Args:
            type_name: the layer type.
            inputs: what it takes.
            params: its parameters.
            part: its name behind that of the Keras layer, where that becomes several.
            weight: the name of its weights behind that of the Keras layer; None where it has none.
        """
        return self.emit_all(type_name, inputs, params, part=part, weight=weight)[0]

    def emit_all(
        self,
        type_name: str,
        inputs: Sequence[Tensor],
        params: Mapping[str, Value] | None = None,
        *,
        part: str = "",
        weight: str | None = None,
    ) -> list[Tensor]:
        """Add a layer and return its outputs."""
        weights = () if weight is None else (f"{self.weight}.{weight}",)
        return self.graph.emit(type_name, inputs, params or {}, name=self._named(part), weights=weights)

    def same(
        self, type_name: str, params: Mapping[str, Value] | None = None, *, x: Laid | None = None, part: str = ""
    ) -> Laid:
        """Add a layer that works element by element, whose output has the layout of its input."""
        x = x or self.x
        return Laid(self.emit(type_name, [x.tensor], params, part=part), x.moved)

    def _named(self, part: str) -> str:
        """Return the name of a part: with that of the layer before it, but inside the layer's own block."""
        place = self.graph.place
        return f"{place.name}_{part}" if part and place.name else part or place.name

    @contextmanager
    def block(self) -> Generator[None]:
        """Put the layers that are added in a block with the layer's name."""
        before = self.graph.place
        if before.name:
            self.graph.place = ModulePlace((*before.path, before.name), "")
        try:
            yield
        finally:
            self.graph.place = before

    def held(self, shape: Shape, name: str) -> Tensor:
        """Return a weight of the layer as a tensor."""
        place = self.graph.place
        shown = f"{place.name}_{name}" if place.name else name
        key = f"{self.weight}.{shown}"
        return Tensor(key, shape, constant=True, weight=key)

    def constant(self, values: Sequence[object], name: str) -> Laid:
        """Return numbers of the configuration, one a channel, as a tensor that is no weight."""
        return Laid(Tensor(f"{self.graph.place.name}_{name}", (len(values),), constant=True))

    def remark(self, kind: NoteKind, sentence: str) -> None:
        """Add a note about the layer that is added next."""
        self.remarks.add(kind, sentence, len(self.graph.drafts))

    # -- configuration

    def number(self, key: str, default: int | None = None) -> int:
        """Return an integer of the configuration.

        Raises:
            Uncounted: it is missing without a default, or none.
        """
        value = self.config.get(key, default)
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is int and abs(value) <= MAX_SIZE:
            return value
        raise self._wrong(key, "an integer", value)

    def real(self, key: str, default: float) -> float:
        """Return a number of the configuration; see `number`."""
        value = self.config.get(key, default)
        if type(value) in (int, float):
            return float(cast(float, value))
        raise self._wrong(key, "a number", value)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return a truth value of the configuration; see `number`."""
        value = self.config.get(key, default)
        if value is None:
            return default
        if isinstance(value, bool) or value in (0, 1):
            return bool(value)
        raise self._wrong(key, "true or false", value)

    def word(self, key: str, default: str) -> str:
        """Return a text of the configuration; the default where it is missing or no text."""
        value = self.config.get(key, default)
        return value if isinstance(value, str) else default

    def sizes(self, key: str, dims: int, default: object = None) -> Shape:
        """Return one size for each of `dims` dimensions, from a list or one number; see `number`."""
        value = self.config.get(key)
        value = default if value is None else value
        items = (value,) * dims if type(value) is int else as_items(value)
        if items and len(items) == dims and all(type(item) is int and 0 <= item <= MAX_SIZE for item in items):
            return cast(Shape, items)
        raise self._wrong(key, Message("{dims} sizes", dims=dims), value)

    def axes(self, key: str, default: int) -> tuple[int, ...]:
        """Return the axes of the configuration, from a list or one number; see `number`."""
        value = self.config.get(key, default)
        value = default if value is None else value
        items = (value,) if type(value) is int else as_items(value)
        if items and all(type(item) is int for item in items):
            return cast(Shape, items)
        raise self._wrong(key, "axes", value)

    def part_of_config(self, key: str) -> Json:
        """Return an object of the configuration, empty where it is missing."""
        return as_json(self.config.get(key))

    def _wrong(self, key: str, wanted: str, value: object) -> Uncounted:
        return Uncounted(
            Message("{key} must be {wanted}; the file states {value}", key=key, wanted=wanted, value=repr(value)[:40])
        )

    # -- layout

    @property
    def channels_last(self) -> bool:
        """Whether the layer keeps channels last in the file."""
        return self.word("data_format", CHANNELS_LAST) != CHANNELS_FIRST

    def picture(self, x: Laid | None = None) -> Tensor:
        """Return an input with its channels in dimension 1, whichever order the layer has in the file."""
        x = x or self.x
        return self.layouts.first(x) if self.channels_last else self.layouts.last(x)

    def made(self, picture: Tensor) -> Laid:
        """Return an output that was made with channels in dimension 1."""
        return Laid(picture, moved=self.channels_last and picture.rank > 2)


def tensors_of(value: object) -> Iterator[Laid]:
    """Yield the tensors among arguments, in order."""
    if isinstance(value, Laid):
        yield value
    elif isinstance(value, Mapping):
        for item in cast("Mapping[str, object]", value).values():
            yield from tensors_of(item)
    elif type(value) is tuple:
        for item in cast("tuple[object, ...]", value):
            yield from tensors_of(item)


Mapper: TypeAlias = Callable[[LayerCall], Mapped]
"""Adds the layers of a call and returns its outputs."""
