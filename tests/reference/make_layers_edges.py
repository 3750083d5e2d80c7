"""Asks PyTorch again for every case of layers_edges.json.xz, and for new ones.

python make_layers_edges.py [NEW_CASES.json ...]

Encoded as layers.json.xz is (make_layers.py). A file of new cases is {type: [[kwargs, inputs], ...]}. Input values are
zeros, which are indices too; MACs are half of `torch.utils.flop_counter`'s FLOPs, with attention written out.
"""

import json
import lzma
import sys
from pathlib import Path

import torch
import torchvision
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

TARGET = Path(__file__).with_name("layers_edges.json.xz")
STACKS = ("TransformerEncoder", "TransformerDecoder")


def main(*sources: str) -> None:
    """Write TARGET from its own cases and those at `sources`."""
    stored = json.loads(lzma.decompress(TARGET.read_bytes()))["types"] if TARGET.exists() else {}
    asked = {name: [case[:2] for case in cases] for name, cases in stored.items()}
    for source in sources:
        for name, cases in json.loads(Path(source).read_text("utf-8")).items():
            known = asked.setdefault(name, [])
            known += [case for case in cases if case not in known]
    types = {name: [[*case, outcome(name, *case)] for case in cases] for name, cases in sorted(asked.items())}
    meta = {"torch": torch.__version__, "torchvision": torchvision.__version__, "mode": "eval"}
    text = json.dumps({"meta": meta, "types": types}, separators=(",", ":"))
    TARGET.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def outcome(name: str, kwargs: dict, inputs: list) -> str | list:
    """Return what torch makes of a layer, or the first line of its error."""
    try:
        module = made(name, tuples(kwargs)).eval()
        outputs = flat(module(*map(tensor, inputs)))
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        module(*map(tensor, inputs))
    params, buffers = (sum(t.numel() for t in found) for found in (module.parameters(), module.buffers()))
    return [list(map(stored, outputs)), params, buffers, counter.get_total_flops() // 2]


def made(name: str, kwargs: dict) -> torch.nn.Module:
    """Return a layer; a stack is given the parameters of what it stacks as `layer`."""
    if name in STACKS:
        return getattr(torch.nn, name)(getattr(torch.nn, f"{name}Layer")(**kwargs.pop("layer")), **kwargs)
    return getattr(torch.nn, name)(**kwargs)


def tensor(written: list) -> torch.Tensor:
    """Return zeros of a stored shape, or of a stored dtype and shape."""
    named = bool(written) and isinstance(written[0], str)
    return torch.zeros(written[1], dtype=getattr(torch, written[0])) if named else torch.zeros(written)


def stored(result: torch.Tensor) -> list:
    """Return the shape of a tensor, with its dtype before it where that is not float32."""
    return list(result.shape) if result.dtype == torch.float32 else [str(result.dtype)[6:], list(result.shape)]


def flat(result: object) -> list[torch.Tensor]:
    """Return the tensors of a nested result, in order."""
    return [result] if isinstance(result, torch.Tensor) else [each for part in result or () for each in flat(part)]


def tuples(value: object) -> object:
    """Return a JSON value with tuples for lists."""
    if isinstance(value, dict):
        return {key: tuples(v) for key, v in value.items()}
    return tuple(map(tuples, value)) if isinstance(value, list) else value


if __name__ == "__main__":
    main(*sys.argv[1:])
