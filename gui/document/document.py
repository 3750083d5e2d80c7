"""The document of a window: network, analysis result, selection, display settings, undo stack and file."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace
from pathlib import Path as FilePath

from PySide6.QtCore import QObject, Signal

from layerledger.core.analysis import Result, analyze
from layerledger.core.base.files import Stamp
from layerledger.core.edits import EditError
from layerledger.core.formats import save_network
from layerledger.core.metrics.device_time import DeviceMetric, time_on
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.metrics.metric import Metric, MetricContext
from layerledger.core.metrics.registry import COUNTS
from layerledger.core.network.nodes import Network, Node
from layerledger.core.network.paths import NodePath, node_at, node_exists
from layerledger.gui.document import settings as display
from layerledger.gui.document.origin import Origin, origin_of
from layerledger.gui.document.reading import Opened, read
from layerledger.gui.document.settings import DisplaySettings
from layerledger.gui.document.undo import UndoStack, UndoStep

Selection = tuple[NodePath, ...]
Snapshot = tuple[Network, Selection]

MAX_UNDO = 1_000
"""Steps that can be undone. Snapshots share all unchanged nodes, so each is small."""


class Document(QObject):
    """A network being edited, and how its window shows it.

    Edits come in through `apply` and go out as signals, in this order: networkChanged, resultChanged and, if it
    changed, selectionChanged. Panels take the new values whole and find the differences by identity.
    """

    networkChanged = Signal()  # also the steps that can be undone or redone
    resultChanged = Signal()
    selectionChanged = Signal()
    settingsChanged = Signal(frozenset)  # names of the fields of DisplaySettings that changed
    stateChanged = Signal()  # the file's path, or whether there are unsaved changes
    editRejected = Signal(str)  # the reason, as a sentence for the status bar
    said = Signal(str)  # what was done outside the network, such as an export, as a sentence for the status bar

    def __init__(self, network: Network | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._network = network or Network()
        self._result = analyze(self._network)
        self._selection: Selection = ()
        self._settings = display.load()
        self._session = 0
        self._typed: Hashable | None = None  # the merge key of the last keystroke until `end_typing`
        self._origin = Origin()
        self._lost = self._restored = False
        self._was_modified = False
        self.undo_stack: UndoStack[Snapshot] = UndoStack(limit=MAX_UNDO)

    # -- values

    @property
    def network(self) -> Network:
        return self._network

    @property
    def result(self) -> Result:
        return self._result

    @property
    def selection(self) -> Selection:
        """Selected nodes, in order; () among them is the network's input row."""
        return self._selection

    @property
    def current(self) -> NodePath | None:
        """The selected node, or None if no node or several nodes are selected."""
        return self._selection[0] if len(self._selection) == 1 else None

    @property
    def current_node(self) -> Node | None:
        """The node at `current`; None for the input row."""
        return node_at(self._network, self.current) if self.current else None

    def select(self, paths: Iterable[NodePath]) -> None:
        """Make `paths` the selection; paths that do not exist are left out."""
        chosen = tuple(path for path in sorted(set(paths)) if node_exists(self._network, path))
        if chosen != self._selection:
            self._selection = chosen
            self.end_typing()
            self.selectionChanged.emit()

    # -- display settings

    @property
    def settings(self) -> DisplaySettings:
        return self._settings

    def change_settings(self, **changes: object) -> None:
        """Replace fields of the display settings, and store them for the next window."""
        before, self._settings = self._settings, replace(self._settings, **changes)
        if changed := self._settings.changed(before):
            display.save(self._settings, changed)
            self.settingsChanged.emit(changed)

    @property
    def count(self) -> str:
        """The id of the convention that counts operations."""
        return self._settings.count

    @property
    def metric(self) -> Metric:
        """The metric of the chosen count."""
        return COUNTS[self._settings.count]

    @property
    def fused(self) -> bool:
        """Whether batch norms, activation functions and element-wise arithmetic move no bytes."""
        return self._settings.fused

    @property
    def target(self) -> DeviceTarget | None:
        """The device to time layers on, and its use; None without a device."""
        return self._settings.target

    @property
    def time(self) -> DeviceMetric | None:
        """The least time on the chosen device."""
        target = self._settings.target
        return time_on(target, self._result) if target else None

    @property
    def metrics(self) -> MetricContext:
        """The result and the settings that every metric on the screen is read by."""
        shown = self._settings
        return MetricContext(self._result, shown.fused, shown.target, shown.count)

    def reload_device(self) -> None:
        """Read the chosen device again after its file may have changed; without its file no device is chosen."""
        if device := self._settings.device:
            self.change_settings(device=display.device_of(device.id))

    # -- edits

    def apply(
        self,
        text: str,
        network: Network,
        *,
        merge_key: Hashable | None = None,
        select: Iterable[NodePath] | None = None,
        result: Result | None = None,
    ) -> None:
        """Make `network` the document's, as one undoable step called `text`.

        Args:
            merge_key: consecutive steps with an equal key are one step, until `end_typing`.
            select: the selection afterwards; by default it stays.
            result: the analysis of the network, if it is known.
        """
        if network is self._network:
            return
        self._typed = key = None if merge_key is None else (merge_key, self._session)
        after = self._selection if select is None else tuple(sorted(set(select)))
        self.undo_stack.push(UndoStep(text, (self._network, self._selection), (network, after), key))
        self._move_to((network, after), result)

    def undo(self) -> None:
        """Undo the last step, if there is one."""
        if snapshot := self.undo_stack.undo():
            self._move_to(snapshot)

    def redo(self) -> None:
        """Redo the step that was undone last, if there is one."""
        if snapshot := self.undo_stack.redo():
            self._move_to(snapshot)

    def end_typing(self) -> None:
        """End a run of keystrokes: the next edit is a separate step."""
        self._session += 1
        self._typed = None

    def cancel_typing(self) -> None:
        """Take back the run of keystrokes that has not ended, as if nothing had been typed."""
        typed = self._typed is not None and self.undo_stack.lastKey() == self._typed
        if typed and (snapshot := self.undo_stack.discard()):
            self._move_to(snapshot)
        self.end_typing()

    def reject(self, error: EditError | str) -> None:
        """Report why an edit was not made."""
        self.editRejected.emit(str(error))

    def say(self, sentence: str) -> None:
        """Report what was done outside the network, such as an export."""
        self.said.emit(sentence)

    def _move_to(self, snapshot: Snapshot, result: Result | None = None) -> None:
        """Show the snapshot after an edit, an undo or a redo."""
        self._show(snapshot, result)
        if self.modified != self._was_modified:
            self._emit_state()

    def _emit_state(self) -> None:
        self._was_modified = self.modified
        self.stateChanged.emit()

    def _show(self, snapshot: Snapshot, result: Result | None = None) -> None:
        network, selection = snapshot
        self._network = network
        self._result = analyze(network, previous=self._result) if result is None else result
        before, self._selection = self._selection, tuple(p for p in selection if node_exists(network, p))
        self.networkChanged.emit()
        self.resultChanged.emit()
        if before != self._selection:
            self.selectionChanged.emit()

    # -- the file

    @property
    def origin(self) -> Origin:
        """The files of the network."""
        return self._origin

    @property
    def file(self) -> FilePath | None:
        """The file that the network was opened from or saved to; never a foreign file, which is not written."""
        return self._origin.file

    @property
    def modified(self) -> bool:
        """Whether closing would lose unsaved changes."""
        return self._lost or self._restored or not self.undo_stack.isClean()

    @property
    def untouched(self) -> bool:
        """Whether this is a new document without any edit."""
        return not (self._origin.name or self.modified or self.undo_stack.count() or self._network.layers)

    def open(self, file: FilePath) -> None:
        """Replace the document by the network in a file.

        Raises:
            FormatError: the file cannot be read; the document stays unchanged.
        """
        self.show_opened(read(file))

    def show_opened(self, opened: Opened) -> None:
        """Replace the document by a network that was read."""
        self._replace(opened.network, origin_of(opened), result=opened.result)

    def reread(self, text: str, opened: Opened) -> None:
        """Replace the network by one that was read from the same source with other choices, as one undoable step."""
        self._origin = self._origin.again(opened)
        self.apply(text, opened.network, result=opened.result)

    def replace(
        self, network: Network, file: FilePath | None = None, file_stamp: Stamp | None = None, *, restored: bool = False
    ) -> None:
        """Replace the document by another network, unsaved if it was restored, and clear the undo stack."""
        self._replace(network, Origin(file=file, stamp=file_stamp), restored=restored)

    def _replace(
        self, network: Network, origin: Origin, *, restored: bool = False, result: Result | None = None
    ) -> None:
        self.undo_stack.clear()
        self._origin = origin
        self._lost, self._restored = False, restored
        self.end_typing()
        self._show((network, ()), result)
        self._emit_state()

    def save(self, file: FilePath) -> None:
        """Write the network to a file, which becomes the file of the document.

        Raises:
            FormatError: the file cannot be written; the old file is intact.
        """
        save_network(self._network, file)
        self._origin = self._origin.saved(file)
        self._lost = self._restored = False
        self.end_typing()
        self.undo_stack.setClean()
        self._emit_state()

    def detect_lost_file(self) -> bool:
        """Return whether the file was deleted since the last call; the document is unsaved then."""
        lost = self.file is not None and not self._lost and not self.file.exists()
        if lost:
            self._lost = True
            self._emit_state()
        return lost

    @property
    def title(self) -> str:
        """The name of the file, or of the network if there is no file."""
        return self._origin.name or self._network.name
