"""The variables that prompts may name: one list for the editor, the preview, the check at saving and the model.

`is_outside` text was written by others: wherever it stands it is put between data marks before a template sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.claims import CANDLES, Shape
from app.domain.prompts import Language, PromptKind
from app.domain.quoting import quoted

_CHART = frozenset({PromptKind.DAILY, PromptKind.WEEKLY})
_QUESTION = _CHART | {PromptKind.CONSOLIDATION}
_SYSTEM = frozenset({PromptKind.SYSTEM_DAILY, PromptKind.SYSTEM_WEEKLY, PromptKind.SYSTEM_CONSOLIDATION})
_ALL = _QUESTION | _SYSTEM
_WEIGHING = frozenset({PromptKind.CONSOLIDATION})
_ONE_CHART = _CHART | {PromptKind.SYSTEM_DAILY, PromptKind.SYSTEM_WEEKLY}


@dataclass(frozen=True, slots=True)
class Variable:
    """A name that a prompt may use: what it stands for, an example, and the kinds of prompts that have it."""

    name: str
    meaning: str
    example: Any
    kinds: frozenset[PromptKind]
    is_outside: bool = False


_BARS = "start,date,open,high,low,close,volume\n1763510400,2025-11-19,187.1,189.4,186.2,188.95,51230400"
_CHECK = {"name": "rsi", "verdict": "bullish", "value": 58.4, "threshold": 50.0, "distance": 8.4}
_INDICATOR = {"name": "sma", "settings": "length=20", "output": "sma", "value": 184.37}
_READING: dict[str, Any] = {
    "timeframe": "1d",
    "timeframe_name": "daily",
    "direction": "BUY",
    "trend": "bullish",
    "confidence": 0.62,
    "entry_low": 187.5,
    "entry_high": 189.0,
    "stop": 182.4,
    "targets": [{"price": 199.0, "basis": "swing high of October"}],
    "claims": [{"text": "Support held at 184", "is_key": True}],
    "reasoning": "Price holds above its rising 20-day mean.",
}

VARIABLES: tuple[Variable, ...] = (
    Variable("symbol", "The instrument's symbol; the answer must name it", "AAPL", _ALL),
    Variable("company", "The company's name as the broker tells it", "APPLE INC", _QUESTION, is_outside=True),
    Variable("exchange", "Where it is listed", "NASDAQ", _QUESTION),
    Variable("currency", "What its prices are in", "USD", _ALL),
    Variable("timeframe", "The chart's timeframe", "1d", _ONE_CHART),
    Variable("timeframe_name", "The timeframe in words, in the prompt's language", "daily", _ONE_CHART),
    Variable("language_name", "The language that the answer is to be written in", "English", _ALL),
    Variable("as_of", "The date or time of the last closed bar", "2025-11-19", _QUESTION),
    Variable("last_price", "The newest price known when the chart was drawn", 188.95, _QUESTION),
    Variable("close", "The close of the last closed bar", 188.95, _CHART),
    Variable("tick", "The step that prices move in", 0.01, _ALL),
    Variable("atr", "Average true range over 14 bars, none with too few bars", 3.42, _CHART),
    Variable("change_percent", "Change of the last close against the one before, in percent", 0.84, _CHART),
    Variable("bars_count", "How many closed bars the numbers are computed from", 500, _CHART),
    Variable("bars_table", "The newest closed bars as CSV, oldest first; start is in epoch seconds", _BARS, _CHART),
    Variable("indicators", "Each indicator: name, settings, output, value (none if unknown)", [_INDICATOR], _CHART),
    Variable("indicators_table", "The indicators as CSV", "name,value\nrsi,58.4", _CHART),
    Variable("checks", "The four checks: name, verdict, value, threshold, distance", [_CHECK], _CHART),
    Variable("checks_table", "The four checks as CSV", "name,verdict,value,threshold\nrsi,bullish,58.4,50", _CHART),
    Variable("rules_direction", "What the four checks come to: BUY, SELL or HOLD", "BUY", _CHART),
    Variable("rules_trend", "The trend by the four checks", "bullish", _CHART),
    Variable("supports", "Prices below the close where the chart turned, the nearest first", [184.2, 179.8], _CHART),
    Variable("resistances", "Prices above the close where the chart turned, the nearest first", [192.6], _CHART),
    Variable("volume_ratio", "The last bar's volume by the mean of 20, none if unknown", 1.31, _CHART),
    Variable(
        "readings", "The readings to be weighed, one a timeframe", [_READING], frozenset({PromptKind.CONSOLIDATION})
    ),
    Variable("notes", "What a person wrote for this run, often nothing", "", _QUESTION, is_outside=True),
    Variable("line_names", "The lines that claims may name, with their outputs", ["close", "sma"], _ALL),
    Variable("shapes", "The chart patterns that claims may name", [shape.value for shape in Shape], _ALL),
    Variable("candles", "The candlestick patterns that claims may name", list(CANDLES), _ALL),
)
OUTSIDE = frozenset({each.name for each in VARIABLES if each.is_outside} | {"reasoning", "basis", "text"})
"""The names, at any depth, whose text came from outside: earlier replies are quoted like everything else."""

LANGUAGE_NAMES: Mapping[Language, str] = {Language.EN: "English", Language.ZH: "简体中文"}


def variables_of(kind: PromptKind) -> tuple[Variable, ...]:
    """Return the variables that a kind of prompt has."""
    return tuple(each for each in VARIABLES if kind in each.kinds)


def sample(kind: PromptKind) -> dict[str, Any]:
    """Return a made-up context with every variable of a kind."""
    return {each.name: each.example for each in variables_of(kind)}


def guarded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a context in which every text from outside stands between data marks."""
    return {name: _guarded(name, value) for name, value in values.items()}


def _guarded(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return quoted(value, name) if name in OUTSIDE and value else value
    if isinstance(value, Mapping):
        return guarded(value)
    if isinstance(value, list | tuple):
        return [_guarded(name, each) for each in value]
    return value
