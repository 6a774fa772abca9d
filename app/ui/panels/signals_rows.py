"""What a row of the signals table holds, its columns, and the four checks as marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from app.domain.signals import Check, CheckName, Direction, Relation, Signal, SignalState, Verdict
from app.ui.panels.cells import Moments, Prices, side_icon, side_token, words, write_exact
from app.ui.tables import Column, Style
from app.ui.theme import Theme
from app.ui.widgets.format import UNKNOWN, number

CHECK_WORDS = {
    CheckName.SUPERTREND: "SuperTrend",
    CheckName.CLOSE_VS_SMA: "Close against SMA",
    CheckName.MACD: "MACD against its signal",
    CheckName.RSI: "RSI against 50",
}
_TERM_WORDS = {
    "base": "agreeing checks",
    "confirmation": "confirmation timeframe",
    "reading": "model's reading",
    "split": "split of the checks",
}
_RELATION_TOKENS = {Relation.ALIGNED: "ok", Relation.OPPOSED: "warn"}
_STATE_TOKENS = {SignalState.ACTIVE: "accent", SignalState.ACTED: "ok", SignalState.REJECTED: "warn"}
_MARK = 10


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal with its prices on the tick and the strategy's name."""

    signal: Signal
    strategy: str
    limit: Decimal | None
    stop: Decimal | None
    target: Decimal | None
    hindrance: str = ""

    @property
    def is_open(self) -> bool:
        """Say whether a person may still decide on it."""
        return self.signal.state is SignalState.ACTIVE

    @property
    def may_be_approved(self) -> bool:
        """Say whether an order could come of it."""
        return self.is_open and not self.hindrance and self.signal.analysis.direction is not Direction.HOLD

    @property
    def verdict(self) -> str:
        """Whether it can be acted on, or why not."""
        if self.may_be_approved:
            reasons = " ".join(self.signal.analysis.reasons)
            return f"Yes. {reasons}" if reasons else "Yes"
        if not self.is_open:
            by = f" by {self.signal.state_by}" if self.signal.state is SignalState.REJECTED else ""
            why = f": {self.signal.state_why}" if self.signal.state_why else ""
            return f"{words(self.signal.state)}{by}{why}"
        return self.hindrance or " ".join(self.signal.analysis.reasons) or "No"


def signal_row(signal: Signal, prices: Prices, strategy: str, hindrance: str) -> SignalRow:
    """Return the row of a signal; `hindrance` says why no order can come of it as things stand."""
    levels, con_id = signal.analysis.levels, signal.con_id
    return SignalRow(
        signal=signal,
        strategy=strategy,
        limit=prices.on_tick(levels.limit if levels else None, con_id),
        stop=prices.on_tick(levels.stop if levels else None, con_id),
        target=prices.on_tick(levels.target_1 if levels else None, con_id),
        hindrance=hindrance,
    )


def signal_columns(moments: Moments, now: Callable[[], datetime]) -> list[Column[SignalRow]]:
    """Return the columns of the signals table; `now` is the market's time, for the countdown."""
    return [
        Column(
            "time",
            moments.title(),
            lambda row: row.signal.raised,
            moments.write,
            width=84,
            token=lambda _: "text.muted",
            tip=lambda row: moments.whole(row.signal.raised),
        ),
        Column("symbol", "Symbol", lambda row: row.signal.analysis.symbol, width=60),
        Column(
            "signal",
            "Signal",
            lambda row: row.signal.analysis.direction.value,
            width=70,
            icon=lambda row: side_icon(row.signal.analysis.direction),
            token=lambda row: side_token(row.signal.analysis.direction),
        ),
        Column(
            "checks",
            "Checks",
            _balance,
            lambda _: "",
            width=68,
            draw=lambda theme, painter, room, row: _draw_checks(theme, painter, room, row),
            tip=lambda row: checks_words(row.signal),
            hint="SuperTrend, close against SMA, MACD, RSI: up bullish, down bearish, bar unavailable",
        ),
        Column(
            "confidence",
            "Conf.",
            lambda row: row.signal.analysis.confidence.value,
            lambda value: number(value, 2),
            Style.NUMBER,
            60,
            tip=lambda row: confidence_words(row.signal),
            hint="Confidence, 0 to 1; its terms are in the tooltip",
        ),
        Column(
            "relation",
            "Weekly",
            lambda row: words(row.signal.analysis.relation),
            width=68,
            token=lambda row: _RELATION_TOKENS.get(row.signal.analysis.relation, "text.muted"),
            hint="How the confirmation timeframe stands to the primary one",
        ),
        Column(
            "verdict",
            "Actionable",
            lambda row: row.verdict,
            width=114,
            token=lambda row: "ok" if row.may_be_approved else "text.muted",
            tip=lambda row: row.verdict,
        ),
        Column("limit", "Limit", lambda row: row.limit, write_exact, Style.NUMBER, 62),
        Column("stop", "Stop", lambda row: row.stop, write_exact, Style.NUMBER, 62),
        Column("target", "T1", lambda row: row.target, write_exact, Style.NUMBER, 62, hint="The first target"),
        Column(
            "r",
            "R1",
            lambda row: row.signal.analysis.levels.r_1 if row.signal.analysis.levels else None,
            lambda value: number(value, 2),
            Style.NUMBER,
            50,
            hint="What the first target pays for each unit risked",
        ),
        Column(
            "state",
            "State",
            lambda row: words(row.signal.state),
            style=Style.BADGE,
            width=78,
            token=lambda row: _STATE_TOKENS.get(row.signal.state, "text.muted"),
        ),
        Column(
            "expires",
            "Expires",
            lambda row: row.signal.expires if row.is_open else None,
            lambda at: countdown((at - now()).total_seconds()),
            Style.NUMBER,
            70,
            tip=lambda row: moments.whole(row.signal.expires),
        ),
        Column("trend", "Trend", lambda row: words(row.signal.analysis.trend), width=100),
        Column("strategy", "Strategy", lambda row: row.strategy, width=100, token=lambda _: "text.muted"),
    ]


def confidence_words(signal: Signal) -> str:
    """Return a confidence with the terms it was made from, one a line."""
    confidence = signal.analysis.confidence
    lines = [f"Confidence {number(confidence.value, 2)}"]
    for term in confidence.terms:
        value = UNKNOWN if term.value is None else number(term.value, 2, signed=term.term != "base")
        lines.append(f"{value}  {_TERM_WORDS.get(term.term, term.term)}")
    return "\n".join(lines)


def checks_words(signal: Signal) -> str:
    """Return the four checks with value, threshold and verdict, one a line."""
    return "\n".join(_check_words(check) for check in signal.analysis.primary.checks)


def countdown(seconds: float) -> str:
    """Write how long until something ends: `2 d 3 h`, `5 h 12 m`, `40 s`."""
    left = int(seconds)
    if left <= 0:
        return "now"
    days, hours, minutes = left // 86_400, left // 3_600 % 24, left // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes:02d} m"
    return f"{minutes} m" if minutes else f"{left} s"


def _check_words(check: Check) -> str:
    numbers = f"{number(check.value, 2)} against {number(check.threshold, 2)}"
    return (
        f"{CHECK_WORDS[check.name]}: {check.verdict} ({numbers}, {number(check.distance, 2, signed=True)} to the flip)"
    )


def _balance(row: SignalRow) -> int:
    return row.signal.analysis.primary.bullish - row.signal.analysis.primary.bearish


def _draw_checks(theme: Theme, painter: QPainter, room: QRect, row: SignalRow) -> QRect:
    side, gap = theme.px(_MARK), theme.px(5)
    middle = room.center().y() + 0.5
    painter.setPen(Qt.PenStyle.NoPen)
    for place, check in enumerate(row.signal.analysis.primary.checks):
        _draw_mark(theme, painter, QPointF(room.left() + place * (side + gap) + side / 2, middle), side, check.verdict)
    return room


def _draw_mark(theme: Theme, painter: QPainter, middle: QPointF, side: float, verdict: Verdict) -> None:
    half = side * 0.45
    if verdict is Verdict.UNAVAILABLE:
        painter.setPen(QPen(theme.colour("text.faint"), 2))
        painter.drawLine(middle + QPointF(-half, 0), middle + QPointF(half, 0))
        painter.setPen(Qt.PenStyle.NoPen)
        return
    way = -1 if verdict is Verdict.BULLISH else 1
    painter.setBrush(theme.colour("up" if verdict is Verdict.BULLISH else "down"))
    tip = middle + QPointF(0, way * half)
    base = [middle + QPointF(-half, -way * half * 0.8), middle + QPointF(half, -way * half * 0.8)]
    painter.drawPolygon(QPolygonF([tip, *base]))
