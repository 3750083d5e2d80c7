"""Opening, saving and closing of the document of a window, with the questions to the user."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from layerledger.core.base.files import Stamp
from layerledger.core.formats import FormatError, registry
from layerledger.core.formats.native import SUFFIX
from layerledger.core.library.templates.templates import load_template
from layerledger.core.network.nodes import Network
from layerledger.gui.document import imports
from layerledger.gui.document import recent_files as recent
from layerledger.gui.document import settings_store as store
from layerledger.gui.document.document import Document
from layerledger.gui.document.reading_dialog import read_beside
from layerledger.gui.document.settings import FILE_FOLDER
from layerledger.gui.theme.translation import translated


def _tr(text: str) -> str:
    return QCoreApplication.translate("Files", text)


class Files:
    """The files of one window."""

    def __init__(
        self, document: Document, window: QWidget, spawn: Callable[[], Files], showing: Callable[[Path], Files | None]
    ) -> None:
        """
        Args:
            spawn: opens another window and returns its files.
            showing: returns the files of the window in which a file is open, or None.
        """
        self._document, self._window = document, window
        self._spawn, self._showing = spawn, showing

    @property
    def document(self) -> Document:
        return self._document

    # -- opening

    def new(self) -> None:
        """Start a new network, in a new window if this one is in use."""
        self._room().start(Network())

    def start(self, network: Network) -> None:
        """Show a network that has no file yet."""
        self._document.replace(network)
        self._window.activateWindow()

    def restore(self, network: Network, file: Path | None, stamp: Stamp | None) -> Document:
        """Show a network with unsaved changes, in a new window if this one is in use."""
        files = self._room()
        files.document.replace(network, file, stamp, restored=True)
        files.warn_of_another()
        return files.document

    def new_from_template(self, name: str) -> None:
        """Start a new network from a template."""
        try:
            network = load_template(name)
        except FormatError as error:
            self._complain(_tr("This template cannot be opened"), str(error))
            return
        self._room().start(network)

    def open(self) -> None:
        """Ask for files, and open each of them."""
        names, _ = QFileDialog.getOpenFileNames(self._window, _tr("Open"), self._folder(), open_filter())
        for name in names:
            self.open_file(name)

    def open_file(self, name: str) -> bool:
        """Open a file, in a new window if this one is in use; return whether it could be read.

        A file that is open in a window is shown there: two windows would overwrite each other's changes.
        """
        file = Path(name).absolute()
        try:
            if shown := self._showing(file):
                shown.come_up()
            elif opened := read_beside(file, self._window):
                self._room().document.show_opened(opened)
            else:
                return False  # the user has cancelled
        except FormatError as error:
            self._complain(_tr("This file cannot be opened"), str(error))
            return False
        if file.exists():
            self._remember(file)
        return True

    def come_up(self) -> None:
        """Raise the window, and read its file again if it changed and there are no unsaved changes.

        Raises:
            FormatError: the file cannot be read.
        """
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.raise_()
        self._window.activateWindow()
        if self._document.file and self._document.origin.changed and not self._document.modified:
            self._document.open(self._document.file)
        self.warn_of_another()
        self.warn_of_loss()

    def warn_of_loss(self) -> None:
        """Show a message if the file was deleted or moved."""
        if self._document.detect_lost_file():
            sentence = _tr("%1 was deleted or moved. The network is still open; Save writes the file again.")
            self._document.reject(sentence.replace("%1", self._document.title))

    def warn_of_another(self) -> None:
        """Show a message if another program has written the file."""
        if self._document.origin.changed:
            sentence = _tr("Another program has written %1. Save asks before it replaces the file.")
            self._document.reject(sentence.replace("%1", self._document.title))

    def _room(self) -> Files:
        return self if self._document.untouched else self._spawn()

    # -- saving

    def save(self) -> bool:
        """Save to the file of the document, or ask for one; return whether it is saved."""
        file = self._document.file
        if file is None:
            return self.save_as()
        return self._ask_and_save(file) if self._document.origin.changed else self._write(file)

    def _ask_and_save(self, file: Path) -> bool:
        """Ask what to do with a file that another program has written; return whether the network is saved."""
        question = _tr("Another program has written %1 since it was opened.").replace("%1", file.name)
        box = QMessageBox(QMessageBox.Icon.Warning, _tr("The file changed"), question, parent=self._window)
        box.setInformativeText(_tr("Replace the file, or save under another name to keep both?"))
        other = box.addButton(_tr("Save &as…"), QMessageBox.ButtonRole.AcceptRole)
        replace = box.addButton(_tr("&Replace"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(other)
        box.exec()
        if box.clickedButton() is other:
            return self.save_as()
        return box.clickedButton() is replace and self._write(file)

    def save_as(self) -> bool:
        """Ask for a file, and save to it; return whether it is saved."""
        file = self._document.file
        named = Path(self._folder()) / f"{file_name(self._document.network.name)}{SUFFIX}"
        start = file or imports.save_beside(self._document) or named
        name, _ = QFileDialog.getSaveFileName(self._window, _tr("Save as"), str(start), save_filter())
        if not name:
            return False
        chosen = Path(name)
        return self._write(chosen if chosen.suffix else chosen.with_suffix(SUFFIX))

    def _write(self, file: Path) -> bool:
        if self._showing(file) not in (None, self):
            why = _tr("%1 is open in another window. Choose another name, or close that window first.")
            self._complain(_tr("The network is not saved"), why.replace("%1", file.name))
            return False
        if why := imports.why_not_write(file):
            self._complain(_tr("The network is not saved"), why)
            return False
        try:
            self._document.save(file)
        except FormatError as error:
            self._complain(_tr("The network is not saved"), str(error))
            return False
        self._remember(file.absolute())
        return True

    def may_close(self) -> bool:
        """Ask what to do with unsaved changes; return whether the window may close."""
        if not self._document.modified:
            return True
        question = _tr("Save the changes to %1?").replace("%1", self._document.title)
        box = QMessageBox(QMessageBox.Icon.Question, _tr("Unsaved changes"), question, parent=self._window)
        box.setInformativeText(_tr("They are lost if you do not save them."))
        save, discard = QMessageBox.StandardButton.Save, QMessageBox.StandardButton.Discard
        box.setStandardButtons(save | discard | QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(save)
        answer = box.exec()
        return self.save() if answer == save else answer == discard

    # -- helpers

    def _complain(self, what: str, why: str) -> None:
        box = QMessageBox(QMessageBox.Icon.Warning, "LayerLedger", what, parent=self._window)
        box.setInformativeText(why)
        box.exec()

    def _remember(self, file: Path) -> None:
        recent.add(file)
        store.write(FILE_FOLDER, str(file.parent))

    def _folder(self) -> str:
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        return store.read(FILE_FOLDER) or documents


def open_filter() -> str:
    """Return the filter of the open dialog: all formats together, each by itself where there are several, all files."""
    if len(registry.FORMATS) == 1:
        return save_filter()
    together = (_tr("Networks"), [suffix for each in registry.FORMATS for suffix in each.suffixes])
    kinds = [together, *((translated(each.title), each.suffixes) for each in registry.FORMATS)]
    return ";;".join([*(f"{title} (*{' *'.join(suffixes)})" for title, suffixes in kinds), _all_files()])


def save_filter() -> str:
    """Return the filter of the save dialog: only the native format is saved."""
    return f"{_tr('LayerLedger networks')} (*{SUFFIX});;{_all_files()}"


def _all_files() -> str:
    return f"{_tr('All files')} (*)"


def file_name(name: str) -> str:
    """Return the name of a network as a valid file name."""
    kept = "".join(c if c.isalnum() or c in " -_.()" else "_" for c in name).strip(" .")
    return kept[:100] or "network"
