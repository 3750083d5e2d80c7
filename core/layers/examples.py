"""Worked examples of layer types."""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.frozen_map import EMPTY
from layerledger.core.base.params import Value
from layerledger.core.base.record import Record
from layerledger.core.base.shapes import Shape


class Example(Record):
    """A worked example: shown in the help, run as a test. The numbers come from `source`, never from this program."""

    params: Mapping[str, Value]
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    counts: Mapping[str, int]
    source: str
    dtype: str = "float32"


TORCH = "PyTorch 2.14.1"
_NONE: Mapping[str, int] = EMPTY


def torch_example(
    given: Mapping[str, Value],
    inputs: tuple[Shape, ...],
    outputs: tuple[Shape, ...],
    *,
    params: int = 0,
    buffers: int = 0,
    macs: int | None = 0,
    by_hand: Mapping[str, int] = _NONE,
) -> tuple[Example, ...]:
    """Return the example of a layer that PyTorch ran; see tests/reference.

    Args:
        given: the layer's parameters.
        inputs: the shapes of its inputs.
        outputs: the shapes of its outputs.
        params: the number of its learned values.
        buffers: the number of its stored values.
        macs: half the FLOPs of torch.utils.flop_counter; None where it does not know the operation.
        by_hand: other counts, computed by hand since PyTorch does not give them.
    """
    counts = {"params": params, "buffers": buffers, **({} if macs is None else {"macs": macs}), **by_hand}
    source = f"{TORCH}, torch.utils.flop_counter" if macs else TORCH
    source += f"; by hand: {', '.join(by_hand)}" if by_hand else ""
    return (Example(params=given, inputs=inputs, outputs=outputs, counts=counts, source=source),)
