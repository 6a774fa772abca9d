"""What a row of the signals table holds, its columns, and the four checks as marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from app.domain.outcomes import Outcome, OutcomeResult
from app.domain.signals import Check, Direction, Relation, Signal, SignalState, Verdict
from app.ui.language import Language
from app.ui.panels.cells import Moments, Prices, side_icon, side_token, write_exact
from app.ui.tables import Column, Style
from app.ui.theme import Theme
from app.ui.widgets.format import UNKNOWN, number

_RELATION_TOKENS = {Relation.ALIGNED: "ok", Relation.OPPOSED: "warn"}
_STATE_TOKENS = {SignalState.ACTIVE: "accent", SignalState.ACTED: "ok", SignalState.REJECTED: "warn"}
_OUTCOME_TOKENS = {OutcomeResult.WIN: "up", OutcomeResult.LOSS: "down"}
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
    outcome: Outcome | None = None

    @property
    def is_open(self) -> bool:
        """Say whether a person may still decide on it."""
        return self.signal.state is SignalState.ACTIVE

    @property
    def may_be_approved(self) -> bool:
        """Say whether an order could come of it."""
        return self.is_open and not self.hindrance and self.signal.analysis.direction is not Direction.HOLD


def verdict(row: SignalRow, words: Language) -> str:
    """Say whether it can be acted on, or why not."""
    say, reasons = words.words.sentence, row.signal.analysis.reasons
    if row.may_be_approved:
        return ". ".join([words("signals.yes"), " ".join(map(say, reasons))]) if reasons else words("signals.yes")
    if not row.is_open:
        signal, state = row.signal, words(f"signals.state_{row.signal.state}")
        if signal.state is SignalState.REJECTED:
            state = words("signals.by", state=state, who=signal.state_by)
        return words("analysis.row", name=state, value=say(signal.state_why)) if signal.state_why else state
    return say(row.hindrance) or " ".join(map(say, reasons)) or words("signals.no")


def signal_row(
    signal: Signal, prices: Prices, strategy: str, hindrance: str, outcome: Outcome | None = None
) -> SignalRow:
    """Return the row of a signal; `hindrance` says why no order can come of it as things stand."""
    levels, con_id = signal.analysis.levels, signal.con_id
    return SignalRow(
        signal=signal,
        strategy=strategy,
        limit=prices.on_tick(levels.limit if levels else None, con_id),
        stop=prices.on_tick(levels.stop if levels else None, con_id),
        target=prices.on_tick(levels.target_1 if levels else None, con_id),
        hindrance=hindrance,
        outcome=outcome,
    )


def signal_columns(moments: Moments, now: Callable[[], datetime], words: Language) -> list[Column[SignalRow]]:
    """Return the columns of the signals table; `now` is the market's time, for the countdown."""
    return [*_what(moments, words), *_worth(words), *_end(moments, now, words)]


def _what(moments: Moments, words: Language) -> list[Column[SignalRow]]:
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
        Column("symbol", words("signals.symbol"), lambda row: row.signal.analysis.symbol, width=60),
        Column(
            "signal",
            words("signals.signal"),
            lambda row: words(f"word.{row.signal.analysis.direction}"),
            width=70,
            icon=lambda row: side_icon(row.signal.analysis.direction),
            token=lambda row: side_token(row.signal.analysis.direction),
        ),
        Column(
            "checks",
            words("signals.checks"),
            _balance,
            lambda _: "",
            width=68,
            draw=lambda theme, painter, room, row: draw_checks(theme, painter, room, row.signal),
            tip=lambda row: checks_words(row.signal, words),
            hint=words("signals.checks_hint"),
        ),
        Column(
            "confidence",
            words("signals.confidence_short"),
            lambda row: row.signal.analysis.confidence.value,
            lambda value: number(value, 2),
            Style.NUMBER,
            60,
            tip=lambda row: confidence_words(row.signal, words),
            hint=words("signals.confidence_hint"),
        ),
        Column(
            "relation",
            words("signals.relation"),
            lambda row: words(f"word.{row.signal.analysis.relation}"),
            width=76,
            token=lambda row: _RELATION_TOKENS.get(row.signal.analysis.relation, "text.muted"),
            hint=words("signals.relation_hint"),
        ),
        Column(
            "verdict",
            words("signals.actionable"),
            lambda row: verdict(row, words),
            width=106,
            token=lambda row: "ok" if row.may_be_approved else "text.muted",
            tip=lambda row: verdict(row, words),
        ),
    ]


def _worth(words: Language) -> list[Column[SignalRow]]:
    hint = words("signals.target_hint")
    return [
        Column("limit", words("signals.limit"), lambda row: row.limit, write_exact, Style.NUMBER, 62),
        Column("stop", words("signals.stop"), lambda row: row.stop, write_exact, Style.NUMBER, 62),
        Column("target", words("signals.target"), lambda row: row.target, write_exact, Style.NUMBER, 62, hint=hint),
        Column(
            "r",
            words("signals.reward"),
            lambda row: row.signal.analysis.levels.r_1 if row.signal.analysis.levels else None,
            lambda value: number(value, 2),
            Style.NUMBER,
            46,
            hint=words("signals.reward_hint"),
        ),
    ]


def _end(moments: Moments, now: Callable[[], datetime], words: Language) -> list[Column[SignalRow]]:
    return [
        Column(
            "state",
            words("signals.state"),
            lambda row: words(f"signals.state_{row.signal.state}"),
            style=Style.BADGE,
            width=78,
            token=lambda row: _STATE_TOKENS.get(row.signal.state, "text.muted"),
        ),
        Column(
            "expires",
            words("signals.expires"),
            lambda row: row.signal.expires if row.is_open else None,
            lambda at: countdown((at - now()).total_seconds(), words("signals.now")),
            Style.NUMBER,
            82,
            tip=lambda row: moments.whole(row.signal.expires),
        ),
        Column(
            "outcome",
            words("signals.outcome"),
            lambda row: words(f"signals.outcome_{row.outcome.result}") if row.outcome else None,
            width=64,
            token=lambda row: _OUTCOME_TOKENS.get(row.outcome.result, "text.muted") if row.outcome else None,
        ),
        Column(
            "made",
            words("signals.result"),
            lambda row: row.outcome.r if row.outcome else None,
            lambda value: number(value, 2, signed=True),
            Style.NUMBER,
            58,
        ),
        Column("trend", words("signals.trend"), lambda row: words(f"word.{row.signal.analysis.trend}"), width=100),
        Column(
            "strategy", words("signals.strategy"), lambda row: row.strategy, width=100, token=lambda _: "text.muted"
        ),
    ]


def confidence_words(signal: Signal, words: Language) -> str:
    """Return a confidence with the terms it was made from, one a line."""
    confidence = signal.analysis.confidence
    lines = [f"{words('signals.confidence')} {number(confidence.value, 2)}"]
    for term in confidence.terms:
        value = UNKNOWN if term.value is None else number(term.value, 2, signed=term.term != "base")
        lines.append(f"{value}  {words(f'word.{term.term}')}")
    return "\n".join(lines)


def checks_words(signal: Signal, words: Language) -> str:
    """Return the four checks with value, threshold, verdict and distance to the flip, one a line."""
    return "\n".join(check_words(check, words) for check in signal.analysis.primary.checks)


def check_words(check: Check, words: Language) -> str:
    """Return one check in a line."""
    return words(
        "signals.check_line",
        name=words(f"word.{check.name}"),
        verdict=words(f"word.{check.verdict}"),
        value=number(check.value, 2),
        threshold=number(check.threshold, 2),
        distance=number(check.distance, 2, signed=True),
    )


def countdown(seconds: float, now: str = "now") -> str:
    """Write how long until something ends: `2 d 3 h`, `5 h 12 m`, `40 s`."""
    left = int(seconds)
    if left <= 0:
        return now
    days, hours, minutes = left // 86_400, left // 3_600 % 24, left // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes:02d} m"
    return f"{minutes} m" if minutes else f"{left} s"


def _balance(row: SignalRow) -> int:
    return row.signal.analysis.primary.bullish - row.signal.analysis.primary.bearish


def draw_checks(theme: Theme, painter: QPainter, room: QRect, signal: Signal) -> QRect:
    """Draw the four verdicts as marks, in their order."""
    side, gap = theme.px(_MARK), theme.px(5)
    middle = room.center().y() + 0.5
    painter.setPen(Qt.PenStyle.NoPen)
    for place, check in enumerate(signal.analysis.primary.checks):
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
