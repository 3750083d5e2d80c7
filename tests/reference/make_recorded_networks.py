"""Makes recorded_networks.json.xz: torchvision networks as they run, call by call, with what the tools print for them.

python make_recorded_networks.py FOLDER

FOLDER holds NAME.layers, a flat network of every module and function that ran (leaf modules by hooks, functions between
them by a TorchFunctionMode, on the meta device), and NAME.json with the totals. A layer becomes [type, parameters,
inputs, key torch, tied to]: inputs are the numbers of layers before it, with :1 for a second output, -1 for the image.
"""

import json
import lzma
import sys
from pathlib import Path

TARGET = Path(__file__).with_name("recorded_networks.json.xz")
META = {
    "torch": "2.14.1",
    "torchvision": "0.29.1",
    "note": "Batch 1, eval mode, on the resolution of the default weights; params, buffers and macs are PyTorch's, macs"
    " half of FlopCounterMode's FLOPs with gradients on; thop, ultralytics-thop, ptflops (aten) and torchinfo on the"
    " meta device, fvcore, torchprofile and torchstat on a CPU. googlenet scales its input: transform_input=True.",
}


def main(folder: str) -> None:
    """Write TARGET from the networks in `folder`."""
    networks = {path.stem: compact(path) for path in sorted(Path(folder).glob("*.layers"))}
    text = json.dumps({"meta": META, "networks": networks}, separators=(",", ":"))
    TARGET.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def compact(path: Path) -> dict:
    """Return the totals of one network, its input and its layers."""
    network = json.loads(path.read_text("utf-8"))
    numbers = {"image": -1, **{layer["name"]: i for i, layer in enumerate(network["layers"])}}
    layers = [row(layer, numbers) for layer in network["layers"]]
    totals = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return {**totals, "input": network["inputs"][0]["shape"], "layers": layers}


def row(layer: dict, numbers: dict[str, int]) -> list:
    """Return one layer as a list."""
    inputs = [numbered(reference, numbers) for reference in layer.get("inputs", [])]
    called, again, name = layer.get("torch", "").rpartition("module of ")
    torch = f"{again}{numbers[name]}" if again else called or name
    return [layer["type"], layer.get("params", {}), inputs, torch, numbers.get(layer.get("tied_to", ""))]


def numbered(reference: str, numbers: dict[str, int]) -> str:
    """Return a reference with the layer's number for its name."""
    name, colon, port = reference.partition(":")
    return f"{numbers[name]}{colon}{port}"


if __name__ == "__main__":
    main(sys.argv[1])
