"""Line icons tinted with a token's colour: drawn from the shipped SVGs, sharp at 1× and 2×."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.runtime.paths import resource

_RATIOS = (1.0, 2.0)


@cache
def svg_source(name: str) -> str:
    """Return the SVG text of the icon `name`; raise FileNotFoundError when it does not ship."""
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")


def tinted_svg(name: str, colour: str, *, stroke: float = 2.0) -> bytes:
    """Return the SVG of `name` drawn in `colour` (`#RRGGBB`), lines `stroke` wide on a grid of 24."""
    source = svg_source(name).replace("currentColor", colour)
    return source.replace('stroke-width="2"', f'stroke-width="{stroke:g}"').encode()


def tinted_pixmap(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    """Return the icon as a picture of `size` logical pixels for a screen of `ratio`."""
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer = QSvgRenderer(QByteArray(tinted_svg(name, colour, stroke=1.75)))
    renderer.render(painter, QRectF(0, 0, size * ratio, size * ratio))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def tinted_icon(name: str, colour: str, faint: str, size: int) -> QIcon:
    """Return the icon in `colour`, and in `faint` where the control is disabled."""
    icon = QIcon()
    for ratio in _RATIOS:
        icon.addPixmap(tinted_pixmap(name, colour, size, ratio), QIcon.Mode.Normal)
        icon.addPixmap(tinted_pixmap(name, faint, size, ratio), QIcon.Mode.Disabled)
    return icon


def dot_icon(colour: str, size: int, filled: bool = True) -> QIcon:
    """Return a round dot in `colour`, a ring when not `filled`: link groups, lamps."""
    icon = QIcon()
    for ratio in _RATIOS:
        icon.addPixmap(_dot(QColor(colour), size, ratio, filled))
    return icon


def _dot(colour: QColor, size: int, ratio: float, filled: bool) -> QPixmap:
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = painter.pen()
    pen.setColor(colour)
    pen.setWidthF(1.5)
    painter.setPen(pen)
    if filled:
        painter.setBrush(colour)
    inset = size * 0.25
    painter.drawEllipse(QRectF(inset, inset, size - 2 * inset, size - 2 * inset))
    painter.end()
    return pixmap
