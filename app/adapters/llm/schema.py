"""The form of an answer: what the endpoint is told to keep to, and what is held against it afterwards.

Names here are the wire's; `views` turns them into our own. Changing anything changes what cached answers stand for.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.claims import CANDLES, Shape

Number = Annotated[float, Field(allow_inf_nan=False)]
Price = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Bars = Annotated[int, Field(ge=1, le=5000)]
Text = Annotated[str, Field(max_length=600)]
Name = Annotated[str, Field(min_length=1, max_length=40)]
Way = Literal["up", "down"]
Side = Literal["support", "resistance"]
Candle = Literal[CANDLES]  # type: ignore[valid-type]  # mypy takes no tuple of names
ShapeName = Literal[tuple(shape.value for shape in Shape)]  # type: ignore[valid-type]  # nor a made one


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Setting(_Part):
    """One setting of an indicator that differs from its default."""

    name: Name
    value: Number


class Line(_Part):
    """A column of the bars (open, high, low, close, volume) or an indicator with its output ("" for the first)."""

    name: Name
    settings: Annotated[list[Setting], Field(max_length=8)]
    output: Annotated[str, Field(max_length=40)]


class _Claim(_Part):
    is_key: bool
    text: Text


class Level(_Claim):
    """A price has turned the market at least so many times."""

    type: Literal["level"]
    side: Side
    price: Price
    touches: Annotated[int, Field(ge=1, le=50)]


class Value(_Claim):
    """A line's last value stands so to a number or another line, or moves so over some bars."""

    type: Literal["value"]
    line: Line
    comparison: Literal["above", "below", "at", "rising", "falling"]
    than: Line | Number | None
    bars: Bars


class Cross(_Claim):
    """A line came to lie above (up) or below another, or a number, within the latest bars."""

    type: Literal["cross"]
    first: Line
    second: Line | Number
    way: Way
    within: Bars


class TrendLine(_Claim):
    """A line through the lows (support) or highs (resistance) of two bars, by their start in epoch seconds."""

    type: Literal["trend_line"]
    side: Side
    first: int
    second: int


class Structure(_Claim):
    """Higher highs and higher lows (up), or lower ones."""

    type: Literal["structure"]
    way: Way
    within: Bars


class Pattern(_Claim):
    """A shape that the swings make."""

    type: Literal["shape"]
    shape: ShapeName  # type: ignore[valid-type]  # as above
    within: Bars


class CandlePattern(_Claim):
    """A candlestick pattern, of that way where one is named."""

    type: Literal["candle"]
    candle: Candle
    way: Way | None
    within: Bars


class Divergence(_Claim):
    """Price and a line part at their swings: up is bullish."""

    type: Literal["divergence"]
    way: Way
    line: Line
    within: Bars


class Volume(_Claim):
    """The last volume against so many means of the latest bars; or the mean rises or falls."""

    type: Literal["volume"]
    comparison: Literal["above", "below", "rising", "falling"]
    factor: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
    bars: Bars


Claim = Annotated[
    Level | Value | Cross | TrendLine | Structure | Pattern | CandlePattern | Divergence | Volume,
    Field(discriminator="type"),
]


class Target(_Part):
    """A price to take profit at and what it rests on."""

    price: Price
    basis: Text


class Reply(_Part):
    """The whole answer; prices are null on HOLD."""

    symbol: Annotated[str, Field(min_length=1, max_length=40)]
    signal: Literal["BUY", "SELL", "HOLD"]
    trend: Literal["strong_bullish", "bullish", "neutral", "bearish", "strong_bearish"]
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    entry_low: Price | None
    entry_high: Price | None
    stop: Price | None
    target_1: Target | None
    target_2: Target | None
    claims: Annotated[list[Claim], Field(max_length=8)]
    reasoning: Annotated[str, Field(max_length=12_000)]


_DROPPED = {"title", "default", "discriminator", "minLength", "maxLength", "description"}
"""What endpoints with a strict schema refuse, or what only costs tokens; no property of ours is named so."""


def _plain(node: Any) -> Any:
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {_RENAMED.get(name, name): _plain(value) for name, value in node.items() if name not in _DROPPED}


_RENAMED = {"oneOf": "anyOf"}
SCHEMA: dict[str, Any] = _plain(Reply.model_json_schema())
"""The JSON schema of a reply: every property required, nothing besides, only keywords that strict endpoints know."""

IN_WORDS = (
    "Answer with exactly one JSON object that fits this JSON schema, and nothing before or after it:\n"
    + json.dumps(SCHEMA, separators=(",", ":"))
)
"""What an endpoint is told that cannot be held to a schema."""
