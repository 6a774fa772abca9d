"""The whole reading of one instrument's bars by the rules: checks, direction, confidence, levels and reasons. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.domain.bars import Bars, Timeframe
from app.domain.errors import UserError
from app.domain.signals import Analysis, Confirmation, Direction, Levels, Verdict
from app.domain.strategies import Targets, ThreeOfFour
from app.quant.confidence import weigh
from app.quant.confirmation import NEEDED_TO_BE_KNOWN, confirm, read_last_bar, relate
from app.quant.indicators.averages import SMA
from app.quant.indicators.kinds import NotEnoughBars
from app.quant.indicators.momentum import MACD, RSI
from app.quant.indicators.trend import SUPERTREND
from app.quant.indicators.volatility import ATR
from app.quant.levels import Judgement, TickRule, draw_levels, judge_levels
from app.quant.swing_levels import draw_swing_levels


def analyse(
    symbol: str,
    timeframe: Timeframe,
    bars: Bars,
    *,
    tick_at: TickRule,
    confirmation_timeframe: Timeframe | None = None,
    confirmation_bars: Bars | None = None,
    parameters: ThreeOfFour | None = None,
    notes: Sequence[str] = (),
) -> Analysis:
    """Analyse closed bars; `notes` are what is to be known about them and end the reasons.

    Raises NotEnoughBars with both numbers, UserError for parameters that do not fit together.
    """
    parameters = parameters or ThreeOfFour()
    bars = bars.closed_only
    require_enough(symbol, bars, parameters)
    last = read_last_bar(bars, parameters)
    primary = confirm(timeframe, last)
    other = None
    if confirmation_timeframe is not None and confirmation_bars is not None:
        other = confirm(confirmation_timeframe, read_last_bar(confirmation_bars, parameters))
    relation = relate(primary, other)
    close = float(bars.close[-1])
    levels, level_notes = _draw(primary.direction, bars, last.values.atr, parameters, tick_at)
    judgement = _judge(primary, levels, parameters)
    return Analysis(
        symbol=symbol,
        timeframe=timeframe,
        bars=len(bars),
        last_bar=int(bars.time[-1]),
        close=close,
        indicators=last.values,
        primary=primary,
        confirmation_timeframe=confirmation_timeframe,
        confirmation=other,
        relation=relation,
        direction=primary.direction,
        trend=primary.trend,
        confidence=weigh(primary, relation),
        levels=levels,
        actionable=judgement.actionable,
        reasons=(*judgement.reasons, *level_notes, *notes),
    )


def require_enough(symbol: str, bars: Bars, parameters: ThreeOfFour) -> None:
    """Raise NotEnoughBars when there are fewer closed bars than the parameters need."""
    needed, found = bars_needed(parameters), len(bars.closed_only)
    if found < needed:
        raise NotEnoughBars(f"The analysis of {symbol}" if symbol else "The analysis", needed, found)


def bars_needed(parameters: ThreeOfFour) -> int:
    """Return how many closed bars the four checks and the ATR need for their first values: 34 by default.

    Raises UserError for parameters out of bounds or at odds with each other.
    """
    _check_factors(parameters)
    return max(
        SUPERTREND.bars_needed({"length": parameters.supertrend_length, "factor": parameters.supertrend_factor}),
        SMA.bars_needed({"length": parameters.sma_length}),
        MACD.bars_needed(
            {"fast": parameters.macd_fast, "slow": parameters.macd_slow, "signal": parameters.macd_signal}
        ),
        RSI.bars_needed({"length": parameters.rsi_length}),
        ATR.bars_needed({"length": parameters.atr_length}),
    )


def _check_factors(parameters: ThreeOfFour) -> None:
    factors = {
        "entry": parameters.entry_atr,
        "stop": parameters.stop_atr,
        "target 1": parameters.target_1_atr,
        "target 2": parameters.target_2_atr,
        "minimum R": parameters.minimum_r,
        "warning R": parameters.warn_r,
    }
    for name, factor in factors.items():
        if not math.isfinite(factor) or factor < 0:
            raise UserError(f"The factor of {name} must be a number from 0 upwards, not {factor}.")


def _draw(
    direction: Direction, bars: Bars, atr: float | None, parameters: ThreeOfFour, tick_at: TickRule
) -> tuple[Levels | None, tuple[str, ...]]:
    """Return the levels by the strategy's policy, and what is to be known about them."""
    if parameters.targets is Targets.LEVELS:
        drawn = draw_swing_levels(direction, bars, atr, parameters, tick_at)
        return (drawn.levels, drawn.notes) if drawn else (None, ())
    return draw_levels(direction, float(bars.close[-1]), atr, parameters, tick_at), ()


def _judge(primary: Confirmation, levels: Levels | None, parameters: ThreeOfFour) -> Judgement:
    if primary.direction is Direction.HOLD:
        return Judgement(False, tuple(_hold_reasons(primary)))
    if levels is None:
        return Judgement(False, ("There is no ATR, so no levels can be drawn.",))
    return judge_levels(levels, primary.direction, parameters)


def _hold_reasons(primary: Confirmation) -> list[str]:
    count = f"{primary.bullish} of the 4 checks bullish, {primary.bearish} bearish"
    reasons = [f"HOLD: {count}; 3 on one side are needed."]
    unknown = [check.name.value for check in primary.checks if check.verdict is Verdict.UNAVAILABLE]
    if len(unknown) > 4 - NEEDED_TO_BE_KNOWN:
        reasons.append(f"Too few checks could be judged to state a confidence; unavailable: {', '.join(unknown)}.")
    return reasons
