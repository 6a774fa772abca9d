"""The portfolio's calendar: what each session earned, a month at a time."""

from __future__ import annotations

from calendar import Calendar as Weeks
from calendar import month_name
from datetime import date, timedelta
from decimal import Decimal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.toolline import ToolLine
from app.ui.theme import Theme
from app.ui.widgets.buttons import IconButton, set_role
from app.ui.widgets.format import UNKNOWN, number, tone

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
_CENTRE = Qt.AlignmentFlag.AlignCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class MonthGrid(QWidget):
    """Five weekdays across, the weeks down; colour and sign say how a session went."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._month = date(2000, 1, 1)
        self._days: dict[str, Decimal | None] = {}
        self.setMinimumHeight(120)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(say("Daily results"))
        theme.changed.connect(self.update)

    def show_month(self, month: date, days: dict[str, Decimal | None]) -> None:
        """Show a month (its first day) with what each session earned."""
        if (month, days) != (self._month, self._days):
            self._month, self._days = month, days
            mine = sorted(day for day in days if day.startswith(f"{month:%Y-%m}"))
            self.setAccessibleDescription(", ".join(f"{day} {number(days[day], 2, signed=True)}" for day in mine))
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the weekdays, then a cell a day."""
        theme, painter = self._theme, QPainter(self)
        whole = Weeks().monthdatescalendar(self._month.year, self._month.month)
        weeks = [week for week in whole if any(day.month == self._month.month for day in week[:5])]
        head = theme.px(18)
        width, height = self.width() / 5, (self.height() - head) / len(weeks)
        painter.setFont(theme.font(11))
        painter.setPen(theme.colour("text.muted"))
        for place, name in enumerate(WEEKDAYS):
            painter.drawText(QRectF(place * width, 0, width, head), _CENTRE, name)
        largest = max((abs(value) for value in self._days.values() if value is not None), default=Decimal(0))
        for line, week in enumerate(weeks):
            for place, day in enumerate(week[:5]):
                if day.month == self._month.month:
                    spot = QRectF(place * width + 1, head + line * height + 1, width - 2, height - 2)
                    self._paint_day(painter, spot, day, largest)

    def _paint_day(self, painter: QPainter, spot: QRectF, day: date, largest: Decimal) -> None:
        theme, value = self._theme, self._days.get(day.isoformat())
        is_known = day.isoformat() in self._days
        painter.fillRect(spot, theme.colour("bg.raised"))
        token = tone(value)
        if value is not None and largest and token in ("up", "down"):
            painter.fillRect(spot, theme.colour(token, 12 + round(28 * abs(value) / largest)))
        painter.setFont(theme.font(11))
        painter.setPen(theme.colour("text.muted"))
        painter.drawText(spot.adjusted(6, 0, -6, 0), _LEFT, str(day.day))
        if not is_known:
            return
        painter.setFont(theme.font(12, 600))
        painter.setPen(theme.colour(token if token in ("up", "down") else "text"))
        text = number(value, 2, signed=True) if value is not None else UNKNOWN
        painter.drawText(spot.adjusted(theme.px(26), 0, -6, 0), _RIGHT, text)


class CalendarPage(QFrame):
    """A month with its sum, and the way to the months before and after."""

    def __init__(self, handles: Handles) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self._h = handles
        self._month: date | None = None
        self.grid = MonthGrid(handles.theme)
        self.title, self.sum = QLabel(), QLabel()
        self._build()

    @property
    def month(self) -> date:
        """The first day of the month on show: the running one until another is chosen."""
        return self._month or self._h.clock.market().date().replace(day=1)

    def refresh(self) -> None:
        """Show the month as it is known now."""
        days, month = self._h.track.days(self._h.session.view.account), self.month
        mine = [value for day, value in days.items() if day.startswith(f"{month:%Y-%m}")]
        known = [value for value in mine if value is not None]
        total = sum(known, Decimal(0)) if known else None
        won = sum(value > 0 for value in known)
        self.title.setText(f"{month_name[month.month]} {month.year}")
        counted = f"{number(total, 2, signed=True)}  ·  {won} of {len(mine)} sessions up"
        self.sum.setText(say(counted if mine else "No sessions kept"))
        set_role(self.sum, tone=tone(total) if tone(total) in ("up", "down") else "")
        self.grid.show_month(month, days)

    def turn(self, months: int) -> None:
        """Go some months back or on."""
        first = self.month
        step = first - timedelta(days=1) if months < 0 else first + timedelta(days=32)
        self._month = step.replace(day=1)
        self.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn the months with Page Up and Page Down."""
        step = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.turn(step)

    def _build(self) -> None:
        theme = self._h.theme
        line = ToolLine(theme)
        back = IconButton(theme, "chevron-left", "The month before (Page Up)", lambda: self.turn(-1))
        on = IconButton(theme, "chevron-right", "The month after (Page Down)", lambda: self.turn(1))
        set_role(self.title, role="title")
        self.sum.setAccessibleName(say("Sum of the month"))
        line.lay([back, self.title, on], [self.sum])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line)
        holder = QVBoxLayout()
        holder.setContentsMargins(8, 0, 8, 8)
        holder.addWidget(self.grid)
        column.addLayout(holder, 1)
        self.setFocusProxy(self.grid)
