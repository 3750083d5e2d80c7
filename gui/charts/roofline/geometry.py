"""Places of a roofline chart: from powers of ten to pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

from PySide6.QtCore import QLineF, QPointF, QRectF

from layerledger.core.reports.series.roofline import Axes, Roofs, RoofScale

PAD = 8.0
_LEAST, _MOST = 3.5, 17.0  # radius of a dot in pixels
_NEAR = 6.0  # pixels beside a dot that still hit it


class RooflineGeometry:
    """Geometry of a chart. Replaced when the chart, its size or its font changes."""

    def __init__(self, roofs: Roofs, canvas: QRectF) -> None:
        """`canvas` is the area between the axes."""
        self.roofs, self.canvas = roofs, canvas
        self.axes: Axes = RoofScale(roofs).axes

    def place(self, x: float, y: float) -> QPointF:
        """Return the pixel of two powers of ten."""
        area, axes = self.canvas, self.axes
        across = (x - axes.left) / (axes.right - axes.left)
        up = (y - axes.bottom) / (axes.top - axes.bottom)
        return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())

    @cached_property
    def centres(self) -> Sequence[QPointF]:
        """The centres of the dots."""
        return [self.place(math.log10(dot.intensity), math.log10(dot.attained)) for dot in self.roofs.dots]

    @cached_property
    def radii(self) -> Sequence[float]:
        """The radii of the dots: the area of a dot is its share of the time."""
        if not self.roofs.total:
            return []
        most = min(_MOST, self.canvas.height() / 7)
        return [max(_LEAST, most * math.sqrt(dot.total / self.roofs.total) * 1.6) for dot in self.roofs.dots]

    def hit(self, point: QPointF) -> int | None:
        """Return the dot at a point: the smallest that contains it, else the nearest one close by."""
        distances = [QLineF(point, centre).length() for centre in self.centres]
        inside = [i for i, distance in enumerate(distances) if distance <= self.radii[i]]
        if inside:
            return max(inside)  # the smallest: dots are sorted from large to small
        nearest = min(range(len(distances)), key=lambda i: distances[i] - self.radii[i], default=None)
        return nearest if nearest is not None and distances[nearest] - self.radii[nearest] <= _NEAR else None
