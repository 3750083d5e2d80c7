"""The fast Fourier transform. A complex number is a pair: the last dimension, of size 2, holds its two parts.

Source of names, parameters and shapes: torch.fft; ONNX DFT for the pairs. A transform of n complex values counts
5·n·log₂ n operations, one of real values half of that: the convention of FFTW (Frigo & Johnson 2005, The design and
implementation of FFTW3, doi 10.1109/JPROC.2004.840301), which is the count of the radix-2 algorithm of Cooley and
Tukey: n/2·log₂ n butterflies, each a complex product, 4 multiplications and 2 additions, and 2 complex sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Literal

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Choice, Dims, Optional, param
from layerledger.core.base.shapes import FLOAT_DTYPES, Shape, ShapeError, TensorSpec, axes, shape_text
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.windows import Receptive, dim_maps, whole_dim_maps


@layer_type("Other", order=200)
class FFT(LayerType):
    """Fourier transform (torch.fft); complex numbers are pairs in a last dimension: rfft (*, n) -> (*, n/2 + 1, 2)."""

    kind: Literal["fft", "ifft", "rfft", "irfft"] = param(
        Choice(("fft", "ifft", "rfft", "irfft")),
        default="rfft",
        help="fft and ifft: complex to complex; rfft: real to complex; irfft: complex to real.",
    )
    dim: tuple[int, ...] = param(
        Dims(), default=(-1,), help="The dimensions that are transformed, pairs left aside; rfft halves the last one."
    )
    n: tuple[int, ...] | None = param(
        Optional(Dims(1)), default=None, help="Size of each dimension: cut or filled with zeros; empty for the input’s."
    )
    onesided: bool = param(
        Bool(), default=True, help="rfft: the n/2 + 1 values that are not repeated; else all n, as fft of real values."
    )

    aliases = ("fft", "rfft", "irfft", "dft", "fourier")
    status = "approximated"
    approximation = (
        "5·n·log₂ n operations for n complex values, as FFTW counts, half of it for real ones; log₂ n is rounded up."
    )
    indices = "real"
    saved_tensors = "nothing"  # but for rfft: see `record`
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        E="values that are transformed, complex or real",
        l="⌈log₂ n⌉ of each dimension, added up",
        r="2 for real values, 1 for complex ones",
    )
    counts = counting(mul="ceil(2*E*l/r)", add="ceil(3*E*l/r)")
    examples = (
        Example(
            params={"kind": "fft"},
            inputs=((8, 2),),
            outputs=((8, 2),),
            counts={"mul": 48, "add": 72, "params": 0, "macs": 0},
            source="torch.fft.fft and torch.view_as_real; by hand: 12 butterflies of 4 products and 6 additions",
        ),
        Example(
            params={"dim": (1, 2)},
            inputs=((2, 8, 8),),
            outputs=((2, 8, 5, 2),),
            counts={"mul": 768, "add": 1_152},
            source="torch.fft.rfftn and torch.view_as_real; by hand: half of 5·64·6 for each of 2 images",
        ),
    )

    def check(self) -> None:
        if not self.dim:
            raise ShapeError(Message("dim must name at least one dimension"), param="dim")
        if self.n is not None and len(self.n) != len(self.dim):
            raise ShapeError(
                Message(
                    "n must be {wanted} numbers, one for each of dim; got {given}",
                    wanted=len(self.dim),
                    given=len(self.n),
                ),
                param="n",
            )

    def _values(self, shape: Shape) -> Shape:
        """Return the sizes of the numbers in the input: without that of pairs."""
        if self.kind == "rfft":
            return shape
        if shape[-1:] != (2,):
            raise ShapeError(
                Message(
                    "{kind} takes complex numbers, pairs in a last dimension of 2; got {shape}",
                    kind=self.kind,
                    shape=shape_text(shape),
                ),
                param="inputs",
            )
        return shape[:-1]

    def _transformed(self, shape: Shape) -> tuple[Shape, tuple[int, ...]]:
        """Return the sizes of the numbers that are transformed, and the dimensions."""
        sizes = list(self._values(shape))
        if not sizes:
            raise ShapeError(Message("FFT takes at least one dimension of numbers; got none"), param="inputs")
        dims = axes(tuple(sizes), self.dim)
        if self.kind == "irfft":  # what is left out is repeated
            sizes[dims[-1]] = 2 * (sizes[dims[-1]] - 1)
        for d, size in zip(dims, self.n or (), strict=bool(self.n)):
            sizes[d] = size
        if any(sizes[d] < 1 for d in dims):
            raise ShapeError(
                Message(
                    "each dimension must have at least one value to transform; got {shape}", shape=shape_text(shape)
                ),
                param="dim",
            )
        return tuple(sizes), dims

    def outputs(self, inputs: Inputs) -> Outputs:
        spec = inputs[0]
        sizes, dims = self._transformed(spec.shape)
        found = list(sizes)
        if self.kind == "rfft" and self.onesided:
            found[dims[-1]] = sizes[dims[-1]] // 2 + 1
        pair = () if self.kind == "irfft" else (2,)
        return (TensorSpec((*found, *pair), spec.dtype if spec.dtype in FLOAT_DTYPES else "float32"),)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        shape = inputs[0].shape
        _, dims = self._transformed(shape)
        maps = whole_dim_maps(len(shape), dims)
        if self.kind == "irfft":  # the pairs go away
            maps = (*maps[:-1], maps[-1]._replace(to=(), by="whole"))
        return (maps or dim_maps(len(shape)),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        sizes, dims = self._transformed(inputs[0].shape)
        levels = sum((sizes[d] - 1).bit_length() for d in dims)
        return {"E": prod(sizes), "l": levels, "r": 2 if self.kind in ("rfft", "irfft") else 1}

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        (x,) = given
        made = tape.outputs(outputs, given)
        # torch keeps the input of rfft for its size; where it is filled with zeros, that is a copy.
        if self.kind == "rfft" and x.needs:
            sizes, _ = self._transformed(x.shape)
            filled = any(size > old for size, old in zip(sizes, x.shape, strict=True))
            tape.keep(tape.new(sizes, width=x.width, needs=True) if filled else x)
        return made

    def summary(self, inputs: Inputs) -> str:
        return f"{self.kind} dim {', '.join(map(str, self.dim))}"
