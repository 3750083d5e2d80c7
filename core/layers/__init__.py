"""All layer types. Their modules are imported on first access."""

from layerledger.core.layers.binding import Bound, bind, evaluate
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import LayerType, ParamProblem
from layerledger.core.layers.registry import FAMILIES, LAYER_TYPES

__all__ = ["FAMILIES", "LAYER_TYPES", "Bound", "Example", "LayerType", "ParamProblem", "bind", "evaluate"]
