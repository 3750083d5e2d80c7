"""File formats, a file each."""

from layerledger.core.base.files import FormatError, save_bytes
from layerledger.core.formats.registry import open_network, save_network

__all__ = ["FormatError", "open_network", "save_bytes", "save_network"]
