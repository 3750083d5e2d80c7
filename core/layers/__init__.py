"""All layer types. A family a file; they are imported when a type is first asked for."""

from layerledger.core.layers.base import FAMILIES, LAYER_TYPES, Example, Fault, LayerType
from layerledger.core.layers.binding import Bound, bind, evaluate

__all__ = ["FAMILIES", "LAYER_TYPES", "Bound", "Example", "Fault", "LayerType", "bind", "evaluate"]
