"""The page on the memory of training: what is kept for the backward pass, in which dtype, and what freezing spares."""

from __future__ import annotations

from collections.abc import Iterator

from layerledger.core.analysis import analyze
from layerledger.core.analysis.passes.training import EXCLUDED, Precision, Training, TrainingConfig
from layerledger.core.base import units
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.library.reference.markup import code, paragraph, section, table, words
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput

TITLE = "Memory of training"

_PARTS = (
    "A step of training holds the weights, their gradients, the states of the optimizer, and the tensors that the "
    "backward pass needs, which usually are the most."
)
_SAVED = (
    "Saved is what PyTorch's autograd keeps: inputs of products, norms, pooling and most functions; outputs of ReLU, "
    "sigmoid, tanh and softmax; the numbers that dropout draws; places of maxima as 8-byte integers. Sums, reshapes "
    "and slices keep nothing. A storage counts once, however many layers need it; a view, such as a reshape, is the "
    "tensor that it looks at, and keeps all of it. A layer before which nothing is trained keeps only what the "
    "gradients by its own weights need."
)
_ATTENTION = (
    "Transformer layers and scaled dot products run fused: they keep queries, keys, values, the output and a "
    "logarithm for each row, and no matrix of attention. MultiheadAttention returns its weights, as by default in "
    "PyTorch, and so keeps them."
)
_AUTOCAST = (
    "Mixed precision is torch.autocast: matrix products, convolutions and attention run in 16 bits, and all else in "
    "the dtype of what it takes; sums with a tensor of float32 stay in float32. Weights, gradients and states keep "
    "4 bytes a number. Products compute with copies of the weights in 16 bits; a copy that the gradient by the input "
    "needs is kept until the backward pass, and is a part of its own: copies of weights. The copy of an input in "
    "16 bits is a saved activation."
)
_PURE = (
    "Pure bfloat16 or float16 stores weights, gradients and activations in 2 bytes, without copies. States of the "
    "optimizer have the dtype of the weights, as torch.optim makes them, or the one that is chosen."
)
_FROZEN = (
    "trainable: false on a layer or block freezes its weights: no gradients, no states, no gradient products by them. "
    "Tensors are spared only where no gradient is needed: all of them before the first trained layer, and after it the "
    "inputs that only a gradient by a frozen weight would need. A convolution keeps its input all the same. The "
    "statement of a layer comes before that of the block around it, as requires_grad belongs to each parameter."
)
_LORA = (
    "lora_rank r on Linear adds a low-rank adapter, B·A·x with r rows, and freezes the weight: r·(C_in + C_out) "
    "parameters are trained. Source: Hu et al. 2021, arXiv:2106.09685."
)
_PEAK = (
    "The sum adds all parts at their largest. The peak is the most at one moment: gradients come as saved tensors go, "
    "so it usually lies below the sum; gradients and tensors in work can bring it above. The report names the layer "
    "at which the peak is, and the difference."
)
_CHECKED = (
    "Checked against torch.autograd's saved-tensor hooks on a CPU: more than 900 passes of layers and functions, and "
    "more than 30 networks of torchvision, within 2 %, in float32 and under autocast."
)
_EXAMPLE = "Linear(64, 256), ReLU, Linear(256, 10) on 32 rows, trained with AdamW; bytes:"


def training_page() -> str:
    """Return the page as HTML."""
    texts = (
        ("Saved tensors", (_SAVED, _ATTENTION)),
        ("Mixed precision", (_AUTOCAST,)),
        ("Pure 16 bits", (_PURE,)),
        ("Freezing", (_FROZEN,)),
        ("Adapters (LoRA)", (_LORA,)),
        ("Sum and peak", (_PEAK, EXCLUDED)),
    )
    sections = (section(title, "".join(paragraph(words(text)) for text in each)) for title, each in texts)
    example = paragraph(words(_EXAMPLE)) + table(_rows(), ("Part", "float32", "mixed", "bfloat16", "first frozen"))
    return "".join(
        (
            f"<h1>{TITLE}</h1>\n",
            paragraph(words(_PARTS)),
            *sections,
            section("Example", example),
            paragraph(words(_CHECKED), "muted"),
        )
    )


def _rows() -> Iterator[tuple[str, ...]]:
    plans: list[tuple[bool, Precision]] = [(True, "fp32"), (True, "mixed"), (True, "bfloat16"), (False, "fp32")]
    steps = [Training(analyze(_example(first=first)), TrainingConfig("adamw", kind)) for first, kind in plans]
    for i, part in enumerate(steps[0].parts):
        yield code(part.key), *(units.grouped(step.parts[i].nbytes) for step in steps)
    yield "sum", *(units.grouped(step.sum_bytes) for step in steps)
    yield "peak", *(units.grouped(step.peak.nbytes) for step in steps)


def _example(*, first: bool) -> Network:
    layers = (
        Layer(name="a", type="Linear", params=FrozenMap({"out_features": 256}), trainable=None if first else False),
        Layer(name="b", type="ReLU"),
        Layer(name="c", type="Linear", params=FrozenMap({"out_features": 10})),
    )
    return Network(inputs=(NetworkInput(name="x", shape=(32, 64)),), root=Block(name="", layers=layers))
