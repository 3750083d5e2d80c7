# SPDX-License-Identifier: MIT-0 (use, copy and change it freely; no notice needed)
"""Writes what a PyTorch model does with one input as a file that LayerLedger opens. No weights are written.

record(model, torch.zeros(1, 3, 224, 224), file="model.trace.json")
"""

import inspect
import json
from functools import partial

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves


class _Recorder(TorchFunctionMode):
    def __init__(self, model):
        super().__init__()
        self.calls, self.stack, self.inside, self.numbers, self.kept = [], [], 0, {}, []
        self.names = {p: n for n, p in [*model.named_parameters(), *model.named_buffers()]}

    def describe(self, value, *, new=False):
        if isinstance(value, torch.Tensor):
            if new or id(value) not in self.numbers:
                self.kept.append(value)  # else Python would give its id to another tensor
                self.numbers[id(value)] = len(self.kept)
            found = {"t": self.numbers[id(value)], "shape": list(value.shape), "dtype": str(value.dtype)[6:]}
            named = {"weight": self.names.get(value), "learned": isinstance(value, nn.Parameter)}
            return found | named if value in self.names else found
        if isinstance(value, (list, tuple)):
            return [self.describe(each) for each in value]
        return value if isinstance(value, (int, float, bool, str, type(None))) else str(value)

    def note(self, call, args, kwargs, out, **module):
        tensors = [each for each in tree_leaves(out) if isinstance(each, torch.Tensor)]
        named = {name: self.describe(value) for name, value in kwargs.items()}
        results = [self.describe(each, new=each not in self.names) for each in tensors]  # new also if made in place
        where = {"path": list(self.stack), "call": call, "args": args, "kwargs": named}
        self.calls.append(where | module | {"out": results})

    def __torch_function__(self, func, types, args=(), kwargs=None):
        name, kwargs = getattr(func, "__name__", ""), kwargs or {}
        if self.inside or name in ("__get__", "__set__", "requires_grad_"):
            return func(*args, **kwargs)
        taken, out = self.describe(args), func(*args, **kwargs)
        if any(isinstance(each, torch.Tensor) for each in tree_leaves(out)):
            self.note(name, taken, kwargs, out)
        return out

    def enter(self, name, module, args, kwargs):
        self.stack.append(name)
        self.inside += _is_layer(module)

    def leave(self, module, args, kwargs, out):
        self.inside -= _is_layer(module)
        if _is_layer(module) and not self.inside:
            weights = [[n, list(p.shape), self.names.get(p)] for n, p in module.named_parameters()]
            held = {"weights": weights, "buffers": sum(each.numel() for each in module.buffers())}
            self.note(type(module).__name__, self.describe(args), kwargs, out, module=_params(module), **held)
        self.stack.pop()


def _is_layer(module):
    home = type(module).__module__
    return home.startswith("torch.nn.modules") and not home.endswith((".container", ".transformer"))


def _params(module):
    recurrent = [*nn.RNNBase.__constants__, "nonlinearity"]
    names = recurrent if isinstance(module, nn.RNNBase) else inspect.signature(type(module).__init__).parameters
    found = {n: getattr(module, n) for n in names if hasattr(module, n) and n not in ("device", "dtype")}
    found = {n: v is not None and v is not False if n == "bias" else v for n, v in found.items()}
    return {n: v for n, v in found.items() if isinstance(v, (int, float, bool, str, tuple, type(None)))}


def record(model, *inputs, file=None, **named):
    """Return the trace of model(*inputs, **named), and write it to a file."""
    recorder, hooks = _Recorder(model), []
    for name, module in model.named_modules():
        if module is not model or _is_layer(module):
            hooks.append(module.register_forward_pre_hook(partial(recorder.enter, name or "model"), with_kwargs=True))
            hooks.append(module.register_forward_hook(recorder.leave, with_kwargs=True))
    taken = [recorder.describe(x) for x in [*inputs, *named.values()] if isinstance(x, torch.Tensor)]
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad(), recorder:
            out = model.eval()(*inputs, **named)
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for hook in hooks:
            hook.remove()
    outputs = [recorder.describe(each) for each in tree_leaves(out) if isinstance(each, torch.Tensor)]
    trace = {"format": "layerledger-trace", "version": 1, "name": type(model).__name__, "torch": torch.__version__}
    trace |= {"inputs": taken, "calls": recorder.calls, "outputs": outputs}
    if file:
        with open(file, "w", encoding="utf-8") as target:
            json.dump(trace, target, separators=(",", ":"))
    return trace
