"""An independent reading of the rules of `analyse`: plain Python, 50 decimal digits, nothing of the product.

It takes the rows of a file as (date, open, high, low, close, volume) with the numbers as text, and returns the
object of the command line without its reasons. With 50 digits a tie is a tie, so equality needs no float tolerance.
"""

from __future__ import annotations

import decimal
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.support import formulas

Row = tuple[date, str, str, str, str, str]

_CONTEXT = decimal.Context(prec=50)
_TRENDS = {
    (True, 4): "strong_bullish",
    (True, 3): "bullish",
    (False, 3): "bearish",
    (False, 4): "strong_bearish",
}
_TIE = Decimal("1e-30")


def read(
    rows: Sequence[Row], sessions: Collection[date], *, tick: str = "0.01", timeframe: str = "1d", confirm: str = "1w"
) -> dict[str, Any]:
    """Return what the rules say about daily rows in order; `sessions` are the exchange's."""
    with decimal.localcontext(_CONTEXT):
        days = [row[0] for row in rows]
        high, low, close = ([Decimal(row[column]) for row in rows] for column in (2, 3, 4))
        primary = _side(high, low, close)
        weeks = _weeks(days, high, low, close, sessions)
        other = _side(*weeks) if confirm == "1w" and timeframe == "1d" else None
        relation = _relation(primary["signal"], other)
        levels = _levels(primary["signal"], close[-1], primary["indicators"]["atr"], Decimal(tick))
        return {
            "timeframe": timeframe,
            "bars": len(rows),
            "last_bar": days[-1].isoformat(),
            "close": close[-1],
            "indicators": primary["indicators"],
            "checks": primary["checks"],
            "agree": primary["agree"],
            "confirmation": {
                "timeframe": None if confirm == "none" else confirm,
                "signal": other["signal"] if other else None,
                "relation": relation,
            },
            "signal": primary["signal"],
            "trend": primary["trend"],
            **_confidence(primary, relation),
            "levels": levels,
            "actionable": _actionable(primary["signal"], levels),
        }


def _side(high: list[Decimal], low: list[Decimal], close: list[Decimal]) -> dict[str, Any]:
    line, way = formulas.supertrend(high, low, close, 10, Decimal(3))
    fast, slow = formulas.macd(close, 12, 26, 9)
    mean, strength = formulas.sma(close, 20), formulas.rsi(close, 14)
    last = {
        "sma20": _last(mean),
        "supertrend": _last(line),
        "supertrend_direction": {1: "up", -1: "down", None: None}[_last(way)],
        "macd": _last(fast),
        "macd_signal": _last(slow),
        "rsi": _last(strength),
        "atr": _last(formulas.atr(high, low, close, 14)),
    }
    price = _last(close)
    trend_side = {"up": "bullish", "down": "bearish", None: "unavailable"}[last["supertrend_direction"]]
    checks = [
        _check("supertrend", price, last["supertrend"], trend_side),
        _check("close_vs_sma", price, last["sma20"]),
        _check("macd", last["macd"], last["macd_signal"]),
        _check("rsi", last["rsi"], Decimal(50)),
    ]
    bull, bear = (sum(check["verdict"] == word for check in checks) for word in ("bullish", "bearish"))
    return {
        "indicators": last,
        "checks": checks,
        "agree": {"bullish": bull, "bearish": bear},
        "signal": "BUY" if bull >= 3 else "SELL" if bear >= 3 else "HOLD",
        "trend": _TRENDS.get((bull > bear, max(bull, bear)), "neutral"),
    }


def _last(values: Sequence[Any]) -> Any:
    return values[-1] if values else None


def _check(name: str, value: Decimal | None, threshold: Decimal | None, verdict: str | None = None) -> dict[str, Any]:
    known = value is not None and threshold is not None
    distance = value - threshold if value is not None and threshold is not None else None
    if verdict is None:
        verdict = "unavailable" if not known or abs(distance or 0) < _TIE else "bullish" if distance > 0 else "bearish"
    return {"name": name, "verdict": verdict, "value": value, "threshold": threshold, "distance": distance}


def _weeks(
    days: list[date], high: list[Decimal], low: list[Decimal], close: list[Decimal], sessions: Collection[date]
) -> tuple[list[Decimal], list[Decimal], list[Decimal]]:
    weeks: dict[date, list[int]] = {}
    for index, day in enumerate(days):
        weeks.setdefault(day - timedelta(days=day.weekday()), []).append(index)
    monday = max(weeks)
    in_week = [monday + timedelta(days=k) for k in range(7) if monday + timedelta(days=k) in sessions]
    if not in_week or in_week[-1] not in days:
        del weeks[monday]
    groups = [weeks[label] for label in sorted(weeks)]
    return (
        [max(high[i] for i in group) for group in groups],
        [min(low[i] for i in group) for group in groups],
        [close[group[-1]] for group in groups],
    )


def _relation(signal: str, other: dict[str, Any] | None) -> str:
    if other is None or other["agree"]["bullish"] + other["agree"]["bearish"] < 3:
        return "unavailable"
    if "HOLD" in (signal, other["signal"]):
        return "neutral"
    return "aligned" if signal == other["signal"] else "opposed"


def _confidence(primary: dict[str, Any], relation: str) -> dict[str, Any]:
    bull, bear = primary["agree"]["bullish"], primary["agree"]["bearish"]
    if primary["signal"] == "HOLD":
        value = None if bull + bear < 3 else 1 - Decimal(abs(bull - bear)) / 4
        return {"confidence": value, "confidence_terms": [{"term": "split", "value": value}]}
    base = {3: Decimal("0.5"), 4: Decimal("0.6")}[max(bull, bear)]
    extra = {"aligned": Decimal("0.1"), "opposed": Decimal("-0.1")}.get(relation, Decimal(0))
    terms = [("base", base), ("confirmation", extra), ("reading", Decimal(0))]
    return {
        "confidence": base + extra,
        "confidence_terms": [{"term": term, "value": value} for term, value in terms],
    }


def _levels(signal: str, price: Decimal, spread: Decimal | None, tick: Decimal) -> dict[str, Any] | None:
    if signal == "HOLD" or spread is None:
        return None
    if signal == "BUY":
        limit = _up(price + spread / 4, tick)
        low, high = _down(price - spread / 4, tick), limit
        stop, one, two = (_down(price + k * spread, tick) for k in (-2, 4, 6))
        risk, gains = limit - stop, (one - limit, two - limit)
    else:
        limit = _down(price - spread / 4, tick)
        low, high = limit, _up(price + spread / 4, tick)
        stop, one, two = (_up(price - k * spread, tick) for k in (-2, 4, 6))
        risk, gains = stop - limit, (limit - one, limit - two)
    r_1, r_2 = (gain / risk if risk else None for gain in gains)
    return {
        "entry_low": low,
        "entry_high": high,
        "limit": limit,
        "stop": stop,
        "target_1": one,
        "target_2": two,
        "r_1": r_1,
        "r_2": r_2,
    }


def _up(value: Decimal, tick: Decimal) -> Decimal:
    return ((value / tick - _TIE).to_integral_value(rounding=decimal.ROUND_CEILING)) * tick


def _down(value: Decimal, tick: Decimal) -> Decimal:
    return ((value / tick + _TIE).to_integral_value(rounding=decimal.ROUND_FLOOR)) * tick


def _actionable(signal: str, levels: dict[str, Any] | None) -> bool:
    if levels is None:
        return False
    prices = [levels[name] for name in ("entry_low", "entry_high", "limit", "stop", "target_1", "target_2")]
    ladder = [levels[name] for name in ("stop", "limit", "target_1")]
    right = ladder == sorted(ladder, reverse=signal == "SELL") and len(set(ladder)) == 3
    return min(prices) > 0 and right and levels["r_1"] >= 1
