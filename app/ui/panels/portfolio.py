"""Portfolio: positions, overview, closed trades and the calendar of days, and their export."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget

from app.domain.broker import AccountFigures
from app.domain.events import Event
from app.services.portfolio_report import portfolio_report
from app.services.session import SessionView
from app.ui.handles import Handles
from app.ui.panels.following import attempt, follow, once
from app.ui.panels.portfolio_calendar import CalendarPage
from app.ui.panels.portfolio_overview import OverviewPage
from app.ui.panels.portfolio_positions import PositionsPage
from app.ui.panels.portfolio_trades import TradesPage
from app.ui.panels.table_export import ask_file
from app.ui.panels.toolline import ToolLine
from app.ui.widgets.format import age
from app.ui.widgets.notices import Level, Notice
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.segmented import Segmented
from app.ui.widgets.states import Loading, Ready, Stale

REFRESH_MS = 500
AGE_MS = 1000
PAGES = (("positions", "Positions"), ("overview", "Overview"), ("trades", "Trades"), ("calendar", "Calendar"))


class PortfolioPanel(PanelFrame):
    """Four views of one account."""

    is_built_anew = True

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "portfolio", "Portfolio")
        self._h = handles
        self.pages = Segmented(PAGES, name="Portfolio page")
        self.positions = PositionsPage(handles)
        self.overview = OverviewPage(handles)
        self.trades = TradesPage(handles)
        self.calendar = CalendarPage(handles)
        self._stack = QStackedWidget()
        self._timer = once(self, REFRESH_MS, self.refresh)
        self._build()
        for kind in (Event, AccountFigures, SessionView):
            follow(self, handles.bus, kind, lambda _: self._wake())
        self._ready_at: float | None = None
        self._ageing = QTimer(self)
        self._ageing.setInterval(AGE_MS)
        self._ageing.timeout.connect(self._show_age)
        self._ageing.start()
        follow(self, handles.bus, SessionView, lambda _: self._show_age())
        self._show_age()

    def show_page(self, page: str) -> None:
        """Show one of the pages."""
        self.pages.set_value(page)
        self._turn(page)

    def refresh(self) -> None:
        """Bring the page on show up to date; the positions look after themselves."""
        page = self._stack.currentWidget()
        if isinstance(page, OverviewPage | TradesPage | CalendarPage):
            page.refresh()

    def export(self, kind: str) -> None:
        """Ask where the report goes and write it there, as xlsx, csv or pdf."""
        name = f"portfolio-{self._h.session.view.account}-{self._h.clock.market():%Y-%m-%d}"
        ask_file(self, "Export the portfolio", name, kind, lambda path: self.export_to(path, kind))

    def export_to(self, path: Path, kind: str) -> None:
        """Write the report into a file."""
        attempt(self._h, self._write(path, kind), "export the portfolio")

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while it was out of sight."""
        super().showEvent(event)
        self.refresh()

    def _build(self) -> None:
        line = ToolLine(self._h.theme)
        line.lay([self.pages, self.positions.figures], [])
        self.add(line)
        for page in (self.positions, self.overview, self.trades, self.calendar):
            self._stack.addWidget(page)
        self.add(self._stack, 1)
        self.pages.chosen.connect(self._turn)
        self.setFocusProxy(self.pages)
        self.add_act("x", "Close position…", self._close, shortcut="Del")
        self.add_act("search", "Filter the table", self._filter, shortcut="Ctrl+F")
        self.add_act("download", "Export as workbook…", lambda: self.export("xlsx"), shortcut="Ctrl+E")
        self.add_menu_act("Export as CSV…", lambda: self.export("csv"))
        self.add_menu_act("Export as PDF…", lambda: self.export("pdf"))
        self.add_menu_act("Reverse position…", self._reverse)
        self.add_menu_act("Protect position with a stop…", self._protect)
        self.add_menu_act("Copy as table", self._copy)

    def _turn(self, page: str) -> None:
        self._stack.setCurrentIndex([key for key, _ in PAGES].index(page))
        self.refresh()

    async def _write(self, path: Path, kind: str) -> None:
        account, h = self._h.session.view.account, self._h
        report = portfolio_report(account, h.clock.market(), h.facts.state, h.portfolio, h.track)
        if kind == "pdf":
            from app.ui.report_pdf import write_pdf

            write_pdf(report, path)
        else:
            await asyncio.to_thread(h.files.csv if kind == "csv" else h.files.xlsx, report, path)
        h.window.notify(Notice(f"The portfolio was written to {path}.", Level.OK, h.clock.now()))

    def _table_page(self) -> PositionsPage | TradesPage | None:
        page = self._stack.currentWidget()
        return page if isinstance(page, PositionsPage | TradesPage) else None

    def _close(self) -> None:
        if self._stack.currentWidget() is self.positions:
            self.positions.close_current()

    def _reverse(self) -> None:
        if row := self.positions.current():
            self.positions.reverse_row(row)

    def _protect(self) -> None:
        if row := self.positions.current():
            self.positions.protect_row(row)

    def _filter(self) -> None:
        if page := self._table_page():
            page.table.show_filter()

    def _copy(self) -> None:
        if page := self._table_page():
            page.table.copy()

    def _show_age(self) -> None:
        """Say how old everything is while the broker cannot be asked, and that nothing is known before it ever was."""
        view, now = self._h.session.view, self._h.clock.monotonic()
        if view.is_ready:
            self._ready_at = now
            self.show_state(Ready())
        elif self._ready_at is None:
            self.show_state(Loading(view.why or "Asking the broker what the account holds."))
        else:
            self.show_state(Stale(age(now - self._ready_at), view.why))

    def _wake(self) -> None:
        if not self._timer.isActive() and self.isVisible():
            self._timer.start()
