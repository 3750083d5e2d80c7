"""Picture of a chart: PNG at twice the screen resolution, SVG, or an image for the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QIODevice,
    QRectF,
    QSize,
    QStandardPaths,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QWidget

from layerledger.core.formats import FormatError, save_bytes
from layerledger.core.network.nodes import Network
from layerledger.core.reports.series.bars import Chart
from layerledger.gui.charts import legend
from layerledger.gui.document import settings_store as store
from layerledger.gui.document.document import Document
from layerledger.gui.document.settings import PICTURE_FOLDER
from layerledger.gui.theme import theme as themes

if TYPE_CHECKING:
    from layerledger.gui.charts.cost.bar_view import BarView

SCALE = 2
"""Pixels of a PNG for each pixel of the screen."""

_MARGIN, _FOOT = 14.0, 6
_METRE = 1000 / 25.4  # inches
_LONGEST_NAME = 100


def _tr(text: str) -> str:
    return QCoreApplication.translate("Charts", text)


@dataclass(frozen=True)
class Format:
    """A kind of picture file."""

    suffix: str
    title: str
    content: Callable[[BarView, Chart], bytes]


# -- painting


def heading(chart: Chart) -> str:
    """Return the title of a picture of the chart."""
    patterns = {
        "layer": _tr("%1 per layer"),
        "time": _tr("%1, a lower bound for each layer"),
        "block": _tr("%1 by block"),
        "type": _tr("%1 by type"),
    }
    metric = QCoreApplication.translate("core", chart.metric.title)
    return patterns[chart.grouping.id].replace("%1", metric)


def _paint(painter: QPainter, size: QSize, view: BarView, chart: Chart) -> None:
    """Paint heading, legend and plot, without selection and hover."""
    theme = themes.current()
    top = QRectF(_MARGIN, 0, size.width() - 2 * _MARGIN, size.height() - view.height() - _FOOT)
    painter.fillRect(QRectF(0, 0, size.width(), size.height()), QColor(theme.panel))
    used = _paint_words(painter, top, view.font(), chart)
    painter.setFont(themes.scaled(view.font(), 0.86))
    legend.paint(painter, top.adjusted(used + _MARGIN, 0, 0, 0), view.entries)
    view.paint_plot(painter, QRectF(0, top.height(), view.width(), view.height()))


def _paint_words(painter: QPainter, area: QRectF, font: QFont, chart: Chart) -> float:
    """Paint the name of the network and the title of the chart; return their width."""
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    theme, used = themes.current(), 0.0
    for text, weight, colour in (
        (chart.network.name, QFont.Weight.DemiBold, theme.text),
        (heading(chart), QFont.Weight.Normal, theme.muted),
    ):
        painter.setFont(themes.scaled(font, 1.0, weight))
        painter.setPen(QColor(colour))
        metrics = QFontMetricsF(painter.font())
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width() / 2 - used)
        painter.drawText(area.adjusted(used, 0, 0, 0), flags, shown)
        used += metrics.horizontalAdvance(shown) + _MARGIN
    return used


def _size(view: BarView) -> QSize:
    return view.size() + QSize(0, round(2.4 * view.fontMetrics().height()) + _FOOT)


def image(view: BarView, chart: Chart) -> QImage:
    """Return the visible part of the chart as an image."""
    size = _size(view)
    result = QImage(size * SCALE, QImage.Format.Format_RGB32)
    result.setDevicePixelRatio(SCALE)
    result.setDotsPerMeterX(round(view.logicalDpiX() * _METRE))
    result.setDotsPerMeterY(round(view.logicalDpiY() * _METRE))
    painter = QPainter(result)
    _paint(painter, size, view, chart)
    painter.end()
    return result


def png(view: BarView, chart: Chart) -> bytes:
    """Return the chart as a PNG file."""
    return as_png(image(view, chart))


def as_png(picture: QImage) -> bytes:
    """Return a picture as a PNG file."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(picture)
    return bytes(content.data())


def canvas(size: QSize) -> QImage:
    """Return an empty picture of that size, in the background colour of the theme."""
    result = QImage(size * SCALE, QImage.Format.Format_RGB32)
    result.setDevicePixelRatio(SCALE)
    result.fill(QColor(themes.current().panel))
    return result


def svg(view: BarView, chart: Chart) -> bytes:
    """Return the chart as an SVG file with its texts as text."""
    size, content = _size(view), QByteArray()
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(QBuffer(content))
    generator.setSize(size)
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setResolution(view.logicalDpiX())
    generator.setTitle(f"{chart.network.name}: {heading(chart)}")
    painter = QPainter(generator)
    _paint(painter, size, view, chart)
    painter.end()
    return bytes(content.data())


PNG = Format("png", "PNG image", png)
SVG = Format("svg", "SVG image", svg)


# -- files


def save(document: Document, view: BarView, chart: Chart, kind: Format) -> None:
    """Ask for a file, and write the chart to it."""
    if file := ask(view, _tr("Save the chart"), file_name(chart), kind.suffix, _tr(kind.title)):
        write(document, file, kind.content(view, chart))


def ask(parent: QWidget, title: str, name: str, suffix: str, kind: str) -> Path | None:
    """Ask for a file to write; return None if the user cancels.

    Args:
        parent: whose window asks.
        title: of the dialog.
        name: of the file, without the suffix, as it is proposed.
        suffix: without the dot.
        kind: what files of that suffix are called.
    """
    dialog = QFileDialog(parent.window(), title, folder(), f"{kind} (*.{suffix})")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(f"{name}.{suffix}")
    file = Path(dialog.selectedFiles()[0]) if dialog.exec() else None
    dialog.deleteLater()
    return file


def write(document: Document, file: Path, content: bytes) -> None:
    """Write a picture and remember its folder; the status bar says where it is, or why it is not written."""
    try:
        save_bytes(content, file)
    except FormatError as error:
        document.reject(str(error))
    else:
        store.write(PICTURE_FOLDER, str(file.parent))
        document.say(_tr("Written to %1").replace("%1", str(file)))


def file_name(chart: Chart) -> str:
    """Return the proposed file name of a picture, such as resnet18-macs-layer."""
    return f"{safe_name(chart.network)}-{chart.metric.key}-{chart.grouping.id}"


def safe_name(network: Network) -> str:
    """Return the name of a network as a valid file name."""
    name = "".join(c if c.isalnum() or c in " -_.()" else "_" for c in network.name).strip(" .")
    return name[:_LONGEST_NAME] or "network"


def folder() -> str:
    """Return the folder of the last saved picture."""
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    return store.read(PICTURE_FOLDER) or pictures
