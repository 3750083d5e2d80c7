"""Traces of the changes that exporters of PyTorch make to layers."""

from __future__ import annotations

import re

from layerledger.core.formats.onnx.schema import OnnxNode

_RULES = "pkg.onnxscript.rewriter.rule_name"
_FOLDED_WEIGHT = re.compile(r"onnx::Conv(Transpose)?_\d+")
"""The name that the exporter before PyTorch 2.5 gives to weights that it has multiplied by those of a BatchNorm."""


def is_normalized(node: OnnxNode) -> bool:
    """Return whether a BatchNorm is folded into a node."""
    if any("FuseBatchNormInto" in rule for rule in _rules(node)):
        return True
    return len(node.inputs) > 1 and _FOLDED_WEIGHT.fullmatch(node.inputs[1]) is not None


def has_lost_bias(node: OnnxNode) -> bool:
    """Return whether a node had a bias of zeros only, which is dropped."""
    return any("RemoveOptionalBias" in rule or "RemoveZeroBias" in rule for rule in _rules(node))


def _rules(node: OnnxNode) -> list[str]:
    return [entry.value for entry in node.metadata if entry.key == _RULES]
