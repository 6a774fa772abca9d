"""The lineage of one chart: what the host hands in, and the question a resting pointer asks of a bar."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QWidget

from app.domain.claims import Finding
from app.ui.charts.canvas import Canvas
from app.ui.charts.lineage.card import WhyCard
from app.ui.charts.lineage.values import Holding, Reasons, RiskBand, Trade
from app.ui.charts.moments import bar_text
from app.ui.charts.palette import Palette

REST_MS, NEAR_PX = 450, 10


class Lineage(QObject):
    """Shows trades, bands, the holding and claims, none of them at first; answers why where reasons are handed in."""

    def __init__(self, canvas: Canvas, palette: Palette, parent: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._reasons: Reasons | None = None
        self.card = WhyCard(palette, parent)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._rested)
        canvas.crossed.connect(self._moved)

    def set_trades(self, trades: Sequence[Trade]) -> None:
        """Show these ways from entry to exit and no others."""
        self._canvas.model.trades = tuple(trades)
        self._canvas.invalidate()

    def set_bands(self, bands: Sequence[RiskBand]) -> None:
        """Show these stops and targets as bands and no others; a measure counts in the R of the last one."""
        if tuple(bands) == self._canvas.model.bands:
            return
        self._canvas.model.bands = tuple(bands)
        self._canvas.model.risk = abs(bands[-1].entry - bands[-1].stop) or None if bands else None
        self._canvas.invalidate()

    def set_holding(self, holding: Holding | None) -> None:
        """Show the average line with its live result, or none."""
        if holding != self._canvas.model.holding:
            self._canvas.model.holding = holding
            self._canvas.invalidate()

    def set_claims(self, claims: Sequence[Finding]) -> None:
        """Show what a reading claimed, struck out where the bars say otherwise."""
        self._canvas.model.claims = tuple(claims)
        self._canvas.invalidate()

    def set_reasons(self, reasons: Reasons | None) -> None:
        """Ask this for why a bar was a signal or not."""
        self._reasons = reasons
        if reasons is None:
            self.card.hide()

    def clear(self) -> None:
        """Forget what belonged to another instrument."""
        model = self._canvas.model
        model.trades, model.bands, model.claims = (), (), ()
        model.holding, model.risk = None, None
        self.set_reasons(None)

    def explain(self, index: int) -> bool:
        """Show the card for one bar; False when nothing is known about it."""
        frame, model, series = self._canvas.current_frame(), self._canvas.model, self._canvas.model.series
        if self._reasons is None or frame is None or series is None or not 0 <= index < len(series):
            return False
        why = self._reasons(index)
        if why is None:
            return False
        dots, bar = self._canvas.dots, series.at(index)
        beside = QPoint(round(frame.x_of(index) / dots), round(frame.panes[0].scale.y_of(bar.close) / dots))
        self.card.tell(why, bar_text(bar.time, model.timeframe, model.zone), beside + self._canvas.pos())
        return True

    def _moved(self) -> None:
        cross = self._canvas.cross
        if self.card.isVisible() and (cross is None or self.card.why is None or not self._is_of(cross.index)):
            self.card.hide()
        if self._reasons is None or cross is None:
            self._rest.stop()
        else:
            self._rest.start()

    def _rested(self) -> None:
        """Answer once the pointer rests on a bar itself; the crosshair on the keyboard always is."""
        cross, frame, series = self._canvas.cross, self._canvas.frame_now, self._canvas.model.series
        if cross is None or frame is None or series is None or not 0 <= cross.index < len(series):
            return
        if cross.y is not None:
            bar, scale, near = series.at(cross.index), frame.panes[0].scale, NEAR_PX * frame.unit
            if not scale.y_of(bar.high) - near <= cross.y <= scale.y_of(bar.low) + near:
                return
        self.explain(cross.index)

    def _is_of(self, index: int) -> bool:
        series = self._canvas.model.series
        is_bar = series is not None and 0 <= index < len(series)
        return (
            is_bar and series is not None and self.card.why is not None and self.card.why.time == series.at(index).time
        )
