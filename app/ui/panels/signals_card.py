"""One signal as a card: what it says and how sure it is, why, its plan, the model's readings, and the answers to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QMenu, QVBoxLayout

from app.domain.claims import Checked
from app.domain.readings import Reading
from app.ui.handles import Handles
from app.ui.panels.analysis_tables import VERDICT_MARKS
from app.ui.panels.cells import Moments, Prices, side_icon, side_token, write_exact
from app.ui.panels.signals_readings import ReadingsView
from app.ui.panels.signals_rows import SignalRow, check_words, countdown, verdict
from app.ui.panels.toolline import compact
from app.ui.widgets.badge import Badge
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.format import UNKNOWN, number

THUMB = QSize(232, 132)
SNOOZES = (15, 60, 240)
NARROW_PX, TIGHT_PX = 640, 420


class SignalCard(QFrame):
    """A card; it is made anew when its signal, the theme or the language changes."""

    seen = Signal()
    """It came into sight for the first time: its picture and readings are wanted."""
    chosen = Signal(str)
    approve_wanted = Signal(str)
    reject_wanted = Signal(str)
    snooze_wanted = Signal(str, object)
    wake_wanted = Signal(str)
    step_wanted = Signal(int)

    def __init__(self, handles: Handles, row: SignalRow) -> None:
        super().__init__()
        self._h, self._words, self.row = handles, handles.language, row
        self._moments, self._prices = Moments(handles), Prices(handles)
        self._was_seen = False
        self.thumb = QLabel()
        self.left = QLabel()
        policy = self._words(f"signals.policy_{row.signal.policy}")
        self.readings = ReadingsView(handles.theme, handles.language, self._words("signals.no_readings", policy=policy))
        self.approve_button = act_button(self._words("signals.approve"), "primary", self._approve)
        self.reject_button = act_button(self._words("signals.reject"), "", self._reject)
        self.snooze_button = act_button("", "", self._snooze)
        set_role(self, role="card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._build()
        self._name()
        self.count_down()

    def show_thumbnail(self, image: QImage) -> None:
        """Show the chart."""
        self.thumb.setPixmap(QPixmap.fromImage(image))

    def say_no_thumbnail(self, why: str) -> None:
        """Say why there is no picture."""
        self.thumb.setText(self._words.words.sentence(why))

    def show_readings(self, readings: tuple[Reading, ...], checked: Mapping[str, Checked]) -> None:
        """Show what the model said."""
        self.readings.show_readings(readings, checked)

    def count_down(self) -> None:
        """Say how long it is still good for."""
        left = (self.row.signal.expires - self._h.clock.market()).total_seconds()
        self.left.setText(self._words("signals.expires_in", left=countdown(left, self._words("signals.now"))))
        self.left.setToolTip(self._moments.whole(self.row.signal.expires))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move between cards with the arrows; Enter shows why."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is not None:
            self.step_wanted.emit(step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._h.selection.trace(str(self.row.signal.id))
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what takes time once there is somebody to see it."""
        super().showEvent(event)
        if not self._was_seen:
            self._was_seen = True
            self.seen.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Be the card that keys and header acts mean."""
        super().focusInEvent(event)
        self.chosen.emit(str(self.row.signal.id))
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Lose the ring."""
        super().focusOutEvent(event)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show its instrument on the charts of the group."""
        instrument = self._prices.instrument(self.row.signal.con_id)
        if instrument is not None:
            self._h.selection.pick(instrument)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card, with a ring while it is the chosen one."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(self._h.theme.colour("accent"))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 4, 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give up the picture, then the readings, where there is no room for them."""
        super().resizeEvent(event)
        self.thumb.setVisible(event.size().width() >= self._h.theme.px(NARROW_PX))
        self.readings.setVisible(event.size().width() >= self._h.theme.px(TIGHT_PX))
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Be as high as what stands in it, also once the readings have come."""
        done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            self._fit()
        return done

    def _fit(self) -> None:
        """Ask for the height that the wrapped lines take: a scroll area looks at no height for a width."""
        layout = self.layout()
        if layout is not None:
            self.setMinimumHeight(layout.totalHeightForWidth(self.width()))

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        column.addLayout(self._head())
        body = QHBoxLayout()
        body.setSpacing(16)
        size = THUMB * self._h.theme.scale
        self.thumb.setFixedSize(size)
        self.thumb.setWordWrap(True)
        self.thumb.setTextFormat(Qt.TextFormat.PlainText)
        self.thumb.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_role(self.thumb, role="caption")
        self.thumb.setAccessibleName(self._words("signals.thumbnail", symbol=self.row.signal.analysis.symbol))
        body.addWidget(self.thumb, 0, Qt.AlignmentFlag.AlignTop)
        body.addLayout(self._why(), 5)
        body.addWidget(self.readings, 4, Qt.AlignmentFlag.AlignTop)
        column.addLayout(body)

    def _head(self) -> QHBoxLayout:
        row, analysis, words = QHBoxLayout(), self.row.signal.analysis, self._words
        row.setSpacing(8)
        icon, token = side_icon(analysis.direction)
        mark = QLabel()
        mark.setPixmap(self._h.theme.pixmap(icon, token, 14, self.devicePixelRatioF()))
        row.addWidget(mark)
        title = QLabel(f"{words(f'word.{analysis.direction}')} {analysis.symbol}")
        tone = side_token(analysis.direction)
        set_role(title, role="number", tone=tone if tone in ("up", "down") else "")
        row.addWidget(title)
        row.addWidget(_caption(f"{self.row.strategy} · {words(f'word.{analysis.trend}')} · {analysis.timeframe}"))
        row.addStretch()
        set_role(self.left, role="caption")
        row.addWidget(self.left)
        until = self.row.signal.snoozed_until
        if self.is_snoozed and until is not None:
            row.addWidget(Badge(self._h.theme, words("signals.snoozed", time=self._moments.write(until)), "warn"))
        self.snooze_button.setText(words("signals.wake" if self.is_snoozed else "signals.snooze"))
        self.snooze_button.setAccessibleName(self.snooze_button.text())
        self.approve_button.setEnabled(self.row.may_be_approved)
        self.approve_button.setToolTip(
            words("signals.approve_hint") if self.row.may_be_approved else verdict(self.row, words)
        )
        for button in (self.snooze_button, self.reject_button, self.approve_button):
            row.addWidget(compact(button))
        return row

    @property
    def is_snoozed(self) -> bool:
        """Whether it was put aside."""
        return self.row.signal.is_snoozed(self._h.clock.market())

    def _why(self) -> QVBoxLayout:
        column, words, analysis = QVBoxLayout(), self._words, self.row.signal.analysis
        column.setSpacing(2)
        confidence = analysis.confidence
        value = number(confidence.value, 2)
        terms = "  ".join(
            f"{UNKNOWN if term.value is None else number(term.value, 2, signed=True)} {words(f'word.{term.term}')}"
            for term in confidence.terms
        )
        said = words("signals.unknown_confidence") if confidence.value is None else terms
        head = QHBoxLayout()
        head.setSpacing(8)
        figure = QLabel(value)
        set_role(figure, role="title")
        figure.setToolTip(words("signals.confidence"))
        head.addWidget(figure)
        head.addWidget(_wrapped(said), 1)
        column.addLayout(head)
        column.addLayout(self._checks())
        for text in self._plan():
            column.addWidget(_label(text))
        if not self.row.may_be_approved:
            why = _label(verdict(self.row, words))
            set_role(why, role="warn")
            column.addWidget(why)
        elif analysis.reasons:
            column.addWidget(_wrapped(" ".join(map(words.words.sentence, analysis.reasons))))
        column.addStretch()
        return column

    def _checks(self) -> QGridLayout:
        grid, words, theme = QGridLayout(), self._words, self._h.theme
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        for place, check in enumerate(self.row.signal.analysis.primary.checks):
            icon, token = VERDICT_MARKS[check.verdict]
            mark = QLabel()
            mark.setPixmap(theme.pixmap(icon, token, 11, self.devicePixelRatioF()))
            mark.setAccessibleName(words(f"word.{check.verdict}"))
            grid.addWidget(mark, place, 0)
            grid.addWidget(_caption(words(f"word.{check.name}")), place, 1)
            for column, value in ((2, check.value), (3, check.threshold)):
                grid.addWidget(_figure(number(value, 2)), place, column)
            grid.addWidget(_figure(number(check.distance, 2, signed=True)), place, 4)
        grid.setColumnStretch(5, 1)
        return grid

    def _plan(self) -> list[str]:
        levels, words = self.row.signal.analysis.levels, self._words
        if levels is None:
            return [words("signals.no_plan")]
        price = self._price
        return [
            words("signals.entry", low=price(levels.entry_low), high=price(levels.entry_high))
            + "  ·  "
            + words("signals.plan", limit=price(levels.limit), stop=price(levels.stop)),
            words(
                "signals.targets",
                t1=price(levels.target_1),
                r1=number(levels.r_1, 2),
                t2=price(levels.target_2),
                r2=number(levels.r_2, 2),
            ),
        ]

    def _price(self, value: float) -> str:
        exact = self._prices.on_tick(Decimal(str(value)), self.row.signal.con_id)
        return UNKNOWN if exact is None else write_exact(exact)

    def _name(self) -> None:
        analysis, words = self.row.signal.analysis, self._words
        checks = "; ".join(check_words(check, words) for check in analysis.primary.checks)
        said = f"{words(f'word.{analysis.direction}')} {analysis.symbol}, {words('signals.confidence')} "
        self.setAccessibleName(f"{said}{number(analysis.confidence.value, 2)}. {checks}")

    def _approve(self) -> None:
        self.approve_wanted.emit(str(self.row.signal.id))

    def _reject(self) -> None:
        self.reject_wanted.emit(str(self.row.signal.id))

    def _snooze(self) -> None:
        if self.is_snoozed:
            self.wake_wanted.emit(str(self.row.signal.id))
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for title, until in self.snoozes():
            menu.addAction(title, partial(self.snooze_wanted.emit, str(self.row.signal.id), until))
        menu.popup(self.snooze_button.mapToGlobal(self.snooze_button.rect().bottomLeft()))

    def snoozes(self) -> list[tuple[str, datetime]]:
        """Return how long it may be put aside: times of the market before it expires."""
        now, words = self._h.clock.market(), self._words
        titles = (words("signals.minutes", count=15), words("signals.hour"), words("signals.hours", count=4))
        times = [now + timedelta(minutes=minutes) for minutes in SNOOZES]
        return [pair for pair in zip(titles, times, strict=True) if pair[1] < self.row.signal.expires]


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    set_role(label, role="caption")
    return label


def _wrapped(text: str) -> QLabel:
    label = _caption(text)
    label.setWordWrap(True)
    return label


def _figure(text: str) -> QLabel:
    label = _caption(text)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label
