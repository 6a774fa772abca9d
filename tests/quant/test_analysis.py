"""The whole analysis: how many bars it needs, which parameters it refuses, what its reasons say."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from app.domain.bars import Bars, Timeframe
from app.domain.errors import UserError
from app.domain.signals import Analysis, Direction, Relation
from app.domain.strategies import ThreeOfFour
from app.quant.analysis import analyse, bars_needed
from app.quant.indicators.kinds import NotEnoughBars
from tests.support.walks import walk


def cents(price: Decimal) -> Decimal:
    return Decimal("0.01")


def analysed(bars: Bars, **changes: object) -> Analysis:
    return analyse("ABC", Timeframe.D1, bars, tick_at=cents, parameters=replace(ThreeOfFour(), **changes))


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, 34),
        ({"sma_length": 200}, 200),
        ({"macd_slow": 50, "macd_signal": 20}, 69),
        ({"rsi_length": 60}, 61),
        ({"atr_length": 60}, 61),
        ({"supertrend_length": 60}, 61),
    ],
)
def test_the_bars_needed_follow_the_parameters_and_are_enough(changes: dict[str, object], needed: int) -> None:
    assert bars_needed(replace(ThreeOfFour(), **changes)) == needed
    for seed in range(5):
        analysis = analysed(walk(seed, needed), **changes)
        values = analysis.indicators
        assert None not in (values.sma20, values.macd, values.macd_signal, values.rsi, values.atr)
    with pytest.raises(NotEnoughBars, match=rf"ABC needs {needed} closed bars and there are {needed - 1};"):
        analysed(walk(0, needed - 1), **changes)


def test_the_forming_bar_is_not_counted() -> None:
    bars = walk(0, 34)
    with pytest.raises(NotEnoughBars, match="34 closed bars and there are 33"):
        analysed(Bars(bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, closed=33))


@pytest.mark.parametrize(
    "changes",
    [
        {"macd_fast": 26, "macd_slow": 12},
        {"sma_length": 0},
        {"rsi_length": 10**9},
        {"supertrend_factor": float("nan")},
        {"stop_atr": -1.0},
        {"target_1_atr": float("inf")},
    ],
)
def test_parameters_that_make_no_sense_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(UserError):
        analysed(walk(0, 200), **changes)


def test_it_is_pure() -> None:
    assert analysed(walk(4, 300)) == analysed(walk(4, 300))


def test_a_rise_is_bought_and_a_fall_is_sold_with_levels() -> None:
    rise = np.cumprod(np.full(90, 1.01)) * 50 + np.tile([0.0, 0.4, -0.3], 30)
    rise[70:] *= np.linspace(1, 1.3, 20)
    for close, direction in ((rise, Direction.BUY), (200 - rise, Direction.SELL)):
        bars = Bars(np.arange(90) * 86400, close, close + 0.5, close - 0.5, close, np.ones(90), closed=90)
        analysis = analysed(bars)
        assert analysis.direction is direction
        assert analysis.levels is not None
        assert analysis.actionable
        assert analysis.relation is Relation.UNAVAILABLE
        assert analysis.reasons == ()


def test_a_hold_says_how_the_checks_stand_and_notes_come_last() -> None:
    bars = next(walk(seed, 80) for seed in range(500) if analysed(walk(seed, 80)).direction is Direction.HOLD)
    analysis = analyse("ABC", Timeframe.D1, bars, tick_at=cents, notes=("A note.",))
    assert not analysis.actionable
    assert analysis.levels is None
    assert analysis.reasons[0].startswith("HOLD: 2 of the 4 checks bullish, 2 bearish; 3 on one side are needed.")
    assert analysis.reasons[-1] == "A note."


def test_unavailable_checks_are_named_where_no_confidence_can_be_stated() -> None:
    close = np.full(40, 10.1)
    bars = Bars(np.arange(40) * 86400, close, close, close, close, np.ones(40), closed=40)
    reasons = " ".join(analysed(bars).reasons)
    assert "unavailable: supertrend, close_vs_sma, macd, rsi" in reasons
