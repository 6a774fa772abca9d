"""The model asked by hand: what would be sent and what it may cost, its progress, and its reading with its claims."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.bars import Timeframe
from app.domain.errors import TapelineError
from app.domain.events import ReadingTaken
from app.domain.instruments import Instrument
from app.domain.prompts import Language as Tongue
from app.domain.readings import Reading, ReadingProgress
from app.domain.strategies import ThreeOfFour
from app.services.consultations import Consultation
from app.ui.handles import Handles
from app.ui.panels.analysis_reading_words import estimate_words, meter_words, preview_text, progress_words, spent_words
from app.ui.panels.following import follow
from app.ui.panels.signals_readings import ReadingsView
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.states import Empty, Failed, Loading, Ready, StateOverlay

PICTURE = QSize(256, 144)


class ReadingDrawer(QFrame):
    """One question to the model about one instrument, from its preview to its answer; nothing is sent before a yes."""

    def __init__(self, handles: Handles) -> None:
        super().__init__()
        self._h, self._words = handles, handles.language
        self._asked: Consultation | None = None
        self._subject: tuple[Instrument, Timeframe, ThreeOfFour] | None = None
        self._work: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()
        self.readings: tuple[Reading, ...] = ()
        self.title, self.figures, self.meter = _plain("title"), _plain("caption"), _plain("caption")
        self.read_button = act_button("", "primary", self.read)
        self.cancel_button = act_button("", "", self.cancel)
        self.close_button = act_button("", "", self.leave)
        self.preview = QPlainTextEdit()
        self.progress = _plain("")
        self._busy = QProgressBar()
        self._pictures = QVBoxLayout()
        self._answer = QScrollArea()
        self._stack = QStackedWidget()
        self._build()
        self._overlay = StateOverlay(handles.theme, self._stack)
        self.hide()

    def ask(self, instrument: Instrument, timeframe: Timeframe, parameters: ThreeOfFour) -> None:
        """Draw what would be sent about an instrument, and show it with the most it may cost."""
        if self.is_reading:
            return
        if self._work is not None:
            self._work.cancel()
        self._subject, self._asked, self.readings = (instrument, timeframe, parameters), None, ()
        self.show()
        self._stack.setCurrentIndex(0)
        self.figures.setText("")
        self._translate()
        if self._h.facts.state.provider is None:
            self._overlay.show_state(
                Empty(self._words("reading.no_provider"), self._words("reading.set_up"), self._set_up)
            )
            return
        self._overlay.show_state(Loading(self._words("reading.drawing", symbol=instrument.symbol), cancel=self.leave))
        self._work = self._h.tasks.spawn(self._prepare(), name=f"draw {instrument.symbol} for the model")

    @property
    def is_reading(self) -> bool:
        """Whether the model is being asked."""
        return self._work is not None and not self._work.done() and self._asked is not None

    def read(self) -> None:
        """Send what was shown."""
        if self._asked is None or self.is_reading:
            return
        self._stop = asyncio.Event()
        self.progress.setText("")
        self._stack.setCurrentIndex(1)
        self._work = self._h.tasks.spawn(self._read(self._asked), name=f"read {self._asked.instrument.symbol}")
        self._translate()

    def cancel(self) -> None:
        """End what is on its way as cancelled."""
        self._stop.set()

    def leave(self) -> None:
        """Put the drawer away; what is on its way is ended."""
        self._stop.set()
        if self._work is not None and self._asked is None:
            self._work.cancel()
        self.hide()

    async def _prepare(self) -> None:
        assert self._subject is not None
        instrument, timeframe, parameters = self._subject
        try:
            asked = await self._h.readings.consultations.prepare(
                instrument, timeframe, parameters, Tongue(self._words.name)
            )
        except TapelineError as error:
            why = self._words.say(str(error))
            self._overlay.show_state(Failed(self._words("reading.not_ready"), why, retry=self._again))
            return
        images = [await asyncio.to_thread(_small, q.picture, PICTURE) for q in asked.preview.questions if q.picture]
        self._asked, self._work = asked, None
        self._show_pictures(images)
        self.preview.setPlainText(preview_text(asked.preview, self._words))
        self._overlay.show_state(Ready())
        self._translate()

    async def _read(self, asked: Consultation) -> None:
        lines: dict[object, str] = {}

        def tell(progress: ReadingProgress) -> None:
            lines[(progress.kind, progress.timeframe)] = progress_words(progress, self._words)
            self.progress.setText("\n".join(lines.values()))

        try:
            self.readings = await self._h.readings.consultations.read(asked, tell, self._stop)
        except TapelineError as error:
            self._overlay.show_state(
                Failed(self._words("reading.failed"), self._words.say(str(error)), retry=self._again)
            )
        finally:
            self._work, self._asked = None, None
        self._show_readings()
        self._translate()

    def _again(self) -> None:
        if self._subject is not None:
            self.ask(*self._subject)

    def _set_up(self) -> None:
        self._h.window.actions_.trigger("models")

    # what is shown

    def _build(self) -> None:
        set_role(self, role="panel")
        column, head = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        head.setSpacing(8)
        head.addWidget(self.title, 1)
        for button in (self.read_button, self.cancel_button, self.close_button):
            set_role(button, size="compact")
            head.addWidget(button)
        column.addLayout(head)
        column.addWidget(self.figures)
        column.addWidget(self.meter)
        for page in (self._preview_page(), self._progress_page(), self._answer):
            self._stack.addWidget(page)
        self._answer.setWidgetResizable(True)
        self._answer.setFrameShape(QFrame.Shape.NoFrame)
        column.addWidget(self._stack, 1)
        self._h.theme.changed.connect(self._restyle)
        self._words.changed.connect(self._translate)
        follow(self, self._h.bus, ReadingTaken, lambda _: self._show_meter())
        self._restyle()

    def _preview_page(self) -> QWidget:
        page = QFrame()
        set_role(page, role="panel")
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.preview.setReadOnly(True)
        self.preview.setProperty("role", "log")  # set_role would have the sheet forget the font set below
        self._pictures.setSpacing(4)
        row.addWidget(self.preview, 1)
        row.addLayout(self._pictures)
        return page

    def _progress_page(self) -> QWidget:
        page = QFrame()
        set_role(page, role="panel")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        column.addWidget(self._busy)
        column.addWidget(self.progress)
        column.addStretch()
        return page

    def _show_pictures(self, images: list[QImage]) -> None:
        while (item := self._pictures.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for image in images:
            label = QLabel()
            label.setPixmap(QPixmap.fromImage(image))
            label.setAccessibleName(self._words("reading.picture"))
            label.setToolTip(self._words("reading.picture"))
            self._pictures.addWidget(label)
        self._pictures.addStretch()

    def _show_readings(self) -> None:
        if not self.readings:
            return
        view = ReadingsView(self._h.theme, self._words, has_reasoning=True)
        set_role(view, role="panel")
        view.show_readings(self.readings, self._h.facts.state.checked)
        self._answer.setWidget(view)
        self._stack.setCurrentIndex(2)

    def _show_meter(self) -> None:
        self.meter.setText(meter_words(self._h.readings.providers.meter(), self._words))

    def _translate(self) -> None:
        words = self._words
        symbol = self._subject[0].symbol if self._subject is not None else ""
        self.title.setText(words("reading.title", symbol=symbol))
        is_over = bool(self.readings)
        if self._asked is not None:
            self.figures.setText(estimate_words(self._asked.preview, words))
        elif is_over:
            self.figures.setText(spent_words(self.readings, words))
        for button, key in ((self.cancel_button, "cancel"), (self.close_button, "close"), (self.read_button, "send")):
            button.setText(words(f"reading.{key}"))
            button.setAccessibleName(button.text())
        self.preview.setAccessibleName(words("reading.preview"))
        self.read_button.setVisible(self._asked is not None and not self.is_reading)
        self.cancel_button.setVisible(self.is_reading)
        self._show_meter()

    def _restyle(self) -> None:
        self.preview.setFont(self._h.theme.font(11, mono=True))
        if not self.is_reading:
            self._show_readings()


def _small(png: bytes, size: QSize) -> QImage:
    keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    return QImage.fromData(QByteArray(png)).scaled(size, keep, smooth)


def _plain(role: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if role:
        set_role(label, role=role)
    return label
