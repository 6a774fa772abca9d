"""What a prompt may name about a chart, as plain values: made from the very bars that the picture shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.domain.bars import Bars, Timeframe
from app.domain.claims import CANDLES, Shape
from app.domain.errors import UserError
from app.domain.instruments import Instrument
from app.domain.prompt_variables import LANGUAGE_NAMES
from app.domain.prompts import Language
from app.domain.readings import Reading
from app.domain.strategies import ThreeOfFour
from app.quant.confirmation import confirm, read_last_bar
from app.quant.indicators.catalogue import FIRST_CLASS, find
from app.quant.standing import volume_standing
from app.quant.swings import find_zones

PINNED = "pinned_versions"
"""Of a trial's context: the versions to ask with, whatever holds otherwise, by their kind."""
ROWS = {Timeframe.D1: 60, Timeframe.W1: 52, Timeframe.MO1: 36}
_OTHER_ROWS = 80
_MOST_ZONES = 4
_LINES: tuple[tuple[str, Mapping[str, float]], ...] = (
    ("sma", {"length": 20}),
    ("sma", {"length": 50}),
    ("sma", {"length": 200}),
    ("supertrend", {}),
    ("bollinger", {}),
    ("macd", {}),
    ("rsi", {}),
    ("stochastic", {}),
    ("adx", {}),
    ("atr", {}),
    ("volume", {}),
)
_NAMES: Mapping[Language, Mapping[Timeframe, str]] = {
    Language.EN: {
        Timeframe.M1: "1-minute",
        Timeframe.M5: "5-minute",
        Timeframe.M15: "15-minute",
        Timeframe.M30: "30-minute",
        Timeframe.H1: "hourly",
        Timeframe.H4: "4-hour",
        Timeframe.D1: "daily",
        Timeframe.W1: "weekly",
        Timeframe.MO1: "monthly",
    },
    Language.ZH: {
        Timeframe.M1: "1 分钟",
        Timeframe.M5: "5 分钟",
        Timeframe.M15: "15 分钟",
        Timeframe.M30: "30 分钟",
        Timeframe.H1: "1 小时",
        Timeframe.H4: "4 小时",
        Timeframe.D1: "日线",
        Timeframe.W1: "周线",
        Timeframe.MO1: "月线",
    },
}


def chart_context(
    instrument: Instrument,
    timeframe: Timeframe,
    bars: Bars,
    *,
    language: Language = Language.EN,
    last_price: float | None = None,
    parameters: ThreeOfFour | None = None,
    notes: str = "",
) -> dict[str, Any]:
    """Return the values of every variable for one chart's closed bars; raise UserError when there is none."""
    bars = bars.closed_only
    if not len(bars):
        raise UserError(f"{instrument.symbol} has no closed {_NAMES[Language.EN][timeframe]} bar to ask about.")
    close = float(bars.close[-1])
    return {
        **_described(instrument, close, language),
        "timeframe": timeframe.value,
        "timeframe_name": _NAMES[language][timeframe],
        "as_of": _moment(bars, len(bars) - 1, timeframe),
        "last_price": close if last_price is None else last_price,
        "close": close,
        "change_percent": _change(bars),
        "bars_count": len(bars),
        "bars_table": _bars_table(bars.last(ROWS.get(timeframe, _OTHER_ROWS)), timeframe),
        **_judged(timeframe, bars, parameters or ThreeOfFour()),
        **_computed(bars),
        "notes": notes,
    }


def consolidation_context(chart: Mapping[str, Any], readings: Sequence[Reading], language: str) -> dict[str, Any]:
    """Return the values for weighing readings; `chart` is the context of the primary timeframe."""
    words = Language(language)
    shared = ("symbol", "company", "exchange", "currency", "as_of", "last_price", "tick", "notes", *_CLOSED_LISTS)
    carried = shared if PINNED not in chart else (*shared, PINNED)
    return {
        **{name: chart[name] for name in carried},
        "language_name": LANGUAGE_NAMES[words],
        "readings": [_reading(each, words) for each in readings],
    }


_CLOSED_LISTS = ("line_names", "shapes", "candles")


def _described(instrument: Instrument, close: float, language: Language) -> dict[str, Any]:
    return {
        "symbol": instrument.symbol,
        "company": instrument.name,
        "exchange": instrument.primary_exchange or instrument.exchange,
        "currency": instrument.currency,
        "tick": float(instrument.tick_at(Decimal(str(close)))),
        "language_name": LANGUAGE_NAMES[language],
        "line_names": [f"{each.name} ({', '.join(output.name for output in each.outputs)})" for each in FIRST_CLASS],
        "shapes": [shape.value for shape in Shape],
        "candles": list(CANDLES),
    }


def _judged(timeframe: Timeframe, bars: Bars, parameters: ThreeOfFour) -> dict[str, Any]:
    """What the rules say of these bars; a check that could not be computed is unavailable."""
    last = read_last_bar(bars, parameters)
    confirmed = confirm(timeframe, last)
    checks = [
        {
            "name": check.name.value,
            "verdict": check.verdict.value,
            "value": _short(check.value),
            "threshold": _short(check.threshold),
            "distance": _short(check.distance),
        }
        for check in confirmed.checks
    ]
    zones = find_zones(bars, last.values.atr)
    return {
        "atr": _short(last.values.atr),
        "checks": checks,
        "checks_table": _table(("name", "verdict", "value", "threshold"), checks),
        "rules_direction": confirmed.direction.value,
        "rules_trend": confirmed.trend.value,
        "supports": [_short(zone.price) for zone in zones.supports[:_MOST_ZONES]],
        "resistances": [_short(zone.price) for zone in zones.resistances[:_MOST_ZONES]],
    }


def _computed(bars: Bars) -> dict[str, Any]:
    rows = [row for name, settings in _LINES for row in _line(bars, name, settings)]
    volume = volume_standing(bars)
    return {
        "indicators": rows,
        "indicators_table": _table(("name", "settings", "output", "value"), rows),
        "volume_ratio": _short(volume.ratio) if volume else None,
    }


def _line(bars: Bars, name: str, settings: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return an indicator's last values; None while it has none, never a guess."""
    indicator = find(name)
    settled = indicator.settle(dict(settings))
    written = " ".join(f"{key}={value:g}" for key, value in settled.items())
    try:
        columns = indicator.compute(bars, settled)
    except UserError:
        return [_row(name, written, output.name, None) for output in indicator.outputs]
    return [_row(name, written, output, float(values[-1])) for output, values in columns.items()]


def _row(name: str, settings: str, output: str, value: float | None) -> dict[str, Any]:
    return {"name": name, "settings": settings, "output": output, "value": _short(value)}


def _reading(reading: Reading, language: Language) -> dict[str, Any]:
    view, timeframe = reading.view, reading.timeframe
    if view is None:
        raise UserError("Only readings that say something can be weighed.")
    return {
        "timeframe": timeframe.value if timeframe else "",
        "timeframe_name": _NAMES[language][timeframe] if timeframe else "",
        "direction": view.direction.value,
        "trend": view.trend.value,
        "confidence": view.confidence,
        "entry_low": view.entry_low,
        "entry_high": view.entry_high,
        "stop": view.stop,
        "targets": [{"price": each.price, "basis": each.basis} for each in view.targets],
        "claims": [{"text": claim.text, "is_key": claim.is_key} for claim in view.claims],
        "reasoning": view.reasoning,
    }


def _bars_table(bars: Bars, timeframe: Timeframe) -> str:
    lines = ["start,date,open,high,low,close,volume"]
    for index in range(len(bars)):
        prices = ",".join(f"{float(column[index]):.10g}" for column in (bars.open, bars.high, bars.low, bars.close))
        volume = f"{float(bars.volume[index]):.0f}"
        lines.append(f"{int(bars.time[index])},{_moment(bars, index, timeframe)},{prices},{volume}")
    return "\n".join(lines)


def _table(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [",".join("" if row[name] is None else str(row[name]) for name in names) for row in rows]
    return "\n".join([",".join(names), *lines])


def _moment(bars: Bars, index: int, timeframe: Timeframe) -> str:
    if timeframe.is_dated:
        return bars.date_at(index).isoformat()
    return f"{datetime.fromtimestamp(int(bars.time[index]), UTC):%Y-%m-%d %H:%M} UTC"


def _change(bars: Bars) -> float | None:
    if len(bars) < 2 or not float(bars.close[-2]) > 0:
        return None
    return round((float(bars.close[-1]) / float(bars.close[-2]) - 1) * 100, 2)


def _short(value: float | None) -> float | None:
    """Return a number with six significant digits, None for what is unknown."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")
