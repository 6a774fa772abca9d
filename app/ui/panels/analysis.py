"""Analysis: what the rules say of any symbol, why, and the report of it to copy or save."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QScrollArea, QSplitter

from app.domain.bars import Timeframe
from app.domain.errors import TapelineError, UserError
from app.domain.instruments import Instrument
from app.domain.strategies import Targets, ThreeOfFour
from app.runtime.paths import write_atomically
from app.services.report import bar_text, report
from app.services.session import SessionView
from app.services.survey import Surveyed
from app.ui.handles import Handles
from app.ui.panels.analysis_reading import ReadingDrawer
from app.ui.panels.analysis_sheet import AnalysisSheet
from app.ui.panels.following import attempt, follow
from app.ui.panels.symbol_drops import SymbolDrops
from app.ui.panels.toolline import compact
from app.ui.selection import MAIN_GROUP
from app.ui.widgets.buttons import act_button
from app.ui.widgets.format import age
from app.ui.widgets.notices import Level, Notice
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.segmented import Segmented
from app.ui.widgets.states import Empty, Failed, Loading, Ready, Stale

TIMEFRAMES = ("1h", "1d", "1w", "1mo")
LOOK_MS = 5_000
HALVES = (1000, 1000)
ACTS = {"refresh": ("refresh-cw", "F5"), "copy": ("copy", "Ctrl+Shift+C"), "save": ("save", "Ctrl+S")}


class AnalysisPanel(PanelFrame):
    """One symbol's analysis; it follows its link group and the market's newest closed bar."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "analysis", "Analysis", links=True)
        self._h, self._words = handles, handles.language
        self._instrument: Instrument | None = None
        self._work: asyncio.Task[None] | None = None
        self.sheet: AnalysisSheet | None = None
        self.frames = Segmented([(one, one) for one in TIMEFRAMES], name="Timeframe")
        self.targets = self._make_targets()
        self._area, self._split = QScrollArea(), QSplitter(Qt.Orientation.Vertical)
        self.drawer = ReadingDrawer(handles)
        self.read_button = act_button("", "", self.read_with_model)
        self._acts: dict[str, QAction] = {}
        self._bar = QHBoxLayout()
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._keep_current)
        self._build()
        self.set_link(MAIN_GROUP)
        self._show_first()

    @property
    def surveyed(self) -> Surveyed | None:
        """What is on show."""
        return self.sheet.surveyed if self.sheet is not None else None

    def show_instrument(self, instrument: Instrument) -> None:
        """Analyse another instrument."""
        if self._instrument is None or instrument.con_id != self._instrument.con_id:
            self._instrument = instrument
            self.refresh()

    def refresh(self) -> None:
        """Analyse again from the newest bars."""
        if self._instrument is None:
            return
        self.cancel()
        self._work = self._h.tasks.spawn(self._analyse(self._instrument), name=f"analyse {self._instrument.symbol}")

    def cancel(self) -> None:
        """Give up what is under way."""
        if self._work is not None and not self._work.done():
            self._work.cancel()
            self.show_state(Ready() if self.sheet is not None else self._empty())

    def text(self) -> str:
        """Return the report in the language of the window; nothing before there is one."""
        found = self.surveyed
        if found is None:
            return ""
        return report(
            found.survey,
            self._words.words,
            decimals=found.instrument.decimals,
            source=found.source,
            without_example=found.without_example,
        )

    def copy(self) -> None:
        """Put the report on the clipboard."""
        if self.sheet is not None:
            QGuiApplication.clipboard().setText(self.text())
            self._say(self._words("analysis.copied"))

    def read_with_model(self) -> None:
        """Show what the model would be sent about this, and what that may cost."""
        if self._instrument is not None:
            self.drawer.ask(self._instrument, Timeframe(self.frames.value()), self._parameters())
            self._split.setSizes(HALVES)

    def save(self) -> None:
        """Ask where the report is to be kept."""
        found = self.surveyed
        if found is None:
            return
        analysis = found.survey.analysis
        day = bar_text(analysis.last_bar, analysis.timeframe)[:10]
        name = f"{analysis.symbol}-{analysis.timeframe}-{day}.{self._words.name}.md"
        dialog = QFileDialog(self, self._words("analysis.save"), name, "Markdown (*.md)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("md")
        dialog.fileSelected.connect(lambda path: self.save_as(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save_as(self, path: Path) -> None:
        """Keep the report in a file."""
        attempt(self._h, self._save(path, self.text()), "save the report")

    def showEvent(self, event: QShowEvent) -> None:
        """Look at the bars again when it comes into sight."""
        super().showEvent(event)
        self._keep_current()

    # building

    def _make_targets(self) -> Segmented:
        options = [(one.value, self._words(f"analysis.targets_{one}")) for one in Targets]
        targets = Segmented(options, name=self._words("analysis.targets"))
        targets.chosen.connect(lambda _: self.refresh())
        return targets

    def _build(self) -> None:
        bar = QFrame()
        bar.setLayout(self._bar)
        self._bar.setContentsMargins(8, 4, 8, 4)
        self._bar.setSpacing(8)
        self._bar.addWidget(self.frames)
        self._bar.addWidget(self.targets)
        self._bar.addStretch()
        self._bar.addWidget(compact(self.read_button))
        self._name_button()
        self.frames.set_value(Timeframe.D1.value)
        self.add(bar)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self._area)
        self._split.addWidget(self.drawer)
        self.add(self._split, 1)
        for key, (icon, keys) in ACTS.items():
            self._acts[key] = self.add_act(icon, self._words(f"analysis.{key}"), getattr(self, key), shortcut=keys)
        self.frames.chosen.connect(lambda _: self.refresh())
        self._h.selection.picked.connect(self._picked)
        self.link_changed.connect(self._follow_link)
        self._words.changed.connect(self._translate)
        follow(self, self._h.bus, SessionView, self._session_moved)
        SymbolDrops(self, self._want_symbol)
        self.setFocusProxy(self.frames)
        self._look.start()

    def _name_button(self) -> None:
        self.read_button.setText(self._words("reading.open"))
        self.read_button.setAccessibleName(self.read_button.text())

    def _show_first(self) -> None:
        shown = self._h.selection.instrument(self.link)
        if shown is not None:
            self.show_instrument(shown)
        else:
            self.show_state(self._empty())

    def _translate(self) -> None:
        """Say everything in the language that was chosen."""
        chosen = self.targets.value()
        former, self.targets = self.targets, self._make_targets()
        self.targets.set_value(chosen)
        self._bar.replaceWidget(former, self.targets)
        self._name_button()
        former.hide()
        former.deleteLater()
        for key, action in self._acts.items():
            action.setText(self._words(f"analysis.{key}"))
            action.setToolTip(self._words(f"analysis.{key}"))
        if self.surveyed is not None:
            self._put(AnalysisSheet(self._h, self.surveyed))
        elif self._instrument is None:
            self.show_state(self._empty())

    # what comes in

    def _picked(self, group: int, instrument: Instrument) -> None:
        if group == self.link:
            self.show_instrument(instrument)

    def _follow_link(self, group: int) -> None:
        shown = self._h.selection.instrument(group)
        if shown is not None:
            self.show_instrument(shown)

    def _want_symbol(self, symbol: str) -> None:
        attempt(self._h, self._find(symbol), f"find {symbol}")

    async def _find(self, symbol: str) -> None:
        instrument = await self._h.market.resolve(symbol)
        if self.link:
            self._h.selection.pick(instrument, self.link)
        else:
            self.show_instrument(instrument)

    def _session_moved(self, view: SessionView) -> None:
        if view.is_ready and self.sheet is None and (self._work is None or self._work.done()):
            self.refresh()

    def _keep_current(self) -> None:
        """Analyse again once a newer bar has closed; while there is no connection say how old this is."""
        found = self.surveyed
        if found is None or not self.isVisible() or (self._work is not None and not self._work.done()):
            return
        analysis = found.survey.analysis
        if self._h.market.is_bar_current(analysis.last_bar, analysis.timeframe):
            return
        since = self._h.clock.market().timestamp() - analysis.last_bar
        self.show_state(Stale(age(since), self._words("analysis.stale")))
        if self._h.session.view.is_ready:
            self.refresh()

    async def _analyse(self, instrument: Instrument) -> None:
        has_sheet = self.surveyed is not None and self.surveyed.instrument.con_id == instrument.con_id
        if not has_sheet:
            self.show_state(Loading(self._words("analysis.loading", symbol=instrument.symbol), cancel=self.cancel))
        try:
            found = await self._h.surveys.at(instrument, Timeframe(self.frames.value()), self._parameters())
        except TapelineError as error:
            what = self._words("analysis.failed", symbol=instrument.symbol)
            self.show_state(Failed(what, self._words.words.sentence(str(error)), retry=self.refresh))
            return
        sheet = AnalysisSheet(self._h, found)
        await asyncio.sleep(0)  # making it and styling it are two turns of the loop: each takes some milliseconds
        self._put(sheet)

    def _parameters(self) -> ThreeOfFour:
        return ThreeOfFour(targets=Targets(self.targets.value()))

    def _put(self, sheet: AnalysisSheet) -> None:
        at = self._area.verticalScrollBar().value()
        self.sheet = sheet
        self._area.setWidget(sheet)
        self._area.verticalScrollBar().setValue(at)
        self.show_state(Ready())

    async def _save(self, path: Path, text: str) -> None:
        try:
            await asyncio.to_thread(write_atomically, path, text)
        except OSError as error:
            raise UserError(f"The report could not be saved as {path.name}: {error.strerror}.") from error
        self._say(self._words("analysis.saved", name=path.name))

    def _say(self, text: str) -> None:
        self._h.window.notify(Notice(text, Level.OK, self._h.clock.now()))

    def _empty(self) -> Empty:
        find = self._h.window.actions_
        return Empty(self._words("analysis.empty"), self._words("analysis.find"), lambda: find.trigger("symbol_search"))
