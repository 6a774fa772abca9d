"""The bars behind one chart panel: followed live, older history before them, never of another symbol. No widgets."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.bars import COLUMNS, Bars, Timeframe, from_columns
from app.domain.broker import Priority
from app.domain.errors import TapelineError
from app.domain.instruments import Instrument
from app.services.session import SessionView
from app.ui.charts.history import History
from app.ui.handles import Handles
from app.ui.panels.chart_growth import Growth
from app.ui.panels.following import follow, once
from app.ui.panels.watching import at_its_end

FIRST_BARS = {Timeframe.W1: 260, Timeframe.MO1: 120}
USUAL_FIRST_BARS = 600
MOST_BARS = 1_000_000
AT_A_TIME = 100_000
"""So many bars, or as many again as there are, are taken from the store at once: it is read in milliseconds."""
PATIENCE_MS = 15_000
LOADING_MS = 500


class ChartSeries(QObject):
    """Follows one instrument and timeframe at a time; what a former request still answers is not heard."""

    came = Signal(object)
    """The whole series, whenever it has changed; at most ten times a second."""
    failed = Signal(str)
    history = Signal(object)
    """A `History`: where the older bars stand."""

    def __init__(self, handles: Handles, parent: QObject) -> None:
        super().__init__(parent)
        self._h = handles
        self._feed = _Feed()
        self._instrument: Instrument | None = None
        self._timeframe = Timeframe.D1
        self._bars = Growth()
        self._is_complete = self._is_asking = False
        self._told = once(self, 100, self._tell)
        self._patience = once(self, PATIENCE_MS, self._lose_patience)
        self._loading = QTimer(self)
        self._loading.setInterval(LOADING_MS)
        self._loading.timeout.connect(self._tell_loading)
        follow(self, handles.bus, SessionView, self._session_moved)
        feed = self._feed
        self.destroyed.connect(lambda: feed.let_go())
        at_its_end(self, feed.stop)

    def show(self, instrument: Instrument, timeframe: Timeframe) -> None:
        """Follow this series from now on, and no other."""
        self.stop()
        self._instrument, self._timeframe = instrument, timeframe
        self._bars = Growth()
        self._is_complete = self._is_asking = False
        self._patience.start()
        self._h.tasks.spawn(self._follow(instrument, timeframe, self._feed.turn), name=f"chart {instrument.symbol}")

    def stop(self) -> None:
        """Follow nothing."""
        for timer in (self._told, self._patience, self._loading):
            timer.stop()
        self._feed.stop()

    def want_older(self) -> None:
        """Load as much history again before the first bar, once at a time, as far as there is any."""
        have = len(self._bars)
        if have >= MOST_BARS:
            words = f"A chart holds {MOST_BARS:,} bars; choose a longer timeframe to look further back."
            self.history.emit(History(problem=words))
        if self._instrument is None or self._is_asking or self._is_complete or not 0 < have < MOST_BARS:
            return
        self._is_asking = True
        self._tell_loading()
        self._loading.start()
        work = self._load_older(self._instrument, self._timeframe, have, self._feed.turn)
        self._h.tasks.spawn(work, name="older bars")

    async def _follow(self, instrument: Instrument, timeframe: Timeframe, turn: int) -> None:
        def hear(bars: Bars) -> None:
            if turn == self._feed.turn:
                self._heard(bars)

        try:
            stop = await self._h.market.follow(instrument, timeframe, FIRST_BARS.get(timeframe, USUAL_FIRST_BARS), hear)
        except TapelineError as error:
            if turn == self._feed.turn:
                self._patience.stop()
                self.failed.emit(str(error))
            return
        if turn == self._feed.turn:
            self._feed.stop_following = stop
        else:
            stop()

    def _heard(self, bars: Bars) -> None:
        is_first = not len(self._bars)
        self._bars.put(bars)
        self._patience.stop()
        if is_first:
            self._tell()
        elif not self._told.isActive():
            self._told.start()

    def _tell(self) -> None:
        self.came.emit(self._bars.whole())

    async def _load_older(self, instrument: Instrument, timeframe: Timeframe, have: int, turn: int) -> None:
        """Take from the store what lies before, however much; ask the gateway only where the store ends."""
        count, is_complete = min(MOST_BARS, 2 * have), False
        try:
            bars = await self._h.market.stored(instrument, timeframe, min(MOST_BARS, max(count, AT_A_TIME)))
            if len(bars) <= have:
                bars = (await self._h.market.load(instrument, timeframe, count, Priority.CHART)).bars
                is_complete = len(bars) < count
        except TapelineError as error:
            if turn == self._feed.turn:
                self.history.emit(History(problem=str(error), budget=self._h.market.budget))
            return  # the chart keeps what it has; scrolling there again asks again
        finally:
            if turn == self._feed.turn:
                self._is_asking = False
                self._loading.stop()
        if turn != self._feed.turn:
            return
        if len(bars) and len(self._bars) and bars.time[0] < self._bars.whole().time[0]:
            self._bars.put_before(bars.closed_only)
            self._tell()
        self._is_complete = is_complete
        self.history.emit(History(is_complete=is_complete))

    def _tell_loading(self) -> None:
        self.history.emit(History(is_loading=True, budget=self._h.market.budget))

    def _session_moved(self, view: SessionView) -> None:
        """Begin to wait anew: bars come once the connection is there."""
        if self._instrument is not None and not len(self._bars):
            self._patience.start()

    def _lose_patience(self) -> None:
        if self._instrument is not None and self._h.session.view.is_ready:
            what = f"{self._timeframe} bars of {self._instrument.symbol}"
            self.failed.emit(f"No {what} came within {PATIENCE_MS // 1000} s; try again, or choose another timeframe.")


class _Feed:
    """What outlives the chart by a moment: which request is the newest, and how to end what it follows."""

    def __init__(self) -> None:
        self.turn = 0
        self.stop_following: Callable[[], None] = lambda: None

    def let_go(self) -> None:
        """Hear no late answer: whoever asked is gone."""
        self.turn += 1

    def stop(self) -> None:
        """Follow nothing, and hear no late answer."""
        self.let_go()
        self.stop_following()
        self.stop_following = lambda: None


def with_last(bars: Bars, last: float | None) -> Bars:
    """Return the bars with the forming one moved to the last price, as the chart draws it."""
    if last is None or not len(bars) or bars.closed == len(bars):
        return bars
    moved = ("high", "low", "close")
    columns = {name: getattr(bars, name).copy() if name in moved else getattr(bars, name) for name in COLUMNS}
    columns["close"][-1] = last
    columns["high"][-1] = max(columns["high"][-1], last)
    columns["low"][-1] = min(columns["low"][-1], last)
    return from_columns(columns, bars.closed)
