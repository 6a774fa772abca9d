"""The second page of the ticket: what would be sent, what every gate says of it, and the button that sends it."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.domain.orders import Side
from app.domain.risk import GateResult, GateVerdict
from app.services.desk import Review
from app.ui.panels.ticket_preview import lasts_words
from app.ui.panels.ticket_words import distance_words, proposal_words
from app.ui.theme import Theme
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.format import UNKNOWN, money, number, quantity
from app.ui.widgets.format import price as price_text

SETTLE_MS = 400
"""The second press of a double click never confirms what the first one asked to see."""
LOOKS = {
    GateVerdict.PASS: ("check", "ok", "passes"),
    GateVerdict.WARN: ("triangle-alert", "warn", "warns"),
    GateVerdict.REFUSE: ("x", "danger", "refuses"),
    GateVerdict.OVERRIDDEN: ("shield-alert", "warn", "overridden"),
}
BOUND_BY = {
    "risk": "the risk a trade",
    "position": "the largest position",
    "buying_power": "the buying power",
    "max_quantity": "the largest quantity",
}


class ReviewPage(QWidget):
    """Shows one review until it is confirmed or left."""

    confirmed = Signal()
    left = Signal()
    answered_for = Signal()
    """A person wants to answer for what the gates refuse."""
    renewed = Signal()
    """Another review of the same order is wanted."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._fit = False
        self._held_back = self._act = ""
        self.title, self.note, self.verdict, self.error = (QLabel() for _ in range(4))
        self._numbers = QGridLayout()
        self._gates = QVBoxLayout()
        self.back = act_button("Back", "small", on_click=self.left.emit)
        self.confirm = act_button("Confirm", "buy", self._confirm)
        self.renew = act_button("Review again", "primary", self.renewed.emit)
        self.override = act_button("Override with a reason…", "danger", self.answered_for.emit)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._refresh)
        self._build()
        self.clear()

    def show_review(self, review: Review, note: str = "") -> None:
        """Show what would be sent; it can be confirmed after a moment, if no gate refuses."""
        words = proposal_words(review.proposal, review.intent.entry.quantity)
        self.title.setText(words)
        self._say(self.note, note)
        self._say(self.error, "")
        self.renew.hide()
        self.confirm.show()
        self.override.setVisible(review.may_be_overridden)
        self._show_numbers(review)
        self._show_gates(review.gates)
        self._act = f"Confirm: {words[0].lower()}{words[1:]}"
        self.confirm.setAccessibleName(self._act)
        self._name_act()
        set_role(self.confirm, role="buy" if review.proposal.side is Side.BUY else "sell")
        self._fit, self._held_back = review.is_fit, "" if review.is_fit else review.why_not
        self._settle.start()
        self._refresh()

    def clear(self) -> None:
        """Hold nothing that could be confirmed."""
        self._settle.stop()
        self._fit, self._held_back = False, "There is no review yet"
        self._refresh()

    def hold_back(self, why: str) -> None:
        """Let it not be confirmed any more, and say why."""
        self._fit, self._held_back = False, why
        self._say(self.error, why)
        self._refresh()
        self.renew.show()
        self.confirm.hide()
        self.override.hide()
        self.renew.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Name the act as fully as there is room for."""
        super().resizeEvent(event)
        self._name_act()

    def _name_act(self) -> None:
        """Say “@” for “limit” where the button is too narrow; title and tooltip have it in full."""
        metrics = QFontMetrics(self._theme.font(13, 600))
        is_narrow = metrics.horizontalAdvance(self._act) > self.width() - self._theme.px(20)
        self.confirm.setText(self._act.replace(" limit ", " @ ") if is_narrow else self._act)

    def _confirm(self) -> None:
        if self._fit and not self._settle.isActive():
            self.confirmed.emit()

    def _refresh(self) -> None:
        self.confirm.setEnabled(self._fit and not self._settle.isActive())
        self.confirm.setToolTip(self._held_back or f"{self._act}: sends it as shown (Ctrl+Enter)")
        if self.confirm.isEnabled():
            self.confirm.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        set_role(self.title, role="title")
        set_role(self.note, role="caption")
        set_role(self.verdict, role="caption")
        set_role(self.error, role="error")
        for label in (self.title, self.note, self.error):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._numbers.setHorizontalSpacing(8)
        self._numbers.setVerticalSpacing(2)
        self._numbers.setColumnStretch(1, 1)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title, 1)
        head.addWidget(self.back, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        column.addWidget(self.note)
        column.addLayout(self._numbers)
        column.addWidget(_line())
        column.addWidget(self.verdict)
        column.addWidget(self._scroll(), 1)
        column.addWidget(self.error)
        column.addWidget(self.confirm)
        column.addWidget(self.override)
        column.addWidget(self.renew)
        self.override.hide()
        self.override.setObjectName("ticket.override")
        self.override.setToolTip("Answer for what refuses, for this one order and a minute; the reason is kept with it")
        self.renew.hide()
        self.renew.setObjectName("ticket.renew")
        self.back.setObjectName("ticket.back")
        self.back.setToolTip("Return to the ticket (Esc)")
        self.confirm.setObjectName("ticket.confirm")
        self.confirm.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def _scroll(self) -> QScrollArea:
        inside, area = QFrame(), QScrollArea()
        set_role(inside, role="panel")
        self._gates.setContentsMargins(0, 0, 0, 0)
        self._gates.setSpacing(0)
        self._gates.addStretch()
        inside.setLayout(self._gates)
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName("What the gates say")
        area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        area.setMinimumHeight(self._theme.px(60))
        return area

    def _say(self, label: QLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))

    def _show_numbers(self, review: Review) -> None:
        while (item := self._numbers.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for row, (name, value) in enumerate(numbers_of(review)):
            caption, words = QLabel(name), QLabel(value)
            set_role(caption, role="caption")
            words.setAlignment(Qt.AlignmentFlag.AlignRight)
            words.setFont(self._theme.font(12))
            words.setAccessibleName(f"{name}: {value}")
            self._numbers.addWidget(caption, row, 0)
            self._numbers.addWidget(words, row, 1)

    def _show_gates(self, gates: tuple[GateResult, ...]) -> None:
        while self._gates.count() > 1:
            item = self._gates.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.deleteLater()
        order = (GateVerdict.REFUSE, GateVerdict.OVERRIDDEN, GateVerdict.WARN, GateVerdict.PASS)
        for gate in sorted(gates, key=lambda gate: order.index(gate.verdict)):
            self._gates.insertWidget(self._gates.count() - 1, GateRow(self._theme, gate))
            if gate.text:
                self._gates.insertWidget(self._gates.count() - 1, _sentence(gate))
        self.verdict.setText(verdict_words(gates))
        worst = next((each for each in order if any(gate.verdict is each for gate in gates)), GateVerdict.PASS)
        set_role(self.verdict, tone=LOOKS[worst][1])


class GateRow(QWidget):
    """One gate in one line: verdict as a shape, its name, the value it saw against its limit."""

    def __init__(self, theme: Theme, gate: GateResult) -> None:
        super().__init__()
        self._theme, self._gate = theme, gate
        words = f"{gate.title}: {LOOKS[gate.verdict][2]}; {gate.value}, limit {gate.limit}. {gate.text}".strip()
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return one table line's room."""
        return QSize(self._theme.px(200), self._theme.px(18))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line; what does not fit is cut and in the tooltip."""
        painter, theme, gate = QPainter(self), self._theme, self._gate
        icon, token, _ = LOOKS[gate.verdict]
        side = theme.px(12)
        top = (self.height() - side) // 2
        painter.drawPixmap(0, top, theme.pixmap(icon, token, 12, self.devicePixelRatioF()))
        room = self.rect().adjusted(side + 6, 0, -2, 0)
        painter.setFont(theme.font(11))
        metrics = painter.fontMetrics()
        limit = f" · {gate.limit}"
        wide = metrics.horizontalAdvance(gate.value + limit) + 10
        name = min(metrics.horizontalAdvance(gate.title) + 1, max(round(room.width() * 0.6), room.width() - wide))
        left, right = QRect(room), QRect(room)
        left.setWidth(name)
        right.setLeft(left.right() + 8)
        elide, middle = Qt.TextElideMode.ElideRight, Qt.AlignmentFlag.AlignVCenter
        painter.setPen(theme.colour("text"))
        painter.drawText(left, middle, metrics.elidedText(gate.title, elide, name))
        value = metrics.elidedText(gate.value, elide, right.width())
        limit = metrics.elidedText(limit, elide, right.width() - metrics.horizontalAdvance(value))
        start = right.right() - metrics.horizontalAdvance(value + limit)
        painter.setPen(theme.colour(token if gate.verdict is not GateVerdict.PASS else "text"))
        painter.drawText(QRect(start, right.top(), right.width(), right.height()), middle, value)
        painter.setPen(theme.colour("text.muted"))
        painter.drawText(right, middle | Qt.AlignmentFlag.AlignRight, limit)


def numbers_of(review: Review) -> list[tuple[str, str]]:
    """Return what the order costs and does, name by value; what the broker did not say is `–`."""
    proposal, entry, margin = review.proposal, review.intent.entry, review.margin
    currency, decimals = proposal.instrument.currency, proposal.instrument.decimals
    rows = [("Value", money(review.notional))]
    if review.size is not None:
        why = BOUND_BY.get(review.size.bound_by, review.size.bound_by)
        rows.append(("Size", f"{quantity(entry.quantity)}, set by {why}"))
    if proposal.stop is not None or proposal.target is not None:
        stop, target = (price_text(each, decimals) for each in (proposal.stop, proposal.target))
        trail = f", trailing by {distance_words(proposal.trail, proposal.instrument)}" if proposal.trail else ""
        rows.append(("Stop / target", f"{stop}{trail} / {target}"))
    rows.append(("Margin", money(margin.initial_change if margin else None, signed=True)))
    rows.append(("Commission", money(margin.commission if margin else None, currency)))
    lasts = lasts_words(entry.tif, entry.good_till, proposal.instrument)
    lasts += ", outside hours too" if entry.outside_hours else ""
    rows += [("Account", review.intent.account or UNKNOWN), ("Stands", lasts)]
    if margin is not None and margin.warning:
        rows.append(("Broker", margin.warning))
    return rows


def verdict_words(gates: tuple[GateResult, ...]) -> str:
    """Return how many gates say what."""
    counts = {verdict: sum(gate.verdict is verdict for gate in gates) for verdict in GateVerdict}
    if counts[GateVerdict.PASS] == len(gates):
        return f"All {number(Decimal(len(gates)))} checks pass"
    parts = [f"{counts[verdict]} {words}" for verdict, words in (
        (GateVerdict.REFUSE, "refuse"), (GateVerdict.OVERRIDDEN, "overridden"), (GateVerdict.WARN, "warn"),
        (GateVerdict.PASS, "pass"),
    ) if counts[verdict]]  # fmt: skip
    return f"Of {len(gates)} checks " + ", ".join(parts) if parts else UNKNOWN


def _sentence(gate: GateResult) -> QLabel:
    label = QLabel(gate.text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setContentsMargins(18, 0, 0, 4)
    set_role(label, role="error" if gate.verdict is GateVerdict.REFUSE else "warn")
    return label


def _line() -> QFrame:
    line = QFrame()
    line.setFixedHeight(1)
    set_role(line, role="line")
    return line
