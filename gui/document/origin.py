"""Where the network of a document is stored: its own file, or the foreign file that it was imported from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from layerledger.core.base.files import Stamp, stamp
from layerledger.core.network.nodes import Network
from layerledger.gui.document.reading import Opened

_MAX_KEPT = 20


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The files of a document.

    Attributes:
        file: the `.layers` file that it was opened from or saved to; None for a network that was never saved.
        stamp: the stamp of the file when it was last read or written here.
        source: the foreign file that it was imported from; it is never written.
        source_stamp: the stamp of the source when it was read.
        read: the last networks that were read from the source, unchanged.
    """

    file: Path | None = None
    stamp: Stamp | None = None
    source: Path | None = None
    source_stamp: Stamp | None = None
    read: tuple[Network, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether another program has written the file since."""
        if self.file is None or self.stamp is None:
            return False
        return stamp(self.file) not in (None, self.stamp)

    @property
    def name(self) -> str:
        """The name of the file, or of the source if there is no file."""
        known = self.file or self.source
        return known.name if known else ""

    def saved(self, file: Path) -> Origin:
        """Return the origin after the network was written to a file."""
        return replace(self, file=file.absolute(), stamp=stamp(file))

    def again(self, opened: Opened) -> Origin:
        """Return the origin after the source was read once more."""
        return replace(self, source_stamp=opened.stamp, read=(*self.read, opened.network)[-_MAX_KEPT:])


def origin_of(opened: Opened) -> Origin:
    """Return the origin of a network that was read."""
    if opened.native:
        return Origin(file=opened.file, stamp=opened.stamp)
    return Origin(source=opened.file, source_stamp=opened.stamp, read=(opened.network,))
