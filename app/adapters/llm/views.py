"""From a reply to what we take it to say: its form by the schema, its ranges by code. Nothing is put right."""

from __future__ import annotations

from typing import Any, assert_never

from pydantic import ValidationError

from app.adapters.llm import schema
from app.domain import claims as ours
from app.domain.readings import Question, Target, View
from app.domain.signals import Direction, Trend

FURTHEST = 0.20
"""How far from the last price an entry, a stop or a target may lie, as a part of it."""
_SLACK = 1e-9


class Unusable(ValueError):
    """Why a reply says nothing that could be used; fit to show."""


def view_of(found: dict[str, Any], question: Question) -> View:
    """Return what a reply says; raise Unusable when its form, a range or the sides of its prices are wrong."""
    try:
        reply = schema.Reply.model_validate(found)
    except (ValidationError, RecursionError) as error:
        raise Unusable(_first_error(error)) from error
    _hold_to_symbol(reply, question)
    _hold_to_price(reply, question.last_price)
    _hold_to_sides(reply)
    return View(
        direction=Direction(reply.signal),
        trend=Trend(reply.trend),
        confidence=reply.confidence,
        entry_low=reply.entry_low,
        entry_high=reply.entry_high,
        stop=reply.stop,
        targets=tuple(Target(found.price, found.basis) for found in (reply.target_1, reply.target_2) if found),
        claims=tuple(_claim(claim) for claim in reply.claims),
        reasoning=reply.reasoning,
    )


def _first_error(error: ValidationError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    found = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part)[:40] for part in found["loc"][:6]) or "the answer"
    return f"{where}: {found['msg'][:160]}"


def _hold_to_symbol(reply: schema.Reply, question: Question) -> None:
    if reply.symbol.strip().upper() != question.symbol.strip().upper():
        raise Unusable(f"it speaks of another symbol than {question.symbol}")


def _hold_to_price(reply: schema.Reply, last: float) -> None:
    for name, price in _prices(reply).items():
        if price is not None and abs(price - last) > FURTHEST * last * (1 + _SLACK):
            raise Unusable(f"{name} {price:.6g} is more than {FURTHEST:.0%} away from the last price {last:.6g}")


def _prices(reply: schema.Reply) -> dict[str, float | None]:
    return {
        "stop": reply.stop,
        "entry_low": reply.entry_low,
        "entry_high": reply.entry_high,
        "target_1": reply.target_1.price if reply.target_1 else None,
        "target_2": reply.target_2.price if reply.target_2 else None,
    }


def _hold_to_sides(reply: schema.Reply) -> None:
    """A long's prices rise from the stop to the second target, a short's fall; a HOLD needs none."""
    if reply.entry_low is not None and reply.entry_high is not None and reply.entry_low > reply.entry_high:
        raise Unusable("its entry range is upside down")
    if reply.signal == "HOLD":
        return
    known = [price for price in _prices(reply).values() if price is not None]
    if len(known) < len(_prices(reply)):
        raise Unusable(f"a {reply.signal} needs an entry range, a stop and two targets")
    stop, low, high, first, second = known
    is_long = reply.signal == "BUY"
    if not (stop < low <= high < first <= second if is_long else stop > high >= low > first >= second):
        raise Unusable(f"its stop and targets are on the wrong sides of the entry for a {reply.signal}")
    if reply.trend == _AGAINST[reply.signal]:
        raise Unusable(f"a {reply.signal} and the trend {reply.trend} contradict each other")


_AGAINST = {"BUY": "strong_bearish", "SELL": "strong_bullish"}


def _claim(claim: schema.Claim) -> ours.Claim:
    return ours.Claim(_assertion(claim), is_key=claim.is_key, text=claim.text)


def _assertion(claim: schema.Claim) -> ours.Assertion:
    match claim:
        case schema.Level():
            return ours.LevelClaim(ours.Side(claim.side), claim.price, claim.touches)
        case schema.Value():
            return ours.ValueClaim(_line(claim.line), ours.Comparison(claim.comparison), _than(claim.than), claim.bars)
        case schema.Cross():
            second = _line(claim.second) if isinstance(claim.second, schema.Line) else claim.second
            return ours.CrossClaim(_line(claim.first), second, ours.Way(claim.way), claim.within)
        case schema.TrendLine():
            return ours.TrendLineClaim(ours.Side(claim.side), claim.first, claim.second)
        case schema.Structure():
            return ours.StructureClaim(ours.Way(claim.way), claim.within)
        case schema.Pattern():
            return ours.ShapeClaim(ours.Shape(claim.shape), claim.within)
        case schema.CandlePattern():
            return ours.CandleClaim(claim.candle, ours.Way(claim.way) if claim.way else None, claim.within)
        case schema.Divergence():
            return ours.DivergenceClaim(ours.Way(claim.way), _line(claim.line), claim.within)
        case schema.Volume():
            return ours.VolumeClaim(ours.Comparison(claim.comparison), claim.factor, claim.bars)
    assert_never(claim)


def _than(than: schema.Line | float | None) -> ours.Line | float | None:
    return _line(than) if isinstance(than, schema.Line) else than


def _line(line: schema.Line) -> ours.Line:
    return ours.Line(line.name, tuple((setting.name, setting.value) for setting in line.settings), line.output)
