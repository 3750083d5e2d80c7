"""Checks of what is around the layers: inputs, names, references, blocks; a sentence for each problem."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache

from layerledger.core.analysis.node_result import NodeResult, Pass, Problem
from layerledger.core.analysis.wiring import implicit_arity
from layerledger.core.base.messages import Message, plural
from layerledger.core.base.params import MAX_RANK, MAX_SIZE, show
from layerledger.core.base.shapes import ELEMENT_BYTES, TensorSpec, shape_text
from layerledger.core.layers import LAYER_TYPES, LayerType
from layerledger.core.network.nodes import INPUT, MAX_DEPTH, MAX_LAYERS, Block, Network, NetworkInput

# -- the network's inputs


def is_table(network: Network) -> bool:
    """Return whether a network is a mere list of tensors, as of a file of weights: without inputs and use of one."""
    return not network.inputs and bool(network.root.layers) and _takes_nothing(network.root)


def _takes_nothing(block: Block) -> bool:
    return all(
        _takes_nothing(node) if isinstance(node, Block) else not node.inputs and implicit_arity(node.type) == 0
        for node in block.layers
    )


def input_problems(inputs: Sequence[NetworkInput], *, needed: bool = True) -> Iterator[Problem]:
    """Yield the problems of the network's inputs; `needed` is whether it must have one."""
    if not inputs and needed:
        yield Problem("error", "the network has no input; add one, such as image 1×3×224×224", "inputs")
    seen: set[str] = set()
    for given in inputs:
        if problem := input_fault(given):
            yield Problem("error", problem[1], problem[0], given.name)
        elif 0 in given.shape:
            yield Problem(
                "warning", Message("the input {shape} is empty", shape=shape_text(given.shape)), "shape", given.name
            )
        if given.name in seen:
            yield Problem(
                "error", Message("two inputs are called {name}; rename one", name=show(given.name)), "name", given.name
            )
        elif not _is_name(given.name):
            yield Problem("error", _not_a_name(given.name), "name", given.name)
        seen.add(given.name)


def input_fault(given: NetworkInput) -> tuple[str, str] | None:
    """Return the wrong parameter of an input and a sentence; None for a valid input."""
    if given.dtype not in ELEMENT_BYTES:
        return "dtype", Message(
            "dtype must be one of {known}; got {dtype}", known=", ".join(ELEMENT_BYTES), dtype=show(given.dtype)
        )
    if any(not 0 <= size <= MAX_SIZE for size in given.shape) or len(given.shape) > MAX_RANK:
        return "shape", Message(
            "the shape must have up to {max_rank} sizes from 0 to {max_size}; got {shape}",
            max_rank=MAX_RANK,
            max_size=MAX_SIZE,
            shape=show(given.shape),
        )
    return None


# -- names


def name_problems(block: Block, reserved: Collection[str]) -> Iterator[tuple[int, Problem]]:
    """Yield the position of each child with an invalid name, and its problem; `reserved` are the inputs' names."""
    names = [node.name for node in block.layers]
    if _all_fine(names, reserved):
        return
    taken: set[str] = set()
    for i, name in enumerate(names):
        if problem := _name_problem(name, taken, reserved):
            yield i, Problem("error", problem, "name")
        taken.add(name)


def _all_fine(names: list[str], reserved: Collection[str]) -> bool:
    """Return whether all names are valid: a few passes at the speed of C, since nearly always they are."""
    different, text = set(names), "".join(names)
    bad = "." in text or ":" in text or not different.isdisjoint((INPUT, "")) or not different.isdisjoint(reserved)
    return len(different) == len(names) and not bad


def _name_problem(name: str, taken: Collection[str], reserved: Collection[str]) -> str | None:
    if name in taken:
        return Message("two layers here are called {name}; rename one", name=show(name))
    if name in reserved:
        return Message("{name} is the name of the network's input; rename the layer", name=show(name))
    return None if _is_name(name) else _not_a_name(name)


def _is_name(name: str) -> bool:
    return bool(name) and name != INPUT and not any(c in name for c in ".:")


def _not_a_name(name: str) -> str:
    return Message(
        'a name must not be empty, "{reserved}", or hold "." or ":"; got {name}', reserved=INPUT, name=show(name)
    )


# -- layers and references


def warnings(op: LayerType, inputs: Iterable[TensorSpec], outputs: Iterable[TensorSpec]) -> tuple[Problem, ...]:
    """Return warnings of values that are allowed, but may be a mistake."""
    sentence = op.warning()
    return (*_emptied(inputs, outputs), *((Problem("warning", sentence),) if sentence else ()))


def _emptied(inputs: Iterable[TensorSpec], outputs: Iterable[TensorSpec]) -> tuple[Problem, ...]:
    """Return a warning where a layer makes an empty tensor of tensors that are not empty."""
    empty = next((o for o in outputs if 0 in o.shape), None)
    if empty is None or any(0 in i.shape for i in inputs):
        return ()
    return (
        Problem(
            "warning", Message("the output {shape} is empty: a dimension has size 0", shape=shape_text(empty.shape))
        ),
    )


@lru_cache(maxsize=256)  # key: the name of a type; never stale, since the registry does not change
def unknown_type(name: str) -> Problem:
    """Return the problem of an unknown layer type."""
    from difflib import get_close_matches  # slow to import, seldom needed

    # difflib takes the square of the length: a long text from a broken file is not compared.
    close = get_close_matches(name, LAYER_TYPES, 1) if len(name) < 40 else []
    if close:
        sentence = Message(
            "unknown layer type {name}; kept in the file but not counted; did you mean {close}?",
            name=show(name),
            close=close[0],
        )
    else:
        sentence = Message("unknown layer type {name}; kept in the file but not counted", name=show(name))
    return Problem("error", sentence, "type")


def no_such_output(reference: str, outputs: int) -> str:
    """Return the sentence for a reference to an output that does not exist; `outputs` do."""
    return Message(
        "{reference} asks for an output by its number, counted from 0, but {count}",
        reference=show(reference),
        count=plural(outputs, "there is 1", "there are {count}"),
    )


def dangling(name: str, known: Iterable[str], block: Block) -> str:
    """Return the sentence for a reference that means nothing, with the names that it could have."""
    if any(node.name == name for node in block.layers):
        return Message(
            "{name} does not come before this layer, so its output cannot be an input here (a cycle)", name=show(name)
        )
    there = [n for n in dict.fromkeys(known) if n]
    shown = ", ".join(there if len(there) <= 6 else [there[0], "…", *there[-4:]])
    return Message("unknown layer or input {name}; here are {known}", name=show(name), known=shown)


# -- blocks


def root_problem(root: Block) -> Problem | None:
    """Return the problem that keeps a whole network from being analysed."""
    # The root is a block too, but not one that a file nests.
    if root.height > MAX_DEPTH + 1:
        return Problem(
            "error",
            Message(
                "blocks are nested {height} deep; at most {max_depth} fit", height=root.height - 1, max_depth=MAX_DEPTH
            ),
        )
    return _too_many(root)


def block_problem(block: Block) -> Problem | None:
    """Return the problem that keeps a block from being analysed."""
    if block.repeat < 1:
        return Problem(
            "error", Message("repeat must be an integer ≥ 1; got {repeat}", repeat=show(block.repeat)), "repeat"
        )
    if not block.layers:
        return Problem("error", "the block is empty; add a layer or delete it")
    return _too_many(block)


def _too_many(block: Block) -> Problem | None:
    if not block.too_many:
        return None
    if block.once > MAX_LAYERS:
        return Problem(
            "error",
            Message("these are {once:,} layers; at most {max_layers:,} fit", once=block.once, max_layers=MAX_LAYERS),
        )
    layers = plural(block.once, "{count:,} layer", "{count:,} layers")
    return Problem(
        "error",
        Message(
            "repeat {repeat} of {layers} makes more than {max_layers:,}",
            repeat=show(block.repeat),
            layers=layers,
            max_layers=MAX_LAYERS,
        ),
        "repeat",
    )


def sharing_problem(runs: Sequence[Pass]) -> Problem | None:
    """Return the problem of passes that share weights but need different ones."""
    done = 0
    for run in runs:
        for first, child in zip(runs[0].children, run.children, strict=True):
            if child.outputs is not None and child.cost.params != first.cost.params:
                return _unlike(first, child, done)
        done += run.times
    return None


def _unlike(first: NodeResult, later: NodeResult, number: int) -> Problem:
    message = Message(
        "share_weights: {name} has {first:,} params in pass 0 but {later:,} in pass {number}; "
        "shared weights must be alike",
        name=first.node.name,
        first=first.cost.params,
        later=later.cost.params,
        number=number,
    )
    return Problem("error", message, "share_weights")
