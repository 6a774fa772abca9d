"""Parts of a whole as bars with their names and shares: allocation, exposure by owner and by currency."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.services.track_record import Slice
from app.ui.theme import Theme
from app.ui.widgets.format import money, percent

ROW = 18
MOST = 6


class SliceBars(QWidget):
    """A bar a part, the largest first; what does not fit is one line of its own."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._theme, self._title = theme, title
        self._slices: tuple[Slice, ...] = ()
        self._whole = Decimal(0)
        self.setAccessibleName(title)
        self.setMinimumWidth(170)
        theme.changed.connect(self.update)

    def show_slices(self, slices: Sequence[Slice], whole: Decimal | None) -> None:
        """Show parts; `whole` is what their shares are of, the account's worth."""
        folded = _folded(slices)
        if (folded, whole) != (self._slices, self._whole):
            self._slices, self._whole = folded, whole or Decimal(0)
            told = (f"{each.name} {money(each.net)} {self._share(each)}" for each in folded)
            self.setAccessibleDescription(", ".join(told))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Return room for the title and every bar."""
        return QSize(self._theme.px(220), self._theme.px(ROW) * (1 + max(1, len(self._slices))) + 2)

    def minimumSizeHint(self) -> QSize:
        """Return the same: bars are never squeezed."""
        return QSize(self._theme.px(170), self.sizeHint().height())

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the title, then a line a part: bar behind, name left, money and share right."""
        theme, painter = self._theme, QPainter(self)
        row = theme.px(ROW)
        painter.setFont(theme.font(11))
        painter.setPen(theme.colour("text.muted"))
        painter.drawText(QRectF(0, 0, self.width(), row), _LEFT, self._title)
        if not self._slices:
            painter.drawText(QRectF(0, row, self.width(), row), _LEFT, "–")
            return
        largest = max(each.gross for each in self._slices) or Decimal(1)
        for line, each in enumerate(self._slices, start=1):
            spot = QRectF(0, line * row, self.width(), row - 2)
            token = "accent" if each.net >= 0 else "warn"
            painter.fillRect(
                QRectF(0, spot.top(), max(2.0, self.width() * float(each.gross / largest)), spot.height()),
                theme.colour(token, 24),
            )
            figures = f"{money(each.net)}  {self._share(each)}"
            room = painter.fontMetrics().horizontalAdvance(figures) + 12
            painter.setPen(theme.colour("text"))
            name = painter.fontMetrics().elidedText(
                each.name, Qt.TextElideMode.ElideRight, max(0, self.width() - room - 8)
            )
            painter.drawText(spot.adjusted(4, 0, 0, 0), _LEFT, name)
            painter.drawText(spot.adjusted(0, 0, -4, 0), _RIGHT, figures)

    def _share(self, slice_: Slice) -> str:
        return percent(slice_.gross / self._whole, signed=False) if self._whole else ""


def _folded(slices: Sequence[Slice]) -> tuple[Slice, ...]:
    """Return at most MOST parts, the small ones together."""
    if len(slices) <= MOST:
        return tuple(slices)
    rest = slices[MOST - 1 :]
    gross, net = sum((s.gross for s in rest), Decimal(0)), sum((s.net for s in rest), Decimal(0))
    return (*slices[: MOST - 1], Slice(f"{len(rest)} others", gross, net))


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
