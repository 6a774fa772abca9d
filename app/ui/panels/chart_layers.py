"""What the facts put on a chart: orders, fills, signals, trades, the plan, the position, claims, and missing data."""

from __future__ import annotations

from app.domain.bars import Bars, Timeframe
from app.domain.hours import open_minutes
from app.domain.instruments import Instrument
from app.services.sessions import SessionsKnown
from app.ui.charts.gaps import missing_bars
from app.ui.charts.view import ChartView
from app.ui.handles import Handles
from app.ui.panels.chart_lineage import bands_of, claims_of, holding_of, hours_of, reasons_of, trades_of
from app.ui.panels.chart_marks import marks_of
from app.ui.panels.chart_orders import ChartOrders, movable
from app.ui.panels.chart_plan import planned
from app.ui.panels.following import follow


class ChartLayers:
    """Keeps one chart's layers true to the facts of its account, and its shading to the exchange's calendar."""

    def __init__(self, handles: Handles, view: ChartView) -> None:
        self._h, self._view = handles, view
        self.orders = ChartOrders(handles, view)
        self._gaps_of: tuple[int, int, int] | None = None
        self._shown: tuple[Instrument, Timeframe, Bars] | None = None
        follow(view, handles.bus, SessionsKnown, self._sessions_known)

    def begin(self, instrument: Instrument) -> None:
        """Take up another series: its hours are shaded, its gaps looked for anew."""
        self._view.shading.set_hours(hours_of(instrument))
        self._gaps_of = self._shown = None

    def show_facts(self, instrument: Instrument, timeframe: Timeframe, bars: Bars) -> None:
        """Show everything that was signalled, ordered and traded, as it stands."""
        state, account, view = self._h.facts.state, self._h.session.view.account, self._view
        atr = self._h.studies.newest("atr", bars.closed_only)
        plan = planned(self._h.selection.plan, instrument, bars, atr)
        view.set_marks([*marks_of(state, account, instrument, timeframe, bars), *plan.marks])
        self.orders.show([*movable(state, account, instrument, bars, atr), *plan.terms])
        view.lineage.set_trades(trades_of(state, account, instrument, timeframe, bars))
        view.lineage.set_holding(holding_of(state, account, instrument))
        view.lineage.set_bands([*bands_of(state, account, instrument, timeframe, bars), *plan.bands])
        view.lineage.set_claims(claims_of(state, instrument, timeframe))

    def show_bars(self, instrument: Instrument, timeframe: Timeframe, bars: Bars) -> None:
        """Answer why for any bar, and hatch what is missing between the bars there are."""
        self._view.lineage.set_reasons(reasons_of(bars, timeframe, instrument.decimals))
        if not len(bars):
            return
        ends = (int(bars.time[0]), int(bars.time[-1]), len(bars))
        if ends != self._gaps_of:
            self._gaps_of, self._shown = ends, (instrument, timeframe, bars)
            self._show_gaps(instrument, timeframe, bars)

    def _show_gaps(self, instrument: Instrument, timeframe: Timeframe, bars: Bars) -> None:
        sessions = self._h.market.sessions_of(instrument, bars.date_at(0), bars.date_at(len(bars) - 1))
        spans = open_minutes(instrument.trading_hours)
        self._view.shading.set_gaps(missing_bars(bars, timeframe, instrument.time_zone, sessions, spans))

    def _sessions_known(self, _: SessionsKnown) -> None:
        """Look for gaps once more, now that a calendar is open."""
        if self._shown is not None:
            self._show_gaps(*self._shown)
