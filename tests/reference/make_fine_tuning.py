"""Ask PyTorch about fine-tuning: low-rank adapters, frozen parts, and segmentation networks in training.

Run with the Python of an environment that has PyTorch and torchvision: `python make_fine_tuning.py`. It writes
fine_tuning.json. The bytes are counted as by make_training.py; MACs are half of the FLOPs of torch's flop counter.

`lora`: `base(x) + b(a(x)) * scale`, with a frozen base, as Hu et al. 2021 (arXiv:2106.09685) write it.
`frozen`: resnet18 with `requires_grad_(False)` on some of its parts, and a chain of linear maps and norms.
`networks`: whole networks at batch 2; googlenet without its auxiliary heads.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
import torchvision
from make_training import both
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

HERE = Path(__file__).parent


class Adapted(nn.Module):
    """A linear map with an adapter."""

    def __init__(self, features_in, features_out, rank, *, bias):
        super().__init__()
        self.base = nn.Linear(features_in, features_out, bias=bias).requires_grad_(False)
        self.a = nn.Linear(features_in, rank, bias=False)
        self.b = nn.Linear(rank, features_out, bias=False)

    def forward(self, x):
        return self.base(x) + self.b(self.a(x)) * 2.0


def asked(module, shape, *, first=True):
    x, shift = torch.rand(*shape), nn.Parameter(torch.zeros(1))
    held = [shift, *module.parameters(), *module.buffers()]
    found = both((lambda: module(x)) if first else (lambda: module(x + shift)), held)
    with FlopCounterMode(display=False) as counter:
        module(x)
    learned = [p.numel() for p in module.parameters() if p.requires_grad]
    params = sum(p.numel() for p in module.parameters())
    return {"params": params, "trainable": sum(learned), "macs": counter.get_total_flops() // 2, **found}


def lora():
    for shape, parts in (
        ([5, 64], [[64, 48, 4, True]]),
        ([3, 10, 64], [[64, 48, 4, False]]),
        ([3, 10, 64], [[64, 256, 8, True], [256, 64, 1, True]]),
    ):
        for first in (True, False):
            layers = []
            for i, (features_in, features_out, rank, bias) in enumerate(parts):
                layers += ([nn.GELU()] if i else []) + [Adapted(features_in, features_out, rank, bias=bias)]
            yield {"shape": shape, "parts": parts, "first": first, **asked(nn.Sequential(*layers), shape, first=first)}


def frozen():
    for parts in (["conv1", "bn1", "layer1", "layer2"], ["layer2"], ["layer2", "layer4", "fc"], ["bn1", "layer3"]):
        network = torchvision.models.resnet18().train()
        for part in parts:
            getattr(network, part).requires_grad_(False)
        yield {"template": "resnet18", "frozen": parts, **asked(network, [2, 3, 224, 224])}
    for parts in ([0, 1, 2], [3, 4], [0, 3], [6]):
        chain = nn.Sequential(
            nn.Linear(32, 64),
            nn.LayerNorm(64),
            nn.GELU(),
            nn.Linear(64, 48),
            nn.LayerNorm(48),
            nn.ReLU(),
            nn.Linear(48, 16),
        )
        for i in parts:
            chain[i].requires_grad_(False)
        yield {"frozen": parts, **asked(chain, [4, 9, 32])}


def networks():
    for name, size, options in (
        ("googlenet", 224, {"init_weights": False, "aux_logits": False}),
        ("fcn_resnet50", 520, {"weights_backbone": None, "aux_loss": True}),
        ("deeplabv3_mobilenet_v3_large", 520, {"weights_backbone": None, "aux_loss": True}),
    ):
        network = torchvision.models.get_model(name, weights=None, **options).train()
        image = torch.rand(2, 3, size, size)
        held = [*network.parameters(), *network.buffers()]
        yield {"template": name, "batch": 2, "size": size, **both(lambda n=network, x=image: n(x), held)}


def main():
    """Write fine_tuning.json."""
    torch.manual_seed(0)
    data = {
        "meta": {"torch": torch.__version__, "torchvision": torchvision.__version__},
        "lora": list(lora()),
        "frozen": list(frozen()),
        "networks": list(networks()),
    }
    lines = [
        f'"{key}": [\n{rows(value)}\n]' if isinstance(value, list) else f'"{key}": {json.dumps(value)}'
        for key, value in data.items()
    ]
    (HERE / "fine_tuning.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def rows(cases):
    return ",\n".join(map(json.dumps, cases))


if __name__ == "__main__":
    main()
