"""The inner steps of a composite type as a table of its page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from layerledger.core.formula.formula import formula
from layerledger.core.layers.inner_steps import InnerPart, Inside, Loop, Room
from layerledger.core.library.reference.markup import link, math, paragraph, table, words

_WRITTEN_OUT = (
    "Bytes read and written and live activations are those of these steps, each a layer of its own, in this order; a "
    "view, which looks at a tensor in another shape, is no step. Intermediate tensors have the dtype of the output, "
    "and each lives from the step that makes it through the last one that reads it."
)
_KERNEL = (
    "A kernel that keeps the inside on chip moves inputs, weights and outputs alone, each once, and has no live "
    "activations besides; the parameter fused says so, or need_weights of attention. Which kernels a library has "
    "depends on device, dtype and sizes: the default is what PyTorch runs where it can, and for a mixture of experts "
    "one kernel, as vLLM has it. It is another choice than fusing batch norms, activation functions and "
    "element-wise arithmetic into the layer before them, which holds for these steps too."
)


def inside_table(inside: Inside) -> str:
    """Return the steps with what they read and make, and what is assumed."""
    kernel = f" One kernel computes {', '.join(inside.kernel)}." if inside.kernel else ""
    rows = table(_rows(inside.steps, ""), ("Step", "Computed as", "Reads", "Makes, in elements"))
    return rows + paragraph(words(_WRITTEN_OUT)) + paragraph(words(_KERNEL + kernel))


def _rows(parts: Sequence[InnerPart], times: str) -> Iterator[tuple[str, ...]]:
    for part in parts:
        if isinstance(part, Loop):
            # The steps of a single run need no word about it.
            yield from _rows(part.steps, " · ".join(filter(None, (times, _runs(part.times)))))
        elif not isinstance(part, Room):
            name = f"{part.name} (× {times})" if times else part.name
            made = " ".join(f"{words(_shown(tensor))}: {math(formula(size))}" for tensor, size in part.makes.items())
            into = ", ".join(map(_shown, part.into))
            reads = ", ".join(map(_shown, part.reads))
            yield words(name), link(f"type-{part.type}", part.type), words(reads), made + words(into)


def _runs(times: str) -> str:
    """Return a number of runs as a factor; empty for a single run."""
    return "" if times == "1" else f"({formula(times).text()})" if " " in times else times


def _shown(reference: str) -> str:
    """Return the name of a tensor, with the elements where only a part of it is moved."""
    name, _, part = reference.rstrip("]").partition("[")
    name = name.rstrip("?").replace("_", " ")
    return f"{name} ({formula(part).text()})" if part else name
