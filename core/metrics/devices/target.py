"""The device on which a network is timed, and how far its peak is counted on."""

from __future__ import annotations

from fractions import Fraction

from layerledger.core.analysis.result import Result
from layerledger.core.base.record import Record
from layerledger.core.metrics.devices.device import Device
from layerledger.core.metrics.devices.roofline import Roofline, roofline


class DeviceTarget(Record):
    """A device and the settings with which layers are timed on it.

    Attributes:
        device: the device.
        efficiency: the part of the peak that is counted on, above 0 and at most 1.
        fused: whether batch norms, activation functions and element-wise arithmetic move nothing.
    """

    device: Device
    efficiency: Fraction = Fraction(1)
    fused: bool = False

    def roofline(self, result: Result, *, kept_bytes: int = 0) -> Roofline:
        """Return the device's roofline for the dtype in which a network computes.

        Args:
            result: the network.
            kept_bytes: what it keeps from run to run beside its weights, such as a cache of keys and values.
        """
        cache, follows = self.device.cache, result.layer_dtypes.follows
        held = cache is not None and result.totals.weight_bytes + kept_bytes <= cache.nbytes
        return roofline(self.device, result.dtype, self.efficiency, fused=self.fused, held=held, follows=follows)
