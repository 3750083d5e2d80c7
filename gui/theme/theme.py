"""How LayerLedger looks: two sets of colours, and the Qt palette, style sheet and font made from them.

Everything that draws reads `current()` when it draws, and repaints on `QEvent.PaletteChange`, which Qt sends to every
widget when the theme changes. Importing this module creates and renders nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, cast

from PySide6.QtCore import QDir, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit

from layerledger.gui.theme import style_sheet as qss
from layerledger.gui.theme.tokens import DARK, LIGHT, Theme

Choice = Literal["system", "light", "dark"]

_NAMED = {"light": LIGHT, "dark": DARK}
_FAMILY = "Inter"
_WEIGHTS = ("Regular", "SemiBold", "Bold")
_LEAST_POINTS = 9.75  # 13 px at 96 dpi; Inter is drawn for it
_DRESSED = "layerledgerDressed"
_FOLLOWS = "layerledgerFollows"


@dataclass
class _State:
    choice: Choice = "system"
    theme: Theme = LIGHT


_state = _State()


def current() -> Theme:
    """The theme last applied; read it while painting."""
    return _state.theme


def choice() -> Choice:
    """What the user asked for: a theme, or to follow the system."""
    return _state.choice


def system_theme() -> Theme:
    """The theme that fits the system's colour scheme; light where it has none."""
    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return DARK if dark else LIGHT


def choose(name: Choice) -> None:
    """Take the user's choice, and shows it if the application runs.

    Raises:
        ValueError: the name is none of system, light, dark.
    """
    if name != "system" and name not in _NAMED:
        raise ValueError(f"theme must be system, light or dark, got {name!r}")
    _state.choice = name
    if isinstance(app := QApplication.instance(), QApplication):
        _tell_platform(name)
        apply(app, _chosen())


def read_choice(name: str) -> Choice:
    """The choice of a stored name; one that is not known follows the system."""
    return cast("Choice", name) if name in ("system", *_NAMED) else "system"


def apply(app: QApplication, theme: Theme) -> None:
    """Dresses the application in a theme: style and font the first time, palette and style sheet each time."""
    _state.theme = theme
    if not app.property(_DRESSED):
        _dress(app)
    app.setPalette(palette(theme))
    sheet = style_sheet(theme)
    if sheet != app.styleSheet():  # setting even the same sheet polishes every widget again
        app.setStyleSheet(sheet)


def follow_system(app: QApplication) -> None:
    """Apply the system's colour scheme when it changes, as long as the choice is system."""
    if app.property(_FOLLOWS):
        return
    app.setProperty(_FOLLOWS, True)
    QGuiApplication.styleHints().colorSchemeChanged.connect(_scheme_changed)


def _scheme_changed() -> None:
    app = QApplication.instance()
    if _state.choice == "system" and isinstance(app, QApplication):
        apply(app, system_theme())


def _chosen() -> Theme:
    return _NAMED.get(_state.choice) or system_theme()


def _tell_platform(name: Choice) -> None:
    # Title bars and native dialogs are the platform's: they follow only if it is told (Qt 6.8 and later).
    scheme = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
    QGuiApplication.styleHints().setColorScheme(scheme.get(name, Qt.ColorScheme.Unknown))


def _dress(app: QApplication) -> None:
    app.setProperty(_DRESSED, True)
    app.setStyle("Fusion")
    load_fonts()
    app.setFont(_interface_font(QApplication.font()))
    # A search path, because a style sheet's url() takes neither spaces nor drive letters without care.
    QDir.setSearchPaths(qss.IMAGES, [str(files("layerledger.resources").joinpath("icons", "style"))])


# --- fonts ---------------------------------------------------------------------------------------------------------


def load_fonts() -> None:
    """Make the bundled Inter known to Qt; glyphs it lacks, such as Chinese, come from the system's fonts."""
    if _FAMILY in QFontDatabase.families():
        return
    folder = files("layerledger.resources").joinpath("fonts")
    for weight in _WEIGHTS:
        QFontDatabase.addApplicationFontFromData(folder.joinpath(f"Inter-{weight}.ttf").read_bytes())


def _interface_font(system: QFont) -> QFont:
    font = QFont(system)
    font.setFamilies([_FAMILY, *(name for name in system.families() if name != _FAMILY)])
    font.setPointSizeF(max(_points(system), _LEAST_POINTS))
    font.setFeature(QFont.Tag.fromString("tnum"), 1)  # live totals and columns must not jitter
    return font


def _points(font: QFont) -> float:
    size = font.pointSizeF()
    return size if size > 0 else QFontInfo(font).pointSizeF()  # the font was given in pixels


def scaled(font: QFont, factor: float, weight: QFont.Weight | None = None) -> QFont:
    """A copy of a font, larger or smaller by a factor, so that a user's larger font enlarges all."""
    copy = QFont(font)
    copy.setPointSizeF(_points(font) * factor)
    if weight is not None:
        copy.setWeight(weight)
    return copy


def inset(box: QAbstractSpinBox) -> None:
    """Move a spin box's text in from its border: a style sheet's padding does not reach it."""
    if (line := box.findChild(QLineEdit)) is not None:
        line.setTextMargins(5, 0, 0, 0)


# --- palette and style sheet ---------------------------------------------------------------------------------------

_ROLES: dict[QPalette.ColorRole, str] = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "panel",
    QPalette.ColorRole.AlternateBase: "alternate",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.PlaceholderText: "muted",
    QPalette.ColorRole.Button: "panel",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "error",
    QPalette.ColorRole.Highlight: "selection",
    QPalette.ColorRole.HighlightedText: "text",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.ToolTipBase: "panel",
    QPalette.ColorRole.ToolTipText: "text",
    # Fusion mixes its bevels from these five; our tokens keep them flat.
    QPalette.ColorRole.Light: "panel",
    QPalette.ColorRole.Midlight: "hover",
    QPalette.ColorRole.Mid: "border",
    QPalette.ColorRole.Dark: "field_border",
    QPalette.ColorRole.Shadow: "border",
}
_WRITTEN = ("WindowText", "Text", "ButtonText", "PlaceholderText", "HighlightedText", "ToolTipText", "Link")


def palette(theme: Theme) -> QPalette:
    """The theme as a Qt palette; every role of every group is set, so nothing of the system's shows through."""
    result = QPalette()
    for role, token in _ROLES.items():
        result.setColor(QPalette.ColorGroup.All, role, QColor(_token(theme, token)))
    for name in _WRITTEN:
        result.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole[name], QColor(theme.disabled))
    for name in ("Highlight", "Accent"):
        result.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole[name], QColor(theme.pressed))
    return result


def _token(theme: Theme, name: str) -> str:
    return cast("str", getattr(theme, name))


def style_sheet(theme: Theme) -> str:
    """The theme as one Qt style sheet; its sizes are relative to the application's font."""
    tokens = {key: value for key, value in vars(theme).items() if isinstance(value, str)}
    return qss.render(tokens, points=_points(QApplication.font()))
