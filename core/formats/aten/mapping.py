"""The mapping of one call: constants stay constants, what has no layer becomes an Opaque one."""

from __future__ import annotations

from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.formats.aten.call import Call
from layerledger.core.formats.aten.table import MAKERS, UNCHANGED, operator_of
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor, UnknownShapeError


def outputs_of(call: Call, names: list[str]) -> list[Tensor]:
    """Return the outputs of a call, whose layers it adds to the graph.

    Args:
        call: the call.
        names: of its outputs.
    """
    given = call.tensors()
    if call.name in MAKERS or all(x.constant and not x.weight for x in given):
        call.graph.folded += 1
        return [_constant(call, i, name) for i, name in enumerate(names)]
    if call.name in ("copy", "copy_"):
        return given[1:2] or given[:1]
    try:
        if call.name in UNCHANGED:
            return _kept_dropout(call) or given[:1]
        function = operator_of(call.name)
        if function is None:
            raise Uncounted("no layer type does this")
        made = function(call)
        # An output without a counterpart, such as the statistics of a norm, is not known to those that take it.
        return [*made, *(Tensor(name, *_stated(call, i)) for i, name in enumerate(names) if i >= len(made))]
    except Uncounted as reason:
        why = str(reason)
    except UnknownShapeError as error:
        why = Message("the shape of {tensor} is not known", tensor=str(error)[:60])
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, ZeroDivisionError):
        why = "its arguments are not as PyTorch writes them"
    return call.graph.opaque(call.name, given, why, call.stated, call.dtypes)


def _constant(call: Call, port: int, name: str) -> Tensor:
    """Return a constant that a call makes; a buffer that is only moved or inverted is still that buffer."""
    shape, dtype = _stated(call, port)
    buffers = [x for x in call.tensors() if x.stored and x.shape is not None and call.name not in MAKERS]
    moved = len(buffers) == 1 and shape is not None and buffers[0].elements == prod(shape)
    return Tensor(buffers[0].name if moved else name, shape, dtype, constant=True, stored=moved)


def _stated(call: Call, port: int) -> tuple[tuple[int, ...] | None, str]:
    shape = call.stated[port] if port < len(call.stated) else None
    return shape, call.dtypes[port] if port < len(call.dtypes) else "float32"


_DROPOUTS = ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout")


def _kept_dropout(call: Call) -> list[Tensor]:
    """Return the output of a dropout with a probability, which matters for training; nothing for another call."""
    kind = call.kind.rpartition(".")[2]
    p = call.get("p")
    if kind not in _DROPOUTS or not isinstance(p, int | float) or not 0 < p <= 1:
        return []
    return call.emit(kind, [call.x], {"p": p})
