"""Makes generation.json: what PyTorch keeps from token to token, and the MACs of one token with it.

python make_generation.py

Each case runs a prompt in PyTorch, then one more token with what was kept of the prompt, and checks that the outputs
are those of a pass over all tokens. `kept` is the number of elements that were kept of the prompt, `macs` half of the
floating-point operations that torch.utils.flop_counter counts for the last token. Its count of a linear map and of a
matrix product is exact; recurrent layers are run as their equations say, since it does not count torch.nn.LSTM.
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

TARGET = Path(__file__).with_name("generation.json")
CONTEXT = 24


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Attention of queries, the last of all positions, to the keys up to each one."""
    mask = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool).tril(k.shape[-2] - q.shape[-2])
    scores = (q @ k.transpose(-1, -2)) / q.shape[-1] ** 0.5
    return scores.masked_fill(~mask, -torch.inf).softmax(-1) @ v


def split(x: torch.Tensor, heads: int) -> torch.Tensor:
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def joined(x: torch.Tensor) -> torch.Tensor:
    return x.transpose(1, 2).flatten(2)


class Grouped(nn.Module):
    """Attention with fewer heads of keys and values than of queries."""

    def __init__(self, features: int, heads: int, shared: int, size: int) -> None:
        super().__init__()
        self.heads, self.shared = heads, shared
        self.q = nn.Linear(features, heads * size, bias=False)
        self.k, self.v = (nn.Linear(features, shared * size, bias=False) for _ in range(2))
        self.o = nn.Linear(heads * size, features, bias=False)

    def forward(self, x: torch.Tensor, kept: list[torch.Tensor]) -> torch.Tensor:
        new = [split(self.k(x), self.shared), split(self.v(x), self.shared)]
        kept[:] = [torch.cat(pair, -2) for pair in zip(kept, new, strict=True)] if kept else new
        k, v = (each.repeat_interleave(self.heads // self.shared, 1) for each in kept)
        return self.o(joined(attend(split(self.q(x), self.heads), k, v)))


class Latent(nn.Module):
    """DeepSeek-V2's attention, without rotation and norms, which have no MACs: arXiv:2405.04434, section 2.1."""

    def __init__(
        self, features: int, heads: int, rank: int, nope: int, rope: int, value: int, *, absorbed: bool
    ) -> None:
        super().__init__()
        self.heads, self.rank, self.nope, self.value, self.absorbed = heads, rank, nope, value, absorbed
        self.q = nn.Linear(features, heads * (nope + rope), bias=False)
        self.kv_a = nn.Linear(features, rank + rope, bias=False)
        self.kv_b = nn.Linear(rank, heads * (nope + value), bias=False)
        self.o = nn.Linear(heads * value, features, bias=False)

    def forward(self, x: torch.Tensor, kept: list[torch.Tensor]) -> torch.Tensor:
        new = self.kv_a(x)
        kept[:] = [torch.cat((kept[0], new), 1)] if kept else [new]
        latent, turned = kept[0][..., : self.rank], kept[0][:, None, :, self.rank :]
        q = split(self.q(x), self.heads)
        if not self.absorbed:
            k, v = split(self.kv_b(latent), self.heads).split((self.nope, self.value), -1)
            k = torch.cat((k, turned.expand(-1, self.heads, -1, -1)), -1)
            return self.o(joined(attend(q, k, v)))
        maps = self.kv_b.weight.unflatten(0, (self.heads, -1))
        q_latent = torch.einsum("nhle,her->nhlr", q[..., : self.nope], maps[:, : self.nope])
        scale = ((self.rank + turned.shape[-1]) / q.shape[-1]) ** 0.5
        query = torch.cat((q_latent, q[..., self.nope :]), -1) * scale
        key, value = torch.cat((latent[:, None], turned), -1), latent[:, None]
        found = attend(query, key.expand(-1, self.heads, -1, -1), value.expand(-1, self.heads, -1, -1))
        return self.o(joined(torch.einsum("nhlr,hvr->nhlv", found, maps[:, self.nope :])))


class Steps(nn.Module):
    """A recurrent layer of torch, one step at a time, by its equations."""

    def __init__(self, layer: nn.RNNBase) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor, kept: list[torch.Tensor]) -> torch.Tensor:
        layer, outputs = self.layer, []
        if not kept:
            sizes = [layer.proj_size or layer.hidden_size, layer.hidden_size][: 1 + (layer.mode == "LSTM")]
            kept[:] = [torch.zeros(layer.num_layers, len(x), size) for size in sizes]
        for row in x.unbind(1):
            states = [state.clone() for state in kept]
            for i, weights in enumerate(layer.all_weights):
                row = self.step(row, [state[i] for state in kept], weights, [state[i] for state in states])
            kept[:] = states
            outputs.append(row)
        return torch.stack(outputs, 1)

    def step(
        self, x: torch.Tensor, old: list[torch.Tensor], weights: list[torch.Tensor], new: list[torch.Tensor]
    ) -> torch.Tensor:
        w, u, b, c = weights[:4]
        given, carried = functional.linear(x, w, b), functional.linear(old[0], u, c)
        if self.layer.mode == "LSTM":
            i, f, g, o = (given + carried).chunk(4, -1)
            new[1].copy_(f.sigmoid() * old[1] + i.sigmoid() * g.tanh())
            h = o.sigmoid() * new[1].tanh()
            new[0].copy_(functional.linear(h, weights[4]) if len(weights) > 4 else h)
        elif self.layer.mode == "GRU":
            (r, z, n), (s, t, m) = given.chunk(3, -1), carried.chunk(3, -1)
            gate = (z + t).sigmoid()
            new[0].copy_((1 - gate) * (n + (r + s).sigmoid() * m).tanh() + gate * old[0])
        else:
            new[0].copy_((given + carried).tanh())
        return new[0]


LATENT = {"features": 64, "heads": 4, "rank": 24, "nope": 16, "rope": 8, "value": 12}
CASES = {
    "grouped": lambda: Grouped(64, 8, 2, 8),
    "latent": lambda: Latent(**LATENT, absorbed=False),
    "latent, absorbed": lambda: Latent(**LATENT, absorbed=True),
    "RNN": lambda: Steps(nn.RNN(64, 48, num_layers=2, batch_first=True)),
    "LSTM": lambda: Steps(nn.LSTM(64, 48, num_layers=2, batch_first=True)),
    "LSTM, projected": lambda: Steps(nn.LSTM(64, 48, num_layers=2, proj_size=20, batch_first=True)),
    "GRU": lambda: Steps(nn.GRU(64, 48, num_layers=2, batch_first=True)),
}


def measured(module: nn.Module) -> dict[str, int]:
    """Return what is kept of the prompt, and the MACs of the token after it."""
    x = torch.randn(1, CONTEXT, 64)
    whole = module(x, [])
    if isinstance(module, Steps):
        torch.testing.assert_close(whole, module.layer(x)[0])
    kept: list[torch.Tensor] = []
    module(x[:, :-1], kept)
    elements = sum(each.numel() for each in kept)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        last = module(x[:, -1:], kept)
    torch.testing.assert_close(last, whole[:, -1:])
    return {"kept": elements, "macs": counter.get_total_flops() // 2}


def main() -> None:
    """Write TARGET."""
    torch.manual_seed(0)
    with torch.no_grad():
        found = {name: measured(make()) for name, make in CASES.items()}
        written, absorbed = CASES["latent"](), CASES["latent, absorbed"]()
        absorbed.load_state_dict(written.state_dict())
        x = torch.randn(2, CONTEXT, 64)
        torch.testing.assert_close(written(x, []), absorbed(x, []))
    data = {"torch": torch.__version__, "context": CONTEXT, "latent": LATENT, "cases": found}
    TARGET.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
