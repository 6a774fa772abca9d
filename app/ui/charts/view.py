"""The chart widget: the one door through which panels show bars, studies and marks and hear what hands did."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QImage, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.bars import Bars, Timeframe
from app.domain.errors import UserError
from app.domain.instruments import Instrument
from app.domain.orders import Side
from app.ui.charts.box import BoxZoom
from app.ui.charts.canvas import Canvas
from app.ui.charts.compare import Comparison
from app.ui.charts.dividers import Dividers
from app.ui.charts.drawings.board import DrawingBoard
from app.ui.charts.drawings.hands import DrawingHands
from app.ui.charts.hands import Hands
from app.ui.charts.lineage.layer import Lineage
from app.ui.charts.model import ChartModel
from app.ui.charts.navigation import Navigator
from app.ui.charts.notice import Notice
from app.ui.charts.orders.hands import OrderHands
from app.ui.charts.orders.pulse import Pulse
from app.ui.charts.palette import Palette
from app.ui.charts.picks import Picks
from app.ui.charts.picture import picture_of
from app.ui.charts.popups import open_card, open_menu
from app.ui.charts.saying import Saying
from app.ui.charts.series import Series
from app.ui.charts.shading import Shading
from app.ui.charts.timerange import TimeRange, place_in
from app.ui.charts.typing_field import TypingField, Wanted
from app.ui.charts.values import LARGEST, Action, BarStyle, Mark, Phase, ScaleMode, Study
from app.ui.charts.view_keys import claims, typed
from app.ui.charts.words import description_of, name_of

DESCRIBE_AFTER_MS = 300
DESIGN_WIDTH = 1280


class ChartView(QWidget):
    """One chart: bars, volume, studies, marks, a crosshair and the states it can be in."""

    symbol_typed = Signal(str)
    timeframe_picked = Signal(Timeframe)
    price_picked = Signal(float, Side)
    mark_picked = Signal(str)
    bar_picked = Signal(int)
    """Epoch seconds of a clicked bar."""
    bar_hovered = Signal(object)
    """A `Hovered`, or None when the crosshair leaves."""
    compare_wanted = Signal(str)
    """A symbol to lay over this chart in percent: answer with `set_comparisons`."""
    older_wanted = Signal()
    """The view came near the first bar: older history would be welcome."""

    def __init__(self, theme: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.model = ChartModel()
        self.times = TimeRange(self)
        self.canvas = Canvas(self.model, self.times, theme, self)
        self.navigator = Navigator(self.canvas)
        self.hands = Hands(self.canvas)
        self.drawings = DrawingBoard(self.canvas)
        self._picks = Picks(self.canvas)
        self.orders = OrderHands(self.canvas)
        self.lineage = Lineage(self.canvas, theme, self)
        self.shading = Shading(self.canvas)
        self._pulse = Pulse(self.canvas)
        self.canvas.layers.append(self._pulse)
        for part in (self.orders, DrawingHands(self.drawings, partial(open_card, self, theme)), BoxZoom(self.canvas)):
            self.hands.takers.append(part)
            self.canvas.layers.append(part)
        self._dividers = Dividers(self.canvas)
        self._notice = Notice(theme, self)
        self._saying = Saying(theme, self)
        self._quiet = QTimer(self)
        self._lay_out()
        self._connect()
        self.show_state(Phase.EMPTY, "No symbol yet: type one over the chart.")

    def set_series(
        self, instrument: Instrument, timeframe: Timeframe, bars: Bars, *, source_text: str, zone: str
    ) -> None:
        """Show another series; the same instrument and timeframe keep the place and zoom. Unfit bars fail in words."""
        is_same = (self.model.instrument, self.model.timeframe) == (instrument, timeframe)
        try:
            series = Series(bars)
        except UserError as error:
            self.show_state(Phase.FAILED, str(error))
            return
        former, studies = (self.model.series if is_same else None), self.model.studies
        ranges = dict(self.model.ranges) if is_same else {}
        self.model.show(instrument, timeframe, series, source_text, zone)
        self.model.ranges.update(ranges)
        self.model.fit([fitted.study for fitted in studies] if is_same else ())
        if not is_same:
            self.orders.clear()
            self.set_marks(())
            self.lineage.clear()
            self.shading.clear()
            self.model.compared = ()
            self.model.age_text = ""
            self.navigator.reset()
            self.drawings.open(instrument.con_id)
        place_in(self.times, series, former)
        self.canvas.invalidate()
        self.navigator.grown()
        if not len(series):
            self.show_state(Phase.EMPTY, f"There are no {timeframe.value} bars of {instrument.symbol} yet.")
        else:
            self.show_state(Phase.READY)
        self.setAccessibleName(name_of(self.model))

    def update_bars(self, bars: Bars) -> None:
        """Take a newer version of the same series: bars appended, the forming one changed, or older history before."""
        series = self.model.series
        if series is None:
            return
        count, closed, before = len(series), series.closed, self.model.last_price
        try:
            moved = series.update(bars)
        except UserError as error:
            self.show_state(Phase.FAILED, str(error))
            return
        self.model.last = None
        if len(series) == count and series.closed == closed and not moved and not series.notes:
            self.canvas.touch_live(before, whole=True)
            return
        self.times.grow(len(series), moved)
        self.canvas.invalidate()
        self.navigator.grown()
        if len(series) and self.model.phase is Phase.EMPTY:
            place_in(self.times, series, None)
            self.show_state(Phase.READY)

    def set_last(self, price: float, at: float) -> None:
        """Let a trade at `at` (epoch seconds) move the last price and the forming bar it belongs to."""
        series = self.model.series
        if series is None or not len(series) or not abs(price) <= LARGEST:
            return
        before, self.model.last = self.model.last_price, float(price)
        start = int(series.bars.time[-1])
        if self.model.timeframe.is_dated or start <= at < start + self.model.timeframe.seconds:
            series.move_live(price)
        self.canvas.touch_live(before)

    def set_studies(self, studies: Sequence[Study]) -> None:
        """Show these studies and no others; a column that does not fit is refused in words in its legend."""
        self.model.fit(studies)
        self.canvas.invalidate()

    def set_comparisons(self, comparisons: Sequence[Comparison]) -> None:
        """Lay these symbols over the bars and no others; the scale turns to percent with the first, back after all."""
        had, self.model.compared = bool(self.model.compared), ()
        self.model.compare(comparisons)
        if bool(comparisons) != had:
            self.set_look(mode=ScaleMode.PERCENT if comparisons else ScaleMode.LINEAR)
        self.canvas.invalidate()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Show these orders, fills, signals and positions and no others."""
        self.model.marks = tuple(marks)
        self.orders.follow()
        self._pulse.follow()
        self.canvas.invalidate()

    def set_source(self, text: str, zone: str) -> None:
        """Say where the bars come from and in which zone their times are, when that has changed."""
        if (text, zone) != (self.model.source_text, self.model.zone_name):
            self.model.source_text = text
            self.model.tell_times_in(zone)
            self.canvas.invalidate()

    def set_age(self, text: str, *, is_stale: bool = False) -> None:
        """Say how old the data is ("live", "delayed 15 m", "stale · 3 m"); stale data is called out."""
        if (text, is_stale) == (self.model.age_text, self.model.phase is Phase.STALE):
            return
        self.model.age_text = text
        if self.model.phase in (Phase.READY, Phase.STALE):
            self.model.phase = Phase.STALE if is_stale else Phase.READY
        self.canvas.invalidate()

    def set_look(
        self, *, style: BarStyle | None = None, mode: ScaleMode | None = None, volume: bool | None = None
    ) -> None:
        """Change how bars, price scale and volume are drawn; what is None stays."""
        model = self.model
        model.style = style or model.style
        model.shows_volume = model.shows_volume if volume is None else volume
        if mode is not None and mode is not model.mode:
            model.mode = mode
            model.ranges.clear()
        self.canvas.invalidate()

    def show_state(self, phase: Phase | str, text: str = "", action: Action | None = None) -> None:
        """Show one of the designed states in one sentence with the act that helps; `ready` shows the bars."""
        phase = Phase(phase)
        if phase is Phase.STALE:
            self.set_age(text, is_stale=True)
        elif phase is Phase.READY and self.model.phase is Phase.STALE:
            self.set_age("")
        self.model.phase = phase
        self._notice.show_state(phase, text, action)
        self._notice.raise_()
        self.canvas.invalidate()

    def picture(self, width: int = 1920, height: int = 1080, theme: Palette | None = None, caption: str = "") -> QImage:
        """Paint the visible window off screen, with what it is printed at its foot."""
        unit = max(1.0, width / DESIGN_WIDTH)
        return picture_of(self.model, self.times, theme or self._theme, width, height, unit, caption)

    def say(self, text: str) -> None:
        """Say one sentence at the foot of the chart."""
        self._saying.say(text)

    def begin_typing(self, text: str) -> None:
        """Open the field over the chart with what was typed."""
        self._field.begin(text)

    def ask(self, wanted: Wanted) -> None:
        """Ask for a symbol to compare with or a date to go to, in the field over the chart."""
        self._field.ask(wanted)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what a key means to the chart, or pass it on."""
        event.setAccepted(typed(self, event, self._picks.price()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the notice over the chart."""
        super().resizeEvent(event)
        self._notice.setGeometry(self.rect())
        self._saying.fit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave nothing unsaved behind."""
        self.drawings.flush()
        super().hideEvent(event)

    @cached_property
    def _field(self) -> TypingField:
        """The field over the chart, made when something is typed: most charts never need one."""
        field = TypingField(self)
        field.symbol_typed.connect(self.symbol_typed)
        field.timeframe_typed.connect(self.timeframe_picked)
        field.date_typed.connect(self.navigator.go_to)
        field.compare_typed.connect(self.compare_wanted)
        return field

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.canvas)
        self.setFocusProxy(self.canvas)
        self.canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMinimumSize(160, 120)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(DESCRIBE_AFTER_MS)

    def _connect(self) -> None:
        self._theme.changed.connect(self._restyle)
        self.times.changed.connect(self._moved)
        self.canvas.customContextMenuRequested.connect(lambda at: open_menu(self, at, self._picks.price()))
        self.hands.clicked.connect(self._picks.click)
        self.hands.claims = lambda event: claims(event, self._picks.price())
        self._picks.mark_picked.connect(self.mark_picked)
        self._picks.bar_picked.connect(self.bar_picked)
        self._picks.bar_hovered.connect(self.bar_hovered)
        self.navigator.older_wanted.connect(self.older_wanted)
        self.navigator.told.connect(self.say)
        self.drawings.told.connect(self.say)
        self.orders.told.connect(self.say)
        self.orders.picked.connect(self.mark_picked)
        self._quiet.timeout.connect(self._describe)

    def _restyle(self) -> None:
        self.canvas.restyle()
        self._notice.restyle()
        self._saying.restyle()

    def _moved(self) -> None:
        self._quiet.start()
        self.navigator.moved()

    def _describe(self) -> None:
        self.canvas.setAccessibleName(name_of(self.model))
        self.canvas.setAccessibleDescription(description_of(self.model, self.times))

    def release_price(self) -> None:
        """Let the price scales follow the bars again."""
        self.hands.release_price()
