"""The window's handles over a real core on a practice gateway, and what a test does in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.adapters.export.files import ReportFiles
from app.adapters.ib.codes import code_meanings
from app.runtime.logs import LogRing
from app.ui.binding import Binding
from app.ui.charts.drawings.shelf import DrawingShelf
from app.ui.charts.drawings.store import DrawingFolder
from app.ui.handles import Handles
from app.ui.language import Language
from app.ui.selection import Selection
from app.ui.shell import MainWindow
from app.ui.theme import Theme
from app.ui.widgets.ask import Question
from app.ui.widgets.panel import PanelFrame
from app.ui.workspace import Area, Place
from tests.support.core import PATIENCE_S, WIDE_LIMITS, Trader, trading
from tests.support.gateway import PracticeGateway


@dataclass
class Screen:
    """A trader with a window: panels are shown, events run, dialogs are found."""

    trader: Trader
    handles: Handles
    binding: Binding
    shown: list[QWidget] = field(default_factory=list)

    def show(self, panel: QWidget, width: int = 900, height: int = 240) -> None:
        """Show a panel by itself, in the size that its dock has in the first layout."""
        panel.resize(width, height)
        panel.show()
        self.shown.append(panel)
        QApplication.processEvents()

    def clear(self) -> None:
        """Take away what a test has shown."""
        for panel in self.shown:
            panel.close()
            panel.deleteLater()
        self.shown.clear()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    async def until(self, is_so: Callable[[], object], within_s: float = PATIENCE_S) -> None:
        """Let the window and the core work until something is so."""
        async with asyncio.timeout(within_s):
            while not is_so():
                QApplication.processEvents()
                await asyncio.sleep(0.005)

    async def question(self) -> Question:
        """Return the question that is asked."""
        await self.until(self.open_questions)
        return self.open_questions()[0]

    def open_questions(self) -> list[Question]:
        """Return the questions that are open."""
        return [each for each in self.handles.window.findChildren(Question) if each.isVisible()]

    async def answer(self, choice: str) -> None:
        """Answer the question that is asked."""
        (await self.question()).choose(choice)
        await self.until(lambda: not self.open_questions())

    @property
    def told(self) -> list[str]:
        """The notices, the newest first."""
        return [notice.text for notice in self.handles.window.notices.kept()]


@asynccontextmanager
async def screen_over(data_dir: Path, gateway: PracticeGateway) -> AsyncIterator[Screen]:
    """Yield a screen whose core is ready."""
    theme = Theme("dark")
    theme.apply()
    async with trading(data_dir, gateway, limits=WIDE_LIMITS) as trader:
        window = MainWindow(theme)
        window.install(Place("ticket", "Ticket", Area.RIGHT, lambda: PanelFrame(theme, "ticket", "Ticket")))
        handles = handles_of(trader, theme, window)
        try:
            yield Screen(trader, handles, Binding(handles))
        finally:
            window.let_close()
            window.deleteLater()
            QApplication.processEvents()


def handles_of(trader: Trader, theme: Theme, window: MainWindow) -> Handles:
    """Return what panels are given."""
    core = trader.core
    return Handles(
        theme=theme,
        language=Language(),
        window=window,
        selection=Selection(window),
        bus=core.bus,
        clock=core.clock,
        tasks=core.tasks,
        facts=core.facts,
        session=core.session,
        doctor=core.doctor,
        market=core.market,
        portfolio=core.portfolio,
        track=core.track,
        desk=core.desk,
        closing=core.closing,
        turning=core.turning,
        splits=core.splits,
        files=ReportFiles(),
        codes=code_meanings(),
        flatten=core.flatten,
        limits=core.limits,
        runs=core.runs,
        surveys=core.surveys,
        schedule=core.schedule,
        batches=core.batches,
        inbox=core.inbox,
        outcomes=core.outcomes,
        jobs=core.jobs,
        lineage=core.store.lineage,
        run_files=core.run_files,
        studies=core.studies,
        drawings=DrawingShelf(DrawingFolder(core.data_dir / "drawings"), window),
        prompts=core.prompts,
        readings=core.readings,
        settings=core.settings,
        log=LogRing(),
        reset_practice=core.reset_practice,
        switch_gateway=core.switch_gateway,
    )
