"""Alerts of drawn lines: watched on every tick, on whatever chart they lie and whether or not one is open."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import QObject

from app.domain.bars import Timeframe
from app.domain.errors import TapelineError
from app.domain.events import LineCrossed
from app.domain.instruments import ConId, Instrument
from app.domain.quotes import Quote
from app.services.session import SessionView
from app.ui.charts.drawings.alerts import is_crossed, prices_at
from app.ui.charts.drawings.values import Drawing, Tool
from app.ui.charts.drawings.words import crossing
from app.ui.charts.series import Series
from app.ui.handles import Handles
from app.ui.panels.following import attempt
from app.ui.panels.watching import let_go
from app.ui.widgets.format import price as price_text
from app.ui.widgets.notices import Level, Notice

log = logging.getLogger(__name__)
MOST_BARS, SPARE_BARS = 2000, 60
"""A slanted line is straight over bars, so the bars since its first anchor are needed, as far as this many."""
FAR = 0.2
"""A print farther than this share from the one before is believed once a second print lies there too; so is any print
of a book that is crossed."""


class LineAlerts(QObject):
    """Watches the instruments that have watched lines; a crossing is a notice and a fact, and spends the alert."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.window)
        self._h, self._shelf = handles, handles.drawings
        self._watched: dict[int, Instrument] = {}
        self._before: dict[int, float] = {}
        self._far: dict[int, Quote] = {}
        self._series: dict[tuple[int, Timeframe], Series] = {}
        self._asked: set[tuple[int, Timeframe]] = set()
        self._shelf.changed.connect(self._look)
        handles.bus.on(Quote, self._heard)
        handles.bus.on(SessionView, self._session_moved)

    @property
    def watched(self) -> tuple[int, ...]:
        """The instruments whose lines are watched."""
        return tuple(self._watched)

    def _session_moved(self, view: SessionView) -> None:
        if view.is_ready and not self._h.tasks.is_closed:
            for con_id in {*self._shelf.con_ids(), *self._watched}:
                self._look(con_id)

    def _look(self, con_id: int) -> None:
        """Watch an instrument of this gateway while any of its lines is to be watched, and no longer."""
        instrument = self._h.facts.state.instruments.get(ConId(con_id))
        is_ours = instrument is not None and self._h.market.is_ours(instrument)
        is_wanted = is_ours and bool(self._alerting(con_id))
        if is_wanted and instrument is not None and con_id not in self._watched:
            self._watched[con_id] = instrument
            attempt(self._h, self._h.market.watch(instrument), f"watch {instrument.symbol}", refused=log.warning)
        elif not is_wanted and con_id in self._watched:
            let_go(self._h, self._watched.pop(con_id))
            self._before.pop(con_id, None)
            self._far.pop(con_id, None)

    def _alerting(self, con_id: int) -> list[Drawing]:
        return [drawing for drawing in self._shelf.pad(con_id).drawings if drawing.alerts]

    def _heard(self, quote: Quote) -> None:
        instrument = self._watched.get(quote.con_id)
        if instrument is None or quote.last is None:
            return
        before = self._before.get(quote.con_id)
        if before is not None and self._is_lone(quote, before):
            return
        self._before[quote.con_id] = quote.last
        if before is None or before == quote.last:
            return
        now = self._h.clock.market()
        for drawing in self._alerting(quote.con_id):
            if self._is_crossed(instrument, drawing, now, before, quote.last):
                self._raise(instrument, drawing, quote.last)

    def _is_lone(self, quote: Quote, before: float) -> bool:
        """Say whether a print is so doubtful that it triggers nothing before a second one is found there."""
        assert quote.last is not None
        first = self._far.pop(quote.con_id, None)
        is_far = abs(quote.last - before) > FAR * abs(before)
        if not is_far and (not quote.is_crossed or quote.last == before):
            return False
        is_second = first is not None and (first.volume, first.last) != (quote.volume, quote.last)
        if is_second and first is not None and abs(quote.last - (first.last or 0.0)) <= FAR * abs(quote.last):
            return False
        self._far[quote.con_id] = quote if first is None or is_second else first
        return True

    def _is_crossed(self, instrument: Instrument, drawing: Drawing, now: datetime, before: float, last: float) -> bool:
        if drawing.tool is Tool.HORIZONTAL:
            return is_crossed(drawing.anchors[0].price, before, last)
        series = self._bars(instrument, drawing, now.timestamp())
        if series is None:
            return False
        lines = prices_at(drawing, series, drawing.timeframe.seconds, now.timestamp(), is_log=drawing.is_log)
        return any(is_crossed(line, before, last) for line in lines)

    def _bars(self, instrument: Instrument, drawing: Drawing, now: float) -> Series | None:
        """Return the bars a slanted line lies over, asked for anew once there are newer ones; None before they came."""
        key = (int(instrument.con_id), drawing.timeframe)
        series, step = self._series.get(key), drawing.timeframe.seconds
        is_old = series is None or now >= float(series.bars.time[-1]) + 2 * step
        if is_old and key not in self._asked:
            since = min(anchor.at for anchor in drawing.anchors)
            count = min(MOST_BARS, max(SPARE_BARS, int((now - since) / step) + SPARE_BARS))
            attempt(self._h, self._load(key, instrument, count), f"bars under a line of {instrument.symbol}")
        return series

    async def _load(self, key: tuple[int, Timeframe], instrument: Instrument, count: int) -> None:
        self._asked.add(key)
        try:
            loaded = await self._h.market.load(instrument, key[1], count)
        except TapelineError as error:
            log.warning("the lines of %s wait for bars: %s", instrument.symbol, error)
            return
        finally:
            self._asked.discard(key)
        if len(loaded.bars):
            self._series[key] = Series(loaded.bars)

    def _raise(self, instrument: Instrument, drawing: Drawing, last: float) -> None:
        """Spend the alert, then tell it: as a notice that leads to the chart, and as a fact."""
        self._shelf.pad(instrument.con_id).amend(replace(drawing, alerts=False))
        self._shelf.touched(instrument.con_id)
        words = crossing(instrument.symbol, drawing, price_text(last, instrument.decimals))
        log.info("%s", words)
        show = Notice(
            words, Level.WARN, self._h.clock.now(), f"Show {instrument.symbol}",
            lambda: self._h.selection.pick(instrument),
        )  # fmt: skip
        self._h.window.notify(show)
        self._h.facts.post(
            LineCrossed(
                at=self._h.clock.now(), con_id=instrument.con_id, symbol=instrument.symbol, drawing=drawing.key,
                price=Decimal(str(last)), words=words,
            )
        )  # fmt: skip
