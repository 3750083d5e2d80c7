"""The one mutable object of a window: the network, what it costs, what is selected, and the way back."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from pathlib import Path as FilePath

from PySide6.QtCore import QObject, Signal

from layerledger.core.analysis import Result, analyze
from layerledger.core.base.files import Stamp, stamp
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.edits import EditError
from layerledger.core.formats import open_network, save_network
from layerledger.core.metrics.device_time import DeviceMetric, time_on
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.metrics.metric import Metric, MetricContext
from layerledger.core.metrics.registry import COUNTS
from layerledger.core.network.nodes import Network, Node
from layerledger.core.network.paths import NodePath, block_at, node_at
from layerledger.gui.document.undo import UndoStack, UndoStep

Selection = tuple[NodePath, ...]
Snapshot = tuple[Network, Selection]

MAX_UNDO = 1_000
"""Steps that can be undone; a snapshot shares all that did not change, so each is small."""


class Document(QObject):
    """A network being edited.

    Edits come in through `apply` and go out as signals, in this order: networkChanged, resultChanged and, where it
    moved, selectionChanged. Panels take the new values whole and find what changed by identity.
    """

    networkChanged = Signal()
    resultChanged = Signal()
    selectionChanged = Signal()
    countChanged = Signal()
    fusedChanged = Signal()
    deviceChanged = Signal()  # the device on which layers are timed, or how it is used
    stepsChanged = Signal()  # what can be undone or redone
    stateChanged = Signal()  # the file's path, or whether there are unsaved changes
    editRejected = Signal(str)  # an edit that cannot be done, in a sentence for the status bar

    def __init__(self, network: Network | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._network = network or Network()
        self._result = analyze(self._network)
        self._selection: Selection = ()
        self._count = "macs"
        self._fused = False
        self._target: DeviceTarget | None = None
        self._session = 0
        self._file: FilePath | None = None
        self._stamp: Stamp | None = None
        self._lost = self._restored = False
        self._was_clean = True
        self.undo_stack: UndoStack[Snapshot] = UndoStack(self._show, self._steps_changed, limit=MAX_UNDO)

    def _steps_changed(self) -> None:
        self.stepsChanged.emit()
        if self.undo_stack.isClean() != self._was_clean:
            self._was_clean = self.undo_stack.isClean()
            self.stateChanged.emit()

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
        """The one selected node, or None where none or several are selected."""
        return self._selection[0] if len(self._selection) == 1 else None

    @property
    def current_node(self) -> Node | None:
        """The node at `current`; None for the input row."""
        return node_at(self._network, self.current) if self.current else None

    @property
    def count(self) -> str:
        """The id of the convention by which operations are counted on the screen."""
        return self._count

    @property
    def metric(self) -> Metric:
        """The metric of the chosen count."""
        return COUNTS[self._count]

    def set_count(self, count: str) -> None:
        if count != self._count:
            self._count = count
            self.countChanged.emit()

    @property
    def target(self) -> DeviceTarget | None:
        """The device on which layers are timed, and how it is used; None where none is chosen."""
        return self._target

    @property
    def time(self) -> DeviceMetric | None:
        """The least time on the chosen device."""
        return time_on(self._target, self._result) if self._target else None

    @property
    def metrics(self) -> MetricContext:
        """The result and the settings that every metric on the screen is read by."""
        return MetricContext(self._result, self._fused, self._target, self._count)

    def set_target(self, target: DeviceTarget | None) -> None:
        before = vars(self._target) if self._target else None
        if before != (vars(target) if target else None):
            self._target = target
            self.deviceChanged.emit()
        if target:
            self.set_fused(target.fused)

    @property
    def fused(self) -> bool:
        """Whether norms, activation functions and additions move no bytes, on the screen."""
        return self._fused

    def set_fused(self, on: bool) -> None:
        if on == self._fused:
            return
        self._fused = on
        if now := self._target:
            self.set_target(DeviceTarget(now.device, now.efficiency, on))
        self.fusedChanged.emit()

    def select(self, paths: Iterable[NodePath]) -> None:
        """Make `paths` the selection; those that do not exist are left out."""
        chosen = tuple(path for path in sorted(set(paths)) if self._exists(path))
        if chosen != self._selection:
            self._selection = chosen
            self.end_typing()
            self.selectionChanged.emit()

    def _exists(self, path: NodePath) -> bool:
        try:
            node_at(self._network, path)
        except IndexError:
            return False
        return True

    # -- edits

    def apply(
        self,
        text: str,
        network: Network,
        *,
        merge_key: Hashable | None = None,
        select: Iterable[NodePath] | None = None,
    ) -> None:
        """Make `network` the document's, as one undoable step called `text`.

        Args:
            merge_key: steps of one key that follow one another are one, until `end_typing`.
            select: what is selected afterwards; without it the selection stays.
        """
        if network is self._network:
            return
        key = None if merge_key is None else (merge_key, self._session)
        after = self._selection if select is None else tuple(sorted(set(select)))
        self.undo_stack.push(UndoStep(text, (self._network, self._selection), (network, after), key))

    def end_typing(self) -> None:
        """End a run of keystrokes: the next edit is a step of its own."""
        self._session += 1

    def reject(self, error: EditError | str) -> None:
        """Says why an edit was not done."""
        self.editRejected.emit(str(error))

    def _show(self, snapshot: Snapshot) -> None:
        """Show a snapshot: the one road that edits, undo and redo take."""
        network, selection = snapshot
        self._network = network
        self._result = analyze(network, previous=self._result)
        before, self._selection = self._selection, tuple(p for p in selection if self._exists(p))
        self.networkChanged.emit()
        self.resultChanged.emit()
        if before != self._selection:
            self.selectionChanged.emit()

    def insertion_point(self) -> NodePath:
        """Return where a new node goes: after the selection, into a selected empty block, or at the end."""
        if not self._selection or not self._selection[-1]:
            return (0,) if self._selection else (len(self._network.layers),)
        last = self._selection[-1]
        node = node_at(self._network, last)
        if isinstance(layers := getattr(node, "layers", None), tuple) and not layers:
            return (*last, 0)
        return (*last[:-1], last[-1] + 1)

    def inputs_at(self, path: NodePath) -> tuple[TensorSpec, ...]:
        """Return what a node without `inputs` would be fed at `path`; () where that is not known."""
        if path[-1]:
            before = self._result.at((*path[:-1], path[-1] - 1))
            return before.outputs or () if before else ()
        block = self._result.at(path[:-1])
        return (block.known_inputs or ()) if block else ()

    # -- the file

    @property
    def file(self) -> FilePath | None:
        """Where the network was opened from or saved to."""
        return self._file

    @property
    def modified(self) -> bool:
        """Whether closing would lose something."""
        return self._lost or self._restored or not self.undo_stack.isClean()

    @property
    def file_stamp(self) -> Stamp | None:
        """The file's stamp when it was last read or written here."""
        return self._stamp

    @property
    def file_changed(self) -> bool:
        """Whether another program wrote the file since."""
        if self._file is None or self._stamp is None:
            return False
        return stamp(self._file) not in (None, self._stamp)

    @property
    def untouched(self) -> bool:
        """Whether this is a new document in which nothing was done."""
        return self._file is None and not self.modified and not self.undo_stack.count() and not self._network.layers

    def open(self, file: FilePath) -> None:
        """Replace the document by a file's network.

        Raises:
            FormatError: it cannot be read; the document stays as it is.
        """
        before = stamp(file)
        self.replace(open_network(file), file.absolute(), before)

    def replace(self, network: Network, file: FilePath | None = None, file_stamp: Stamp | None = None) -> None:
        """Replace the document by another network, with nothing to undo."""
        self._replace(network, file, file_stamp, restored=False)

    def restore(self, network: Network, file: FilePath | None, file_stamp: Stamp | None) -> None:
        """Replace the document by a network that was never saved to its file, which had that stamp then."""
        self._replace(network, file, file_stamp, restored=True)

    def _replace(self, network: Network, file: FilePath | None, file_stamp: Stamp | None, *, restored: bool) -> None:
        self.undo_stack.clear()
        self._file, self._stamp = file, file_stamp
        self._lost, self._restored = False, restored
        self.end_typing()
        self._show((network, ()))
        self.stateChanged.emit()

    def save(self, file: FilePath) -> None:
        """Write the network to a file, which becomes the document's.

        Raises:
            FormatError: it cannot be written; nothing is lost.
        """
        save_network(self._network, file)
        self._file, self._stamp = file.absolute(), stamp(file)
        self._lost = self._restored = False
        self.end_typing()
        self.undo_stack.setClean()
        self.stateChanged.emit()

    def check_file_exists(self) -> bool:
        """Return whether the file was deleted since; then there is something to save."""
        lost = self._file is not None and not self._lost and not self._file.exists()
        if lost:
            self._lost = True
            self.stateChanged.emit()
        return lost

    @property
    def title(self) -> str:
        """The name shown for the document: its file's, else the network's."""
        return self._file.name if self._file else self._network.name

    def parent_name(self, path: NodePath) -> str:
        """Return what encloses the node at `path`, for a person: a block's name or nothing at the top."""
        return block_at(self._network, path[:-1]).name if len(path) > 1 else ""
