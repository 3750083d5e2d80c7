"""Icons: the strokes in resources/icons, drawn in the current theme's colours whenever they are painted."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import cast

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from layerledger.gui.theme import theme as themes
from layerledger.gui.theme.theme import Theme

_APP_SIZES = (16, 20, 24, 32, 48, 64, 128, 256)


def icon(name: str, theme: Theme | None = None, *, role: str = "text") -> QIcon:
    """Return the icon of a name, crisp at every scale.

    Args:
        name: a file of resources/icons, without its suffix.
        theme: colours to keep; without it the icon follows the current theme, with no need to set it again.
        role: the token of its colour when enabled: "accent_text" on a primary button, "muted", "error", …

    Raises:
        FileNotFoundError: there is no such icon.
    """
    _source(name)
    return QIcon(_Engine(name, role, theme))


def app_icon() -> QIcon:
    """Return the application's own icon, in its own colours."""
    result = QIcon()
    for size in _APP_SIZES:
        result.addPixmap(_draw(_source("layerledger"), QSize(size, size)))
    return result


def pixmap(name: str, size: int, *, role: str = "text", scale: float = 1.0) -> QPixmap:
    """Return an icon in the current theme, `size` logical pixels wide, for labels and delegates."""
    result = _coloured(name, _colour(themes.current(), role), QSize(size, size) * scale)
    result.setDevicePixelRatio(scale)
    return result


class _Engine(QIconEngine):
    """Icon engine that paints with the current theme."""

    def __init__(self, name: str, role: str, theme: Theme | None) -> None:
        super().__init__()
        self._name = name
        self._role = role
        self._theme = theme

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatio()
        painter.drawPixmap(rect, self.pixmap(rect.size() * ratio, mode, state))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return _coloured(self._name, self._colour(mode), size)

    def _colour(self, mode: QIcon.Mode) -> str:
        role = "disabled" if mode == QIcon.Mode.Disabled else self._role
        return _colour(self._theme or themes.current(), role)

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._role, self._theme)

    def key(self) -> str:
        return "layerledger"


def _colour(theme: Theme, role: str) -> str:
    return cast("str", getattr(theme, role))


def _coloured(name: str, colour: str, size: QSize) -> QPixmap:
    # cached in Qt's own pixmap cache: the key holds all that the picture depends on, Qt bounds it and evicts
    key = f"layerledger:{name}:{colour}:{size.width()}x{size.height()}"
    picture = QPixmap()
    if not QPixmapCache.find(key, picture):
        picture = _draw(_source(name).replace("currentColor", colour), size)
        QPixmapCache.insert(key, picture)
    return picture


def _draw(svg: str, size: QSize) -> QPixmap:
    picture = QPixmap(size)
    if size.isEmpty():  # requested by a widget before its first layout
        return picture
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(picture.rect()))
    painter.end()
    return picture


@cache  # keyed by name, one entry for each icon file; the files do not change while the app runs
def _source(name: str) -> str:
    return files("layerledger.resources").joinpath("icons", f"{name}.svg").read_text(encoding="utf-8")
