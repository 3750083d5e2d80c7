"""Layers that an exporter took apart, put together again: GELU, LayerNorm, RMSNorm, linear layers of tokens.

The forms are those in which torch.onnx (opsets 7 to 20) and tf2onnx write torch.nn.functional.gelu and layer_norm, and
in which transformers writes RMS norms. A form that is not met stays as the file has it.
"""

from __future__ import annotations

from math import sqrt

from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Graph
from layerledger.core.formats.importing.rewriting import Rewriter, is_number, maker_of, number, parameter
from layerledger.core.formats.importing.tensor import DraftLayer, Tensor

_SLOPE = 0.044715
_FACTOR = sqrt(2 / 3.141592653589793)
_LARGEST_EPSILON = 0.1


def fuse(graph: Graph) -> None:
    """Put layers of a graph together where they are in one of the known forms."""
    rewriter = Rewriter(graph)
    for draft in graph.drafts:
        if draft.type == "Erf":
            _exact_gelu(rewriter, draft)
        elif draft.type == "Tanh":
            _tanh_gelu(rewriter, draft)
        elif draft.type == "Sqrt":
            _norm(rewriter, draft)
        elif draft.type == "Linear":
            _flat_linear(rewriter, draft)
    rewriter.finish()


# -- GELU


def _exact_gelu(rewriter: Rewriter, erf: DraftLayer) -> None:
    """Replace x/2 · (1 + erf(x/√2))."""
    scaled = maker_of(erf.inputs[0], "Div", "Mul")
    if scaled is None or len(scaled.inputs) != 1:
        return
    if not is_number(scaled, sqrt(2) if scaled.type == "Div" else sqrt(0.5)):
        return
    if tail := _gelu_tail(rewriter, erf, scaled.inputs[0]):
        rewriter.replace([scaled, erf, *tail], "GELU", [scaled.inputs[0]])


def _tanh_gelu(rewriter: Rewriter, tanh: DraftLayer) -> None:
    """Replace x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))."""
    scaled = maker_of(tanh.inputs[0], "Mul")
    if scaled is None or not is_number(scaled, _FACTOR):
        return
    total = maker_of(scaled.inputs[0], "Add")
    if total is None or len(total.inputs) != 2:
        return
    for x, cubic in (total.inputs, tuple(reversed(total.inputs))):
        term = maker_of(cubic, "Mul")
        power = maker_of(term.inputs[0], "Pow") if term is not None and is_number(term, _SLOPE) else None
        if term is None or power is None or power.inputs[0] is not x or not is_number(power, 3, "exponent"):
            continue
        if tail := _gelu_tail(rewriter, tanh, x):
            params: dict[str, Value] = {"approximate": "tanh"}
            rewriter.replace([power, term, total, scaled, tanh, *tail], "GELU", [x], params)
            return


def _gelu_tail(rewriter: Rewriter, inner: DraftLayer, x: Tensor) -> list[DraftLayer]:
    """Return the layers after the inner function: plus 1, times x, times a half in either order."""
    plus = rewriter.only_user(inner.outputs[0], "Add")
    if plus is None or not is_number(plus, 1):
        return []
    product = rewriter.only_user(plus.outputs[0], "Mul")
    if product is None:
        return []
    if is_number(product, 0.5):
        last = rewriter.only_user(product.outputs[0], "Mul")
        return [plus, product, last] if last is not None and any(x is each for each in last.inputs) else []
    if len(product.inputs) != 2:
        return []
    if any(x is each for each in product.inputs):
        half = rewriter.only_user(product.outputs[0], "Mul")
        return [plus, product, half] if half is not None and is_number(half, 0.5) else []
    other = next(each for each in product.inputs if each is not plus.outputs[0])
    half = maker_of(other, "Mul")
    is_half = half is not None and half.inputs[0] is x and is_number(half, 0.5)
    return [half, plus, product] if half is not None and is_half else []


# -- linear layers


def _flat_linear(rewriter: Rewriter, linear: DraftLayer) -> None:
    """Replace a Linear of (batch · tokens, features) between two reshapes by one of the tensor itself."""
    before = maker_of(linear.inputs[0], "Reshape", "Flatten")
    after = rewriter.only_user(linear.outputs[0], "Reshape")
    if before is None or after is None:
        return
    x, flat, output = before.inputs[0], before.outputs[0], after.outputs[0]
    same = x.sizes[:-1] == output.sizes[:-1] and x.sizes[-1] == flat.sizes[-1]
    if same and output.sizes[-1] == linear.outputs[0].sizes[-1]:
        place = linear.place
        rewriter.replace([before, linear, after], "Linear", [x], linear.params, weights=linear.weights, place=place)


# -- norms


def _norm(rewriter: Rewriter, root: DraftLayer) -> None:
    """Replace (x − mean) / √(variance + ε) · w + b, and x / √(mean square + ε) · w."""
    plus = maker_of(root.inputs[0], "Add")
    if plus is None or not 0 < (number(plus) or 0) < _LARGEST_EPSILON:
        return
    mean = maker_of(plus.inputs[0], "Mean")
    square = maker_of(mean.inputs[0], "Pow", "Mul", "Square") if mean is not None else None
    if mean is None or square is None or not _is_square(square) or not _over_last(mean):
        return
    centred = square.inputs[0]
    head = [square, mean, plus, root]
    divided = _division(rewriter, root, centred)
    if not divided:
        return
    difference = maker_of(centred, "Sub")
    if difference is not None and (average := _average(difference)) is not None:
        _layer_norm(rewriter, [average, difference, *head, *divided], difference.inputs[0])
    else:
        _rms_norm(rewriter, [*head, *divided], centred)


def _is_square(draft: DraftLayer) -> bool:
    if draft.type == "Mul":
        return len(draft.inputs) == 2 and draft.inputs[0] is draft.inputs[1]
    return draft.type == "Square" or is_number(draft, 2, "exponent")


def _over_last(mean: DraftLayer) -> bool:
    """Return whether a mean is that of the last dimension, which stays with size 1."""
    rank = mean.inputs[0].rank
    dims = mean.params.get("dim")
    dims = dims if isinstance(dims, tuple) else (dims,)
    return bool(mean.params.get("keepdim")) and [dim % rank for dim in dims if isinstance(dim, int)] == [rank - 1]


def _average(difference: DraftLayer) -> DraftLayer | None:
    """Return the mean that is subtracted from the same tensor."""
    if len(difference.inputs) != 2:
        return None
    mean = maker_of(difference.inputs[1], "Mean")
    return mean if mean is not None and mean.inputs[0] is difference.inputs[0] and _over_last(mean) else None


def _division(rewriter: Rewriter, root: DraftLayer, x: Tensor) -> list[DraftLayer]:
    """Return the layers that divide by the root: a division, or a reciprocal and a product."""
    user = rewriter.only_user(root.outputs[0], "Div", "Reciprocal")
    if user is None:
        return []
    if user.type == "Div":
        return [user] if len(user.inputs) == 2 and user.inputs[0] is x else []
    product = rewriter.only_user(user.outputs[0], "Mul")
    return [user, product] if product is not None and any(each is x for each in product.inputs) else []


def _layer_norm(rewriter: Rewriter, old: list[DraftLayer], x: Tensor) -> None:
    scale = _with_parameter(rewriter, old[-1], "Mul", x)
    shift = _with_parameter(rewriter, scale[0], "Add", x) if scale else None
    params: dict[str, Value] = {"normalized_shape": x.sizes[-1]}
    if scale and shift:
        parts = [scale[1], shift[1], *old, scale[0], shift[0]]
        rewriter.replace(parts, "LayerNorm", [x], params, weights=(*scale[1].weights, *shift[1].weights))
    elif scale:
        params["bias"] = False
        rewriter.replace([scale[1], *old, scale[0]], "LayerNorm", [x], params, weights=scale[1].weights)
    else:
        params["elementwise_affine"] = False
        rewriter.replace(old, "LayerNorm", [x], params)


def _rms_norm(rewriter: Rewriter, old: list[DraftLayer], x: Tensor) -> None:
    params: dict[str, Value] = {"normalized_shape": x.sizes[-1]}
    if scale := _with_parameter(rewriter, old[-1], "Mul", x):
        rewriter.replace([scale[1], *old, scale[0]], "RMSNorm", [x], params, weights=scale[1].weights)


def _with_parameter(
    rewriter: Rewriter, before: DraftLayer, kind: str, x: Tensor
) -> tuple[DraftLayer, DraftLayer] | None:
    """Return the layer after another that takes a parameter of the last dimension, and that parameter."""
    user = rewriter.only_user(before.outputs[0], kind)
    if user is None or len(user.inputs) != 2:
        return None
    held = next((found for each in user.inputs if (found := parameter(each)) is not None), None)
    if held is None or held.outputs[0].shape != x.sizes[-1:] or len(rewriter.users(held.outputs[0])) != 1:
        return None
    return user, held
