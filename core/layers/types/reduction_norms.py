"""Products, norms and log-sum-exp over dimensions, under ONNX's names.

Source of parameters: torch.prod, torch.linalg.vector_norm, torch.logsumexp. Of n values, a product takes n − 1
multiplications; norms and log-sum-exp are counted as their definitions are written, the latter with the largest value
subtracted first, as softmax.
"""

from __future__ import annotations

from layerledger.core.base.shapes import TensorSpec
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.types.reduction import Reduction


def _of_rows(source: str, **counts: int) -> tuple[Example, ...]:
    """Return the example of a reduction of 4 rows of 10."""
    return (Example(params={"dim": (1,)}, inputs=((4, 10),), outputs=((4,),), counts=counts, source=source),)


@layer_type("Merge", order=140)
class ReduceProd(Reduction):
    """Product over some dimensions, or over all (torch.prod)."""

    aliases = ("prod", "product")
    indices = "kept"
    saved_tensors = "both"
    counts = counting(mul="O*max(n - 1, 0)")
    examples = _of_rows("by hand: 9 multiplications for each of 4 rows", mul=36)

    def outputs(self, inputs: Inputs) -> Outputs:
        (output,) = super().outputs(inputs)
        # torch.prod multiplies integers and truth values as int64.
        return (TensorSpec(output.shape, "int64") if output.dtype in ("bool", "int32") else output,)


@layer_type("Merge", order=150)
class ReduceL1(Reduction):
    """Sum of magnitudes, Σ|x|, over some dimensions, or over all (torch.linalg.vector_norm of order 1)."""

    aliases = ("l1", "l1norm", "vectornorm")
    indices = "refused"
    saved_tensors = "both"
    counts = counting(cmp="O*n", add="O*max(n - 1, 0)")
    examples = _of_rows("by hand: 10 magnitudes, a comparison each, and 9 additions for each of 4 rows", cmp=40, add=36)


@layer_type("Merge", order=160)
class ReduceL2(Reduction):
    """Root of the sum of squares, √Σx², over some dimensions, or over all (torch.linalg.vector_norm)."""

    aliases = ("l2", "l2norm", "vectornorm")
    indices = "refused"
    saved_tensors = "both"
    counts = counting(mul="O*n", add="O*max(n - 1, 0)", special="O")
    examples = _of_rows("by hand: 10 squares, 9 additions and a root for each of 4 rows", mul=40, add=36, special=4)


@layer_type("Merge", order=170)
class LogSumExp(Reduction):
    """log(Σ exp(x)) over some dimensions, or over all (torch.logsumexp)."""

    aliases = ("logsumexp", "reducelogsumexp")
    indices = "real"
    saved_tensors = "both"
    counts = counting(cmp="O*max(n - 1, 0)", add="2*O*n", special="O*(n + 1)")
    examples = _of_rows(
        "by hand: 9 comparisons for the maximum; 10 differences, 9 additions and 1 of the maximum again; 10 exp and a "
        "log for each of 4 rows",
        cmp=36,
        add=80,
        special=44,
    )
