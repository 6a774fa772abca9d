"""The JSON objects that scripts rely on, made from the domain's values. Unknown is null; NaN cannot pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.domain.bars import Timeframe
from app.domain.signals import Analysis, Check, Levels

Json = dict[str, object]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def analysis_object(analysis: Analysis) -> Json:
    """Return an analysis as `tapeline analyse --json` prints it."""
    values = analysis.indicators
    return {
        "symbol": analysis.symbol or None,
        "timeframe": analysis.timeframe.value,
        "bars": analysis.bars,
        "last_bar": bar_time(analysis.last_bar, analysis.timeframe),
        "close": analysis.close,
        "indicators": {
            "sma20": values.sma20,
            "supertrend": values.supertrend,
            "supertrend_direction": values.supertrend_direction,
            "macd": values.macd,
            "macd_signal": values.macd_signal,
            "rsi": values.rsi,
            "atr": values.atr,
        },
        "checks": [check_object(check) for check in analysis.primary.checks],
        "agree": {"bullish": analysis.primary.bullish, "bearish": analysis.primary.bearish},
        "confirmation": _confirmation(analysis),
        "signal": analysis.direction.value,
        "trend": analysis.trend.value,
        "confidence": analysis.confidence.value,
        "confidence_terms": [{"term": term.term, "value": term.value} for term in analysis.confidence.terms],
        "levels": _levels(analysis.levels),
        "actionable": analysis.actionable,
        "reasons": list(analysis.reasons),
    }


def bar_time(second: int, timeframe: Timeframe) -> str:
    """Return when a bar starts: its date for dated timeframes, else ISO 8601 with Z."""
    moment = _EPOCH + timedelta(seconds=second)
    return moment.date().isoformat() if timeframe.is_dated else moment.replace(tzinfo=None).isoformat() + "Z"


def check_object(check: Check) -> Json:
    """Return one check as an analysis prints it."""
    return {
        "name": check.name.value,
        "verdict": check.verdict.value,
        "value": check.value,
        "threshold": check.threshold,
        "distance": check.distance,
    }


def _confirmation(analysis: Analysis) -> Json:
    timeframe, other = analysis.confirmation_timeframe, analysis.confirmation
    return {
        "timeframe": timeframe.value if timeframe else None,
        "signal": other.direction.value if other else None,
        "relation": analysis.relation.value,
    }


def _levels(levels: Levels | None) -> Json | None:
    if levels is None:
        return None
    return {
        "entry_low": levels.entry_low,
        "entry_high": levels.entry_high,
        "limit": levels.limit,
        "stop": levels.stop,
        "target_1": levels.target_1,
        "target_2": levels.target_2,
        "r_1": levels.r_1,
        "r_2": levels.r_2,
    }
