"""What an analysis shows, in one language: a verdict, a small chart and tables, in two columns where there is room."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QVBoxLayout

from app.domain.signals import Direction
from app.services.report import Report, bar_text
from app.services.survey import Surveyed
from app.ui.charts.view import ChartView
from app.ui.handles import Handles
from app.ui.panels.analysis_chart import show_on
from app.ui.panels.analysis_tables import check_table, heading_of, level_rows, level_table, zone_rows, zone_table
from app.ui.panels.cells import side_token
from app.ui.widgets.badge import Badge
from app.ui.widgets.buttons import set_role

WIDE_PX = 760
CHART_PX = 260


class AnalysisSheet(QFrame):
    """One analysis; made anew when the language changes."""

    def __init__(self, handles: Handles, surveyed: Surveyed) -> None:
        super().__init__()
        self._h, self._words = handles, handles.language
        self.surveyed = surveyed
        decimals = surveyed.instrument.decimals
        self._report = Report(surveyed.survey, self._words.words, decimals, surveyed.source, surveyed.without_example)
        set_role(self, role="panel")
        self.chart = ChartView(handles.theme)
        self.primary = check_table(handles.theme, self._words, decimals)
        self.confirming = check_table(handles.theme, self._words, decimals)
        self.levels = level_table(handles.theme, self._words, decimals)
        self.zones = zone_table(handles.theme, self._words, decimals)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._build()
        self.show_survey(surveyed)

    def show_survey(self, surveyed: Surveyed) -> None:
        """Fill the tables and the chart."""
        survey = surveyed.survey
        self.primary.show_rows(survey.analysis.primary.checks)
        other = survey.analysis.confirmation
        self.confirming.show_rows(other.checks if other is not None else ())
        self.confirming.setVisible(other is not None)
        self.levels.show_rows(level_rows(survey.analysis, self._words))
        self.levels.setVisible(survey.analysis.levels is not None)
        rows = zone_rows(survey)
        self.zones.show_rows(rows)
        self.zones.setVisible(bool(rows))
        show_on(self.chart, surveyed, self._h.studies, self._words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand in one column where two would be too narrow."""
        super().resizeEvent(event)
        self._keep_whole(event.size().width())
        is_wide = event.size().width() >= self._h.theme.px(WIDE_PX)
        way = QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        if self._columns.direction() is not way:
            self._columns.setDirection(way)

    def _keep_whole(self, width: int) -> None:
        """Be as high as the text needs at this width: a scroll area asks for less and would squeeze the chart."""
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            self.setMinimumHeight(layout.totalHeightForWidth(width))

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 8, 12, 12)
        outer.setSpacing(8)
        outer.addLayout(self._head())
        outer.addWidget(_caption(self._about()))
        self._columns.setSpacing(16)
        self._columns.addLayout(self._left(), 1)
        self._columns.addLayout(self._right(), 1)
        outer.addLayout(self._columns)
        outer.addStretch()

    def _head(self) -> QHBoxLayout:
        analysis, words = self.surveyed.survey.analysis, self._words
        row = QHBoxLayout()
        row.setSpacing(12)
        verdict = QLabel(f"{analysis.symbol}  {words(f'word.{analysis.direction}')}")
        tone = side_token(analysis.direction)
        set_role(verdict, role="hero", tone=tone if tone in ("up", "down") else "")
        row.addWidget(verdict)
        mark = QLabel()
        icon = {Direction.BUY: "arrow-up", Direction.SELL: "arrow-down"}.get(analysis.direction, "minus")
        mark.setPixmap(self._h.theme.pixmap(icon, tone, 18, self.devicePixelRatioF()))
        mark.setAccessibleName(words(f"word.{analysis.direction}"))
        row.addWidget(mark)
        trend = QLabel(words(f"word.{analysis.trend}"))
        row.addWidget(trend)
        row.addStretch()
        key, token = ("analysis.actionable", "ok") if analysis.actionable else ("analysis.not_actionable", "text.muted")
        badge = Badge(self._h.theme, words(key), token, outlined=True)
        badge.setToolTip(words("analysis.actionable_means"))
        row.addWidget(badge)
        return row

    def _about(self) -> str:
        analysis, words = self.surveyed.survey.analysis, self._words
        parts = (
            ("analysis.confidence", self._report.terms()),
            ("analysis.close", self._report.price(analysis.close)),
            ("analysis.last_bar", bar_text(analysis.last_bar, analysis.timeframe)),
            ("analysis.bars", str(analysis.bars)),
        )
        rows = [words("analysis.row", name=words(key), value=value) for key, value in parts]
        return "  ·  ".join([*rows, words(f"word.{self.surveyed.source}")])

    def _left(self) -> QVBoxLayout:
        column, words = _column(), self._words
        self.chart.setFixedHeight(self._h.theme.px(CHART_PX))
        column.addWidget(self.chart)
        column.addWidget(self.levels)
        analysis = self.surveyed.survey.analysis
        if analysis.levels is None:
            hold = analysis.direction is Direction.HOLD
            why = words("analysis.no_levels_hold" if hold else "analysis.no_levels_atr")
            column.addWidget(_text(words("analysis.no_levels", why=why)))
        column.addWidget(_title(words("analysis.example")))
        column.addWidget(_text(self._report.example()))
        column.addStretch()
        return column

    def _right(self) -> QVBoxLayout:
        column, words, survey = _column(), self._words, self.surveyed.survey
        primary = survey.analysis.primary
        heading = words("analysis.row", name=primary.timeframe, value=heading_of(primary, words))
        column.addWidget(_title(heading))
        column.addWidget(self.primary)
        column.addWidget(_title(self._confirmation()))
        column.addWidget(self.confirming)
        column.addWidget(self.zones)
        for key, side in (("no_resistance", survey.zones.resistances), ("no_support", survey.zones.supports)):
            if not side:
                column.addWidget(_text(words(f"analysis.{key}")))
        column.addWidget(_title(words("analysis.standing")))
        report = self._report
        lines = (("volume", report.volume()), ("crosses", report.cross()), ("bollinger", report.bollinger()))
        for key, text in (*lines, ("atr", report.price(survey.analysis.indicators.atr))):
            column.addWidget(_text(words("analysis.row", name=words(f"analysis.{key}"), value=text)))
        if survey.analysis.reasons:
            column.addWidget(_title(words("analysis.reasons")))
            for reason in survey.analysis.reasons:
                column.addWidget(_text(words.words.sentence(reason)))
        column.addStretch()
        return column

    def _confirmation(self) -> str:
        analysis, words = self.surveyed.survey.analysis, self._words
        if analysis.confirmation_timeframe is None or analysis.confirmation is None:
            return words("analysis.no_confirmation", timeframe=analysis.timeframe)
        relation = words(f"word.{analysis.relation}")
        says = words("analysis.confirmation_is", timeframe=analysis.confirmation_timeframe, relation=relation)
        return f"{says}  ·  {heading_of(analysis.confirmation, words)}"


def _column() -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(8)
    return column


def _title(text: str) -> QLabel:
    label = _text(text)
    set_role(label, role="title")
    return label


def _caption(text: str) -> QLabel:
    label = _text(text)
    set_role(label, role="caption")
    return label


def _text(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
