"""Themes of the window: light and dark colours, and the Qt palette, style sheet and font made from them.

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
_MIN_POINTS = 9.75  # 13 px at 96 dpi; Inter is drawn for it
_INITIALIZED = "layerledgerDressed"
_FOLLOWS_SYSTEM = "layerledgerFollows"


@dataclass
class _State:
    choice: Choice = "system"
    theme: Theme = LIGHT


_state = _State()


def current() -> Theme:
    """Return the theme last applied; read it while painting."""
    return _state.theme


def choice() -> Choice:
    """Return the user's choice: a theme, or "system" to follow the system."""
    return _state.choice


def system_theme() -> Theme:
    """Return the theme for the system's colour scheme; light if the system has none."""
    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return DARK if dark else LIGHT


def choose(name: Choice) -> None:
    """Store the user's choice, and apply it if the application runs.

    Raises:
        ValueError: `name` is not system, light or dark.
    """
    if name != "system" and name not in _NAMED:
        raise ValueError(f"theme must be system, light or dark; got {name!r}")
    _state.choice = name
    if isinstance(app := QApplication.instance(), QApplication):
        _set_platform_scheme(name)
        apply(app, _chosen_theme())


def read_choice(name: str) -> Choice:
    """Return the choice for a stored name; an unknown name follows the system."""
    return cast("Choice", name) if name in ("system", *_NAMED) else "system"


def apply(app: QApplication, theme: Theme) -> None:
    """Apply a theme: palette and style sheet, and the first time also style and font."""
    _state.theme = theme
    if not app.property(_INITIALIZED):
        _initialize(app)
    sheet = style_sheet(theme)
    if sheet == app.styleSheet():  # setting even the same sheet polishes every widget again
        app.setPalette(palette(theme))
        return
    # Without a moment of no sheet, Qt polishes each widget once for each of its ancestors (0.40 s instead of 0.12 s for
    # a window), and resets fonts that were set on widgets, such as bold ones.
    app.setStyleSheet("")
    app.setPalette(palette(theme))
    app.setStyleSheet(sheet)


def follow_system(app: QApplication) -> None:
    """Apply the system's colour scheme when it changes, as long as the choice is system."""
    if app.property(_FOLLOWS_SYSTEM):
        return
    app.setProperty(_FOLLOWS_SYSTEM, True)
    QGuiApplication.styleHints().colorSchemeChanged.connect(_scheme_changed)


def _scheme_changed() -> None:
    app = QApplication.instance()
    if _state.choice == "system" and isinstance(app, QApplication):
        apply(app, system_theme())


def _chosen_theme() -> Theme:
    return _NAMED.get(_state.choice) or system_theme()


def _set_platform_scheme(name: Choice) -> None:
    # The platform draws title bars and native dialogs; since Qt 6.8 it can be set to a colour scheme.
    scheme = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
    QGuiApplication.styleHints().setColorScheme(scheme.get(name, Qt.ColorScheme.Unknown))


def _initialize(app: QApplication) -> None:
    app.setProperty(_INITIALIZED, True)
    app.setStyle("Fusion")
    load_fonts()
    app.setFont(_interface_font(QApplication.font()))
    # A search path, because a style sheet's url() takes neither spaces nor drive letters without care.
    QDir.setSearchPaths(qss.IMAGES, [str(files("layerledger.resources").joinpath("icons", "style"))])


# --- fonts ---------------------------------------------------------------------------------------------------------


def load_fonts() -> None:
    """Register the bundled Inter font; missing glyphs, such as Chinese, come from the system's fonts."""
    if _FAMILY in QFontDatabase.families():
        return
    folder = files("layerledger.resources").joinpath("fonts")
    for weight in _WEIGHTS:
        QFontDatabase.addApplicationFontFromData(folder.joinpath(f"Inter-{weight}.ttf").read_bytes())


def _interface_font(system: QFont) -> QFont:
    font = QFont(system)
    font.setFamilies([_FAMILY, *(name for name in system.families() if name != _FAMILY)])
    font.setPointSizeF(max(_points(system), _MIN_POINTS))
    font.setFeature(QFont.Tag.fromString("tnum"), 1)  # live totals and columns must not jitter
    return font


def _points(font: QFont) -> float:
    size = font.pointSizeF()
    return size if size > 0 else QFontInfo(font).pointSizeF()  # the font was given in pixels


def scaled(font: QFont, factor: float, weight: QFont.Weight | None = None) -> QFont:
    """Return a copy of a font scaled by a factor; all sizes are relative, so that they follow the user's font."""
    copy = QFont(font)
    copy.setPointSizeF(_points(font) * factor)
    if weight is not None:
        copy.setWeight(weight)
    return copy


def inset(box: QAbstractSpinBox) -> None:
    """Indent the text of a spin box: the padding in a style sheet does not apply to it."""
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
_TEXT_ROLES = ("WindowText", "Text", "ButtonText", "PlaceholderText", "HighlightedText", "ToolTipText", "Link")


def palette(theme: Theme) -> QPalette:
    """Return the theme as a Qt palette; every role of every group is set, so that no system colour remains."""
    result = QPalette()
    for role, token in _ROLES.items():
        result.setColor(QPalette.ColorGroup.All, role, QColor(_token(theme, token)))
    for name in _TEXT_ROLES:
        result.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole[name], QColor(theme.disabled))
    for name in ("Highlight", "Accent"):
        result.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole[name], QColor(theme.pressed))
    return result


def _token(theme: Theme, name: str) -> str:
    return cast("str", getattr(theme, name))


def style_sheet(theme: Theme) -> str:
    """Return the theme as one Qt style sheet; its sizes are relative to the application's font."""
    tokens = {key: value for key, value in vars(theme).items() if isinstance(value, str)}
    return qss.render(tokens, points=_points(QApplication.font()))
