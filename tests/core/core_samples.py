"""What several tests of core look at."""

import re

from layerledger.core import Block, Layer, Network, NetworkInput, edits
from layerledger.core.base.params import Value
from layerledger.core.base.shapes import Shape, TensorSpec
from layerledger.core.layers import ParamProblem, bind, evaluate
from layerledger.core.layers.cost import Cost

PRODUCT_EXAMPLE = """{
  "format": "layerledger", "version": 1, "name": "tiny",
  "inputs": [{"name": "image", "shape": [1, 3, 32, 32], "dtype": "float32"}],
  "layers": [
    {"name": "conv1", "type": "Conv2d", "params": {"out_channels": 16, "kernel_size": 3, "padding": 1, "bias": false}},
    {"name": "bn1", "type": "BatchNorm2d"},
    {"name": "relu1", "type": "ReLU"},
    {"name": "stage1", "type": "Block", "repeat": 2, "layers": [
      {"name": "conv", "type": "Conv2d", "params": {"out_channels": 16, "kernel_size": 3, "padding": 1}},
      {"name": "relu", "type": "ReLU"},
      {"name": "add", "type": "Add", "inputs": ["relu", "input"]}
    ]},
    {"name": "pool", "type": "AdaptiveAvgPool2d", "params": {"output_size": 1}},
    {"name": "flatten", "type": "Flatten"},
    {"name": "fc", "type": "Linear", "params": {"out_features": 10}}
  ]
}"""


def in_evaluation(network):
    """Return a template without the branch that torchvision runs in training only."""
    training_only = [(i,) for i, node in enumerate(network.root.layers) if node.name == "aux_logits"]
    return edits.remove(edits.set_outputs(network, (), ()), training_only) if training_only else network


def checked_sentence(sentence):
    """Return what a person is told, having looked that it is one line in a person's words."""
    assert sentence.isprintable(), sentence
    assert len(sentence) < 300, sentence
    assert not re.search(r"Error|Traceback|Exception|object at 0x|NoneType|<class|\bNone\b|recursion", sentence), (
        sentence
    )
    return sentence


def example_network(cls, example):
    """Return a network of one layer: a type's example."""
    inputs = tuple(
        NetworkInput(name=f"in{i}", shape=shape, dtype=example.dtype) for i, shape in enumerate(example.inputs)
    )
    layer = Layer(name="layer", type=cls.type_name, params=example.params, inputs=tuple(i.name for i in inputs))
    return Network(inputs=inputs, root=Block(name="", layers=(layer,)))


def found(type_name: str, *shapes: Shape, dtype: str = "float32", **params: Value) -> tuple[list[Shape], Cost]:
    """Return output shapes and cost of a layer that fits."""
    bound = bind(type_name, params)
    assert bound.op, bound.problems
    result = evaluate(bound.op, tuple(TensorSpec(shape, dtype) for shape in shapes))
    assert not isinstance(result, ParamProblem), result
    return [output.shape for output in result[0]], result[1]


def fault(type_name: str, *shapes: Shape, **params: Value) -> ParamProblem:
    """Return what is wrong with a layer that does not fit."""
    bound = bind(type_name, params)
    if bound.op is None:
        return bound.problems[0]
    result = evaluate(bound.op, tuple(map(TensorSpec, shapes)))
    assert isinstance(result, ParamProblem)
    return result
