"""A layer type as somebody may add it: efficient channel attention (Wang et al. 2020, arXiv:1910.03151)."""

from collections.abc import Mapping

from layerledger.core.base.params import Int, param
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs


class UnstatedECA(LayerType):
    """Scales each channel by a convolution over the means of its neighbours: (N, C, H, W), kept as it is.

    Its author forgot all statements, and that a mean of no pixels is not defined.
    """

    kernel_size: int = param(Int(1), default=3, help="Channels that each scale depends on.")

    counts = counting(params="K", macs="N*C*K", mul="N*C*K", add="N*C*K")
    examples = (
        Example(
            params={},
            inputs=((1, 3, 4, 5),),
            outputs=((1, 3, 4, 5),),
            counts={"params": 3, "macs": 9},
            source="by hand: 3 scales of 3 products",
        ),
    )

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        samples, channels, *_ = inputs[0].shape
        return {"N": samples, "C": channels, "K": self.kernel_size}


class ECA(UnstatedECA):
    """Scales each channel by a convolution over the means of its neighbours: (N, C, H, W), kept as it is."""

    status = "exact"
    indices = "refused"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    receptive = "not modelled"
