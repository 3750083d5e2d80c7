"""All layer types. A family a file; they are imported when a type is first asked for."""

from layerledger.core.layers.binding import Bound, bind, evaluate
from layerledger.core.layers.layer_type import FAMILIES, LAYER_TYPES, Example, Fault, LayerType

__all__ = ["FAMILIES", "LAYER_TYPES", "Bound", "Example", "Fault", "LayerType", "bind", "evaluate"]
