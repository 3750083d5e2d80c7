"""File formats, a file each."""

from layerledger.core.base.errors import FormatError
from layerledger.core.formats.files import open_network, save_bytes, save_network

__all__ = ["FormatError", "open_network", "save_bytes", "save_network"]
