"""TA-Lib's other functions through our catalogue: the numbers of its own abstract interface, at any length."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
import talib
from talib import abstract

from app.domain.errors import UserError
from app.quant.indicators.catalogue import FIRST_CLASS, catalogue, find
from app.quant.indicators.kinds import Indicator, NotEnoughBars, Pane
from app.quant.indicators.others import all_others
from tests.support.walks import walk

OTHERS = all_others()


def test_every_function_of_talib_is_there_once() -> None:
    assert len(OTHERS) == len(talib.get_functions()) - 13  # twelve have a first-class entry, MAVP needs periods
    assert len(catalogue()) == len(FIRST_CLASS) + len(OTHERS)
    assert list(catalogue())[: len(FIRST_CLASS)] == [indicator.name for indicator in FIRST_CLASS]
    assert find("CDLEngulfing") is find("cdlengulfing")


@pytest.mark.parametrize("indicator", OTHERS, ids=lambda indicator: indicator.name)
def test_it_gives_what_talib_gives(indicator: Indicator) -> None:
    bars = walk(1, 300)
    columns = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
    result = abstract.Function(indicator.name.upper())(columns)
    arrays = result if isinstance(result, list) else [result]
    found = indicator.compute(bars)
    assert len(found) == len(arrays)
    warm_up = indicator.warm_up(indicator.settle({}))
    for array, expected in zip(found.values(), arrays, strict=True):
        wanted = np.where(np.isinf(expected.astype(float)), np.nan, expected.astype(float))
        np.testing.assert_array_equal(array[warm_up:], wanted[warm_up:])
        assert array.dtype == np.float64
        if expected.dtype.kind == "i":
            assert np.isnan(array[:warm_up]).all()


@pytest.mark.parametrize("indicator", OTHERS, ids=lambda indicator: indicator.name)
def test_c11_any_number_of_bars_gives_values_or_both_numbers(indicator: Indicator) -> None:
    needed = indicator.bars_needed()
    hold_at_lengths(indicator, [*range(12), needed - 1, needed, needed + 1, 100, 250])


@pytest.mark.slow
@pytest.mark.parametrize("indicator", OTHERS, ids=lambda indicator: indicator.name)
def test_c11_every_length_up_to_250_gives_values_or_both_numbers(indicator: Indicator) -> None:
    hold_at_lengths(indicator, range(251))


def hold_at_lengths(indicator: Indicator, lengths: Iterable[int]) -> None:
    needed = indicator.bars_needed()
    for count in lengths:
        bars = walk(2, count)
        if count < needed:
            with pytest.raises(NotEnoughBars):
                indicator.compute(bars)
        else:
            for array in indicator.compute(bars).values():
                assert array.shape == (count,)
                assert not np.isinf(array).any()


@pytest.mark.parametrize("indicator", OTHERS, ids=lambda indicator: indicator.name)
def test_the_least_and_the_greatest_settings_are_computed_or_refused_in_a_sentence(indicator: Indicator) -> None:
    bars = walk(3, 400)
    for parameter in indicator.parameters:
        for value in (parameter.low, parameter.high):
            try:
                arrays = indicator.compute(bars, {parameter.name: value})
            except UserError:  # NotEnoughBars, or settings that do not fit together
                continue
            assert all(array.shape == (400,) for array in arrays.values())


def test_patterns_are_marks_on_the_prices_and_oscillators_have_their_own_pane() -> None:
    assert find("cdldoji").pane is Pane.PRICE
    assert find("hma").pane is Pane.PRICE
    assert find("cci").pane is Pane.OWN
    assert find("ad").pane is Pane.OWN
