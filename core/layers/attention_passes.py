"""The forward passes of attention, as PyTorch runs them, on a tape.

Source: PyTorch, torch/nn/functional.py (multi_head_attention_forward), aten/native/transformers/attention.cpp,
torch/nn/modules/transformer.py; torchvision, ops of Swin for attention that is written out.
"""

from __future__ import annotations

from typing import NamedTuple

from layerledger.core.base.shapes import Shape
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces, Traced


def fused(tape: Tape, given: Pieces, shape: Shape, *, dropout: float = 0.0) -> Traced:
    """Return scaled dot-product attention of query, key, value and perhaps a mask, as torch chooses it on a CPU.

    The fused kernel keeps no weights, but what it takes and makes, and 4 bytes for each query and head. It takes no
    dropout, no values of another size than the keys, and no mask that is learned.
    """
    query, key, value = (tape.half(x) for x in given[:3])
    mask = given[3] if len(given) > 3 else None
    if dropout or query.shape[-1] != value.shape[-1] or (mask is not None and mask.needs):
        return _unfused(tape, (query, key, value, *given[3:]), shape, dropout=dropout)
    needs = query.needs or key.needs or value.needs
    # The kernel writes its result in the order of the query.
    out = tape.like(query, needs=needs) if query.shape == shape else tape.new(shape, width=query.width, needs=needs)
    if needs:
        tape.keep(query, key, value, out)
        tape.keep_bytes(4 * (out.elements // max(shape[-1], 1)))
        if mask is not None and mask.floating:
            tape.keep(tape.half(mask))
        elif mask is not None:  # truth values become numbers that are added
            tape.keep_bytes(mask.elements * query.width)
    return out


def _unfused(tape: Tape, given: Pieces, shape: Shape, *, dropout: float) -> Traced:
    """Return the same in steps, in float32: scaled query and key, softmax, dropout, product with the values."""
    width = given[0].width
    query, key, value = (tape.like(x, width=4) if x.width < 4 else x for x in given[:3])
    plain = Tape(autocast=False, width=4, trainable=False)
    plain.kept = tape.kept
    query, key = plain.like(query), plain.like(key)
    out = _weighted(plain, query, key, value, given[3:], shape, dropout=dropout)
    return out if width >= 4 else tape.like(out, width=width)


def written_out(tape: Tape, given: Pieces, shape: Shape, *, dropout: float = 0.0) -> Traced:
    """Return attention in single functions: a scaled query, products, a mask that is added, softmax, dropout."""
    query, key, value = given[:3]
    return _weighted(tape, tape.like(query), key, value, given[3:], shape, dropout=dropout)


def _weighted(
    tape: Tape, query: Traced, key: Traced, value: Traced, mask: Pieces, shape: Shape, *, dropout: float
) -> Traced:
    scores = (*shape[:-1], key.shape[-2])
    weights = tape.matmul(query, tape.transpose(key, -1, -2), scores)
    for each in mask:
        weights = tape.combined(scores, weights, each) if each.floating else weights
    weights = tape.dropout(tape.softmax(weights), dropout)
    return tape.matmul(weights, value, shape)


class Heads(NamedTuple):
    """The settings of a multi-head attention.

    Attributes:
        heads: number of heads.
        dropout: share of weights dropped.
        weights: whether the weights are an output, as with need_weights; then no fused kernel computes them.
        batch_first: whether the batch comes before the tokens.
        added: keys and values that are added to those given, learned ones or zeros.
    """

    heads: int
    dropout: float
    weights: bool
    batch_first: bool
    added: int = 0


def multihead(tape: Tape, given: Pieces, config: Heads) -> Pieces:
    """Return output and weights of multi-head attention of query, key and value, (L, N, E) each or (N, L, E)."""
    batched = len(given[0].shape) == 3
    if not batched:
        given = tuple(tape.reshape(x, (x.shape[0], 1, *x.shape[1:])) for x in given)
    elif config.batch_first:
        turned = {x: tape.transpose(x, 0, 1) for x in given}
        given = tuple(turned[x] for x in given)
    tokens, batch, features = given[0].shape
    query, key, value = _projected(tape, given, features)
    key, value = (_extended(tape, x, config.added) for x in (key, value))
    out, weights = (_with_weights if config.weights else _without_weights)(tape, (query, key, value), config)
    rows = tape.reshape(tape.contiguous(out), (tokens * batch, features))
    out = tape.reshape(tape.linear(rows, features), (tokens, batch, features))
    if not batched:
        return tape.reshape(out, (tokens, features)), tape.reshape(weights, weights.shape[1:])
    return (tape.transpose(out, 0, 1) if config.batch_first else out), weights


def _projected(tape: Tape, given: Pieces, features: int) -> Pieces:
    """Return the projections; those of one tensor are one product, whose parts are laid side by side."""
    query, key, value = given
    if query == key == value:
        return (_laid(tape, query, features, 3),) * 3
    if key == value:
        return tape.linear(query, features), *(_laid(tape, key, features, 2),) * 2
    return tuple(tape.linear(x, features) for x in given)


def _laid(tape: Tape, x: Traced, features: int, parts: int) -> Traced:
    wide = tape.linear(x, parts * features)
    laid = tape.new((parts, *x.shape[:-1], features), width=wide.width, needs=wide.needs)
    return laid._replace(shape=laid.shape[1:], strides=laid.strides[1:])


def _extended(tape: Tape, x: Traced, added: int) -> Traced:
    if not added:
        return x
    return tape.new((x.shape[0] + added, *x.shape[1:]), width=x.width, needs=x.needs)


def _split_heads(tape: Tape, x: Traced, heads: int) -> Traced:
    """Return (L, N, E) as (N·h, L, E/h), a view."""
    tokens, batch, features = x.shape
    return tape.transpose(tape.reshape(x, (tokens, batch * heads, features // heads)), 0, 1)


def _with_weights(tape: Tape, given: Pieces, config: Heads) -> Pieces:
    batch = given[0].shape[1]
    query, key, value = (_split_heads(tape, x, config.heads) for x in given)
    shape = query.shape
    query = tape.like(query)  # scaled
    scores = tape.matmul(query, tape.transpose(key, 1, 2), (*shape[:2], key.shape[1]))
    weights = tape.dropout(tape.softmax(scores), config.dropout)
    out = tape.matmul(weights, value, shape)
    mean = tape.new((batch, *weights.shape[1:]), width=weights.width, needs=weights.needs)
    return tape.transpose(out, 0, 1), mean


def _without_weights(tape: Tape, given: Pieces, config: Heads) -> Pieces:
    batch = given[0].shape[1]
    split = (_split_heads(tape, x, config.heads) for x in given)
    query, key, value = (tape.reshape(x, (batch, config.heads, *x.shape[1:])) for x in split)
    out = fused(tape, (query, key, value), query.shape, dropout=config.dropout)
    weights = tape.new((batch, query.shape[2], key.shape[2]), width=out.width, needs=out.needs)
    return tape.permute(out, (2, 0, 1, 3)), weights


# -- feed-forward parts


def gated_feed_forward(tape: Tape, x: Traced, hidden: int, features: int, *, matrix: int | None = None) -> Traced:
    """Return down(act(gate(x))·up(x)): each linear map keeps its input, the function its own, the product both.

    `matrix` are the elements of each weight, where not all rows take the same one.
    """
    gate, up = (tape.linear(x, hidden, matrix=matrix) for _ in range(2))
    product = tape.mul(tape.unary(gate, "inputs"), up, up.shape)
    return tape.linear(product, features, matrix=matrix)


class Sublayers(NamedTuple):
    """The settings of a Transformer layer.

    Attributes:
        heads: of its attentions.
        hidden: features between the linear maps.
        dropout: share of values dropped.
        gelu: whether the function between is GELU, which keeps its input; ReLU keeps its result.
        norm_first: whether a sublayer normalizes its input, or the sum after it is normalized.
    """

    heads: Heads
    hidden: int
    dropout: float
    gelu: bool
    norm_first: bool


def transformer_layer(tape: Tape, x: Traced, memory: Traced | None, config: Sublayers) -> Traced:
    """Return one encoder layer, or with a memory one decoder layer."""
    for sublayer in (_attend_self, *((_attend_memory,) if memory is not None else ()), _feed):
        rows = x.elements // max(x.shape[-1], 1)
        if config.norm_first:
            x = tape.combined(x.shape, x, sublayer(tape, tape.norm(x, rows), memory, config))
        else:
            x = tape.norm(tape.combined(x.shape, x, sublayer(tape, x, memory, config)), rows)
    return x


def _attend_self(tape: Tape, x: Traced, memory: Traced | None, config: Sublayers) -> Traced:
    return _attend_memory(tape, x, x, config)


def _attend_memory(tape: Tape, x: Traced, memory: Traced | None, config: Sublayers) -> Traced:
    other = x if memory is None else memory
    return tape.dropout(multihead(tape, (x, other, other), config.heads)[0], config.dropout)


def _feed(tape: Tape, x: Traced, memory: Traced | None, config: Sublayers) -> Traced:
    hidden = tape.unary(tape.linear(x, config.hidden), "inputs" if config.gelu else "outputs")
    out = tape.linear(tape.dropout(hidden, config.dropout), x.shape[-1])
    return tape.dropout(out, config.dropout)
