"""Translation of all texts through gettext catalogues: those of Qt's own `tr` and `translate`, and core's messages.

A language is one folder, `resources/translations/<language>/LC_MESSAGES`, with layerledger.po and the .mo made of it by
`packaging/dev.py translations`. A text without a translation stays English.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QObject, QTranslator

import layerledger.resources
from layerledger.core.base import messages

DOMAIN = "layerledger"


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Return `text` as it is: it is extracted for translation here, and translated where it is shown."""
    return text


def translated(text: str) -> str:
    """Return a text of core, a message or a constant, in the user's language."""
    installed = CatalogueTranslator.installed
    return messages.translated(text, installed.catalogue) if installed else text


class CatalogueTranslator(QTranslator):
    """Qt's translations out of a gettext catalogue, in which a text has one translation in whatever context.

    Attributes:
        qt: the translator of Qt's own texts, such as Cancel; empty for a language that Qt does not have.
        installed: the one that translates the application; None while it is English.
    """

    installed: ClassVar[CatalogueTranslator | None] = None

    def __init__(self, catalogue: gettext.NullTranslations, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.catalogue = catalogue
        self.qt = QTranslator(self)

    def isEmpty(self) -> bool:
        return False

    def translate(
        self,
        context: str,
        sourceText: str,  # noqa: N803 (Qt's name)
        disambiguation: str | None = None,
        n: int = -1,
    ) -> str:
        return self.catalogue.gettext(sourceText) if sourceText else ""  # gettext has its header under ""


def translations_folder() -> Path:
    """Return the folder of the app's own catalogues."""
    return Path(layerledger.resources.__path__[0], "translations")


def _qts_folder() -> str:
    return QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)


def install_translation(
    app: QCoreApplication, languages: Iterable[str], *, folder: Path | None = None
) -> CatalogueTranslator | None:
    """Translate the application into the first of some languages for which there is a catalogue.

    Args:
        app: the application.
        languages: names such as zh_CN or zh-Hans-CN, the preferred one first.
        folder: the folder of the catalogues, unless it is the app's own.

    Returns:
        The installed translator; None where the texts stay English.
    """
    names: list[str] = []
    for name in (language.replace("-", "_") for language in languages):
        if name.partition("_")[0] == "en":
            break  # English is the language of the source: a later choice must not be preferred to it
        names.append(name)
    found = gettext.find(DOMAIN, str(folder or translations_folder()), names)
    if not found:
        return None
    translator = CatalogueTranslator(gettext.translation(DOMAIN, str(folder or translations_folder()), names), app)
    app.installTranslator(translator)
    if translator.qt.load(f"qtbase_{Path(found).parents[1].name}", _qts_folder()):
        app.installTranslator(translator.qt)  # the last: Qt asks it first, and it knows only Qt's own texts
    CatalogueTranslator.installed = translator
    return translator


def remove_translation(app: QCoreApplication) -> None:
    """Show the application's texts in English again."""
    if translator := CatalogueTranslator.installed:
        app.removeTranslator(translator.qt)
        app.removeTranslator(translator)
        translator.deleteLater()
        CatalogueTranslator.installed = None
