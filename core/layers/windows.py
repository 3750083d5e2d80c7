"""The positions of its inputs that one output of a layer depends on, by dimension: the parts of receptive fields.

Source: Araujo, Norris & Sim 2019, Computing receptive fields of convolutional neural networks,
doi 10.23915/distill.00021. At a border, where padding or the end of the input cuts a window off, it is taken as inside.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from fractions import Fraction
from math import gcd, lcm, prod
from typing import Literal, NamedTuple, TypeAlias

from layerledger.core.base.shapes import Shape

Number: TypeAlias = "int | Fraction"


MOST_PHASES = 4_096
"""Most outputs after which the inputs of a window must repeat, for it to be known exactly.

Aligned corners repeat only after a whole row of outputs: this allows for rows of as many.
"""


class Taps(NamedTuple):
    """The inputs that outputs depend on, where these differ from output to output and repeat.

    Attributes:
        advance: how far the inputs have moved when they repeat.
        phases: the inputs of outputs 0, 1, … up to where they repeat; empty for an output that depends on none.
    """

    advance: int
    phases: tuple[range, ...]


class Window(NamedTuple):
    """Output y depends on the inputs from y·stride + first to y·stride + last.

    Where outputs are more than inputs, the stride is a fraction, and these are bounds: the inputs between them.

    Attributes:
        stride: the distance between the windows of neighbouring outputs.
        first: the first input of output 0.
        last: the last one.
        dilation: the distance between the inputs of one output.
        taps: the exact inputs, where the stride is a fraction and they are known.
    """

    stride: Number
    first: Number
    last: Number
    dilation: int = 1
    taps: Taps | None = None


class DimMap(NamedTuple):
    """The relation of one dimension of an input to the output.

    Attributes:
        to: the output's dimensions that have its positions; empty where the dimension goes away.
        by: the window of an output's positions on it; `whole` where each output depends on all of it, `lost` where it
            depends on one position but the type cannot say which, `mixed` where positions are numbered in another way.
    """

    to: tuple[int, ...]
    by: Window | Literal["whole", "lost", "mixed"]


DimMaps: TypeAlias = tuple[DimMap, ...]
"""A map for each dimension of an input."""

Receptive: TypeAlias = "Literal['same', 'nothing', 'not modelled'] | tuple[DimMaps, ...]"
"""The positions of the inputs that an output depends on: the same as its own, as in element-wise functions; nothing;
those of the maps of each input; or not modelled, where the type does not say."""

SAME = Window(1, 0, 0)


def ratio(number: int, by: int) -> Number:
    """Return a quotient, as an integer where it is one."""
    return Fraction(number, by) if number % by else number // by


def filter_window(kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> Window:
    """Return the window of a filter that steps over the input, with `padding` before it."""
    return Window(stride, -padding, dilation * (kernel - 1) - padding, dilation)


def transposed_window(kernel: int, stride: int, padding: int, dilation: int) -> Window:
    """Return the window of a transposed filter: input i reaches the outputs i·stride − padding + dilation·tap."""
    bound = Window(ratio(1, stride), ratio(padding - dilation * (kernel - 1), stride), ratio(padding, stride))
    common = gcd(stride, dilation)
    # The taps that reach an output are `apart` from each other, and so `step` inputs.
    apart, step = stride // common, dilation // common
    inverse = pow(step, -1, apart)

    def inputs(y: int) -> range:
        if (y + padding) % common:
            return range(0)
        tap = (y + padding) // common * inverse % apart
        last = (y + padding - dilation * tap) // stride
        return range(last - (-(-(kernel - tap) // apart) - 1) * step, last + 1, step)

    return _phased(bound, stride, 1, inputs)


def spread_window(size: int, out: int) -> Window:
    """Return windows [⌊y·I/O⌋, ⌈(y + 1)·I/O⌉): adaptive pooling, and copies of the nearest."""
    step = ratio(size, out)
    # Starts y·I/O are multiples of 1/d, d being the denominator, so rounding moves them by at most 1 − 1/d.
    slack = 1 - Fraction(1, Fraction(step).denominator)
    bound = Window(step, _plain(-slack), _plain(step - 1 + slack))
    common = gcd(size, out)
    return _phased(bound, out // common, size // common, lambda y: range(y * size // out, -(-(y + 1) * size // out)))


def nearest_window(step: Fraction, offset: Fraction) -> Window:
    """Return the window of ⌊y·step + offset⌋."""
    # Positions y·step + offset are multiples of 1/lcm, so ⌊ ⌋ takes off at most 1 − 1/lcm.
    parts = lcm(step.denominator, offset.denominator)
    bound = Window(_plain(step), _plain(offset - 1 + Fraction(1, parts)), _plain(offset))
    scaled, start = int(step * parts), int(offset * parts)

    def inputs(y: int) -> range:
        at = (y * scaled + start) // parts
        return range(at, at + 1)

    return _phased(bound, step.denominator, step.numerator, inputs)


def interpolated_window(step: Fraction, offset: Fraction, taps: int) -> Window:
    """Return the window of taps around y·step + offset: taps/2 before it and as many after it.

    Where that is a position of the input, it alone has a weight that is not 0.
    """
    if step == 1 and offset == 0:
        return SAME
    # As in `nearest_window`, with half of the taps on each side.
    parts = lcm(step.denominator, offset.denominator)
    slack = taps // 2 - Fraction(1, parts)
    bound = Window(_plain(step), _plain(offset - slack), _plain(offset + slack))
    scaled, start = int(step * parts), int(offset * parts)

    def inputs(y: int) -> range:
        at, between = divmod(y * scaled + start, parts)
        return range(at - taps // 2 + 1, at + taps // 2 + 1) if between else range(at, at + 1)

    return _phased(bound, step.denominator, step.numerator, inputs)


def _phased(bound: Window, period: int, advance: int, inputs: Callable[[int], range]) -> Window:
    """Return a window with the inputs of each output up to where they repeat; the bound where that takes too long."""
    if period > MOST_PHASES:
        return bound
    phases = tuple(map(inputs, range(period)))
    if not any(phases):
        return bound  # an input without positions
    if period == 1:
        return Window(advance, phases[0][0], phases[0][-1], phases[0].step)
    return bound._replace(taps=Taps(advance, phases))


def _plain(number: Fraction | int) -> Number:
    return ratio(number.numerator, number.denominator)


def dim_maps(rank: int, changed: Mapping[int, DimMap] | None = None) -> DimMaps:
    """Return maps that keep `rank` dimensions, but for those that are `changed`."""
    changed = changed or {}
    return tuple(changed.get(d) or DimMap((d,), SAME) for d in range(rank))


def whole_dim_maps(rank: int, dims: Iterable[int]) -> DimMaps:
    """Return maps that keep `rank` dimensions, where each output depends on all of `dims`."""
    return dim_maps(rank, {d % rank: DimMap((d % rank,), "whole") for d in dims} if rank else None)


def spatial_dim_maps(rank: int, windows: Collection[Window], *, mixes: bool) -> DimMaps:
    """Return maps for (N, C, *spatial) or (C, *spatial) with a window a spatial dimension.

    With `mixes` an output depends on all channels, as in convolution.
    """
    first = rank - len(windows)
    changed = {first + i: DimMap((first + i,), window) for i, window in enumerate(windows)}
    if mixes and first:
        changed[first - 1] = DimMap((first - 1,), "whole")
    return dim_maps(rank, changed)


def dropped_dim_maps(rank: int, gone: Collection[int], by: Literal["whole", "lost"], *, keep: bool = False) -> DimMaps:
    """Return maps where some dimensions go away, or, with `keep`, stay with size 1."""
    found: list[DimMap] = []
    for d in range(rank):
        at = d if keep else d - sum(g < d for g in gone)
        found.append(DimMap((at,) if keep else (), by) if d in gone else DimMap((at,), SAME))
    return tuple(found)


def permuted_dim_maps(order: Iterable[int]) -> DimMaps:
    """Return maps for dimensions in another order: `order` names the input's, in the order of the output's."""
    places = {d: i for i, d in enumerate(order)}
    return tuple(DimMap((places[d],), SAME) for d in range(len(places)))


def regrouped_dim_maps(before: Shape, after: Shape) -> DimMaps:
    """Return maps for the same elements in another shape.

    Dimensions are taken in groups that hold as many elements on both sides. One that is by itself is kept, sizes of 1
    left aside; those that are split or joined number their positions in another way.
    """
    found = [DimMap((), SAME)] * len(before)
    for left, right in _groups(before, after):
        alone = len(left) == len(right) == 1
        for d in left:
            found[d] = DimMap(tuple(right), SAME if alone else "mixed")
    return tuple(found)


def _groups(before: Shape, after: Shape) -> Iterable[tuple[list[int], list[int]]]:
    """Yield the dimensions, sizes of 1 left out, that hold the same elements, in the smallest groups."""
    left, right = ([d for d, size in enumerate(shape) if size != 1] for shape in (before, after))
    if 0 in (*before, *after):
        return [(left, right)]
    groups: list[tuple[list[int], list[int]]] = []
    ones: tuple[list[int], list[int]] = ([], [])
    while left or right:
        sizes = prod(before[d] for d in ones[0]), prod(after[d] for d in ones[1])
        if sizes[0] == sizes[1] and ones[0]:
            groups.append(ones)
            ones = ([], [])
        # The side with fewer elements takes its next dimension, until both hold as many.
        elif (sizes[0] <= sizes[1] and left) or not right:
            ones[0].append(left.pop(0))
        else:
            ones[1].append(right.pop(0))
    return [*groups, ones] if ones[0] else groups
