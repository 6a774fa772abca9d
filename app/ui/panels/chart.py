"""The chart panel: a chart that follows its link group, with live bars, indicators, and what was traded on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.domain.bars import Bars, Timeframe
from app.domain.events import Event
from app.domain.instruments import ConId, Instrument
from app.domain.orders import Side
from app.domain.quotes import DataClass, Quote
from app.services.session import SessionState, SessionView
from app.ui.binding import display_zone
from app.ui.charts.values import Action, Phase
from app.ui.charts.view import ChartView
from app.ui.handles import Handles
from app.ui.panels.chart_layers import ChartLayers
from app.ui.panels.chart_plan import field_of
from app.ui.panels.chart_series import ChartSeries, with_last
from app.ui.panels.chart_tools import ChartTools
from app.ui.panels.following import attempt, follow, once
from app.ui.panels.symbol_drops import SymbolDrops
from app.ui.panels.watching import Watching
from app.ui.selection import MAIN_GROUP
from app.ui.widgets.buttons import IconButton
from app.ui.widgets.folding import FoldingChoice
from app.ui.widgets.format import age
from app.ui.widgets.panel import LINK_GROUPS, PanelFrame

FRAME_MS = 33
STUDIES_MS = 100
BARS_A_MS = 1000
"""Indicators over a very long series are computed less often: for so many bars a millisecond passes."""
STALE_S = 5.0
SOURCES = {
    DataClass.PRACTICE: "practice market: real prices of 2000–2013, adjusted and re-dated, then simulated",
    DataClass.LIVE: "gateway, live",
    DataClass.DELAYED: "gateway, delayed 15 min",
    DataClass.FROZEN: "gateway, frozen",
    DataClass.DELAYED_FROZEN: "gateway, delayed and frozen",
}
CALLED_OUT = {
    DataClass.DELAYED: "delayed 15 min", DataClass.FROZEN: "frozen", DataClass.DELAYED_FROZEN: "delayed and frozen",
}  # fmt: skip
TIMEFRAMES = tuple((frame.value, frame.value) for frame in Timeframe)


class ChartPanel(PanelFrame):
    """One chart, its timeframes and indicators."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "chart", "Chart", links=True)
        self._h = handles
        self.view = ChartView(handles.theme)
        self.view.setObjectName("chart.view")
        self.frames = FoldingChoice(TIMEFRAMES, name="Timeframe")
        self._series = ChartSeries(handles, self)
        self._watching = Watching(handles, self)
        self._instrument: Instrument | None = None
        self._bars: Bars | None = None
        self.tools = ChartTools(handles, self.view)
        self.layers = ChartLayers(handles, self.view)
        self._last = once(self, FRAME_MS, self._show_last)
        self._studies = once(self, STUDIES_MS, self._show_studies)
        self._marks = once(self, STUDIES_MS, self._show_marks)
        self._age = QTimer(self)
        self._age.setInterval(1000)
        self._age.timeout.connect(self._show_age)
        self._age.start()
        self._build()
        self._connect()
        self.set_link(MAIN_GROUP)
        shown = handles.selection.instrument(MAIN_GROUP)
        if shown is not None:
            self.show_instrument(shown)
        else:
            self._wait_in_words()

    @property
    def timeframe(self) -> Timeframe:
        """The timeframe on show."""
        return Timeframe(self.frames.value())

    def show_instrument(self, instrument: Instrument) -> None:
        """Show another instrument in the same timeframe."""
        if self._instrument is None or instrument.con_id != self._instrument.con_id:
            self._watching.watch(instrument)
        self._instrument = instrument
        self._load()

    def show_timeframe(self, timeframe: Timeframe) -> None:
        """Show the same instrument in another timeframe."""
        self.frames.set_value(timeframe.value)
        if self._instrument is not None:
            self._load()

    def memory(self) -> dict[str, Any]:
        """Return timeframe, look, link and, for a chart that follows nobody, its symbol."""
        alone = {"con_id": int(self._instrument.con_id)} if self._instrument is not None and not self.link else {}
        return {
            "timeframe": self.timeframe.value, "look": self.tools.memory(), "link": self.link,
            "drawings": self.view.model.shows_drawings, **alone,
        }  # fmt: skip

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Show it again; what cannot be read is left as it is."""
        frame, link, look = memory.get("timeframe"), memory.get("link"), memory.get("look")
        if isinstance(look, Mapping):
            self.tools.recall(look)
        self.view.drawings.set_shown(bool(memory.get("drawings", True)))
        if isinstance(link, int) and 0 <= link <= LINK_GROUPS:
            self.set_link(link)
        if frame in set(Timeframe):
            self.show_timeframe(Timeframe(frame))
        own = self._h.facts.state.instruments.get(ConId(memory["con_id"])) if memory.get("con_id") else None
        if own is not None and not self.link:
            self.show_instrument(own)

    # building

    def _build(self) -> None:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(8)
        self.frames.setObjectName("chart.timeframe")
        self.frames.set_value(Timeframe.D1.value)
        row.addWidget(self.frames, 1)
        self._menu_button = IconButton(self.theme, "chart-line", "Indicators and templates", self._open_tools)
        row.addWidget(self._menu_button)
        self.add(bar)
        body = QWidget()
        beside = QHBoxLayout(body)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(0)
        beside.addWidget(self.tools.strip)
        beside.addWidget(self.view, 1)
        self.add(body, 1)
        SymbolDrops(self, self._want_symbol)
        self.setFocusProxy(self.view)

    def _connect(self) -> None:
        h, view = self._h, self.view
        h.selection.picked.connect(self._picked)
        h.selection.study_wanted.connect(self._want_study)
        self.link_changed.connect(self._follow_link)
        self.frames.chosen.connect(lambda frame: self.show_timeframe(Timeframe(frame)))
        view.timeframe_picked.connect(self.show_timeframe)
        view.symbol_typed.connect(self._want_symbol)
        view.price_picked.connect(self._want_price)
        view.mark_picked.connect(lambda key: None if field_of(key) else h.selection.trace(key))
        h.selection.plan_changed.connect(self._show_marks)
        h.selection.traced.connect(view.navigator.reveal)
        view.older_wanted.connect(self._series.want_older)
        self._series.history.connect(view.navigator.set_history)
        self._series.came.connect(self._show_bars)
        self._series.failed.connect(self._fail)
        follow(self, h.bus, Quote, self._quote_came)
        follow(self, h.bus, Event, lambda _: self._wake(self._marks))
        follow(self, h.bus, SessionView, self._session_moved)

    # what comes in

    def _picked(self, group: int, instrument: Instrument) -> None:
        if group == self.link:
            self.show_instrument(instrument)

    def _want_study(self, group: int, name: str, settings: object) -> None:
        if group == self.link and isinstance(settings, Mapping):
            self.tools.indicators.add(name, settings)

    def _follow_link(self, group: int) -> None:
        shown = self._h.selection.instrument(group)
        if shown is not None:
            self.show_instrument(shown)

    def _quote_came(self, quote: Quote) -> None:
        if self._instrument is not None and quote.con_id == self._instrument.con_id:
            self._wake(self._last)
            self._wake(self._studies)

    def _session_moved(self, _: SessionView) -> None:
        self._wake(self._marks)
        if self._bars is None:
            self._wait_in_words()

    def _wake(self, timer: QTimer) -> None:
        if not timer.isActive():
            timer.start()

    # showing

    def _load(self) -> None:
        assert self._instrument is not None
        self._bars = None
        self.tools.begin(self._instrument)
        self.view.set_marks(())
        self._wait_in_words()
        self._series.show(self._instrument, self.timeframe)

    def _wait_in_words(self) -> None:
        """Say what is being waited for: the connection, an instrument, or its bars."""
        view = self._h.session.view
        if view.state not in (SessionState.READY, SessionState.DEGRADED):
            self.view.show_state(Phase.LOADING, view.why)
        elif self._instrument is None:
            self.view.show_state(Phase.EMPTY, "No symbol yet: type one here, or pick one in the watchlist.")
        else:
            self.view.show_state(Phase.LOADING, f"Loading {self.timeframe} bars of {self._instrument.symbol} …")

    def _show_bars(self, bars: Bars) -> None:
        if self._instrument is None:
            return
        former, self._bars = self._bars, bars
        self._studies.setInterval(max(STUDIES_MS, len(bars) // BARS_A_MS))
        if former is None:
            self.view.set_series(self._instrument, self.timeframe, bars, source_text=self._source(), zone=self._zone())
            self.layers.begin(self._instrument)
            self._show_marks()
        else:
            self.view.update_bars(bars)
        if former is None or not len(former) or former.time[0] != bars.time[0]:
            self._show_studies()  # at once: what stands there belongs to other places
        else:
            self._wake(self._studies)
        self._show_age()

    def _show_last(self) -> None:
        quote = self._quote()
        if quote is not None and quote.last is not None and self._bars is not None:
            self.view.set_last(quote.last, self._h.clock.market().timestamp())

    def _show_studies(self) -> None:
        if self._bars is None:
            return
        quote = self._quote()
        bars = with_last(self._bars, quote.last if quote and self._is_in_last_bar() else None)
        self.tools.feed(bars, self.timeframe)
        if self._instrument is not None:
            self.layers.show_bars(self._instrument, self.timeframe, bars)

    def _is_in_last_bar(self) -> bool:
        """Say whether now belongs to the newest bar there is."""
        if self._bars is None or not len(self._bars):
            return False
        since = self._h.clock.market().timestamp() - float(self._bars.time[-1])
        return self.timeframe.is_dated or 0 <= since < self.timeframe.seconds

    def _show_marks(self) -> None:
        if self._instrument is not None and self._bars is not None:
            self.layers.show_facts(self._instrument, self.timeframe, self._bars)

    def _show_age(self) -> None:
        if self._instrument is None or self._bars is None:
            return
        self.view.set_source(self._source(), self._zone())
        old, quote = self._h.market.tick_age_s(self._instrument.con_id), self._quote()
        if old is None or old > STALE_S:
            self.view.set_age(f"stale · {age(old)}" if old is not None else "no ticks yet", is_stale=old is not None)
        else:
            self.view.set_age(CALLED_OUT.get(quote.data_class, "") if quote is not None else "")

    def _source(self) -> str:
        quote = self._quote()
        is_practice = self._h.market.source == "practice"
        return SOURCES[DataClass.PRACTICE if is_practice else quote.data_class if quote else DataClass.LIVE]

    def _zone(self) -> str:
        """Return the zone that times are told in; that of the exchange is the instrument's own."""
        if self._h.settings.current.zone == "exchange" and self._instrument is not None:
            return self._instrument.time_zone
        return str(display_zone(self._h))

    def _quote(self) -> Quote | None:
        return None if self._instrument is None else self._h.market.quote(self._instrument.con_id)

    def _fail(self, why: str) -> None:
        self.view.show_state(Phase.FAILED, why, Action("Try again", self._load))

    # what hands do

    def _want_symbol(self, symbol: str) -> None:
        attempt(self._h, self._resolve(symbol), f"find {symbol}", refused=self._not_found)

    async def _resolve(self, symbol: str) -> None:
        instrument = await self._h.market.resolve(symbol)
        if self.link:
            self._h.selection.pick(instrument, self.link)
        else:
            self.show_instrument(instrument)

    def _not_found(self, why: str) -> None:
        back = Action(f"Back to {self._instrument.symbol}", self._come_back) if self._instrument else None
        self.view.show_state(Phase.FAILED, why, back)

    def _come_back(self) -> None:
        if self._bars is not None:
            self.view.show_state(Phase.READY)
        elif self._instrument is not None:
            self._load()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _want_price(self, price: float, side: Side) -> None:
        self._h.selection.price_wanted.emit(price, side.value)

    def _open_tools(self) -> None:
        self.tools.open_menu(self._menu_button.mapToGlobal(self._menu_button.rect().bottomLeft()))
