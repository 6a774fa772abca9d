"""The line that tells what the model reads for strategies' runs right now, and the act to go on without it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar

from app.domain.signals import RunId
from app.domain.strategies import Run, RunStatus
from app.services.opinions import ReadingNews
from app.ui.handles import Handles
from app.ui.panels.following import Mirror, follow
from app.ui.widgets.buttons import act_button, set_role

BAR_PX = 80


class ReadingLine(QFrame):
    """Hidden while no run waits for the model."""

    def __init__(self, handles: Handles) -> None:
        super().__init__()
        self._h, self._words = handles, handles.language
        self._news: dict[RunId, ReadingNews] = {}
        self.says, self._bar = QLabel(), QProgressBar()
        self.stop_button = act_button(self._words("reading.stop"), "", self._stop)
        self.says.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self, role="panel")
        set_role(self.says, role="caption")
        set_role(self.stop_button, size="compact")
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(handles.theme.px(BAR_PX))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 4)
        row.setSpacing(8)
        row.addWidget(self._bar)
        row.addWidget(self.says, 1)
        row.addWidget(self.stop_button)
        self.hide()
        follow(self, handles.bus, ReadingNews, self._came)
        self._mirror = Mirror(
            self, handles.bus, lambda: handles.facts.state.runs, lambda changed, _: self._moved(changed)
        )

    def _came(self, news: ReadingNews) -> None:
        self._news[news.run] = news
        self._show()

    def _moved(self, runs: Sequence[Run]) -> None:
        for run in runs:
            if run.status is not RunStatus.RUNNING and self._news.pop(run.id, None) is not None:
                self._show()

    def _show(self) -> None:
        self.setVisible(bool(self._news))
        if not self._news:
            return
        news = list(self._news.values())[-1]
        frame = news.progress.timeframe
        what = frame.value if frame is not None else self._words("signals.reading_consolidation")
        name = self._h.facts.state.strategy_name(news.strategy)
        said = self._words("reading.of_run", symbol=news.symbol, what=what, strategy=name)
        more = len(self._news) - 1
        self.says.setText(said if not more else f"{said}  ·  {self._words('reading.more', count=more)}")

    def _stop(self) -> None:
        for strategy in {news.strategy for news in self._news.values()}:
            self._h.runs.cancel_readings(strategy)
