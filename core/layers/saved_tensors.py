"""Tensors that a layer keeps beyond its own pass, for the backward pass."""

from __future__ import annotations

from typing import Literal, TypeAlias

SavedTensors: TypeAlias = Literal["inputs", "outputs", "both", "nothing"]
"""The tensors that the backward pass needs.

Inputs: products, norms and most functions; their derivative depends on the input. Outputs: functions whose
derivative follows from the result, as ReLU, sigmoid, tanh and softmax. Nothing: sums, averages and moved data.
"""
