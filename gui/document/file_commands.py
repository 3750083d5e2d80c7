"""Opening, saving and closing: what a window's document does with files, and the questions that go with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from layerledger.core.base.files import Stamp
from layerledger.core.formats import FormatError
from layerledger.core.formats.native import SUFFIX
from layerledger.core.library.templates.templates import load_template
from layerledger.core.network.nodes import Network
from layerledger.gui.document import recent_files as recent
from layerledger.gui.document import settings_store as store
from layerledger.gui.document.document import Document
from layerledger.gui.document.settings import FILE_FOLDER


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
            showing: returns the files of the window in which a file is open.
        """
        self._document, self._window = document, window
        self._spawn, self._showing = spawn, showing

    @property
    def document(self) -> Document:
        return self._document

    # -- opening

    def new(self) -> None:
        """Start a new network, in a window of its own where this one is in use."""
        self._room().start(Network())

    def start(self, network: Network) -> None:
        """Show a network that has no file yet."""
        self._document.replace(network)
        self._window.activateWindow()

    def restore(self, network: Network, file: Path | None, stamp: Stamp | None) -> Document:
        """Show a network that was never saved to its file, in a window of its own where this one is in use."""
        files = self._room()
        files.document.restore(network, file, stamp)
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
        """Asks for files and opens each."""
        names, _ = QFileDialog.getOpenFileNames(self._window, _tr("Open"), self._folder(), self._filter())
        for name in names:
            self.open_file(name)

    def open_file(self, name: str) -> bool:
        """Open a file, in a window of its own where this one is in use; returns whether it could be read.

        One that is open already is shown where it is: two windows would each save what the other does not have.
        """
        file = Path(name).absolute()
        shown = self._showing(file)
        files = shown or self._room()
        try:
            if shown:
                shown.come_up()
            else:
                files.document.open(file)
        except FormatError as error:
            if not shown:
                files.close_unused(self)
            self._complain(_tr("This file cannot be opened"), str(error))
            return False
        if file.exists():
            self._remember(file)
        return True

    def come_up(self) -> None:
        """Show the window above the others, and in it what the file has now where nothing unsaved would be lost.

        Raises:
            FormatError: that cannot be read.
        """
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.raise_()
        self._window.activateWindow()
        if self._document.file and self._document.file_changed and not self._document.modified:
            self._document.open(self._document.file)
        self.warn_of_another()
        self.warn_of_loss()

    def warn_of_loss(self) -> None:
        """Says so where the file was deleted since."""
        if self._document.detect_lost_file():
            sentence = _tr("%1 was deleted or moved; the network is still here, and Save writes it again.")
            self._document.reject(sentence.replace("%1", self._document.title))

    def warn_of_another(self) -> None:
        """Says so where another program wrote the file since."""
        if self._document.file_changed:
            sentence = _tr("%1 was written by another program since; Save asks before it replaces that.")
            self._document.reject(sentence.replace("%1", self._document.title))

    def close_unused(self, asked: Files) -> None:
        """Close the window that was opened for a file that cannot be read."""
        if self is not asked:
            self._window.close()

    def _room(self) -> Files:
        return self if self._document.untouched else self._spawn()

    # -- saving

    def save(self) -> bool:
        """Save to the document's file, or asks for one; returns whether it is saved."""
        file = self._document.file
        if file is None:
            return self.save_as()
        return self._ask_and_save(file) if self._document.file_changed else self._write(file)

    def _ask_and_save(self, file: Path) -> bool:
        """Asks what to do with a file that another program wrote; returns whether the network is saved."""
        question = _tr("%1 was written by another program since it was opened here.").replace("%1", file.name)
        box = QMessageBox(QMessageBox.Icon.Warning, _tr("The file changed"), question, parent=self._window)
        box.setInformativeText(_tr("Replace it, or save under another name and keep both?"))
        other = box.addButton(_tr("Save &as…"), QMessageBox.ButtonRole.AcceptRole)
        replace = box.addButton(_tr("&Replace"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(other)
        box.exec()
        if box.clickedButton() is other:
            return self.save_as()
        return box.clickedButton() is replace and self._write(file)

    def save_as(self) -> bool:
        """Asks for a file and saves to it; returns whether it is saved."""
        file = self._document.file
        start = file or Path(self._folder()) / f"{file_name(self._document.network.name)}{SUFFIX}"
        name, _ = QFileDialog.getSaveFileName(self._window, _tr("Save as"), str(start), self._filter())
        if not name:
            return False
        chosen = Path(name)
        return self._write(chosen if chosen.suffix else chosen.with_suffix(SUFFIX))

    def _write(self, file: Path) -> bool:
        if self._showing(file) not in (None, self):
            why = _tr("%1 is open in another window; another name would do, or closing that window first.")
            self._complain(_tr("The network is not saved"), why.replace("%1", file.name))
            return False
        try:
            self._document.save(file)
        except FormatError as error:
            self._complain(_tr("The network is not saved"), str(error))
            return False
        self._remember(file.absolute())
        return True

    def may_close(self) -> bool:
        """Asks what to do with unsaved changes; returns whether the window may close."""
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

    def _filter(self) -> str:
        return f"{_tr('LayerLedger networks')} (*{SUFFIX});;{_tr('All files')} (*)"


def file_name(name: str) -> str:
    """Return a network's name as a file may be called."""
    kept = "".join(c if c.isalnum() or c in " -_.()" else "_" for c in name).strip(" .")
    return kept[:100] or "network"
