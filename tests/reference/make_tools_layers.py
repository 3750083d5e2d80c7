"""Asks counting tools again for every case of tools_layers.json.xz.

python make_tools_layers.py COLUMN [COLUMN ...]

A case is [kwargs, inputs, counts], encoded as in layers.json.xz, with a number for each of `columns`, or null where the
tool stops. Columns are named after conventions. thop and ultralytics-thop are imported by one name, so they take turns
in being installed. The others: calflops, fvcore, ptflops, torchinfo, torchprofile, torchstat.
"""

import contextlib
import io
import json
import lzma
import os
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from make_layers_edges import made, tensor, tuples
from torch import nn

TARGET = Path(__file__).with_name("tools_layers.json.xz")


class Holder(nn.Module):
    """A network of one layer, with a parameter for the tools that look for a device by one."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer
        self.unused = nn.Parameter(torch.zeros(0))

    def forward(self, *inputs: torch.Tensor | tuple) -> object:
        return self.layer(*(inputs[0] if isinstance(inputs[0], tuple) else inputs))


def thop(network: Holder, inputs: list) -> float:
    import thop

    return thop.profile(network, inputs=tuple(inputs), verbose=False)[0]


def fvcore(network: Holder, inputs: list) -> float:
    from fvcore.nn import FlopCountAnalysis

    return FlopCountAnalysis(network, tuple(inputs)).total()


def ptflops(network: Holder, inputs: list) -> float:
    from ptflops import get_model_complexity_info

    return get_model_complexity_info(
        network, (1,), input_constructor=lambda _: tuple(inputs), as_strings=False, backend="aten", verbose=False
    )[0]


def torchinfo(network: Holder, inputs: list) -> float:
    import torchinfo

    return torchinfo.summary(network, input_data=inputs, verbose=0).total_mult_adds


def torchprofile(network: Holder, inputs: list) -> float:
    import torchprofile

    return torchprofile.profile_macs(network, tuple(inputs))


def calflops(network: Holder, inputs: list) -> float:
    from calflops.flops_counter import calculate_flops

    return calculate_flops(network, args=inputs, print_results=False, print_detailed=False, output_as_string=False)[0]


def torchstat(network: Holder, inputs: list, *, flops: bool = False) -> float:
    from torchstat.compute_flops import compute_flops
    from torchstat.compute_madd import compute_madd

    counted = []
    compute = compute_flops if flops else compute_madd
    network.layer.register_forward_hook(lambda layer, given, out: counted.append(compute(layer, given[0], out)))
    network(*inputs)
    return counted[0]


TOOLS: dict[str, Callable[[Holder, list], float]] = {
    "thop": thop,
    "ultralytics-thop": thop,
    "fvcore": fvcore,
    "ptflops-aten": ptflops,
    "torchinfo": torchinfo,
    "torchprofile": torchprofile,
    "calflops": calflops,
    "torchstat-madd": torchstat,
    "torchstat-flops": lambda network, inputs: torchstat(network, inputs, flops=True),
}


def printed(tool: str, name: str, kwargs: dict, inputs: list) -> int | None:
    """Return what a tool prints for a layer, asked in a process of its own: some leave torch changed behind them."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(BaseException):
            count = TOOLS[tool](Holder(made(name, tuples(kwargs)).eval()).eval(), [tensor(i) for i in inputs])
            os.write(writer, str(int(count)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    os.wait()
    return int(text) if text else None


def main(*columns: str) -> None:
    """Write TARGET from its own cases, with the columns asked for anew."""
    data = json.loads(lzma.decompress(TARGET.read_bytes()))
    names = data["meta"]["columns"]
    for name, cases in data["types"].items():
        for kwargs, inputs, counts in cases:
            for column in columns:
                counts[names.index(column)] = printed(column, name, kwargs, inputs)
    text = json.dumps(data, separators=(",", ":"))
    TARGET.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main(*sys.argv[1:])
